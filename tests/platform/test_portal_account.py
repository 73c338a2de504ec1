"""One's own account: profile, sign-in history and tokens for the API."""

import re
from datetime import timedelta

import pytest

from cqms.access.services import add_member, give_role
from cqms.api.models import ApiToken, digest_of
from cqms.api.scopes import in_words, noun_of, nouns
from cqms.audit.models import AuditEvent, SecurityEvent, SecurityEventKind
from cqms.audit.services import note_security
from cqms.organizations.scope import scope
from documents.models import Version
from tests.cast import PASSWORD, page
from tests.days import today
from tests.documents.players import begin
from tests.platform.asking import Asking, asking
from tests.platform.browsing import browse, words

SECRET = re.compile(r"cqms_[A-Za-z0-9_-]{43}")


def test_the_account_shows_who_one_is_and_what_one_holds_where(cast):
    with scope(cast.theirs):
        add_member(cast.author, actor=cast.outsider)
    told = words(browse(cast.author).get("/account/"))
    assert "NameAmara OseiE-mailauthor@cast.test" in told.replace(" E-mail", "E-mail").replace("Name ", "Name")
    assert "Northwind TherapeuticsAuthor" in told
    assert "Harbour ResearchYou hold no role here." in told


def test_the_history_is_one_s_own(cast):
    for person in (cast.author, cast.reviewer):
        note_security(SecurityEventKind.SIGN_IN_FAILED, user=person, address="10.1.2.3", device=f"Of {person}")
    browser = browse(cast.author)
    told = words(browser.get("/account/sign-ins/"))
    assert "Wrong password at sign-in10.1.2.3Of Amara Osei" in told
    assert "Rasmus Lind" not in told
    assert "Nothing matches" in words(browser.get("/account/sign-ins/?kind=locked"))
    lines = browser.get("/account/sign-ins/?format=csv").content.decode().splitlines()
    assert lines[1].endswith("Wrong password at sign-in,10.1.2.3,Of Amara Osei,")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("asia/tokyo", "Asia/Tokyo"), ("New York", "America/New_York"), ("São Paulo", "America/Sao_Paulo"),
     ("utc", "UTC"), ("Oslo", "Europe/Oslo"), ("US/Pacific", "US/Pacific")],
)  # fmt: skip
def test_a_zone_is_found_by_its_city(cast, typed, meant):
    assert browse(cast.author).post("/account/zone/", {"zone": typed})["Location"] == "/account/"
    cast.author.refresh_from_db()
    assert cast.author.zone == meant


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [("Mars Base", "No time zone has “Mars Base” in its name. Name a larger city that has the same time."),
     ("Dakota", "America/North_Dakota/Beulah, America/North_Dakota/Center, America/North_Dakota/New_Salem. Name one"),
     (" ", "Fill this in.")],
)  # fmt: skip
def test_a_zone_that_is_not_one_is_refused_beside_the_field(cast, typed, sentence):
    answer = browse(cast.author).post("/account/zone/", {"zone": typed})
    assert answer.status_code == 422
    assert sentence in words(answer)


def test_zones_are_suggested_while_one_types(cast):
    author = browse(cast.author)
    suggested = author.get("/account/zone/meant/", {"zone": "zür"}).content.decode()
    assert suggested == '<option value="Europe/Zurich"></option>'
    assert author.get("/account/zone/meant/").content == b""


def new_token(person, **changed):
    until = (today() + timedelta(days=30)).isoformat()
    fields = {"name": "monthly report", "organization": "northwind", "access": "read", "until": until}
    return browse(person).post("/account/tokens/new/", {**fields, **changed})


def test_a_form_belongs_to_the_organization_of_its_address_whatever_another_tab_opened(cast):
    """Nothing remembers which organization somebody works in: the address says it, in every tab."""
    with scope(cast.theirs):
        add_member(cast.author, actor=cast.outsider)
        give_role(cast.author, "author", actor=None)
    browser = browse(cast.author)
    ours, theirs = (page(place, "/documents/new/") for place in (cast.ours, cast.theirs))
    assert browser.get(ours).status_code == 200
    form = {
        "type": "sop", "title": "Written in the first tab", "owner": cast.process_owner.pk, "change_summary": "New.",
        "change_reason": "A new law.", "markdown": "# Purpose", "training_impact": "read",
    }  # fmt: skip
    assert browser.get(theirs).status_code == 200
    assert browser.post(ours, form)["Location"].startswith(page(cast.ours, "/documents/"))
    foreign = browser.post(theirs, form)
    assert (foreign.status_code, list(foreign.context["form"].errors)) == (422, ["owner"])
    for place, count in ((cast.ours, 1), (cast.theirs, 0)):
        with scope(place):
            assert Version.objects.filter(title="Written in the first tab").count() == count


def test_a_token_is_shown_once_and_told_in_the_trail(cast):
    answer = new_token(cast.author)
    assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
    secret = SECRET.search(answer.content.decode())[0]
    token = ApiToken.objects.get()
    assert (token.digest, token.user, token.organization, token.may_write) == (
        digest_of(secret), cast.author, cast.ours, False,
    )  # fmt: skip
    listed = browse(cast.author).get("/account/tokens/")
    assert "monthly report" in words(listed)
    assert not SECRET.search(listed.content.decode())
    with scope(cast.ours):
        event = AuditEvent.objects.latest("id")
    assert (event.actor, event.verb) == (cast.author, "make token")
    assert "monthly report" in event.sentence


def test_a_token_is_for_the_records_and_acts_it_was_made_for(cast):
    with scope(cast.ours):
        number = begin(cast).document.number
    secret = SECRET.search(new_token(cast.author, access="change", only="documents").content.decode())[0]
    ask = Asking(secret)
    assert ask.get("documents/").status_code == 200
    for path in ("studies/", "search/?q=data"):
        refused = ask.get(path)
        assert (refused.status_code, refused.json()["error"]["message"]) == (403, "This token is for documents only.")
    step = ask.post(f"documents/{number}/versions/1.0/steps/submit/", {"revision": 1})
    assert (step.status_code, step.json()["error"]["message"]) == (403, "This token takes no steps. Make one that may.")
    change = ask.patch(f"documents/{number}/versions/1.0/", {"title": "Another", "revision": 1})
    assert change.status_code != 403
    assert "may change records, without steps, documents only" in words(browse(cast.author).get("/account/tokens/"))
    assert ask.get("nothing/").status_code == 404


def test_no_token_signs_without_both_components(cast):
    with scope(cast.ours):
        version = begin(cast)
        path = f"documents/{version.document.number}/versions/1.0/steps/submit/"
    ask = asking(cast.author, cast.ours)
    for proof in ({}, {"password": PASSWORD}, {"email": cast.author.email}):
        refused = ask.post(path, {"revision": version.revision, "accepts_binding": True, **proof})
        assert refused.status_code == 422, proof
    both = {"email": cast.author.email, "password": PASSWORD}
    assert ask.post(path, {"revision": version.revision, "accepts_binding": True, **both}).status_code == 200


def test_every_noun_of_the_api_can_be_chosen():
    assert {"documents", "studies", "search", "trail-reviews"} <= set(nouns())
    assert {noun_of(f"/api/v1/{noun}/x/") for noun in nouns()} == set(nouns())
    assert (noun_of("/api/v1/nothing/"), noun_of("/api/docs/")) == ("", "")


@pytest.mark.parametrize(("changed", "sentence"), [
    ({"only": "everything"}, "Select a valid choice"),
    ({"until": "2020-01-01"}, "past"),
    ({"until": "2199-01-01"}, "year"),
    ({"organization": "harbour"}, "Select a valid choice"),
    ({"name": ""}, "Fill this in"),
])  # fmt: skip
def test_a_token_that_cannot_be_is_refused_in_words(cast, changed, sentence):
    answer = new_token(cast.author, **changed)
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert not ApiToken.objects.exists()


def test_a_token_is_limited_to_records_as_the_pages_call_them(cast):
    told = words(browse(cast.author).get("/account/tokens/new/"))
    assert [each in told for each in ("CAPAs", "Initial reports", "Serious breaches", "Capas", "Intake")] == [
        True, True, True, False, False,
    ]  # fmt: skip
    assert in_words(["capas", "trail-reviews"]) == "CAPAs, trail reviews"


def test_one_ends_one_s_own_tokens_only(cast):
    new_token(cast.author)
    place = f"/account/tokens/{ApiToken.objects.get().pk}/end/"
    assert browse(cast.reviewer).post(place).status_code == 404
    assert browse(cast.author).get(place).status_code == 405
    assert browse(cast.author).post(place)["Location"] == "/account/tokens/"
    assert ApiToken.objects.get().ended_at is not None
    assert "Ended" in words(browse(cast.author).get("/account/tokens/"))


def test_a_changed_password_is_in_the_history(cast):
    note_security(SecurityEventKind.PASSWORD_CHANGED, user=cast.author)
    assert "Password changed" in words(browse(cast.author).get("/account/"))
    assert SecurityEvent.objects.filter(user=cast.author).count() == 1
