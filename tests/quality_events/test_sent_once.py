"""A form that is sent twice is stored once, and both find the same record."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cqms.organizations.scope import scope
from quality_events.intake.models import InitialReport
from tests.platform.browsing import browse, hidden, words
from tests.platform.committed import at_once

NEW = "/o/northwind/quality-events/intake/new/"
TOLD = {"description": "The scale was not calibrated since March. Doses depend on weight."}


def shown(person):
    """The form as it was shown to a person, filled in."""
    client = browse(person)
    return client, {**TOLD, "kept_for": hidden(client.get(NEW), "kept_for")}


def numbers(company):
    with scope(company.ours):
        return list(InitialReport.objects.order_by("pk").values_list("number", flat=True))


@pytest.mark.commits
def test_a_double_click_reports_once(company):
    client, told = shown(company.reader)
    places = at_once(*[lambda: client.post(NEW, told)["Location"]] * 3)
    assert (len(set(places)), numbers(company)) == (1, ["IR-0001"])
    assert client.post(NEW, told, headers={"HX-Request": "true"})["HX-Redirect"] == places[0]


@pytest.mark.commits
def test_other_words_and_a_form_that_was_refused_are_sent_anew(company):
    client, told = shown(company.reader)
    wrong = {**told, "occurred_on": "2199-01-01"}
    assert [client.post(NEW, wrong).status_code for _ in range(2)] == [422, 422]
    client.post(NEW, told)
    client.post(NEW, {**told, "description": "The printer of the pharmacy prints no labels."})
    client.post(NEW, TOLD)
    client.post(NEW, TOLD)
    assert numbers(company) == ["IR-0001", "IR-0002", "IR-0003", "IR-0004"]


@pytest.mark.commits
def test_the_same_words_in_two_showings_of_the_form_are_two_reports(company):
    (client, first), (_, second) = shown(company.reader), shown(company.reader)
    assert client.post(NEW, first)["Location"] != client.post(NEW, second)["Location"]
    assert numbers(company) == ["IR-0001", "IR-0002"]


def test_a_file_that_cannot_be_used_is_refused_where_it_was_chosen(cast):
    files = [SimpleUploadedFile("setup.exe", b"MZ\x90"), SimpleUploadedFile("log.txt", b"81.2 kg")]
    answer = browse(cast.reader).post(NEW, {**TOLD, "files": files})
    found = answer.context["form"].errors
    assert (answer.status_code, list(found)) == (422, ["files"])
    first, *others = map(str, found["files"])
    assert first.startswith("“setup.exe” is of a kind that cannot be used here. Choose PDF (.pdf), PNG picture (.png)")
    assert others == ["Choose the others again, too: files do not stay in a form."]


def test_an_empty_form_says_what_to_do(cast):
    answer = browse(cast.reader).post(NEW, {"occurred_on": "31.2.2026", "place": "x" * 301})
    assert answer.context["form"].errors == {
        "description": ["Fill this in."],
        "occurred_on": ["Write the day as 2026-05-04."],
        "place": ["Say it in 300 characters at most; these are 301."],
    }
    assert "3 answers are missing or wrong What happened? Fill this in." in words(answer)


def test_home_and_the_list_lead_whoever_may_to_a_report_in_one_click(cast):
    for person, expected in ((cast.reader, True), (cast.inspector, False)):
        for path in ("/o/northwind/", "/o/northwind/quality-events/"):
            assert (NEW in browse(person).get(path).content.decode()) == expected


def test_who_comes_from_the_inbox_reads_what_a_step_is_about(cast):
    browse(cast.reader).post(NEW, TOLD)
    step = "/o/northwind/quality-events/intake/IR-0001/steps/triage/"
    answer = browse(cast.qa).get(step)
    assert TOLD["description"] in words(answer)
    assert '<details class="fold" open>' in answer.content.decode()
    with scope(cast.ours):
        report = InitialReport.objects.get()
    rows = words(browse(cast.qa).get("/o/northwind/inbox/"))
    assert f"Triage: {report} " in rows
