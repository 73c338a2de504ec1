"""Second factors: adding, using and removing them, and organizations that ask for them."""

import json
import re

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client

from cqms.access.services import add_member
from cqms.audit.models import AuditEvent, SecurityEvent
from cqms.identity import factors
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope
from tests.cast import email_of, page
from tests.documents.players import begin
from tests.platform.asking import asking
from tests.platform.browsing import browse, sign_in, words
from tests.platform.proving import KEY, code_now, confirm, demand, give_app, kinds_of, secret_on
from tests.world.building import carry, our_players

AUTHOR = email_of("author")
WRONG = "000000"


def happened(person) -> list[str]:
    return list(SecurityEvent.objects.filter(user=person).order_by("id").values_list("kind", flat=True))


def test_adding_an_app_asks_for_a_fresh_proof_and_its_first_code(cast, django_capture_on_commit_callbacks):
    browser = browse(cast.author)
    assert browser.get("/account/factors/app/")["Location"] == "/account/confirm/?next=%2Faccount%2Ffactors%2Fapp%2F"
    wrong = browser.post("/account/confirm/?next=/account/factors/app/", {"password": "not it"})
    assert (wrong.status_code, "The password is wrong." in words(wrong)) == (422, True)
    confirm(browser)
    key = secret_on(browser.get("/account/factors/app/"))
    refused = browser.post("/account/factors/app/", {"code": WRONG})
    assert (refused.status_code, kinds_of(cast.author)) == (422, [])
    with django_capture_on_commit_callbacks(execute=True):
        done = browser.post("/account/factors/app/", {"code": code_now(key)})
    assert (done["Location"], kinds_of(cast.author)) == ("/account/factors/codes/", ["totp"])
    assert happened(cast.author)[-2:] == ["confirmed", "factor_added"]
    assert [(each.to, each.subject) for each in mail.outbox] == [([AUTHOR], "Your account: added an authenticator app")]
    with scope(cast.ours):
        event = AuditEvent.objects.latest("id")
    assert (event.actor, event.sentence) == (cast.author, "added an authenticator app")


def test_the_key_of_an_app_is_stored_sealed(cast):
    give_app(cast.author)
    assert KEY not in json.dumps(Authenticator.objects.get(user=cast.author).data)


def test_signing_in_asks_for_the_code_once_and_takes_it_once(cast, client):
    give_app(cast.author)
    first = sign_in(client, AUTHOR)
    assert first["Location"] == "/accounts/second-factor/"
    assert client.get(page(cast.ours, "/")).status_code == 302
    code = code_now()
    assert client.post("/accounts/second-factor/", {"code": code}).status_code == 302
    assert client.get(page(cast.ours, "/")).status_code == 200
    again = Client()
    sign_in(again, AUTHOR)
    refused = again.post("/accounts/second-factor/", {"code": code})
    assert "used already" in words(refused)
    assert again.get(page(cast.ours, "/")).status_code == 302


def test_wrong_codes_lock_the_account(cast, client):
    give_app(cast.author)
    sign_in(client, AUTHOR)
    for _ in range(5):
        client.post("/accounts/second-factor/", {"code": WRONG})
    assert happened(cast.author)[-3:] == ["factor_failed", "factor_failed", "locked"]
    told = client.post("/accounts/second-factor/", {"code": code_now()})
    assert "Too many wrong codes" in words(told)
    assert client.get(page(cast.ours, "/")).status_code == 302


def recovery_codes(browser) -> list[str]:
    made = browser.post("/account/factors/codes/")
    assert (made.status_code, made["Cache-Control"]) == (201, "no-store")
    return re.findall(r">([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})<", made.content.decode())


def test_recovery_codes_carry_59_bits_of_the_system_s_chance(cast, monkeypatch):
    codes = [code.replace("-", "") for code in factors.make_recovery_codes(cast.author)]
    assert (len(set(codes)), {len(code) for code in codes}) == (10, {12})
    asked = []
    monkeypatch.setattr(factors.secrets, "choice", lambda letters: asked.append(letters) or letters[0])
    factors.make_recovery_codes(cast.author)
    assert [len(set(letters)) for letters in asked if len(letters) == 31] == [31] * 120  # salts have 62 letters
    assert 31**12 > 2**59


def test_a_recovery_code_signs_in_once(cast, client):
    give_app(cast.author)
    browser = browse(cast.author)
    confirm(browser)
    codes = recovery_codes(browser)
    assert len(set(codes)) == 10
    sign_in(client, AUTHOR)
    client.post("/accounts/second-factor/", {"code": codes[0].upper()})
    assert client.get(page(cast.ours, "/")).status_code == 200
    assert factors.factors_of(cast.author).codes_left == 9
    again = Client()
    sign_in(again, AUTHOR)
    again.post("/accounts/second-factor/", {"code": codes[0]})
    assert again.get(page(cast.ours, "/")).status_code == 302


def test_recovery_codes_are_stored_as_password_hashes(cast):
    give_app(cast.author)
    browser = browse(cast.author)
    confirm(browser)
    codes = recovery_codes(browser)
    stored = Authenticator.objects.get(user=cast.author, type="recovery_codes").data["hashes"]
    assert {each.split("$")[0] for each in stored} == {"argon2"}
    assert [code for code in codes if code.replace("-", "") in json.dumps(stored)] == []


def test_without_a_factor_there_are_no_recovery_codes(cast):
    browser = browse(cast.author)
    confirm(browser)
    assert browser.post("/account/factors/codes/").status_code == 404


def test_removing_the_last_factor_takes_the_recovery_codes_along(cast):
    give_app(cast.author)
    factors.make_recovery_codes(cast.author)
    browser = browse(cast.author)
    confirm(browser)
    app = Authenticator.objects.get(user=cast.author, type="totp")
    assert "authenticator app" in words(browser.get(f"/account/factors/{app.pk}/remove/"))
    assert browser.post(f"/account/factors/{app.pk}/remove/")["Location"] == "/account/factors/"
    assert kinds_of(cast.author) == []


def test_nobody_removes_the_factor_of_somebody_else(cast):
    give_app(cast.author)
    browser = browse(cast.reviewer)
    confirm(browser)
    app = Authenticator.objects.get(user=cast.author)
    assert browser.post(f"/account/factors/{app.pk}/remove/").status_code == 404
    assert kinds_of(cast.author) == ["totp"]


@pytest.mark.parametrize("answer", ["", "{}", "[1]", "not json", '{"id": "x", "rawId": "x", "response": {}}'])
def test_a_device_that_answers_nonsense_adds_no_passkey(cast, answer):
    browser = browse(cast.author)
    confirm(browser)
    browser.get("/account/factors/passkey/")
    refused = browser.post("/account/factors/passkey/", {"name": "Mine", "credential": answer})
    assert (refused.status_code, kinds_of(cast.author)) == (422, [])


@pytest.mark.parametrize("answer", ["{}", "[1]", "not json", '{"id": "x", "rawId": "x", "response": {}}'])
def test_a_device_that_answers_nonsense_confirms_nothing(cast, answer):
    browser = browse(cast.author)
    assert browser.post("/account/confirm/", {"credential": answer}).status_code == 422
    assert browser.get("/account/factors/app/").status_code == 302


# Organizations that ask for them


def test_who_must_have_a_second_factor_is_led_to_add_one(cast):
    demand(cast, second_factor="deciders")
    browser = browse(cast.process_owner)
    answer = browser.get(page(cast.ours, "/documents/"))
    assert answer["Location"] == "/account/factors/?next=%2Fo%2Fnorthwind%2Fdocuments%2F"
    assert "asks for a second factor" in words(browser.get(answer["Location"]))
    assert browse(cast.reader).get(page(cast.ours, "/documents/")).status_code == 200
    confirm(browser)
    browser.post("/account/factors/app/", {"code": code_now(secret_on(browser.get("/account/factors/app/")))})
    assert browser.get(page(cast.ours, "/documents/")).status_code == 200


def test_a_session_without_the_factor_shows_it_and_what_was_typed_waits(cast):
    give_app(cast.author)
    browser = browse(cast.author)
    demand(cast, second_factor="everybody")
    answer = browser.get(page(cast.ours, "/"))
    assert answer["Location"] == "/account/second-factor/?next=%2Fo%2Fnorthwind%2F"
    wrong = browser.post(answer["Location"], {"code": WRONG})
    assert (wrong.status_code, "not right" in words(wrong)) == (422, True)
    assert browser.post(answer["Location"], {"code": code_now()})["Location"] == page(cast.ours, "/")
    assert browser.get(page(cast.ours, "/")).status_code == 200


def test_being_kept_out_is_told_once_in_the_trail(cast):
    demand(cast, allowed_networks=("10.0.0.0/8",))
    browser = browse(cast.author)
    for _ in range(2):
        answer = browser.get(page(cast.ours, "/documents/"))
        assert (answer.status_code, "its own networks only" in words(answer)) == (403, True)
    assert happened(cast.author).count("entry_refused") == 1
    with scope(cast.ours):
        told = list(AuditEvent.objects.filter(actor=cast.author).values_list("sentence", "reason"))
    assert told == [
        ("was kept out: network",
         "Northwind Therapeutics lets people in from its own networks only; you come from 127.0.0.1.")
    ]  # fmt: skip


def test_networks_close_the_organization_and_nothing_else(cast):
    with scope(cast.theirs):
        add_member(cast.author, actor=cast.outsider)
    demand(cast, allowed_networks=("10.0.0.0/8",))
    browser = browse(cast.author)
    assert browser.get("/account/").status_code == 200
    assert browser.get(page(cast.ours, "/")).status_code == 403
    assert browser.get(page(cast.theirs, "/")).status_code == 200


def test_what_is_closed_shows_nothing_from_outside_and_takes_no_token_or_program(cast):
    with scope(cast.theirs):
        add_member(cast.reviewer, actor=cast.outsider)
    with scope(cast.ours):
        number = carry(begin(cast), our_players(cast), steps_done=1).document.number
    ask, browser = asking(cast.reviewer, cast.ours), browse(cast.reviewer)
    assert ask.get("documents/").status_code == 200
    assert number in words(browser.get("/inbox/"))
    demand(cast, allowed_networks=("10.0.0.0/8",))
    assert "Northwind TherapeuticsWhat awaits you there is told inside." in words(browser.get("/"))
    assert number not in words(browser.get("/inbox/"))
    assert 'value="northwind"' not in browser.get("/account/tokens/new/").content.decode()
    refused = ask.get("documents/")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "denied")


def test_lost_factors_go_once_it_was_established_who_it_is(cast, django_capture_on_commit_callbacks):
    give_app(cast.author)
    browser, office = browse(cast.author), browse(cast.administrator)
    browser.get("/account/")
    with scope(cast.ours):
        member = Membership.objects.get(user=cast.author)
    place = page(cast.ours, f"/members/{member.pk}/factors/")
    assert office.post(place, {"evidence": ""}).status_code == 422
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        assert office.post(place, {"evidence": "Passport, shown on site."}).status_code == 302
    assert (kinds_of(cast.author), browser.get("/account/").status_code) == ([], 302)
    assert [each.to for each in mail.outbox] == [[cast.author.email]]
    with scope(cast.ours):
        event = AuditEvent.objects.get(verb="reset factors")
    assert (event.actor, event.sentence, event.reason) == (
        cast.administrator, "took away 1 lost factor of Amara Osei", "Passport, shown on site."
    )  # fmt: skip


def test_nobody_takes_their_own_factors_away_and_no_organization_those_of_another(cast):
    give_app(cast.author)
    office = browse(cast.administrator)
    with scope(cast.theirs):
        add_member(cast.author, actor=cast.outsider)
    with scope(cast.ours):
        rows = {each.user_id: each.pk for each in Membership.objects.all()}
    for who, sentence in ((cast.author, "other organizations, too"), (cast.administrator, "Ask another administrator")):
        answer = office.post(page(cast.ours, f"/members/{rows[who.pk]}/factors/"), {"evidence": "Passport"})
        assert (answer.status_code, sentence in words(answer)) == (422, True)
    assert kinds_of(cast.author) == ["totp"]
