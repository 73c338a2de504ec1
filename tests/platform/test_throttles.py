"""How often one may try: signing in, asking for a new password, signing, uploading, making tokens."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from cqms.api.models import ApiToken
from cqms.api.services import make_token
from cqms.attachments.kinds import PDF
from cqms.attachments.services import store
from cqms.identity.throttle import TooOften
from cqms.organizations.scope import scope
from cqms.signatures.models import Signature
from tests.cast import email_of, page
from tests.documents.players import begin
from tests.platform.asking import asking
from tests.platform.browsing import browse, sign_in, words


@pytest.fixture(autouse=True)
def _counting_from_zero(redis_url):
    cache.clear()
    yield
    cache.clear()


def test_signing_in_from_one_address_is_limited(cast, client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login": "3/m/ip"}
    answers = [sign_in(client, email_of("author"), "wrong").status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]


def test_asking_for_a_new_password_is_limited(cast, client):
    answers = [client.post("/accounts/password/reset/", {"email": email_of("author")}).status_code for _ in range(6)]
    assert answers == [302, 302, 302, 302, 302, 429]


def test_signing_is_limited_on_the_page_and_through_the_api(cast, settings):
    with scope(cast.ours):
        draft = begin(cast)
    settings.PERSON_RATES = {**settings.PERSON_RATES, "sign": "2/h"}
    place = page(cast.ours, f"/documents/{draft.document.number}/{draft.label}/steps/submit/")
    wrong = {"revision": draft.revision, "email": email_of("author"), "password": "wrong", "accepts_binding": "on"}
    browser = browse(cast.author)
    assert [browser.post(place, wrong).status_code for _ in range(3)] == [422, 422, 429]
    assert "too many signatures in a row" in words(browser.post(place, wrong))
    path = f"documents/{draft.document.number}/versions/{draft.label}/steps/submit/"
    refused = asking(cast.author, cast.ours).post(path, wrong | {"accepts_binding": True})
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_often")
    with scope(cast.ours):
        assert not Signature.objects.exists()


def test_making_tokens_is_limited(cast, settings):
    settings.PERSON_RATES = {**settings.PERSON_RATES, "token": "1/h"}
    end = timezone.now() + timedelta(days=1)
    given = {"person": cast.author, "organization": cast.ours, "may_write": False, "expires_at": end}
    make_token(name="first", **given)
    with pytest.raises(TooOften):
        make_token(name="second", **given)
    assert ApiToken.objects.count() == 1


def test_uploading_is_limited(ours, cast, settings):
    settings.PERSON_RATES = {**settings.PERSON_RATES, "upload": "0/h"}
    with pytest.raises(TooOften):
        store(b"%PDF-1.7", name="a.pdf", actor=cast.author, allowed=[PDF])
