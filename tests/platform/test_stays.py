"""How long somebody stays: guests and inspectors for a time, members until a day that is changed on their page."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from cqms.access.models import RoleAssignment
from cqms.access.services import give_role, move_end
from cqms.audit.models import AuditEvent
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope
from cqms.portal import people
from tests.cast import page
from tests.days import today
from tests.platform.browsing import browse, words


def stay(cast, person, until: str, who: str = "administrator"):
    with scope(cast.ours):
        row = Membership.objects.get(user=person)
    path = page(cast.ours, f"/members/{row.pk}/change/")
    given = {"department": row.department, "manager": "", "until": until, "revision": row.revision, "reason": "Longer."}
    return browse(getattr(cast, who)).post(path, given)


def ends_of(cast, person) -> tuple[object, dict[str, object]]:
    with scope(cast.ours):
        rows = RoleAssignment.objects.filter(user=person)
        return Membership.objects.get(user=person).ends_at, {row.role: row.ends_at for row in rows if row.is_current()}


def test_the_stay_of_a_guest_is_prolonged_with_the_roles_that_end_with_it(cast):
    before, held = ends_of(cast, cast.guest)
    day = today() + dt.timedelta(days=90)
    assert stay(cast, cast.guest, str(day)).status_code == 302
    after, now = ends_of(cast, cast.guest)
    assert after == dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), cast.ours.timezone)
    assert after > before
    assert now == {role: after if end == before else end for role, end in held.items()}
    with scope(cast.ours):
        assert AuditEvent.objects.filter(verb="change stay", reason="Longer.").get().actor == cast.administrator
    shorter = today() + dt.timedelta(days=2)
    assert stay(cast, cast.guest, str(shorter)).status_code == 302
    short, cut = ends_of(cast, cast.guest)
    assert short == dt.datetime.combine(shorter + dt.timedelta(days=1), dt.time(), cast.ours.timezone)
    assert [end for end in cut.values() if end is not None and end > short] == []


@pytest.mark.parametrize(("person", "until", "sentence"), [
    ("guest", "", "Enter a date"),
    ("guest", "2020-01-01", "This day has passed"),
    ("guest", "2100-01-01", "A guest stays 180 days at most"),
    ("administrator", "2030-01-01", "Nobody gives a role to themselves"),
])  # fmt: skip
def test_a_stay_that_cannot_be_is_refused_beside_its_field(cast, person, until, sentence):
    before = ends_of(cast, getattr(cast, person))
    answer = stay(cast, getattr(cast, person), until)
    assert (answer.status_code, sentence in words(answer)) == (422, True), words(answer)
    assert ends_of(cast, getattr(cast, person)) == before


def test_a_member_leaves_on_a_day_and_a_role_of_weight_is_not_prolonged_by_one_person(cast):
    day = today() + dt.timedelta(days=30)
    assert stay(cast, cast.qa, str(day)).status_code == 302
    ends_at, held = ends_of(cast, cast.qa)
    assert (ends_at is None, held) == (False, {"qa": None}), "a role without an end goes with the membership"
    with scope(cast.ours):
        row = RoleAssignment.objects.get(user=cast.qa, role="qa")
        move_end(row, ends_at, actor=cast.administrator, reason="Leaves.")
    assert stay(cast, cast.qa, "").status_code == 302
    assert ends_of(cast, cast.qa) == (None, {"qa": ends_at})
    assert stay(cast, cast.qa, "", "reader").status_code == 403


def test_an_inspector_who_is_a_member_inspects_no_longer_than_the_settings_allow(cast, ours):
    until = timezone.now() + dt.timedelta(days=200)
    newcomer = people.User.objects.create_user("more@cast.test", None, name="Mo Re")
    people.access.add_member(newcomer, actor=cast.administrator)
    with pytest.raises(ValidationError, match="This role lasts 180 days at most"):
        give_role(newcomer, "inspector", actor=cast.administrator, ends_at=until)
    row = RoleAssignment.objects.get(user=cast.inspector, role="inspector")
    with pytest.raises(ValidationError, match="This role lasts 180 days at most"):
        move_end(row, until, actor=cast.administrator, reason="Longer.")
