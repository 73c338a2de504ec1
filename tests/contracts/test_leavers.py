"""Every field that names somebody who has something in hand is handed over when they leave, or says why not.

Fields ending in `_by` name who did something once; everybody else named by a tracked record holds it.
"""

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction

from cqms.accounts.models import User
from cqms.organizations.models import Membership, TrackedModel
from cqms.organizations.scope import scope
from cqms.portal import handover, people

STAYS = {
    "organizations.membership.user": "ends with the membership",
    "access.roleassignment.user": "ends with the membership",
    "access.rolerequest.user": "lapses with the membership",
    "trail_reviews.trailcomment.author": "said it; the review goes on with its next owner",
    "comments.comment.author": "said it; what was said stays theirs",
    "quality_events": "who reported an event stays the one who reported it",
}
"""What is not handed over, with the reason; a whole app where all its reporters are meant."""


def named_fields() -> set[str]:
    """Every key of a tracked record to a person, except who did something once."""
    return {
        f"{model._meta.label_lower}.{field.name}"
        for model in apps.get_models()
        if issubclass(model, TrackedModel) and not model._meta.label_lower.split(".")[1].startswith("historical")
        for field in model._meta.concrete_fields
        if field.related_model is User and not field.name.endswith("_by")
    }


def test_every_field_that_names_a_holder_is_handed_over():
    covered = {field for kind in handover.kinds().values() for field in kind.covers}
    stays = {each for each in named_fields() if each in STAYS or each.endswith(".reporter")}
    assert named_fields() - covered - stays == set(), (
        "Register a handover.Kind that covers this field, or say in STAYS why it stays."
    )
    assert covered - named_fields() - {"access.rolerequest.requested_by"} == set(), "no such field any more"
    assert {each for each in STAYS if "." in each} - named_fields() == set(), "no such field any more"


@pytest.mark.parametrize("who", ["author", "reviewer", "process_owner", "qa", "quality_head", "study_manager"])
def test_nothing_is_left_to_who_has_left(world, who):
    leaver = getattr(world, who)
    with scope(world.ours):
        held = handover.held_by(leaver)
        heirs = {each.key: heir_of(world, leaver, each) for each in held}
        row = Membership.objects.get(user=leaver)
        people.let_go(row, heirs, actor=world.administrator, reason="Left.")
        assert [(each.label, each.records) for each in handover.held_by(leaver)] == []


def heir_of(world, leaver: User, held: handover.Held) -> User:
    """Somebody who can have all of it."""
    kind = handover.kinds()[held.key]
    for name in ("quality_head", "qa", "process_owner", "medical_monitor", "study_manager", "author"):
        heir = getattr(world, name)
        if heir.pk != leaver.pk and can_have(kind, held, heir, world.administrator):
            return heir
    pytest.fail(f"nobody can take over: {held.label}")


def can_have(kind: handover.Kind, held: handover.Held, heir: User, actor: User) -> bool:
    with transaction.atomic():
        try:
            for record in kind.held(record_holder(kind, held)):
                kind.take(record, heir, actor, "Tried.")
        except ValidationError:
            return False
        finally:
            transaction.set_rollback(True)
    return True


def record_holder(kind: handover.Kind, held: handover.Held) -> User:
    field = kind.covers[0].rpartition(".")[2]
    return getattr(held.records[0], field)
