"""The life of a CAPA (B5 of the SOPs). What is signed is handed in first and stays as it was handed in."""

from cqms.signatures.models import Meaning
from cqms.workflow.engine import Step, Workflow
from cqms.workflow.parts import Part, Parts, in_order
from quality_events.capas import guards
from quality_events.capas.models import Capa, CapaState, StageKind
from quality_events.capas.policies import manages_owner
from quality_events.capas.stages import stage_to_sign
from quality_events.policies import is_quality_assurance, owns, owns_or_assures

_S = CapaState
_ALIVE = (
    _S.INITIATED, _S.SCOPED, _S.ROOT_CAUSE, _S.PLAN, _S.PLAN_APPROVED, _S.IMPLEMENTING, _S.IMPLEMENTED,
    _S.VERIFICATION, _S.MONITORING, _S.NOT_EFFECTIVE,
)  # fmt: skip


def who_approves(_capa: Capa) -> Parts:
    """First the owner's manager, who gives the means; then quality assurance."""
    return in_order(
        Part("manager", "Manager of the owner", manages_owner, Meaning.APPROVED),
        Part("quality", "Quality assurance", is_quality_assurance & ~owns, Meaning.QA_APPROVED),
    )


CAPA = Workflow(
    "capas.capa",
    states=CapaState,
    tones={
        _S.INITIATED: "neutral", _S.SCOPED: "progress", _S.ROOT_CAUSE: "progress", _S.PLAN: "progress",
        _S.PLAN_APPROVED: "progress", _S.IMPLEMENTING: "warn", _S.IMPLEMENTED: "progress",
        _S.VERIFICATION: "progress", _S.MONITORING: "progress", _S.EFFECTIVE: "good", _S.NOT_EFFECTIVE: "bad",
        _S.CLOSED: "good", _S.CANCELLED: "neutral",
    },
    steps=(
        Step("scope", (_S.INITIATED,), _S.SCOPED, "Accept the need", "accepted the need",
             "The owner is asked to find the root cause.", allowed=is_quality_assurance, kind="primary"),
        Step("analyse", (_S.SCOPED,), _S.ROOT_CAUSE, "Begin the analysis", "began the root cause analysis",
             "Causes are written down with their evidence.", allowed=owns_or_assures, blockers=guards.interim_gaps,
             kind="primary"),
        Step("submit_cause", (_S.ROOT_CAUSE,), _S.ROOT_CAUSE, "Hand in the analysis", "handed in the analysis",
             "Quality assurance is asked to review it as it is now. Changed later, it is handed in again.",
             allowed=owns_or_assures, blockers=guards.analysis_gaps),
        Step("review_cause", (_S.ROOT_CAUSE,), _S.PLAN, "Review the root cause", "reviewed the root cause",
             "Your signature says that the root cause is shown by its evidence. The plan is made next.",
             allowed=is_quality_assurance & ~owns, blockers=guards.not_handed_in(StageKind.ANALYSIS),
             signature=Meaning.REVIEWED, signs=stage_to_sign(StageKind.ANALYSIS), kind="primary"),
        Step("revise_cause", (_S.PLAN,), _S.ROOT_CAUSE, "Back to the root cause", "asked for another analysis",
             "The causes can be changed and are handed in and reviewed again.",
             allowed=owns_or_assures, reason=True),
        Step("submit_plan", (_S.PLAN,), _S.PLAN, "Hand in the plan", "handed in the plan",
             "Your manager, then quality assurance are asked to approve it as it is now.",
             allowed=owns_or_assures, blockers=guards.plan_gaps),
        Step("approve_plan", (_S.PLAN,), _S.PLAN_APPROVED, "Approve the plan", "approved the plan",
             "With the second signature the plan holds: rows, days and the effectiveness criterion.",
             allowed=manages_owner | is_quality_assurance, blockers=guards.not_handed_in(StageKind.PLAN),
             parts=who_approves, signature=Meaning.APPROVED, signs=stage_to_sign(StageKind.PLAN), kind="primary"),
        Step("implement", (_S.PLAN_APPROVED,), _S.IMPLEMENTING, "Start", "started the implementation",
             "Everybody with a row of the plan finds it in the Inbox.", allowed=owns_or_assures, kind="primary"),
        Step("finish", (_S.IMPLEMENTING,), _S.IMPLEMENTED, "Report as implemented", "reported it as implemented",
             "The evidence is handed in to quality assurance as it is now.",
             allowed=owns_or_assures, blockers=guards.open_actions, kind="primary"),
        Step("take_up", (_S.IMPLEMENTED,), _S.VERIFICATION, "Take up for verification", "took it up for verification",
             "Others see that somebody looks at the evidence.", allowed=is_quality_assurance & ~owns, kind="primary"),
        Step("verify", (_S.VERIFICATION,), _S.MONITORING, "Verify the implementation", "verified the implementation",
             "Your signature says that you have seen the evidence of each action. Its effect is measured next.",
             allowed=is_quality_assurance & ~owns, blockers=guards.not_handed_in(StageKind.IMPLEMENTATION),
             signature=Meaning.VERIFIED, signs=stage_to_sign(StageKind.IMPLEMENTATION), kind="primary"),
        Step("send_back", (_S.VERIFICATION,), _S.IMPLEMENTING, "Not implemented", "found it not implemented",
             "The owner is asked for what is missing.", allowed=is_quality_assurance, reason=True),
        Step("conclude", (_S.MONITORING,), _S.MONITORING, "Write down the result", "wrote down the result",
             "The figures of the portal are handed in with it, as they are now.", allowed=owns_or_assures),
        Step("confirm", (_S.MONITORING,), _S.EFFECTIVE, "Effective", "found it effective",
             "Your signature says that the result meets the criterion.",
             allowed=is_quality_assurance & ~owns, blockers=guards.result_gaps, signature=Meaning.VERIFIED,
             signs=stage_to_sign(StageKind.EFFECTIVENESS), kind="primary"),
        Step("reject", (_S.MONITORING,), _S.NOT_EFFECTIVE, "Not effective", "found it not effective",
             "Your signature says that the result does not meet the criterion. A new analysis follows.",
             allowed=is_quality_assurance & ~owns, blockers=guards.not_handed_in(StageKind.EFFECTIVENESS),
             signature=Meaning.VERIFIED, signs=stage_to_sign(StageKind.EFFECTIVENESS), reason=True),
        Step("again", (_S.NOT_EFFECTIVE,), _S.ROOT_CAUSE, "Begin again", "began a new iteration",
             "Causes, plan and criterion are made anew; those of before stay beside them.",
             allowed=owns_or_assures, kind="primary"),
        Step("close", (_S.EFFECTIVE,), _S.CLOSED, "Close", "closed the CAPA",
             "The CAPA ends. Its report can be printed. Only quality assurance reopens it, with a signature.",
             allowed=is_quality_assurance & ~owns, signature=Meaning.CLOSED, kind="primary"),
        Step("reopen", (_S.CLOSED,), _S.NOT_EFFECTIVE, "Reopen", "reopened the CAPA",
             "The problem came back: it was not effective, and its owner begins a new iteration. What was signed"
             " stays.", allowed=is_quality_assurance, signature=Meaning.QA_APPROVED, reason=True),
        Step("cancel", _ALIVE, _S.CANCELLED, "Cancel", "cancelled the CAPA",
             "It ends without having worked; the reason stays in the trail. This cannot be undone.",
             allowed=is_quality_assurance, signature=Meaning.QA_APPROVED, reason=True, kind="danger"),
    ),
)  # fmt: skip
ENDS = frozenset({_S.CLOSED, _S.CANCELLED})
HANDS_IN = {
    "submit_cause": StageKind.ANALYSIS, "submit_plan": StageKind.PLAN, "finish": StageKind.IMPLEMENTATION,
    "conclude": StageKind.EFFECTIVENESS,
}  # fmt: skip
"""Which stage a step hands in."""
