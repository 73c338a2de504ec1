"""Whether a CAPA worked, counted from the portal's own events before and after.

Counted are events of one type, of the CAPA's site, study or organization, in the general lane, by the day on which they
happened, or were found where that day is not known. Both days of a period belong to it.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any, cast

from django.db.models import DateField, QuerySet, Sum
from django.db.models.functions import Coalesce

from cqms.audit.models import Lane
from cqms.charts.intervals import Interval, poisson_rate, rate_ratio
from quality_events.capas.models import Capa, DataSource, Unit
from quality_events.models import QualityEvent
from quality_events.types import EventType, types
from studies.models import Participants, Site

_DAYS_A_MONTH = 30.4375
_EXACT = 100  # below it a figure is shown with decimals
_PER = {Unit.COUNT: "events", Unit.PARTICIPANT: "per participant", Unit.SITE_MONTH: "per site and month"}


@dataclass(frozen=True)
class Counted:
    """So many events set against an exposure (participants, site-months, or 1 for a plain count)."""

    first: dt.date
    last: dt.date
    count: int
    exposure: float

    @property
    def rate(self) -> Interval | None:
        """The rate with its exact 95 % interval; None without exposure."""
        return poisson_rate(self.count, self.exposure) if self.exposure > 0 else None


@dataclass(frozen=True)
class Measured:
    """Before and after, the change, and whether the target is reached; None where it cannot be said."""

    before: Counted
    after: Counted
    unit: Unit
    target: float | None

    @property
    def change(self) -> Interval | None:
        """The rate after divided by that before; plain counts are set against the length of the periods."""
        pairs = [(each.count, self._span(each)) for each in (self.before, self.after)]
        return rate_ratio(pairs[0], pairs[1])

    def _span(self, counted: Counted) -> float:
        return counted.exposure if self.unit != Unit.COUNT else float((counted.last - counted.first).days + 1)

    @property
    def reached(self) -> bool | None:
        """Whether the rate after is at most the target."""
        rate = self.after.rate
        return None if rate is None or self.target is None else rate.value <= self.target

    def sentences(self) -> list[str]:
        """What was found, in words."""
        said = [
            _period_in_words(name, each, self.unit) for name, each in (("Before", self.before), ("After", self.after))
        ]
        said.append(_change_in_words(self.change))
        if self.target is not None:
            word = {True: "reached", False: "not reached", None: "cannot be judged"}[self.reached]
            said.append(f"Target: at most {_figure(self.target)} {_PER[self.unit]}, {word}.")
        return said


def is_measured_here(capa: Capa) -> bool:
    """Whether the portal counts for this criterion and knows everything it needs."""
    needed = (capa.counted, capa.unit, capa.before_from, capa.before_to, capa.after_from, capa.check_on)
    return capa.data_source == DataSource.PORTAL and all(needed)


def measure(capa: Capa) -> Measured | None:
    """The figures as they are now; None where the portal does not count them."""
    found = next((each for each in types() if each.space == capa.counted), None)
    if found is None or not is_measured_here(capa):
        return None
    unit = Unit(capa.unit)
    before = _count(capa, found, unit, cast("dt.date", capa.before_from), cast("dt.date", capa.before_to))
    after = _count(capa, found, unit, cast("dt.date", capa.after_from), cast("dt.date", capa.check_on))
    return Measured(before, after, unit, float(capa.target) if capa.target is not None else None)


def events_counted(capa: Capa, found: EventType, first: dt.date, last: dt.date) -> QuerySet[Any]:
    """The events that count between two days."""
    day: Any = "opened_on"
    if issubclass(found.model, QualityEvent):
        day = Coalesce("occurred_on", "discovered_on", output_field=DateField())
    rows = found.model._default_manager.annotate(_day=day) if not isinstance(day, str) else found.model._default_manager
    name = "_day" if not isinstance(day, str) else day
    rows = rows.filter(**{f"{name}__gte": first, f"{name}__lte": last}, lane=Lane.GENERAL)
    if capa.site_id:
        rows = rows.filter(site=capa.site_id)
    elif capa.study_id:
        rows = rows.filter(study=capa.study_id)
    return rows.filter(**{found.category: capa.category}) if capa.category and found.category else rows


def _count(capa: Capa, found: EventType, unit: Unit, first: dt.date, last: dt.date) -> Counted:
    return Counted(first, last, events_counted(capa, found, first, last).count(), _exposure(capa, unit, first, last))


def _exposure(capa: Capa, unit: Unit, first: dt.date, last: dt.date) -> float:
    if unit == Unit.COUNT:
        return 1.0
    sites = Site.objects.all()
    if capa.site_id:
        sites = sites.filter(pk=capa.site_id)
    elif capa.study_id:
        sites = sites.filter(study=capa.study_id)
    if unit == Unit.SITE_MONTH:
        opened = sites.exclude(status__in=("planned", "withdrawn")).count()
        return opened * ((last - first).days + 1) / _DAYS_A_MONTH
    enrolled = Participants.objects.filter(site__in=sites.values("pk"), month__lte=last).aggregate(n=Sum("enrolled"))
    return float(enrolled["n"] or 0)


def _period_in_words(name: str, counted: Counted, unit: Unit) -> str:
    days = f"{counted.first:%-d %b %Y} to {counted.last:%-d %b %Y}"
    events, rate = events_in_words(counted.count), counted.rate
    if rate is None:
        return f"{name} ({days}): {events}; there are no participants or sites to set them against."
    against = {
        Unit.COUNT: "", Unit.PARTICIPANT: f" for {counted.exposure:.0f} participants",
        Unit.SITE_MONTH: f" in {counted.exposure:.1f} site-months",
    }[unit]  # fmt: skip
    interval = f"95 % interval {_figure(rate.lower)} to {_figure(rate.upper)}, exact Poisson"
    set_against = f", {_figure(rate.value)} {_PER[unit]}" if against else ""
    return f"{name} ({days}): {events}{against}{set_against} ({interval})."


def events_in_words(count: int) -> str:
    """How many events: "1 event", "5 events"."""
    return "1 event" if count == 1 else f"{count} events"


def _change_in_words(change: Interval | None) -> str:
    if change is None:
        return "Nothing was counted before, so that no change can be told."
    now = (
        f"The rate is {change.value:.0%} of what it was (95 % interval {change.lower:.0%} to {_percent(change.upper)})"
    )
    if change.upper < 1:
        return f"{now}: it fell, more than chance alone explains."
    if change.lower > 1:
        return f"{now}: it rose, more than chance alone explains."
    return f"{now}: chance alone could explain the difference."


def _percent(value: float) -> str:
    return "without bound" if value == float("inf") else f"{value:.0%}"


def _figure(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if value < _EXACT else f"{value:.0f}"
