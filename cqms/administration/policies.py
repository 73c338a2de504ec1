"""Who may decide about people, rights and settings."""

from typing import Any

from cqms.access.policies import may, policy
from cqms.access.reach import reach_of
from cqms.access.segregation import PROPOSER_DOES_NOT_APPROVE
from cqms.accounts.models import User
from cqms.organizations.capabilities import Capability
from cqms.portal.policies import may_administer, may_inspect

assures = may(Capability.ASSURE)
may_see_settings = may_administer | assures | may_inspect
may_propose_settings = may_administer | assures


@policy(
    "Only who proposed this version may do this.",
    PROPOSER_DOES_NOT_APPROVE.sentence,
)
def is_proposer(person: User, version: Any) -> bool:
    """Having proposed the version."""
    return bool(version.proposed_by_id == person.pk)


may_approve_settings = assures & ~is_proposer
may_decline_settings = assures | is_proposer
may_decide_about_roles = may_administer | may(Capability.HEAD)
may_see_administration = may_see_settings | may_decide_about_roles


@policy("A guest asks the person who invited them.")
def is_no_guest(person: User, _record: Any) -> bool:
    """Belonging to the organization, not only to one study or audit of it."""
    return not reach_of(person).is_guest
