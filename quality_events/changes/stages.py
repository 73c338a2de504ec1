"""The content of each stage as it is handed in for signature: everything that the signature answers for."""

from collections.abc import Callable
from typing import Any

from quality_events.changes.models import ChangeControl, ChangeStage, StageKind
from quality_events.changes.selectors import assessments_of, counting, handed_in, tasks_of
from quality_events.selectors import files_of_parts, to_sign

PLAN = ("approach", "risk_class", "regression_scope", "rollback_plan")
"""What is planned in words, besides assessments and tasks."""
_DECIDED = (
    "subject_matter", "justification", "kind", "emergency", "temporary", "expires_on", "gxp_grounds", "regulatory",
    "unconcerned",
)  # fmt: skip
RESULT = ("result", "config_diff", "regulatory_reference", "regulatory_on", "training_evidence")
"""What is written down when everything is done."""


def content_of(change: ChangeControl, kind: StageKind) -> dict[str, Any]:
    """What a stage says now, in plain values."""
    return _CONTENTS[kind](change)


def current_stage(change: ChangeControl, kind: StageKind) -> ChangeStage | None:
    """What was handed in, if nothing was changed since."""
    stage = handed_in(change, kind)
    return stage if stage is not None and stage.content == content_of(change, kind) else None


def stage_to_sign(kind: StageKind) -> Callable[[ChangeControl], ChangeStage]:
    """For a step of the workflow: the stage that its signature covers. Raises LookupError before one was handed in."""
    return to_sign(handed_in, kind)


def _plan(change: ChangeControl) -> dict[str, Any]:
    said = [
        {"id": each.pk, "function": each.function, "owner": each.owner.name, "verdict": each.verdict,
         "finding": each.finding, "measures": each.measures}
        for each in counting(assessments_of(change))
    ]  # fmt: skip
    rows = [
        {"id": each.pk, "text": each.text, "owner": each.owner.name, "due_on": each.due_on.isoformat(),
         "after_release": each.after_release}
        for each in tasks_of(change)
    ]  # fmt: skip
    owner = change.system_owner.name if change.system_owner else ""
    return {**_words(change, (*_DECIDED, *PLAN)), "system_owner": owner, "assessments": said, "tasks": rows}


def _implementation(change: ChangeControl) -> dict[str, Any]:
    tasks = [each for each in tasks_of(change) if not each.after_release]
    files = files_of_parts(tasks)
    rows = [
        {"id": each.pk, "text": each.text, "evidence": each.evidence,
         "done_at": each.done_at.isoformat() if each.done_at else "",
         "files": {file.name: file.file.sha256 for file in files[each.pk]}}
        for each in tasks
    ]  # fmt: skip
    return {**_words(change, RESULT), "tasks": rows}


def _words(change: ChangeControl, names: tuple[str, ...]) -> dict[str, Any]:
    values = {name: getattr(change, name) for name in names}
    return {name: value if isinstance(value, bool) else str(value or "") for name, value in values.items()}


_CONTENTS: dict[StageKind, Callable[[ChangeControl], dict[str, Any]]] = {
    StageKind.PLAN: _plan, StageKind.IMPLEMENTATION: _implementation,
}  # fmt: skip
