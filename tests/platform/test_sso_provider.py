"""The provider of an organization is a setting: one person proposes it, it holds once another approved and signed it."""

import json
from dataclasses import replace

import pytest
from django.utils import timezone

from cqms.administration import settings_life
from cqms.audit.models import AuditEvent, kind_of
from cqms.audit.past import past_of
from cqms.audit.refusals import Blocked
from cqms.configuration.models import VersionOfSettings
from cqms.configuration.selectors import current_settings
from cqms.identity.configuring import as_setting, present_provider, put_in_force
from cqms.identity.models import IdentityProvider
from cqms.identity.sealing import unseal
from cqms.organizations.scope import scope
from cqms.portal.models import KeptInput
from tests.cast import PASSWORD, page
from tests.platform.browsing import browse, hidden, words

PLACE = "/administration/settings/provider/"
GIVEN = {"name": "Sign-in", "issuer": "https://id.example", "client_id": "c", "secret": "s3cret", "reason": "One door.",
         "domains": "cast.test", "rules": "groups = quality → qa", "is_open": "on", "revision": 0}  # fmt: skip
SAID = {"name": "Sign-in", "issuer": "https://id.example", "client_id": "c", "domains": ["cast.test"],
        "rules": ["groups = quality → qa"], "is_open": True}  # fmt: skip


def propose(cast, who: str = "administrator", **changes: object):
    return browse(getattr(cast, who)).post(page(cast.ours, PLACE), GIVEN | changes)


def decide(cast, number: int, who: str = "qa", step: str = "approve"):
    person = getattr(cast, who)
    with scope(cast.ours):
        revision = VersionOfSettings.objects.get(number=number).revision
    signed = {"email": person.email, "password": PASSWORD, "accepts_binding": "on", "reason": "Not yet."}
    path = page(cast.ours, f"/administration/settings/{number}/{step}/")
    return browse(person).post(path, {"revision": revision, **signed})


def in_use(cast) -> dict[str, object]:
    with scope(cast.ours):
        found = present_provider()
    found.pop("secret", None)
    return found


def test_a_provider_is_used_once_a_second_person_has_signed_it(cast, client):
    answer = propose(cast)
    assert answer["Location"] == page(cast.ours, "/administration/settings/1/")
    assert (in_use(cast), client.get("/accounts/sso/northwind/").status_code) == ({}, 404)
    shown = words(browse(cast.qa).get(answer["Location"]))
    assert "Sign-in with your own provider, issuer: none → https://id.example" in shown
    assert "Sign-in with your own provider, roles by claim: none → groups = quality → qa" in shown
    assert decide(cast, 1, "administrator").status_code == 403
    assert in_use(cast) == {}
    assert decide(cast, 1).status_code == 302
    assert in_use(cast) == SAID
    with scope(cast.ours):
        assert unseal(IdentityProvider.objects.get().sealed_secret) == "s3cret"
        event = AuditEvent.objects.get(verb="set provider")
    assert (event.actor, event.reason) == (cast.qa, "One door.")


@pytest.mark.parametrize(("field", "new"), [
    ("issuer", "https://evil.example"), ("client_id", "another"), ("secret", "another"), ("domains", "evil.example"),
    ("rules", "groups = tennis → quality_head"), ("is_open", ""), ("name", "Another"),
])  # fmt: skip
def test_no_part_of_a_provider_changes_by_one_person_alone(cast, field, new):
    propose(cast)
    decide(cast, 1)
    with scope(cast.ours):
        before = present_provider()
    assert propose(cast, **{"revision": 1, "secret": "", field: new}).status_code == 302
    with scope(cast.ours):
        assert present_provider() == before
    assert decide(cast, 2, step="decline").status_code == 302
    with scope(cast.ours):
        assert present_provider() == before
    assert propose(cast, **{"revision": 1, "secret": "", field: new}).status_code == 302
    assert decide(cast, 3).status_code == 302
    with scope(cast.ours):
        assert present_provider() != before


def test_who_proposed_a_provider_does_not_approve_it(cast):
    assert propose(cast, "qa").status_code == 302
    assert (decide(cast, 1, "qa").status_code, in_use(cast)) == (403, {})
    assert (decide(cast, 1, "quality_head").status_code, in_use(cast)) == (302, SAID)


def test_other_settings_leave_the_provider_alone_and_the_other_way_round(cast):
    propose(cast)
    decide(cast, 1)
    office = browse(cast.administrator)
    place = page(cast.ours, "/administration/settings/propose/")
    initial = office.get(place).context["form"].initial
    assert office.post(place, {**initial, "idle_minutes": 20, "reason": "Shared rooms."}).status_code == 302
    decide(cast, 2)
    with scope(cast.ours):
        found = current_settings()
        assert (found.idle_minutes, found.provider["issuer"]) == (20, "https://id.example")
        assert AuditEvent.objects.filter(verb="set provider").count() == 1
    propose(cast, name="Door", revision=2)
    decide(cast, 3)
    with scope(cast.ours):
        assert (current_settings().idle_minutes, IdentityProvider.objects.get().name) == (20, "Door")


def test_a_form_written_on_an_earlier_version_gives_both_back(cast):
    propose(cast)
    decide(cast, 1)
    answer = propose(cast, name="Door", revision=0)
    assert (answer.status_code, "Another version has come into force meanwhile" in words(answer)) == (409, True)
    place = page(cast.ours, "/administration/settings/propose/")
    office = browse(cast.administrator)
    initial = office.get(place).context["form"].initial
    answer = office.post(place, {**initial, "idle_minutes": 20, "reason": "Shared rooms.", "revision": 0})
    assert (answer.status_code, "30" in words(answer), 'value="20"' in answer.content.decode()) == (409, True, True)


def test_the_secret_is_sealed_and_told_nowhere(cast):
    propose(cast)
    decide(cast, 1)
    with scope(cast.ours):
        version, provider = VersionOfSettings.objects.get(), IdentityProvider.objects.get()
        sealed = provider.sealed_secret
        told = [json.dumps([each.changes, each.sentence, each.reason]) for each in AuditEvent.objects.all()]
        told += [
            json.dumps(version.values),
            version.summary,
            str(past_of(version, timezone.now())),
            str(past_of(provider, timezone.now())),
        ]
    office = browse(cast.qa)
    paths = (PLACE, "/administration/settings/", "/administration/settings/1/",
             f"/records/{kind_of(version)}/{version.pk}/as-of/", f"/records/{kind_of(provider)}/{provider.pk}/as-of/")  # fmt: skip
    told += [office.get(page(cast.ours, path)).content.decode() for path in paths]
    assert ([each for each in told if "s3cret" in each or sealed in each], len(told) > 9) == ([], True)
    assert version.sealed_secret == sealed


def test_a_secret_that_came_after_the_session_had_ended_is_not_kept(cast):
    browser = browse(cast.administrator)
    path = page(cast.ours, PLACE)
    mine = hidden(browser.get(path), "kept_for")
    browser.post("/accounts/logout/")
    assert browser.post(path, {**GIVEN, "kept_for": mine}).status_code == 302
    assert sorted(KeptInput.objects.get().fields) == sorted({*GIVEN} - {"secret"})


def test_an_approval_counts_for_the_secret_that_was_proposed(cast):
    with scope(cast.ours):
        said, _ = as_setting(SAID, secret="first")
        _, other = as_setting(SAID, secret="second")
        with pytest.raises(Blocked, match="not the one that was proposed"):
            put_in_force(said, other, actor=cast.qa, reason="Swapped.")
        assert present_provider() == {}


def test_nothing_is_proposed_while_another_version_waits(cast):
    with scope(cast.ours):
        wanted = replace(current_settings(), idle_minutes=15)
        settings_life.propose(wanted, reason="Shorter is safer.", actor=cast.qa)
    answer = propose(cast)
    assert (answer.status_code, "Decide about it first" in words(answer)) == (422, True)
    assert "A version of the settings waits for its approval" in words(browse(cast.qa).get(page(cast.ours, PLACE)))


@pytest.mark.parametrize(("field", "value", "sentence"), [
    ("issuer", "http://provider.example", "must be reached over https"),
    ("rules", "groups = quality -> administrator", "is no rule"),
    ("rules", "anything", "is no rule"),
    ("domains", "", "Fill this in"),
    ("secret", "", "Enter the client secret"),
])  # fmt: skip
def test_wrong_input_is_named_and_others_propose_no_provider(cast, field, value, sentence):
    assert [propose(cast, who).status_code for who in ("author", "inspector", "guest")] == [403, 403, 403]
    refused = propose(cast, **{field: value})
    assert (refused.status_code, sentence in words(refused)) == (422, True)
    assert propose(cast).status_code == 302
