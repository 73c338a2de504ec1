"""An SOP from its first word to the trail an auditor takes home."""

import datetime as dt
import hashlib
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.browser.pdfs import outline_of, pages_of
from tests.browser.people import People, Person
from tests.browser.portal import IN_BROWSER, Portal
from tests.days import today
from tests.journeys import chapters

pytestmark = [*IN_BROWSER, pytest.mark.slow]

TITLE = "Labelling of samples"
BERLIN = ZoneInfo("Europe/Berlin")
GROUNDS = "The label printers are in use already."
SIGNERS = (
    ("Amara Okafor", "I wrote"),
    ("Rafael Lindqvist", "I have reviewed"),
    ("Paula Ferreira", "I approve"),
    ("Quirin Albers", "For quality assurance I approve"),
)


def test_an_sop_from_markdown_to_effective_and_its_trail(people: People, tmp_path: Path) -> None:
    author, newcomer = people("author"), chapters.newcomer(people)
    chapters.begin(author, TITLE, ["Rafael Lindqvist", newcomer.name], owner="Paula Ferreira")
    _preview(author)
    version = chapters.save_draft(author)
    chapters.take(author, version, "Submit for review")
    assert chapters.state(author) == "In review"

    chapters.take(people("reviewer"), version, "Sign as reviewed")
    _accepts_that_signatures_bind(newcomer, version)
    _may_not_approve_yet(people("qa"), version)
    chapters.take(people("process_owner"), version, "Approve")
    chapters.take(people("qa"), version, "Approve")

    control = people("document_control")
    _sets_the_date(control, version)
    chapters.wait_for(author, version, "Effective")
    _issued_pdf_says_it_all(author, version, tmp_path)
    _trail_says_it_all(people("quality_head"), version, tmp_path)


def _preview(author: Person) -> None:
    """The text as it will read, with everything typed still in the form."""
    author.press("Preview")
    shown = author.page.get_by_role("region", name="Preview", exact=True).last
    shown.get_by_role("heading", name="Procedure").wait_for()
    assert shown.get_by_role("cell").all_inner_texts() == ["Label", "study nurse", "Compare", "second person"]
    assert author.page.locator("[name=markdown]").input_value() == chapters.TEXT
    assert author.page.locator("[name=reviewers]:checked").count() == 2


def _accepts_that_signatures_bind(person: Person, version: str) -> None:
    """The first electronic signature of a person asks once whether it binds them (21 CFR 11.100(c))."""
    person.open(version)
    person.press("Sign as reviewed")
    form = person.signing_form()
    form.locator("[name=email]").fill(person.email)
    form.locator("[name=password]").fill(person.password)
    form.get_by_role("button", name=re.compile("^Sign as ")).click()
    person.page.get_by_role("link", name=re.compile("Tick that your electronic signature binds you")).wait_for()
    person.sign(first=True, binding=True)
    person.sees("Signed: Sign as reviewed")


def _may_not_approve_yet(qa: Person, version: str) -> None:
    """Quality assurance approves last, and reads why the button waits."""
    qa.open(version)
    assert qa.page.get_by_role("link", name="Approve", exact=True).count() == 0
    qa.sees("Not now:")


def _sets_the_date(control: Person, version: str) -> None:
    control.open(version)
    control.press("Set the effective date")
    control.page.locator("[name=effective_on]").fill(today().isoformat())
    control.page.locator("[name=reason]").fill(GROUNDS)
    control.page.locator("form:has([name=effective_on])").get_by_role("button", name="Set the effective date").click()
    control.sees("Done: Set the effective date")


def _issued_pdf_says_it_all(person: Person, version: str, folder: Path) -> None:
    """Number, version, state and date on every page; then who signed what, when, in UTC and their own time."""
    person.open(version)
    link = person.page.locator(".files a", has_text=", effective.pdf")
    data = person.fetch(link.get_attribute("href"))
    assert _hash_beside(person, link.inner_text()) == hashlib.sha256(data).hexdigest()
    pages = pages_of(data)
    number = version.split("/")[2]
    since = f"{today():%-d %b %Y}"
    for text in pages:
        assert number in text
        assert "Version 1.0" in text
        assert "Effective" in text
        assert since in text, text
    assert "Print the label with two identifiers." in " ".join(pages)
    signatures = pages[-1]
    for name, meaning in SIGNERS:
        assert name in signatures
        assert meaning in signatures
    assert len(re.findall(r"\d\d:\d\d:\d\d UTC", signatures)) >= len(SIGNERS)
    assert len(re.findall(r"\+0[12]:00", signatures)) >= len(SIGNERS)


def _hash_beside(person: Person, name: str) -> str:
    row = person.page.locator(".files li", has_text=name)
    return row.locator(".hash").inner_text().removeprefix("SHA-256 ")


def _trail_says_it_all(auditor: Person, version: str, folder: Path) -> None:
    """The trail as PDF against the events of the database."""
    auditor.open(version)
    auditor.press("Export the trail")
    auditor.press("Make the files")
    auditor.page.get_by_role("link", name="Download the PDF").wait_for(timeout=90_000)
    facts = auditor.page.locator("main").inner_text()
    file = auditor.download(lambda: auditor.press("Download the PDF"), folder)
    data = file.read_bytes()
    assert hashlib.sha256(data).hexdigest() in facts
    _trail_equals_the_events(auditor.portal, version, pages_of(data))
    assert any(title.startswith(f"{dt.datetime.now(dt.UTC):%B %Y}") for title in outline_of(data))


def _trail_equals_the_events(portal: Portal, version: str, pages: list[str]) -> None:
    events = _events_of(portal, version.split("/")[2])
    text = " ".join(pages)
    assert f"{len(events)} entries match the filter" in text
    for count, page in enumerate(pages, 1):
        assert f"page {count} of {len(pages)}" in page.lower()
    for actor, sentence, at, reason, changes in events:
        assert f"{at:%Y-%m-%d %H:%M:%S}" in text or f"{at:%H:%M:%S}" in text
        assert f"{actor} {sentence}" in text, sentence
        assert not reason or f"Reason: {reason}" in text
        for change in changes:
            assert _squeezed(change["label"]) in _squeezed(text)
            assert _squeezed(change["new"])[:200] in _squeezed(text), change
    for name, meaning in SIGNERS:
        assert f"{name}" in text
        assert meaning in text


def _events_of(portal: Portal, number: str) -> list[tuple]:
    return portal.rows(
        """
        SELECT e.actor_name, e.sentence, e.at, e.reason, e.changes FROM audit_auditevent e
        JOIN documents_document d ON d.id = e.subject_id AND e.subject_kind = 'documents.document'
        JOIN organizations_organization o ON o.id = d.organization_id
        WHERE d.number = %s AND o.slug = %s AND e.record_kind <> 'reports.report' ORDER BY e.id
        """,
        number,
        portal.slug,
    )


def _squeezed(text: str) -> str:
    """Without white space and line marks: a long value is broken anywhere on paper."""
    return re.sub(r"[\s↵]", "", text)
