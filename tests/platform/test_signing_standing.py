"""Who may not sign at all yet: identity not proven, not trained on the portal; said on the page and over the API."""

import pytest

from cqms.audit.refusals import Blocked
from cqms.history.action import action
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope
from cqms.portal import people
from cqms.signatures.models import Meaning, Signature
from cqms.signatures.services import sign
from tests.cast import PASSWORD, email_of, page
from tests.documents.players import begin
from tests.platform.asking import asking
from tests.platform.browsing import browse, words
from tests.platform.proving import demand
from tests.world.building import credentials

UNPROVEN = "for you this is not written down yet: Adrian Mills can do it, on your page under Members."
UNTRAINED = "Nobody reads or decides here before they were trained on the portal"


@pytest.fixture
def draft(cast):
    with scope(cast.ours):
        return begin(cast)


def place_of(cast, draft, rest: str = "steps/submit/") -> str:
    return page(cast.ours, f"/documents/{draft.document.number}/{draft.label}/{rest}")


def typed(draft, who: str = "author") -> dict[str, object]:
    return {"revision": draft.revision, "email": email_of(who), "password": PASSWORD, "accepts_binding": "on"}


def signatures(cast) -> int:
    with scope(cast.ours):
        return Signature.objects.filter(record_kind="documents.version").count()


def test_who_has_no_proof_of_identity_is_told_before_they_sign(cast, draft):
    demand(cast, needs_identity_proof=True)
    browser, place = browse(cast.author), place_of(cast, draft)
    assert UNPROVEN in words(browser.get(place_of(cast, draft, "")))
    for answer in (browser.get(place), browser.post(place, typed(draft))):
        assert (answer.status_code, UNPROVEN in words(answer)) == (409, True)
    assert signatures(cast) == 0
    with scope(cast.ours):
        people.prove_identity(
            Membership.objects.get(user=cast.author), how="Passport, shown on site", actor=cast.administrator
        )
    assert browser.post(place, typed(draft)).status_code == 302
    assert signatures(cast) == 1


def test_the_api_says_the_same_and_who_can_help(cast, draft):
    demand(cast, needs_identity_proof=True)
    ask = asking(cast.author, cast.ours)
    path = f"documents/{draft.document.number}/versions/{draft.label}/"
    [step] = [each for each in ask.get(path).json()["allowed_steps"] if each["key"] == "submit"]
    assert (step["possible"], UNPROVEN in step["why_not"]) == (False, True)
    refused = ask.post(f"{path}steps/submit/", {**typed(draft), "accepts_binding": True})
    assert (refused.status_code, UNPROVEN in refused.json()["error"]["message"]) == (422, True)
    assert signatures(cast) == 0


def test_signing_itself_refuses_whatever_led_there(cast, draft):
    demand(cast, needs_identity_proof=True)
    with scope(cast.ours), action(cast.author.pk), pytest.raises(Blocked, match="established who they are"):
        sign(draft, signer=cast.author, meaning=Meaning.AUTHORED, credentials=credentials(cast.author))


def test_who_was_not_trained_reads_nothing_and_is_told_why(cast, draft):
    demand(cast, needs_introduction=True)
    browser = browse(cast.author)
    assert UNTRAINED in words(browser.get(page(cast.ours, "/")))
    assert browser.get(place_of(cast, draft)).status_code == 404
    assert asking(cast.author, cast.ours).get(f"documents/{draft.document.number}/").status_code == 404
    refused = browser.get(page(cast.ours, "/studies/new/"))
    assert (refused.status_code, UNTRAINED in words(refused)) == (403, True)
    with scope(cast.ours), action(cast.author.pk), pytest.raises(Blocked, match=UNTRAINED):
        sign(draft, signer=cast.author, meaning=Meaning.AUTHORED, credentials=credentials(cast.author))


def test_an_administrator_who_waits_for_training_still_writes_down_that_of_others(cast, draft):
    demand(cast, needs_introduction=True)
    office = browse(cast.administrator)
    with scope(cast.ours):
        member = Membership.objects.get(user=cast.author)
    place = page(cast.ours, f"/members/{member.pk}/training/")
    assert office.post(place, {"evidence": "Course of today, list in the TMF"}).status_code == 302
    assert browse(cast.author).post(place_of(cast, draft), typed(draft)).status_code == 302


def test_the_first_signature_takes_the_acceptance_that_it_binds(cast, draft):
    browser, place = browse(cast.author), place_of(cast, draft)
    bare = {name: value for name, value in typed(draft).items() if name != "accepts_binding"}
    refused = browser.post(place, bare)
    assert (refused.status_code, "electronic signature binds you" in words(refused)) == (422, True)
    assert signatures(cast) == 0
    assert browser.post(place, typed(draft)).status_code == 302
