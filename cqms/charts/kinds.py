"""The kinds of charts: specifications made of plain numbers. What is counted, and in which words, callers know."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from cqms.charts.colours import colour, tone
from cqms.charts.drawing import Spec, address, draw
from cqms.charts.intervals import Interval

WIDTH, HEIGHT, NARROW = 640, 260, 230
_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
_DASHES = [5, 3]
_LETTER = 6  # pixels
_UPRIGHT = 8  # so many labels stand beside each other
_INTEGERS = {"tickMinStep": 1, "format": "d"}


@dataclass(frozen=True)
class Mark:
    """One mark: its place on the axis, how much, what it says in words, and where the records behind it are.

    `series` names its part of a stack, `tone` is one of the five.
    """

    label: str
    value: float
    words: str
    path: str = ""
    series: str = ""
    tone: str = "progress"


@dataclass(frozen=True)
class Point:
    """A mark of a funnel: so many events per unit at so much exposure."""

    label: str
    exposure: float
    rate: float
    words: str
    path: str = ""
    tone: str = "progress"


@dataclass(frozen=True)
class Span:
    """A value with its interval, for a comparison."""

    label: str
    interval: Interval
    words: str
    path: str = ""
    tone: str = "progress"


@dataclass(frozen=True)
class Line:
    """A line over the places of an axis, with its name for the legend."""

    name: str
    tone: str
    values: Sequence[tuple[str, float]]
    is_dashed: bool = False


def lines(found: Sequence[Line], *, order: Sequence[str], across: str, up: str) -> Spec:
    """Values of several lines over the places in `order`; a line may end before the last place."""
    names = [each.name for each in found]
    legend = {"title": None, "orient": "top", "symbolType": "stroke", "symbolStrokeWidth": 2}
    hues = {"domain": names, "range": [tone(each.tone) for each in found]}
    dashes = {"domain": names, "range": [_DASHES if each.is_dashed else [1, 0] for each in found]}
    drawn = {
        "mark": {"type": "line", "strokeWidth": 2},
        "encoding": {
            "x": _places(order, across), "y": _height(up),
            "color": {"field": "series", "type": "nominal", "scale": hues, "legend": legend},
            "strokeDash": {"field": "series", "type": "nominal", "scale": dashes, "legend": legend},
        },
    }  # fmt: skip
    rows = [{"label": at, "value": value, "series": each.name} for each in found for at, value in each.values]
    return _chart(rows, [drawn])


def stacked_bars(marks: Sequence[Mark], *, across: str, up: str, order: Sequence[str], tones: dict[str, str]) -> Spec:
    """Counts by `label`, stacked by `series` in the order and tones of `tones`; `order` is that of the labels."""
    scale = {"domain": list(tones), "range": [tone(each) for each in tones.values()]}
    bars = {
        "mark": {"type": "bar", "stroke": colour("surface"), "strokeWidth": 1},
        "encoding": {
            "x": _places(order, across),
            "y": {"field": "value", "type": "quantitative", "stack": "zero", "title": up, "axis": _INTEGERS},
            "color": {"field": "series", "type": "nominal", "scale": scale, "legend": {"title": None, "orient": "top"}},
            "order": {"field": "rank"},
            **_LINKED,
        },
    }
    ranks = list(tones)
    rows = [{**_row(each), "series": each.series, "rank": ranks.index(each.series)} for each in marks]
    return _chart(rows, [bars])


def control_chart(
    marks: Sequence[Mark], limits: Interval | None, *, across: str, up: str, middle: str = "mean"
) -> Spec:
    """Values in order with their mean and, where given, the limits within which chance alone moves them."""
    order = [each.label for each in marks]
    line = {
        "mark": {"type": "line", "color": colour("neutral-mark"), "strokeWidth": 1.5},
        "encoding": {"x": _places(order, across), "y": _height(up)},
    }
    points = {
        "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
        "encoding": {"x": _places(order, across), "y": _height(up), "color": _own_colour(), **_LINKED},
    }
    rules = [] if limits is None else _limit_rules(limits, middle)
    return _chart([_row(each) for each in marks], [*rules, line, points])


def pareto(marks: Sequence[Mark], *, across: str, up: str) -> Spec:
    """Counts from the largest to the smallest with the share that they and all before make."""
    ranked = sorted(marks, key=lambda each: (-each.value, each.label))
    whole, so_far, rows = sum(each.value for each in ranked) or 1, 0.0, []
    for each in ranked:
        so_far += each.value
        rows.append({**_row(each), "share": so_far / whole})
    order = [each.label for each in ranked]
    places = {**_places(order, across), "axis": {"labelAngle": -30, "labelLimit": 150, "title": across or None}}
    bars = {
        "mark": {"type": "bar", "color": tone("progress")},
        "encoding": {"x": places, "y": _height(up), **_LINKED},
    }
    share = {"field": "share", "type": "quantitative", "scale": {"domain": [0, 1]},
             "axis": {"title": "share of all so far", "format": "%", "grid": False}}  # fmt: skip
    line = {
        "mark": {"type": "line", "color": colour("text"), "point": {"color": colour("text"), "size": 30}},
        "encoding": {"x": places, "y": share},
    }
    return {**_chart(rows, [bars, line]), "resolve": {"scale": {"y": "independent"}}}


def funnel(
    points: Sequence[Point], curves: Sequence[tuple[float, Interval, Interval]], *, across: str, up: str
) -> Spec:
    """Rates over exposure with the mean and, at each exposure of `curves`, the inner and the outer limits."""
    rows = [
        {"kind": "limit", "exposure": at, "mean": inner.value, "low": inner.lower, "high": inner.upper,
         "far_low": outer.lower, "far_high": outer.upper}
        for at, inner, outer in curves
    ]  # fmt: skip
    rows += [
        {"kind": "point", "exposure": each.exposure, "rate": each.rate, "label": each.label, "words": each.words,
         "link": address(each.path), "tone": tone(each.tone)}
        for each in points
    ]  # fmt: skip
    at = {"field": "exposure", "type": "quantitative", "title": across, "scale": {"zero": True}}
    drawn = (("mean", "accent", None), ("low", "warn-mark", _DASHES), ("high", "warn-mark", _DASHES),
             ("far_low", "bad-mark", _DASHES), ("far_high", "bad-mark", _DASHES))  # fmt: skip
    lines = [_only("limit", _curve(name, at, up, hue, dashes)) for name, hue, dashes in drawn]
    rate = {"field": "rate", "type": "quantitative", "title": up}
    dots = {
        "mark": {"type": "point", "filled": True, "size": 80, "opacity": 1},
        "encoding": {"x": at, "y": rate, "color": _own_colour(), **_LINKED},
    }
    names = {
        "mark": {"type": "text", "dy": -9, "fontSize": 10, "color": colour("muted")},
        "encoding": {"x": at, "y": rate, "text": {"field": "label"}},
    }
    return _chart(rows, [*lines, _only("point", dots), _only("point", names)])


def comparison(spans: Sequence[Span], *, up: str, target: float | None = None, target_words: str = "target") -> Spec:
    """Values side by side, each with its interval, and the target as a line."""
    rows = [
        {"label": each.label, "value": each.interval.value, "lower": each.interval.lower,
         "upper": each.interval.upper, "words": each.words, "link": address(each.path), "tone": tone(each.tone)}
        for each in spans
    ]  # fmt: skip
    places = _places([each.label for each in spans], "")
    whiskers = {
        "mark": {"type": "rule", "color": colour("text"), "strokeWidth": 2},
        "encoding": {"x": places, "y": {"field": "lower", "type": "quantitative", "title": up, "scale": {"zero": True}},
                     "y2": {"field": "upper"}},
    }  # fmt: skip
    dots = {
        "mark": {"type": "point", "filled": True, "size": 160, "opacity": 1},
        "encoding": {"x": places, "y": _height(up), "color": _own_colour(), **_LINKED},
    }
    rules = [] if target is None else _rule(target, "good-mark", target_words, _DASHES)
    return _chart(rows, [*rules, whiskers, dots])


def small(spec: Spec, words: str) -> SafeString:
    """A specification drawn for a phone: enough everywhere where little is drawn."""
    return draw({**_upright(spec), "width": NARROW}, words).on_page()


def _upright(part: Any) -> Any:
    """The same with names of places that stand upright where they have no room beside each other; none on another."""
    if isinstance(part, list):
        return [_upright(each) for each in part]
    if not isinstance(part, dict):
        return part
    if isinstance(part.get("sort"), list) and "axis" in part:
        has_room = sum(len(each) + 2 for each in part["sort"]) * _LETTER <= NARROW
        return {**part, "axis": {**part["axis"], "labelAngle": 0 if has_room else -90, "labelOverlap": True}}
    return {name: _upright(each) for name, each in part.items()}


_LINKED = {"href": {"field": "link"}, "description": {"field": "words"}}


def _chart(rows: Sequence[dict[str, Any]], layers: Sequence[Spec]) -> Spec:
    words = {"labelColor": colour("muted"), "titleColor": colour("muted"), "labelFontSize": 11, "titleFontSize": 11}
    axis = {**words, "gridColor": colour("border"), "domainColor": colour("border-strong"), "titleFontWeight": "normal",
            "tickColor": colour("border-strong")}  # fmt: skip
    return {
        "$schema": _SCHEMA, "width": WIDTH, "height": HEIGHT, "background": None, "data": {"values": list(rows)},
        "layer": [_plain(each) for each in layers],
        "config": {"font": "sans-serif", "view": {"stroke": None}, "axis": axis, "axisX": {"grid": False},
                   "legend": words},
    }  # fmt: skip


def _plain(part: Any) -> Any:
    """The same with titles on one line: the engine reads them into its own language, which knows no line breaks."""
    if isinstance(part, list):
        return [_plain(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        name: " ".join(value.split()) if name == "title" and isinstance(value, str) else _plain(value)
        for name, value in part.items()
    }


def _row(mark: Mark) -> dict[str, Any]:
    return {"label": mark.label, "value": mark.value, "words": mark.words, "link": address(mark.path),
            "tone": tone(mark.tone)}  # fmt: skip


def _places(order: Sequence[str], title: str) -> Spec:
    axis = {"labelAngle": 0 if len(order) <= _UPRIGHT else -40, "title": title or None, "labelLimit": 120}
    return {"field": "label", "type": "ordinal", "sort": list(order), "axis": axis}


def _height(title: str) -> Spec:
    return {"field": "value", "type": "quantitative", "title": title, "scale": {"zero": True}}


def _own_colour() -> Spec:
    return {"field": "tone", "type": "nominal", "scale": None, "legend": None}


def _only(kind: str, layer: Spec) -> Spec:
    return {**layer, "transform": [{"filter": f"datum.kind == '{kind}'"}]}


def _curve(name: str, at: Spec, up: str, hue: str, dashes: list[int] | None) -> Spec:
    mark: Spec = {"type": "line", "color": colour(hue), "strokeWidth": 1.5}
    if dashes:
        mark["strokeDash"] = dashes
    return {"mark": mark, "encoding": {"x": at, "y": {"field": name, "type": "quantitative", "title": up}}}


def _limit_rules(limits: Interval, middle: str) -> list[Spec]:
    lower = _rule(limits.lower, "bad-mark", "lower limit", _DASHES) if limits.lower > 0 else []
    return [
        *_rule(limits.value, "accent", middle, None), *_rule(limits.upper, "bad-mark", "upper limit", _DASHES), *lower
    ]  # fmt: skip


def _rule(at: float, hue: str, words: str, dashes: list[int] | None) -> list[Spec]:
    """A line across with its words at the right end, drawn once whatever the data."""
    mark: Spec = {"type": "rule", "color": colour(hue), "strokeWidth": 1.5}
    if dashes:
        mark["strokeDash"] = dashes
    once = {"data": {"values": [{"at": at, "said": words}]}}
    y = {"field": "at", "type": "quantitative"}
    said = {"type": "text", "align": "right", "dy": -5, "x": "width", "fontSize": 10, "color": colour("muted")}
    return [
        {**once, "mark": mark, "encoding": {"y": y}},
        {**once, "mark": said, "encoding": {"y": y, "text": {"field": "said"}}},
    ]
