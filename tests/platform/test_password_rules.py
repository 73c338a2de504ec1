"""Passwords, and what an account without a session cannot do; the everyday part of ASVS V6 and V7."""

import hashlib
import re
from pathlib import Path

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client

from cqms.accounts.models import User
from cqms.accounts.passwords import Breached
from tests.cast import PASSWORD, PEOPLE, change_account, email_of
from tests.platform.browsing import browse, sign_in
from tests.platform.markup import parse
from tests.platform.proving import give_app

AUTHOR = email_of("author")


@pytest.fixture(autouse=True)
def _limits_begin_anew(redis_url):
    """Passwords are changed five times a minute at most; each test begins at none."""
    cache.clear()


NEW = "green otter under slow clouds"


def change(browser, new: str, old: str = PASSWORD):
    return browser.post("/accounts/password/change/", {"oldpassword": old, "password1": new, "password2": new})


def test_changing_takes_the_present_and_the_new_password(cast):
    browser = browse(cast.author)
    assert change(browser, NEW, old="not the present one").status_code == 200
    assert change(browser, NEW).status_code == 302
    assert User.objects.get(pk=cast.author.pk).check_password(NEW)


@pytest.mark.parametrize(
    "password",
    ["short pass", "password123456", "author@cast.test", "Amara Osei 1", "!!Password2026!!", "P4$$w0rd....2026",
     "dragon-dragon!", "MonkeyMonkeyMonkey"],
)  # fmt: skip
def test_passwords_that_are_refused(cast, password):
    assert change(browse(cast.author), password).status_code == 200
    assert User.objects.get(pk=cast.author.pk).check_password(PASSWORD)


@pytest.fixture
def stolen(settings, tmp_path) -> list[str]:
    """A file as it is published, sorted, with counts; and what it holds."""
    known = [f"stolen heron number {number}" for number in range(500)]
    hashes = sorted(hashlib.sha1(each.encode()).hexdigest().upper() for each in known)
    file = tmp_path / "breached.txt"
    file.write_text("".join(f"{each}:{number}\r\n" for number, each in enumerate(hashes)))
    settings.BREACHED_PASSWORDS = str(file)
    return known


def refuses(password: str) -> bool:
    try:
        Breached().validate(password)
    except ValidationError:
        return True
    return False


def test_every_password_of_the_file_of_breached_ones_is_refused_and_no_other(stolen):
    assert [each for each in stolen if not refuses(each)] == []
    assert [number for number in range(500) if refuses(f"own heron number {number}")] == []


@pytest.mark.parametrize("content", ["", "\n", "00\n", "nonsense"])
def test_a_file_without_any_refuses_none(stolen, settings, content):
    Path(settings.BREACHED_PASSWORDS).write_text(content)
    assert not refuses(stolen[0])


def test_a_breached_password_is_told_where_it_is_typed(cast, stolen):
    answer = change(browse(cast.author), stolen[7])
    assert "found in a theft of passwords elsewhere" in answer.content.decode()
    assert User.objects.get(pk=cast.author.pk).check_password(PASSWORD)


def test_a_missing_file_of_breached_passwords_is_said(client, db, settings):
    settings.BREACHED_PASSWORDS = "/nowhere/breached.txt"
    told = {each["name"]: each["words"] for each in client.get("/readyz").json()["checks"] if not each["ok"]}
    assert told["passwords"].startswith("The file of breached passwords is not there")


@pytest.mark.parametrize("password", ["aaaa bbbb cccc dddd", "ключ к тихой воде ночью", "x" * 30 + "y" * 98])
def test_passwords_that_are_taken(cast, password):
    assert change(browse(cast.author), password).status_code == 302
    assert User.objects.get(pk=cast.author.pk).check_password(password)


def test_a_password_is_taken_letter_by_letter(cast):
    exact = "  Blanks and Capitals count  "
    change(browse(cast.author), exact)
    for wrong in (exact.strip(), exact.lower(), exact[:20]):
        assert sign_in(Client(), AUTHOR, wrong).status_code == 200
    assert sign_in(Client(), AUTHOR, exact).status_code == 302


def test_an_old_password_still_signs_in(cast):
    change_account(cast.author, created_at="2000-01-01T00:00:00Z")
    assert sign_in(Client(), AUTHOR)["Location"] == "/"


@pytest.mark.parametrize(("path", "names"), [
    ("/accounts/login/", {"password": "current-password"}),
    ("/accounts/password/change/",
     {"oldpassword": "current-password", "password1": "new-password", "password2": "new-password"}),
])  # fmt: skip
def test_fields_hide_the_password_and_let_managers_fill_it(cast, path, names):
    browser = browse(cast.author) if "change" in path else Client()
    tags = parse(browser.get(path).content.decode()).tags
    found = {
        each["name"]: each.get("autocomplete") for tag, each in tags if tag == "input" and each["type"] == "password"
    }
    assert found == names


def test_no_account_comes_with_the_portal(cast):
    known = {email_of(who) for who in PEOPLE} | {"second.outsider@cast.test"}
    assert set(User.objects.values_list("email", flat=True)) == known


def test_a_reset_password_does_not_pass_by_the_second_factor(cast, client):
    give_app(cast.author)
    client.post("/accounts/password/reset/", {"email": AUTHOR})
    link = re.search(r"http\S+", mail.outbox[0].body)[0].split("/", 3)[3]
    place = client.get(f"/{link}", follow=True).redirect_chain[-1][0]
    assert client.post(place, {"password1": NEW, "password2": NEW}).status_code == 302
    assert client.get("/account/").status_code == 302
    assert sign_in(client, AUTHOR, NEW)["Location"] == "/accounts/second-factor/"


def test_a_closed_account_has_no_session(cast):
    browser = browse(cast.author)
    assert browser.get("/account/").status_code == 200
    change_account(cast.author, is_active=False)
    assert browser.get("/account/").status_code == 302


@pytest.mark.parametrize("path", ["/account/", "/o/northwind/", "/o/northwind/documents/", "/account/factors/"])
def test_signing_out_is_on_every_page(cast, path):
    tags = parse(browse(cast.author).get(path).content.decode()).tags
    assert any("/accounts/logout/" in (each.get("href") or each.get("action") or "") for _, each in tags)
