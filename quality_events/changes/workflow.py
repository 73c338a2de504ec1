"""The life of a change (B6 of the SOPs), and of what each function says about it.

What is approved and released is handed in first and stays as it was handed in.
"""

from cqms.signatures.models import Meaning
from cqms.workflow.engine import Step, Workflow
from cqms.workflow.parts import Part, Parts, in_order
from quality_events.changes import guards
from quality_events.changes.models import AssessmentState, ChangeControl, ChangeState, StageKind
from quality_events.changes.policies import answers_for_changed, asks, assesses, is_emergency, requested
from quality_events.changes.stages import stage_to_sign
from quality_events.policies import is_quality_assurance, owns, owns_or_assures

_S, _A = ChangeState, AssessmentState
PLANNED_IN = (_S.SCREENED, _S.ASSESSMENT, _S.EMERGENCY)
"""The states in which plan, tasks and assessments are worked on."""
_HANDED_IN = "The owner, then quality assurance are asked to approve it as it is now."


def who_approves(_change: ChangeControl) -> Parts:
    """First the owner of the change, then quality assurance; never who requested it."""
    return in_order(
        Part("owner", "Owner of the change", owns & ~requested, Meaning.APPROVED),
        Part("quality", "Quality assurance", is_quality_assurance & ~owns & ~requested, Meaning.QA_APPROVED),
    )


CHANGE = Workflow(
    "changes.changecontrol",
    states=ChangeState,
    tones={
        _S.REQUESTED: "neutral", _S.SCREENED: "progress", _S.ASSESSMENT: "progress", _S.APPROVED: "progress",
        _S.IMPLEMENTING: "warn", _S.VERIFICATION: "progress", _S.VERIFIED: "progress", _S.RELEASED: "good",
        _S.REVIEW: "good", _S.CLOSED: "good", _S.EMERGENCY: "bad", _S.OUTSIDE: "neutral", _S.REJECTED: "neutral",
        _S.CANCELLED: "neutral", _S.VOIDED: "neutral",
    },
    steps=(
        Step("screen", (_S.REQUESTED,), _S.SCREENED, "Screen", "screened it",
             "Its owner is asked to have its impact assessed.", allowed=is_quality_assurance, kind="primary"),
        Step("dismiss", (_S.REQUESTED,), _S.OUTSIDE, "Not GxP-relevant", "found that it is not GxP-relevant",
             "It goes on without change control. The requester is told why; it can be reopened.",
             allowed=is_quality_assurance, reason=True),
        Step("assess", (_S.SCREENED,), _S.ASSESSMENT, "Begin the assessment", "began the impact assessment",
             "The functions that are asked find it in their Inbox.", allowed=owns_or_assures,
             blockers=guards.nobody_asked, kind="primary"),
        Step("implement_now", (_S.SCREENED,), _S.EMERGENCY, "Implement at once", "let it be implemented at once",
             "It cannot wait: it is done now, and approved afterwards within two working days.",
             allowed=owns_or_assures & is_emergency, signature=Meaning.AUTHORISED, reason=True, kind="danger"),
        Step("submit", (_S.ASSESSMENT,), _S.ASSESSMENT, "Hand in the plan", "handed in the plan",
             _HANDED_IN, allowed=owns_or_assures, blockers=guards.plan_gaps),
        Step("approve", (_S.ASSESSMENT,), _S.APPROVED, "Approve the change", "approved the change",
             "With the second signature the plan holds: assessments, tasks and days.",
             allowed=owns | is_quality_assurance, blockers=guards.not_handed_in(StageKind.PLAN), parts=who_approves,
             signature=Meaning.APPROVED, signs=stage_to_sign(StageKind.PLAN), kind="primary"),
        Step("submit_after", (_S.EMERGENCY,), _S.EMERGENCY, "Hand in the plan", "handed in the plan",
             _HANDED_IN, allowed=owns_or_assures, blockers=guards.plan_gaps),
        Step("approve_after", (_S.EMERGENCY,), _S.IMPLEMENTING, "Approve in retrospect", "approved it in retrospect",
             "With the second signature it goes on like any other change.",
             allowed=owns | is_quality_assurance, blockers=guards.not_handed_in(StageKind.PLAN), parts=who_approves,
             signature=Meaning.APPROVED, signs=stage_to_sign(StageKind.PLAN), kind="primary"),
        Step("revert", (_S.EMERGENCY,), _S.REJECTED, "Undone, rejected", "rejected it after it was undone",
             "It was undone: the reason says how, and where it can be seen.",
             allowed=is_quality_assurance, signature=Meaning.REJECTED, reason=True, kind="danger"),
        Step("reject", (_S.SCREENED, _S.ASSESSMENT), _S.REJECTED, "Reject", "rejected the change",
             "The requester is told why. It can be reopened.",
             allowed=is_quality_assurance, signature=Meaning.REJECTED, reason=True),
        Step("implement", (_S.APPROVED,), _S.IMPLEMENTING, "Start", "started the implementation",
             "Everybody with a task finds it in the Inbox.", allowed=owns_or_assures, kind="primary"),
        Step("revise", (_S.APPROVED, _S.IMPLEMENTING), _S.ASSESSMENT, "Change the plan", "took the plan back",
             "Plan and tasks can be changed; it is handed in and approved again.",
             allowed=owns_or_assures, reason=True),
        Step("finish", (_S.IMPLEMENTING,), _S.VERIFICATION, "Report as implemented", "reported it as implemented",
             "What was done is handed in to quality assurance with its evidence, as it is now.",
             allowed=owns_or_assures, blockers=guards.open_before_release, kind="primary"),
        Step("verify", (_S.VERIFICATION,), _S.VERIFIED, "Verify the implementation", "verified the implementation",
             "Your signature says that it was done as approved. Who answers for what is changed is asked to release"
             " it.", allowed=is_quality_assurance & ~owns, blockers=guards.not_handed_in(StageKind.IMPLEMENTATION),
             signature=Meaning.QA_APPROVED, signs=stage_to_sign(StageKind.IMPLEMENTATION), kind="primary"),
        Step("send_back", (_S.VERIFICATION, _S.VERIFIED), _S.IMPLEMENTING, "Not implemented",
             "found it not implemented", "The owner is asked for what is missing.",
             allowed=is_quality_assurance | answers_for_changed, reason=True),
        Step("release", (_S.VERIFIED,), _S.RELEASED, "Release", "released the change",
             "It is in use from now on.", allowed=answers_for_changed,
             blockers=guards.not_handed_in(StageKind.IMPLEMENTATION), signature=Meaning.AUTHORISED,
             signs=stage_to_sign(StageKind.IMPLEMENTATION), kind="primary"),
        Step("look_back", (_S.RELEASED,), _S.REVIEW, "Write the review", "wrote the post-implementation review",
             "Quality assurance is asked to close it.", allowed=owns_or_assures, blockers=guards.open_tasks,
             kind="primary"),
        Step("look_again", (_S.REVIEW,), _S.RELEASED, "Review again", "asked for another review",
             "Its owner is asked to look again.", allowed=is_quality_assurance, reason=True),
        Step("close", (_S.REVIEW,), _S.CLOSED, "Close", "closed the change",
             "The change ends. Its report can be printed.",
             allowed=is_quality_assurance & ~owns, signature=Meaning.CLOSED, kind="primary"),
        Step("reopen", (_S.OUTSIDE, _S.REJECTED), _S.REQUESTED, "Reopen", "reopened the change",
             "It is screened again; everything that was decided stays in the trail.",
             allowed=is_quality_assurance, signature=Meaning.QA_APPROVED, reason=True),
        Step("resume", (_S.CLOSED,), _S.RELEASED, "Reopen", "reopened the change",
             "It is reviewed again; everything that was decided stays in the trail.",
             allowed=is_quality_assurance, signature=Meaning.QA_APPROVED, reason=True),
        Step("cancel", (_S.APPROVED, _S.IMPLEMENTING, _S.VERIFICATION, _S.VERIFIED), _S.CANCELLED, "Cancel",
             "cancelled the change",
             "It ends without being released: the reason says what was undone. This cannot be undone.",
             allowed=is_quality_assurance, signature=Meaning.QA_APPROVED, reason=True, kind="danger"),
        Step("void", (_S.REQUESTED, _S.SCREENED, _S.ASSESSMENT), _S.VOIDED, "Void", "voided the record",
             "It ends because it should never have been opened. It stays in the trail; this cannot be undone.",
             allowed=is_quality_assurance, signature=Meaning.QA_APPROVED, reason=True, kind="danger"),
    ),
)  # fmt: skip
HANDS_IN = {
    "submit": StageKind.PLAN, "submit_after": StageKind.PLAN, "finish": StageKind.IMPLEMENTATION,
}  # fmt: skip
"""Which stage a step hands in."""

IMPACT = Workflow(
    "changes.impactassessment",
    states=AssessmentState,
    tones={_A.ASKED: "progress", _A.REVIEWED: "good", _A.WITHDRAWN: "neutral"},
    steps=(
        Step("assess", (_A.ASKED,), _A.REVIEWED, "Assess the impact", "assessed the impact",
             "Your signature says what the change does to your function. It stands: asked again, you answer anew.",
             allowed=assesses, signature=Meaning.REVIEWED, kind="primary"),
        Step("object", (_A.ASKED,), _A.REVIEWED, "Do not accept it", "did not accept the change",
             "Its plan is not approved until it was changed and your function was asked again.",
             allowed=assesses, signature=Meaning.REJECTED, kind="danger"),
        Step("withdraw", (_A.ASKED,), _A.WITHDRAWN, "Withdraw the question", "withdrew the question",
             "The function is not asked any more; the question stays in the trail.", allowed=asks, reason=True),
    ),
)  # fmt: skip
