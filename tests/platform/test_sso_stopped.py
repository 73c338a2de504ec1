"""A provider that is used no longer: its sessions end, at once if need be, and those of nobody else."""

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from cqms.administration.stopping import stop_sign_in
from cqms.api.models import ApiToken
from cqms.api.services import make_token
from cqms.audit.models import AuditEvent, SecurityEvent
from cqms.configuration.models import VersionOfSettings
from cqms.configuration.selectors import current_settings
from cqms.identity.models import IdentityProvider, SignedInSession
from cqms.notifications.models import Notification
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope
from cqms.portal.views import sso
from tests.cast import PASSWORD, email_of, page
from tests.platform.browsing import browse, words
from tests.platform.provider import away, come_back, link, running, set_provider, sign_in_there
from tests.platform.test_sso_provider import decide, propose

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")

STOP = "/administration/settings/provider/stop/"
WHY = {"reason": "Its administrator's account was taken over."}


@pytest.fixture
def at(cast):
    people = {
        name: {"email": email_of(name), "email_verified": True, "groups": ["authors"]}
        for name in ("author", "qa", "administrator")
    }
    with running(**people) as provider:
        set_provider(cast, provider, rules=[])
        for name in people:
            link(cast, getattr(cast, name), name)
        yield provider


def through(at, name: str) -> Client:
    browser = Client()
    assert sign_in_there(browser, at, name).status_code == 302
    return browser


def is_in(cast, browser: Client) -> bool:
    return browser.get(page(cast.ours, "/documents/")).status_code == 200


@pytest.mark.parametrize(("changed", "ended"), [
    ({"is_open": ""}, True),
    ({"issuer": "https://another.example", "is_open": "on"}, True),
    ({"name": "Front door", "is_open": "on"}, False),
])  # fmt: skip
def test_sessions_end_with_the_provider_that_opened_them(cast, at, changed, ended):
    there, here = through(at, "author"), browse(cast.author)
    said = {"issuer": at.issuer, "secret": "", "rules": "", "revision": 0}
    assert propose(cast, **said | changed).status_code == 302
    assert (is_in(cast, there), is_in(cast, here)) == (True, True), "a proposal ends nothing"
    assert decide(cast, 1).status_code == 302
    assert (is_in(cast, there), is_in(cast, here)) == (not ended, True)
    with scope(cast.ours):
        event = AuditEvent.objects.filter(verb="set provider").latest("pk")
        told = list(Notification.objects.filter(key__startswith="sessions_ended").values_list("person", flat=True))
    assert event.sentence.endswith(" and ended 1 session that it had opened") == ended
    assert told == ([cast.author.pk] if ended else [])
    assert SecurityEvent.objects.filter(kind="session_ended", user=cast.author).count() == ended


def test_who_ends_their_own_session_by_approving_is_led_to_the_sign_in(cast, at):
    office = through(at, "qa")
    propose(cast, issuer=at.issuer, secret="", rules="", is_open="", revision=0)
    assert is_in(cast, office)
    signed = {"email": cast.qa.email, "password": PASSWORD, "accepts_binding": "on", "revision": 1}
    answer = office.post(page(cast.ours, "/administration/settings/1/approve/"), signed)
    assert (answer.status_code, is_in(cast, office)) == (302, False)
    with scope(cast.ours):
        assert not IdentityProvider.objects.get().is_open


def test_an_administrator_stops_sign_in_at_once(cast, at):
    there, here, office = through(at, "author"), browse(cast.author), browse(cast.administrator)
    began = Client()
    back = at.approve(away(began.get("/accounts/sso/northwind/")), "author")
    notice = "Stop sign-in with it at once"
    assert notice in words(office.get(page(cast.ours, "/administration/settings/provider/")))
    answer = office.post(page(cast.ours, STOP), WHY)
    assert answer["Location"] == page(cast.ours, "/administration/settings/1/")
    assert (is_in(cast, there), is_in(cast, here), is_in(cast, began)) == (False, True, False)
    assert come_back(began, back).status_code == 403
    assert Client().get("/accounts/sso/northwind/").status_code == 404
    shown = words(office.get(answer["Location"]))
    assert "nobody: it only stopped sign-in, and held at once" in shown
    assert f"{cast.administrator} proposed version 1 of the settings" in shown
    assert notice not in words(office.get(page(cast.ours, "/administration/settings/provider/")))
    with scope(cast.ours):
        told = {row.person for row in Notification.objects.filter(key__startswith="sign_in_stopped")}
        verbs = list(AuditEvent.objects.filter(record_kind="configuration.versionofsettings").order_by("pk")
                     .values_list("verb", "actor", "reason"))  # fmt: skip
        assert (current_settings().provider["is_open"], current_settings().version) == (False, 1)
    assert told == {cast.qa, cast.quality_head}
    assert verbs == [("propose", cast.administrator.pk, WHY["reason"]), ("enforce", None, "")]


def test_who_stops_it_from_a_session_that_it_opened_is_led_to_the_sign_in(cast, at):
    office = through(at, "administrator")
    answer = office.post(page(cast.ours, STOP), WHY)
    assert (answer.status_code, is_in(cast, office)) == (302, False)
    assert "its sessions have ended" in words(office.get("/accounts/login/"))


def test_what_waited_is_set_aside_and_opens_nothing_afterwards(cast, at):
    propose(cast, issuer=at.issuer, secret="", rules="", name="Front door", is_open="on", revision=0)
    assert browse(cast.qa).post(page(cast.ours, STOP), WHY).status_code == 302
    assert decide(cast, 1, "quality_head").status_code == 409
    with scope(cast.ours):
        rows = list(VersionOfSettings.objects.order_by("number").values_list("number", "state"))
        told = Notification.objects.get(key__startswith="settings_set_aside")
        assert (rows, told.person) == ([(1, "declined"), (2, "in_force")], cast.administrator)
        assert not IdentityProvider.objects.get().is_open
    assert propose(cast, issuer=at.issuer, secret="", rules="", is_open="on", revision=2).status_code == 302
    with scope(cast.ours):
        assert not IdentityProvider.objects.get().is_open, "opening it again needs two people"
    assert decide(cast, 3).status_code == 302
    with scope(cast.ours):
        assert IdentityProvider.objects.get().is_open


def test_tokens_of_those_whom_the_provider_knows_end_on_demand(cast, at):
    until = timezone.now() + timezone.timedelta(days=1)
    for person in (cast.author, cast.reader):
        make_token(person=person, organization=cast.ours, name="t", may_write=False, expires_at=until)
    with scope(cast.ours):
        version = stop_sign_in(reason="Broken into.", actor=cast.administrator, tokens=True)
    assert version.reason == "Broken into. 1 API token was ended, too."
    assert list(ApiToken.objects.filter(ended_at__isnull=False).values_list("user", flat=True)) == [cast.author.pk]


def test_others_stop_nothing_and_without_a_reason_nothing_is_stopped(cast, at):
    there = through(at, "author")
    asked = [browse(getattr(cast, who)).post(page(cast.ours, STOP), WHY).status_code
             for who in ("author", "inspector", "guest")]  # fmt: skip
    assert asked == [403, 403, 403]
    assert browse(cast.outsider).post(page(cast.ours, STOP), WHY).status_code == 404
    assert browse(cast.administrator).post(page(cast.ours, STOP), {"reason": " "}).status_code == 422
    assert is_in(cast, there)
    with scope(cast.theirs):
        assert Membership.objects.filter(user=cast.outsider).exists()
    refused = browse(cast.outsider).post(page(cast.theirs, STOP), WHY)
    assert "Nobody signs in at a provider here" in words(refused)
    assert is_in(cast, there), "another organization's stop is theirs"


def test_a_session_that_comes_in_while_the_provider_is_closed_is_not_opened(cast, at, monkeypatch):
    """The provider is closed between its answer and the moment in which the session would begin."""
    browser, really = Client(), sso.finish
    back = at.approve(away(browser.get("/accounts/sso/northwind/")), "author")

    def slowly(*asked):
        said = really(*asked)
        IdentityProvider.objects.update(is_open=False)
        return said

    monkeypatch.setattr(sso, "finish", slowly)
    answer = come_back(browser, back)
    assert (answer.status_code, "does not use this sign-in any more" in words(answer)) == (403, True)
    assert not SignedInSession.objects.filter(opened_through=cast.ours).exists()
    assert mail.outbox == []
