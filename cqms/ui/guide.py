"""Help in the words of who works here: each area brings its own text, one page shows those that the reader may use.

An app registers in its `apps.py`: `guide.register(Topic("studies", "help/studies.html"))`, with the key of its entry in
the rail. From a page of an area, Help in the rail leads to the text of that area.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from cqms.ui import rail

KEY = "help"
"""The entry of the rail that leads here."""


@dataclass(frozen=True)
class Topic:
    """The text of one area: the key of its entry in the rail, and its template."""

    key: str
    template: str


@dataclass(frozen=True)
class Text:
    """A topic as the page shows it, under the word that stands in the rail."""

    key: str
    title: str
    template: str


_registered: dict[str, Topic] = {}


def register(topic: Topic) -> None:
    """Add the text of an area; a key registered again replaces the former."""
    _registered[topic.key] = topic


def texts(request: HttpRequest) -> Sequence[Text]:
    """The texts of the areas that this reader may use, in the order of the rail."""
    found = [(entry, _registered[entry.key]) for entry in rail.entries(request) if entry.key in _registered]
    return [Text(each.key, entry.label, each.template) for entry, each in found]
