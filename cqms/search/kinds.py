"""What can be found: apps register a kind for each of their records that has a page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from cqms.audit.models import kind_of
from cqms.organizations.models import TrackedModel


@dataclass(frozen=True)
class Entry:
    """What search says of a record: `text` are further words by which it is found, `state` its state as a word."""

    number: str
    title: str
    text: str = ""
    state: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Kind:
    """A kind of record: its nouns on screen, its icon, and how an entry is made of one record.

    `records` gives all of the open organization, with what `entry` needs. Whatever `entry` reads must be the record
    itself or rows that tell their story on its page (`subject()`): only then is the index written when it changes.
    """

    noun: str
    plural: str
    icon: str
    records: Callable[[], QuerySet[Any]]
    entry: Callable[[Any], Entry]


_kinds: dict[str, Kind] = {}


def register(model: type[TrackedModel], kind: Kind) -> None:
    """Let records of this model be found; called when its app is ready."""
    _kinds[kind_of(model)] = kind


def kinds() -> dict[str, Kind]:
    """Every kind by the label of its model, in the order of registration."""
    return _kinds
