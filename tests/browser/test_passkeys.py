"""Passkeys in a real browser: added, used instead of a password, after one, refused without the finger, removed."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.passkeys import Device, add_passkey, at_a_name
from tests.browser.people import PHONE, People, Person
from tests.browser.portal import IN_BROWSER, Portal

pytestmark = [*IN_BROWSER, pytest.mark.slow]


def faults_in_every_look(person: Person) -> list[str]:
    """What axe finds on a page that only somebody with a factor meets, in light and dark; and what is too wide."""
    found = []
    for theme in ("dark", "light"):
        person.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        found += [f"{theme} {each['id']}" for each in Axe().run(person.page).response["violations"]]
    over = person.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*found, *([f"{over} px too wide"] if over > 0 else [])]


def remove_all(portal: Portal, email: str) -> None:
    """People of the demo world are lent: give them back without factors."""
    portal.rows("DELETE FROM mfa_authenticator WHERE user_id = (SELECT id FROM accounts_user WHERE email = %s)"
                " RETURNING id", email)  # fmt: skip


def test_a_passkey_is_added_and_signs_in_without_a_password(people: People, portal: Portal) -> None:
    person = people("statistician", signed_in=False)
    device, base = Device(person), at_a_name(person)
    add_passkey(person, "Work laptop")
    assert len(device.credentials()) == 1
    person.open(f"{base}/account/factors/")
    person.sees("Passkey “Work laptop”")
    person.open(f"{base}/accounts/logout/")
    person.press("Sign out")
    person.page.wait_for_url("**/accounts/login/")
    person.press("Sign in with a passkey")
    person.page.wait_for_url(lambda url: "/accounts/" not in url)
    person.open(f"{base}/account/sign-ins/")
    assert person.page.locator("tbody .badge").first.inner_text() == "Signed in"
    remove_all(portal, person.email)


def test_after_the_password_the_passkey_is_the_second_factor(people: People, portal: Portal) -> None:
    person = people("reviewer", signed_in=False, **PHONE)
    device, base = Device(person), at_a_name(person)
    add_passkey(person, "Phone")
    person.open(f"{base}/accounts/logout/")
    person.press("Sign out")
    person.page.wait_for_url("**/accounts/login/")
    person.enter()
    person.page.wait_for_url("**/accounts/second-factor/")
    assert faults_in_every_look(person) == []
    device.verify(succeeds=False)
    person.press("Use a passkey")
    person.sees("No passkey was used")
    device.verify(succeeds=True)
    person.press("Use a passkey")
    person.page.wait_for_url(lambda url: "/accounts/" not in url)
    person.open(f"{base}/account/factors/")
    person.page.get_by_role("link", name="Remove Passkey “Phone”").click()
    person.page.get_by_role("button", name="Remove it").wait_for()
    assert faults_in_every_look(person) == []
    person.press("Remove it")
    person.sees("Only your password so far")
    assert portal.rows("SELECT count(*) FROM mfa_authenticator a JOIN accounts_user u ON u.id = a.user_id"
                       " WHERE u.email = %s", person.email) == [(0,)]  # fmt: skip
