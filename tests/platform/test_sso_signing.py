"""Signing at the organization's provider: a fresh round trip whose token covers what is signed, and is kept."""

import time

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from cqms.identity import providers
from cqms.organizations.scope import scope
from cqms.signatures.content import verify
from cqms.signatures.models import Signature
from cqms.signatures.proofs import Subject, nonce_for
from documents.models import Version
from tests.cast import email_of, page
from tests.documents.players import begin
from tests.platform.browsing import hidden, words
from tests.platform.provider import AuthorizationCode, away, come_back, link, running, set_provider, sign_in_there
from tests.platform.proving import code_now, demand, give_app
from tests.world.building import carry, our_players

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


@pytest.fixture
def at(cast):
    named = {"email_verified": True, "groups": ["authors"]}
    people = {"amara": {**named, "email": email_of("author")}, "rasmus": {**named, "email": email_of("reviewer")},
              "erin": {**named, "email": "erin@cast.test"}}  # fmt: skip
    with running(**people) as provider:
        set_provider(cast, provider, rules=[])
        link(cast, cast.author, "amara")
        link(cast, cast.reviewer, "rasmus")
        yield provider


@pytest.fixture
def draft(cast):
    with scope(cast.ours):
        return begin(cast)


@pytest.fixture
def place(cast, draft) -> str:
    return page(cast.ours, f"/documents/{draft.document.number}/{draft.label}/steps/submit/")


def round_trip(browser, at, place, draft, subject="amara"):
    token = hidden(browser.get(place), "kept_for")
    going = browser.post(place, {"revision": draft.revision, "prove": "provider", "kept_for": token})
    return come_back(browser, at.approve(away(going), subject))


def signature_of(cast) -> Signature | None:
    with scope(cast.ours):
        return Signature.objects.filter(signer=cast.author).first()


def test_the_way_to_the_provider_asks_anew_and_names_what_is_signed(cast, at, draft, place, client):
    sign_in_there(client, at, "amara")
    asked = away(client.post(place, {"revision": draft.revision, "prove": "provider"}))
    assert ("prompt=login" in asked, "max_age=0" in asked, "code_challenge_method=S256" in asked) == (True,) * 3


def test_a_round_trip_signs_and_its_token_is_kept_and_checked_again(cast, at, draft, place, client):
    sign_in_there(client, at, "amara")
    back = round_trip(client, at, place, draft)
    assert back["Location"] == place
    told = words(client.get(place))
    assert "You proved that it is you" in told
    assert "Your password" not in told
    done = client.post(place, {"revision": draft.revision, "accepts_binding": "on"})
    assert done.status_code == 302, words(done)
    signature = signature_of(cast)
    assert (signature.method, signature.proof["kind"], signature.proof["issuer"]) == ("provider", "provider", at.issuer)
    with scope(cast.ours):
        record = Version.objects.get(pk=draft.pk)
        assert verify(signature, record).holds
        signature.meaning = "approved"
        assert verify(signature, record).damaged


def test_another_person_at_the_provider_proves_nothing(cast, at, draft, place, client):
    sign_in_there(client, at, "amara")
    answer = round_trip(client, at, place, draft, subject="erin")
    assert (answer.status_code, "Somebody else" in words(answer)) == (403, True)
    assert client.post(place, {"revision": draft.revision, "accepts_binding": "on"}).status_code == 422
    assert signature_of(cast) is None


def test_a_provider_that_asked_long_ago_proves_nothing(cast, at, draft, place, client, monkeypatch):
    sign_in_there(client, at, "amara")
    monkeypatch.setattr(AuthorizationCode, "get_auth_time", lambda _: int(time.time()) - 3600)
    answer = round_trip(client, at, place, draft)
    assert (answer.status_code, "did not ask who you are just now" in words(answer)) == (403, True)
    assert signature_of(cast) is None


def test_a_record_that_changed_meanwhile_is_not_signed(cast, at, draft, place, client):
    sign_in_there(client, at, "amara")
    round_trip(client, at, place, draft)
    session = client.session
    session["proved_elsewhere"] |= {"nonce": "of another record"}
    session.save()
    refused = client.post(place, {"revision": draft.revision, "accepts_binding": "on"})
    assert (refused.status_code, "changed after you proved" in words(refused)) == (422, True)
    assert signature_of(cast) is None


def test_what_was_typed_is_there_again_after_the_way_to_the_provider(cast, at, draft, client):
    with scope(cast.ours):
        in_review = carry(draft, our_players(cast), steps_done=1)
    sign_in_there(client, at, "rasmus")
    place = page(cast.ours, f"/documents/{draft.document.number}/{draft.label}/steps/send_back/")
    why = "The third section contradicts the protocol: “two visits”, not three."
    token = hidden(client.get(place), "kept_for")
    typed = {"revision": in_review.revision, "prove": "provider", "kept_for": token, "reason": why}
    come_back(client, at.approve(away(client.post(place, typed)), "rasmus"))
    shown = client.get(place)
    assert (why in words(shown), "You proved that it is you" in words(shown)) == (True, True)
    assert not shown.context["form"]["accepts_binding"].value()
    again = {"revision": in_review.revision, "accepts_binding": "on", "reason": shown.context["form"]["reason"].value()}
    assert client.post(place, again).status_code == 302
    with scope(cast.ours):
        signature = Signature.objects.get(signer=cast.reviewer)
    assert (signature.method, signature.reason) == ("provider", why)


def test_where_a_code_is_demanded_it_comes_on_top(cast, at, draft, place, client):
    give_app(cast.author)
    sign_in_there(client, at, "amara")
    client.post("/accounts/second-factor/", {"code": code_now()})
    demand(cast, signing="second_factor")
    round_trip(client, at, place, draft)
    assert "Code of your authenticator app" in words(client.get(place))
    assert client.post(place, {"revision": draft.revision, "accepts_binding": "on"}).status_code == 422
    code = code_now(later=1)
    done = client.post(place, {"revision": draft.revision, "accepts_binding": "on", "code": code})
    assert (done.status_code, signature_of(cast).method) == (302, "provider+code")


def test_the_nonce_of_a_signature_differs_for_every_record_content_and_meaning():
    base = Subject("a.b", 1, "00", "approved")
    others = [Subject("a.c", 1, "00", "approved"), Subject("a.b", 2, "00", "approved"),
              Subject("a.b", 1, "01", "approved"), Subject("a.b", 1, "00", "reviewed")]  # fmt: skip
    assert len({nonce_for(each, "n") for each in [base, *others]} | {nonce_for(base, "m")}) == 6


def test_a_key_that_did_not_sign_the_token_proves_nothing():
    ours, other = RSAKey.generate_key(2048, {"kid": "k"}), RSAKey.generate_key(2048, {"kid": "k"})
    token = jwt.encode({"alg": "RS256", "kid": "k"}, {"sub": "x"}, ours)
    with pytest.raises(providers.ProviderFailed):
        providers.claims_of(token, KeySet([other]))
