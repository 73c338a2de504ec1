"""Everything that changes comments."""

from django.core.exceptions import ValidationError
from django.utils import timezone

from cqms.access.parts import check_lane, demand_sight
from cqms.access.policies import policy
from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.models import Lane, kind_of
from cqms.audit.refusals import WrongState, refusable
from cqms.comments.models import LONGEST, Comment
from cqms.organizations.models import TrackedModel


@policy("Only who wrote a comment takes it back.")
def is_author(person: User, comment: Comment) -> bool:
    """Having written the comment."""
    return comment.author_id == person.pk


def write_comment(record: TrackedModel, text: str, *, actor: User, lane: str = Lane.GENERAL) -> Comment:
    """Say something about a record; in a closed lane only whoever may see that lane learns of it.

    Raises Denied for a record that does not exist for the actor, ValidationError for an empty text or a lane the
    actor may not see.
    """
    demand_sight(actor, record)
    check_lane(actor, record, lane)
    if not text.strip():
        raise ValidationError({"text": "Write what you want to say."})
    if len(text) > LONGEST:
        raise ValidationError({"text": f"Write at most {LONGEST:,} characters."})
    made = Comment(record_kind=kind_of(record), record_id=record.pk, text=text.strip(), author=actor, lane=lane)
    return audit.save(made, actor=actor, verb="comment", sentence="wrote a comment")


def take_back(comment: Comment, *, actor: User, reason: str) -> Comment:
    """Take a comment off the page; its words stay in the trail. Raises Denied, WrongState or ValidationError."""
    with refusable(comment, actor=actor, attempt="take back a comment"):
        row: Comment = Comment.objects.select_for_update(of=("self",)).get(pk=comment.pk)
        is_author.demand(actor, row)
        if row.taken_back_at is not None:
            raise WrongState("This comment was taken back already.")
        if not reason.strip():
            raise ValidationError({"reason": "Say why you take it back."})
        row.taken_back_at = timezone.now()
        return audit.save(row, actor=actor, verb="take back", sentence="took a comment back", reason=reason)
