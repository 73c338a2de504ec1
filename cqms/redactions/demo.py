"""Redactions in the demo world: one carried out, one that waits for approval, by calling services."""

from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.organizations.models import Organization
from cqms.organizations.scope import scope
from cqms.portal.demo import PASSWORD, register
from cqms.redactions import services
from cqms.signatures.services import Credentials
from cqms.trail_reviews.models import ReviewState, TrailReview

People = dict[str, User]
_SLIPS = ("Maria Muster, born 1961", "Max Muster, room 12")


def build(organization: Organization, people: People) -> None:
    """Two names that somebody typed into why a planned review of the trail is critical, and took out again."""
    with scope(organization):
        review = TrailReview.objects.filter(state=ReviewState.PLANNED).earliest("pk")
        for number, slip in enumerate(_SLIPS):
            redaction = _ask(_slip(review, slip, people), slip, people)
            if number == 0:
                services.approve(redaction, actor=people["qa"], credentials=_proof(people["qa"]))


def _slip(review: TrailReview, slip: str, people: People) -> TrailReview:
    """Typed in, and corrected: the history keeps both."""
    review = TrailReview.objects.get(pk=review.pk)
    before = review.why_critical
    for text, reason in ((f"{before} Reported by {slip}.", "Source added."), (before, "No names belong here.")):
        review.why_critical = text
        review = audit.save(review, actor=people["quality_head"], reason=reason)
    return review


def _ask(review: TrailReview, slip: str, people: People) -> services.Redaction:
    wish = services.Wish(
        record=review, words=[slip], what="name of a participant", approver=people["qa"],
        why="It was typed in by mistake; nobody here needs to know who reported it.",
    )  # fmt: skip
    prepared = services.prepare(wish, actor=people["quality_head"])
    return services.ask(prepared, actor=people["quality_head"], credentials=_proof(people["quality_head"]))


def _proof(person: User) -> Credentials:
    return Credentials(password=PASSWORD, email=person.email, accepts_binding=True)


register(45, build)
