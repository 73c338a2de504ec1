"""What changes initial reports: sending one, and what triage makes of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.utils import timezone

from cqms.accounts.models import User
from cqms.audit.models import Lane
from cqms.audit.refusals import refusable
from cqms.organizations.scope import today
from cqms.signatures.services import Credentials
from quality_events import services
from quality_events.intake.models import InitialReport
from quality_events.intake.policies import may_tell
from quality_events.intake.workflow import INITIAL_REPORT
from quality_events.models import EventRecord
from quality_events.types import EventType, types

_TITLE = 120
_TOLD = (
    "title",
    "description",
    "study",
    "site",
    "occurred_on",
    "discovered_on",
    "aware_at",
    "zone",
    "noticed_by",
    "lane",
)


def send_report(
    values: Mapping[str, Any], *, actor: User, confidential: bool = False, files: Sequence[File] = ()
) -> InitialReport:
    """Keep a report with its files; quality assurance is asked to triage it, and the reporter is told its number.

    A confidential one exists for nobody without the right to that lane, the reporter included. `values` need
    `description`; the title is its beginning, the moment of awareness is now. Raises Denied, ValidationError or
    UnusableFile: nothing is kept then.
    """
    now = timezone.now()
    told = {
        "title": title_of(values["description"]), "discovered_on": today(), "aware_at": now,
        "zone": actor.zone or "UTC", **values,
        "lane": Lane.CONFIDENTIAL if confidential else Lane.GENERAL,
    }  # fmt: skip
    with transaction.atomic():
        report = services.open_event(InitialReport(number=""), actor=actor, values=told, allowed=may_tell)
        services.add_files(report, files, actor=actor)
        services.tell(report, actor, f"We received your report {report.number}", occasion="received")
        return report


def title_of(text: str) -> str:
    """The first sentence or line of a text, cut between words."""
    line = text.strip().splitlines()[0].strip() if text.strip() else ""
    first = line.split(". ")[0].rstrip(".")
    return first if len(first) <= _TITLE else f"{first[:_TITLE].rpartition(' ')[0] or first[:_TITLE]}…"


def offered_types() -> list[EventType]:
    """The types that triage can open."""
    return [each for each in types() if each.from_report is not None]


def take_step(
    report: InitialReport,
    key: str,
    *,
    actor: User,
    revision: int | None = None,
    credentials: Credentials | None = None,
    reason: str = "",
    values: Mapping[str, Any] | None = None,
) -> InitialReport:
    """Take one step and do what follows from it.

    `triage` needs values `type` (an EventType) and may have `title` and `owner` of the new record; `duplicate` needs
    `original`, the record that goes on. Raises a Refused or ValidationError.
    """
    given = dict(values or {})
    with refusable(report, actor=actor, attempt=INITIAL_REPORT.attempt(key)):
        row = services.take_step(report, key, actor=actor, revision=revision, credentials=credentials, reason=reason)
        if key == "triage":
            _open_typed(row, given, actor)
        elif key == "duplicate":
            if given.get("original") is None:
                raise ValidationError({"original": "Name the record that goes on."})
            services.link(row, given["original"], actor=actor, why="The report tells of the same.")
        if key in ("triage", "dismiss", "duplicate") and row.reporter_id != actor.pk:
            said = f"{row.number} that you reported: {row.get_state_display().lower()}"
            services.tell(row, row.reporter, said, occasion=key)
        return row


def _open_typed(report: InitialReport, given: Mapping[str, Any], actor: User) -> EventRecord:
    found: EventType | None = given.get("type")
    if found is None or found.from_report is None:
        raise ValidationError({"type": "Choose what it is."})
    known = {field.name for field in found.model._meta.concrete_fields}
    values = {name: getattr(report, name) for name in _TOLD if name in known}
    values |= {**found.from_report(report), "owner": given.get("owner") or actor}
    if given.get("title", "").strip():
        values["title"] = given["title"]
    made = services.open_event(found.model(number=""), actor=actor, values=values, reporter=report.reporter)
    services.share_files(report, made, actor=actor)
    services.link(made, report, actor=actor, why="It was reported here.")
    return made
