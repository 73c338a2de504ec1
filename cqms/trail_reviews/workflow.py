"""The life of a review of the audit trail (EMA 6.2.2, ICH E6(R3) 4.2.3)."""

from typing import Any

from cqms.access.anchors import who_answers_for
from cqms.access.segregation import AUDITOR_NOT_IN_OWN_LINE, is_in_own_line
from cqms.accounts.models import User
from cqms.signatures.models import Meaning
from cqms.trail_reviews.models import ReviewState
from cqms.trail_reviews.policies import may_plan, may_review
from cqms.trail_reviews.selectors import share_of
from cqms.workflow.engine import Step, Workflow

MOST_ENTRIES = 20_000
_S = ReviewState


def not_independent(review: Any, actor: User | None) -> list[str]:
    """Who wrote most of the entries does not review them."""
    mine, total = share_of(actor, review) if actor else (0, 0)
    if total > MOST_ENTRIES:
        return [f"The period holds {total:,} entries, more than {MOST_ENTRIES:,}: plan shorter periods or fewer kinds."]
    if mine * 2 > total:
        return [f"You wrote {mine} of the {total} entries: somebody independent must review them."]
    return []


def in_own_line(review: Any) -> list[str]:
    """Why the reviewer of a review is too near to who answers for its place."""
    answers = who_answers_for(review.place_kind, review.place_id)
    near = answers is not None and is_in_own_line(review.owner, answers)
    return [AUDITOR_NOT_IN_OWN_LINE.sentence] if near else []


def not_ready(review: Any, actor: User | None) -> list[str]:
    """What keeps a review from being signed."""
    missing = not_independent(review, actor)
    waits = review.comments.filter(concerns__isnull=False, answered_at__isnull=True).count()
    if waits:
        missing.append(f"{waits} {'comment waits' if waits == 1 else 'comments wait'} for an answer.")
    return missing


TRAIL_REVIEW = Workflow(
    "trail_reviews.trailreview",
    states=ReviewState,
    tones={_S.PLANNED: "neutral", _S.RUNNING: "progress", _S.REVIEWED: "good", _S.CANCELLED: "neutral"},
    steps=(
        Step(
            "start", (_S.PLANNED,), _S.RUNNING, "Begin the review", "began the review of the trail",
            "The query is frozen: the entries are counted, and what is worth a look is flagged.",
            allowed=may_review, blockers=not_independent, kind="primary",
        ),
        Step(
            "sign", (_S.RUNNING,), _S.REVIEWED, "Sign the review", "reviewed the trail",
            "The review is finished and cannot be changed. The next one follows as often as planned.",
            allowed=may_review, blockers=not_ready, signature=Meaning.REVIEWED, kind="primary",
        ),
        Step(
            "cancel", (_S.PLANNED, _S.RUNNING), _S.CANCELLED, "Cancel the review", "cancelled the review of the trail",
            "The review is not done and no other follows it. This cannot be undone.",
            allowed=may_plan, reason=True, kind="danger",
        ),
    ),
)  # fmt: skip
