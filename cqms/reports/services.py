"""Keeping what was reported, and handing it out again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.http import FileResponse

from cqms.accounts.models import User
from cqms.attachments.downloads import download_response
from cqms.attachments.kinds import CSV, JSON, PDF
from cqms.attachments.models import StoredFile
from cqms.attachments.services import UNLIMITED, store
from cqms.audit import services as audit
from cqms.audit.models import kind_of
from cqms.audit.refusals import Denied
from cqms.numbering.services import next_number
from cqms.organizations.models import TrackedModel
from cqms.organizations.scope import today
from cqms.reports.models import Report, ReportFile, ReportFormat
from cqms.reports.policies import may_see_all_of

_NUMBER = "RPT"
_KINDS = {ReportFormat.PDF: PDF, ReportFormat.JSON: JSON, ReportFormat.CSV: CSV}


@dataclass(frozen=True)
class Made:
    """Finished files and what they say: `lanes` and `reaches` are those of its entries; see Report for `names`."""

    number: str
    kind: str
    title: str
    selection: str
    entry_count: int
    paths: Mapping[ReportFormat, Path]
    content_sha256: str
    about: TrackedModel | None = None
    lanes: tuple[str, ...] = ()
    reaches: tuple[tuple[str, int | None], ...] = field(default=())
    names: frozenset[str] = frozenset()


def next_report_number() -> str:
    """The number of the next report; other reports of the organization wait until this transaction ends."""
    return next_number(_NUMBER, year=today().year)


def keep_report(made: Made, *, actor: User, sentence: str) -> Report:
    """Store finished files with their hashes; `sentence` says in the trail what was exported."""
    files = {each: _stored(made, each, actor) for each in ReportFormat if each in made.paths}
    stored = next(iter(files.values()))
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
        names=sorted(made.names),
        record_kind=kind_of(made.about) if made.about is not None else "",
        record_id=made.about.pk if made.about is not None else None,
    )
    hashes = "".join(f", {each.label} SHA-256 {file.sha256}" for each, file in files.items())
    kept = audit.save(report, actor=actor, verb="export", sentence=f"{sentence}{hashes}")
    for each, file in list(files.items())[1:]:
        ReportFile.objects.create(report=kept, format=each, file=file)
    return kept


def _stored(made: Made, which: ReportFormat, actor: User) -> StoredFile:
    with made.paths[which].open("rb") as content:
        name = f"{made.number}.{which}"
        return store(content, name=name, actor=actor, allowed=[_KINDS[which]], limit=UNLIMITED)


def download_report(report: Report, which: ReportFormat, *, person: User) -> FileResponse:
    """A file of a report for who may see all of it; the trail says so. Raises Denied, DamagedFile, KeyError."""
    sentence = may_see_all_of.why_not(person, report)
    if sentence:
        raise Denied(sentence)
    # every page names who had it made and when: marked once more, its seal would be broken for nothing
    own = report.exported_by_id == person.pk
    return download_response(report.files()[which], f"{report}.{which}", person=person, record=report, names_reader=own)
