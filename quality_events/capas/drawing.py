"""Fishbone and 5 whys, drawn from the causes: SVG with the colours of charts, and the same in words."""

import textwrap
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from cqms.charts.drawing import Drawing, Spec
from cqms.charts.kinds import Span, comparison
from quality_events.capas.measuring import Measured, events_in_words
from quality_events.capas.models import Bone, Cause, Weight

_LINE, _COLUMN, _WRAP, _HEAD = 16, 230, 22, 20
_NARROWEST = 640  # a drawing fills its place: a narrower one would come out in large letters
_PHONE, _ACROSS = 320, 38  # units, and letters that have room in them
_MARKS = {Weight.ROOT: "bad", Weight.CONTRIBUTORY: "warn", Weight.WHY: "neutral"}


def fishbone(problem: str, causes: Sequence[Cause]) -> Drawing | None:
    """The causes on the bones they belong to, the problem at the head; None without causes."""
    bones = [(bone, [each for each in causes if each.bone == bone]) for bone in Bone]
    bones = [(bone, found) for bone, found in bones if found]
    if not bones:
        return None
    pairs = list(zip_longest(bones[::2], bones[1::2]))
    above = max(_height(up[1]) for up, _ in pairs)
    below = max((_height(down[1]) for _, down in pairs if down), default=20)
    wide, spine = len(pairs) * _COLUMN + 200, above + 36
    parts = [
        _line(10, spine, wide - 190, spine, "text", 2.5),
        *_lines(wide - 182, spine - 8, problem, _HEAD, strong=True),
    ]
    for at, (up, down) in enumerate(pairs):
        tip = (at + 1) * _COLUMN - 10
        parts += [_line(tip - 24, 30, tip, spine, "border-strong", 1.5), *_bone(tip - _COLUMN + 20, 22, up)]
        if down:
            foot = spine + below + 12
            parts += [_line(tip - 24, foot, tip, spine, "border-strong", 1.5)]
            parts += _bone(tip - _COLUMN + 20, spine + 26, down)
    head = len(textwrap.wrap(problem, _HEAD)) * _LINE
    return _drawing(max(wide, _NARROWEST), spine + max(below + 30, head), parts, _words(problem, causes))


def upright(problem: str, causes: Sequence[Cause]) -> Drawing | None:
    """The fishbone for a phone: the problem at the head of a spine that goes down, a bone below the other."""
    bones = [(bone, [each for each in causes if each.bone == bone]) for bone in Bone]
    parts, top = _lines(4, 18, problem, _ACROSS, strong=True), 18 + len(textwrap.wrap(problem, _ACROSS)) * _LINE
    spine = top
    for bone, found in bones:
        if found:
            top += 24
            parts += [
                _line(10, top - 5, 30, top - 5, "border-strong", 1.5),
                *_bone(34, top, (bone, found), _ACROSS - 7),
            ]
            top += _height(found, _ACROSS - 7)
    if top == spine:
        return None
    return _drawing(_PHONE, top, [_line(10, spine - 4, 10, top - 8, "text", 2.5), *parts], _words(problem, causes))


def whys(problem: str, causes: Sequence[Cause], *, narrow: bool = False) -> Drawing | None:
    """Each cause below the one it explains, with “why?” between; None without causes. `narrow` for a phone."""
    if not causes:
        return None
    rows = [(0, problem, "accent"), *_tree(causes, None, 1)]
    parts: list[SafeString] = []
    top, deepest = 8, max(depth for depth, _, _ in rows)
    indent, across = (14, _ACROSS) if narrow else (36, 70)
    for depth, text, mark in rows:
        wrap = max(across - 2 * depth, 12) if narrow else across
        lines = textwrap.wrap(text, wrap) or [""]
        left, high = 10 + depth * indent, len(lines) * _LINE + 12
        if depth:
            parts += [_line(left - indent // 2, top - 10, left - indent // 2, top + 14, "border-strong", 1.5),
                      _line(left - indent // 2, top + 14, left, top + 14, "border-strong", 1.5)]  # fmt: skip
        parts.append(format_html('<rect class="fill-{}" x="{}" y="{}" width="4" height="{}"/>', mark, left, top, high))
        parts += _lines(left + 12, top + 18, text, wrap, strong=depth == 0)
        top += high + 10
    wide = _PHONE if narrow else 10 + deepest * indent + 520
    return _drawing(wide, top, parts, _words(problem, causes))


def effect(found: Measured, path: str = "") -> tuple[Spec, str] | None:
    """Before and after with intervals, and its words; None without anything to set the events against.

    `path` is where the events of a period are shown.
    """
    before, after = found.before.rate, found.after.rate
    if before is None or after is None:
        return None
    tone = {True: "good", False: "bad", None: "neutral"}[found.reached]
    links = [f"{path}?period={each}" if path else "" for each in ("before", "after")]
    spans = [
        Span("before", before, f"Before: {events_in_words(found.before.count)}", links[0], "neutral"),
        Span("after", after, f"After: {events_in_words(found.after.count)}", links[1], tone),
    ]
    words = " ".join(found.sentences())
    return comparison(spans, up=str(found.unit.label), target=found.target), words


def in_words(causes: Sequence[Cause]) -> list[str]:
    """The causes as indented lines, for who does not see the drawing."""
    return [f"{'Why? ' * (depth > 1)}{text}" for depth, text, _ in _tree(causes, None, 1)]


def _tree(causes: Sequence[Cause], above: int | None, depth: int) -> Iterable[tuple[int, str, str]]:
    known = {each.pk for each in causes}
    for each in causes:
        if each.parent_id == above or (above is None and each.parent_id not in known):
            label = "" if each.weight == Weight.WHY else f" ({each.get_weight_display().lower()})"
            yield depth, f"{each.text}{label}", f"{_MARKS[Weight(each.weight)]}-mark"
            yield from _tree(causes, each.pk, depth + 1)


def _words(problem: str, causes: Sequence[Cause]) -> str:
    return f"{problem}. {len(causes)} causes: {'; '.join(in_words(causes))}"[:1500]


def _height(causes: Sequence[Cause], wrap: int = _WRAP) -> int:
    return 24 + sum(len(textwrap.wrap(each.text, wrap) or [""]) * _LINE + 4 for each in causes)


def _bone(left: int, top: int, bone: tuple[Bone, Sequence[Cause]], wrap: int = _WRAP) -> list[SafeString]:
    parts = list(_lines(left, top, str(bone[0].label), wrap, strong=True))
    top += 20
    for cause in bone[1]:
        mark = _MARKS[Weight(cause.weight)]
        parts.append(format_html('<circle class="fill-{}-mark" cx="{}" cy="{}" r="4"/>', mark, left + 4, top - 4))
        parts += _lines(left + 14, top, cause.text, wrap)
        top += len(textwrap.wrap(cause.text, wrap) or [""]) * _LINE + 4
    return parts


def _lines(left: int, top: int, text: str, width: int, *, strong: bool = False) -> list[SafeString]:
    weight = SafeString(' font-weight="600"') if strong else ""
    shape = '<text x="{}" y="{}"{}>{}</text>'
    lines = enumerate(textwrap.wrap(text, width))
    return [format_html(shape, left, top + at * _LINE, weight, line) for at, line in lines]


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float) -> SafeString:
    shape = '<line class="line-{}" x1="{}" y1="{}" x2="{}" y2="{}" stroke-width="{}"/>'
    return format_html(shape, colour, x1, y1, x2, y2, width)


def _drawing(wide: int, high: int, parts: Sequence[SafeString], words: str) -> Drawing:
    inside = format_html_join("", "{}", ((each,) for each in parts))
    place = '<svg xmlns="http://www.w3.org/2000/svg" class="fill-text" font-size="13" viewBox="0 0 {} {}"'
    return Drawing(format_html(place + ' role="img" aria-label="{}">{}</svg>', wide, high, words, inside))
