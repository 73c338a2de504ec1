"""What goes wrong is said in words, with the true status, and what was typed comes back."""

from collections.abc import Iterator

import pytest
from django import forms
from django.conf import settings
from django.db import OperationalError
from django.test import Client
from django.urls import get_resolver

from cqms.audit.refusals import Refused
from cqms.audit.services import Stale
from cqms.portal import kept, middleware, services
from cqms.portal.views import home
from tests.cast import page
from tests.platform.browsing import browse, hidden, words


def forms_of(kind: type[forms.BaseForm]) -> Iterator[type[forms.BaseForm]]:
    """Every form of the portal."""
    for each in kind.__subclasses__():
        yield from forms_of(each)
        if each.__module__.startswith(("cqms.", "studies.", "documents.", "quality_events.")):
            yield each


def test_no_field_that_proves_something_is_kept_or_given_back():
    assert all(get_resolver(each).url_patterns for each in (settings.ROOT_URLCONF, "cqms.portal.urls_mounted"))
    proving = {
        name
        for form in forms_of(forms.BaseForm)
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field.widget, forms.PasswordInput) or "one-time-code" in field.widget.attrs.values()
    }
    assert ({"password", "secret", "code"} <= proving, [each for each in proving if not kept.is_secret(each)]) == (
        True,
        [],
    )


@pytest.fixture
def away(monkeypatch):
    """A database that stops answering in the middle of a change."""

    def gone(*_args, **_options):
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(services, "change_zone", gone)


def browser_of(person) -> Client:
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    client.force_login(person)
    return client


def test_a_database_that_is_away_gives_the_input_back_to_send_again(cast, away):
    browser = browser_of(cast.author)
    token = hidden(browser.get("/account/zone/"), "csrfmiddlewaretoken")
    answer = browser.post("/account/zone/", {"zone": "Asia/Tokyo", "password": "x", "csrfmiddlewaretoken": token})
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "The database does not answer Nothing of this request was saved." in words(answer)
    assert hidden(answer, "zone") == "Asia/Tokyo"
    assert 'name="password"' not in answer.content.decode()
    assert 'action="/account/zone/"' in answer.content.decode()
    assert "Asia/Tokyo" in words(answer)


def test_what_is_given_back_can_be_sent_again_as_it_is(cast, monkeypatch):
    browser = browser_of(cast.author)
    token = hidden(browser.get("/account/zone/"), "csrfmiddlewaretoken")
    with monkeypatch.context() as patch:
        patch.setattr(services, "change_zone", _raise(OperationalError("gone")))
        answer = browser.post("/account/zone/", {"zone": "Asia/Tokyo", "csrfmiddlewaretoken": token})
    again = {name: hidden(answer, name) for name in ("zone", "csrfmiddlewaretoken")}
    assert browser.post("/account/zone/", again)["Location"] == "/account/"
    cast.author.refresh_from_db()
    assert cast.author.zone == "Asia/Tokyo"


def test_a_foreign_page_cannot_prepare_the_button(cast, away, monkeypatch):
    browser = browser_of(cast.author)
    monkeypatch.setattr(middleware, "reach_of", _raise(OperationalError("gone")))
    answer = browser.post(page(cast.ours, "/members/invite/"), {"email": "evil@cast.test"})
    assert answer.status_code == 503
    assert "evil@cast.test" not in answer.content.decode()


def _raise(error: Exception):
    def do(*_args, **_options):
        raise error

    return do


def test_an_unexpected_error_is_a_plain_500_and_saves_nothing(cast, monkeypatch):
    monkeypatch.setattr(home, "rows_here", _raise(ZeroDivisionError()))
    answer = browser_of(cast.author).get(page(cast.ours, "/"))
    assert answer.status_code == 500
    assert "Something went wrong on our side" in words(answer)


def test_a_refusal_that_escapes_a_page_is_an_answer(cast, monkeypatch):
    monkeypatch.setattr("cqms.portal.views.jobs.retry", _raise(Refused("This was done already.")))
    monkeypatch.setattr("cqms.portal.views.jobs._job_or_404", lambda *_: None)
    place = page(cast.ours, "/jobs/00000000-0000-0000-0000-000000000000/retry/")
    answer = browse(cast.author).post(place)
    assert answer.status_code == 409
    assert "This was done already." in words(answer)
    monkeypatch.setattr("cqms.portal.views.jobs.retry", _raise(Stale(cast.author)))
    answer = browse(cast.author).post(place)
    assert answer.status_code == 409
    assert "was changed by somebody else in the meantime" in words(answer)


def test_a_form_of_an_earlier_session_is_sent_again_with_one_click(cast):
    browser = browser_of(cast.author)
    kept_for = hidden(browser.get("/account/zone/"), "kept_for")
    answer = browser.post("/account/zone/", {"zone": "Asia/Tokyo", "kept_for": kept_for, "csrfmiddlewaretoken": "old"})
    assert answer.status_code == 403
    assert "nothing you typed is lost" in words(answer)
    again = {name: hidden(answer, name) for name in ("zone", "csrfmiddlewaretoken")}
    assert browser.post("/account/zone/", again)["Location"] == "/account/"


def test_a_form_of_nobody_or_of_somebody_else_is_not(cast):
    browser, other = browser_of(cast.author), browser_of(cast.reviewer)
    kept_for = hidden(other.get("/account/zone/"), "kept_for")
    for token in ("", kept_for):
        answer = browser.post("/account/zone/", {"zone": "Asia/Tokyo", "kept_for": token})
        assert answer.status_code == 403
        assert "Asia/Tokyo" not in answer.content.decode()


def test_a_form_without_session_and_token_waits_for_its_person(cast):
    shown = browser_of(cast.author).get("/account/zone/")
    stranger = Client(enforce_csrf_checks=True)
    answer = stranger.post("/account/zone/", {"zone": "Asia/Tokyo", "kept_for": hidden(shown, "kept_for")})
    assert answer["Location"] == "/accounts/login/?next=%2Faccount%2Fzone%2F"
    back = browse(cast.author).get("/account/zone/")
    assert hidden(back, "zone") == "Asia/Tokyo"
