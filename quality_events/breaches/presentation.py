"""Serious breaches in words: clocks, awareness, assessment, what was sent, and what their page tells besides."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.html import format_html

from cqms.deadlines.clocks import NotificationClock, Unit
from cqms.ui import times
from cqms.ui.atoms import Badge, Button
from cqms.ui.components import Facts, Table
from cqms.ui.items import Head
from quality_events.breaches.assessment import QUESTIONS, judge
from quality_events.breaches.clocks import RUNNING, ClockOf, clocks_of, earliest_due, told_of
from quality_events.breaches.duties import chosen
from quality_events.breaches.models import BreachState, ClockFrom, SentNotification, SeriousBreach
from quality_events.breaches.telling import moments_of, shown, standing, zones_of
from quality_events.course import Path
from quality_events.presentation import event_path

_S = BreachState
PATH = Path((
    _S.SUSPECTED, _S.ASSESSING, _S.CONFIRMED, _S.DRAFTED, _S.NOTIFIED, _S.FOLLOW_UP, _S.FINAL, _S.QUESTIONS,
    _S.CAPA_LINKED, _S.CLOSED,
))  # fmt: skip


def facts(breach: SeriousBreach) -> list[tuple[str, object]]:
    """What is known of a breach besides its times."""
    return [
        ("Authorised in", ", ".join(each.place for each in chosen(breach.jurisdictions))),
        ("Table of duties", f"version {breach.duties_version} of the settings when it was opened"),
        ("Outcome of the questions", str(judge(breach.answers()).outcome)),
        ("First notified", times.moment(breach.notified_at) if breach.notified_at else "not yet"),
        ("Reference of the authority", breach.receipt),
        ("CAPA", breach.capa_reference),
    ]


def sections(breach: SeriousBreach) -> list[tuple[str, str]]:
    """Its texts."""
    return [
        ("Description", breach.description),
        ("What the answers rest on", breach.rationale),
        ("Why the clock starts later", breach.clock_rationale),
        ("Requirement breached", breach.requirement),
        ("Impact on participants", breach.impact_participants),
        ("Impact on the data", breach.impact_data),
        ("Actions taken and planned", breach.actions_taken),
        ("Root cause", breach.root_cause),
        ("Questions of the authority", breach.authority_questions),
        ("Answers to the authority", breach.authority_answers),
    ]


def words(breach: Any) -> str:
    """By which words search finds it."""
    return " ".join(filter(None, [text for _, text in sections(breach)]))


def page_parts(breach: SeriousBreach) -> Mapping[str, object]:
    """What stands above the texts: each clock, who was aware, the assessment, what was sent."""
    sent = list(breach.sent.select_related("sent_by").order_by("version"))
    return {
        "clocks": [clock_view(breach, each) for each in clocks_of(breach)],
        "later_start": breach.get_clock_from_display() if breach.clock_from != ClockFrom.EARLIEST else "",
        "awareness": awareness_table(breach),
        "assessment": assessment_table(breach) if any(breach.answers().values()) else None,
        "outcome": judge(breach.answers()),
        "outcome_version": breach.assessment_version,
        "sent": sent_table(breach, sent) if sent else None,
        "sheet_button": Button("Field sheet", icon="document", small=True, href=event_path(breach, "sheet")),
    }


# Clocks


def clock_view(breach: SeriousBreach, found: ClockOf) -> dict[str, object]:
    """One clock as the page shows it: whose, from which awareness, what is left in words, its moments in all zones."""
    about = {"place": found.duty.place, "authority": found.duty.authority, "duty": found.duty.words}
    if found.clock is None:
        waits = found.duty.is_ours or found.duty.has_clock
        return {**about, "badge": Badge("No clock runs" if waits else found.duty.status.capitalize(), "neutral")}
    return {
        **about,
        "started_by": found.started_by,
        "badge": clock_badge(breach, found.clock, ours=found.duty.is_ours),
        "table": _moments(found),
        "hours": _hours(found.clock),
        "stricter": found.clock.authority_latest_at < found.clock.due_at,
        "next_alarm": _next_alarm(breach, found),
    }


def clock_badge(breach: SeriousBreach, clock: NotificationClock, *, ours: bool = True) -> Badge:
    """How the clock stands."""
    return Badge(*standing(breach, clock, ours=ours))


def clock_cell(breach: SeriousBreach) -> object:
    """The clock of a breach for a row of a list; blank when none of ours runs."""
    ours = [each.clock for each in clocks_of(breach) if each.clock is not None and each.duty.is_ours]
    return clock_badge(breach, min(ours, key=lambda each: each.due_at)) if ours else ""


def clock_words(breach: SeriousBreach) -> str:
    """The first due moment in UTC, for a file."""
    due = earliest_due(breach)
    return due.isoformat(timespec="minutes") if due else ""


def _moments(found: ClockOf) -> Table:
    clock = found.clock
    assert clock is not None
    zones = zones_of(clock)
    heads = [Head("Moment", "lead"), *(Head(each) for each in zones)]
    cells = [[label, *(shown(at, zone) for zone in zones.values())] for label, at in moments_of(clock)]
    return Table(heads, cells, f"The clock for {found.duty.place} in all zones")


def _hours(clock: NotificationClock) -> str:
    """That seven days need not be 168 hours."""
    if clock.period.unit is Unit.HOURS:
        return f"Counted in hours: {clock.period.amount} hours pass, whatever the clocks show."
    whole = clock.period.amount * 24
    same = "the same" if clock.hours == whole else "not the same, because clocks change in between"
    ends = shown(clock.by_hours_at, clock.own_zone)
    return (
        f"{clock.period.amount} days by the calendar are {clock.hours:g} hours here; {whole} hours would end on"
        f" {ends}: {same}. Weekends and holidays count."
    )


def _next_alarm(breach: SeriousBreach, found: ClockOf) -> str:
    if found.clock is None or not found.duty.is_ours or breach.state not in RUNNING or breach.notified_at:
        return ""
    now = timezone.now()
    ahead = [alarm for alarm in found.clock.alarms() if alarm.at > now]
    return f"{ahead[0].key} at {shown(ahead[0].at, found.clock.own_zone)}" if ahead else "when it is due"


# Tables


def awareness_table(breach: SeriousBreach) -> Table:
    """Who was aware when, in their own zone and in UTC, and what shows it."""
    rows = [
        [each.whose, shown(each.at, ZoneInfo(each.zone)) if each.at else "not known", each.zone if each.at else "",
         each.who, each.evidence]
        for each in told_of(breach)
    ]  # fmt: skip
    heads = [Head("Whose awareness", "lead"), Head("When, by their clocks"), Head("Zone"), Head("Who"),
             Head("What shows it")]  # fmt: skip
    return Table(heads, rows, "Who was aware, and when")


def assessment_table(breach: SeriousBreach) -> Table:
    """The questions with their answers, and why each is asked."""
    answers = breach.answers()
    rows = [[each.words, answers[each.key].capitalize() or "not answered", each.why] for each in QUESTIONS]
    return Table([Head("Question", "lead"), Head("Answer", "fit"), Head("Why it is asked")], rows, "Assessment")


def sent_table(breach: SeriousBreach, sent: Sequence[SentNotification]) -> Table:
    """Each notification as it was sent."""
    heads = [Head("Version", "lead"), Head("Sent"), Head("By"), Head("Which way"), Head("Reference"),
             Head("SHA-256"), Head("Open", "fit", hidden=True)]  # fmt: skip
    rows = [
        [f"{each.version} · {each.get_kind_display()}", times.moment(each.sent_at), each.sent_by.name, each.channel,
         each.receipt or "not yet", format_html('<span class="hash">{}</span>', each.sha256),
         Button("Open", small=True, href=event_path(breach, "sent", version=each.version))]
        for each in sent
    ]  # fmt: skip
    return Table(heads, rows, "Notifications as they were sent")


def sheet_facts(breach: SeriousBreach, sent: SentNotification | None) -> Facts:
    """About a sheet: what it is, when it was sent, and its hash."""
    if sent is None:
        return Facts([("Version", "as the record stands now"), ("State", breach.get_state_display())])
    return Facts([
        ("Version", f"{sent.version}, {sent.get_kind_display().lower()}"), ("Sent", times.moment(sent.sent_at)),
        ("By", sent.sent_by.name), ("Which way", sent.channel), ("Reference", sent.receipt), ("SHA-256", sent.sha256),
    ])  # fmt: skip
