"""The SOP again, by programs: each holds the token of a person and signs with that person's components."""

import pytest

from tests.browser.machine import Machine
from tests.browser.pdfs import pages_of
from tests.browser.people import People
from tests.browser.portal import IN_BROWSER
from tests.days import today
from tests.journeys import chapters
from tests.platform.instances import eventually

pytestmark = [*IN_BROWSER, pytest.mark.slow]


def test_an_sop_over_the_api(people: People) -> None:
    who = ("author", "reviewer", "process_owner", "qa", "document_control")
    author, reviewer, owner, qa, control = (Machine(people(each)) for each in who)
    version = _draft(author)
    assert author.step(version, "submit")["state"] == "in_review"
    assert _refused(qa, version, "approve") == (409, "wrong_state")
    assert reviewer.step(version, "review")["state"] == "in_approval"
    assert _refused(author, version, "approve") == (403, "denied")
    assert owner.step(version, "approve")["state"] == "in_approval"
    assert qa.step(version, "approve")["state"] == "approved"
    _schedule(control, version)
    eventually(lambda: author.get(version)["state"] == "effective", 90, pause=1)
    _signatures_hold(author, version)
    eventually(lambda: "Effective since" in pages_of(author.get(f"{version}files/pdf/"))[0], 30, pause=1)


def _draft(author: Machine) -> str:
    email = author.portal.email_of
    status, made = author.ask("POST", "documents/", {
        "type": "sop", "title": "Labelling by machine", "owner": email("process_owner"),
        "change_summary": "First version", "change_reason": chapters.REASON, "markdown": chapters.TEXT,
        "reviewers": [email("reviewer")], "audience": "Everybody who handles samples",
    })  # fmt: skip
    assert status == 201, made
    version = f"documents/{made['document']}/versions/{made['label']}/"
    eventually(lambda: "rendition" in author.get(version)["files"], 60, pause=1)
    return version


def _refused(machine: Machine, version: str, key: str) -> tuple[int, str]:
    signed = {"email": machine.person.email, "password": machine.person.password}
    body = {"revision": machine.get(version)["revision"], **signed}
    status, content = machine.ask("POST", f"{version}steps/{key}/", body)
    return status, content["error"]["code"]


def _schedule(control: Machine, version: str) -> None:
    """This step is not signed."""
    day = today().isoformat()
    body = {"revision": control.get(version)["revision"], "effective_on": day, "reason": "In use already."}
    status, content = control.ask("POST", f"{version}steps/schedule/", body)
    assert status == 200, content


def _signatures_hold(machine: Machine, version: str) -> None:
    rows = machine.get(version)["signatures"]
    assert [(row["signer_name"], row["meaning"], row["method"], row["holds"]) for row in rows] == [
        ("Amara Okafor", "authored", "email+password", True),
        ("Rafael Lindqvist", "reviewed", "email+password", True),
        ("Paula Ferreira", "approved", "email+password", True),
        ("Quirin Albers", "qa_approved", "email+password", True),
    ]
