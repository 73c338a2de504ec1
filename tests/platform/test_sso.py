"""Signing in at the provider of one's organization: who is let in, as whom, and what is refused."""

import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from cqms.access.models import RoleAssignment, RoleRequest
from cqms.access.services import add_member, end_membership, end_role, give_role
from cqms.accounts.models import User
from cqms.api.models import ApiToken
from cqms.api.services import make_token
from cqms.audit.models import AuditEvent, SecurityEvent
from cqms.identity import providers
from cqms.identity.admission import provider_of
from cqms.identity.models import ProviderIdentity
from cqms.identity.providers import ProviderFailed
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope
from cqms.portal.role_requests import grant, refuse
from tests.cast import email_of, page
from tests.platform.browsing import browse, links, words
from tests.platform.provider import away, come_back, link, running, set_provider, sign_in_there

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")

ERIN = {"email": "erin@cast.test", "email_verified": True, "name": "Erin Vale", "groups": ["authors", "tennis"]}


@pytest.fixture
def at(cast):
    author = {"email": email_of("author"), "email_verified": True, "name": "Amara Osei", "groups": ["authors"]}
    people = {
        "erin": ERIN, "amara": author, "nobody": {**ERIN, "email": "no@cast.test", "groups": []},
        "unverified": {**ERIN, "email": "un@cast.test", "email_verified": False},
        "foreign": {**ERIN, "email": "outsider@elsewhere.test"},
    }  # fmt: skip
    with running(**people) as provider:
        set_provider(cast, provider)
        yield provider


def roles_of(cast, person) -> set[str]:
    with scope(cast.ours):
        return set(RoleAssignment.objects.filter(user=person, ends_at__isnull=True).values_list("role", flat=True))


def test_a_new_person_gets_account_membership_and_role_by_their_claims(cast, at, client):
    answer = sign_in_there(client, at, "erin")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    erin = User.objects.get(email="erin@cast.test")
    assert (erin.name, erin.has_usable_password(), roles_of(cast, erin)) == ("Erin Vale", False, {"author"})
    assert client.get(page(cast.ours, "/documents/")).status_code == 200
    with scope(cast.ours):
        assert list(ProviderIdentity.objects.values_list("subject", "user")) == [("erin", erin.pk)]


def test_a_member_is_linked_once_and_known_by_subject_afterwards(cast, at):
    for client in (browse(cast.author), Client()):
        sign_in_there(client, at, "amara")
        assert client.get(page(cast.ours, "/")).status_code == 200
    kinds = list(SecurityEvent.objects.filter(user=cast.author).values_list("kind", flat=True))
    assert (kinds.count("provider_linked"), kinds.count("signed_in")) == (1, 2)


@pytest.mark.parametrize(("subject", "sentence"), [
    ("nobody", "gave you no role here"),
    ("unverified", "may not speak for this e-mail"),
    ("foreign", "may not speak for this e-mail"),
])  # fmt: skip
def test_who_is_refused_gets_a_sentence_and_no_account(cast, at, client, subject, sentence):
    before = User.objects.count()
    answer = sign_in_there(client, at, subject)
    assert (answer.status_code, sentence in words(answer)) == (403, True)
    assert (User.objects.count(), client.get("/account/").status_code) == (before, 302)
    assert SecurityEvent.objects.latest("id").kind == "provider_refused"


def test_an_ended_membership_is_not_reopened(cast, at, client):
    link(cast, cast.author, "amara")
    with scope(cast.ours):
        end_membership(Membership.objects.get(user=cast.author), actor=cast.administrator, reason="Left.")
    answer = sign_in_there(client, at, "amara")
    assert (answer.status_code, "membership has ended" in words(answer)) == (403, True)


def test_a_provider_opens_its_own_organization_only(cast, at, client):
    link(cast, cast.author, "amara")
    sign_in_there(client, at, "amara")
    with scope(cast.theirs):
        add_member(cast.author, actor=cast.outsider)
    until = timezone.now() + timedelta(days=1)
    for place in (cast.ours, cast.theirs):
        make_token(person=cast.author, organization=place, name=f"for {place}", may_write=False, expires_at=until)
    told = words(client.get("/account/tokens/"))
    assert (f"for {cast.ours}" in told, f"for {cast.theirs}" in told) == (True, False)
    other = ApiToken.objects.get(organization=cast.theirs, user=cast.author)
    assert client.post(f"/account/tokens/{other.pk}/end/").status_code == 404
    assert client.get(page(cast.ours, "/")).status_code == 200
    assert client.get(page(cast.theirs, "/")).status_code == 404
    assert client.get("/account/factors/app/").status_code == 403


def test_an_account_that_is_somebody_s_already_is_linked_only_while_its_person_is_there(cast, at, client):
    answer = sign_in_there(client, at, "amara")
    assert (answer.status_code, "Sign in to it with its password first" in words(answer)) == (403, True)
    assert client.get("/account/").status_code == 302
    somebody_else = browse(cast.reader)
    assert sign_in_there(somebody_else, at, "amara").status_code == 403
    here = browse(cast.author)
    assert sign_in_there(here, at, "amara").status_code == 302
    assert here.get(page(cast.ours, "/")).status_code == 200
    assert sign_in_there(client, at, "amara").status_code == 302


def test_an_account_without_a_password_that_belongs_elsewhere_is_not_linked_either(cast, at, client):
    cast.author.set_unusable_password()
    cast.author.save()
    with scope(cast.theirs):
        add_member(cast.author, actor=cast.outsider)
    assert sign_in_there(client, at, "amara").status_code == 403


def test_another_issuer_names_nobody_whom_the_one_before_knew(cast, at, client):
    sign_in_there(Client(), at, "erin")
    erin = User.objects.get(email="erin@cast.test")
    with scope(cast.ours):
        ProviderIdentity.objects.update(issuer="https://before.example")
        assert provider_of(erin) == ""
    assert sign_in_there(client, at, "erin").status_code == 403
    client.post("/accounts/password/reset/", {"email": erin.email})
    assert [message.to for message in mail.outbox] == [[erin.email]], "she can set a password, sign in and link anew"
    assert sign_in_there(browse(erin), at, "erin").status_code == 302
    assert sign_in_there(client, at, "erin").status_code == 302
    with scope(cast.ours):
        assert (provider_of(erin), ProviderIdentity.objects.get(user=erin).issuer) == ("Northwind sign-in", at.issuer)


def test_an_answer_is_taken_once_and_in_the_browser_that_asked(cast, at, client):
    back = at.approve(away(client.get("/accounts/sso/northwind/")), "erin")
    assert come_back(Client(), back).status_code == 403
    assert come_back(client, back).status_code == 302
    client.post("/accounts/logout/")
    assert come_back(client, back).status_code == 403


def test_a_refusal_at_the_provider_is_told(cast, at, client):
    asked = parse_qs(urlsplit(away(client.get("/accounts/sso/northwind/"))).query)
    answer = come_back(client, f"{asked['redirect_uri'][0]}?error=access_denied&state={asked['state'][0]}")
    assert (answer.status_code, "cancelled or refused" in words(answer)) == (403, True)


def test_the_short_name_leads_to_the_provider_and_an_unknown_one_nowhere(cast, at, client):
    assert away(client.get("/accounts/sso/?organization=northwind")).startswith(at.issuer)
    for slug in ("harbour", "nowhere"):
        assert client.get(f"/accounts/sso/?organization={slug}").status_code == 404
        assert client.get(f"/accounts/sso/{slug}/").status_code == 404


def test_a_provider_that_is_away_or_another_one_is_told(cast, at, client, monkeypatch):
    set_provider(cast, at, issuer="http://localhost:9")
    answer = client.get("/accounts/sso/northwind/")
    assert (answer.status_code, "does not answer" in words(answer)) == (503, True)
    monkeypatch.setattr(providers, "_get", lambda _: {"issuer": "https://evil.example"})
    answer = client.get("/accounts/sso/northwind/")
    assert (answer.status_code, "another one than your organization declared" in words(answer)) == (503, True)


def test_roles_follow_the_claims_and_what_a_person_gave_stays(cast, at):
    sign_in_there(Client(), at, "erin")
    erin = User.objects.get(email="erin@cast.test")
    with scope(cast.ours):
        give_role(erin, "reader", actor=cast.administrator)
    set_provider(cast, at, rules=["groups = tennis → auditor", "groups = authors → administrator"])
    sign_in_there(Client(), at, "erin")
    assert roles_of(cast, erin) == {"auditor", "reader"}


def test_roles_with_weight_are_asked_for_and_decided_by_a_person(cast, at):
    set_provider(cast, at, rules=["groups = tennis → qa", "groups = tennis → inspector"])
    sign_in_there(Client(), at, "erin")
    erin = User.objects.get(email="erin@cast.test")
    assert roles_of(cast, erin) == set()
    with scope(cast.ours):
        asked = {each.role: each for each in RoleRequest.objects.filter(user=erin, state="requested")}
        assert {role: (row.by_claim, row.ends_at is None) for role, row in asked.items()} == {
            "qa": (True, True), "inspector": (True, False),
        }  # fmt: skip
        assert asked["qa"].reason == "Northwind sign-in names this role for Erin Vale."
        refuse(asked["inspector"], actor=cast.quality_head, revision=1, reason="No inspection is open.")
        grant(asked["qa"], actor=cast.administrator, revision=1)
    sign_in_there(Client(), at, "erin")
    assert roles_of(cast, erin) == {"qa"}
    with scope(cast.ours):
        assert RoleRequest.objects.filter(user=erin).count() == 2
        given = RoleAssignment.objects.get(user=erin, role="qa")
        assert (given.approved_by, given.by_claim) == (cast.administrator, True)
    set_provider(cast, at, rules=["groups = football → qa"])
    sign_in_there(Client(), at, "erin")
    assert roles_of(cast, erin) == set()


def test_a_claim_gives_no_role_that_does_not_go_together_with_another(cast, at):
    set_provider(cast, at, rules=["groups = authors → author"], domains=["cast.test"])
    with scope(cast.ours):
        for row in RoleAssignment.objects.filter(user=cast.author):
            end_role(row, actor=cast.administrator, reason="Inspects now.")
        until = timezone.now() + timedelta(days=9)
        give_role(cast.author, "inspector", actor=cast.administrator, ends_at=until)
    sign_in_there(browse(cast.author), at, "amara")
    with scope(cast.ours):
        assert [row.role for row in RoleAssignment.objects.filter(user=cast.author) if row.is_current()] == [
            "inspector"
        ]
        event = AuditEvent.objects.filter(verb="refuse").latest("pk")
    assert event.sentence == "was not given the role Author that Northwind sign-in names"
    assert "holds no other role here" in event.reason


# The token itself

KEY, OTHER = RSAKey.generate_key(2048, {"kid": "k"}), RSAKey.generate_key(2048, {"kid": "k"})
KEPT = {"state": "s", "nonce": "n", "verifier": "v", "began": int(time.time()), "again": True}


def said(at, key=KEY, alg="RS256", **changes: object) -> str:
    now = int(time.time())
    claims = {"iss": at.issuer, "aud": "portal", "sub": "erin", "iat": now, "exp": now + 60, "nonce": "n",
              "auth_time": now}  # fmt: skip
    given = {name: value for name, value in (claims | changes).items() if value is not None}
    return jwt.encode({"alg": alg, "kid": "k"}, given, key)


def check(cast, at, monkeypatch, token: str):
    provider = set_provider(cast, at)
    keys = KeySet([KEY]).as_dict(private=False)
    answers = {"jwks": keys, "openid-configuration": {"issuer": at.issuer, "jwks_uri": "jwks"}}
    monkeypatch.setattr(providers, "_get", lambda url: answers[url.rpartition("/")[2]])
    return providers._checked(provider, token, KEPT)


def test_a_good_token_is_taken(cast, at, monkeypatch):
    for meant in ({}, {"aud": ["portal"]}, {"aud": ["portal", "another"], "azp": "portal"}):
        assert check(cast, at, monkeypatch, said(at, **meant)).claims["sub"] == "erin"


@pytest.mark.parametrize("wrong", [
    {"iss": "https://evil.example"}, {"aud": "another"}, {"azp": "another"}, {"nonce": "other"}, {"nonce": None},
    {"sub": None}, {"exp": 1}, {"exp": None}, {"auth_time": None}, {"auth_time": 1}, {"auth_time": "now"},
    {"auth_time": True}, {"auth_time": 2**40}, {"aud": ["another"]}, {"aud": ["portal", "another"]},
    {"key": OTHER},
], ids=lambda wrong: "another key" if "key" in wrong else str(wrong))  # fmt: skip
def test_a_token_with_one_thing_wrong_is_refused(cast, at, monkeypatch, wrong):
    with pytest.raises(ProviderFailed):
        check(cast, at, monkeypatch, said(at, **wrong))


def test_a_token_signed_with_a_shared_secret_or_not_at_all_is_refused(cast, at, monkeypatch):
    head, body, _ = said(at).split(".")
    for token in ("", "x.y.z", f"{head}.{body}.", f"eyJhbGciOiJub25lIn0.{body}."):
        with pytest.raises(ProviderFailed):
            check(cast, at, monkeypatch, token)


# An account without a password


def test_who_has_no_password_is_not_asked_to_change_it_and_meets_no_error(cast, at, client):
    sign_in_there(client, at, "erin")
    assert "/accounts/password/change/" not in links(client.get("/account/"))
    answer = client.get("/accounts/password/change/")
    assert (answer.status_code, "You have no password here" in words(answer)) == (403, True)
    assert client.post("/accounts/password/change/", {"password1": "a quite other heron"}).status_code == 403
    assert client.get("/accounts/reauthenticate/").status_code == 403
    for path in (
        "/account/confirm/",
        "/account/second-factor/",
        "/account/sessions/",
        "/account/factors/",
        "/account/factors/app/",
        "/account/factors/passkey/",
        "/account/tokens/new/",
    ):
        assert client.get(path).status_code in (200, 302), path
