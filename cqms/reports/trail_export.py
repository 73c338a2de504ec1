"""The audit trail that somebody takes home: what they may see of it, in words, in full, and with its proof."""

import datetime as dt
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

from cqms.accounts.models import User
from cqms.audit import standing
from cqms.audit.guard import expected_triggers
from cqms.audit.ledger.sealing import seal
from cqms.audit.models import kind_of
from cqms.audit.refusals import Denied
from cqms.jobs.models import Job
from cqms.jobs.pages import page_of
from cqms.jobs.progress import Progress
from cqms.jobs.services import enqueue
from cqms.organizations.models import Organization, TrackedModel
from cqms.organizations.scope import current_organization_id
from cqms.reports import paper as papers
from cqms.reports.models import ReportFormat
from cqms.reports.policies import may_export
from cqms.reports.seals import seal_fingerprint, seal_pdf
from cqms.reports.services import Made, keep_report, next_report_number
from cqms.reports.trail import MOST_TAGGED, Counted, TrailDocument, count_trail, render_trail
from cqms.reports.trail_csv import TrailCsv
from cqms.reports.trail_entries import TrailEntry
from cqms.reports.trail_export_words import Asked, period_in_words, selection_in_words
from cqms.reports.trail_head import head_of, seal_in_words
from cqms.reports.trail_proof import FILE_NAME, TrailJson
from cqms.reports.trail_reading import Reading

EXPORT_TRAIL = "reports.export_trail"
PAPERS = {"A4": papers.A4, "Letter": papers.LETTER}


@dataclass(frozen=True)
class Files:
    """Which files are wanted, and on which paper."""

    formats: Sequence[str] = (ReportFormat.PDF,)
    paper: str = "A4"


@dataclass(frozen=True)
class Acts:
    """Which acts are wanted: kinds of records or of acts, the name of a field that changed, places; empty is any."""

    kinds: Sequence[str] = ()
    changed: str = ""
    places: Sequence[TrackedModel] = ()


def request_trail_export(
    *,
    actor: User,
    subject: TrackedModel | None = None,
    start: dt.date | None = None,
    end: dt.date | None = None,
    person: User | None = None,
    acts: Acts = Acts(),
    files: Files = Files(),
) -> Job:
    """Ask for the trail of a record, or of the whole organization; only what the actor may see is in it.

    `start` and `end` are days in the organization's zone, both included.
    Raises Denied, or ValidationError for a period that ends before it begins, or without a format.
    """
    sentence = may_export(subject).why_not(actor, subject)
    if sentence:
        raise Denied(sentence)
    if start and end and end < start:
        raise ValidationError({"end": "The period ends before it begins."})
    chosen = [each.value for each in ReportFormat if each in files.formats]
    if not chosen:
        raise ValidationError({"formats": "Choose at least one kind of file."})
    organization = Organization.objects.get(pk=current_organization_id())
    return enqueue(
        EXPORT_TRAIL,
        actor=actor,
        label=f"Audit trail of {subject or organization}",
        subject=[kind_of(subject), subject.pk] if subject is not None else None,
        start=start.isoformat() if start else None,
        end=end.isoformat() if end else None,
        person=person.pk if person is not None else None,
        kinds=sorted(acts.kinds),
        changed=acts.changed,
        places=[[kind_of(each), each.pk] for each in acts.places],
        formats=chosen,
        paper=files.paper if files.paper in PAPERS else "A4",
    )


def seal_what_waits(job: Job, progress: Progress) -> None:
    """Before an export: seal what was written until now, so that every entry in it can be proven.

    Raises KeyMissing, LedgerBroken.
    """
    progress("Sealing what was written last")
    seal(job.organization)


def export_trail(job: Job, progress: Progress) -> dict[str, Any]:
    """Make the files that a job asks for, keep them as a report, and say so in the trail; the job's result.

    Raises WrongState for entries that are not what was sealed, KeyMissing without the key that sealed them.
    """
    actor = job.requested_by
    if actor is None:
        raise Denied("A trail is exported for a person.")
    asked = Asked.of(job.arguments, job.organization)
    progress("Reading the trail")
    reading = Reading(asked, actor)
    progress("Waiting for another export to end")
    number = next_report_number()
    with TemporaryDirectory(prefix="trail-export-") as folder:
        made = _Making(_document(asked, actor, number, reading), reading, Path(folder), progress)
        counted = made.files()
        report = keep_report(
            _made(asked, actor, number, reading, counted, made.paths),
            actor=actor,
            sentence=f"exported the trail, {counted.entries} entries",
        )
    pages = f" on {counted.pages:,} pages" if counted.pages else ""
    return {
        "path": page_of(job),
        "sentence": f"{report.number} holds {counted.entries:,} entries{pages}.",
        "report": report.number,
    }


class _Making:
    """The files of one export; the trail is read once for all of them."""

    def __init__(self, document: TrailDocument, reading: Reading, folder: Path, progress: Progress) -> None:
        self.document, self.reading, self.folder, self.progress = document, reading, folder, progress
        self.head = head_of(reading.checkpoint)
        self.paths = {ReportFormat(each): folder / f"trail.{each}" for each in reading.asked.formats}

    def files(self) -> Counted:
        """Write all of them."""
        with ExitStack() as stack:
            proof = TrailJson(stack.enter_context(TemporaryFile(dir=self.folder)))
            entries = self._passed_on(proof, stack)

            def attachment() -> Path:
                self.progress("Proving that every entry is sealed")
                proof.finish(self.folder / FILE_NAME, self.head, self.document.about)
                return self.folder / FILE_NAME

            if ReportFormat.PDF in self.paths:
                return self._pdf(entries, attachment)
            counted = count_trail(entries)
            attachment()
        return counted

    def _pdf(self, entries: Iterator[TrailEntry], attachment: Callable[[], Path]) -> Counted:
        count, target = self.reading.count, self.paths[ReportFormat.PDF]
        drawn = render_trail(
            self.document,
            entries,
            target,
            attachment=attachment,
            progress=lambda drawn: self.progress(f"Drawing {count:,} entries", drawn, count),
        )
        self.progress("Sealing the PDF")
        seal_pdf(target, self.reading.asked.organization)
        return drawn

    def _passed_on(self, proof: TrailJson, stack: ExitStack) -> Iterator[TrailEntry]:
        """The entries for paper, on their way written into the other files."""
        table: list[TrailCsv] = []
        if ReportFormat.CSV in self.paths:
            target = self.paths[ReportFormat.CSV].open("w", encoding="utf-8-sig", newline="")
            table.append(TrailCsv(stack.enter_context(target), self.document.about))
        for entry, sealed in self.reading.entries():
            for row in sealed:
                proof.add(row)
            for each in table:
                each.add(entry)
            yield entry


def _document(asked: Asked, actor: User, number: str, reading: Reading) -> TrailDocument:
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
        tagged=reading.count <= MOST_TAGGED,
        seal=seal_in_words(reading.checkpoint),
        certificate=seal_fingerprint(asked.organization) if ReportFormat.PDF in asked.formats else "",
    )


def _made(
    asked: Asked, actor: User, number: str, reading: Reading, counted: Counted, paths: dict[ReportFormat, Path]
) -> Made:
    return Made(
        number=number,
        kind=EXPORT_TRAIL,
        title=f"Audit trail of {asked.subject or asked.organization}",
        selection=selection_in_words(asked, actor, reading.last),
        entry_count=counted.entries,
        paths=paths,
        content_sha256=counted.content_sha256,
        about=asked.subject,
        lanes=tuple(reading.lanes),
        reaches=tuple(reading.reaches),
    )


def _verification() -> str:
    stand = standing.look()
    if stand.missing:
        return f"Before the export, {len(stand.missing)} guards of the database were missing: {_first(stand.missing)}."
    if stand.beside:
        return f"Before the export, the database held what is none of the portal's: {_first(stand.beside)}."
    count = len(expected_triggers())
    return f"Before the export all {count} guards that keep the database from changing the trail were in place."


def _first(names: list[str]) -> str:
    return ", ".join(names[:5])


@cache
def _portal_version() -> str:
    with (settings.BASE_DIR / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])
