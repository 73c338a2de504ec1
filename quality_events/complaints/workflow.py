"""The life of a complaint (B15 of the SOPs)."""

from typing import Any

from cqms.accounts.models import User
from cqms.signatures.models import Meaning
from cqms.workflow.engine import Step, Workflow
from quality_events.complaints.models import ComplaintState
from quality_events.policies import is_quality_assurance, owns, owns_or_assures

_S = ComplaintState


def safety_waits(complaint: Any, _actor: User | None) -> list[str]:
    """What concerns safety goes to pharmacovigilance before anything else is concluded."""
    if not complaint.awaits_safety:
        return []
    return ["It concerns safety: hand it over to pharmacovigilance first."]


COMPLAINT = Workflow(
    "complaints.complaint",
    states=ComplaintState,
    tones={
        _S.RECEIVED: "neutral", _S.CLASSIFIED: "progress", _S.INVESTIGATED: "progress", _S.REPLIED: "progress",
        _S.CLOSED: "good", _S.NOT_A_COMPLAINT: "neutral", _S.VOIDED: "neutral",
    },
    steps=(
        Step("classify", (_S.RECEIVED, _S.CLASSIFIED), _S.CLASSIFIED, "Classify", "classified it",
             "Its owner is asked to investigate. What concerns safety is due at pharmacovigilance within one working"
             " day from when we knew.", allowed=is_quality_assurance, kind="primary"),
        Step("reject", (_S.RECEIVED,), _S.NOT_A_COMPLAINT, "Not a complaint", "found that it is not a complaint",
             "The reporter is told why. It can be reopened.", allowed=is_quality_assurance, reason=True),
        Step("hand_over", (_S.CLASSIFIED,), _S.CLASSIFIED, "Hand over to pharmacovigilance",
             "handed it over to pharmacovigilance",
             "It is written down who has it, and since when. Do it whenever in doubt.", allowed=owns_or_assures),
        Step("investigate", (_S.CLASSIFIED,), _S.INVESTIGATED, "Conclude the investigation",
             "concluded the investigation", "What was found stands; the answer is written next.",
             allowed=owns_or_assures, blockers=safety_waits, kind="primary"),
        Step("reply", (_S.INVESTIGATED,), _S.REPLIED, "Record the answer", "recorded the answer",
             "Quality assurance is asked to close it.", allowed=owns_or_assures, kind="primary"),
        Step("back", (_S.INVESTIGATED, _S.REPLIED), _S.CLASSIFIED, "Investigate further", "asked for more",
             "Its owner is asked to go on.", allowed=is_quality_assurance, reason=True),
        Step("close", (_S.REPLIED,), _S.CLOSED, "Close", "closed the complaint",
             "The complaint ends. Only quality assurance reopens it, with a signature.",
             allowed=is_quality_assurance & ~owns, signature=Meaning.CLOSED, kind="primary"),
        Step("reopen", (_S.CLOSED, _S.NOT_A_COMPLAINT), _S.RECEIVED, "Reopen", "reopened the complaint",
             "It begins again with its classification; everything that was decided stays in the trail.",
             allowed=is_quality_assurance, signature=Meaning.QA_APPROVED, reason=True),
        Step("void", (_S.RECEIVED, _S.CLASSIFIED), _S.VOIDED, "Void", "voided the record",
             "It ends because it should never have been opened. It stays in the trail; this cannot be undone.",
             allowed=is_quality_assurance, signature=Meaning.QA_APPROVED, reason=True, kind="danger"),
    ),
)  # fmt: skip
ENDS = frozenset({_S.CLOSED, _S.NOT_A_COMPLAINT, _S.VOIDED})
