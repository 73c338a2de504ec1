"""Who shares views of lists, and who tidies them up."""

from cqms.access.policies import Policy, policy
from cqms.access.reach import reach_of
from cqms.accounts.models import User
from cqms.lists.models import SavedView
from cqms.organizations.capabilities import Capability


def _works_everywhere(person: User, _record: object = None) -> bool:
    """A view can name studies and people, so it is shared among those who work for the whole organization."""
    return bool(reach_of(person).everywhere)


may_share = Policy(
    _works_everywhere,
    "Views are shared among people who hold a role in the whole organization.",
    "Whoever holds a role in the whole organization must not do this.",
)


@policy("Only who saved this view, or an administrator if it is shared, changes it.")
def may_change_view(person: User, view: SavedView) -> bool:
    """One's own view, or a shared one for who administers the organization."""
    return view.owner_id == person.pk or (view.is_shared and reach_of(person).has(Capability.ADMINISTER))
