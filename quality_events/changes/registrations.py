"""The change as a type of event, the panels of its page, and what a leaver hands over."""

import datetime as dt
from typing import Any

from cqms.audit.models import kind_of
from cqms.configuration.rules import register_due
from cqms.deadlines.inbox import name_act
from cqms.inbox import rows
from cqms.portal import handover, parts
from cqms.ui import addresses, panels
from quality_events.changes import asking, presentation, services
from quality_events.changes.forms import STEPS
from quality_events.changes.inbox import waiting_here
from quality_events.changes.models import ChangeControl, ChangeStage, ChangeState, ChangeTask, ImpactAssessment
from quality_events.changes.policies import may_complete
from quality_events.changes.reports import report
from quality_events.changes.selectors import ENDS, systems_of, tasks_awaited
from quality_events.changes.services import RELEASE
from quality_events.changes.workflow import CHANGE
from quality_events.forms import asked_by
from quality_events.presentation import event_path
from quality_events.registrations import register_type
from quality_events.services import EVIDENCE
from quality_events.types import EventType, Task

_S = ChangeState
_LATE = "Late, it is reported to your manager, then to quality assurance."
_USED = "It is in use and nobody has approved it."


def end_day(change: ChangeControl, _days: int) -> dt.date | None:
    """A temporary change is looked back at when it ends: it must be undone by then."""
    return change.expires_on if change.temporary else None


TASKS = (
    Task(_S.REQUESTED, "screen", "Screen", 3, "Until then nobody answers for it.", by_quality=True, working=True),
    Task(_S.SCREENED, "assess", "Have the impact assessed", 10, _LATE, working=True),
    Task(_S.ASSESSMENT, "submit", "Make the plan and have it approved", 20, _LATE, working=True),
    Task(_S.EMERGENCY, "submit_after", "Have it approved in retrospect", 2, _USED, working=True),
    Task(_S.APPROVED, "implement", "Start the implementation", 5, _LATE, working=True),
    Task(_S.IMPLEMENTING, "finish", "Implement the change", 60, _LATE),
    Task(_S.VERIFICATION, "verify", "Verify the implementation", 5, _LATE, by_quality=True, working=True),
    Task(_S.RELEASED, "look_back", "Review the change", 90, "Until then nobody knows whether it works.",
         due_on=end_day),
    Task(_S.REVIEW, "close", "Close", 10, "Until then it stays open.", by_quality=True, working=True),
)  # fmt: skip


def register() -> None:
    """Called once when the app is ready."""
    register_due(RELEASE, "Change: release what was verified", days=5, counted="working days")
    register_type(
        EventType(
            ChangeControl, CHANGE, prefix="CC", noun="Change", plural="Changes", space="changes", order=50, ends=ENDS,
            tasks=TASKS, words=presentation.words, facts=presentation.facts, texts=presentation.sections,
            take_step=services.take_step,
            asks=asked_by(STEPS), report=report, category="kind", opening="Request a change",
        )
    )  # fmt: skip
    shown = (
        ("assessments", presentation.assessments_panel), ("plan", presentation.plan_panel),
        ("stages", presentation.stages_panel),
    )  # fmt: skip
    for at, (name, context) in enumerate(shown):
        panels.register(kind_of(ChangeControl), panels.Panel(f"quality_events/change_{name}.html", context, at))
    rows.register("changes.waiting", waiting_here)
    for due, act in ((RELEASE, "Release"), (asking.TASK_DUE, "Complete"), (asking.ASSESSMENT_DUE, "Assess")):
        name_act(due, act)
    parts.register(kind_of(ChangeTask), parts.Takes(may_complete, parts.nobody, "owner", EVIDENCE, asking.awaited))
    for model in (ImpactAssessment, ChangeTask, ChangeStage):
        addresses.register(kind_of(model), _page_of_part)
    _let_leavers_hand_over()


def _let_leavers_hand_over() -> None:
    for field, label, held in (
        ("changecontrol.system_owner", "Changes they release", systems_of),
        ("changetask.owner", "Tasks of changes", tasks_awaited),
    ):
        name = field.partition(".")[2]
        take = handover.set_owner(name, "handed it over")
        handover.register(handover.Kind(f"changes.{field}", label, held, take, (f"changes.{field}",)))


def _page_of_part(part: Any) -> str:
    return event_path(part.change)
