"""Who may do what with documents. Pure predicates; the sentences are read on screen."""

from typing import Any

from cqms.access.policies import Policy, is_owner, may, may_somewhere, policy
from cqms.access.reach import reach_of, stands_for
from cqms.access.segregation import AUTHOR_DOES_NOT_APPROVE
from cqms.accounts.models import User
from cqms.organizations.capabilities import Capability
from documents.models import KNOWN_PARTICIPANTS, Capacity, Participant

may_read = may(Capability.READ)
may_read_somewhere = may_somewhere(Capability.READ)
may_draft = may(Capability.CONTRIBUTE)
may_draft_somewhere = may_somewhere(Capability.CONTRIBUTE)
may_say = may(Capability.CONTRIBUTE) | may(Capability.REVIEW)
may_control = may(Capability.CONTROL)
is_quality_assurance = may(Capability.ASSURE)
owns_the_process = is_owner


@policy("Only who leads the study of this document may do this.")
def leads_the_study(person: User, record: Any) -> bool:
    """Leading the study the document belongs to; nobody leads a study of a document without one."""
    return bool(record.anchors()) and may(Capability.LEAD)(person, record)


@policy(
    "Only the author of this version may do this.",
    AUTHOR_DOES_NOT_APPROVE.sentence,
)
def is_author(person: User, version: Any) -> bool:
    """Having written the version."""
    return version.author_id == person.pk


def is_named(capacity: Capacity) -> Policy:
    """Being named by the author in this capacity."""
    return Policy(
        lambda person, version: is_participant(person, version, capacity),
        f"Only a {capacity.label.lower()} named for this version may do this.",
    )


def is_person(user_id: int, label: str) -> Policy:
    """Being exactly this person; makes one part out of each named participant."""
    return Policy(lambda person, _version: stands_for(person, user_id), f"This part is for {label}.")


def is_participant(person: User, version: Any, capacity: Capacity) -> bool:
    """Whether the person is named in this capacity and not withdrawn."""
    people = {person.pk, *reach_of(person).stands_for}
    known = getattr(version, KNOWN_PARTICIPANTS, None)
    if known is not None:
        return any(each.person_id in people for each in known if each.capacity == capacity)
    named = Participant.objects.filter(version=version, person__in=people, capacity=capacity, withdrawn_at=None)
    return named.exists()


may_edit = is_author & may_draft
may_change_document = may_control | owns_the_process
