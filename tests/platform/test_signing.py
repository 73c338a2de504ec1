"""What proves who signs: password, password and code, passkey; as the organization demands, on the page and the API."""

import json

import pytest

from cqms.audit.models import SecurityEvent
from cqms.organizations.scope import scope
from cqms.signatures.content import verify
from cqms.signatures.models import Signature
from tests.cast import PASSWORD, email_of, page
from tests.documents.players import begin
from tests.platform.asking import asking
from tests.platform.browsing import browse, words
from tests.platform.proving import code_now, demand, give_app

WRONG = "000000"


@pytest.fixture
def draft(cast):
    """A complete draft that its author can submit, signed."""
    with scope(cast.ours):
        return begin(cast)


def submit_page(cast, draft) -> str:
    return page(cast.ours, f"/documents/{draft.document.number}/{draft.label}/steps/submit/")


def typed(draft, **more: object) -> dict[str, object]:
    both = {"email": email_of("author"), "password": PASSWORD, "accepts_binding": "on"}
    return {"revision": draft.revision, **both, **more}


def made(cast) -> Signature | None:
    with scope(cast.ours):
        return Signature.objects.filter(signer=cast.author).first()


def test_a_password_is_enough_until_the_organization_demands_more(cast, draft):
    assert browse(cast.author).post(submit_page(cast, draft), typed(draft)).status_code == 302
    assert (made(cast).method, made(cast).proof) == ("email+password", {})


def test_where_a_second_factor_signs_its_code_is_asked_for_and_counts_once(cast, draft):
    demand(cast, signing="second_factor")
    give_app(cast.author)
    browser, place = browse(cast.author), submit_page(cast, draft)
    assert "Code of your authenticator app" in words(browser.get(place))
    missing = browser.post(place, typed(draft))
    assert (missing.status_code, made(cast)) == (422, None)
    wrong = browser.post(place, typed(draft, code=WRONG))
    assert (wrong.status_code, "This code is not right" in words(wrong), made(cast)) == (422, True, None)
    assert SecurityEvent.objects.filter(user=cast.author, kind="signature_failed").count() == 1
    assert browser.post(place, typed(draft, code=code_now())).status_code == 302
    assert made(cast).method == "email+password+code"


def test_a_right_code_does_not_help_a_wrong_password(cast, draft):
    demand(cast, signing="second_factor")
    give_app(cast.author)
    refused = browse(cast.author).post(submit_page(cast, draft), typed(draft, password="wrong", code=code_now()))
    assert (refused.status_code, "E-mail or password is wrong." in words(refused), made(cast)) == (422, True, None)


def test_where_a_passkey_signs_a_password_does_not(cast, draft):
    demand(cast, signing="passkey")
    browser, place = browse(cast.author), submit_page(cast, draft)
    told = words(browser.get(place))
    assert "You cannot sign yet" in told
    assert "Your password" not in told
    refused = browser.post(place, typed(draft))
    assert (refused.status_code, made(cast)) == (422, None)


@pytest.mark.parametrize("answer", ["{}", "[1]", "null", "not json", json.dumps({"id": "eA", "rawId": "eA"})])
def test_an_answer_of_no_device_signs_nothing_and_is_noted(cast, draft, answer):
    browser, place = browse(cast.author), submit_page(cast, draft)
    refused = browser.post(place, typed(draft, credential=answer, nonce="made up"))
    assert (refused.status_code, made(cast)) == (422, None)
    assert "did not sign what is shown here" in words(refused)
    assert SecurityEvent.objects.filter(user=cast.author, kind="signature_failed").count() == 1


def api_submit(cast, draft, **more: object):
    body = {"revision": draft.revision, "email": email_of("author"), "password": PASSWORD, "accepts_binding": True}
    path = f"documents/{draft.document.number}/versions/{draft.label}/steps/submit/"
    return asking(cast.author, cast.ours).post(path, {**body, **more})


def test_the_api_takes_the_code_the_policy_demands(cast, draft):
    demand(cast, signing="second_factor")
    give_app(cast.author)
    missing = api_submit(cast, draft)
    assert (missing.status_code, list(missing.json()["error"]["fields"])) == (422, ["code"])
    assert api_submit(cast, draft, code=WRONG).status_code == 422
    assert api_submit(cast, draft, code=code_now()).status_code == 200
    assert made(cast).method == "email+password+code"


def test_the_api_says_where_to_sign_with_a_passkey(cast, draft):
    demand(cast, signing="passkey")
    refused = api_submit(cast, draft)
    assert (refused.status_code, refused.json()["error"]["message"]) == (
        422, "Here one signs with a passkey, on the page of this step.",
    )  # fmt: skip
    assert made(cast) is None


def test_a_signature_by_password_that_claims_a_proof_is_damaged(cast, draft):
    browse(cast.author).post(submit_page(cast, draft), typed(draft))
    signature = made(cast)
    with scope(cast.ours):
        draft.refresh_from_db()
        assert verify(signature, draft).holds
        signature.proof = {"kind": "passkey"}
        assert verify(signature, draft).damaged
        signature.method = "passkey"
        assert verify(signature, draft).damaged
