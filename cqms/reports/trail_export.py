"""The audit trail as a PDF that somebody asked for: what they may see of it, in words and in full."""

import datetime as dt
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Count, Max, QuerySet
from django.utils import timezone

from cqms.accounts.models import User
from cqms.audit.guard import expected_triggers, missing_triggers
from cqms.audit.models import AuditEvent, kind_of
from cqms.audit.refusals import Denied
from cqms.jobs.models import Job
from cqms.jobs.pages import page_of
from cqms.jobs.progress import Progress
from cqms.jobs.services import enqueue
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import Organization, TrackedModel
from cqms.organizations.scope import current_organization_id
from cqms.records.story import Told, seen_by, with_signatures
from cqms.reports import paper as papers
from cqms.reports.manifestations import SignatureBlock
from cqms.reports.policies import may_export
from cqms.reports.services import Made, keep_report, next_report_number
from cqms.reports.trail import DrawnTrail, TrailDocument, render_trail
from cqms.reports.trail_entries import Change, TrailEntry
from cqms.reports.trail_export_words import Asked, period_in_words, selection_in_words
from cqms.signatures.models import Signature

EXPORT_TRAIL = "reports.export_trail"
PAPERS = {"A4": papers.A4, "Letter": papers.LETTER}
_AT_ONCE = 2000


def request_trail_export(
    *,
    actor: User,
    subject: TrackedModel | None = None,
    start: dt.date | None = None,
    end: dt.date | None = None,
    person: User | None = None,
    kinds: Sequence[str] = (),
    paper: str = "A4",
) -> Job:
    """Ask for the trail of a record, or of the whole organization, as PDF; only what the actor may see is in it.

    `start` and `end` are days in the organization's zone, both included; `kinds` are kinds of records or of acts.
    Raises Denied, or ValidationError for a period that ends before it begins.
    """
    sentence = may_export(subject).why_not(actor, subject)
    if sentence:
        raise Denied(sentence)
    if start and end and end < start:
        raise ValidationError({"end": "The period ends before it begins."})
    organization = Organization.objects.get(pk=current_organization_id())
    return enqueue(
        EXPORT_TRAIL,
        actor=actor,
        label=f"Audit trail of {subject or organization}",
        subject=[kind_of(subject), subject.pk] if subject is not None else None,
        start=start.isoformat() if start else None,
        end=end.isoformat() if end else None,
        person=person.pk if person is not None else None,
        kinds=sorted(kinds),
        paper=paper if paper in PAPERS else "A4",
    )


def export_trail(job: Job, progress: Progress) -> dict[str, Any]:
    """Draw the trail that a job asks for, keep it as a report, and say so in the trail; the job's result."""
    actor = job.requested_by
    if actor is None:
        raise Denied("A trail is exported for a person.")
    asked = Asked.of(job.arguments, job.organization)
    progress("Reading the trail")
    reading = _Reading(asked, actor)
    progress("Waiting for another export to end")
    number = next_report_number()
    with TemporaryDirectory(prefix="trail-export-") as folder:
        drawn = render_trail(
            _document(asked, actor, number, reading),
            reading.entries(),
            Path(folder) / "trail.pdf",
            progress=lambda count: progress(f"Drawing {reading.count:,} entries", count, reading.count),
        )
        report = keep_report(
            _made(asked, actor, number, reading, drawn),
            actor=actor,
            sentence=f"exported the trail, {drawn.entries} entries",
        )
    return {
        "path": page_of(job),
        "sentence": f"{report.number} holds {drawn.entries:,} entries on {drawn.pages:,} pages.",
        "report": report.number,
    }


class _Reading:
    """The entries of one export: fixed at the start, read in order, each once."""

    def __init__(self, asked: Asked, actor: User) -> None:
        self.asked, self.actor = asked, actor
        self.rows = self._visible(asked.selection().events())
        facts = self.rows.aggregate(count=Count("pk"), last=Max("pk"))
        self.count, self.last = facts["count"], facts["last"] or 0
        self.lanes: set[str] = set()
        self.reaches: set[tuple[str, int | None]] = set()

    def count_in_all(self) -> int:
        """How many entries there would be without period, person and kind."""
        return self._visible(self.asked.everything().events()).filter(pk__lte=self.last).count()

    def entries(self) -> Iterator[TrailEntry]:
        """The entries, oldest first; in memory are 2,000 of them at most."""
        after, printed = 0, set[int]()
        while chunk := list(self.rows.filter(pk__gt=after, pk__lte=self.last).order_by("pk")[:_AT_ONCE]):
            after = chunk[-1].pk
            told = with_signatures(chunk)
            for each in told:
                self.lanes.add(each.event.lane)
                self.reaches.add((each.event.anchor_kind, each.event.anchor_id))
                yield from self._lines(each, printed)
            printed = {signature.pk for each in told for signature in each.signatures}

    def _visible(self, events: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        return seen_by(self.actor, events, Capability.INSPECT)

    def _lines(self, told: Told, printed: set[int]) -> Iterator[TrailEntry]:
        """The entry, and one more for each further signature of the same act; none that the chunk before printed."""
        signatures = [each for each in told.signatures if each.pk not in printed]
        yield self._line(told.event, signatures[0] if signatures else None)
        for signature in signatures[1:]:
            yield self._line(told.event, signature)

    def _line(self, event: AuditEvent, signature: Signature | None) -> TrailEntry:
        return TrailEntry(
            number=event.pk,
            at=event.at,
            zone=event.zone or self.asked.organization.zone,
            actor=event.actor_name,
            role="",
            verb=event.sentence,
            record=event.record_label,
            changes=tuple(Change(row["label"], row["old"], row["new"]) for row in event.changes),
            reason=event.reason,
            signature=_block(signature) if signature else None,
            action=str(event.action_id),
        )


def _block(signature: Signature) -> SignatureBlock:
    return SignatureBlock(
        name=signature.signer_name,
        meaning=signature.statement,
        at=signature.signed_at,
        zone=signature.zone,
        method=signature.get_method_display(),
        digest=signature.content_hash,
        role=signature.capacity,
    )


def _document(asked: Asked, actor: User, number: str, reading: _Reading) -> TrailDocument:
    return TrailDocument(
        organization=asked.organization.name,
        subject=str(asked.subject or asked.organization),
        filter_statement=selection_in_words(asked, actor, reading.last),
        period=period_in_words(asked),
        exported_by=actor.name,
        exported_at=timezone.now(),
        exported_zone=actor.zone,
        portal_version=_portal_version(),
        verification=_verification(),
        entries_in_all=reading.count_in_all(),
        number=number,
        paper=PAPERS[asked.paper],
    )


def _made(asked: Asked, actor: User, number: str, reading: _Reading, drawn: DrawnTrail) -> Made:
    return Made(
        number=number,
        kind=EXPORT_TRAIL,
        title=f"Audit trail of {asked.subject or asked.organization}",
        selection=selection_in_words(asked, actor, reading.last),
        entry_count=drawn.entries,
        path=drawn.path,
        content_sha256=drawn.content_sha256,
        about=asked.subject,
        lanes=tuple(reading.lanes),
        reaches=tuple(reading.reaches),
    )


def _verification() -> str:
    missing = missing_triggers()
    if missing:
        return f"Before the export, {len(missing)} guards of the database were missing: {', '.join(missing[:5])}."
    count = len(expected_triggers())
    return f"Before the export all {count} guards that keep the database from changing the trail were in place."


@cache
def _portal_version() -> str:
    with (settings.BASE_DIR / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])
