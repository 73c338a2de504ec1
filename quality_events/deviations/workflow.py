"""The lives of a deviation specification, a protocol deviation and a classification freeze (B2 of the SOPs)."""

from typing import Any

from cqms.access.policies import policy
from cqms.accounts.models import User
from cqms.audit.models import Lane
from cqms.audit.refusals import ClosedReason
from cqms.signatures.models import Meaning
from cqms.workflow.engine import Step, Workflow
from cqms.workflow.parts import Part, Parts, side_by_side
from quality_events.deviations.models import DeviationState, FreezeState, SpecificationState
from quality_events.deviations.selectors import content_of, last_freeze, specification_of, unclassified, unconfirmed
from quality_events.policies import advises, is_quality_assurance, is_unblinded, leads, owns, owns_or_assures

_P, _S, _F = SpecificationState, DeviationState, FreezeState
_SHOWN = 5


@policy("Only who leads this study, or quality assurance, classifies its deviations.")
def classifies(person: User, record: Any) -> bool:
    """Leading the study, or deciding for quality assurance; what tells the arm is classified by who may know it."""
    if leads(person, record) or is_quality_assurance(person, record):
        return True
    tells_arm = getattr(record, "lane", Lane.GENERAL) == Lane.UNBLINDED
    return tells_arm and advises(person, record) and is_unblinded(person, record)


@policy("Only the study manager, the medical monitor or quality assurance decides about this.")
def approves_specification(person: User, record: Any) -> bool:
    """Being one of those who approve."""
    return classifies(person, record) or advises(person, record)


def approvers(_specification: Any) -> Parts:
    """Study manager, medical monitor and quality assurance, in any order."""
    return side_by_side(
        Part("study_manager", "study manager", leads),
        Part("medical_monitor", "medical monitor", advises & ~is_unblinded),
        Part("quality_assurance", "quality assurance", is_quality_assurance, Meaning.QA_APPROVED),
    )


def freezers(_freeze: Any) -> Parts:
    """Study manager, medical monitor and statistician, in any order."""
    return side_by_side(
        Part("study_manager", "study manager", leads),
        Part("medical_monitor", "medical monitor", advises & ~is_unblinded),
        Part("statistician", "statistician", advises & is_unblinded),
    )


def freeze_is_not_possible(freeze: Any, actor: User | None) -> list[str]:
    """What keeps the classification from being final, as far as it exists for who signs: the statistician sees most.

    One lane after the other is told, the general one first: what is refused leaves a trace in the lane of its reasons.
    """
    waiting = {"not classified": unclassified(freeze.study, actor), "not confirmed": unconfirmed(freeze.study, actor)}
    lanes = {each.lane for found in waiting.values() for each in found}
    first = next((lane for lane in Lane if lane in lanes), Lane.GENERAL)
    reasons: list[str] = []
    for words, found in waiting.items():
        numbers = [each.number for each in found if each.lane == first]
        if numbers:
            more = f" and {len(numbers) - _SHOWN} more" if len(numbers) > _SHOWN else ""
            said = f"Deviations are {words} yet: {', '.join(numbers[:_SHOWN])}{more}."
            reasons.append(said if first == Lane.GENERAL else ClosedReason(said, first))
    if content_of(freeze.study).sha256 != freeze.content_sha256:
        reasons.append("The classification changed since this was prepared: withdraw it and prepare it anew.")
    return reasons


def is_final(deviation: Any, _actor: User | None) -> list[str]:
    """What a freeze holds is not classified any more, in whatever lane; what was found later is until an amendment."""
    holds = last_freeze(deviation.study) if deviation.importance else None
    if holds is None or deviation.classified_after_id == holds.pk:
        return []
    return [f"The classification of this study is frozen by {holds.number}: it is not changed any more (ICH E9)."]


def is_not_confirmed(deviation: Any, _actor: User | None) -> list[str]:
    """What an assessment must answer before anything is done."""
    reasons = []
    if deviation.safety and deviation.confirmed_at is None:
        reasons.append("It concerns safety: the medical monitor confirms the classification first.")
    if deviation.is_important and not deviation.breach:
        reasons.append("It is important: quality assurance answers first whether it may be a serious breach.")
    return reasons


def needs_no_question(deviation: Any, _actor: User | None) -> list[str]:
    """The question is asked about important deviations only."""
    return [] if deviation.is_important else ["Only an important deviation can be a serious breach."]


def needs_no_confirmation(deviation: Any, _actor: User | None) -> list[str]:
    """Only what concerns safety is confirmed."""
    return [] if deviation.safety else ["Its category does not concern safety."]


def is_for_quality_assurance(deviation: Any, _actor: User | None) -> list[str]:
    """An important deviation is closed by quality assurance."""
    return ["It is important: submit it to quality assurance."] if deviation.is_important else []


def without_specification(study: Any, _actor: User | None) -> list[str]:
    """Deviations are judged by what was approved before the first participant (B2 of the SOPs)."""
    if specification_of(study) is not None:
        return []
    return ["The deviation specification of this study is not approved yet: it should be before its first participant."]


SPECIFICATION = Workflow(
    "deviations.specification",
    states=SpecificationState,
    tones={_P.DRAFT: "neutral", _P.IN_APPROVAL: "progress", _P.APPROVED: "good", _P.SUPERSEDED: "neutral",
           _P.VOIDED: "neutral"},
    steps=(
        Step("submit", (_P.DRAFT,), _P.IN_APPROVAL, "Submit for approval", "submitted for approval",
             "Study manager, medical monitor and quality assurance are asked to approve.",
             allowed=owns_or_assures, kind="primary"),
        Step("approve", (_P.IN_APPROVAL,), _P.APPROVED, "Approve", "approved",
             "With the last approval deviations are judged by it; the version before is superseded.",
             allowed=approves_specification, parts=approvers, signature=Meaning.APPROVED, kind="primary"),
        Step("reject", (_P.IN_APPROVAL,), _P.DRAFT, "Send back", "sent back",
             "It becomes a draft again, and approval starts anew.",
             allowed=approves_specification, signature=Meaning.REJECTED, reason=True),
        Step("supersede", (_P.APPROVED,), _P.SUPERSEDED, "Supersede", "was superseded",
             "The version after it is approved."),
        Step("void", (_P.DRAFT, _P.IN_APPROVAL), _P.VOIDED, "Void", "voided the specification",
             "It ends without ever being used. This cannot be undone.",
             allowed=is_quality_assurance, signature=Meaning.QA_APPROVED, reason=True, kind="danger"),
    ),
)  # fmt: skip

DEVIATION = Workflow(
    "deviations.protocoldeviation",
    states=DeviationState,
    tones={_S.LOGGED: "neutral", _S.TRIAGE: "progress", _S.ASSESSMENT: "progress", _S.INVESTIGATION: "progress",
           _S.ACTION: "progress", _S.QA_REVIEW: "progress", _S.CLOSED: "good", _S.VOIDED: "neutral"},
    steps=(
        Step("take_up", (_S.LOGGED,), _S.TRIAGE, "Take up for triage", "took it up for triage",
             "Others see that somebody looks at it.", allowed=classifies),
        Step("classify", (_S.LOGGED, _S.TRIAGE), _S.ASSESSMENT, "Classify", "classified the deviation",
             "It is judged by the specification of the study. Repeats of one category at a site raise an issue.",
             allowed=classifies, blockers=is_final, kind="primary"),
        Step("reclassify", (_S.ASSESSMENT, _S.INVESTIGATION, _S.ACTION, _S.QA_REVIEW), _S.ASSESSMENT, "Classify anew",
             "classified the deviation anew", "It returns to assessment; the former judgement stays in the trail.",
             allowed=classifies, blockers=is_final, reason=True),
        Step("confirm", (_S.ASSESSMENT,), _S.ASSESSMENT, "Confirm the classification", "confirmed the classification",
             "The classification of what concerns safety stands with your signature.",
             allowed=advises, blockers=needs_no_confirmation, signature=Meaning.REVIEWED),
        Step("screen", (_S.ASSESSMENT,), _S.ASSESSMENT, "Answer the breach question",
             "answered the serious-breach question",
             "If it may be one, its clock is begun.",
             allowed=is_quality_assurance, blockers=needs_no_question, signature=Meaning.REVIEWED),
        Step("investigate", (_S.ASSESSMENT,), _S.INVESTIGATION, "Investigate", "began an investigation",
             "What happened is looked into before anything is done.", allowed=owns_or_assures),
        Step("act", (_S.ASSESSMENT, _S.INVESTIGATION), _S.ACTION, "Decide on action", "decided what is done",
             "Impact and action stand in the record.", allowed=owns_or_assures, blockers=is_not_confirmed,
             kind="primary"),
        Step("submit", (_S.ACTION,), _S.QA_REVIEW, "Submit to quality assurance", "submitted it to quality assurance",
             "Quality assurance reviews and closes it.", allowed=owns_or_assures, kind="primary"),
        Step("finish", (_S.ACTION,), _S.CLOSED, "Close as not important", "closed it as not important",
             "It ends without a review by quality assurance, unless it is drawn for its sample: then it goes there.",
             allowed=owns_or_assures, blockers=is_for_quality_assurance),
        Step("back", (_S.QA_REVIEW,), _S.ACTION, "Send back", "sent it back to the owner",
             "The owner goes on with the action.", allowed=is_quality_assurance, reason=True),
        Step("close", (_S.QA_REVIEW,), _S.CLOSED, "Close", "closed the deviation",
             "It ends. Only quality assurance reopens it, with a signature.",
             allowed=is_quality_assurance & ~owns, signature=Meaning.CLOSED, kind="primary"),
        Step("reopen", (_S.CLOSED,), _S.ASSESSMENT, "Reopen", "reopened the deviation",
             "It is assessed again; everything that was decided stays in the trail.",
             allowed=is_quality_assurance, signature=Meaning.QA_APPROVED, reason=True),
        Step("void", (_S.LOGGED, _S.TRIAGE), _S.VOIDED, "Void", "voided the record",
             "It ends because it should never have been opened. It stays in the trail; this cannot be undone.",
             allowed=is_quality_assurance, signature=Meaning.QA_APPROVED, reason=True, kind="danger"),
    ),
)  # fmt: skip

FREEZE = Workflow(
    "deviations.freeze",
    states=FreezeState,
    tones={_F.PREPARED: "progress", _F.FROZEN: "good", _F.WITHDRAWN: "neutral"},
    steps=(
        Step("freeze", (_F.PREPARED,), _F.FROZEN, "Sign the freeze", "signed the freeze",
             "With the third signature these classifications are final. This cannot be undone; what is found later is"
             " classified after it, and an amendment makes that final.",
             allowed=leads | advises, blockers=freeze_is_not_possible, parts=freezers, signature=Meaning.APPROVED,
             kind="primary"),
        Step("withdraw", (_F.PREPARED,), _F.WITHDRAWN, "Withdraw", "withdrew the freeze",
             "Nothing is frozen; another can be prepared.", allowed=classifies, reason=True),
    ),
)  # fmt: skip

SPECIFICATION_ENDS = frozenset({_P.APPROVED, _P.SUPERSEDED, _P.VOIDED})
DEVIATION_ENDS = frozenset({_S.CLOSED, _S.VOIDED})
FREEZE_ENDS = frozenset({_F.FROZEN, _F.WITHDRAWN})
