"""People and rights: roles that two people give, guests, absence, leaving, and reviews of every right."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from cqms.access.models import RoleAssignment, RoleRequest, roles_in_words
from cqms.access.reach import covers
from cqms.access.roles import ROLES
from cqms.access.segregation import is_in_own_line, rules
from cqms.access.services import Narrowing, end_role, give_role
from cqms.administration import reviews
from cqms.api.models import ApiToken
from cqms.api.services import make_token
from cqms.audit.models import AuditEvent
from cqms.audit.refusals import Blocked, Denied
from cqms.deadlines.models import Deadline
from cqms.deadlines.services import Duty, open_deadline
from cqms.inbox.selectors import rows_here
from cqms.organizations.capabilities import WORDS, Capability
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope, scope_cache
from cqms.portal import handover, people, role_requests
from cqms.portal.role_requests import Wish, ask_for_role
from studies.models import Study
from studies.selectors import sites_for
from studies.services import StudyFacts, create_study
from tests.cast import page
from tests.days import today
from tests.platform.browsing import browse, links, sign_in, words


def member(person) -> Membership:
    return Membership.objects.get(user=person)


def held(person) -> list[str]:
    return [row.role for row in RoleAssignment.objects.filter(user=person).order_by("pk") if row.is_current()]


# Roles that two people give


def test_a_role_with_weight_is_held_once_somebody_else_agreed(cast, ours):
    request = ask_for_role(Wish(cast.reader, "qa", reason="Joins the team."), actor=cast.administrator)
    assert (isinstance(request, RoleRequest), held(cast.reader)) == (True, ["reader"])
    assert [row.kind for row in rows_here(cast.quality_head)] == ["administration.request"]
    for who in ("administrator", "reader", "qa"):
        with pytest.raises(Denied):
            role_requests.grant(request, actor=getattr(cast, who), revision=1)
    role_requests.grant(request, actor=cast.quality_head, revision=1)
    given = RoleAssignment.objects.get(user=cast.reader, role="qa")
    assert (given.given_by, given.approved_by) == (cast.administrator, cast.quality_head)


def test_a_role_without_weight_is_given_at_once(cast, ours):
    given = ask_for_role(Wish(cast.reader, "author"), actor=cast.administrator)
    assert (type(given), held(cast.reader)) == (RoleAssignment, ["reader", "author"])


def test_who_asks_for_themselves_never_decides(cast, ours):
    request = ask_for_role(Wish(cast.quality_head, "approver"), actor=cast.quality_head)
    assert [person.name for person in role_requests.deciders(cast.quality_head, cast.quality_head)] == ["Adrian Mills"]
    with pytest.raises(Denied, match="Who asked for a role, and who would receive it"):
        role_requests.grant(request, actor=cast.quality_head, revision=1)
    role_requests.refuse(request, actor=cast.administrator, revision=1, reason="Not needed.")
    assert held(cast.quality_head) == ["quality_head"]
    again = ask_for_role(Wish(cast.quality_head, "approver"), actor=cast.quality_head)
    assert role_requests.withdraw(again, actor=cast.quality_head, revision=1).state == "withdrawn"


def test_the_same_role_is_asked_for_once(cast, ours):
    ask_for_role(Wish(cast.reader, "qa"), actor=cast.administrator)
    with pytest.raises(Blocked, match="asked for already"):
        ask_for_role(Wish(cast.reader, "qa"), actor=cast.administrator)


def test_the_pages_of_a_request_carry_it_to_its_decision(cast):
    asker, head = browse(cast.author), browse(cast.quality_head)
    place = page(cast.ours, "/administration/requests/new/")
    form = {"role": "approver", "place": f"organizations.organization:{cast.ours.pk}", "reason": "I own a process now."}
    shown = asker.post(place, form)["Location"]
    assert "I own a process now." in words(head.get(shown))
    assert browse(cast.reader).get(shown).status_code == 404
    assert head.post(f"{shown}grant/", {"revision": 1}).status_code == 302
    with scope(cast.ours):
        assert held(cast.author) == ["author", "approver"]
    assert "Granted" in words(browse(cast.administrator).get(page(cast.ours, "/administration/requests/")))
    assert browse(cast.guest).get(place).status_code == 403


# Duties kept apart


def test_who_administers_or_inspects_holds_no_other_role(cast, ours):
    with pytest.raises(ValidationError, match="not held together with another"):
        give_role(cast.author, "administrator", actor=cast.administrator)
    soon = timezone.now() + dt.timedelta(days=9)
    with pytest.raises(ValidationError, match="holds no other role here"):
        give_role(cast.inspector, "author", actor=cast.administrator, ends_at=soon)
    with pytest.raises(ValidationError, match="is a role until a day"):
        give_role(cast.guest, "inspector", actor=None, at=Study.objects.first())


def test_an_auditor_is_told_who_stands_in_their_line(cast, ours):
    assert is_in_own_line(cast.auditor, cast.quality_head)
    assert is_in_own_line(cast.quality_head, cast.author)
    assert not is_in_own_line(cast.auditor, cast.author)
    people.change_member(
        member(cast.auditor), department="Quality ", manager=None, actor=cast.administrator, revision=1, reason="Moved"
    )
    people.change_member(
        member(cast.author), department="quality", manager=None, actor=cast.administrator, revision=1, reason="Moved"
    )
    scope_cache().clear()
    assert is_in_own_line(cast.auditor, cast.author)


def test_every_rule_stands_on_one_page_with_its_reason(cast):
    shown = words(browse(cast.reader).get(page(cast.ours, "/administration/duties/")))
    assert [rule.title for rule in rules() if rule.title not in shown or rule.reason not in shown] == []
    assert browse(cast.guest).get(page(cast.ours, "/administration/duties/")).status_code == 403


def test_a_page_says_why_somebody_has_each_right(cast, ours):
    office = browse(cast.administrator)
    at_study = Study.objects.get(number="NW-202")
    give_role(cast.reader, "medical_monitor", actor=cast.administrator, at=at_study)
    ended = give_role(cast.reader, "auditor", actor=cast.administrator)
    end_role(ended, actor=cast.administrator, reason="A mistake.")
    shown = office.get(page(cast.ours, f"/administration/rights/{cast.reader.pk}/"))
    because = {"medical_monitor": "Medical monitor in NW-202", "reader": "Reader"}
    expected = [
        (WORDS[capability], "; ".join(words for role, words in because.items() if capability in ROLES[role].allows))
        for capability in Capability
    ]
    assert shown.context["may"].rows == [row for row in expected if row[1]]
    assert [tuple(map(str, row[:3])) for row in shown.context["held"].rows] == [
        ("Medical monitor", str(at_study), "Adrian Mills"), ("Reader", "Northwind Therapeutics", "Adrian Mills"),
    ]  # fmt: skip
    assert "Auditor" not in words(shown)
    assert office.get(page(cast.ours, f"/administration/rights/{cast.outsider.pk}/")).status_code == 404
    assert browse(cast.reader).get(page(cast.ours, f"/administration/rights/{cast.reader.pk}/")).status_code == 403


# Guests, countries and sites


def test_a_guest_holds_roles_below_the_organization_until_a_day(cast, ours):
    for role, place in (("reader", None), ("qa", Study.objects.first())):
        with pytest.raises(ValidationError):
            give_role(cast.guest, role, actor=cast.administrator, at=place)
    late = timezone.now() + dt.timedelta(days=400)
    with pytest.raises(ValidationError, match="The membership ends before that day"):
        give_role(cast.guest, "vendor", actor=cast.administrator, at=Study.objects.first(), ends_at=late)


def test_a_guest_sees_one_study_and_no_list_of_people(cast):
    guest = browse(cast.guest)
    shown = words(guest.get(page(cast.ours, "/studies/NW-101/")))
    assert "Roles held at this study" not in shown
    assert guest.get(page(cast.ours, "/studies/NW-202/")).status_code == 404
    for path in ("/members/", "/timeline/", "/administration/", "/administration/rights/", "/administration/reviews/"):
        assert guest.get(page(cast.ours, path)).status_code == 403, path
    assert "NW-202" not in words(guest.get(page(cast.ours, "/studies/")))


def test_a_role_for_a_country_or_a_site_shows_these_sites_only(cast, ours):
    study = Study.objects.get(number="NW-202")
    with pytest.raises(ValidationError, match="narrow a role in a study"):
        give_role(cast.blinded, "site_staff", actor=cast.administrator, only=Narrowing(("DE",)))
    only = Narrowing(("FR",), ("07",))
    given = give_role(cast.guest, "site_staff", actor=cast.administrator, at=study, only=only)
    assert given.place == "NW-202 Plover: a study of rest in children, only FR, site 07"
    assert list(sites_for(cast.guest, study)) == []
    give_role(cast.guest, "vendor", actor=cast.administrator, at=study, only=Narrowing(("DE",)))
    assert [site.number for site in sites_for(cast.guest, study)] == ["01"]
    assert len(sites_for(cast.author, study)) == 1


# Absence


def away(cast, delegate) -> Membership:
    now = timezone.now()
    since, until = now - dt.timedelta(days=1), now + dt.timedelta(days=5)
    return people.go_away(
        member(cast.process_owner), delegate=delegate, since=since, until=until, actor=cast.administrator
    )


def duty_of(person) -> Deadline:
    due = today() + dt.timedelta(days=2)
    return open_deadline(Study.objects.first(), Duty("plan", "Plan", "/plan/"), due=due, owner=person, actor=None)


def test_who_stands_in_finds_the_work_of_who_is_away(cast, ours):
    duty_of(cast.process_owner)
    away(cast, cast.author)
    assert [(row.title, row.sentence) for row in rows_here(cast.author) if row.kind == "deadline"] == [
        ("Plan", "For Petra Novak, who is away: You answer for it.")
    ]
    people.come_back(member(cast.process_owner), actor=cast.process_owner)
    assert [row for row in rows_here(cast.author) if row.kind == "deadline"] == []


def test_what_is_for_one_person_or_one_role_is_not_passed_on_to_who_stands_in(cast, ours):
    request = ask_for_role(Wish(cast.reader, "qa", reason="Joins the team."), actor=cast.administrator)
    reviews.open_campaign("Spring", due_on=today() + dt.timedelta(days=3), actor=cast.administrator)
    now = timezone.now()
    for who in (cast.administrator, cast.quality_head):
        people.go_away(
            member(who), delegate=cast.qa, since=now - dt.timedelta(days=1), until=now + dt.timedelta(days=5), actor=who
        )
    scope_cache().clear()
    assert str(request) in [row.title for row in rows_here(cast.quality_head)]
    mine = [row for row in rows_here(cast.qa) if row.kind.startswith("administration.")]
    assert [row.title for row in mine if "who is away" in row.sentence] == []
    browser = browse(cast.qa)
    assert {browser.get(row.path).status_code for row in mine} == {200}


def test_nobody_stands_in_who_may_see_less(cast, ours):
    assert (covers(cast.qa, cast.author), covers(cast.author, cast.qa)) == (True, False)
    with pytest.raises(ValidationError, match="may not see all that"):
        people.go_away(
            member(cast.qa), delegate=cast.author, since=timezone.now(),
            until=timezone.now() + dt.timedelta(days=1), actor=cast.qa,
        )  # fmt: skip
    with pytest.raises(ValidationError, match="Choose another present member"):
        away(cast, cast.guest)


# Training and identity


def test_identity_and_training_are_written_down_by_somebody_else(cast, ours):
    people.prove_identity(member(cast.author), how="Passport shown in a video call", actor=cast.administrator)
    people.note_introduction(
        member(cast.author), evidence="Course of 3 March, list in the TMF", actor=cast.administrator
    )
    row = member(cast.author)
    assert (row.identity_proof, row.identity_proven_by) == ("Passport shown in a video call", cast.administrator)
    assert row.introduction == "Course of 3 March, list in the TMF"
    with pytest.raises(ValidationError, match="Nobody proves their own identity"):
        people.prove_identity(member(cast.administrator), how="Me", actor=cast.administrator)


# Leaving


def test_a_leaver_hands_over_their_work_and_is_out_at_once(cast):
    leaver, office = Client(), browse(cast.administrator)
    sign_in(leaver, cast.study_manager.email)
    assert leaver.get(page(cast.ours, "/")).status_code == 200
    with scope(cast.ours):
        duty_of(cast.study_manager)
        row = member(cast.study_manager)
    make_token(person=cast.study_manager, organization=cast.ours, name="Report", may_write=False,
               expires_at=timezone.now() + dt.timedelta(days=9))  # fmt: skip
    place = page(cast.ours, f"/members/{row.pk}/end/")
    shown = words(office.get(place))
    assert "Plan" in shown
    assert "NW-202" in shown
    assert office.post(place, {"reason": "Left."}).status_code == 422
    heirs = {"to:deadlines": cast.author.pk, "to:studies": cast.process_owner.pk}
    assert office.post(place, {"reason": "Left.", **heirs}).status_code == 302
    assert leaver.get(page(cast.ours, "/")).status_code == 302
    assert ApiToken.objects.get(name="Report").ended_at is not None
    with scope(cast.ours):
        assert Deadline.objects.get().owner == cast.author
        assert {study.manager for study in Study.objects.all()} == {cast.process_owner}
        assert (held(cast.study_manager), handover.held_by(cast.study_manager)) == ([], [])
        assert AuditEvent.objects.filter(verb="hand over").count() == 3
        assert row.user.name == "Samuel Mora"


def test_who_sees_one_study_is_offered_no_other_and_everybody_finds_the_way_to_ask(cast):
    with scope(cast.ours):
        for row in RoleAssignment.objects.filter(user=cast.reader):
            end_role(row, actor=cast.administrator, reason="Moved.")
        other = Study.objects.get(number="NW-202")
        give_role(cast.reader, "site_staff", actor=cast.administrator, at=Study.objects.get(number="NW-101"))
    path = page(cast.ours, "/administration/requests/new/")
    one, whole = browse(cast.reader), browse(cast.author)
    assert [number in words(one.get(path)) for number in ("NW-101", "NW-202")] == [True, False]
    assert [number in words(whole.get(path)) for number in ("NW-101", "NW-202")] == [True, True]
    typed = {"role": "vendor", "reason": "To work."}
    refused = [
        str(one.post(path, {**typed, "place": f"studies.study:{pk}"}).context["form"].errors["place"]).replace(
            f"{pk}", ""
        )
        for pk in (other.pk, 7788888)
    ]
    assert refused[0] == refused[1]
    for who, offered in (("reader", True), ("guest", False)):
        there = links(browse(getattr(cast, who)).get("/account/"))
        assert (path in there, page(cast.ours, "/members/roles/") in there) == (offered, True), who


# The matrix


@pytest.mark.parametrize("people_more", [0, 2])
def test_the_matrix_says_who_holds_what_and_why(cast, django_assert_num_queries, people_more):
    with scope(cast.ours):
        for number in range(people_more):
            person = people.User.objects.create_user(f"more{number}@cast.test", None, name=f"More {number}")
            people.access.add_member(person, actor=cast.administrator)
    office, place = browse(cast.administrator), page(cast.ours, "/administration/rights/")
    office.get(place)
    with django_assert_num_queries(12):
        shown = words(office.get(place))
    assert "Gustav Est" in shown
    why = words(office.get(f"{place}{cast.qa.pk}/"))
    assert "decide for quality assuranceQuality assurance" in why
    assert "Quality assuranceNorthwind TherapeuticsAdrian Mills" in why


def test_roles_at_many_studies_are_told_once_by_number_of_study(cast, ours):
    for number in range(5):
        facts = StudyFacts(f"ZZ-{number}", "Long", "2", "Northwind", ["DE"], cast.study_manager)
        study = create_study(facts, actor=cast.study_manager)
        give_role(cast.reader, "medical_monitor", actor=cast.administrator, at=study)
    study = Study.objects.get(number="ZZ-0")
    give_role(cast.reader, "reader", actor=cast.administrator, at=study)
    told = roles_in_words(RoleAssignment.objects.filter(user=cast.reader).order_by("role", "anchor_label"))
    assert told == "Medical monitor in ZZ-0, ZZ-1, ZZ-2 and 2 more; Reader, also in ZZ-0"
    for path in ("/members/", f"/administration/rights/{cast.reader.pk}/"):
        shown = words(browse(cast.administrator).get(page(cast.ours, path)))
        assert ("in ZZ-0, ZZ-1, ZZ-2 and 2 more" in shown, "ZZ-0 Long, ZZ-1" in shown) == (True, False)
