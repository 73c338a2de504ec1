"""Collects the static files of an embedded run: compressed with gzip alone, which takes seconds.

Brotli at its best quality takes a minute and saves nothing between two programs on one machine.
"""

import os

import django
from django.core.management import call_command
from whitenoise import compress

_UNUSED = ("rest_framework", "guardian", "redoc")  # pages of packages that we do not serve


def main() -> None:
    """Replace what is in STATIC_ROOT."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cqms.settings")
    django.setup()
    compress.brotli_installed = False
    call_command("collectstatic", interactive=False, clear=True, verbosity=0, ignore_patterns=list(_UNUSED))


if __name__ == "__main__":
    main()
