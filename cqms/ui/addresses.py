"""Where the page of a record is: apps register it, whoever knows only kind and id asks here.

A trail or a job knows a record by kind and id. The page that forwards from there loads the record, asks whether it
exists for the reader, and takes the address from the app it belongs to.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils.http import urlencode

_MARK = "NUMBER-0000"
FORWARD = "portal:record"
PAST = "portal:record_as_of"

_registered: dict[str, Callable[[Any], str]] = {}


def register(kind: str, address: Callable[[Any], str]) -> None:
    """Say how the address of a record of this kind (`studies.study`) is made; called when its app is ready."""
    _registered[kind] = address


def address_of(kind: str, record: Any) -> str:
    """The address of a record's page, mounted as the request is; blank for a kind without one."""
    return _registered[kind](record) if kind in _registered else ""


def of_number(name: str, number: str) -> str:
    """The address of the page `name` of the record with a number that the portal gave: what `reverse` says, quicker."""
    before, after = _around(name, get_urlconf(), get_script_prefix())
    return f"{before}{quote(number, safe='')}{after}"


@lru_cache(1024)
def _around(name: str, urlconf: str | None, prefix: str) -> tuple[str, str]:
    before, _, after = reverse(name, urlconf, kwargs={"number": _MARK}).partition(_MARK)
    return before, after


def page_of(kind: str, pk: int) -> str:
    """An address that forwards to the record's page; blank for a kind without one."""
    return reverse(FORWARD, args=[kind, pk]) if kind in _registered else ""


def past_of(kind: str, pk: int, as_of: str = "", against: str = "") -> str:
    """The address of a record as it was, at a moment written as an address carries it, compared with another."""
    asked = {name: value for name, value in (("as_of", as_of), ("against", against)) if value}
    place = reverse(PAST, args=[kind, pk])
    return f"{place}?{urlencode(asked)}" if asked else place
