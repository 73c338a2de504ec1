"""The clocks of a breach in words, for page and paper."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.utils import timezone

from cqms.deadlines.clocks import NotificationClock, Unit, remaining
from cqms.reports.moments import offset
from quality_events.breaches.clocks import RUNNING
from quality_events.breaches.models import SeriousBreach

_SOON = dt.timedelta(days=2)


def standing(breach: SeriousBreach, clock: NotificationClock, *, ours: bool = True) -> tuple[str, str]:
    """How the clock stands, in words with their tone: the time left, late, or stopped and whether in time."""
    if not ours:
        return "The investigator's own clock", "neutral"
    if breach.notified_at is not None:
        late = breach.notified_at > clock.due_at
        return "Notified late" if late else "Notified in time", "bad" if late else "good"
    if breach.state not in RUNNING:
        return "Stopped", "neutral"
    now = timezone.now()
    tone = "bad" if clock.due_at - now < _SOON else "warn"
    return remaining(clock.due_at, now).capitalize(), tone


def zones_of(clock: NotificationClock) -> dict[str, ZoneInfo]:
    """The zones in which the moments of a clock are told."""
    return {"UTC": ZoneInfo("UTC"), f"Sponsor, {clock.own_zone}": clock.own_zone,
            f"Authority, {clock.authority_zone}": clock.authority_zone}  # fmt: skip


def moments_of(clock: NotificationClock) -> list[tuple[str, dt.datetime]]:
    """Start, day 7, and the legal latest moments."""
    day = f"Day {clock.period.amount}" if clock.period.unit is Unit.DAYS else f"{clock.period.amount} hours"
    return [
        ("Clock started", clock.started_at),
        (f"{day}: notify by", clock.due_at),
        ("Legal latest moment, sponsor's calendar", clock.latest_at),
        ("Legal latest moment, authority's calendar", clock.authority_latest_at),
    ]


def shown(moment: dt.datetime, zone: ZoneInfo) -> str:
    """A moment as the clocks of a zone show it, with the offset."""
    there = moment.astimezone(zone)
    return f"{there:%a %-d %b %Y, %H:%M} {offset(there)}"
