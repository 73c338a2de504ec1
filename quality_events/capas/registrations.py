"""The CAPA as a type of event, and the panels of its page."""

import datetime as dt
from typing import Any

from cqms.audit.models import kind_of
from cqms.configuration.rules import register_figure
from cqms.deadlines.inbox import name_act
from cqms.inbox import rows
from cqms.portal import parts
from cqms.ui import addresses, panels
from quality_events.capas import presentation, services
from quality_events.capas.forms import STEPS
from quality_events.capas.inbox import waiting_here
from quality_events.capas.models import Action, Capa, CapaState, Cause, ExtensionRequest, Stage
from quality_events.capas.policies import MANAGEMENT_REVIEW, may_complete
from quality_events.capas.reports import report
from quality_events.capas.workflow import CAPA, ENDS
from quality_events.forms import asked_by
from quality_events.models import Severity
from quality_events.presentation import event_path
from quality_events.registrations import register_type
from quality_events.services import EVIDENCE
from quality_events.types import EventType, Task

_S = CapaState
_LATE = "Late, it is reported to your manager, then to quality assurance."
_CRITICAL_SHARE = 2


def plan_day(capa: Capa, days: int) -> dt.date:
    """The plan counts from the day on which it was known; a critical one has half the time.

    That of a further iteration counts from when its analysis stands: that day was long ago.
    """
    share = _CRITICAL_SHARE if capa.severity == Severity.CRITICAL else 1
    known = capa.aware_on if capa.iteration == 1 else capa.organization.today()
    return known + dt.timedelta(days=days // share)


def check_day(capa: Capa, _days: int) -> dt.date | None:
    """The effect is judged when the period of the criterion is over."""
    return capa.check_on + dt.timedelta(days=10) if capa.check_on and capa.state == _S.MONITORING else None


TASKS = (
    Task(_S.INITIATED, "scope", "Decide whether a CAPA is needed", 5, _LATE, by_quality=True, working=True),
    Task(_S.SCOPED, "analyse", "Begin the root cause analysis", 5, _LATE, working=True),
    Task(_S.ROOT_CAUSE, "submit_cause", "Find the root cause", 20, _LATE, working=True),
    Task(_S.PLAN, "submit_plan", "Make the plan and have it approved", 30, _LATE, due_on=plan_day),
    Task(_S.PLAN_APPROVED, "implement", "Start the implementation", 5, _LATE, working=True),
    Task(_S.IMPLEMENTING, "finish", "Implement the plan", 90, _LATE),
    Task(_S.IMPLEMENTED, "take_up", "Take up for verification", 10, _LATE, by_quality=True, working=True),
    Task(_S.VERIFICATION, "verify", "Verify the implementation", 10, _LATE, by_quality=True, working=True),
    Task(_S.MONITORING, "conclude", "Judge the effect", 180, "Until then nobody knows whether it worked.",
         due_on=check_day),
    Task(_S.EFFECTIVE, "close", "Close", 10, "Until then it stays open.", by_quality=True, working=True),
    Task(_S.NOT_EFFECTIVE, "again", "Begin a new iteration", 5, _LATE, working=True),
)  # fmt: skip


def register() -> None:
    """Called once when the app is ready."""
    register_figure(
        MANAGEMENT_REVIEW, "Extensions after which a CAPA goes to the management review",
        "The heads of quality are told, and the list of CAPAs can be narrowed to them.", founded=3, least=1, most=20,
    )  # fmt: skip
    register_type(
        EventType(
            Capa, CAPA, prefix="CAPA", noun="CAPA", plural="CAPAs", space="capas", order=60, ends=ENDS, tasks=TASKS,
            words=presentation.words, facts=presentation.facts, texts=presentation.sections,
            take_step=services.take_step, asks=asked_by(STEPS), category="source", report=report, watched=True,
        )
    )  # fmt: skip
    shown = (
        ("analysis", presentation.analysis_panel), ("plan", presentation.plan_panel),
        ("effect", presentation.effect_panel), ("extensions", presentation.extensions_panel),
        ("stages", presentation.stages_panel),
    )  # fmt: skip
    for at, (name, context) in enumerate(shown):
        panels.register(kind_of(Capa), panels.Panel(f"quality_events/capa_{name}.html", context, at))
    rows.register("capas.waiting", waiting_here)
    name_act(services.ACTION_DUE, "Complete")
    parts.register(kind_of(Action), parts.Takes(may_complete, parts.nobody, "owner", EVIDENCE, services.awaited))
    for model in (Action, Cause, ExtensionRequest, Stage):
        addresses.register(kind_of(model), _page_of_part)


def _page_of_part(part: Any) -> str:
    return event_path(part.capa)
