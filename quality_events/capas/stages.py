"""The content of each stage as it is handed in for signature: everything that the signature answers for."""

from collections.abc import Callable
from typing import Any

from quality_events.capas.measuring import measure
from quality_events.capas.models import Capa, Stage, StageKind
from quality_events.capas.selectors import actions_of, causes_of, handed_in
from quality_events.selectors import files_of_parts, to_sign

CRITERION = (
    "metric", "baseline", "target", "sample", "data_source", "data_words", "counted", "category", "unit",
    "before_from", "before_to", "after_from", "check_on",
)  # fmt: skip


def content_of(capa: Capa, kind: StageKind) -> dict[str, Any]:
    """What a stage says now, in plain values."""
    return _CONTENTS[kind](capa)


def current_stage(capa: Capa, kind: StageKind) -> Stage | None:
    """What was handed in, if nothing was changed since."""
    stage = handed_in(capa, kind)
    return stage if stage is not None and stage.content == content_of(capa, kind) else None


def stage_to_sign(kind: StageKind) -> Callable[[Capa], Stage]:
    """For a step of the workflow: the stage that its signature covers. Raises LookupError before one was handed in."""
    return to_sign(handed_in, kind)


def _analysis(capa: Capa) -> dict[str, Any]:
    causes = [
        {"id": each.pk, "explains": each.parent_id, "text": each.text, "weight": each.weight, "bone": each.bone,
         "human_error": each.human_error, "evidence": each.evidence,
         "file": each.file.file.sha256 if each.file else ""}
        for each in causes_of(capa)
    ]  # fmt: skip
    plain = {name: getattr(capa, name) for name in ("method", "root_cause", "challenge", "interim", "extent")}
    return {**plain, "causes": causes}


def _plan(capa: Capa) -> dict[str, Any]:
    rows = [
        {"id": each.pk, "kind": each.kind, "text": each.text, "training": each.training, "owner": each.owner.name,
         "due_on": each.due_on.isoformat(), "deliverable": each.deliverable}
        for each in actions_of(capa)
    ]  # fmt: skip
    return {"actions": rows, "criterion": _criterion(capa), "training_grounds": capa.training_grounds,
            "interim": capa.interim}  # fmt: skip


def _implementation(capa: Capa) -> dict[str, Any]:
    actions = actions_of(capa)
    files = files_of_parts(actions)
    return {
        "actions": [
            {"id": each.pk, "text": each.text, "evidence": each.evidence,
             "done_at": each.done_at.isoformat() if each.done_at else "",
             "files": {file.name: file.file.sha256 for file in files[each.pk]}}
            for each in actions
        ]
    }  # fmt: skip


def _effectiveness(capa: Capa) -> dict[str, Any]:
    found = measure(capa)
    return {"criterion": _criterion(capa), "result": capa.result, "measured": found.sentences() if found else []}


def _criterion(capa: Capa) -> dict[str, str]:
    return {name: _text(getattr(capa, name)) for name in CRITERION}


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value.normalize():f}" if hasattr(value, "normalize") else str(value)


_CONTENTS: dict[StageKind, Callable[[Capa], dict[str, Any]]] = {
    StageKind.ANALYSIS: _analysis, StageKind.PLAN: _plan, StageKind.IMPLEMENTATION: _implementation,
    StageKind.EFFECTIVENESS: _effectiveness,
}  # fmt: skip
