"""The life of a redaction: one person asks, another one who decides for quality assurance approves; both sign."""

from typing import Any

from cqms.accounts.models import User
from cqms.redactions.models import RedactionState
from cqms.redactions.policies import is_asker, may_approve
from cqms.signatures.models import Meaning
from cqms.workflow.engine import Step, Workflow

_S = RedactionState


def nothing_found(redaction: Any, actor: User | None) -> list[str]:
    """What was found must still be there."""
    return [] if redaction.found or redaction.files else ["The words stand nowhere in this record or its history."]


REDACTION = Workflow(
    "redactions.redaction",
    states=RedactionState,
    tones={
        _S.PREPARED: "neutral", _S.REQUESTED: "progress", _S.REDACTED: "good", _S.DECLINED: "neutral",
        _S.WITHDRAWN: "neutral",
    },
    steps=(
        Step(
            "ask", (_S.PREPARED,), _S.REQUESTED, "Ask for the redaction", "asked for a redaction",
            "Somebody else who decides for quality assurance is asked. Nothing changes until they approve.",
            allowed=is_asker, blockers=nothing_found, signature=Meaning.AUTHORED, kind="primary",
        ),
        Step(
            "approve", (_S.REQUESTED,), _S.REDACTED, "Approve and redact", "approved the redaction",
            "The words are overwritten everywhere in the record, its history and its trail, and the ticked files are "
            "taken away. This cannot be undone. The trail keeps who asked, why, and that you approved.",
            allowed=may_approve, signature=Meaning.APPROVED, kind="primary",
        ),
        Step(
            "decline", (_S.REQUESTED,), _S.DECLINED, "Decline", "declined the redaction",
            "Nothing is redacted, and the portal forgets the words that were asked for.",
            allowed=may_approve, reason=True, kind="danger",
        ),
        Step(
            "withdraw", (_S.PREPARED, _S.REQUESTED), _S.WITHDRAWN, "Withdraw", "withdrew the redaction",
            "Nothing is redacted, and the portal forgets the words that were asked for.", allowed=is_asker,
        ),
    ),
)  # fmt: skip
