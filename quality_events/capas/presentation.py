"""CAPAs in words: what their page tells besides what every event does."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from cqms.charts.kinds import small
from cqms.configuration.selectors import current_settings
from cqms.signatures.content import signatures_of
from cqms.ui import times
from cqms.ui.atoms import Badge, Button, Due, row_of
from cqms.ui.components import Chart, Facts, Table
from cqms.ui.items import Head
from cqms.ui.story import manifestation
from quality_events.capas.drawing import effect, fishbone, upright, whys
from quality_events.capas.measuring import Measured, measure
from quality_events.capas.models import Action, Capa, CapaState, Cause, DataSource, StageKind, Weight
from quality_events.capas.policies import MANAGEMENT_REVIEW, granted_extensions, may_complete, may_decide_extension
from quality_events.capas.selectors import (
    actions_of,
    causes_of,
    extensions_of,
    running_deadline,
    stages_of,
)
from quality_events.course import Path
from quality_events.models import Severity
from quality_events.policies import owns_or_assures
from quality_events.presentation import event_path, evidence_of, similar_path
from quality_events.selectors import files_of_parts
from quality_events.types import types

PATH = Path((
    CapaState.INITIATED, CapaState.SCOPED, CapaState.ROOT_CAUSE, CapaState.PLAN, CapaState.PLAN_APPROVED,
    CapaState.IMPLEMENTING, CapaState.IMPLEMENTED, CapaState.VERIFICATION, CapaState.MONITORING, CapaState.EFFECTIVE,
    CapaState.CLOSED,
))  # fmt: skip
UNSIGNED = "Each stage is signed as it was handed in, further down. The whole is signed when it is closed."
_TONES = {Severity.MINOR: "neutral", Severity.MAJOR: "warn", Severity.CRITICAL: "bad"}


def severity_of(capa: Capa) -> object:
    """The grade as a badge; nothing before it was scoped."""
    return Badge(capa.get_severity_display(), _TONES[Severity(capa.severity)]) if capa.severity else ""


def facts(capa: Capa) -> list[tuple[str, object]]:
    """What is known of a CAPA."""
    extended = granted_extensions(capa)
    deadline = running_deadline(capa)
    rows: list[tuple[str, object]] = [
        ("Source", capa.get_source_display()),
        ("Known since", times.day(capa.aware_on)),
        ("Opened on", times.day(capa.opened_on)),
        ("Severity", severity_of(capa)),
        ("Iteration", str(capa.iteration)),
        ("Extensions granted", str(extended)),
    ]
    if extended >= current_settings().figure(MANAGEMENT_REVIEW):
        rows.append(("Management review", Badge("On its agenda", "warn")))
    if deadline is not None and deadline.current_due != deadline.original_due:
        rows.append(("Originally due", times.day(deadline.original_due)))
    return rows


def sections(capa: Capa) -> list[tuple[str, str]]:
    """Its texts."""
    return [
        ("Description", capa.description),
        ("Extent", capa.extent),
        ("Interim measure", capa.interim),
        ("Where else it could happen", capa.elsewhere),
    ]


def words(capa: Any) -> str:
    """By which words search finds it."""
    texts = [text for _, text in sections(capa)]
    return " ".join(filter(None, [*texts, capa.root_cause, capa.metric, capa.result]))


def analysis_panel(request: HttpRequest, capa: Capa) -> dict[str, object] | None:
    """Causes with their evidence, drawn as fishbone and whys."""
    causes = causes_of(capa)
    writes = capa.state == CapaState.ROOT_CAUSE and owns_or_assures(request.user, capa)
    if not causes and not writes and not capa.root_cause:
        return None
    elsewhere = Button("Similar past events", icon="search", small=True, href=similar_path(capa))
    buttons = [
        Button("Write the analysis", icon="edit", small=True, href=event_path(capa, "analysis")),
        Button("Add a cause", icon="plus", small=True, href=event_path(capa, "cause_new")),
    ]
    return {
        "buttons_html": row_of([elsewhere, *(buttons if writes else [])]),
        "facts": Facts([("Method", capa.get_method_display()), ("Root cause", capa.root_cause),
                        *([("Why the system let it happen", capa.challenge)] if capa.challenge else [])]),
        "pictures": _pictures(capa.title, causes),
        "table": _causes_table(capa, causes, writes=writes) if causes else None,
    }  # fmt: skip


def _pictures(problem: str, causes: Sequence[Cause]) -> list[Chart]:
    drawn = (
        (fishbone(problem, causes), upright(problem, causes)),
        (whys(problem, causes), whys(problem, causes, narrow=True)),
    )
    said = "Causes as a drawing; the table below says the same."
    return [Chart(wide.on_page(), said, narrow=narrow.on_page()) for wide, narrow in drawn if wide and narrow]


def _causes_table(capa: Capa, causes: Sequence[Cause], *, writes: bool) -> Table:
    heads = [Head("Cause", "lead"), Head("What it is", "fit"), Head("Belongs to", "col-2"), Head("Evidence")]
    heads += [Head("Change", "fit", hidden=True)] if writes else []
    rows = []
    for each in causes:
        evidence = each.evidence or (each.file.name if each.file else "none yet")
        kind = f"{each.get_weight_display()}{', human' if each.human_error else ''}"
        cells: list[object] = [each.text, kind, each.get_bone_display(), evidence]
        if writes:
            cells.append(Button("Change", small=True, kind="quiet", href=event_path(capa, "cause", part=each.pk)))
        rows.append(cells)
    return Table(heads, rows, f"Causes of {capa.number}")


def plan_panel(request: HttpRequest, capa: Capa) -> dict[str, object] | None:
    """The rows of the plan with owner, day, deliverable and evidence."""
    actions = actions_of(capa)
    writes = capa.state == CapaState.PLAN and owns_or_assures(request.user, capa)
    if not actions and not writes:
        return None
    files = files_of_parts(actions, request.user)
    heads = [Head("Action", "lead"), Head("Type"), Head("Owner"), Head("Due", "fit"),
             Head("Deliverable", "col-2"), Head("Evidence"), Head("Do", "fit", hidden=True)]  # fmt: skip
    rows = [
        [each.text, each.get_kind_display(), each.owner.name,
         times.day(each.due_on) if each.done_at else Due(each.due_on), each.deliverable,
         evidence_of(each, capa, "action_file", files[each.pk]),
         _act(request, capa, each, writes=writes)]
        for each in actions
    ]  # fmt: skip
    add = Button("Add an action", icon="plus", small=True, href=event_path(capa, "action_new"))
    table = Table(heads, rows, f"Plan of {capa.number}") if rows else None
    return {"buttons_html": row_of([add] if writes else []), "table": table, "grounds": capa.training_grounds}


def _act(request: HttpRequest, capa: Capa, action: Action, *, writes: bool) -> object:
    if writes:
        return Button("Change", small=True, kind="quiet", href=event_path(capa, "action", part=action.pk))
    if action.done_at is not None:
        return Badge("Done", "good")
    if capa.state == CapaState.IMPLEMENTING and may_complete(request.user, action):
        return Button("Complete", small=True, href=event_path(capa, "action_done", part=action.pk))
    return Badge("Open", "neutral")


def effect_panel(request: HttpRequest, capa: Capa) -> dict[str, object] | None:
    """By what it is judged, and what was measured before and after."""
    writes = capa.state == CapaState.PLAN and owns_or_assures(request.user, capa)
    if not capa.metric and not writes:
        return None
    found = measure(capa)
    set_ = Button("Set the criterion", icon="edit", small=True, href=event_path(capa, "criterion"))
    return {
        "buttons_html": row_of([set_] if writes else []),
        "facts": Facts(criterion_facts(capa)),
        "chart": effect_chart(capa, found) if found else None,
        "sentences": found.sentences() if found else [],
        "result": capa.result,
    }


def criterion_facts(capa: Capa) -> list[tuple[str, object]]:
    """The criterion as terms and values."""
    target = "" if capa.target is None else f"at most {capa.target.normalize():f}"
    counted = next((each.plural for each in types() if each.space == capa.counted), "")
    source = capa.get_data_source_display()
    if capa.data_source == DataSource.PORTAL:
        source = f"{source}: {counted.lower()}, {capa.get_unit_display().lower()}"
    return [
        ("Metric", capa.metric), ("Baseline", capa.baseline), ("Target", target), ("Sample or period", capa.sample),
        ("Data source", f"{source} {capa.data_words}".strip()),
        ("Measured until", times.day(capa.check_on) if capa.check_on else ""),
    ]  # fmt: skip


def effect_chart(capa: Capa, found: Measured) -> Chart | None:
    """The drawing for a page."""
    drawn = effect(found, event_path(capa, "counted"))
    if drawn is None:
        return None
    return Chart(small(*drawn), drawn[1], "Lines are 95 % intervals. Each mark opens its events.")


def extensions_panel(request: HttpRequest, capa: Capa) -> dict[str, object] | None:
    """What was asked for, by whom, and how it was decided; the original day stands beside."""
    asked = extensions_of(capa)
    waits = any(each.decided_at is None for each in asked)
    asks = owns_or_assures(request.user, capa) and not waits and running_deadline(capa) is not None
    if not asked and not asks:
        return None
    heads = [Head("Asked by", "lead"), Head("From", "fit"), Head("To", "fit"), Head("Why"), Head("Decision", "fit")]
    rows = [
        [each.asked_by.name, times.day(each.due_before), times.day(each.due_wanted),
         f"{each.why} Until then: {each.interim_control} Risk: {each.risk}", _decision(request, capa, each)]
        for each in asked
    ]  # fmt: skip
    ask = Button("Ask for more time", icon="calendar", small=True, href=event_path(capa, "extension"))
    return {"buttons_html": row_of([ask] if asks else []), "table": Table(heads, rows, "Extensions") if rows else None}


def _decision(request: HttpRequest, capa: Capa, asked: Any) -> object:
    if asked.decided_at is not None:
        return Badge("Granted", "good") if asked.granted else Badge("Refused", "bad")
    if may_decide_extension(request.user, asked):
        return Button("Decide", small=True, href=event_path(capa, "extension_decide", part=asked.pk))
    return Badge("Waits", "progress")


def stages_panel(request: HttpRequest, capa: Capa) -> dict[str, object] | None:
    """What was handed in and signed, iteration by iteration."""
    rows = [
        {"stage": each, "facts": Facts(stage_facts(each.content, StageKind(each.kind))),
         "signatures": [manifestation(signature) for signature in signatures_of(each)]}
        for each in stages_of(capa)
    ]  # fmt: skip
    return {"rows": rows} if rows else None


def stage_facts(content: dict[str, Any], kind: StageKind) -> list[tuple[str, object]]:
    """A stage as it was handed in, in terms and values."""
    if kind == StageKind.ANALYSIS:
        causes = [f"{each['text']} ({Weight(each['weight']).label.lower()})" for each in content["causes"]]
        return [("Root cause", content["root_cause"]), ("Causes", "; ".join(causes))]
    if kind == StageKind.EFFECTIVENESS:
        return [("Result", content["result"]), ("Measured", " ".join(content["measured"]))]
    if kind == StageKind.IMPLEMENTATION:
        return [(each["text"], each["evidence"] or "shown by a file") for each in content["actions"]]
    criterion = content["criterion"]
    until = f"at most {criterion['target']} by {_day(criterion['check_on'])}"
    rows: list[tuple[str, object]] = [
        (each["text"], f"{each['owner']}, due {_day(each['due_on'])}") for each in content["actions"]
    ]
    return [*rows, ("Criterion", f"{criterion['metric']}, {until}")]


def _day(kept: str) -> str:
    """A day as a stage keeps it, as people read it."""
    return times.day_words(dt.date.fromisoformat(kept)) if kept else "no day"
