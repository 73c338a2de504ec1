"""A change from its request to its release: asked of a function, approved before and after, released by its owner."""

import datetime as dt
import re
from urllib.parse import urlsplit

import pytest

from tests.browser.people import People, Person
from tests.browser.portal import IN_BROWSER
from tests.days import today
from tests.journeys import chapters

pytestmark = [*IN_BROWSER, pytest.mark.slow]

_SOON = f"{today() + dt.timedelta(days=20):%Y-%m-%d}"
_PLAN = {
    "approach": "First the test system, then at night.", "regression_scope": "Allocation and unblinding.",
    "rollback_plan": "Version 4.1 stays installed.",
}  # fmt: skip


def test_a_change_is_requested_assessed_approved_implemented_and_released(people: People) -> None:
    author, qa, owner = people("author"), people("qa"), people("process_owner")
    change = _request(author)
    _screen(qa, change)
    _ask(owner, change)
    _assess(people("medical_monitor"), change)
    _plan(owner, change)
    chapters.take(owner, change, "Approve the change")
    chapters.take(qa, change, "Approve the change")
    assert chapters.state(qa) == "Approved"
    _go(owner, change, "Start")
    _complete(author, change)
    _go(owner, change, "Report as implemented", result="Installed on Monday.", config_diff="Two parameters.")
    chapters.take(qa, change, "Verify the implementation", first=False)
    manager = people("study_manager")
    chapters.take(manager, change, "Release")
    assert chapters.state(manager) == "Released"
    signers = manager.page.locator("#stages .signature strong").all_inner_texts()
    assert signers == [
        "Magnus Mbeki", "Paula Ferreira, Owner of the change", "Quirin Albers, Quality assurance", "Quirin Albers",
        "Samira Marchetti",
    ]  # fmt: skip


def _request(author: Person) -> str:
    author.open("/quality-events/changes/")
    author.press("Request a change")
    author.page.locator("[name=kind]").select_option("system")
    author.fill(
        title="Randomisation 4.2", subject_matter="Randomisation system 4.2", justification="Support of 4.1 ends.",
        description="The new version is installed for every study.",
    )  # fmt: skip
    author.press("Request the change")
    author.page.wait_for_url(re.compile(r"/changes/CC-\d+/$"))
    assert chapters.state(author) == "Requested"
    return urlsplit(author.page.url).path.removeprefix(f"/o/{author.portal.slug}")


def _screen(qa: Person, change: str) -> None:
    qa.open(change)
    qa.press("Screen")
    form = qa.page.locator("form:has([name=gxp_grounds])").last
    form.wait_for()
    form.locator("[name=gxp_grounds]").fill("It allocates participants.")
    for name, value in (("owner", "Paula Ferreira"), ("system_owner", "Samira Marchetti")):
        _choose(form, name, value)
    form.locator("[name=regulatory][value=none]").check()
    form.get_by_role("button", name="Screen", exact=True).click()
    qa.sees("Done: Screen")


def _choose(form: object, name: str, person: str) -> None:
    options = form.locator(f"[name={name}] option", has_text=person)  # type: ignore[attr-defined]
    form.locator(f"[name={name}]").select_option(options.get_attribute("value"))  # type: ignore[attr-defined]


def _ask(owner: Person, change: str) -> None:
    owner.open(change)
    owner.press("Ask a function")
    owner.page.locator("[name=function]").select_option("blinding")
    _choose(owner.page, "owner", "Magnus Mbeki")
    owner.fill(due_on=_SOON)
    owner.press("Ask")
    _go(owner, change, "Begin the assessment", unconcerned="They neither see nor use it.")


def _assess(monitor: Person, change: str) -> None:
    monitor.open(change)
    monitor.press("Assess")
    form = monitor.signing_form()
    form.locator("[name=verdict][value=none]").check()
    form.locator("[name=finding]").fill("Who sees the arm does not change.")
    monitor.sign(first=True)
    monitor.sees("Signed: Assess the impact")


def _plan(owner: Person, change: str) -> None:
    owner.open(change)
    owner.press("Write the plan")
    owner.fill(**_PLAN)
    owner.page.locator("[name=risk_class]").select_option("high")
    owner.press("Save")
    owner.press("Add a task")
    owner.fill(text="Install it", due_on=_SOON)
    _choose(owner.page, "owner", "Amara Okafor")
    owner.press("Add the task")
    _go(owner, change, "Hand in the plan")


def _complete(author: Person, change: str) -> None:
    author.open(change)
    author.press("Complete")
    author.fill(evidence="Log of the installation, part 4")
    author.press("Report as done")
    author.sees("Log of the installation, part 4")


def _go(person: Person, change: str, step: str, **fields: str) -> None:
    """A step that is not signed, with what it asks for."""
    person.open(change)
    person.press(step)
    form = person.page.locator(f"form:has([name=revision]):has(button:text-is('{step}'))").last
    form.wait_for()
    for name, value in fields.items():
        form.locator(f"[name={name}]").fill(value)
    form.get_by_role("button", name=step, exact=True).click()
    person.sees(f"Done: {step}")
