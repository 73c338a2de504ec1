"""What a change asks of people: functions to assess its impact, and tasks to be done with evidence."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.utils import timezone

from cqms.access.policies import exists_for
from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.refusals import Changed, WrongState, refusable
from cqms.deadlines import services as deadlines
from cqms.deadlines.selectors import open_deadlines_about
from cqms.organizations.scope import today
from cqms.signatures.services import Credentials
from quality_events import services
from quality_events.changes.models import (
    AssessmentState,
    ChangeControl,
    ChangeState,
    ChangeTask,
    Function,
    ImpactAssessment,
    Verdict,
)
from quality_events.changes.policies import may_complete
from quality_events.changes.workflow import IMPACT, PLANNED_IN
from quality_events.policies import owns_or_assures

VERDICTS = {"assess": (Verdict.NONE, Verdict.IMPACT), "object": (Verdict.NOT_ACCEPTABLE,)}
"""What a function says in each step that answers: a review without objection, or the objection (B6)."""
TASK_DUE, ASSESSMENT_DUE = "changes.task", "changes.assessment"
_STALE = "Somebody changed this while you had it open. Look at it again."
_DOING = (ChangeState.IMPLEMENTING, ChangeState.VERIFICATION, ChangeState.VERIFIED, ChangeState.RELEASED)
"""The states in which tasks are done."""


# Assessments


def ask_function(
    change: ChangeControl, *, function: str, owner: User, due_on: dt.date, actor: User
) -> ImpactAssessment:
    """Ask somebody what the change does to their function; once it was answered it can be asked again.

    Raises Denied, WrongState or ValidationError.
    """
    with refusable(change, actor=actor, attempt="ask for an assessment"):
        row = _planned(change, actor)
        _check_person(row, owner)
        if due_on < today():
            raise ValidationError({"due_on": "This day has passed."})
        open_ = ImpactAssessment.objects.filter(change=row, function=function, state=AssessmentState.ASKED)
        if open_.exists():
            raise ValidationError({"function": "This function is asked already."})
        made = ImpactAssessment(change=row, function=function, owner=owner, due_on=due_on)
        label = Function(function).label.lower()
        made = audit.save(made, actor=actor, verb="ask", sentence=f"asked {owner} to assess the impact on {label}")
        path = row.organization.path("changes:assessment", number=row.number, part=made.pk, step="assess")
        _open(made, deadlines.Duty(ASSESSMENT_DUE, f"Assess the impact, {made}", path), made.owner, due_on, actor)
        return made


def take_assessment_step(
    assessment: ImpactAssessment,
    key: str,
    *,
    actor: User,
    revision: int | None = None,
    credentials: Credentials | None = None,
    reason: str = "",
    values: Mapping[str, str] | None = None,
) -> ImpactAssessment:
    """Answer with a signature, or withdraw the question. What is typed is stored first, so that it is signed.

    Raises a Refused or ValidationError; nothing is kept then.
    """
    with refusable(assessment, actor=actor, attempt=IMPACT.attempt(key)):
        change = services.locked(assessment.change)
        row = ImpactAssessment.objects.select_for_update(of=("self",)).get(pk=assessment.pk)
        row.change = change
        demand_asked(row, actor)
        if change.state not in PLANNED_IN:
            raise WrongState("Functions answer before the change is approved.")
        if revision is not None and row.revision != revision:
            raise Changed(_STALE)
        if key in VERDICTS:
            row = _written(row, key, values or {}, actor)
        row = IMPACT.perform(row, key, actor=actor, credentials=credentials, reason=reason)
        _answered(row, actor)
        return row


def demand_asked(row: ImpactAssessment, reader: User) -> None:
    """Raises WrongState for a question that was withdrawn: it says who did it and when."""
    services.demand_standing(row, reader, "question")


def _answered(row: ImpactAssessment, actor: User) -> None:
    for deadline in open_deadlines_about(row):
        if row.state == AssessmentState.WITHDRAWN:
            deadlines.drop(deadline, actor=actor, because="the question was withdrawn")
        else:
            deadlines.meet(deadline, actor=actor)


def as_said(row: ImpactAssessment, key: str, values: Mapping[str, str]) -> ImpactAssessment:
    """The row with what is said in that step; who objects says so by the step."""
    for name, value in ({"verdict": "", "finding": "", "measures": ""} | dict(values)).items():
        setattr(row, name, value.strip())
    if key == "object":
        row.verdict = Verdict.NOT_ACCEPTABLE
    return row


def _written(row: ImpactAssessment, key: str, values: Mapping[str, str], actor: User) -> ImpactAssessment:
    """What was typed, stored before it is signed, if the person may sign it at all."""
    may_try = [each for each in IMPACT.available(row, actor) if each.step.key == key and each.possible]
    if not may_try:
        return row
    row = as_said(row, key, values)
    if row.verdict not in VERDICTS[key]:
        raise ValidationError({"verdict": "Say what the change does to your function."})
    if not row.finding:
        raise ValidationError({"finding": "Say why."})
    if row.verdict == Verdict.IMPACT and not row.measures:
        raise ValidationError({"measures": "Say what has to be done about it."})
    return audit.save(row, actor=actor, verb="write", sentence=f"wrote the assessment, {row}", in_step=True)


# Tasks


def keep_task(task: ChangeTask, values: Mapping[str, Any], *, actor: User, revision: int | None = None) -> ChangeTask:
    """Store a new or changed task, or withdraw it with `withdraw` True. Raises a Refused or ValidationError."""
    with refusable(task.change, actor=actor, attempt="change the task"):
        change = _planned(task.change, actor)
        row = ChangeTask.objects.select_for_update(of=("self",)).get(pk=task.pk) if task.pk else task
        services.demand_standing(row, actor)
        if revision is not None and row.revision != revision:
            raise Changed(_STALE)
        if row.done_at is not None:
            raise WrongState("It was done already, and stays as it is.")
        given = dict(values)
        withdrawn = given.pop("withdraw", False)
        for name, value in given.items():
            setattr(row, name, value.strip() if isinstance(value, str) else value)
        _check_person(change, row.owner)
        row.change, row.withdrawn_at = change, timezone.now() if withdrawn else None
        past = "withdrew" if withdrawn else "changed" if row.pk else "planned"
        verb = "withdraw" if withdrawn else "plan"
        kept = audit.save(row, actor=actor, verb=verb, sentence=f"{past} the task “{row}”")
        for deadline in open_deadlines_about(kept):
            deadlines.drop(deadline, actor=actor, because="the task was planned anew or withdrawn")
        return kept


def complete_task(
    task: ChangeTask, *, actor: User, evidence: str, files: Sequence[File] = (), revision: int | None = None
) -> ChangeTask:
    """Report a task as done, with evidence in words or files. Raises a Refused or ValidationError."""
    with refusable(task.change, actor=actor, attempt="complete the task"):
        row = awaited(task, actor)
        if revision is not None and row.revision != revision:
            raise Changed(_STALE)
        done: ChangeTask = services.complete_part(row, actor=actor, evidence=evidence, files=files, noun="task")
        return done


def awaited(task: ChangeTask, actor: User) -> ChangeTask:
    """The task, locked with its change, while it is to be done by the actor. Raises Denied or WrongState."""
    change = services.locked(task.change)
    row: ChangeTask = ChangeTask.objects.select_for_update(of=("self",)).get(pk=task.pk)
    may_complete.demand(actor, row)
    services.demand_standing(row, actor)
    if not can_be_done(row, change):
        raise WrongState("Only an open task of a change that is being implemented can be completed.")
    return row


def can_be_done(task: ChangeTask, change: ChangeControl) -> bool:
    """Whether it is the time for a task; what was handed in for verification waits until it is sent back."""
    open_ = task.done_at is None and task.withdrawn_at is None
    return open_ and (change.state == ChangeState.IMPLEMENTING or (task.after_release and change.state in _DOING))


def open_task(task: ChangeTask, actor: User) -> None:
    """Let a task fall due, once."""
    if task.done_at is None and not open_deadlines_about(task):
        change = task.change
        path = change.organization.path("changes:task_done", number=change.number, part=task.pk)
        duty = deadlines.Duty(TASK_DUE, f"Task of {change.number}: {task}", path)
        _open(task, duty, task.owner, task.due_on, actor)


def _open(part: ImpactAssessment | ChangeTask, duty: deadlines.Duty, owner: User, due: dt.date, actor: User) -> None:
    deadlines.open_deadline(part, duty, due=due, owner=owner, actor=actor)
    if owner.pk != actor.pk:
        services.tell(part.change, owner, duty.label, occasion=f"{duty.kind}:{part.pk}", path=duty.path)


def _planned(change: ChangeControl, actor: User) -> ChangeControl:
    """The change, locked, in a state in which it is planned. Raises Denied or WrongState."""
    row = services.locked(change)
    owns_or_assures.demand(actor, row)
    if row.state not in PLANNED_IN:
        raise WrongState("This is planned before the change is approved; take the plan back to change it.")
    return row


def _check_person(change: ChangeControl, person: User) -> None:
    if not exists_for(person, change):
        raise ValidationError({"owner": f"{person} does not see this change. Choose somebody who does."})
