"""The action: one id for everything that is done at once, and nothing tracked outside of one."""

from uuid import UUID

import pytest
from django.db import transaction

from cqms.audit import services as audit
from cqms.audit.models import AuditEvent
from cqms.history.action import NoAction, action, current_action, current_action_id
from cqms.organizations.scope import scope
from studies.models import Study
from tests.world import building as worlds


def test_outside_of_an_action_nobody_acts():
    for ask in (current_action, current_action_id):
        with pytest.raises(NoAction):
            ask()


def test_the_same_person_joins_and_another_one_acts_apart():
    with action(1, "First") as outer:
        assert isinstance(outer.id, UUID)
        with action(1) as joined:
            assert (joined.id, joined.reason) == (outer.id, "First")
        with action(1, "Second") as joined:
            assert (joined.id, joined.reason) == (outer.id, "Second")
        with action(None) as system:
            assert system.id != outer.id
            assert (system.actor_id, system.reason) == (None, "")
        assert current_action() == outer
    with pytest.raises(NoAction):
        current_action()


def test_an_error_ends_the_action():
    with pytest.raises(ZeroDivisionError), action(1):
        _ = 1 / 0
    with pytest.raises(NoAction):
        current_action()


def test_a_tracked_record_is_not_saved_outside_of_an_action(cast, ours):
    study = Study.objects.get(number="NW-101")
    study.title = "Another"
    with pytest.raises(NoAction), transaction.atomic():
        study.save()


def test_everything_of_one_act_shares_its_id(world):
    with scope(world.ours), action(world.qa.pk, "Reorganization") as act:
        study = worlds.study_of_world()
        audit.save(study, actor=world.qa, verb="note", sentence="noted", reason="Reorganization")
        assert study.history.latest().action_id == act.id
        audit.append(study, actor=world.qa, verb="note", sentence="noted again")
        audit.append(study, actor=world.reader, verb="note", sentence="noted by another")
        rows = AuditEvent.objects.filter(action_id=act.id).order_by("pk")
        assert [row.sentence for row in rows] == ["noted", "noted again"]


def test_history_keeps_the_whole_row_who_and_why(cast, ours):
    study = Study.objects.get(number="NW-101")
    study.sponsor = "Harbour Research"
    audit.save(study, actor=cast.study_manager, reason="The sponsor was renamed.")
    newest, first = study.history.order_by("-history_id")[:2]
    assert (newest.sponsor, first.sponsor) == ("Harbour Research", "Northwind Therapeutics")
    assert (newest.history_type, first.history_type) == ("~", "+")
    assert newest.history_user_id == cast.study_manager.pk
    assert newest.history_change_reason == "The sponsor was renamed."
    assert (newest.revision, first.revision) == (2, 1)
    assert newest.transaction_id > 0
