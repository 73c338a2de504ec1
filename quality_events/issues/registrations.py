"""The quality issue as a type of event: one registration, from which everything else follows."""

from quality_events.forms import asked_by
from quality_events.issues import services
from quality_events.issues.forms import STEPS
from quality_events.issues.models import IssueState, QualityIssue
from quality_events.issues.presentation import facts, sections, words
from quality_events.issues.workflow import ENDS, QUALITY_ISSUE
from quality_events.registrations import register_type
from quality_events.types import EventType, Task

_S = IssueState
_LATE = "Late, it is reported to your manager, then to quality assurance."
TASKS = (
    Task(_S.NEW, "accept", "Triage", 2, "Until then nobody answers for it.", by_quality=True, working=True),
    Task(_S.TRIAGE, "accept", "Triage", 2, "Until then nobody answers for it.", by_quality=True, working=True),
    Task(_S.ACCEPTED, "contain", "Contain", 3, _LATE, working=True),
    Task(_S.CONTAINMENT, "analyse", "Finish containment", 5, _LATE, working=True),
    Task(_S.ROOT_CAUSE, "conclude", "Find the root cause", 20, _LATE, working=True),
    Task(_S.ACTION_DECISION, "decide", "Decide on action", 30, _LATE),
    Task(_S.EFFECT_REVIEW, "close", "Review the effect", 90, "Until then it stays open.", by_quality=True),
)


def register() -> None:
    """Called once when the app is ready."""
    register_type(
        EventType(
            QualityIssue, QUALITY_ISSUE, prefix="QI", noun="Quality issue", plural="Quality issues", space="issues",
            order=20, ends=ENDS, tasks=TASKS, words=words, facts=facts, texts=sections, take_step=services.take_step,
            asks=asked_by(STEPS),
            category="scope",
            from_report=lambda report: {"detected_how": f"Report {report.number}"},
        )
    )  # fmt: skip
