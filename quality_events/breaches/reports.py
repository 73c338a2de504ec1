"""The printed report of a serious breach: who was aware when, the legal clocks, the assessment and what was sent."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from cqms.reports.moments import both_words
from quality_events.breaches.assessment import QUESTIONS, judge
from quality_events.breaches.clocks import ClockOf, clocks_of, told_of
from quality_events.breaches.models import ClockFrom, SeriousBreach
from quality_events.breaches.telling import moments_of, shown, standing, zones_of
from quality_events.presentation import content_of_page
from quality_events.types import ReportContent

Rows = list[tuple[str, str]]


def report(breach: Any, reader: Any) -> ReportContent:
    """What its page tells, and before the rest what an authority asks first."""
    content = content_of_page(breach, reader)
    clocks = [(f"Clock for {each.duty.place}", _clock(breach, each)) for each in clocks_of(breach)]
    own: list[tuple[str, Sequence[tuple[str, str]]]] = [
        ("Who was aware, and when", _awareness(breach)), *clocks, ("Assessment", _assessment(breach)),
        ("Notifications as they were sent", _sent(breach)),
    ]  # fmt: skip
    return replace(content, parts=[*own, *content.parts])


def _awareness(breach: SeriousBreach) -> Rows:
    return [
        (each.whose, "\n".join(filter(None, [
            shown(each.at, ZoneInfo(each.zone)) + f", {each.zone}", both_words(each.at, "UTC"), each.who,
            each.evidence and f"Shown by: {each.evidence}",
        ])) if each.at else "not known")
        for each in told_of(breach)
    ]  # fmt: skip


def _clock(breach: SeriousBreach, found: ClockOf) -> Rows:
    rows = [("To be told", found.duty.authority), ("Duty", found.duty.words)]
    if found.clock is None:
        return rows
    zones = zones_of(found.clock)
    rows.append(("Started by", found.started_by))
    if breach.clock_from != ClockFrom.EARLIEST:
        rows.append(("A later start was signed", breach.get_clock_from_display()))
    rows += [
        (label, "\n".join(f"{shown(at, zone)} · {name}" for name, zone in zones.items()))
        for label, at in moments_of(found.clock)
    ]
    return [*rows, ("When this was printed", standing(breach, found.clock, ours=found.duty.is_ours)[0])]


def _assessment(breach: SeriousBreach) -> Rows:
    answers, judged = breach.answers(), judge(breach.answers())
    if not any(answers.values()):
        return []
    rows = [(each.words, answers[each.key].capitalize() or "not answered") for each in QUESTIONS]
    return [*rows, ("Outcome", f"{judged.outcome}: {judged.why}")]


def _sent(breach: SeriousBreach) -> Rows:
    return [
        (f"{each.version} · {each.get_kind_display()}", "\n".join([
            both_words(each.sent_at, breach.sponsor_zone), f"{each.channel}, noted by {each.sent_by.name}",
            f"Reference: {each.receipt or 'not yet'}", f"SHA-256 {each.sha256}",
        ]))
        for each in breach.sent.select_related("sent_by").order_by("version")
    ]  # fmt: skip
