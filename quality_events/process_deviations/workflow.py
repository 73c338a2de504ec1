"""The life of a process deviation, and of one that is asked for before it begins (B2 of the SOPs)."""

from typing import Any

from cqms.accounts.models import User
from cqms.organizations.scope import today
from cqms.signatures.models import Meaning
from cqms.workflow.engine import Step, Workflow
from quality_events.models import Severity
from quality_events.policies import is_quality_assurance, owns, owns_or_assures, takes_part
from quality_events.process_deviations.models import ProcessDeviationState
from quality_events.process_deviations.policies import asked_for_it

_S = ProcessDeviationState
_NEW = (_S.LOGGED, _S.TRIAGE)


def begun_already(record: Any, _actor: User | None) -> list[str]:
    """Approval comes before the first day, never after it (ICH E6(R3) 3.12)."""
    if record.valid_from is None or record.valid_from >= today():
        return []
    return ["Its first day has passed, and nothing is approved afterwards: change the days, or log what happened."]


def graded_higher(record: Any, _actor: User | None) -> list[str]:
    """The owner alone closes what is minor."""
    return (
        [] if record.severity == Severity.MINOR else ["It is not minor: quality assurance closes it, with a signature."]
    )


PROCESS_DEVIATION = Workflow(
    "process_deviations.processdeviation",
    states=ProcessDeviationState,
    tones={
        _S.LOGGED: "neutral", _S.TRIAGE: "progress", _S.ASSESSMENT: "progress", _S.INVESTIGATION: "progress",
        _S.ACTION: "progress", _S.QA_REVIEW: "progress", _S.CLOSED: "good", _S.NOT_A_DEVIATION: "neutral",
        _S.REQUESTED: "neutral", _S.APPROVED: "warn", _S.ENDED: "good", _S.REFUSED: "bad", _S.WITHDRAWN: "neutral",
        _S.VOIDED: "neutral",
    },
    steps=(
        Step("take_up", (_S.LOGGED,), _S.TRIAGE, "Take up for triage", "took it up for triage",
             "Others see that somebody looks at it.", allowed=is_quality_assurance),
        Step("classify", (*_NEW, _S.ASSESSMENT), _S.ASSESSMENT, "Classify", "classified it",
             "Its owner is asked to assess it and to decide what is done.", allowed=is_quality_assurance,
             kind="primary"),
        Step("reject", _NEW, _S.NOT_A_DEVIATION, "Not a deviation", "found that it is not a deviation",
             "The reporter is told why. It can be reopened.", allowed=is_quality_assurance, reason=True),
        Step("investigate", (_S.ASSESSMENT,), _S.INVESTIGATION, "Investigate", "began an investigation",
             "The cause is looked for before anything is decided.", allowed=owns_or_assures),
        Step("act", (_S.ASSESSMENT, _S.INVESTIGATION), _S.ACTION, "Decide on action", "decided what is done",
             "A CAPA is opened where one is decided.", allowed=owns_or_assures, kind="primary"),
        Step("close_minor", (_S.ACTION,), _S.CLOSED, "Close as minor", "closed the minor deviation",
             "The deviation ends. Only quality assurance reopens it, with a signature.",
             allowed=owns, blockers=graded_higher),
        Step("submit", (_S.ACTION,), _S.QA_REVIEW, "Hand in for review", "handed it in for review",
             "Quality assurance is asked to close it.", allowed=owns_or_assures, kind="primary"),
        Step("back", (_S.QA_REVIEW,), _S.ACTION, "Not yet", "asked for more",
             "Its owner is asked to go on.", allowed=is_quality_assurance, reason=True),
        Step("close", (_S.QA_REVIEW,), _S.CLOSED, "Close", "closed the deviation",
             "The deviation ends. Only quality assurance reopens it, with a signature.",
             allowed=is_quality_assurance & ~owns, signature=Meaning.CLOSED, kind="primary"),
        Step("reopen", (_S.CLOSED, _S.NOT_A_DEVIATION), _S.TRIAGE, "Reopen", "reopened the deviation",
             "It begins again with triage; everything that was decided stays in the trail.",
             allowed=is_quality_assurance, signature=Meaning.QA_APPROVED, reason=True),
        Step("approve", (_S.REQUESTED,), _S.APPROVED, "Approve", "approved the planned deviation",
             "From its first day to its last the procedure is departed from as it is written here.",
             allowed=is_quality_assurance & ~owns & ~asked_for_it, signature=Meaning.QA_APPROVED,
             blockers=begun_already, kind="primary"),
        Step("refuse", (_S.REQUESTED,), _S.REFUSED, "Refuse", "refused the planned deviation",
             "The procedure is followed. Who asked is told why.", allowed=is_quality_assurance, reason=True),
        Step("withdraw", (_S.REQUESTED,), _S.WITHDRAWN, "Withdraw", "withdrew the request",
             "The procedure is followed; nothing was departed from.", allowed=takes_part, reason=True),
        Step("end", (_S.APPROVED,), _S.ENDED, "End", "ended the planned deviation",
             "From now on the procedure is followed again.", allowed=owns_or_assures, kind="primary"),
        Step("void", (*_NEW, _S.ASSESSMENT, _S.REQUESTED), _S.VOIDED, "Void", "voided the record",
             "It ends because it should never have been opened. It stays in the trail; this cannot be undone.",
             allowed=is_quality_assurance, signature=Meaning.QA_APPROVED, reason=True, kind="danger"),
    ),
)  # fmt: skip
ENDS = frozenset({
    _S.CLOSED, _S.NOT_A_DEVIATION, _S.ENDED, _S.REFUSED, _S.WITHDRAWN, _S.VOIDED,
})  # fmt: skip
