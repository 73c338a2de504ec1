"""The process deviation as a type of event: one registration, from which everything else follows."""

import datetime as dt
from typing import Any

from cqms.configuration.rules import register_due
from cqms.portal.lanes import Companion, register_companion
from cqms.records.naming import Naming
from cqms.records.naming import register as register_naming
from cqms.ui import panels
from documents.selectors import versions_for
from quality_events.forms import asked_by
from quality_events.process_deviations import services
from quality_events.process_deviations.forms import STEPS
from quality_events.process_deviations.models import ProcessDeviation, ProcessDeviationState
from quality_events.process_deviations.presentation import deviations_panel, facts, named, sections, words
from quality_events.process_deviations.selectors import document_of, naming
from quality_events.process_deviations.services import LOG
from quality_events.process_deviations.workflow import ENDS, PROCESS_DEVIATION
from quality_events.registrations import register_type
from quality_events.services import days_of_logging
from quality_events.types import EventType, Task

_S = ProcessDeviationState
_LATE = "Late, it is reported to your manager, then to quality assurance."
_UNGRADED = "Ungraded, nobody knows whether it is serious."


def before_it_begins(deviation: Any, days: int) -> dt.date | None:
    """So many days before the first one."""
    return deviation.valid_from - dt.timedelta(days=days) if deviation.valid_from else None


def after_it_ends(deviation: Any, days: int) -> dt.date | None:
    """So many days after the last one."""
    return deviation.valid_until + dt.timedelta(days=days) if deviation.valid_until else None


TASKS = (
    Task(_S.LOGGED, "classify", "Classify", 10, _UNGRADED, by_quality=True, working=True),
    Task(_S.TRIAGE, "classify", "Classify", 10, _UNGRADED, by_quality=True, working=True),
    Task(_S.ASSESSMENT, "act", "Assess and decide on action", 10, _LATE, working=True),
    Task(_S.INVESTIGATION, "act", "Conclude the investigation", 20, _LATE, working=True, key="act_after_investigation"),
    Task(_S.ACTION, "submit", "Carry out the action", 30, _LATE),
    Task(_S.QA_REVIEW, "close", "Review and close", 10, "Until then it stays open.", by_quality=True, working=True),
    Task(_S.REQUESTED, "approve", "Approve or refuse", 1, "Until then it must not begin.",
         by_quality=True, due_on=before_it_begins, counted="days before it begins"),
    Task(_S.APPROVED, "end", "Say how it ended", 5, _LATE, due_on=after_it_ends, counted="days after its last one"),
)  # fmt: skip


def register() -> None:
    """Called once when the app is ready."""
    register_companion(Companion(ProcessDeviation, naming, document_of))
    register_naming(Naming(ProcessDeviation, "version", versions_for))
    panels.register("documents.version", panels.Panel("quality_events/linked_panel.html", deviations_panel, 31))
    register_due(LOG, "Process deviation: log", days=5, counted="working days after it was found")
    register_type(
        EventType(
            ProcessDeviation, PROCESS_DEVIATION, prefix="DEV", noun="Process deviation", plural="Process deviations",
            space="process_deviations", order=25, ends=ENDS, tasks=TASKS, words=words, facts=facts, named=named,
            texts=sections,
            take_step=services.take_step, asks=asked_by(STEPS), category="timing", opening="Log a process deviation",
            from_report=lambda report: days_of_logging(LOG, report.discovered_on),
        )
    )  # fmt: skip
