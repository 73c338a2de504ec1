"""Whom a version waits for, and which versions wait for a person."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from cqms.access.reach import people_with, reach_of
from cqms.accounts.models import User
from cqms.organizations.capabilities import Capability
from cqms.workflow.parts import Part, done_parts, open_parts, parts_done_of, with_done_parts
from documents.models import IN_WORK, Capacity, Participant, Version, VersionState
from documents.selectors import versions_for, with_participants
from documents.workflow import VERSION, approvers, named_reviewers
from studies.models import STUDY


@dataclass(frozen=True)
class Awaited:
    """A step of a version that this person can take now and that nobody else can take for them."""

    version: Version
    step: str
    label: str


def awaited_parts(version: Version) -> list[Part]:
    """The parts of review or approval that can be done now."""
    if version.state == VersionState.IN_REVIEW:
        return open_parts(named_reviewers(version), done_parts(version, "review"))
    if version.state == VersionState.IN_APPROVAL:
        return open_parts(approvers(version), done_parts(version, "approve"))
    return []


def awaited_people(version: Version) -> list[User]:
    """Everybody who could do one of the open parts, each once."""
    found: dict[int, User] = {}
    for part in awaited_parts(version):
        for person in _candidates(version, part):
            if part.allowed(person, version):
                found[person.pk] = person
    return list(found.values())


def awaiting(person: User) -> list[Awaited]:
    """What waits for this person among the versions they may see."""
    waiting = versions_for(person).filter(state__in=IN_WORK).filter(_concerns(person))
    rows = with_participants(waiting.order_by("pk"))
    return [found for version in with_done_parts(rows) for found in _steps_for(version, person)]


def _concerns(person: User) -> Q:
    """Which versions can wait for the person at all: the question whose turn it is is asked of these alone.

    Quality assurance approves last, so nothing waits for it where no part is done yet.
    """
    reach = reach_of(person)
    named = Participant.objects.filter(version=OuterRef("pk"), person=person, withdrawn_at__isnull=True)
    drafts = Q(state=VersionState.DRAFT, author=person)
    reviews = Q(Exists(named.filter(capacity=Capacity.REVIEWER)), state=VersionState.IN_REVIEW)
    mine = Q(document__owner=person) | Q(Exists(named.filter(capacity=Capacity.FUNCTION_LEAD)))
    mine |= Q(document__study__in=reach.ids(Capability.LEAD, STUDY))
    if Capability.LEAD in reach.everywhere:
        mine |= Q(document__study__isnull=False)
    if reach.anywhere(Capability.ASSURE):
        mine |= Q(Exists(parts_done_of(Version, "approve")))
    found = drafts | reviews | (Q(state=VersionState.IN_APPROVAL) & mine)
    if reach.anywhere(Capability.CONTROL):
        found |= Q(state=VersionState.APPROVED, effective_on__isnull=True)
    return found


def _steps_for(version: Version, person: User) -> Iterator[Awaited]:
    if version.state == VersionState.APPROVED and version.effective_on is not None:
        return
    for option in VERSION.available(version, person):
        if option.possible and option.step.kind == "primary":
            yield Awaited(version, option.step.key, option.step.label)


def _candidates(version: Version, part: Part) -> list[User]:
    kind, _, person_id = part.key.partition(":")
    if kind in (Capacity.REVIEWER, Capacity.FUNCTION_LEAD):
        return list(User.objects.filter(pk=person_id))
    if kind == "process_owner":
        return [version.document.owner]
    return people_with(Capability.LEAD if kind == "study_manager" else Capability.ASSURE, version)
