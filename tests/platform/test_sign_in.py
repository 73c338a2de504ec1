"""Signing in and out, locks that grow, passwords by mail, and input that survives the end of a session."""

import json
import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from cqms.accounts.models import User, lock_after
from cqms.audit.models import SecurityEvent
from cqms.organizations.scope import scope
from cqms.portal.models import KeptInput
from tests.cast import PASSWORD, email_of, page
from tests.documents.players import begin
from tests.platform.browsing import browse, hidden, sign_in, words
from tests.world.building import carry, our_players

AUTHOR = email_of("author")
NEW_PASSWORD = "green otter under slow clouds"
WRONG = "not the password at all"


def happened(user: User) -> list[str]:
    """What the account remembers, oldest first."""
    return list(SecurityEvent.objects.filter(user=user).order_by("id").values_list("kind", flat=True))


def until_unlocked(user: User, seconds: int = 1) -> None:
    """Let the lock of an account run out."""
    User.objects.filter(pk=user.pk).update(locked_until=timezone.now() - timedelta(seconds=seconds))


def test_signing_in_and_out_is_noted_with_address_and_device(cast, client):
    answer = sign_in(client, AUTHOR.upper(), next="/o/northwind/inbox/")
    assert (answer.status_code, answer["Location"]) == (302, "/o/northwind/inbox/")
    client.post("/accounts/logout/", headers={"user-agent": "Heron 1.0"})
    assert happened(cast.author) == ["signed_in", "signed_out"]
    last = SecurityEvent.objects.filter(user=cast.author).latest("id")
    assert (last.email, last.address, last.device) == (AUTHOR, "127.0.0.1", "Heron 1.0")
    assert client.get(page(cast.ours, "/")).status_code == 302


def test_sign_in_leads_nowhere_outside(cast, client):
    assert sign_in(client, AUTHOR, next="https://evil.example/")["Location"] == "/"


def test_a_wrong_password_and_an_unknown_address_are_answered_alike_and_noted(cast, client):
    known, unknown = sign_in(client, AUTHOR, WRONG), sign_in(client, "who@cast.test", WRONG)
    assert (known.status_code, unknown.status_code) == (200, 200)
    assert "You are not signed in" in words(known)
    assert words(known).replace(AUTHOR, "") == words(unknown).replace("who@cast.test", "")
    assert happened(cast.author) == ["sign_in_failed"]
    assert SecurityEvent.objects.get(email="who@cast.test").user is None


def test_wrong_passwords_lock_for_longer_and_longer(cast, client):
    for _ in range(5):
        sign_in(client, AUTHOR, WRONG)
    assert happened(cast.author) == ["sign_in_failed"] * 5 + ["locked"]
    told = words(sign_in(client, AUTHOR))
    assert re.search(r"Too many wrong passwords\. Sign-in is locked until \d\d:\d\d UTC\.", told)
    assert happened(cast.author)[-1] == "refused_locked"
    waits = []
    for _ in range(3):
        until_unlocked(cast.author)
        sign_in(client, AUTHOR, WRONG)
        locked = User.objects.get(pk=cast.author.pk).locked_until
        waits.append(round((locked - timezone.now()).total_seconds() / 60))
    assert waits == [2, 4, 8]
    assert [lock_after(failures) for failures in (4, 5, 6, 20)] == [
        None, timedelta(minutes=1), timedelta(minutes=2), timedelta(hours=1),
    ]  # fmt: skip


def test_the_right_password_after_the_lock_forgets_the_failures(cast, client):
    for _ in range(5):
        sign_in(client, AUTHOR, WRONG)
    until_unlocked(cast.author)
    assert sign_in(client, AUTHOR).status_code == 302
    cast.author.refresh_from_db()
    assert (cast.author.failed_attempts, cast.author.locked_until) == (0, None)


def reset_link(client: Client, email: str) -> str:
    """The path of the link that the mail brings."""
    assert client.post("/accounts/password/reset/", {"email": email}).status_code == 302
    message = mail.outbox[-1]
    assert message.to == [email]
    return re.search(r"http://[^/]+(/accounts/password/reset/key/\S+)", message.body)[1]


def test_a_forgotten_password_is_set_by_mail_once(cast, client):
    link = reset_link(client, AUTHOR)
    form = client.get(link, follow=True)
    place = form.redirect_chain[-1][0]
    refused = client.post(place, {"password1": "password1234", "password2": "password1234"})
    assert "much like it. Choose several words" in words(refused)
    short = client.post(place, {"password1": "blue heron", "password2": "blue heron"})
    assert "at least 12 characters" in words(short)
    assert client.post(place, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}).status_code == 302
    assert sign_in(Client(), AUTHOR).status_code == 200
    assert sign_in(Client(), AUTHOR, NEW_PASSWORD).status_code == 302
    assert "does not work any more" in words(Client().get(link, follow=True))
    assert happened(cast.author) == ["reset_asked", "password_changed", "sign_in_failed", "signed_in"]


def test_the_reset_page_tells_nobody_who_has_an_account(cast, client):
    known = client.post("/accounts/password/reset/", {"email": AUTHOR}, follow=True)
    unknown = client.post("/accounts/password/reset/", {"email": "who@cast.test"}, follow=True)
    assert words(known) == words(unknown)


def test_changing_the_password_needs_the_present_one_and_keeps_the_session(cast):
    browser, place = browse(cast.author), "/accounts/password/change/"
    asked = {"oldpassword": WRONG, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert "The password is not changed" in words(browser.post(place, asked))
    assert browser.post(place, {**asked, "oldpassword": PASSWORD}).status_code == 302
    assert browser.get("/account/").status_code == 200
    assert happened(cast.author) == ["password_changed"]


def test_nobody_opens_an_account_for_themselves(client, db):
    assert "Accounts are by invitation" in words(client.get("/accounts/signup/"))
    asked = {"email": "new@cast.test", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert "Accounts are by invitation" in words(client.post("/accounts/signup/", asked))
    assert not User.objects.filter(email="new@cast.test").exists()


def test_the_demo_accounts_stand_on_the_page_only_where_there_is_a_demo(client, db, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    assert "Demo accounts" not in words(client.get("/accounts/login/"))
    account = {"email": "a@b.example", "password": "a b c", "role": "author", "organization": "Alder"}
    (tmp_path / "demo.json").write_text(json.dumps({"accounts": [account]}))
    told = words(client.get("/accounts/login/"))
    assert "Demo accounts" in told
    assert "Alderpassword a b c Authora@b.example" in told


def idle(browser: Client, settings, minutes: int = 31) -> None:
    """Leave a browser alone for longer than the portal waits."""
    session = browser.session
    session["seen_at"] = timezone.now().timestamp() - minutes * 60
    session.save()


@pytest.fixture
def zone_form(cast):
    """A browser of the author, in front of a form that was loaded while the session was alive."""
    browser = browse(cast.author)
    shown = browser.get("/account/zone/")
    return browser, hidden(shown, "kept_for")


def test_who_is_idle_is_signed_out_and_it_is_noted(cast, settings):
    browser = browse(cast.author)
    assert browser.get("/account/").status_code == 200
    idle(browser, settings, minutes=29)
    assert browser.get("/account/").status_code == 200
    idle(browser, settings)
    assert browser.get("/account/")["Location"] == "/accounts/login/?next=/account/"
    assert happened(cast.author) == ["idle"]


def test_what_was_typed_into_an_ended_session_comes_back_to_that_person_only(cast, settings, zone_form):
    browser, token = zone_form
    idle(browser, settings)
    late = browser.post("/account/zone/", {"zone": "Asia/Tokyo", "kept_for": token, "password": "secret"})
    assert late["Location"] == "/accounts/login/?next=/account/zone/"
    assert KeptInput.objects.get().fields == {"zone": ["Asia/Tokyo"]}
    other = browse(cast.reviewer).get("/account/zone/")
    assert "We kept what you typed" not in words(other)
    sign_in(browser, AUTHOR)
    back = browser.get("/account/zone/")
    assert "We kept what you typed" in words(back)
    assert hidden(back, "zone") == "Asia/Tokyo"
    assert "We kept what you typed" not in words(browser.get("/account/zone/"))


def test_input_without_the_token_of_its_person_is_kept_for_nobody(cast, settings, zone_form):
    browser, _ = zone_form
    idle(browser, settings)
    browser.post("/account/zone/", {"zone": "Asia/Tokyo", "kept_for": "made up"})
    browser.post("/account/zone/", {"zone": "Asia/Tokyo"})
    assert not KeptInput.objects.exists()


def test_a_dialog_that_comes_too_late_leads_to_the_sign_in_page(cast, settings, zone_form):
    browser, token = zone_form
    idle(browser, settings)
    late = browser.post("/account/zone/", {"zone": "Asia/Tokyo", "kept_for": token}, headers={"HX-Request": "true"})
    assert (late.status_code, late["HX-Redirect"]) == (200, "/accounts/login/?next=/account/zone/")
    assert KeptInput.objects.get().user == cast.author


def test_moments_are_shown_in_the_reader_s_own_zone(cast):
    browser = browse(cast.author)
    browser.post("/account/zone/", {"zone": "Asia/Tokyo"})
    assert "Times in Asia/Tokyo, UTC+09:00" in words(browser.get("/account/"))
    assert "Times in UTC, UTC+00:00" in words(browse(cast.reviewer).get("/account/"))


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true", "HX-Target": "step-dialog"}])
def test_the_reason_of_a_step_comes_back_its_consent_does_not(cast, settings, headers):
    with scope(cast.ours):
        version = carry(begin(cast), our_players(cast), steps_done=1)
        place = page(cast.ours, f"/documents/{version.document.number}/{version.label}/steps/recall/")
    browser = browse(cast.author)
    token = hidden(browser.get(place, headers=headers), "kept_for")
    idle(browser, settings)
    browser.post(place, {"reason": "A table is wrong.", "accepts_binding": "on", "kept_for": token}, headers=headers)
    sign_in(browser, AUTHOR)
    back = browser.get(place, headers=headers)
    assert "We kept what you typed" in words(back)
    assert "A table is wrong." in words(back)
    assert " checked" not in back.content.decode()
