"""Reads markup the way a browser does, to say what a strict content policy would refuse."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Page(HTMLParser):
    """The tags with their attributes and the text between them."""

    source: str
    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words).strip()


def parse(source: str) -> Page:
    return Page(str(source))


def faults_of(source: str) -> list[str]:
    """What no page of ours may hold: style attributes, style elements, scripts without src, event attributes."""
    found = []
    for tag, attributes in parse(source).tags:
        if tag == "style" or (tag == "script" and "src" not in attributes):
            found.append(f"<{tag}>")
        found += [f"{tag} {name}" for name in attributes if name == "style" or name.startswith(("on", "hx-on"))]
        found += [f"{tag} {name}" for name, value in attributes.items() if value.lower().startswith("javascript:")]
    return found
