"""Whether a person may sign here at all: who they are was established, and they were trained on the portal.

Asked for the button, for the API's `allowed_steps`, and once more by `sign` itself.
"""

from cqms.access.reach import WAITS, people_with, reach_of
from cqms.accounts.models import User
from cqms.configuration.selectors import current_settings
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope_cache

_NAMED = 3


def objections(person: User) -> list[str]:
    """What is missing before this person signs in the open organization, in sentences; no query where none is asked."""
    waits = [WAITS] if reach_of(person).waits_for_introduction else []
    return [*waits, *_unproven(person)]


def _unproven(person: User) -> list[str]:
    if not current_settings().needs_identity_proof:
        return []
    cache, key = scope_cache(), ("unproven", person.pk)
    if key not in cache:
        proven = Membership.objects.filter(user=person).exclude(identity_proof="").exists()
        cache[key] = [] if proven else [_sentence(person)]
    found: list[str] = cache[key]
    return found


def _sentence(person: User) -> str:
    names = [each.name for each in people_with(Capability.ADMINISTER) if each.pk != person.pk][:_NAMED]
    cure = f"{' or '.join(names)} can do it" if names else "a second administrator has to do it"
    return (
        "Nobody signs here before it was established who they are (21 CFR 11.100(b)), and for you this is not written "
        f"down yet: {cure}, on your page under Members."
    )
