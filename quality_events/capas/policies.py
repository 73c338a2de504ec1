"""Who may do what with CAPAs, besides what holds for every event."""

from typing import Any

from cqms.access.policies import policy
from cqms.access.reach import stands_for
from cqms.access.segregation import EXTENSION_BY_TWO
from cqms.accounts.models import User
from cqms.organizations.models import Membership
from quality_events.capas.models import Action, Capa, ExtensionRequest
from quality_events.policies import is_quality_assurance, is_quality_head, owns_or_assures

MANAGEMENT_REVIEW = "capas.management_review"
"""By which the settings say after how many extensions a CAPA goes to the management review."""


def granted_extensions(capa: Capa) -> int:
    """How often more time was granted."""
    return ExtensionRequest.objects.filter(capa=capa, granted=True).count()


def manager_of(person: User) -> User | None:
    """Who leads a person here; None where nobody is named."""
    found = Membership.objects.filter(user=person).select_related("manager").first()
    return found.manager if found else None


@policy("Only the manager of the owner approves the plan.", "The manager of the owner must not do this.")
def manages_owner(person: User, record: Any) -> bool:
    """Leading the person who answers for the CAPA, or standing in for who does while they are away."""
    manager = manager_of(record.owner)
    return manager is not None and stands_for(person, manager.pk)


@policy("Only who owns this action, the owner of the CAPA or quality assurance may do this.")
def may_complete(person: User, action: Action) -> bool:
    """Being the one who acts, or answering for the CAPA."""
    return stands_for(person, action.owner_id) or owns_or_assures(person, action.capa)


@policy("The first extension is decided by quality assurance, each later one by the head of quality.")
def decides_extensions(person: User, request: ExtensionRequest) -> bool:
    """Deciding for quality, at the level that the number of extensions calls for."""
    decides = is_quality_head if granted_extensions(request.capa) else is_quality_assurance
    return decides(person, request.capa)


@policy("Only who asked for more time may do this.", EXTENSION_BY_TWO.sentence)
def asked_for_more_time(person: User, request: ExtensionRequest) -> bool:
    """Having asked for the extension."""
    return request.asked_by_id == person.pk


may_decide_extension = decides_extensions & ~asked_for_more_time
