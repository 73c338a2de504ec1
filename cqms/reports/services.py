"""Keeping what was reported, and handing it out again."""

from dataclasses import dataclass, field
from pathlib import Path

from django.http import FileResponse
from django.utils import timezone

from cqms.accounts.models import User
from cqms.attachments.downloads import download_response
from cqms.attachments.kinds import PDF
from cqms.attachments.services import UNLIMITED, store
from cqms.audit import services as audit
from cqms.audit.models import kind_of
from cqms.audit.refusals import Denied
from cqms.numbering.services import next_number
from cqms.organizations.models import TrackedModel
from cqms.reports.models import Report
from cqms.reports.policies import may_see_all_of

_NUMBER = "RPT"


@dataclass(frozen=True)
class Made:
    """A finished PDF and what it says: `lanes` and `reaches` are those of its entries."""

    number: str
    kind: str
    title: str
    selection: str
    entry_count: int
    path: Path
    content_sha256: str
    about: TrackedModel | None = None
    lanes: tuple[str, ...] = ()
    reaches: tuple[tuple[str, int | None], ...] = field(default=())


def next_report_number() -> str:
    """The number of the next report; other reports of the organization wait until this transaction ends."""
    return next_number(_NUMBER, year=timezone.now().year)


def keep_report(made: Made, *, actor: User, sentence: str) -> Report:
    """Store a finished PDF with its hashes; `sentence` says in the trail what was exported."""
    with made.path.open("rb") as content:
        stored = store(content, name=f"{made.number}.pdf", actor=actor, allowed=[PDF], limit=UNLIMITED)
    report = Report(
        number=made.number,
        kind=made.kind,
        title=made.title[:300],
        selection=made.selection,
        entry_count=made.entry_count,
        file=stored,
        sha256=stored.sha256,
        content_sha256=made.content_sha256,
        exported_by=actor,
        zone=actor.zone,
        lanes=sorted(made.lanes),
        reaches=sorted(made.reaches, key=str),
        record_kind=kind_of(made.about) if made.about is not None else "",
        record_id=made.about.pk if made.about is not None else None,
    )
    return audit.save(report, actor=actor, verb="export", sentence=f"{sentence}, SHA-256 {stored.sha256}")


def download_report(report: Report, *, person: User) -> FileResponse:
    """The file of a report for who may see all of it; the trail says so. Raises Denied, DamagedFile."""
    sentence = may_see_all_of.why_not(person, report)
    if sentence:
        raise Denied(sentence)
    return download_response(report.file, f"{report}.pdf", person=person, record=report)
