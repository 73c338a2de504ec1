"""What a token may be limited to: the nouns of the API, as its addresses begin with them."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.urls import get_resolver

API = "/api/v1/"
_NOUN = re.compile(r"\^?([a-z-]+)/")
_called: dict[str, str] = {}


@lru_cache(maxsize=1)
def nouns() -> tuple[str, ...]:
    """Every kind of records the API has, for example `documents`; in alphabetical order."""
    return tuple(sorted(set(_nouns(get_resolver(settings.ROOT_URLCONF), ""))))


def noun_of(path: str) -> str:
    """The noun an address is about; blank for none there is."""
    found = _NOUN.match(path.removeprefix(API)) if path.startswith(API) else None
    return found[1] if found and found[1] in nouns() else ""


def call(noun: str, label: str) -> None:
    """Let a noun be read as the pages call it, where its address says something shorter."""
    _called[noun] = label


def label_of(noun: str) -> str:
    """A noun as people read it: “Trail reviews”."""
    return _called.get(noun) or noun.replace("-", " ").capitalize()


def in_words(found: Iterable[str]) -> str:
    """Several nouns within a sentence: “CAPAs, trail reviews”."""
    labels = map(label_of, found)
    return ", ".join(label if label[:2].isupper() else f"{label[:1].lower()}{label[1:]}" for label in labels)


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
