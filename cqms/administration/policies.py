"""Who may decide about people, rights and settings."""

from typing import Any

from cqms.access.policies import may, policy
from cqms.accounts.models import User
from cqms.organizations.capabilities import Capability
from cqms.portal.policies import may_administer, may_inspect

assures = may(Capability.ASSURE)
may_see_settings = may_administer | assures | may_inspect
may_propose_settings = may_administer | assures


@policy(
    "Only who proposed this version may do this.",
    "Who proposed a version of the settings does not approve it (segregation of duties).",
)
def is_proposer(person: User, version: Any) -> bool:
    """Having proposed the version."""
    return bool(version.proposed_by_id == person.pk)


may_approve_settings = assures & ~is_proposer
may_decline_settings = assures | is_proposer
may_see_administration = may_see_settings
