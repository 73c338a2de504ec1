"""Roles given and ended, the grants derived from them, and policies that say why not."""

import datetime as dt
from dataclasses import replace

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from cqms.access import grants
from cqms.access.anchors import anchors
from cqms.access.models import OrganizationGrant, RoleAssignment
from cqms.access.policies import anybody, exists_for, is_owner, may, may_somewhere, nobody, policy
from cqms.access.reach import people_with, reach_of, visible
from cqms.access.roles import ROLES
from cqms.access.services import add_member, end_lapsed_roles, end_membership, end_role, give_role
from cqms.access.tasks import end_lapsed_roles as end_lapsed_roles_task
from cqms.audit.models import AuditEvent, Lane
from cqms.audit.refusals import Denied
from cqms.organizations.capabilities import WORDS, Capability
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope, scope_cache
from documents.models import Document
from studies.models import Study, StudyGrant
from tests.cast import PEOPLE, change_account
from tests.world import building as worlds

READERS = {who for who, (_, role) in PEOPLE.items() if role and role != "administrator"}


def hold(person, role="reader", **more) -> RoleAssignment:
    return give_role(person, role, actor=None, **more)


# Giving and ending


def test_a_role_allows_what_its_line_says_and_nothing_else(cast, ours):
    for who, (_, role) in PEOPLE.items():
        if role:
            assert reach_of(getattr(cast, who)).everywhere == set(ROLES[role].allows), who
    assert reach_of(cast.outsider).everywhere == set()


def test_a_role_at_a_study_reaches_that_study_only(cast, ours):
    heron, plover = Study.objects.order_by("number")
    reach = reach_of(cast.guest)
    assert (reach.everywhere, reach.ids(Capability.READ, "studies.study")) == (set(), {heron.pk})
    assert [reach.has(Capability.READ, record) for record in (heron, plover, None)] == [True, False, False]
    assert (reach.anywhere(Capability.READ), reach.anywhere(Capability.APPROVE)) == (True, False)
    assert list(visible(Study.objects.all(), cast.guest, anchor="studies.study", column="id")) == [heron]
    assert not visible(Membership.objects.all(), cast.guest).exists(), "what has no anchor is for the organization"


def test_a_role_is_told_in_the_trail(cast, ours):
    role = hold(cast.reader, "author")
    event = AuditEvent.objects.latest("pk")
    assert event.sentence == "gave Rita Edwards the role Author in Northwind Therapeutics"
    end_role(role, actor=cast.administrator, reason="Moved to another team.")
    event = AuditEvent.objects.latest("pk")
    assert (event.verb, event.reason) == ("end role", "Moved to another team.")
    assert event.sentence == "ended Rita Edwards as Author in Northwind Therapeutics"


def test_ending_a_role_needs_a_reason(cast, ours):
    with pytest.raises(ValidationError, match="Say why you change until"), transaction.atomic():
        end_role(RoleAssignment.objects.get(user=cast.qa), actor=cast.administrator, reason="")


def test_a_role_that_ended_keeps_its_first_end(cast, ours):
    role = end_role(RoleAssignment.objects.get(user=cast.reader), actor=cast.administrator, reason="Left.")
    ended = role.ends_at
    assert end_role(role, actor=cast.administrator, reason="Again.").ends_at == ended
    assert AuditEvent.objects.filter(verb="end role").count() == 1


def test_nobody_gives_a_role_to_themselves_or_to_a_stranger(cast, ours):
    with pytest.raises(ValidationError, match="Nobody gives a role to themselves"):
        give_role(cast.administrator, "qa", actor=cast.administrator)
    with pytest.raises(ValidationError, match="not a member"):
        give_role(cast.outsider, "qa", actor=cast.administrator)
    with pytest.raises(ValidationError, match="Choose one of the roles"):
        give_role(cast.reader, "emperor", actor=cast.administrator)


def test_a_role_is_held_once(cast, ours):
    give_role(cast.reader, "auditor", actor=cast.administrator)
    with pytest.raises(ValidationError, match="Rita Edwards holds this role there already"):
        give_role(cast.reader, "auditor", actor=cast.administrator)


def test_a_role_given_anew_survives_the_end_of_the_earlier_one(cast, ours):
    end_role(RoleAssignment.objects.get(user=cast.reader), actor=cast.administrator, reason="Parental leave.")
    assert not reach_of(cast.reader).has(Capability.READ)
    hold(cast.reader)
    assert reach_of(cast.reader).has(Capability.READ)
    assert end_lapsed_roles() == 0
    assert reach_of(cast.reader).has(Capability.READ)
    assert grants.differences() == []


def test_a_role_lapses_when_its_time_has_come(cast, ours, monkeypatch):
    hold(cast.reader, "qa", ends_at=timezone.now() + dt.timedelta(days=1))
    assert reach_of(cast.reader).has(Capability.ASSURE)
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now + dt.timedelta(days=2))
    end_lapsed_roles_task()
    scope_cache().clear()
    assert not reach_of(cast.reader).has(Capability.ASSURE)
    assert end_lapsed_roles() == 0


def test_differences_between_roles_and_groups_are_named_and_mended(cast, ours):
    group = Group.objects.get(name__startswith=f"{ours.pk}:qa:")
    cast.qa.groups.remove(group)
    cast.reader.groups.add(group)
    assert grants.differences() == [
        f"person {cast.qa.pk} lacks {group.name}",
        f"person {cast.reader.pk} has {group.name} without a role",
    ]
    assert grants.align() == 2
    assert grants.differences() == []


def test_a_release_that_allows_a_role_more_or_less_reaches_those_who_hold_it(cast, ours, monkeypatch):
    assert grants.align() == 0
    before = ROLES["qa"].allows
    allows = before - {Capability.ASSURE} | {Capability.ADMINISTER}
    monkeypatch.setitem(ROLES, "qa", replace(ROLES["qa"], allows=allows))
    assert grants.align() == 2
    scope_cache().clear()
    assert [reach_of(cast.qa).has(each) for each in (Capability.ASSURE, Capability.ADMINISTER)] == [False, True]
    assert (list(grants.without_a_role()), grants.align()) == ([], 0)
    told = AuditEvent.objects.get(verb="align rights").sentence
    assert told == (
        "brought the rights of the role Quality assurance in line with what it allows "
        f"(given: {WORDS[Capability.ADMINISTER]}; taken: {WORDS[Capability.ASSURE]})"
    )


def test_a_group_carries_one_grant_per_capability_and_anchor(cast, ours):
    group = Group.objects.get(name__startswith=f"{ours.pk}:qa:")
    rows = OrganizationGrant.objects.filter(group=group).values_list("permission__codename", "content_object_id")
    assert set(rows) == {(str(capability), ours.pk) for capability in ROLES["qa"].allows}
    assert set(StudyGrant.objects.values_list("content_object__number", flat=True)) == {"NW-101"}
    assert set(anchors()) == {"organizations.organization", "studies.study"}


def test_a_grant_of_another_organization_is_refused(world):
    with scope(world.ours), pytest.raises(IntegrityError, match="grant_in_own_organization"), transaction.atomic():
        row = OrganizationGrant.objects.first()
        OrganizationGrant.objects.create(
            group=row.group, permission=row.permission, content_object=world.theirs, organization=world.ours
        )


def test_who_left_reaches_nothing_whatever_groups_say(cast, ours):
    member = Membership.objects.get(user=cast.qa)
    end_membership(member, actor=cast.administrator, reason="Left the company.")
    scope_cache().clear()
    assert reach_of(cast.qa).everywhere == set()
    assert grants.differences() == []
    assert cast.qa not in people_with(Capability.ASSURE)
    add_member(cast.qa, actor=cast.administrator)
    assert reach_of(cast.qa).everywhere == set(), "roles do not come back by themselves"


def test_a_closed_account_reaches_nothing(cast, ours):
    change_account(cast.qa, is_active=False)
    assert reach_of(cast.qa).everywhere == set()


def test_reach_is_fetched_once_a_scope(cast, ours, django_assert_num_queries):
    scope_cache().clear()
    with django_assert_num_queries(1):
        reach_of(cast.qa)
    with django_assert_num_queries(0):
        reach_of(cast.qa)


def test_people_with_a_capability(cast, ours):
    heron = Study.objects.get(number="NW-101")
    assert [person.name for person in people_with(Capability.ASSURE)] == ["Hanna Quist", "Quentin Abara"]
    assert cast.guest not in people_with(Capability.READ)
    assert cast.guest in people_with(Capability.READ, heron)
    assert cast.guest in people_with(Capability.READ, anywhere=True)
    assert cast.administrator not in people_with(Capability.READ, anywhere=True)


# Lanes


def test_a_confidential_record_exists_only_for_who_may_see_it(world):
    with scope(world.ours):
        document = worlds.version_of(worlds.HIDDEN).document
        assert document.lane == Lane.CONFIDENTIAL
        seeing = {who for who in PEOPLE if exists_for(getattr(world, who), document)}
        assert seeing == {"qa", "quality_head"}
        listed = {who for who in PEOPLE if document in visible(Document.objects.all(), getattr(world, who))}
        assert listed == {"qa", "quality_head"}
        plain = worlds.version_of(worlds.EFFECTIVE).document
        assert {who for who in PEOPLE if exists_for(getattr(world, who), plain)} == READERS


# Policies


def test_a_policy_says_why_not_in_the_order_of_its_rules(cast, ours):
    @policy("You are not Quentin.", "Quentin must not.")
    def is_quentin(person, record):
        return person == cast.qa

    both = may(Capability.ASSURE) & is_quentin
    assert both.why_not(cast.qa) == ""
    assert both.why_not(cast.quality_head) == "You are not Quentin."
    assert both.why_not(cast.reader) == "Your roles here do not allow you to decide for quality assurance."
    either = is_quentin | may(Capability.READ)
    assert (either(cast.reader), either.why_not(cast.outsider)) == (True, "You are not Quentin.")
    opposite = ~is_quentin
    assert (opposite(cast.reader), opposite.why_not(cast.qa)) == (True, "Quentin must not.")
    assert (~opposite).why_not(cast.reader) == "You are not Quentin."
    three = anybody & opposite & may(Capability.READ)
    assert three.why_not(cast.qa) == "Quentin must not."


def test_demand_raises_the_sentence(cast, ours):
    may_somewhere(Capability.READ).demand(cast.guest)
    with pytest.raises(Denied, match=r"Your roles here do not allow you to read records\."):
        may(Capability.READ).demand(cast.guest)
    with pytest.raises(Denied, match=r"Nobody may do this\."):
        nobody.demand(cast.qa)


def test_the_owner_answers_for_a_record(world):
    with scope(world.ours):
        document = worlds.version_of(worlds.EFFECTIVE).document
        assert [is_owner(person, document) for person in (world.process_owner, world.qa)] == [True, False]


def test_every_capability_has_words_and_a_role():
    assert WORDS.keys() == set(Capability)
    assert {capability for role in ROLES.values() for capability in role.allows} == set(Capability)
    assert all(role.key == key for key, role in ROLES.items())
