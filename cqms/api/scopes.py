"""What a token may be limited to: the nouns of the API, as its addresses begin with them."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.urls import get_resolver

API = "/api/v1/"
_NOUN = re.compile(r"\^?([a-z-]+)/")


@lru_cache(maxsize=1)
def nouns() -> tuple[str, ...]:
    """Every kind of records the API has, for example `documents`; in alphabetical order."""
    return tuple(sorted(set(_nouns(get_resolver(settings.ROOT_URLCONF), ""))))


def noun_of(path: str) -> str:
    """The noun an address is about; blank for none there is."""
    found = _NOUN.match(path.removeprefix(API)) if path.startswith(API) else None
    return found[1] if found and found[1] in nouns() else ""


def label_of(noun: str) -> str:
    """A noun as people read it: “Trail reviews”."""
    return noun.replace("-", " ").capitalize()


def _nouns(resolver: Any, above: str) -> Iterator[str]:
    for each in resolver.url_patterns:
        place = f"{above}{each.pattern}"
        if hasattr(each, "url_patterns"):
            if API.removeprefix("/").startswith(place):
                yield from _nouns(each, place)
        elif place.startswith(API.removeprefix("/")):
            found = _NOUN.match(place.removeprefix(API.removeprefix("/")))
            if found:
                yield found[1]
