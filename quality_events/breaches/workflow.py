"""The life of a serious breach (EU 536/2014 Article 52, UK regulation 29A; B4 of the SOPs)."""

from typing import Any

from cqms.accounts.models import User
from cqms.signatures.models import Meaning
from cqms.workflow.engine import Step, Workflow
from cqms.workflow.parts import Part, Parts, done_parts, side_by_side
from quality_events.breaches.assessment import judge
from quality_events.breaches.models import BreachState, Investigation, SentKind, SeriousBreach
from quality_events.breaches.policies import decides_on_medicine
from quality_events.policies import is_quality_assurance, is_quality_head, owns, owns_or_assures

_S = BreachState
_SENT = (_S.NOTIFIED, _S.FOLLOW_UP)
DECISIONS = ("confirm", "dismiss")
NEEDED_TO_NOTIFY = {
    "investigation": "how far the investigation is", "trial_title": "the title of the trial",
    "trial_number": "the trial number", "commercial": "whether the trial is commercial",
    "in_procedure": "whether a regulatory procedure uses its data", "other_trials": "whether other trials are affected",
    "site_contact": "the site and its contact", "most_affected": "the member state most affected",
    "requirement": "the requirement breached", "impact_participants": "the impact on participants",
    "impact_data": "the impact on the data", "actions_taken": "the actions", "parties": "the parties involved",
}  # fmt: skip
"""The fields without which an authority takes no notification, as they are named when one is missing."""


def quality_and_medicine(_breach: SeriousBreach) -> Parts:
    """Who signs the assessment: quality assurance and a physician, in any order."""
    return side_by_side(
        Part("quality", "quality assurance", is_quality_assurance), Part("medical", "medical", decides_on_medicine)
    )


def is_being_signed(breach: SeriousBreach) -> bool:
    """Whether somebody has signed the assessment and somebody else has not yet."""
    return breach.state == _S.ASSESSING and any(done_parts(breach, key) for key in DECISIONS)


def _signed_by_one(breach: SeriousBreach, _actor: User | None) -> list[str]:
    return (
        ["One person has signed the assessment already. Take it back to change it."] if is_being_signed(breach) else []
    )


def _cannot_confirm(breach: SeriousBreach, _actor: User | None) -> list[str]:
    judged = judge(breach.answers())
    if done_parts(breach, "dismiss"):
        return ["Somebody has signed that it is not serious. Take the assessment back first."]
    return [] if judged.may_confirm else [f"{judged.outcome}: {judged.why}"]


def _cannot_dismiss(breach: SeriousBreach, _actor: User | None) -> list[str]:
    judged = judge(breach.answers())
    if done_parts(breach, "confirm"):
        return ["Somebody has signed that it is serious. Take the assessment back first."]
    return [] if judged.may_dismiss else [f"{judged.outcome}: {judged.why}"]


def owes_follow_up(breach: Any) -> bool:
    """Whether the investigation goes on, and nobody said until when."""
    return breach.investigation == Investigation.ONGOING and breach.next_follow_up_on is None


def missing_to_notify(breach: Any, _actor: User | None = None) -> list[str]:
    """What the sheet lacks, in one sentence."""
    missing = [words for name, words in NEEDED_TO_NOTIFY.items() if not getattr(breach, name).strip()]
    if owes_follow_up(breach):
        missing.append("the date of the next follow-up, while the investigation goes on")
    return [f"The sheet lacks {', '.join(missing)}."] if missing else []


def is_reported(breach: SeriousBreach) -> bool:
    """Whether the final report is what was sent last: nothing but answers follows it."""
    last = breach.sent.order_by("-version").first()
    return last is not None and last.kind == SentKind.FINAL


def _after_answers(breach: SeriousBreach) -> str:
    return _S.FINAL if is_reported(breach) else _S.FOLLOW_UP


def _not_reported(breach: SeriousBreach, _actor: User | None) -> list[str]:
    return [] if is_reported(breach) else ["The final report was not sent yet."]


SERIOUS_BREACH = Workflow(
    "breaches.seriousbreach",
    states=BreachState,
    tones={
        _S.SUSPECTED: "warn", _S.ASSESSING: "warn", _S.CONFIRMED: "bad", _S.DRAFTED: "bad", _S.NOTIFIED: "progress",
        _S.FOLLOW_UP: "progress", _S.FINAL: "progress", _S.QUESTIONS: "warn", _S.CAPA_LINKED: "progress",
        _S.CLOSED: "good", _S.NOT_SERIOUS: "neutral", _S.VOIDED: "neutral",
    },
    steps=(
        Step("assess", (_S.SUSPECTED,), _S.ASSESSING, "Assess", "answered the questions of the assessment",
             "The answers lead to an outcome that says why. Quality assurance and a physician sign it.",
             allowed=owns_or_assures, kind="primary"),
        Step("answer", (_S.ASSESSING,), _S.ASSESSING, "Answer again", "changed the answers of the assessment",
             "The outcome is judged anew.", allowed=owns_or_assures, blockers=_signed_by_one),
        Step("confirm", (_S.ASSESSING,), _S.CONFIRMED, "Confirm as serious", "confirmed the serious breach",
             "With both signatures it is confirmed, and the notification is drafted at once. The clock goes on.",
             allowed=is_quality_assurance | decides_on_medicine, blockers=_cannot_confirm, parts=quality_and_medicine,
             signature=Meaning.APPROVED, kind="primary"),
        Step("dismiss", (_S.ASSESSING,), _S.NOT_SERIOUS, "Not serious", "found that it is not a serious breach",
             "With both signatures the clock stops. Quality assurance can reopen it.",
             allowed=is_quality_assurance | decides_on_medicine, blockers=_cannot_dismiss, parts=quality_and_medicine,
             signature=Meaning.APPROVED, reason=True),
        Step("take_back", (_S.ASSESSING,), _S.SUSPECTED, "Take back the assessment", "took back the assessment",
             "What one person signed does not count any more; the questions are answered anew.",
             allowed=owns_or_assures, reason=True),
        Step("start_later", (_S.ASSESSING,), _S.ASSESSING, "Start the clock later", "let the clock start later",
             "The law counts from the earliest reasonable awareness. Your signature stands for another start.",
             allowed=is_quality_head, blockers=_signed_by_one, signature=Meaning.APPROVED),
        Step("draft", (_S.CONFIRMED,), _S.DRAFTED, "Draft the notification", "drafted the notification",
             "The sheet holds the fields in the order in which the authority asks for them.",
             allowed=owns_or_assures, kind="primary"),
        Step("redraft", (_S.DRAFTED,), _S.DRAFTED, "Change the notification", "changed the drafted notification",
             "The sheet is filled in anew.", allowed=owns_or_assures),
        Step("notify", (_S.DRAFTED,), _S.NOTIFIED, "Note that it was sent", "notified the authority",
             "What was sent is kept as it is, with its hash. The clock stops. Sent late, an event about it is opened.",
             allowed=is_quality_head, blockers=missing_to_notify, signature=Meaning.AUTHORISED, kind="primary"),
        Step("follow_up", _SENT, _S.FOLLOW_UP, "Note a follow-up", "sent a follow-up",
             "What was sent is kept as a further version.",
             allowed=is_quality_head, blockers=missing_to_notify, signature=Meaning.AUTHORISED),
        Step("finish", _SENT, _S.FINAL, "Note the final report", "sent the final report",
             "What was sent is kept as the last version. No follow-up is due after it.",
             allowed=is_quality_head, blockers=missing_to_notify, signature=Meaning.AUTHORISED, kind="primary"),
        Step("question", (_S.NOTIFIED, _S.FOLLOW_UP, _S.FINAL), _S.QUESTIONS, "Questions came",
             "wrote down questions of the authority", "They stand in the record until they are answered.",
             allowed=owns_or_assures),
        Step("reply", (_S.QUESTIONS,), _S.FINAL, "Note the answers", "wrote down the answers to the authority",
             "Further questions can come. Before the final report, follow-ups go on.", allowed=owns_or_assures,
             leads=_after_answers, kind="primary"),
        Step("link_capa", (_S.FINAL,), _S.CAPA_LINKED, "Link the CAPA", "linked the CAPA",
             "The breach can be closed; the CAPA goes on by itself.",
             allowed=owns_or_assures, blockers=_not_reported),
        Step("close", (_S.CAPA_LINKED,), _S.CLOSED, "Close", "closed the serious breach",
             "It ends. Only quality assurance reopens it, with a signature.",
             allowed=is_quality_assurance & ~owns, signature=Meaning.CLOSED, kind="primary"),
        Step("reopen", (_S.CLOSED, _S.NOT_SERIOUS), _S.ASSESSING, "Reopen", "reopened the serious breach",
             "It is assessed anew, and the clock runs as if it had never stopped.",
             allowed=is_quality_assurance, signature=Meaning.QA_APPROVED, reason=True),
        Step("void", (_S.SUSPECTED,), _S.VOIDED, "Void", "voided the record",
             "It ends because it should never have been opened. It stays in the trail; this cannot be undone.",
             allowed=is_quality_assurance, signature=Meaning.QA_APPROVED, reason=True, kind="danger"),
    ),
)  # fmt: skip
ENDS = frozenset({_S.CLOSED, _S.NOT_SERIOUS, _S.VOIDED})
