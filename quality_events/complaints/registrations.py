"""The complaint as a type of event: one registration, from which everything else follows."""

from cqms.configuration.rules import register_due
from cqms.deadlines.inbox import name_act
from quality_events.complaints import services
from quality_events.complaints.forms import STEPS
from quality_events.complaints.models import Channel, Complainant, Complaint, ComplaintState, Subject
from quality_events.complaints.presentation import facts, sections, words
from quality_events.complaints.services import HAND_OVER
from quality_events.complaints.workflow import COMPLAINT, ENDS
from quality_events.forms import asked_by
from quality_events.registrations import register_type
from quality_events.types import EventType, Task

_S = ComplaintState
_UNTOLD = {"complainant": Complainant.OTHER, "channel": Channel.PORTAL, "subject_matter": Subject.OTHER}
"""What a report does not say; its classification asks for it."""
_LATE = "Late, it is reported to your manager, then to quality assurance."
TASKS = (
    Task(_S.RECEIVED, "classify", "Classify", 1, "What concerns safety waits with it.", by_quality=True, working=True),
    Task(_S.CLASSIFIED, "investigate", "Investigate", 20, _LATE, working=True),
    Task(_S.INVESTIGATED, "reply", "Answer", 10, _LATE, working=True),
    Task(_S.REPLIED, "close", "Close", 10, "Until then it stays open.", by_quality=True, working=True),
)


def register() -> None:
    """Called once when the app is ready."""
    register_due(HAND_OVER, "Complaint: hand over what concerns safety", days=1, counted="working days")
    name_act(HAND_OVER, "Hand over")
    register_type(
        EventType(
            Complaint, COMPLAINT, prefix="CMP", noun="Complaint", plural="Complaints", space="complaints",
            order=40, ends=ENDS, tasks=TASKS, words=words, facts=facts, texts=sections, take_step=services.take_step,
            asks=asked_by(STEPS),
            category="subject_matter", from_report=lambda _: {**_UNTOLD},
        )
    )  # fmt: skip
