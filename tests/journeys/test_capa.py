"""Three deviations at a site, the issue they raise, and the CAPA that the portal's own figures prove effective."""

import datetime as dt
import re
from pathlib import Path

import pytest

from tests.browser.pdfs import pages_of
from tests.browser.people import People, Person
from tests.browser.portal import IN_BROWSER
from tests.days import today
from tests.journeys import chapters, events

pytestmark = [*IN_BROWSER, pytest.mark.slow]

TODAY = today()
SITE, OTHER = "ALD-104 · 21 Harbour hospital, Bergen", "ALD-104 · 31 Hospital of the Two Bridges, Wroclaw"
OWNER = "Amara Okafor (author@alder.example)"
TITLE = "Superseded consent form signed"
CATEGORY = "consent / Superseded version of the form signed"
REPEATS = f"3 deviations “{CATEGORY}” at site 21"
DAYS_AGO = (200, 180, 160)
ROOT = "Nobody takes former versions out of the folder."
CAUSES: tuple[dict[str, str], ...] = (
    {"text": "The form on top of the pile was the former version", "weight": "why", "bone": "material",
     "evidence": "Photo of the folder"},
    {"text": ROOT, "weight": "root", "bone": "process", "evidence": "Procedure of the site, section 4",
     "parent": "The form on top of the pile was the former version"},
)  # fmt: skip
ACTIONS = (
    ("correction", "Ask the three participants to sign the version in force", "Three signed forms"),
    ("corrective", "Take former versions out on the day an amendment comes", "Log of the folder"),
    ("preventive", "Give every site of the study the same check", "Letter to the sites"),
)
CRITERION = {
    "metric": "Superseded forms signed at the site", "target": "0", "sample": "Four months before, four months after",
    "data_source": "portal", "counted": "deviations", "unit": "count",
    **{name: f"{TODAY - dt.timedelta(days=ago):%Y-%m-%d}" for name, ago in
       {"before_from": 240, "before_to": 121, "after_from": 120, "check_on": 1}.items()},
}  # fmt: skip
ANSWERS = {
    "What happened?": f"{REPEATS} within 90 days", "How far did it reach?": "Three participants of one site.",
    "Why?": ROOT, "What was done?": "Filed in the site file, section 3.",
    "When?": f"Effectiveness verified on {TODAY:%-d %b %Y}; CAPA closed on {TODAY:%-d %b %Y}.", "By whom?": "Owner: Amara Okafor. Actions: Amara Okafor. Signed by: ",
    "Did it work?": "Closed. None in four months, against three before.",
    "Where else could it happen?": "At every site with paper forms.",
}  # fmt: skip


def test_deviations_become_an_issue_whose_capa_is_proven_effective_and_closed(people: People, tmp_path: Path) -> None:
    author, quality, head = people("author"), people("qa"), people("quality_head")
    deviations = [_logs(author, days) for days in DAYS_AGO]
    issue = _classifies(people("study_manager"), deviations)
    capa = _decides(author, quality, issue)
    _analyses(author, quality, capa)
    _plans(author, capa)
    events.sign(head, capa, "Approve the plan", first=True)
    events.sign(quality, capa, "Approve the plan")
    _implements(author, quality, capa)
    _is_effective(author, quality, capa)
    events.sign(head, capa, "Close")
    assert chapters.state(head) == "Closed"
    events.sign(quality, issue, "Close", effect="None in four months, against three before.")
    assert chapters.state(quality) == "Closed"
    _close(author, quality, deviations[0])
    _answers_the_inspector(people("auditor"), capa, tmp_path)


def test_an_issue_is_opened_on_the_page_of_a_deviation(people: People) -> None:
    """It begins with what is known of the deviation, and each page leads to the other."""
    author = people("author")
    number = events.number_of(deviation := _logs(author, 30, OTHER))
    author.press("Open an issue")
    author.page.wait_for_url(re.compile(f"/{number}/issue/$"))
    assert author.page.locator("[name=title]").input_value() == TITLE
    assert author.page.locator("[name=site] option:checked").inner_text() == OTHER
    author.press("Open the issue")
    issue = events.number_of(events.path_of(author, "QI"))
    why = f"It came of {number}."
    assert events.linked(author) == [[number, f"Protocol deviation: {TITLE}", why]]
    author.open(deviation)
    assert events.linked(author) == [[issue, f"Quality issue: {TITLE}", why]]


def _logs(author: Person, days: int, site: str = SITE) -> str:
    """A deviation that happened so many days ago and was found yesterday; its path."""
    author.open("/quality-events/deviations/")
    author.press("Log a deviation")
    author.page.wait_for_url(re.compile("/deviations/new/"))
    events.send(
        author, "Log the deviation", title=TITLE, description="The version before amendment 2 was signed.",
        site=site, subject_code=f"2101-{days}", noticed_by="Monitor",
        occurred_on=f"{TODAY - dt.timedelta(days=days):%Y-%m-%d}",
        discovered_on=f"{TODAY - dt.timedelta(days=1):%Y-%m-%d}",
    )  # fmt: skip
    return events.path_of(author, "PD")


def _classifies(manager: Person, deviations: list[str]) -> str:
    """All at once as important; the third of the category at the site raises an issue, whose path this is."""
    manager.open("/quality-events/deviations/")
    for each in deviations:
        manager.page.get_by_label(f"Select {events.number_of(each)}", exact=True).check()
    manager.press("Classify")
    manager.page.wait_for_url(re.compile(r"/classify/\?"))
    events.send(manager, "Save", category=CATEGORY, importance="important", rationale="Consent was not valid.")
    manager.page.wait_for_url(re.compile("/deviations/$"))
    manager.open(deviations[0])
    assert chapters.state(manager) == "Under assessment"
    ((number, words, why),) = events.linked(manager)
    assert (words, why) == (f"Quality issue: {REPEATS}", "One of the repeats.")
    manager.press(number)
    return events.path_of(manager, "QI")


def _decides(author: Person, quality: Person, issue: str) -> str:
    """Accepted, contained, analysed, and decided with a CAPA, whose path this is."""
    events.take(
        quality, issue, "Accept as an issue", owner=OWNER, severity="major", extent="repeated",
        detectability="likely", breach="no", affected="3",
    )  # fmt: skip
    events.take(author, issue, "Contain", containment="The former forms are locked away.")
    events.take(author, issue, "Look for the cause")
    events.take(author, issue, "Conclude the cause", root_cause=ROOT, affected="0", critical_factor="None")
    events.take(author, issue, "Decide on action", decision="capa", decision_grounds="It happened three times.")
    found = [
        number for number, _, why in events.linked(author) if why == f"It was decided in {events.number_of(issue)}."
    ]
    assert len(found) == 1, "one CAPA is opened and linked"
    author.press(found[0])
    return events.path_of(author, "CAPA")


def _analyses(author: Person, quality: Person, capa: str) -> None:
    events.take(quality, capa, "Accept the need", extent="Three participants of one site.")
    events.take(author, capa, "Begin the analysis")
    for cause in CAUSES:
        author.press("Add a cause")
        author.page.wait_for_url(re.compile("/causes/new/$"))
        events.send(author, "Add the cause", **cause)
        author.sees(f"{cause['evidence']}")
    author.press("Write the analysis")
    author.page.wait_for_url(re.compile("/analysis/$"))
    events.send(author, "Save", method="five_whys", root_cause=ROOT, elsewhere="At every site with paper forms.")
    events.path_of(author, "CAPA")
    events.take(author, capa, "Hand in the analysis")
    events.sign(quality, capa, "Review the root cause", first=True)


def _plans(author: Person, capa: str) -> None:
    """Three rows, and the criterion, whose baseline the portal counts."""
    author.open(capa)
    for kind, words, deliverable in ACTIONS:
        author.press("Add an action")
        author.page.wait_for_url(re.compile("/actions/new/$"))
        due = f"{TODAY + dt.timedelta(days=14):%Y-%m-%d}"
        events.send(author, "Add the action", kind=kind, text=words, owner=OWNER, due_on=due,
                    deliverable=deliverable)  # fmt: skip
        author.sees(words)
    author.press("Set the criterion")
    author.page.wait_for_url(re.compile("/criterion/$"))
    events.send(author, "Save", **CRITERION)
    author.sees("3 events")
    events.take(author, capa, "Hand in the plan")


def _implements(author: Person, quality: Person, capa: str) -> None:
    """Each row with evidence: words, and a file at the first."""
    events.take(author, capa, "Start")
    file = {"name": "forms.txt", "mimeType": "text/plain", "buffer": b"Three forms, signed again.\n"}
    for row in range(len(ACTIONS)):
        author.press("Complete")
        author.page.wait_for_url(re.compile("/done/$"))
        author.page.locator("[name=files]").set_input_files([file] if row == 0 else [])
        events.send(author, "Report as done", evidence="Filed in the site file, section 3.")
        author.page.wait_for_url(re.compile(f"{capa}$"))
    assert author.page.locator("#plan").get_by_text("Done", exact=True).count() == len(ACTIONS)
    events.take(author, capa, "Report as implemented")
    events.take(quality, capa, "Take up for verification")
    events.sign(quality, capa, "Verify the implementation")


def _is_effective(author: Person, quality: Person, capa: str) -> None:
    """The figures of the portal stand before and after as a chart and in words, each mark leading to its events."""
    events.take(author, capa, "Write down the result", result="None in four months, against three before.")
    effect = author.page.locator("#effect")
    assert effect.locator("figure.chart svg").count() == 1
    before, after, change, target = effect.locator("ul li").all_inner_texts()
    assert re.search(r": 3 events \(95 % interval 0.62 to 8.77, exact Poisson\)\.$", before)
    assert re.search(r": 0 events \(95 % interval 0 to 3.69, exact Poisson\)\.$", after)
    assert change.startswith("The rate is 0% of what it was")
    assert target == "Target: at most 0 events, reached."
    effect.locator("figure.chart a").first.click()
    author.sees("Before: ")
    assert author.page.locator("main tbody tr").count() == len(DAYS_AGO)
    events.sign(quality, capa, "Effective")
    assert chapters.state(quality) == "Effective"


def _close(author: Person, quality: Person, deviation: str) -> None:
    """The deviation itself is screened, acted on, reviewed and closed."""
    events.sign(quality, deviation, "Answer the breach question", breach="no", breach_grounds="Consent was given anew.")
    events.take(author, deviation, "Decide on action", impact="Rights: consent was given anew.", action="Signed anew.")
    events.take(author, deviation, "Submit to quality assurance")
    events.sign(quality, deviation, "Close")
    assert chapters.state(quality) == "Closed"


def _answers_the_inspector(auditor: Person, capa: str, folder: Path) -> None:
    """The report's first page has a heading for each question, and its answer."""
    auditor.open(capa)
    auditor.press("Report as PDF")
    auditor.page.get_by_role("link", name="Download the PDF").wait_for(timeout=90_000)
    file = auditor.download(lambda: auditor.press("Download the PDF"), folder)
    first = pages_of(file.read_bytes())[0]
    places = [first.find(question) for question in ANSWERS]
    assert places == sorted(places)
    assert places[0] > 0
    asked = [*ANSWERS.items()]
    for (question, answer), end in zip(asked, [*places[1:], len(first)], strict=True):
        assert answer in first[first.find(question) : end], question
