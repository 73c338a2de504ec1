"""Where the pages of an organization are mounted: /o/<short name>/."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.urls import get_script_prefix, set_script_prefix

MOUNT = "/o/"
MOUNTED_URLS = "cqms.portal.urls_mounted"


@contextmanager
def mounted(slug: str) -> Iterator[None]:
    """Let addresses come out as those of the organization with this short name."""
    before = get_script_prefix()
    set_script_prefix(f"{MOUNT}{slug}/")
    try:
        yield
    finally:
        set_script_prefix(before)
