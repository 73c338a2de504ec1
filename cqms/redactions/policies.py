"""Who may ask for a redaction, and who may approve one."""

from typing import Any

from cqms.access.policies import may, may_somewhere, policy
from cqms.access.segregation import REDACTION_BY_TWO
from cqms.accounts.models import User
from cqms.organizations.capabilities import Capability

may_see_redactions = may_somewhere(Capability.READ)
may_ask = may(Capability.CONTRIBUTE) | may(Capability.ASSURE)
may_decide = may(Capability.ASSURE)


@policy("Only who asked for the redaction may do this.", REDACTION_BY_TWO.sentence)
def is_asker(person: User, redaction: Any) -> bool:
    """Having asked for the redaction."""
    return bool(redaction.owner_id == person.pk)


may_approve = may_decide & ~is_asker
may_read_words = is_asker | may_decide
