"""The clocks of a breach: which run, from which awareness, until when."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from cqms.deadlines.clocks import Awareness, NotificationClock, StartEvent, notification_clock
from quality_events.breaches.duties import Duty, chosen
from quality_events.breaches.models import BreachState, ClockFrom, SeriousBreach

RUNNING = (BreachState.SUSPECTED, BreachState.ASSESSING, BreachState.CONFIRMED, BreachState.DRAFTED)
"""The states in which the clock of the first notification runs."""


@dataclass(frozen=True)
class Told:
    """One awareness as it was written down: whose, when, in which zone, and what shows it."""

    whose: str
    at: dt.datetime | None
    zone: str
    who: str
    evidence: str


@dataclass(frozen=True)
class ClockOf:
    """The clock of one duty; without one, `duty.words` says why none runs."""

    duty: Duty
    clock: NotificationClock | None
    started_by: str


def awareness_of(breach: SeriousBreach) -> Awareness:
    """The recorded times as the clock counts them, after a later start that the head of quality signed."""
    found = Awareness(breach.first_aware_at, breach.aware_at, breach.confirmed_at, breach.site_aware_at)
    if breach.clock_from == ClockFrom.SPONSOR:
        return replace(found, first=None)
    if breach.clock_from == ClockFrom.CONFIRMED and breach.confirmed_at is not None:
        return replace(found, first=None, notifier=None)
    return found


def told_of(breach: SeriousBreach) -> Sequence[Told]:
    """The times of awareness in the order of the chain: investigator, first person, sponsor, confirmation."""
    return [
        Told("Investigator", breach.site_aware_at, breach.first_aware_zone or breach.zone, "", ""),
        Told("First person in the chain of the sponsor", breach.first_aware_at, breach.first_aware_zone or breach.zone,
             breach.first_aware_by, breach.first_aware_evidence),
        Told("Sponsor, or who notifies for it", breach.aware_at, breach.zone, breach.aware_by, breach.aware_evidence),
        Told("Confirmed as serious", breach.confirmed_at, breach.sponsor_zone, "", "the signatures of the assessment"),
    ]  # fmt: skip


def clocks_of(breach: SeriousBreach) -> list[ClockOf]:
    """The clock of each duty of the places chosen, in the order of the table."""
    return [_clock(breach, duty) for duty in chosen(breach.jurisdictions)]


def earliest_due(breach: SeriousBreach) -> dt.datetime | None:
    """The first moment by which an authority must have been told; None while no clock of ours runs."""
    found = [each.clock.due_at for each in clocks_of(breach) if each.clock is not None and each.duty.is_ours]
    return min(found, default=None)


def is_late(breach: SeriousBreach, sent_at: dt.datetime) -> bool:
    """Whether a notification sent then comes after a clock of ours has run out."""
    due = earliest_due(breach)
    return due is not None and sent_at > due


def _clock(breach: SeriousBreach, duty: Duty) -> ClockOf:
    awareness = awareness_of(breach)
    start = awareness.start(duty.starts) if duty.has_clock else None
    if start is None or duty.period is None:
        return ClockOf(duty, None, "")
    own = ZoneInfo(breach.sponsor_zone)
    clock = notification_clock(start, duty.period, own_zone=own, authority_zone=duty.zone)
    return ClockOf(duty, clock, _started_by(awareness, duty.starts, start))


def _started_by(awareness: Awareness, event: StartEvent, start: dt.datetime) -> str:
    """Which of the recorded times started the clock."""
    if event is StartEvent.SOURCE:
        return "awareness of the investigator"
    if event is StartEvent.AWARENESS and start == awareness.first:
        return "awareness of the first person in the sponsor's chain"
    if event is StartEvent.AWARENESS and start == awareness.notifier:
        return "awareness of the sponsor, or who notifies for it"
    return "confirmation as serious"
