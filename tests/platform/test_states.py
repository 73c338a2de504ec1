"""What identifies people and organizations: every state is kept, and none comes about without its event."""

import pytest
from django.db import IntegrityError, connection, transaction

from cqms.accounts.services import open_account
from cqms.audit.models import SecurityEvent
from cqms.audit.states import KEPT, AccountState, OrganizationState
from cqms.organizations.scope import scope
from cqms.portal.services import change_zone, rename
from cqms.portal.suspending import resume, suspend
from tests.cast import PASSWORD
from tests.platform.browsing import sign_in


def check_now() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def states_of(person) -> list[tuple[str, str, bool]]:
    check_now()
    rows = AccountState.objects.filter(user=person).order_by("pk").values_list("content", flat=True)
    return [(row["name"], row["zone"], row["is_active"]) for row in rows]


def test_every_state_of_an_account_is_kept_and_what_moves_at_sign_in_is_not(cast, client):
    person = open_account(email="Nora@cast.test", name="Nora New", password=PASSWORD)
    sign_in(client, person.email, PASSWORD)
    assert states_of(person) == [("Nora New", "UTC", True)]
    change_zone(person, "Asia/Tokyo")
    rename(person, "Nora Newman", actor=None, reason="Married.")
    assert states_of(person) == [
        ("Nora New", "UTC", True), ("Nora New", "Asia/Tokyo", True), ("Nora Newman", "Asia/Tokyo", True),
    ]  # fmt: skip
    newest = AccountState.objects.filter(user=person).latest("pk").content
    assert (newest["email"], {*newest} & {*KEPT[0].untold}) == ("nora@cast.test", set())
    told = SecurityEvent.objects.filter(user=person, kind="account_changed").order_by("pk")
    assert list(told.values_list("detail", flat=True)) == [
        "time zone Asia/Tokyo", "printed name Nora Newman, by who runs the portal",
    ]  # fmt: skip


def test_an_organization_is_kept_with_each_suspension(cast):
    suspend("northwind", reason="Unpaid.")
    resume("northwind", reason="Paid.")
    with scope(cast.ours):
        rows = list(OrganizationState.objects.order_by("pk").values_list("content", flat=True))
    assert [(row["slug"], row["suspended_at"] is None) for row in rows] == [
        ("northwind", True), ("northwind", False), ("northwind", True),
    ]  # fmt: skip
    with scope(cast.theirs):
        assert [row.content["slug"] for row in OrganizationState.objects.all()] == [cast.theirs.slug]


@pytest.mark.parametrize(("which", "change"), [
    ("author", {"name": "Bent"}), ("author", {"email": "bent@cast.test"}), ("author", {"is_active": False}),
    ("author", {"is_superuser": True}), ("ours", {"name": "Bent"}), ("ours", {"slug": "bent"}),
    ("ours", {"suspended_at": "2026-01-01T00:00Z"}),
], ids=str)  # fmt: skip
def test_a_change_without_an_event_is_refused(cast, which, change):
    row = getattr(cast, which)
    with (
        pytest.raises(IntegrityError, match=f"{row._meta.db_table} {row.pk}: changed without an event"),
        transaction.atomic(),
    ):
        type(row).objects.filter(pk=row.pk).update(**change)
        check_now()


def test_an_event_of_another_organization_does_not_speak_for_this_one(cast):
    suspend(cast.theirs.slug, reason="Unpaid.")
    with pytest.raises(IntegrityError, match="changed without an event"), transaction.atomic():
        type(cast.ours).objects.filter(pk=cast.ours.pk).update(name="Bent")
        check_now()
