"""What a leaver has in hand in documents: versions they write, and versions for which they are named."""

from collections.abc import Sequence
from typing import cast

from django.core.exceptions import ValidationError

from cqms.accounts.models import User
from cqms.deadlines import services as deadlines
from cqms.deadlines.selectors import open_deadlines_about
from cqms.organizations.models import TrackedModel
from cqms.portal import handover
from documents.awaiting import awaited_people
from documents.models import IN_WORK, Capacity, Participant, Version, VersionState
from documents.services import name_instead
from documents.steps import ask_to_review

_STEP = {Capacity.REVIEWER: "review", Capacity.FUNCTION_LEAD: "approve"}


def register() -> None:
    """Let leavers hand both over."""
    handover.register(
        handover.Kind("versions", "Versions they write", written_by, write_on, ("documents.version.author",))
    )
    handover.register(
        handover.Kind("named", "Versions they are named for", named_for, name_heir, ("documents.participant.person",))
    )


def written_by(person: User) -> Sequence[TrackedModel]:
    """Drafts of a person. What its author signed already stays theirs: it goes on without them."""
    rows = Version.objects.filter(author=person, state=VersionState.DRAFT)
    return list(rows.select_related("document__study", "document__owner"))


def write_on(record: TrackedModel, heir: User, actor: User, reason: str) -> object:
    """Let somebody else be the author of a draft. Raises ValidationError for who reviews or approves it."""
    version = cast("Version", record)
    named = version.participants.filter(person=heir, withdrawn_at__isnull=True).exists()
    if named or heir.pk == version.document.owner_id:
        raise ValidationError(f"{heir} reviews or approves it: the author does neither.")
    return handover.set_owner("author", "handed the draft over")(version, heir, actor, reason)


def named_for(person: User) -> Sequence[TrackedModel]:
    """For which versions in work a person is named and has not done their part."""
    rows = Participant.objects.filter(person=person, withdrawn_at__isnull=True, version__state__in=IN_WORK)
    found = rows.select_related("version__document__study", "person", "organization")
    return [each for each in found if each.version.state == VersionState.DRAFT or person in _awaited(each)]


def name_heir(record: TrackedModel, heir: User, actor: User, reason: str) -> object:
    """Name somebody else, who is asked at once where it is their turn. Raises ValidationError for who may not."""
    participant = cast("Participant", record)
    version, is_their_turn = participant.version, participant.person in _awaited(participant)
    made = name_instead(participant, heir, actor=actor, reason=reason)
    for deadline in open_deadlines_about(version):
        if deadline.kind == f"{_STEP[Capacity(participant.capacity)]}:{participant.person_id}":
            deadlines.hand_over(deadline, to=heir, actor=actor, reason=reason)
    if is_their_turn:
        ask_to_review(version, heir, _STEP[Capacity(participant.capacity)], actor)
    return made


def _awaited(participant: Participant) -> list[User]:
    states = (VersionState.IN_REVIEW, VersionState.IN_APPROVAL)
    return awaited_people(participant.version) if participant.version.state in states else []
