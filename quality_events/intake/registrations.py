"""The initial report as a type: it waits for triage, and becomes another one."""

from quality_events.forms import asked_by
from quality_events.intake import services
from quality_events.intake.forms import STEPS
from quality_events.intake.models import InitialReport, ReportState
from quality_events.intake.policies import may_tell_somewhere
from quality_events.intake.presentation import facts, words
from quality_events.intake.workflow import ENDS, INITIAL_REPORT
from quality_events.registrations import register_type
from quality_events.types import EventType, Task

TASKS = (
    Task(
        ReportState.RECEIVED, "triage", "Triage", 2, "Until then nobody answers for it.", by_quality=True, working=True
    ),
)


def register() -> None:
    """Called once when the app is ready."""
    register_type(
        EventType(
            InitialReport, INITIAL_REPORT, prefix="IR", noun="Initial report", plural="Initial reports", space="intake",
            order=10, ends=ENDS, tasks=TASKS, words=words, facts=facts, take_step=services.take_step,
            asks=asked_by(STEPS),
            opening="Report an event", begun_by=may_tell_somewhere,
        )
    )  # fmt: skip
