"""Reads of a CAPA: its causes, plan, stages and extensions, and whose manager decides."""

from django.db.models import Count, Exists, OuterRef, QuerySet

from cqms.accounts.models import User
from cqms.attachments.models import Attachment
from cqms.audit.models import kind_of
from cqms.deadlines.models import Deadline
from cqms.deadlines.selectors import deadlines_of, open_deadlines_about
from quality_events.capas.models import Action, Capa, Cause, ExtensionRequest, Stage, StageKind, open_parts
from quality_events.types import type_of


def causes_of(capa: Capa) -> list[Cause]:
    """The causes of the present iteration, oldest first."""
    return list(open_parts(Cause.objects.filter(capa=capa, iteration=capa.iteration)).select_related("file__file"))


def files_to_cite(capa: Capa) -> QuerySet[Attachment]:
    """The files of a CAPA that a cause may name as its evidence."""
    return Attachment.objects.filter(
        record_kind=kind_of(capa), record_id=capa.pk, removed_at__isnull=True, lane=capa.lane
    )


def actions_of(capa: Capa) -> list[Action]:
    """The plan of the present iteration, oldest row first."""
    return list(open_parts(Action.objects.filter(capa=capa, iteration=capa.iteration)).select_related("owner", "capa"))


def stages_of(capa: Capa) -> QuerySet[Stage]:
    """Everything that was handed in for signature, of all iterations, oldest first."""
    return Stage.objects.filter(capa=capa).select_related("capa").order_by("pk")


def handed_in(capa: Capa, kind: StageKind) -> Stage | None:
    """What was handed in last of a stage of this iteration."""
    found: Stage | None = stages_of(capa).filter(kind=kind, iteration=capa.iteration).last()
    return found


def extensions_of(capa: Capa) -> list[ExtensionRequest]:
    """Every extension that was asked for, oldest first."""
    rows = ExtensionRequest.objects.filter(capa=capa).select_related("asked_by", "decided_by", "capa")
    return list(rows.order_by("pk"))


def for_management_review(rows: QuerySet[Capa], extensions: int) -> QuerySet[Capa]:
    """Those to which more time was granted at least so often."""
    granted = ExtensionRequest.objects.filter(capa=OuterRef("pk"), granted=True).order_by()
    counted = granted.values("capa").annotate(n=Count("pk")).filter(n__gte=extensions)
    return rows.filter(Exists(counted))


def running_deadline(capa: Capa) -> Deadline | None:
    """The open deadline of the task that the CAPA waits for."""
    found = type_of(capa)
    keys = {found.due_key(task) for task in found.tasks}
    return next((each for each in open_deadlines_about(capa) if each.kind in keys), None)


def original_dues(capa: Capa) -> list[Deadline]:
    """Every deadline the CAPA has or had; each keeps its original day."""
    return deadlines_of(capa)


def actions_awaited(person: User) -> QuerySet[Action]:
    """The rows of plans that a person has to do now."""
    rows = Action.objects.filter(owner=person, done_at__isnull=True, withdrawn_at__isnull=True)
    return rows.select_related("capa__organization").order_by("due_on", "pk")
