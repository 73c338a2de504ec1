"""The life of a quality issue (B3 of the SOPs, ICH E6(R3) 3.12)."""

from cqms.signatures.models import Meaning
from cqms.workflow.engine import Step, Workflow
from quality_events.issues.models import IssueState
from quality_events.policies import is_quality_assurance, owns, owns_or_assures

_S = IssueState
_OPEN = (_S.NEW, _S.TRIAGE)


QUALITY_ISSUE = Workflow(
    "issues.qualityissue",
    states=IssueState,
    tones={
        _S.NEW: "neutral", _S.TRIAGE: "progress", _S.ACCEPTED: "progress", _S.CONTAINMENT: "warn",
        _S.ROOT_CAUSE: "progress", _S.ACTION_DECISION: "progress", _S.EFFECT_REVIEW: "progress", _S.CLOSED: "good",
        _S.NOT_AN_ISSUE: "neutral", _S.DUPLICATE: "neutral", _S.VOIDED: "neutral",
    },
    steps=(
        Step("take_up", (_S.NEW,), _S.TRIAGE, "Take up for triage", "took it up for triage",
             "Others see that somebody looks at it.", allowed=is_quality_assurance),
        Step("accept", _OPEN, _S.ACCEPTED, "Accept as an issue", "accepted it as an issue",
             "The owner is asked to contain it. Safety, data protection and the unblinded team are told where it"
             " concerns them.", allowed=is_quality_assurance, kind="primary"),
        Step("reject", _OPEN, _S.NOT_AN_ISSUE, "Not an issue", "found that it is not an issue",
             "The reporter is told why. It can be taken up again.", allowed=is_quality_assurance, reason=True),
        Step("duplicate", _OPEN, _S.DUPLICATE, "Duplicate", "found that it is a duplicate",
             "It is linked with the issue that goes on. It can be taken up again.", allowed=is_quality_assurance),
        Step("contain", (_S.ACCEPTED,), _S.CONTAINMENT, "Contain", "began containment",
             "What is done at once stands in the record; the cause is looked for next.",
             allowed=owns_or_assures, kind="primary"),
        Step("analyse", (_S.CONTAINMENT,), _S.ROOT_CAUSE, "Look for the cause", "found it contained",
             "Containment is done; from here on the cause is analysed.", allowed=owns_or_assures, kind="primary"),
        Step("conclude", (_S.ROOT_CAUSE,), _S.ACTION_DECISION, "Conclude the cause", "concluded the root cause",
             "The cause stands; what is done about it is decided next.", allowed=owns_or_assures, kind="primary"),
        Step("decide", (_S.ACTION_DECISION,), _S.EFFECT_REVIEW, "Decide on action", "decided what is done",
             "A CAPA is opened where one is decided. The effect is reviewed next.",
             allowed=owns_or_assures, kind="primary"),
        Step("refuse_capa", (_S.ACTION_DECISION,), _S.EFFECT_REVIEW, "Decide without a CAPA",
             "decided that no CAPA is needed",
             "Significant noncompliance has root cause and CAPA unless otherwise justified (ICH E6(R3) 3.12.2): your"
             " signature stands for the justification.",
             allowed=is_quality_assurance & ~owns, signature=Meaning.QA_APPROVED),
        Step("back", (_S.EFFECT_REVIEW,), _S.ACTION_DECISION, "Not effective", "found no effect",
             "What is done is decided anew.", allowed=is_quality_assurance, reason=True),
        Step("close", (_S.EFFECT_REVIEW,), _S.CLOSED, "Close", "closed the issue",
             "The issue ends. Only quality assurance reopens it, with a signature.",
             allowed=is_quality_assurance & ~owns, signature=Meaning.CLOSED, kind="primary"),
        Step("reopen", (_S.CLOSED, _S.NOT_AN_ISSUE, _S.DUPLICATE), _S.TRIAGE, "Reopen", "reopened the issue",
             "It begins again with triage; everything that was decided stays in the trail.",
             allowed=is_quality_assurance, signature=Meaning.QA_APPROVED, reason=True),
        Step("void", (*_OPEN, _S.ACCEPTED), _S.VOIDED, "Void", "voided the record",
             "It ends because it should never have been opened. It stays in the trail; this cannot be undone.",
             allowed=is_quality_assurance, signature=Meaning.QA_APPROVED, reason=True, kind="danger"),
    ),
)  # fmt: skip
ENDS = frozenset({_S.CLOSED, _S.NOT_AN_ISSUE, _S.DUPLICATE, _S.VOIDED})
