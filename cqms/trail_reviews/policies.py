"""Who may plan, do and sign a review of the trail."""

from typing import Any

from cqms.access.policies import may, may_somewhere, policy
from cqms.access.reach import stands_for
from cqms.accounts.models import User
from cqms.organizations.capabilities import Capability

may_see_reviews = may_somewhere(Capability.READ)
may_read_entries = may(Capability.INSPECT)
may_plan = may(Capability.INSPECT) & may(Capability.REVIEW)
may_plan_somewhere = may_somewhere(Capability.INSPECT) & may_somewhere(Capability.REVIEW)


@policy("Only the person named as reviewer may do this.", "The reviewer must not do this.")
def is_reviewer(person: User, review: Any) -> bool:
    """Being named to do the review."""
    return bool(review.owner_id == person.pk)


@policy("Only the person whom this comment concerns answers it, or who stands in for them and did not ask it.")
def is_concerned(person: User, comment: Any) -> bool:
    """Being asked by a comment, or standing in for who is while they are away: not for who asked, who would answer."""
    if comment.concerns_id == person.pk:
        return True
    return stands_for(person, comment.concerns_id) and comment.author_id != person.pk


may_review = is_reviewer & may_plan
