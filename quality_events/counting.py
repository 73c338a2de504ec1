"""Events counted for charts, as far as they exist for a person: by age, by month, by category, by site.

The day of an event is when it happened, or was found where that is not known; of what does not happen, when it was
opened. Figures and the records behind them come from the same rows.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from django.db.models import Case, CharField, Count, DateField, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce, TruncMonth

from cqms.accounts.models import User
from quality_events.models import QualityEvent, Severity
from quality_events.selectors import events_for
from quality_events.types import EventType, types
from studies.models import Participants, Site, Study

AGES = (("0 to 30 days", 0, 30), ("31 to 60 days", 31, 60), ("61 to 90 days", 61, 90), ("over 90 days", 91, 40_000))
NO_GRADE = "Not graded"
GRADES = (NO_GRADE, *Severity.labels)
MONTHS = 24


@dataclass(frozen=True)
class Asked:
    """Whose events are counted, of which study and type; without them all that exist for the person."""

    person: User
    today: dt.date
    study: Study | None = None
    space: str = ""


@dataclass(frozen=True)
class SiteCount:
    """Events and participants of one site."""

    site: Site
    events: int
    enrolled: int


def rows_of(asked: Asked) -> Iterator[tuple[EventType, QuerySet[Any]]]:
    """The events that count, type by type, each with its `day`."""
    for found in counted_types():
        if asked.space in ("", found.space):
            rows = with_day(events_for(found.model, asked.person))
            yield found, rows.filter(study=asked.study) if asked.study else rows


def counted_types() -> list[EventType]:
    """The types whose records have a day: what happened, CAPAs, and changes."""
    return [each for each in types() if issubclass(each.model, QualityEvent) or hasattr(each.model, "opened_on")]


def with_day(rows: QuerySet[Any]) -> QuerySet[Any]:
    """The same rows with `day`, by which they are counted."""
    if issubclass(rows.model, QualityEvent):
        return rows.annotate(day=Coalesce("occurred_on", "discovered_on", output_field=DateField()))
    return rows.annotate(day=Coalesce("opened_on", "opened_on", output_field=DateField()))


def open_by_age(asked: Asked) -> Counter[tuple[str, str]]:
    """How many are open, by words of age and severity."""
    found: Counter[tuple[str, str]] = Counter()
    for kind, rows in rows_of(asked):
        graded = has_grade(kind)
        aged = rows.exclude(state__in=kind.ends).annotate(age=_age(asked.today))
        names = ("age", "severity") if graded else ("age",)
        for row in aged.order_by().values(*names).annotate(n=Count("pk")):
            found[row["age"], _grade(row.get("severity", ""))] += row["n"]
    return found


def open_of_age(asked: Asked, age: str, grade: str) -> list[tuple[EventType, QuerySet[Any]]]:
    """The records behind one of those figures."""
    chosen = []
    for kind, rows in rows_of(asked):
        open_ = rows.exclude(state__in=kind.ends).annotate(age=_age(asked.today)).filter(age=age)
        if has_grade(kind):
            chosen.append(
                (kind, open_.filter(severity=dict(zip(GRADES, ("", *Severity.values), strict=True)).get(grade, "?")))
            )
        elif grade == NO_GRADE:
            chosen.append((kind, open_))
    return chosen


def by_month(asked: Asked) -> list[tuple[dt.date, int]]:
    """How many there were in each of the last whole months, oldest first."""
    months = _months(asked.today)
    found: Counter[dt.date] = Counter()
    for _, rows in rows_of(asked):
        kept = rows.filter(day__gte=months[0], day__lt=asked.today.replace(day=1))
        for row in kept.order_by().annotate(month=TruncMonth("day")).values("month").annotate(n=Count("pk")):
            found[row["month"]] += row["n"]
    return [(month, found[month]) for month in months]


def of_month(asked: Asked, month: dt.date) -> list[tuple[EventType, QuerySet[Any]]]:
    """The events of one month."""
    after = (month.replace(day=28) + dt.timedelta(days=5)).replace(day=1)
    return [(kind, rows.filter(day__gte=month, day__lt=after)) for kind, rows in rows_of(asked)]


def by_category(asked: Asked) -> list[tuple[EventType, str, str, int]]:
    """How many there are of each category: type, value, words and number."""
    found = []
    for kind, rows in rows_of(asked):
        if kind.category:
            words = dict(cast("Any", kind.model._meta.get_field(kind.category)).choices or ())
            for row in rows.order_by().values(kind.category).annotate(n=Count("pk")):
                value = row[kind.category]
                found.append((kind, value, str(words.get(value, value) or "not classified yet"), row["n"]))
    return found


def of_category(asked: Asked, space: str, value: str) -> list[tuple[EventType, QuerySet[Any]]]:
    """The events of one category."""
    rows = [(kind, rows) for kind, rows in rows_of(asked) if kind.space == space and kind.category]
    return [(kind, each.filter(**{kind.category: value})) for kind, each in rows]


def by_site(asked: Asked) -> list[SiteCount]:
    """Events and participants of each site of the study that has participants, by number."""
    if asked.study is None:
        return []
    sites = {site.pk: site for site in Site.objects.filter(study=asked.study).order_by("number")}
    enrolled = Participants.objects.filter(study=asked.study).order_by().values("site").annotate(n=Sum("enrolled"))
    events: Counter[int] = Counter()
    for _, rows in rows_of(asked):
        for row in rows.filter(site__isnull=False).order_by().values("site").annotate(n=Count("pk")):
            events[row["site"]] += row["n"]
    people = {row["site"]: row["n"] for row in enrolled}
    return [SiteCount(site, events[pk], people[pk]) for pk, site in sites.items() if people.get(pk)]


def of_site(asked: Asked, number: str) -> list[tuple[EventType, QuerySet[Any]]]:
    """The events of one site."""
    return [(kind, rows.filter(site__number=number)) for kind, rows in rows_of(asked)]


def _months(today: dt.date) -> list[dt.date]:
    last = today.year * 12 + today.month - 1
    return [dt.date(at // 12, at % 12 + 1, 1) for at in range(last - MONTHS, last)]


def _age(today: dt.date) -> Case:
    whens = [When(day__gte=today - dt.timedelta(days=most), then=Value(words)) for words, _, most in AGES]
    return Case(*whens, default=Value(AGES[-1][0]), output_field=CharField())


def has_grade(kind: EventType) -> bool:
    """Whether records of this type are graded by severity."""
    return any(each.name == "severity" for each in kind.model._meta.concrete_fields)


def _grade(value: str) -> str:
    return str(dict(Severity.choices).get(value, NO_GRADE))
