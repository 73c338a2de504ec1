"""The charts of quality events: each with its finding in a sentence, the table, and the records behind every mark."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse

from cqms.charts import kinds
from cqms.charts.drawing import Spec
from cqms.charts.intervals import Z_95, Z_998, count_limits, funnel_limits
from cqms.ui.items import Head
from quality_events import counting
from quality_events.counting import AGES, GRADES, NO_GRADE, Asked
from quality_events.types import EventType

Behind = list[tuple[EventType, QuerySet[Any]]]
_TONES = {NO_GRADE: "neutral", "Minor": "progress", "Major": "warn", "Critical": "bad"}
_CURVE = 40


@dataclass(frozen=True)
class Shown:
    """A chart as it is drawn: the finding, the specification, the table of the same figures, and how it was counted."""

    finding: str
    spec: Spec
    heads: Sequence[Head]
    rows: Sequence[Sequence[object]]
    note: str


@dataclass(frozen=True)
class ChartKind:
    """A chart. `show` gives None where there is nothing to draw; `behind` the records of one mark.

    `needs_study` where it means nothing without one.
    """

    key: str
    name: str
    about: str
    show: Callable[[Asked], Shown | None]
    behind: Callable[[Asked, str], Behind]
    needs_study: bool = False


_kinds: dict[str, ChartKind] = {}


def register(kind: ChartKind) -> None:
    """Add a chart to the page of charts; called when an app is ready."""
    _kinds[kind.key] = kind


def chart_kinds() -> dict[str, ChartKind]:
    """Every chart by its key, in the order of registering."""
    return dict(_kinds)


def mark_path(key: str, asked: Asked, mark: str) -> str:
    """The address of the records behind a mark."""
    query = QueryDict(mutable=True)
    query.update({"mark": mark, "study": asked.study.number if asked.study else "", "type": asked.space})
    return f"{reverse('quality_events:behind', kwargs={'key': key})}?{query.urlencode()}"


def ages(asked: Asked) -> Shown | None:
    """What is open by age and severity."""
    found = counting.open_by_age(asked)
    if not found:
        return None
    order = [words for words, _, _ in AGES]
    marks = [
        kinds.Mark(age, found[age, grade], f"{found[age, grade]} {grade.lower()}, {age}",
                   mark_path("age", asked, f"{age}|{grade}"), grade)
        for age in order for grade in GRADES if found[age, grade]
    ]  # fmt: skip
    old = sum(found[order[-1], grade] for grade in GRADES)
    whole = sum(found.values())
    spec = kinds.stacked_bars(marks, across="", up="open events", order=order, tones=_TONES)
    rows = [[age, *(found[age, grade] for grade in GRADES)] for age in order]
    heads = [Head("Age", "lead"), *(Head(grade, "num") for grade in GRADES)]
    return Shown(f"{_events(whole)} open; {old} of them for more than 90 days.", spec, heads, rows, _DAY)


def ages_behind(asked: Asked, mark: str) -> Behind:
    """The open events of one age and severity."""
    age, _, grade = mark.partition("|")
    return counting.open_of_age(asked, age, grade)


def trend(asked: Asked) -> Shown | None:
    """How many in each month, with the limits of chance."""
    found = counting.by_month(asked)
    if not any(count for _, count in found):
        return None
    limits = count_limits([count for _, count in found])
    marks = [
        kinds.Mark(f"{month:%b %y}", count, f"{count} in {month:%B %Y}",
                   mark_path("trend", asked, month.isoformat()) if count else "",
                   tone="bad" if count > limits.upper or count < limits.lower else "progress")
        for month, count in found
    ]  # fmt: skip
    outside = [mark.label for mark in marks if mark.tone == "bad"]
    said = (
        f"outside the limits of chance: {', '.join(outside)}" if outside else "every month within the limits of chance"
    )
    spec = kinds.control_chart(marks, limits, across="", up="events")
    note = f"{_DAY} Mean {limits.value:.1f}; limits are three standard deviations of a Poisson count (c-chart)."
    heads = [Head("Month", "lead"), Head("Events", "num")]
    rows = [[f"{month:%B %Y}", count] for month, count in found]
    return Shown(f"{limits.value:.1f} events a month on average; {said}.", spec, heads, rows, note)


def trend_behind(asked: Asked, mark: str) -> Behind:
    """The events of one month."""
    try:
        month = dt.date.fromisoformat(mark).replace(day=1)
    except ValueError:
        return []
    return counting.of_month(asked, month)


def categories(asked: Asked) -> Shown | None:
    """Which categories make most of the events."""
    found = sorted(counting.by_category(asked), key=lambda each: -each[3])
    if not found:
        return None
    one_type = len({kind.space for kind, *_ in found}) == 1
    names = [words if one_type else f"{kind.noun}: {words}" for kind, _, words, _ in found]
    marks = [
        kinds.Mark(name, count, f"{name}: {_events(count)}", mark_path("pareto", asked, f"{kind.space}|{value}"))
        for name, (kind, value, _, count) in zip(names, found, strict=True)
    ]
    whole, so_far, rows = sum(each[3] for each in found), 0, []
    for name, (_, _, _, count) in zip(names, found, strict=True):
        so_far += count
        rows.append([name, count, f"{so_far / whole:.0%}"])
    finding = f"{names[0]} makes {found[0][3] / whole:.0%} of {_events(whole)}."
    heads = [Head("Category", "lead"), Head("Events", "num"), Head("Share so far", "num")]
    return Shown(finding, kinds.pareto(marks, across="", up="events"), heads, rows, "All events, open and closed.")


def categories_behind(asked: Asked, mark: str) -> Behind:
    """The events of one category."""
    space, _, value = mark.partition("|")
    return counting.of_category(asked, space, value)


def sites(asked: Asked) -> Shown | None:
    """Events per participant at each site, with the limits within which chance moves them."""
    found = counting.by_site(asked)
    people = sum(each.enrolled for each in found)
    if not people or asked.study is None:
        return None
    mean = sum(each.events for each in found) / people
    points = []
    for each in found:
        inner, outer = (funnel_limits(mean, each.enrolled, z) for z in (Z_95, Z_998))
        rate = each.events / each.enrolled
        tone = (
            "bad"
            if not outer.lower <= rate <= outer.upper
            else "warn"
            if not inner.lower <= rate <= inner.upper
            else "progress"
        )
        words = f"Site {each.site.number}: {_events(each.events)} for {each.enrolled} participants"
        path = mark_path("funnel", asked, each.site.number) if each.events else ""
        points.append(kinds.Point(each.site.number, each.enrolled, rate, words, path, tone))
    most = max(each.enrolled for each in found)
    places = [most * at / _CURVE for at in range(1, _CURVE + 1) if most * at / _CURVE >= 1]
    curves = [(at, funnel_limits(mean, at, Z_95), funnel_limits(mean, at, Z_998)) for at in places]
    outside = [each.label for each in points if each.tone == "bad"]
    said = f"outside the outer limits: site {', '.join(outside)}" if outside else "no site outside the outer limits"
    spec = kinds.funnel(points, curves, across="participants enrolled", up="events per participant")
    rows = [[each.label, int(each.exposure), round(each.rate * each.exposure), f"{each.rate:.2f}"] for each in points]
    heads = [Head("Site", "lead"), Head("Participants", "num"), Head("Events", "num"), Head("Rate", "num")]
    note = "Limits 95 % and 99.8 % around the rate of the whole study, by the normal approximation of a Poisson count."
    return Shown(f"{mean:.2f} events per participant in {asked.study.number}; {said}.", spec, heads, rows, note)


def _events(count: int) -> str:
    return "1 event" if count == 1 else f"{count} events"


_DAY = "Counted by the day on which it happened, or was found where that is not known."

register(ChartKind("age", "Open by age and severity", "How long open events wait.", ages, ages_behind))
register(ChartKind("trend", "Trend by month", "A control chart of the last 24 months.", trend, trend_behind))
register(ChartKind("pareto", "Pareto of categories", "Which few categories make most.", categories, categories_behind))
register(
    ChartKind("funnel", "Rate per participant by site", "Which sites differ by more than chance.", sites,
              counting.of_site, needs_study=True)
)  # fmt: skip
