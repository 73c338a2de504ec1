"""Who may report that something went wrong: everybody who reads here, except who inspects."""

from typing import Any

from cqms.access.policies import may, may_somewhere, policy
from cqms.access.reach import reach_of
from cqms.accounts.models import User
from cqms.organizations.capabilities import Capability


@policy("Who inspects reads, and reports nothing here.")
def does_not_inspect(person: User, _record: Any) -> bool:
    """Not being an inspector of an authority."""
    return not reach_of(person).is_inspector


may_tell = may(Capability.READ) & does_not_inspect
may_tell_somewhere = may_somewhere(Capability.READ) & does_not_inspect
