"""What is worth a look in a trail: computed from the entries alone, the same every time, and never a verdict."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from cqms.access.models import RoleAssignment
from cqms.audit.models import AuditEvent
from cqms.organizations.models import Organization
from cqms.organizations.scope import day_of
from cqms.signatures.models import Meaning, Signature
from cqms.trail_reviews.models import FlagKind

NIGHT = (22, 5)  # hours of the clock where the person was: from, and until before
BACK_DATED = dt.timedelta(days=3)
MANY, WITHIN = 20, dt.timedelta(minutes=10)
SAME_REASONS = 5
_APPROVALS = (Meaning.APPROVED, Meaning.QA_APPROVED)
_ADMINISTRATOR = "administrator"

RULES: Mapping[str, str] = {
    FlagKind.AFTER_APPROVAL: "A field was changed after an approval of the record had been signed.",
    FlagKind.BACK_DATED: f"A date was entered that lies more than {BACK_DATED.days} days before the entry.",
    FlagKind.AT_NIGHT: f"Written between {NIGHT[0]}:00 and {NIGHT[1]:02}:00 on the clock of the person.",
    FlagKind.BY_ADMINISTRATOR: "Written by somebody who was an administrator then.",
    FlagKind.MANY: f"One of {MANY} or more entries of one person within {WITHIN.seconds // 60} minutes.",
    FlagKind.SAME_REASON: f"People gave the same reason at {SAME_REASONS} or more entries of this review.",
}
"""Each rule in words, as the page shows it."""


@dataclass(frozen=True)
class Flagged:
    """An entry and what was found in it."""

    entry: int
    kind: str


def flags_of(entries: Sequence[AuditEvent], organization: Organization) -> list[Flagged]:
    """Everything that is worth a look in entries of the open organization; three queries, however many they are."""
    found = {
        FlagKind.AFTER_APPROVAL: _after_approval(entries),
        FlagKind.BACK_DATED: (each.pk for each in entries if _is_back_dated(each)),
        FlagKind.AT_NIGHT: (each.pk for each in entries if _is_at_night(each, organization)),
        FlagKind.BY_ADMINISTRATOR: _by_administrators(entries),
        FlagKind.MANY: _many(entries),
        FlagKind.SAME_REASON: _same_reasons(entries),
    }
    return [Flagged(pk, kind) for kind, pks in found.items() for pk in sorted(set(pks))]


def _after_approval(entries: Iterable[AuditEvent]) -> Iterator[int]:
    changed = [each for each in entries if each.verb == "change" and each.changes]
    kinds = {each.record_kind for each in changed}
    first: dict[tuple[str, int], dt.datetime] = {}
    signed = Signature.objects.filter(meaning__in=_APPROVALS, record_kind__in=kinds).order_by("-id")
    for kind, pk, at in signed.values_list("record_kind", "record_id", "signed_at"):
        first[kind, pk] = at
    for each in changed:
        at = first.get((each.record_kind, each.record_id))
        if at is not None and at < each.at:
            yield each.pk


def _is_back_dated(entry: AuditEvent) -> bool:
    earliest = day_of(entry.at - BACK_DATED)
    return entry.actor_id is not None and any(
        day is not None and day < earliest and change["old"] != change["new"]
        for change in entry.changes
        if (day := _day(change["new"]))
    )


def _day(words: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(words[:10]) if len(words) == len("2026-11-28") or words.endswith(" UTC") else None
    except ValueError:
        return None


def _is_at_night(entry: AuditEvent, organization: Organization) -> bool:
    if entry.actor_id is None:
        return False
    hour = entry.at.astimezone(ZoneInfo(entry.zone) if entry.zone else organization.timezone).hour
    return hour >= NIGHT[0] or hour < NIGHT[1]


def _by_administrators(entries: Iterable[AuditEvent]) -> Iterator[int]:
    held = defaultdict(list)
    for row in RoleAssignment.objects.filter(role=_ADMINISTRATOR):
        held[row.user_id].append((row.starts_at, row.ends_at))
    for each in entries:
        if any(start <= each.at and (end is None or each.at < end) for start, end in held.get(each.actor_id, ())):
            yield each.pk


def _many(entries: Iterable[AuditEvent]) -> Iterator[int]:
    by_person = defaultdict(list)
    for each in entries:
        if each.actor_id is not None:
            by_person[each.actor_id].append(each)
    for rows in by_person.values():
        rows.sort(key=lambda row: (row.at, row.pk))
        for at, last in enumerate(rows[MANY - 1 :]):
            if last.at - rows[at].at <= WITHIN:
                yield from (row.pk for row in rows[at : at + MANY])


def _same_reasons(entries: Iterable[AuditEvent]) -> Iterator[int]:
    """Of what people did: why something was refused the portal said, and every time in the same words."""
    given = [each for each in entries if each.actor_id and each.reason and each.verb != "refuse"]
    reasons = {each.pk: " ".join(each.reason.casefold().split()) for each in given}
    counts = Counter(reasons.values())
    return (pk for pk, reason in reasons.items() if counts[reason] >= SAME_REASONS)
