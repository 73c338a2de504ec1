"""Markdown of a controlled document becomes HTML, and everything it may not hold is named with its line.

Nothing is dropped silently: what cannot be shown in the signed rendition is a problem the author reads. The parser
never passes HTML through, and a second, independent wall (nh3) keeps only the elements listed here.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import unquote

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from cqms.reports.glyphs import undrawable

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = ("p", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "blockquote", "pre", "hr", "br")
_INLINE = ("code", "em", "strong", "s", "a")
TAGS = frozenset((*HEADINGS, *_BLOCKS, *_INLINE))
WIDE_TABLE = "wide-words"
"""The class of a table whose columns are equal, because a cell holds a word or a text too long to measure."""
ANCHOR_PREFIX = "section-"
_ALLOWED_ADDRESS = re.compile(r"(?:https?://|mailto:)\S+", re.IGNORECASE)
_ALIGNMENT = re.compile(r"text-align:(right|center)")
_OVERRIDES = frozenset("\u202a\u202b\u202d\u202e")
_SURROGATE = re.compile("[\ud800-\udfff]")
_TOO_LONG_TO_MEASURE = re.compile(r"\S{30}|.{400}", re.DOTALL)
_SHOWN_CHARACTERS = 40


@dataclass(frozen=True)
class MarkdownProblem:
    """Something a controlled document may not hold."""

    line: int
    """Counted from 1."""
    message: str
    """A plain sentence."""

    def __str__(self) -> str:
        return f"Line {self.line}: {self.message}"


def markdown_to_html(source: str) -> tuple[str, list[MarkdownProblem]]:
    """Safe HTML of a Markdown text, and what must be changed before it may be rendered, in the order of lines.

    Headings get ids, so that `[see purpose](#purpose)` works within the document. The HTML is safe with problems too.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.validateLink = _any_address  # type: ignore[method-assign] # each is judged below, with its line
    text = _SURROGATE.sub("\ufffd", source)
    tokens = parser.parse(text)
    anchors = _name_headings(tokens)
    problems = [*_characters(source), *_raw_html(text), *_addresses(tokens, anchors)]
    if not source.strip():
        problems.append(MarkdownProblem(1, "The document holds no text."))
    _fix_wide_tables(tokens)
    for token in _every(tokens):
        _align_by_class(token)
    html = parser.renderer.render(tokens, parser.options, {})
    return _clean(html), sorted(problems, key=lambda problem: problem.line)


def _any_address(url: str) -> bool:
    return True


def _clean(html: str) -> str:
    return nh3.clean(
        html,
        tags=set(TAGS),
        attributes={"a": {"href", "title"}, "ol": {"start"}, **{heading: {"id"} for heading in HEADINGS}},
        allowed_classes={
            "table": {WIDE_TABLE},
            "th": {"align-right", "align-center"},
            "td": {"align-right", "align-center"},
        },
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )


def _every(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _every(token.children or [])


def _with_lines(tokens: list[Token]) -> Iterator[tuple[Token, int]]:
    """Each inline token with the line it stands on, counted from 1."""
    for block in tokens:
        line = (block.map[0] if block.map else 0) + 1
        if block.type == "html_block":
            yield block, line
        for child in block.children or []:
            yield child, line
            if child.type in {"softbreak", "hardbreak"}:
                line += 1
            elif child.type == "html_inline":
                line += child.content.count("\n")


def _raw_html(source: str) -> Iterator[MarkdownProblem]:
    reading_html = MarkdownIt("commonmark", {"html": True}).enable("table")
    for token, line in _with_lines(reading_html.parse(source)):
        if token.type in {"html_block", "html_inline"}:
            piece = token.content.strip()[:_SHOWN_CHARACTERS]
            yield MarkdownProblem(line, f"HTML is not used in documents: {piece}")


def _characters(source: str) -> Iterator[MarkdownProblem]:
    for number, line in enumerate(re.split(r"\r\n|\r|\n", source), start=1):
        for char in sorted({char for char in line if _is_hidden(char)}):
            yield MarkdownProblem(number, f"The line holds an invisible control character (U+{ord(char):04X}).")
        for char in undrawable(line):
            yield MarkdownProblem(number, f"No font of this portal can print {char} (U+{ord(char):04X}); replace it.")


def _is_hidden(char: str) -> bool:
    return char in _OVERRIDES or (unicodedata.category(char) in {"Cc", "Cs"} and char != "\t")


def _addresses(tokens: list[Token], anchors: set[str]) -> Iterator[MarkdownProblem]:
    for token, line in _with_lines(tokens):
        if token.type == "image":
            yield MarkdownProblem(line, "Images cannot be shown in a document written here; upload it as PDF instead.")
        elif token.type == "link_open":
            problem = _judge_link(token, line, anchors)
            if problem:
                token.attrs.pop("href", None)
                yield problem


def _judge_link(token: Token, line: int, anchors: set[str]) -> MarkdownProblem | None:
    address = str(token.attrs.get("href", ""))
    shown = address[:_SHOWN_CHARACTERS] or "(empty)"
    if address.startswith("#"):
        target = ANCHOR_PREFIX + unquote(address[1:]).lower()
        token.attrs["href"] = f"#{target}"
        return None if target in anchors else MarkdownProblem(line, f"There is no heading for the link {shown}")
    if _ALLOWED_ADDRESS.fullmatch(address):
        return None
    return MarkdownProblem(line, f"A link starts with https://, http://, mailto: or #, not {shown}")


def _name_headings(tokens: list[Token]) -> set[str]:
    """Give each heading an id made of its words; the ids."""
    anchors: set[str] = set()
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            words = re.sub(r"[^\w]+", "-", _plain_text(inline).lower()).strip("-") or "heading"
            name, count = ANCHOR_PREFIX + words, 1
            while name in anchors:
                count += 1
                name = f"{ANCHOR_PREFIX}{words}-{count}"
            opening.attrs["id"] = name
            anchors.add(name)
    return anchors


def _plain_text(inline: Token) -> str:
    return "".join(child.content for child in inline.children or [] if child.type in {"text", "code_inline"})


def _align_by_class(token: Token) -> None:
    """Columns are aligned by a class: pages carry no inline style."""
    alignment = _ALIGNMENT.fullmatch(str(token.attrs.pop("style", "")))
    if alignment:
        token.attrs["class"] = f"align-{alignment.group(1)}"


def _fix_wide_tables(tokens: list[Token]) -> None:
    opening: Token | None = None
    for token in tokens:
        if token.type == "table_open":
            opening = token
        elif opening and token.type == "inline" and _TOO_LONG_TO_MEASURE.search(token.content):
            opening.attrs["class"] = WIDE_TABLE
