"""The listing of a study's deviations for its clinical study report (ICH E3 10.2)."""

import csv
import io

import pytest
from pypdf import PdfReader

from cqms.audit.refusals import Denied
from cqms.jobs.models import Job
from cqms.organizations.scope import scope
from cqms.reports.models import Report
from quality_events.deviations.reports import LISTING, deviations_listed, listing_of, request_listing
from quality_events.deviations.tasks import make_listing
from tests.cast import page
from tests.platform.browsing import browse, links
from tests.quality_events.test_deviations import CONSENT, DOSE, WINDOW, approved, classified, deviation, step, study


def fill(cast):
    """Two that are not important, two that are, one that nobody classified, one that was voided."""
    approved(cast)
    return {
        "late": classified(cast, WINDOW, title="Visit late"),
        "later": classified(cast, WINDOW, title="Visit later"),
        "dose": classified(cast, DOSE, "important", title="Double dose"),
        "form": classified(cast, CONSENT, "important", title="Old form"),
        "new": deviation(cast, title="Just logged"),
        "void": step(deviation(cast, title="By mistake"), "void", cast.qa, reason="Twice."),
    }


def made(job):
    report = Report.objects.get(number=make_listing(job, lambda *_: None)["report"])
    texts = {}
    for name, file in report.files().items():
        with file.path.open("rb") as stored:
            texts[name] = stored.read()
    return report, texts


def test_important_ones_come_first_then_by_category_site_and_participant(cast, ours):
    found = fill(cast)
    listed = deviations_listed(study(), cast.qa)
    assert listed == [found[name] for name in ("form", "dose", "late", "later", "new")]


def test_the_pdf_tells_totals_basis_and_every_deviation_and_the_csv_the_same_rows(cast, ours):
    fill(cast)
    report, files = made(request_listing(study(), actor=cast.qa))
    assert (report.kind, report.entry_count, report.record, sorted(files)) == (LISTING, 5, study(), ["csv", "pdf"])
    text = " ".join(" ".join(each.extract_text() for each in PdfReader(io.BytesIO(files["pdf"])).pages).split())
    told = ("DS-0001, version 1", "not frozen: it may still change", "Important deviations: 2", "Double dose",
            "Other deviations: 2", "Deviations not classified yet: 1", "Just logged", "1002-014")  # fmt: skip
    assert [each for each in told if each not in text] == []
    assert "By mistake" not in text
    places = [text.find(each) for each in ("Important deviations: 2", "Old form", "Double dose", "Visit late")]
    assert places == sorted(places)
    rows = list(csv.reader(io.StringIO(files["csv"].decode("utf-8-sig"))))
    assert [(row[1], row[8]) for row in rows[1:]] == [
        ("Important", "Old form"), ("Important", "Double dose"), ("Not important", "Visit late"),
        ("Not important", "Visit later"), ("", "Just logged"),
    ]  # fmt: skip


def test_who_is_blinded_lists_nothing_that_tells_who_received_what(cast, ours):
    approved(cast)
    deviation(cast, title="Opened the envelope", unblinded=True)
    told = deviation(cast, title="Came late")
    assert deviations_listed(study(), cast.qa) == [told]
    assert listing_of(study(), cast.qa).lanes == ("general",)


def test_a_study_without_deviations_has_a_listing_that_says_none(cast, ours):
    report, files = made(request_listing(study(), actor=cast.auditor))
    text = PdfReader(io.BytesIO(files["pdf"])).pages[0].extract_text()
    assert (report.entry_count, text.count("None."), "no approved specification" in text) == (0, 3, True)


def test_who_makes_no_reports_makes_no_listing(cast, ours):
    with pytest.raises(Denied):
        request_listing(study(), actor=cast.author)


def test_it_is_asked_for_on_the_list_of_a_study(cast):
    client, path = browse(cast.qa), page(cast.ours, "/quality-events/deviations/")
    asked = f"{path}listing/?study=NW-101"
    assert asked in links(client.get(f"{path}?study=NW-101"))
    assert client.get(asked).context["form"].initial == {"study": "NW-101"}
    assert client.post(asked, {"study": "HR-900"}).status_code == 422
    assert client.post(asked, {"study": "NW-101"}).status_code == 302
    with scope(cast.ours):
        assert Job.objects.filter(kind=LISTING).count() == 1
    assert not [each for each in links(browse(cast.author).get(path)) if "listing" in each]
