"""An export that was kept is asked for anew each time: whoever sees less than is in it has it nowhere."""

import pytest

from cqms.access.models import RoleAssignment
from cqms.access.services import Narrowing, end_role, give_role
from cqms.audit import services as audit
from cqms.audit.models import Lane
from cqms.jobs.models import Job
from cqms.jobs.services import work_off
from cqms.organizations.scope import scope
from cqms.portal import lanes
from cqms.reports.models import Report
from cqms.reports.trail_export import EXPORT_TRAIL, Files, request_trail_export
from documents.models import Document
from studies.models import Study
from studies.services import SiteFacts, add_site
from tests.cast import Cast, page
from tests.documents.players import effective
from tests.platform.browsing import browse, links, words

STUDIES = "/studies/"
ALL = {"listed", "shown", "pdf", "json", "job"}


@pytest.fixture
def study(cast) -> Study:
    """A study of which something is told in a closed lane."""
    with scope(cast.ours):
        found = Study.objects.get(number="NW-101")
        audit.append(found, actor=cast.author, verb="note", sentence="read the complaint", lane=Lane.CONFIDENTIAL)
        return found


def export(cast: Cast, person, subject=None) -> Report:
    """The trail that somebody takes home."""
    with scope(cast.ours):
        job = request_trail_export(actor=person, subject=subject, files=Files(formats=("pdf", "json")))
    work_off(cast.ours, job.pk)
    with scope(cast.ours):
        return Report.objects.get(number=Job.objects.get(pk=job.pk).result["report"])


def ways_to(cast: Cast, person, report: Report) -> set[str]:
    """By which ways somebody comes to a kept export."""
    browser, at = browse(person), lambda path: page(cast.ours, path)
    place = at(f"/reports/{report.number}/")
    with scope(cast.ours):
        job = Job.objects.get(kind=EXPORT_TRAIL, result__report=report.number)
    found = {"listed"} if place in links(browser.get(at("/reports/"))) else set()
    found |= {"shown"} if browser.get(place).status_code == 200 else set()
    found |= {which for which in ("pdf", "json") if is_had(browser, f"{place}{which}/")}
    return found | ({"job"} if f"{place}pdf/" in links(browser.get(at(f"/jobs/{job.pk}/"))) else set())


def is_had(browser, file: str) -> bool:
    """Whether a file is handed out."""
    answer = browser.get(file)
    return answer.getvalue() != b"" and answer.status_code == 200


def change_role(cast: Cast, person, role: str, **place) -> None:
    """Take every role of a person, and give another one."""
    with scope(cast.ours):
        for each in RoleAssignment.objects.filter(user=person, ends_at__isnull=True):
            end_role(each, actor=None, reason="Changed places.")
        give_role(person, role, actor=None, **place)


def test_who_lost_a_lane_lost_what_they_exported_with_it(cast, study):
    report = export(cast, cast.qa, study)
    assert report.lanes == ["confidential", "general"]
    assert ways_to(cast, cast.qa, report) == ALL
    change_role(cast, cast.qa, "auditor")
    assert ways_to(cast, cast.qa, report) == set()
    change_role(cast, cast.qa, "qa")
    assert ways_to(cast, cast.qa, report) == ALL


@pytest.mark.parametrize("who", ["auditor", "inspector", "study_manager", "author", "reader", "administrator"])
def test_nobody_with_fewer_lanes_has_it(cast, study, who):
    report = export(cast, cast.qa, study)
    assert ways_to(cast, getattr(cast, who), report) == set()
    assert ways_to(cast, cast.quality_head, report) == ALL - {"job"}


def test_what_moved_since_closes_the_export_where_the_lane_is_closed(cast, study):
    with scope(cast.ours):
        document = effective(cast, study=study).document
    report = export(cast, cast.auditor, document)
    assert ways_to(cast, cast.auditor, report) == ALL
    with scope(cast.ours):
        lanes.reclassify(document, Lane.CONFIDENTIAL, actor=cast.qa, reason="Names a person who reported it.")
    assert ways_to(cast, cast.auditor, report) == set()
    assert ways_to(cast, cast.qa, report) == ALL - {"job"}


def test_a_lane_that_is_open_elsewhere_opens_nothing_here(cast, study):
    with scope(cast.ours):
        document = Document.objects.get(pk=effective(cast, study=study).document.pk)
        other = Study.objects.get(number="NW-202")
    report = export(cast, cast.auditor, document)
    with scope(cast.ours):
        give_role(cast.auditor, "qa", actor=None, at=other)
        lanes.reclassify(document, Lane.CONFIDENTIAL, actor=cast.qa, reason="Names a person who reported it.")
    assert ways_to(cast, cast.auditor, report) == set()


@pytest.fixture
def two_sites(cast, study) -> Study:
    """One site in Germany, one in France."""
    with scope(cast.ours):
        for number, country in (("11", "DE"), ("12", "FR")):
            facts = SiteFacts(number=number, name=f"Clinic {number}", country=country, status="open")
            add_site(study, facts, actor=cast.study_manager)
    return study


def test_who_sees_some_sites_has_no_export_of_all_of_them(cast, two_sites):
    whole = export(cast, cast.inspector, two_sites)
    change_role(cast, cast.auditor, "auditor", at=two_sites, only=Narrowing(("DE",)))
    assert ways_to(cast, cast.auditor, whole) == set()
    part = export(cast, cast.auditor, two_sites)
    with scope(cast.ours):
        told = [each.files()["json"].path.read_text() for each in (whole, part)]
    assert [["Clinic 11" in text, "Clinic 12" in text] for text in told] == [[True, True], [True, False]]
    assert ways_to(cast, cast.auditor, part) == ALL
    assert ways_to(cast, cast.inspector, part) == ALL - {"job"}
    change_role(cast, cast.auditor, "auditor", at=two_sites, only=Narrowing(("FR",)))
    assert ways_to(cast, cast.auditor, part) == set()
    change_role(cast, cast.auditor, "auditor", at=two_sites, only=Narrowing(("DE", "FR")))
    assert ways_to(cast, cast.auditor, part) == ALL


def listed(cast: Cast, person) -> tuple[object, str]:
    """A list that a worker wrote for somebody: their browser, and where the file is."""
    browser, place = browse(person), page(cast.ours, STUDIES)
    watched = browser.post(f"{place}?format=csv", {"do": "export", "format": "csv"})["Location"]
    with scope(cast.ours):
        job = Job.objects.latest("created_at")
    work_off(cast.ours, job.pk)
    assert is_had(browser, f"{watched}file/")
    return browser, f"{watched}file/"


def test_a_kept_list_is_asked_anew_when_a_record_moves_out_of_sight(cast, study, monkeypatch):
    monkeypatch.setattr("cqms.ui.views.list_files.AT_ONCE", 1)
    browser, file = listed(cast, cast.auditor)
    with scope(cast.ours):
        document = effective(cast).document
        lanes.reclassify(document, Lane.CONFIDENTIAL, actor=cast.qa, reason="Names a person who reported it.")
    refused = browser.get(file)
    assert (refused.status_code, "has changed since this file was made" in words(refused)) == (403, True)


def test_a_kept_list_is_asked_anew_when_a_role_is_narrowed(cast, study, monkeypatch):
    monkeypatch.setattr("cqms.ui.views.list_files.AT_ONCE", 0)
    change_role(cast, cast.auditor, "auditor", at=study)
    browser, file = listed(cast, cast.auditor)
    change_role(cast, cast.auditor, "auditor", at=study, only=Narrowing(("DE",)))
    assert browser.get(file).status_code == 403
