"""The scope: opened, nested, left by an error – and both walls without one."""

import datetime as dt
from contextlib import suppress

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cqms.access.services import add_member, end_membership, found_organization
from cqms.organizations.models import Membership, Organization
from cqms.organizations.prepared import Prepared
from cqms.organizations.scope import (
    NoScope,
    current_organization_id,
    person_scope,
    scope,
    scope_cache,
    scope_is_open,
)
from cqms.organizations.selectors import every_organization, memberships_of
from cqms.organizations.walls import scoped_models
from studies.models import Study

SCOPED = list(scoped_models())


def setting() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('app.organization', true), '')")
        return cursor.fetchone()[0]


def rows_in(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{table}"')
        return cursor.fetchone()[0]


@pytest.mark.parametrize("model", SCOPED, ids=lambda model: model._meta.label_lower)
def test_without_a_scope_managers_raise_and_the_database_shows_nothing(world, model):
    for manager in (model._default_manager, model._base_manager):
        with pytest.raises(NoScope):
            manager.count()
    if hasattr(model, "history"):
        with pytest.raises(NoScope):
            model.history.count()
    assert QuerySet(model).count() == 0
    assert rows_in(model._meta.db_table) == 0


@pytest.mark.parametrize("model", SCOPED, ids=lambda model: model._meta.label_lower)
def test_each_wall_shows_the_rows_of_the_open_organization_only(world, model):
    for organization in (world.ours, world.theirs):
        with scope(organization):
            assert set(QuerySet(model).values_list("organization_id", flat=True)) == {organization.pk}
            assert model._default_manager.count() == rows_in(model._meta.db_table) > 0


def numbered(text: str, until: dt.datetime, most: int) -> QuerySet[Study]:
    """Studies with the organization read along, by a text, a moment and a number."""
    rows = Study.objects.filter(number__gte=text, organization__created_at__lte=until, pk__lte=most)
    return rows.select_related("organization").order_by("pk")


def test_a_prepared_question_is_compiled_once_and_answers_for_the_organization_that_is_open(world):
    built = []
    asked = Prepared(lambda **values: built.append(values) or numbered(**values), text=str, until=dt.datetime, most=int)
    now = timezone.now()
    with pytest.raises(NoScope):
        asked.ask(text="", until=now, most=10**9)
    for organization in (world.ours, world.theirs, world.ours):
        with scope(organization), CaptureQueriesContext(connection) as statements:
            found = asked.ask(text="", until=now, most=10**9)
            assert [each.organization for each in found] == [organization] * len(found)
            assert len(statements) == 1
            assert found == list(Study.objects.order_by("pk")) != []
            assert asked.ask(text="", until=now, most=found[0].pk) == found[:1]
            assert asked.ask(text="\uffff", until=now, most=10**9) == []
            assert asked.ask(text="", until=now - dt.timedelta(days=999), most=10**9) == []
    assert len(built) == 1


def test_a_relation_reaches_no_other_organization(world):
    with scope(world.theirs):
        theirs = Study.objects.earliest("pk")
    with scope(world.ours):
        site = Study.objects.earliest("pk").sites.first()
        site.study_id = theirs.pk
        with pytest.raises(Study.DoesNotExist):
            _ = site.study
        with pytest.raises(Study.DoesNotExist):
            theirs.refresh_from_db()
        assert theirs.sites.count() == 0


def test_scopes_nest_and_the_outer_one_continues(world):
    with scope(world.ours):
        scope_cache()["mine"] = 1
        with scope(world.theirs):
            assert (current_organization_id(), setting()) == (world.theirs.pk, str(world.theirs.pk))
            assert scope_cache() == {}
            assert not Study.objects.filter(number="NW-101").exists()
        assert (current_organization_id(), setting()) == (world.ours.pk, str(world.ours.pk))
        assert scope_cache() == {"mine": 1}
        assert Study.objects.filter(number="NW-101").exists()
    assert (scope_is_open(), setting()) == (False, "")


def test_an_error_inside_leaves_nothing_open(world):
    for error in (ZeroDivisionError, DatabaseError):
        with pytest.raises(error), scope(world.ours):
            raise error
        assert (scope_is_open(), setting()) == (False, "")
    with scope(world.ours):
        with pytest.raises(ZeroDivisionError), scope(world.theirs):
            _ = 1 / 0
        assert (current_organization_id(), setting()) == (world.ours.pk, str(world.ours.pk))
        assert Study.objects.filter(number="NW-101").exists()


def test_a_failed_statement_inside_leaves_nothing_open(world):
    with scope(world.ours):
        with suppress(DatabaseError), scope(world.theirs), connection.cursor() as cursor:
            cursor.execute("SELECT no_such_column")
        assert setting() == str(world.ours.pk)
    assert setting() == ""


def test_a_scope_that_is_marked_for_rollback_leaves_nothing_open(world):
    with scope(world.ours):
        transaction.set_rollback(True)
    assert (scope_is_open(), setting()) == (False, "")


def test_the_setting_ends_with_the_transaction(own_world):
    organization = Organization.objects.get(slug="northwind")
    with scope(organization):
        assert setting() == str(organization.pk)
    assert setting() == ""
    connection.close()
    assert setting() == ""


def test_a_deferred_check_fails_when_the_scope_ends_not_later(world):
    with pytest.raises(IntegrityError, match="changed without a history row"), scope(world.ours):
        Study.objects.update(title="Changed behind the trail")
    assert (scope_is_open(), setting()) == (False, "")


# Members


def test_a_person_sees_their_own_memberships_and_no_others(world):
    with person_scope(world.qa):
        assert {row.user_id for row in QuerySet(Membership)} == {world.qa.pk}
    assert [row.organization.slug for row in memberships_of(world.qa)] == ["northwind"]
    assert [row.organization.slug for row in memberships_of(world.outsider)] == ["harbour"]
    with scope(world.theirs), person_scope(world.qa):
        assert not Membership.objects.filter(user=world.qa).exists(), "an open organization shows its own only"


def test_a_membership_that_ended_is_none(world):
    with scope(world.ours):
        member = Membership.objects.get(user=world.reader)
        end_membership(member, actor=world.administrator, reason="Left the company.")
    assert memberships_of(world.reader) == []
    with scope(world.ours):
        assert add_member(world.reader, actor=world.administrator).pk == member.pk
    assert [row.organization.slug for row in memberships_of(world.reader)] == ["northwind"]


def test_a_person_in_two_organizations_belongs_to_both(world):
    with scope(world.theirs):
        add_member(world.qa, actor=world.outsider)
    assert [row.organization.slug for row in memberships_of(world.qa)] == ["harbour", "northwind"]


def test_founding_an_organization_opens_it_for_its_administrator(world):
    made = found_organization(name="Third", slug="third", zone="Asia/Kolkata", administrator=world.reader)
    assert made in every_organization()
    assert made in [row.organization for row in memberships_of(world.reader)]
    assert made.timezone.key == "Asia/Kolkata"


def test_a_page_has_the_same_path_everywhere(world):
    assert world.ours.path("studies:detail", number="NW-101") == "/o/northwind/studies/NW-101/"
    with scope(world.theirs):
        assert world.ours.path("portal:home") == "/o/northwind/"
