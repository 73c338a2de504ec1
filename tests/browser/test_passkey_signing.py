"""Signing with a passkey in a real browser: the assertion is kept, covers exactly what was shown, and is checked again."""

import base64
import json

import pytest

from tests.browser.passkeys import Device, add_passkey, at_name
from tests.browser.people import PHONE, People, Person
from tests.browser.portal import IN_BROWSER, Portal
from tests.browser.test_passkeys import faults_in_every_look, remove_all
from tests.journeys import chapters

pytestmark = [*IN_BROWSER, pytest.mark.slow]
_LAST = """SELECT s.method, s.proof, s.content_hash FROM signatures_signature s JOIN accounts_user u ON u.id = s.signer_id
 WHERE u.email = %s ORDER BY s.id DESC LIMIT 1"""


def last_signature(portal: Portal, person: Person) -> tuple[str, dict, str]:
    return portal.rows(_LAST, person.email)[0]


def test_in_the_dialog_a_passkey_signs_and_a_wrong_finger_does_not(people: People, portal: Portal) -> None:
    version = chapters.plan_in_approval(people, "Plan signed with a passkey")
    manager = people("study_manager", signed_in=False)
    device = Device(manager)
    add_passkey(manager, "Work laptop")
    manager.open(at_name(manager, version))
    manager.press("Approve")
    manager.page.get_by_role("button", name="Sign as Samira Marchetti with a passkey").wait_for()
    accept = manager.page.locator("dialog [name=accepts_binding]")
    if accept.count():
        accept.check()
    device.verify(succeeds=False)
    manager.press("Sign as Samira Marchetti with a passkey")
    manager.sees("No passkey was used")
    device.verify(succeeds=True)
    manager.press("Sign as Samira Marchetti with a passkey")
    manager.sees("Signed: Approve")
    method, proof, _ = last_signature(portal, manager)
    said = json.loads(base64.urlsafe_b64decode(proof["client_data"] + "=="))
    assert (method, proof["kind"], said["type"], proof["name"]) == ("passkey", "passkey", "webauthn.get", "Work laptop")
    manager.sees("passkey that verified its owner")
    remove_all(portal, manager.email)


def test_on_a_phone_the_page_signs_the_same_and_an_old_answer_signs_nothing(people: People, portal: Portal) -> None:
    version = chapters.plan_in_approval(people, "Plan signed on a phone")
    manager = people("study_manager", signed_in=False, **PHONE)
    Device(manager)
    add_passkey(manager, "Phone")
    manager.open(at_name(manager, f"{version}steps/approve/"))
    assert faults_in_every_look(manager) == []
    sent: list[str] = []
    manager.page.on("request", lambda asked: sent.append(asked.post_data or "") if asked.method == "POST" else None)
    manager.press("Sign as Samira Marchetti with a passkey")
    manager.sees("Signed: Approve")
    assert last_signature(portal, manager)[0] == "passkey"
    other = chapters.plan_in_approval(people, "Plan nobody signed")
    manager.open(at_name(manager, f"{other}steps/approve/"))
    token = manager.page.locator("[name=csrfmiddlewaretoken]").first.get_attribute("value")
    form = dict(part.split("=", 1) for part in sent[-1].split("&"))
    answer = manager.context.request.post(
        at_name(manager, f"{other}steps/approve/"),
        data="&".join(f"{name}={value}" for name, value in (form | {"csrfmiddlewaretoken": token}).items()),
        headers={"Content-Type": "application/x-www-form-urlencoded", "Referer": manager.page.url},
    )
    assert answer.status == 422
    assert "did not sign what is shown here" in answer.text()
    remove_all(portal, manager.email)
