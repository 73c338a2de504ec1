"""What changes imports of deviations: taking a file in, choosing its columns, and the run that creates what is new."""

from collections.abc import Mapping
from typing import BinaryIO, Protocol

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from cqms.access.parts import check_lane
from cqms.accounts.models import User
from cqms.attachments.kinds import CSV, EXCEL
from cqms.attachments.models import Attachment
from cqms.attachments.services import UnusableFile, attach, clean_name
from cqms.audit import services as audit
from cqms.audit.models import Lane
from cqms.audit.refusals import Changed, WrongState, refusable
from cqms.jobs.models import Job
from cqms.jobs.services import enqueue
from quality_events import services
from quality_events.deviations.imports.columns import COLUMNS, write
from quality_events.deviations.imports.comparing import Fate, Outcome, compare, counted
from quality_events.deviations.imports.policies import may_import
from quality_events.deviations.imports.selectors import known_name, table_of
from quality_events.deviations.models import DeviationImport, ProtocolDeviation
from quality_events.deviations.services import days_of_logging
from studies.models import Study

RUN = "deviations.import"
_UNANSWERED = "Some texts seem to name a participant: look at them and tick that none does, or mend the file."


class Tell(Protocol):
    """How far the run is."""

    def __call__(self, doing: str, value: int = 0, maximum: int = 0) -> None: ...


def receive(
    study: Study, file: BinaryIO, *, name: str, source_system: str, actor: User, lane: Lane = Lane.GENERAL
) -> DeviationImport:
    """Keep a file of deviations of one study, attached to a new import; nothing is created yet.

    File, import and what comes of it stand in the lane. Raises Denied, or ValidationError beside the field.
    """
    record = DeviationImport(
        study=study, lane=lane, source_system=known_name(source_system), file_name=clean_name(name), asked_by=actor
    )
    with refusable(study, actor=actor, attempt="import deviations"):
        may_import.demand(actor, record)
        check_lane(actor, record, lane)
        with transaction.atomic():
            said = f"began to import deviations from {record.source_system}"
            audit.save(record, actor=actor, verb="import", sentence=said)
            record.file_sha256 = _kept(record, file, name, actor).file.sha256
            return audit.save(record, actor=actor, sentence=f"noted the SHA-256 of {record.file_name}")


def _kept(record: DeviationImport, file: BinaryIO, name: str, actor: User) -> Attachment:
    try:
        return attach(record, file, name=name, actor=actor, allowed=[CSV, EXCEL], lane=record.lane)
    except UnusableFile as error:
        raise ValidationError({"file": error.messages}) from error


def choose_columns(
    record: DeviationImport, chosen: Mapping[str, str], *, actor: User, revision: int
) -> DeviationImport:
    """Say which column means what. Raises a Refused or ValidationError."""
    with refusable(record, actor=actor, attempt="choose the columns of an import"):
        row = _locked(record)
        may_import.demand(actor, row)
        if row.revision != revision:
            raise Changed("Somebody chose other columns while you had this open. Both choices are shown below.")
        missing = {each.key: "Choose the column." for each in COLUMNS if each.needed and not chosen.get(each.key)}
        if missing:
            raise ValidationError(missing)
        row.columns = write(chosen)
        return audit.save(row, actor=actor, sentence=f"chose the columns of {row.file_name}")


def ask_to_run(record: DeviationImport, *, actor: User, answered: bool) -> Job:
    """Have what is new created in the background. `answered`: somebody looked at what may identify a participant.

    Raises a Refused or ValidationError.
    """
    with refusable(record, actor=actor, attempt="import deviations"):
        may_import.demand(actor, record)
        new = _new_ones(compare(record, table_of(record).lines, actor)) if record.columns else []
        if not new:
            raise WrongState("No row of this file is new: there is nothing to create.")
        if not answered and any(each.questions for each in new):
            raise ValidationError({"no_identity": _UNANSWERED})
        label = f"Deviations of {record.study.number} from {record.file_name}"
        return enqueue(RUN, actor=actor, label=label, record=record.pk, answered=answered)


def last_run(record: DeviationImport, person: User) -> Job | None:
    """The latest run that a person asked for."""
    asked = Job.objects.filter(requested_by=person, kind=RUN, arguments__record=record.pk)
    return asked.order_by("-created_at").first()


def run(record: DeviationImport, *, actor: User, answered: bool, tell: Tell) -> str:
    """Create a deviation for each new row, each with an entry that names row and file; answers what was done in words.

    Rows that are there, differ or are wrong are left alone, so that the same file again creates nothing. The study is
    locked meanwhile: two imports wait for each other. Raises a Refused or ValidationError.
    """
    tell("Reading the file")
    Study.objects.select_for_update(of=("self",)).get(pk=record.study_id)
    row = _locked(record)
    may_import.demand(actor, row)
    outcomes = compare(row, table_of(row).lines, actor)
    new = _new_ones(outcomes)
    if not answered and any(each.questions for each in new):
        raise ValidationError(_UNANSWERED)
    for number, each in enumerate(new, 1):
        _create(row, each, actor)
        tell("Creating deviations", number, len(new))
    row.created += len(new)
    row.done_at = timezone.now()
    said = f"created {len(new):,} deviations from {row.file_name}: {counted(outcomes)}"
    audit.save(row, actor=actor, verb="import", sentence=said)
    return f"{len(new):,} deviations created. In the file: {counted(outcomes)}."


def _create(record: DeviationImport, found: Outcome, actor: User) -> None:
    aware = found.values["aware_at"] or timezone.now()
    values = {
        **found.values, "study": record.study, "lane": record.lane, "source_system": record.source_system,
        "aware_at": aware, "zone": actor.zone or "UTC", **days_of_logging(aware),
    }  # fmt: skip
    origin = f" from row {found.line.number} of {record.file_name[:80]}, SHA-256 {record.file_sha256}"
    services.open_event(ProtocolDeviation(number=""), actor=actor, values=values, allowed=may_import, origin=origin)


def _new_ones(outcomes: list[Outcome]) -> list[Outcome]:
    return [each for each in outcomes if each.fate == Fate.NEW]


def _locked(record: DeviationImport) -> DeviationImport:
    found: DeviationImport = DeviationImport.objects.select_for_update(of=("self",)).get(pk=record.pk)
    return found
