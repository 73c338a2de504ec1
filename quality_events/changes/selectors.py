"""Reads of a change: who was asked what it does, what is to be done, and what was handed in."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, QuerySet

from cqms.accounts.models import User
from cqms.audit.models import kind_of
from cqms.signatures.models import Signature
from quality_events.changes.models import (
    AssessmentState,
    ChangeControl,
    ChangeStage,
    ChangeState,
    ChangeTask,
    ImpactAssessment,
    PartOfChange,
    StageKind,
)
from quality_events.selectors import events_for

ENDS = frozenset(
    {ChangeState.CLOSED, ChangeState.OUTSIDE, ChangeState.REJECTED, ChangeState.CANCELLED, ChangeState.VOIDED}
)
"""The states in which nothing is awaited."""


def assessments_of(change: ChangeControl) -> list[ImpactAssessment]:
    """Every assessment that was asked for and not withdrawn, oldest first."""
    rows = ImpactAssessment.objects.filter(change=change).exclude(state=AssessmentState.WITHDRAWN)
    return list(rows.select_related("owner", "change").order_by("pk"))


def counting(assessments: list[ImpactAssessment]) -> list[ImpactAssessment]:
    """The latest of each function: what it says counts."""
    return list({each.function: each for each in assessments}.values())


def tasks_of(change: ChangeControl) -> list[ChangeTask]:
    """What is to be done, oldest first; what was withdrawn is left out."""
    rows = ChangeTask.objects.filter(change=change, withdrawn_at__isnull=True)
    return list(rows.select_related("owner", "change").order_by("pk"))


def stages_of(change: ChangeControl) -> QuerySet[ChangeStage]:
    """Everything that was handed in for signature, oldest first."""
    return ChangeStage.objects.filter(change=change).select_related("change").order_by("pk")


def handed_in(change: ChangeControl, kind: StageKind) -> ChangeStage | None:
    """What was handed in last of a stage."""
    found: ChangeStage | None = stages_of(change).filter(kind=kind).last()
    return found


def waiting_for_signatures(person: User) -> QuerySet[ChangeControl]:
    """The changes that exist for the person, whose plan was handed in and waits for its signatures."""
    handed = ChangeStage.objects.filter(change=OuterRef("pk"), kind=StageKind.PLAN)
    states = (ChangeState.ASSESSMENT, ChangeState.EMERGENCY)
    return events_for(ChangeControl, person).filter(Exists(handed), state__in=states)


def signatures_on(parts: Sequence[PartOfChange]) -> dict[int, list[Signature]]:
    """The signatures on parts of one kind, by part, in the order of signing: one query."""
    found: dict[int, list[Signature]] = {each.pk: [] for each in parts}
    if parts:
        rows = Signature.objects.filter(record_kind=kind_of(parts[0]), record_id__in=list(found))
        for row in rows.order_by("id"):
            found[row.record_id].append(row)
    return found


def systems_of(person: User) -> list[ChangeControl]:
    """The changes that have not ended to what a person answers for, by number."""
    rows = ChangeControl.objects.filter(system_owner=person).exclude(state__in=ENDS)
    return list(rows.order_by("number"))


def tasks_awaited(person: User) -> list[ChangeTask]:
    """The tasks that a person has to do."""
    rows = ChangeTask.objects.filter(owner=person, done_at__isnull=True, withdrawn_at__isnull=True)
    return list(rows.exclude(change__state__in=ENDS).select_related("change").order_by("due_on", "pk"))
