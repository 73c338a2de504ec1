"""Changes in words: what their page tells besides what every event does."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cqms.ui import times
from cqms.ui.atoms import Badge, Button, Due, row_of
from cqms.ui.components import Facts, Table
from cqms.ui.items import Head
from cqms.ui.story import manifestation
from quality_events.changes.asking import can_be_done
from quality_events.changes.models import (
    AssessmentState,
    ChangeControl,
    ChangeState,
    ChangeTask,
    Function,
    ImpactAssessment,
    RiskClass,
    StageKind,
    Verdict,
)
from quality_events.changes.policies import assesses, may_complete
from quality_events.changes.selectors import assessments_of, signatures_on, stages_of, tasks_of
from quality_events.changes.workflow import IMPACT, PLANNED_IN
from quality_events.course import Path
from quality_events.policies import owns_or_assures
from quality_events.presentation import event_path, evidence_of
from quality_events.selectors import files_of_parts

_S = ChangeState
PATH = Path((
    _S.REQUESTED, _S.SCREENED, _S.ASSESSMENT, _S.APPROVED, _S.IMPLEMENTING, _S.VERIFICATION, _S.VERIFIED, _S.RELEASED,
    _S.REVIEW, _S.CLOSED,
))  # fmt: skip
UNSIGNED = "Assessments and plan are signed as they were handed in, beside. The whole is signed when it is closed."
_VERDICTS = {Verdict.NONE: "neutral", Verdict.IMPACT: "warn", Verdict.NOT_ACCEPTABLE: "bad"}
_RISKS = {RiskClass.LOW: "neutral", RiskClass.MEDIUM: "warn", RiskClass.HIGH: "bad"}


def urgency_of(change: ChangeControl) -> object:
    """Whether it is an emergency or temporary, as a badge."""
    words = urgency_words(change)
    return Badge(words, "bad" if change.emergency else "warn") if words else ""


def urgency_words(change: ChangeControl) -> str:
    """Whether it is an emergency or temporary; blank for any other."""
    said = (("Emergency", change.emergency), ("Temporary", change.temporary))
    return ", ".join(word for word, holds in said if holds)


def end_of(change: ChangeControl) -> str:
    """The day on which a temporary change ends."""
    return times.day(change.expires_on) if change.expires_on else ""


def facts(change: ChangeControl) -> list[tuple[str, object]]:
    """What is known of a change."""
    rows: list[tuple[str, object]] = [
        ("Requested on", times.day(change.opened_on)),
        ("Type", change.get_kind_display()),
        ("What is changed", change.subject_matter),
        ("Owner of what is changed", change.system_owner.name if change.system_owner else "not named yet"),
        ("Urgency", urgency_of(change) or "neither emergency nor temporary"),
        ("Authorities and ethics committees", change.get_regulatory_display() or "not screened yet"),
    ]
    if change.temporary:
        undone = format_html(", undone on {}", times.day(change.reversed_on)) if change.reversed_on else ""
        rows.append(("Ends on", format_html("{}{}", end_of(change), undone)))
    if change.regulatory_on:
        told = format_html("{}, {}", times.day(change.regulatory_on), change.regulatory_reference)
        rows.append(("Approved or notified", told))
    if change.training_evidence:
        rows.append(("Training", change.training_evidence))
    if change.outcome:
        rows.append(("Outcome", change.get_outcome_display()))
    return rows


def sections(change: ChangeControl) -> list[tuple[str, str]]:
    """Its texts."""
    return [
        ("Description", change.description),
        ("Why it is needed", change.justification),
        ("Why it is GxP-relevant", change.gxp_grounds),
        ("What was done", change.result),
        ("What differs in the configuration", change.config_diff),
        ("Post-implementation review", change.review),
        ("Evidence that it was undone", change.reversal_evidence),
    ]


def words(change: Any) -> str:
    """By which words search finds it."""
    texts = [text for _, text in sections(change)]
    return " ".join(filter(None, [change.subject_matter, *texts, change.approach, change.rollback_plan]))


def assessments_panel(request: HttpRequest, change: ChangeControl) -> dict[str, object] | None:
    """Who was asked what it does to their function, and what they answered."""
    asked, plans = assessments_of(change), _plans(request, change)
    if not asked and not plans:
        return None
    ask = Button("Ask a function", icon="plus", small=True, href=event_path(change, "ask"))
    heads = [Head("Function", "fit"), Head("Assessed by", "fit"), Head("Verdict", "fit"), Head("What it does", "lead"),
             Head("Do", "fit", hidden=True)]  # fmt: skip
    rows = [
        [each.get_function_display(), each.owner.name, _verdict(each), _said(each),
         _answer(request, change, each, plans=plans)]
        for each in asked
    ]  # fmt: skip
    return {
        "buttons_html": row_of([ask] if plans else []),
        "table": Table(heads, rows, f"Impact of {change.number}") if rows else None,
        "unconcerned": change.unconcerned,
    }


def _plans(request: HttpRequest, change: ChangeControl) -> bool:
    return change.state in PLANNED_IN and owns_or_assures(request.user, change)


def _verdict(assessment: ImpactAssessment) -> Badge:
    if assessment.state == AssessmentState.ASKED:
        return Badge("Asked", IMPACT.tones[AssessmentState.ASKED])
    return Badge(assessment.get_verdict_display(), _VERDICTS[Verdict(assessment.verdict)])


def _said(assessment: ImpactAssessment) -> object:
    """The answer, or the day by which it is due."""
    if assessment.state == AssessmentState.ASKED:
        return Due(assessment.due_on)
    measures = f" Measures: {assessment.measures}" if assessment.measures else ""
    return f"{assessment.finding}{measures}"


def _answer(request: HttpRequest, change: ChangeControl, asked: ImpactAssessment, *, plans: bool) -> object:
    if asked.state != AssessmentState.ASKED or change.state not in PLANNED_IN:
        return ""
    if assesses(request.user, asked):
        href = event_path(change, "assessment", part=asked.pk, step="assess")
        return Button("Assess", icon="sign", small=True, href=href)
    if plans:
        href = event_path(change, "assessment", part=asked.pk, step="withdraw")
        return Button("Withdraw", small=True, kind="quiet", href=href)
    return ""


def plan_panel(request: HttpRequest, change: ChangeControl) -> dict[str, object] | None:
    """How it is done, tested and undone, and the tasks with owner, day and evidence."""
    tasks, plans = tasks_of(change), _plans(request, change)
    if not tasks and not plans and not change.approach:
        return None
    files = files_of_parts(tasks, request.user)
    heads = [Head("Task", "lead"), Head("Owner"), Head("Due"), Head("Evidence"), Head("Do", "fit", hidden=True)]
    rows = [
        [each.text, each.owner.name, _due_of(each),
         evidence_of(each, change, "task_file", files[each.pk]),
         _act(request, change, each, plans=plans)]
        for each in tasks
    ]  # fmt: skip
    buttons = [
        Button("Write the plan", icon="edit", small=True, href=event_path(change, "plan")),
        Button("Add a task", icon="plus", small=True, href=event_path(change, "task_new")),
    ]
    return {
        "buttons_html": row_of(buttons if plans else []),
        "facts": Facts(plan_facts(change)),
        "table": Table(heads, rows, f"Tasks of {change.number}") if rows else None,
    }


def _due_of(task: ChangeTask) -> SafeString:
    """By when it is done, and whether the release waits for it."""
    day: object = times.day(task.due_on) if task.done_at else Due(task.due_on)
    return format_html('{}<small class="sub">{} the release</small>', day, "after" if task.after_release else "before")


def plan_facts(change: ChangeControl) -> list[tuple[str, object]]:
    """The plan in terms and values."""
    risk = Badge(change.get_risk_class_display(), _RISKS[RiskClass(change.risk_class)]) if change.risk_class else ""
    rows: list[tuple[str, object]] = [
        ("How it is done", change.approach or "not written yet"), ("Risk class", risk),
        ("What is tested again", change.regression_scope), ("How it is undone", change.rollback_plan),
    ]  # fmt: skip
    return [(term, value) for term, value in rows if value]


def _act(request: HttpRequest, change: ChangeControl, task: ChangeTask, *, plans: bool) -> object:
    if task.done_at is not None:
        return Badge("Done", "good")
    if plans:
        return Button("Change", small=True, kind="quiet", href=event_path(change, "task", part=task.pk))
    if can_be_done(task, change) and may_complete(request.user, task):
        return Button("Complete", small=True, href=event_path(change, "task_done", part=task.pk))
    return Badge("Open", "neutral")


def stages_panel(request: HttpRequest, change: ChangeControl) -> dict[str, object] | None:
    """What was handed in, and who signed it."""
    stages = list(stages_of(change))
    assessed = [each for each in assessments_of(change) if each.state == AssessmentState.REVIEWED]
    on_stage, on_assessment = signatures_on(stages), signatures_on(assessed)
    rows = [
        {"stage": each, "facts": Facts(stage_facts(each.content, StageKind(each.kind))),
         "signatures": [manifestation(signature) for signature in on_stage[each.pk]]}
        for each in stages
    ]  # fmt: skip
    signed = [(each, [manifestation(signature) for signature in on_assessment[each.pk]]) for each in assessed]
    return {"rows": rows, "assessments": signed} if rows or signed else None


def stage_facts(content: dict[str, Any], kind: StageKind) -> list[tuple[str, object]]:
    """A stage as it was handed in, in terms and values."""
    if kind == StageKind.IMPLEMENTATION:
        done = [(each["text"], each["evidence"] or ", ".join(each["files"])) for each in content["tasks"]]
        return [("What was done", content["result"]), *done]
    said: list[tuple[str, object]] = [
        (Function(each["function"]).label, Verdict(each["verdict"]).label) for each in content["assessments"]
    ]
    planned = [(each["text"], _planned(each)) for each in content["tasks"]]
    return [("How it is done", content["approach"]), *said, *planned]


def _planned(task: dict[str, Any]) -> SafeString:
    return format_html("{}, due {}", task["owner"], times.day(dt.date.fromisoformat(task["due_on"])))
