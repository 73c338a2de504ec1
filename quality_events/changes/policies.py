"""Who may do what with changes, besides what holds for every event."""

from typing import Any

from cqms.access.policies import is_owner, policy
from cqms.access.reach import stands_for
from cqms.accounts.models import User
from quality_events.changes.models import ChangeTask
from quality_events.duties import REQUESTER_OF_CHANGE
from quality_events.policies import owns_or_assures


@policy("Only who requested this change may do this.", REQUESTER_OF_CHANGE.sentence)
def requested(person: User, change: Any) -> bool:
    """Having asked for the change."""
    return bool(change.reporter_id == person.pk)


@policy("Only who answers for what is changed may release it.")
def answers_for_changed(person: User, change: Any) -> bool:
    """Owning the system, process or plan that is changed, or standing in for who does while they are away."""
    return change.system_owner_id is not None and stands_for(person, change.system_owner_id)


@policy("Only a change that was requested as an emergency is implemented before it is approved.")
def is_emergency(_person: User, change: Any) -> bool:
    """Being a change that cannot wait for its approval."""
    return bool(change.emergency)


@policy("Only who owns this task, the owner of the change or quality assurance may do this.")
def may_complete(person: User, task: ChangeTask) -> bool:
    """Being the one who acts, or answering for the change."""
    return stands_for(person, task.owner_id) or owns_or_assures(person, task.change)


@policy("Only the owner of the change or quality assurance may withdraw what was asked.")
def asks(person: User, assessment: Any) -> bool:
    """Answering for the change in which the function was asked."""
    return owns_or_assures(person, assessment.change)


assesses = is_owner
