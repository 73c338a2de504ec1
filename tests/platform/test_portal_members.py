"""Members and roles: who is let in, who holds what, and what administrators can and cannot do."""

import re
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from cqms.access.grants import differences
from cqms.access.models import RoleAssignment, RoleRequest
from cqms.access.services import add_member
from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.models import AuditEvent, SecurityEvent
from cqms.jobs.models import Job, JobState
from cqms.jobs.services import work_off
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope
from cqms.portal.role_requests import grant
from cqms.signatures.models import Acceptance
from tests.cast import change_account, page
from tests.platform.browsing import browse, links, sign_in, words

NEW_PASSWORD = "green otter under slow clouds"


@pytest.fixture
def office(cast):
    """The administrator's browser and the addresses of the organization."""
    return browse(cast.administrator), lambda path: page(cast.ours, path)


def member_of(cast, who: str) -> Membership:
    with scope(cast.ours):
        return Membership.objects.get(user=getattr(cast, who))


def roles_of(cast, who: str) -> list[tuple[str, str, bool]]:
    with scope(cast.ours):
        rows = RoleAssignment.objects.filter(user=getattr(cast, who)).order_by("id")
        return [(row.role, row.anchor_label, row.is_current()) for row in rows]


def told(cast, **wanted) -> list[tuple[str, str, str]]:
    with scope(cast.ours):
        rows = AuditEvent.objects.filter(**wanted).order_by("id")
        return [(row.actor_name, row.sentence, row.reason) for row in rows]


PAGES = ["/members/", "/members/invite/", "/members/{m}/change/", "/members/{m}/away/", "/members/{m}/back/",
         "/members/{m}/identity/", "/members/{m}/training/", "/members/{m}/", "/members/{m}/give-role/",
         "/members/{m}/name/", "/members/{m}/sessions/",
         "/members/{m}/factors/", "/members/{m}/data/", "/members/{m}/invite/", "/members/{m}/end/", "/members/roles/{r}/end/"]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_only_administrators_see_and_change_members(cast, path):
    with scope(cast.ours):
        role = RoleAssignment.objects.get(user=cast.author)
    place = page(cast.ours, path.format(m=member_of(cast, "author").pk, r=role.pk))
    assert browse(cast.administrator).get(place).status_code == 200
    for who in ("quality_head", "document_control", "reader", "inspector", "guest"):
        answer = browse(getattr(cast, who)).get(place)
        assert answer.status_code == 403
        assert "Your roles here do not allow you to manage members and roles" in words(answer)
        if "{" in path:
            assert browse(getattr(cast, who)).post(place, {"reason": "x", "name": "y"}).status_code == 403
    assert browse(cast.outsider).get(place).status_code == 404


def test_the_list_shows_members_with_their_roles_and_finds_them(cast, office):
    browser, at = office
    answer = words(browser.get(at("/members/")))
    assert "Members 15" in answer
    assert "Gustav Est guest@cast.test Reader in NW-101".replace(" ", "") in answer.replace(" ", "")
    found = words(browser.get(at("/members/?q=castell")))
    assert "Dora Castell" in found
    assert "Amara Osei" not in found
    found = words(browser.get(at("/members/?role=qa")))
    assert "Quentin Abara" in found
    assert "Dora Castell" not in found
    assert "Nothing matches" in words(browser.get(at("/members/?state=ended")))


def test_the_export_of_the_list_is_in_the_trail(cast, office):
    browser, at = office
    lines = browser.get(at("/members/?format=csv")).content.decode().splitlines()
    assert lines[0].lstrip("\ufeff").startswith("Name,E-mail,Roles")
    assert len(lines) == 16
    assert told(cast, verb="export") == [("Adrian Mills", "exported the list “Members” as CSV, 15 rows", "")]


def test_the_table_of_roles_says_what_each_allows(office):
    browser, at = office
    answer = words(browser.get(at("/members/roles/")))
    assert (
        "AdministratorLets people in and gives roles; sees no content."
        "Manage members and roles, without seeing contenttwo people"
    ) in answer


def invite(office, **changed):
    browser, at = office
    with_all = {
        "email": "new@cast.test", "name": "Nora Eweling", "role": "author",
        "place": "organizations.organization:{}", "department": "Clinical",
    }  # fmt: skip
    shown = browser.get(at("/members/invite/")).content.decode()
    place = re.search(r'value="(organizations\.organization:\d+)"', shown)[1]
    return browser.post(at("/members/invite/"), {**with_all, "place": place, **changed})


def test_a_new_person_is_let_in_and_sets_a_password_by_mail(cast, office, client):
    answer = invite(office)
    person = User.objects.get(email="new@cast.test")
    assert (person.name, person.zone, person.has_usable_password()) == ("Nora Eweling", "Europe/Berlin", False)
    with scope(cast.ours):
        member = Membership.objects.get(user=person)
        job = Job.objects.get(kind="portal.invite")
    assert answer["Location"] == page(cast.ours, f"/members/{member.pk}/")
    assert list(SecurityEvent.objects.filter(user=person).values_list("kind", flat=True)) == ["account_opened"]
    work_off(cast.ours, job.pk)
    message = mail.outbox[-1]
    assert (message.to, message.subject) == (
        ["new@cast.test"],
        "Your account in the quality portal of Northwind Therapeutics",
    )
    assert "Adrian Mills let you into the quality portal of Northwind Therapeutics." in message.body
    link = re.search(r"http://[^/]+(/accounts/password/reset/key/\S+)", message.body)[1]
    place = client.get(link, follow=True).redirect_chain[-1][0]
    assert client.post(place, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}).status_code == 302
    assert sign_in(client, "new@cast.test", NEW_PASSWORD).status_code == 302
    assert "Good" in words(client.get(page(cast.ours, "/")))
    assert told(cast, record_label__contains="Nora")[-1][1] == (
        "gave Nora Eweling the role Author in Northwind Therapeutics"
    )


def test_who_has_an_account_is_admitted_at_once_and_told(cast, office):
    answer = invite(office, email="OUTSIDER@cast.test", name="Another Name", role="vendor")
    assert answer.status_code == 302
    cast.outsider.refresh_from_db()
    assert cast.outsider.name == "Otto Sidler"
    assert roles_of(cast, "outsider") == [("vendor", "Northwind Therapeutics", True)]
    assert "You are now a member of Northwind Therapeutics" in words(
        browse(cast.outsider).get(page(cast.ours, "/inbox/"))
    )


def test_an_invitation_is_refused_beside_its_field(cast, office):
    answer = invite(office, email="author@cast.test")
    assert answer.status_code == 422
    assert "Amara Osei is a member already." in words(answer)
    answer = invite(office, email="no address", name="")
    assert "2 answers are missing or wrong" in words(answer)
    change_account(cast.outsider, is_active=False)
    assert "This account is closed" in words(invite(office, email="outsider@cast.test"))
    assert not User.objects.filter(email="new@cast.test").exists()


def test_a_mail_server_that_refuses_fails_the_job_in_words(cast, office, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    invite(office)
    with scope(cast.ours):
        job = Job.objects.get(kind="portal.invite")
    work_off(cast.ours, job.pk)
    with scope(cast.ours):
        job.refresh_from_db()
    assert (job.state, job.error) == (
        JobState.FAILED, "The mail server did not take the invitation. Try again in a few minutes.",
    )  # fmt: skip
    browser, at = office
    assert "Invitation of Nora Eweling: not done" in words(browser.get(at("/inbox/")))


def test_the_invitation_is_sent_again_to_who_has_no_password_yet(cast, office):
    browser, at = office
    again = invite(office)["Location"] + "invite/"
    assert browser.post(again)["Location"] == again.removesuffix("invite/")
    with scope(cast.ours):
        assert Job.objects.filter(kind="portal.invite").count() == 2
    answer = browser.post(at(f"/members/{member_of(cast, 'author').pk}/invite/"))
    assert answer.status_code == 422
    assert "Amara Osei has set a password." in words(answer)


def give(cast, office, who: str, **fields):
    browser, at = office
    return browser.post(at(f"/members/{member_of(cast, who).pk}/give-role/"), fields)


def whole(cast) -> str:
    return f"organizations.organization:{cast.ours.pk}"


def test_a_role_is_given_and_works_at_once(cast, office):
    assert browse(cast.reader).get(page(cast.ours, "/timeline/")).status_code == 403
    assert give(cast, office, "reader", role="auditor", place=whole(cast)).status_code == 302
    assert roles_of(cast, "reader")[-1] == ("auditor", "Northwind Therapeutics", True)
    assert browse(cast.reader).get(page(cast.ours, "/timeline/")).status_code == 200
    answer = give(cast, office, "reader", role="auditor", place=whole(cast))
    assert "Rita Edwards holds this role there already." in words(answer)


def test_a_role_may_end_by_itself_and_not_in_the_past(cast, office):
    assert "This day has passed." in words(
        give(cast, office, "reader", role="auditor", place=whole(cast), until="2020-01-01")
    )
    give(cast, office, "reader", role="auditor", place=whole(cast), until="2199-06-30")
    with scope(cast.ours):
        ends = RoleAssignment.objects.get(user=cast.reader, role="auditor").ends_at
    assert ends.isoformat() == "2199-06-30T22:00:00+00:00"


def test_nobody_gives_a_role_to_themselves(cast, office):
    answer = give(cast, office, "administrator", role="quality_head", place=whole(cast))
    assert answer.status_code == 422
    assert "Who asked for a role, and who would receive it" not in words(answer)
    assert "is not held together with another" in words(answer)
    assert roles_of(cast, "administrator") == [("administrator", "Northwind Therapeutics", True)]


def test_a_made_up_role_or_place_is_refused(cast, office):
    for fields in (
        {"role": "emperor", "place": whole(cast)},
        {"role": "qa", "place": f"organizations.organization:{cast.theirs.pk}"},
    ):
        assert give(cast, office, "reader", **fields).status_code == 422
    assert roles_of(cast, "reader") == [("reader", "Northwind Therapeutics", True)]


def end_role(cast, office, who: str, reason: str = "Moved to another department."):
    browser, at = office
    with scope(cast.ours):
        role = RoleAssignment.objects.filter(user=getattr(cast, who)).latest("id")
    return browser.post(at(f"/members/roles/{role.pk}/end/"), {"reason": reason})


def test_ending_the_last_role_of_a_person_leaves_a_member_who_sees_nothing(cast, office):
    assert end_role(cast, office, "author", reason=" ").status_code == 422
    assert end_role(cast, office, "author").status_code == 302
    assert roles_of(cast, "author") == [("author", "Northwind Therapeutics", False)]
    browser = browse(cast.author)
    assert "You hold no role here yet" in words(browser.get(page(cast.ours, "/")))
    assert browser.get(page(cast.ours, "/studies/NW-101/")).status_code == 404
    assert told(cast, verb="end role") == [
        ("Adrian Mills", "ended Amara Osei as Author in Northwind Therapeutics", "Moved to another department.")
    ]
    with scope(cast.ours):
        assert differences() == []


def test_an_organization_keeps_an_administrator(cast, office):
    browser, at = office
    refused = end_role(cast, office, "administrator")
    assert refused.status_code == 422
    assert "An organization keeps at least one administrator" in words(refused)
    mine = at(f"/members/{member_of(cast, 'administrator').pk}/end/")
    assert "An organization keeps at least one administrator" in words(browser.post(mine, {"reason": "I leave."}))
    end_role(cast, office, "reader")
    assert give(cast, office, "reader", role="administrator", place=whole(cast)).status_code == 302
    with scope(cast.ours):
        grant(RoleRequest.objects.get(), actor=cast.quality_head, revision=1)
    assert browser.post(mine, {"reason": "I leave."}).status_code == 302
    assert browser.get(at("/")).status_code == 302


def test_ending_a_membership_ends_the_roles_and_closes_the_door(cast, office):
    browser, at = office
    leaver = browse(cast.qa)
    place = at(f"/members/{member_of(cast, 'qa').pk}/")
    assert browser.post(f"{place}end/", {"reason": "Left the company."}).status_code == 302
    assert roles_of(cast, "qa") == [("qa", "Northwind Therapeutics", False)]
    assert leaver.get(at("/")).status_code == 404
    shown = browser.get(place)
    assert "Ended" in words(shown)
    assert not [link for link in links(shown) if link.endswith(("give-role/", "end/", "name/"))]
    assert "Quentin Abara" in words(browser.get(at("/members/?state=ended")))
    assert invite(office, email="qa@cast.test", role="reader").status_code == 302
    assert leaver.get(at("/")).status_code == 200


def test_a_name_that_several_organizations_print_is_changed_by_who_runs_the_portal(cast, office):
    with scope(cast.theirs):
        add_member(cast.author, actor=cast.outsider)
    browser, at = office
    refused = browser.post(
        at(f"/members/{member_of(cast, 'author').pk}/name/"), {"name": "Amara Mensah", "reason": "Married."}
    )
    assert (refused.status_code, "Who runs the portal has to do it." in words(refused)) == (422, True)
    call_command("rename_person", email=cast.author.email, name="Amara Mensah", reason="Married.", stdout=StringIO())
    cast.author.refresh_from_db()
    assert cast.author.name == "Amara Mensah"
    for organization in (cast.ours, cast.theirs):
        with scope(organization):
            event = AuditEvent.objects.get(verb="rename")
        assert (event.sentence, event.reason, event.actor) == (
            "changed the printed name of Amara Osei to Amara Mensah", "Married.", None,
        )  # fmt: skip
    with pytest.raises(CommandError, match="no such account"):
        call_command("rename_person", email="who@cast.test", name="A", reason="B")


def test_a_name_is_changed_by_an_administrator_with_a_reason_in_the_trail(cast, office):
    browser, at = office
    place = at(f"/members/{member_of(cast, 'author').pk}/name/")
    assert browser.post(place, {"name": "Amara Mensah"}).status_code == 422
    assert browser.post(place, {"name": "Amara Mensah", "reason": "Married."}).status_code == 302
    cast.author.refresh_from_db()
    assert cast.author.name == "Amara Mensah"
    with scope(cast.ours):
        event = AuditEvent.objects.get(verb="rename")
    assert (event.sentence, event.reason) == ("changed the printed name of Amara Osei to Amara Mensah", "Married.")
    own = at(f"/members/{member_of(cast, 'administrator').pk}/name/")
    assert "Ask another administrator" in words(browser.post(own, {"name": "Me", "reason": "I want."}))


def test_a_member_s_page_tells_what_happened_to_them_only(cast, office):
    browser, at = office
    answer = words(browser.get(at(f"/members/{member_of(cast, 'guest').pk}/")))
    assert "Adrian Mills gave Gustav Est the role Reader in NW-101 Heron: a study of sleep in adults" in answer
    assert "Amara Osei" not in answer


def test_a_member_s_page_tells_when_they_were_active_here_and_nothing_of_elsewhere(cast, office):
    browser, at = office
    with scope(cast.ours):
        add_member(cast.outsider, actor=cast.administrator)
    sign_in(Client(), cast.outsider.email)
    shown = at(f"/members/{member_of(cast, 'outsider').pk}/")
    assert "Last entry in the trailnone yet" in words(browser.get(shown))
    member = member_of(cast, "outsider")
    with scope(cast.ours):
        audit.append(member, actor=cast.outsider, verb="export", sentence="exported the list")
    assert "Last entry in the trailnone yet" not in words(browser.get(shown))


@pytest.mark.parametrize("who", ["administrator"])
def test_administrators_see_no_content(cast, who):
    browser = browse(getattr(cast, who))
    assert browser.get(page(cast.ours, "/studies/NW-101/")).status_code == 404
    assert "NW-101" not in words(browser.get(page(cast.ours, "/timeline/?about=studies.study")))
    with scope(cast.ours):
        study = RoleAssignment.objects.get(user=cast.guest).anchor_id
    assert browser.get(page(cast.ours, f"/records/studies.study/{study}/")).status_code == 404


def test_who_accepted_electronic_signatures_as_binding_is_a_list(world):
    office, columns = browse(world.administrator), "cols=name.e-signatures-accepted"
    with scope(world.ours):
        accepted = dict(Acceptance.objects.values_list("person__name", "accepted_at"))
        names = list(Membership.objects.order_by("user__name").values_list("user__name", flat=True))
    told = office.get(page(world.ours, f"/members/?{columns}&state=&format=csv")).content.decode("utf-8-sig")
    days = {name: f"{accepted[name].astimezone(world.ours.timezone):%Y-%m-%d}" for name in accepted}
    assert told.splitlines()[1:] == [f"{name},{days.get(name, '')}" for name in names]
    for chosen, expected in (("yes", [name for name in names if name in days]),
                             ("no", [name for name in names if name not in days])):  # fmt: skip
        found = office.get(page(world.ours, f"/members/?{columns}&state=&accepted={chosen}&format=csv"))
        assert [line.split(",")[0] for line in found.content.decode("utf-8-sig").splitlines()[1:]] == expected
    assert "not yet" in words(office.get(page(world.ours, f"/members/?{columns}&accepted=no")))
