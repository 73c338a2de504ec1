"""Where a person is signed in: the list, ending sessions from elsewhere, new devices, and rules about length."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from cqms.access.services import add_member
from cqms.api.models import ApiToken
from cqms.api.services import make_token
from cqms.audit.models import AuditEvent, SecurityEvent
from cqms.identity.models import KnownDevice, SignedInSession
from cqms.identity.where import in_words
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope
from cqms.portal.people import let_go
from tests.cast import PASSWORD, email_of, page
from tests.documents.players import begin
from tests.platform.browsing import browse, hidden, sign_in, words
from tests.platform.proving import demand

AUTHOR = email_of("author")
HOME = "/account/"


def signed_in(device: str) -> Client:
    client = Client(headers={"user-agent": device})
    sign_in(client, AUTHOR)
    client.get(HOME)
    return client


def is_in(client: Client) -> bool:
    return client.get(HOME).status_code == 200


def happened(person) -> list[str]:
    return list(SecurityEvent.objects.filter(user=person).order_by("id").values_list("kind", flat=True))


def test_the_page_lists_this_session_first_and_nobody_else_s(cast):
    browse(cast.reviewer).get(HOME)
    signed_in("Other 1.0")
    told = words(signed_in("Heron 2.0").get("/account/sessions/"))
    assert told.index("Heron 2.0127.0.0.1") < told.index("Other 1.0127.0.0.1")
    assert SignedInSession.objects.filter(user=cast.author).count() == 2
    assert told.count("127.0.0.1") == 2


def test_one_session_ends_from_another(cast):
    other, here, third = signed_in("Other 1.0"), signed_in("Heron 2.0"), signed_in("Third 3.0")
    row = SignedInSession.objects.get(device="Other 1.0")
    assert here.post(f"/account/sessions/{row.pk}/end/")["Location"] == "/account/sessions/"
    assert (is_in(other), is_in(here), is_in(third)) == (False, True, True)
    assert happened(cast.author)[-1] == "session_ended"


def test_a_session_that_has_not_opened_a_page_yet_ends_too(cast):
    waiting, here = Client(headers={"user-agent": "Waiting 1.0"}), signed_in("Heron 2.0")
    sign_in(waiting, AUTHOR)
    here.post("/account/sessions/end/")
    assert (is_in(waiting), is_in(here)) == (False, True)


def test_all_others_end_at_once(cast):
    other, here, third = signed_in("Other 1.0"), signed_in("Heron 2.0"), signed_in("Third 3.0")
    here.post("/account/sessions/end/")
    assert (is_in(other), is_in(here), is_in(third)) == (False, True, False)
    assert SignedInSession.objects.filter(user=cast.author).count() == 1


def sign_out(cast, office: Client, **given: str):
    with scope(cast.ours):
        place = page(cast.ours, f"/members/{Membership.objects.get(user=cast.author).pk}/sessions/")
    return office.post(place, given)


def test_an_administrator_ends_every_session_of_a_person_with_a_reason(cast, django_capture_on_commit_callbacks):
    first, second = signed_in("First 1.0"), signed_in("Second 2.0")
    office = browse(cast.administrator)
    assert (sign_out(cast, office).status_code, is_in(first)) == (422, True)
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        assert sign_out(cast, office, reason="The laptop was stolen.").status_code == 302
    assert (is_in(first), is_in(second), is_in(office)) == (False, False, True)
    assert [each.subject for each in mail.outbox] == [
        "Your account: an administrator of Northwind Therapeutics signed you out there"
    ]
    with scope(cast.ours):
        event = AuditEvent.objects.get(verb="sign out")
    assert (event.actor, event.sentence, event.reason) == (
        cast.administrator, "signed Amara Osei out", "The laptop was stolen."
    )  # fmt: skip
    assert sign_out(cast, browse(cast.quality_head), reason="x").status_code == 403
    assert signed_in("Third 3.0").get(page(cast.ours, "/")).status_code == 200


def test_who_is_signed_out_of_one_organization_works_on_in_the_others_and_proves_who_they_are_here(cast):
    with scope(cast.theirs):
        add_member(cast.author, actor=cast.outsider)
    browser = signed_in("Heron 2.0")
    assert browser.get(page(cast.ours, "/inbox/")).status_code == 200
    sign_out(cast, browse(cast.administrator), reason="The laptop was stolen.")
    assert (browser.get(page(cast.theirs, "/inbox/")).status_code, is_in(browser)) == (200, True)
    assert "Northwind TherapeuticsWhat awaits you there is told inside." in words(browser.get("/"))
    for path in ("/inbox/", "/documents/", "/search/?q=a"):
        answer = browser.get(page(cast.ours, path))
        assert answer["Location"].startswith("/account/confirm/?next="), path
    told = words(browser.get(answer["Location"]))
    assert "An administrator of Northwind Therapeutics signed you out. Prove that it is you." in told
    assert browser.get(page(cast.ours, "/documents/"), headers={"hx-request": "true"})["HX-Redirect"]
    assert browser.post(answer["Location"], {"password": "wrong"}).status_code == 422
    assert browser.get(page(cast.ours, "/inbox/")).status_code == 302
    assert browser.post(answer["Location"], {"password": PASSWORD})["Location"] == page(cast.ours, "/search/?q=a")
    assert browser.get(page(cast.ours, "/inbox/")).status_code == 200


def test_the_tokens_of_who_is_signed_out_end_where_that_is_asked_and_here_alone(cast):
    until = timezone.now() + timedelta(days=1)
    with scope(cast.theirs):
        add_member(cast.author, actor=cast.outsider)
    for place in (cast.ours, cast.theirs):
        make_token(person=cast.author, organization=place, name="Script", may_write=False, expires_at=until)
    office = browse(cast.administrator)
    sign_out(cast, office, reason="Lost.")
    assert ApiToken.objects.filter(ended_at__isnull=True).count() == 2
    sign_out(cast, office, reason="Lost, with its scripts.", tokens="on")
    assert [each.organization for each in ApiToken.objects.filter(ended_at__isnull=True)] == [cast.theirs]
    with scope(cast.ours):
        assert AuditEvent.objects.latest("pk").sentence == "signed Amara Osei out and ended 1 API token"


def test_a_leaver_who_works_elsewhere_goes_on_there(cast):
    with scope(cast.theirs):
        add_member(cast.author, actor=cast.outsider)
    browser = signed_in("Heron 2.0")
    with scope(cast.ours):
        let_go(Membership.objects.get(user=cast.author), {}, actor=cast.administrator, reason="Left.")
    assert browser.get(page(cast.ours, "/inbox/")).status_code == 404
    assert browser.get(page(cast.theirs, "/inbox/")).status_code == 200


@pytest.mark.parametrize("key", ["unknown-session", r"quoted\000unknown"])
def test_a_cookie_that_names_no_session_leads_to_sign_in(cast, key):
    answer = Client().get(HOME, headers={"cookie": f'sessionid="{key}"'})
    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={HOME}")


def test_nobody_ends_the_session_of_somebody_else(cast):
    theirs = signed_in("Other 1.0")
    row = SignedInSession.objects.get()
    assert browse(cast.reviewer).post(f"/account/sessions/{row.pk}/end/").status_code == 404
    assert is_in(theirs)


def test_a_session_that_ended_by_itself_is_not_listed(cast):
    signed_in("Other 1.0").post("/accounts/logout/")
    assert SignedInSession.objects.filter(user=cast.author).count() == 0


def test_a_new_device_is_mailed_the_first_and_a_known_one_are_not(cast, django_capture_on_commit_callbacks):
    first = Client(headers={"user-agent": "First 1.0"})
    with django_capture_on_commit_callbacks(execute=True):
        sign_in(first, AUTHOR)
        first.post("/accounts/logout/")
        sign_in(first, AUTHOR)
    assert mail.outbox == []
    with django_capture_on_commit_callbacks(execute=True):
        signed_in("Second 2.0")
    assert [(each.to, each.subject) for each in mail.outbox] == [([AUTHOR], "Your account: signed in on a new device")]
    assert "127.0.0.1" in mail.outbox[0].body
    assert "Second 2.0" in mail.outbox[0].body
    assert happened(cast.author).count("new_device") == 1
    assert [len(each.digest) for each in KnownDevice.objects.filter(user=cast.author)] == [64, 64]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:126.0) Gecko/20100101 Firefox/126.0", "Firefox 126 on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1",
         "Mobile Safari 17 on iPhone"),
        ("Heron 2.0", "Heron 2.0"), ("<b>x", "<b>x"), ("", "an unknown device"),
    ],
)  # fmt: skip
def test_a_device_is_named_as_a_person_would_name_it(said, words):
    assert in_words(said) == words


def test_the_device_cookie_is_out_of_reach_for_scripts(cast):
    cookie = signed_in("Heron 2.0").cookies["device"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 34_560_000)


def test_an_organization_ends_long_sessions(cast):
    demand(cast, session_hours=8)
    browser = signed_in("Heron 2.0")
    assert browser.get(page(cast.ours, "/")).status_code == 200
    session = browser.session
    session["began_at"] -= 8 * 3600 + 1
    session.save()
    answer = browser.get(page(cast.ours, "/"))
    assert answer["Location"].startswith("/accounts/login/?next=")
    assert "ends sessions after 8 hours" in words(browser.get(answer["Location"]))
    assert happened(cast.author)[-1] == "session_over"


def test_an_organization_ends_idle_sessions_and_what_was_typed_waits(cast):
    with scope(cast.ours):
        version = begin(cast)
    demand(cast, idle_minutes=10)
    browser = signed_in("Heron 2.0")
    path = page(cast.ours, f"/documents/{version.document.number}/{version.label}/edit/")
    form = browser.get(path)
    session = browser.session
    session["seen_at"] -= 11 * 60
    session.save()
    token = hidden(form, "kept_for")
    answer = browser.post(path, {"kept_for": token, "title": "A title that took an hour", "revision": 0})
    assert answer["Location"].startswith("/accounts/login/?next=")
    sign_in(browser, AUTHOR)
    assert "A title that took an hour" in browser.get(path).content.decode()


def test_no_page_outside_makes_an_organization_forget_how_long_somebody_was_idle(cast):
    demand(cast, idle_minutes=10)
    browser = signed_in("Heron 2.0")
    assert browser.get(page(cast.ours, "/")).status_code == 200
    session = browser.session
    session["seen_at"] -= 11 * 60
    session.save()
    assert browser.get("/account/").status_code == 200
    assert browser.get(page(cast.ours, "/"))["Location"].startswith("/accounts/login/?next=")
    sign_in(browser, AUTHOR)
    assert browser.get(page(cast.ours, "/")).status_code == 200


def test_sessions_that_ran_out_are_forgotten(cast):
    browser = signed_in("Other 1.0")
    session = browser.session
    session.set_expiry(timezone.now() - timedelta(minutes=1))
    session.save()
    signed_in("Heron 2.0").get("/account/sessions/")
    assert list(SignedInSession.objects.values_list("device", flat=True)) == ["Heron 2.0"]
