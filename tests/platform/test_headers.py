"""What every answer tells the browser, what cookies carry, and what the framework's own check of a deployment says."""

import os
import secrets
import subprocess
import sys

import pytest
from django.test import Client

from cqms.instance.entry import ROOT
from tests.cast import email_of, page
from tests.platform.browsing import browse, sign_in

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "frame-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
}
FIXED = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def policy_of(response) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in response["Content-Security-Policy"].split(";"))
    return {name: rest for name, _, rest in parts}


@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/account/", "/o/northwind/", "/o/northwind/nothing/", "/api/docs/"]
)
def test_every_page_carries_the_strict_policy(cast, path):
    answer = browse(cast.author).get(path)
    assert policy_of(answer) == POLICY
    assert {name: answer[name] for name in FIXED} == FIXED


def test_the_api_carries_the_same(cast):
    answer = Client().get("/api/v1/studies/")
    assert (answer.status_code, policy_of(answer)) == (401, POLICY)
    assert {name: answer[name] for name in FIXED} == FIXED


@pytest.mark.parametrize(
    "path", ["/account/", "/o/northwind/", "/o/northwind/documents/", "/account/sign-ins/?format=csv"]
)
def test_nothing_about_a_person_is_kept_by_a_browser(cast, path):
    assert browse(cast.author).get(path)["Cache-Control"] == "private, no-store"


def test_a_browser_forgets_everything_when_its_person_signs_out(cast):
    browser = browse(cast.author)
    assert "Clear-Site-Data" not in browser.get("/account/")
    assert browser.post("/accounts/logout/")["Clear-Site-Data"] == '"cache", "storage"'
    assert "Clear-Site-Data" not in browser.get("/accounts/login/")


def test_who_was_idle_finds_the_draft_of_their_form_again(cast):
    browser = browse(cast.author)
    browser.get("/account/")
    session = browser.session
    session["seen_at"] -= 31 * 60
    session.save()
    assert browser.get("/account/")["Clear-Site-Data"] == '"cache"'


def test_cookies_are_out_of_reach_for_scripts_and_other_sites(cast, client):
    sign_in(client, email_of("author"))
    client.get(page(cast.ours, "/"))
    kept = {name: (bool(each["httponly"]), each["samesite"]) for name, each in client.cookies.items()}
    assert kept == dict.fromkeys(("sessionid", "csrftoken", "device"), (True, "Lax"))


def test_the_session_gets_a_new_key_at_sign_in(cast, client):
    client.get("/accounts/login/")
    session = client.session
    session["before"] = "x"
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before
    sign_in(client, email_of("author"))
    assert client.session.session_key not in (None, before)


SECURE = """
from django.conf import settings as s
print(s.SECURE_HSTS_SECONDS, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_SSL_REDIRECT, s.DEBUG)
"""


def manage(*words: str) -> subprocess.CompletedProcess[str]:
    """A management command with the settings of a portal behind TLS."""
    environment = {
        **os.environ,
        "CQMS_URL": "https://portal.example",
        "CQMS_SECRET_KEY": secrets.token_urlsafe(64),
        "DJANGO_SETTINGS_MODULE": "cqms.settings",
    }
    return subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_the_check_of_a_deployment_is_clean():
    done = manage("check", "--deploy", "--fail-level", "WARNING")
    assert (done.returncode, "no issues" in done.stdout) == (0, True), done.stderr


def test_over_https_everything_is_secure():
    assert manage("shell", "--no-imports", "-c", SECURE).stdout.split() == ["31536000", "True", "True", "True", "False"]
