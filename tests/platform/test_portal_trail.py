"""The trail to take home, on screen: chosen in words, made while one works on, downloaded by who may see all of it."""

import io
import re

import pypdf
import pytest

from cqms.audit.ledger.selectors import keys
from cqms.audit.models import AuditEvent
from cqms.jobs.models import Job, JobState
from cqms.jobs.services import work_off
from cqms.organizations.scope import scope
from cqms.reports import trail_export, verifier
from cqms.reports.models import Report
from cqms.reports.rendering import LibrariesMissing
from studies.models import Study
from tests.cast import page
from tests.platform.browsing import browse, links, words


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"


@pytest.fixture
def study_form(cast) -> str:
    with scope(cast.ours):
        pk = Study.objects.get(number="NW-101").pk
    return page(cast.ours, f"/trail/export/?kind=studies.study&id={pk}")


def start(cast, who: str, place: str, **asked) -> str:
    """Ask for the file; the address of the page that shows its progress."""
    answer = browse(getattr(cast, who)).post(place, {"paper": "A4", "formats": ["pdf"], **asked})
    assert answer.status_code == 302
    return answer["Location"]


def work(cast) -> Job:
    """What a worker does with the job."""
    with scope(cast.ours):
        job = Job.objects.get(kind=trail_export.EXPORT_TRAIL)
    work_off(cast.ours, job.pk)
    with scope(cast.ours):
        job.refresh_from_db()
    return job


def test_the_form_says_exactly_what_the_file_will_hold(cast, study_form):
    browser = browse(cast.inspector)
    with scope(cast.ours):
        study = Study.objects.get(number="NW-101")
        count = AuditEvent.objects.filter(anchor_kind="studies.study", anchor_id=study.pk).count()
    told = words(browser.get(study_form))
    assert f"{count} entries" in told
    assert f"Entries of {study}: from the first entry to the moment of the export; by anybody; of every kind." in told
    told = words(
        browser.post(
            study_form, {"count": "1", "paper": "A4", "formats": ["pdf"], "until": "2020-01-01", "by": cast.author.pk}
        )
    )
    assert "0 entries" in told
    assert "until 1 Jan 2020 in Europe/Berlin; by Amara Osei; of every kind." in told
    with scope(cast.ours):
        assert not Job.objects.filter(kind=trail_export.EXPORT_TRAIL).exists()


def test_filters_of_the_timeline_come_along(cast):
    place = page(cast.ours, f"/timeline/?about=studies.site&by={cast.study_manager.pk}&since=2026-01-01&older=9")
    browser = browse(cast.inspector)
    export = next(link for link in links(browser.get(place)) if "trail/export" in link)
    told = words(browser.get(export))
    assert "from 1 Jan 2026 in Europe/Berlin; by Samuel Mora; kinds: site." in told


def test_filters_of_a_record_s_timeline_come_along(cast):
    place = page(cast.ours, "/studies/NW-101/?field=title&since=2026-01-01")
    browser = browse(cast.inspector)
    export = next(link for link in links(browser.get(place)) if "trail/export" in link)
    told = words(browser.get(export))
    assert "from 1 Jan 2026 in Europe/Berlin; by anybody; of every kind; only where “title” changed." in told


def test_two_places_at_once_are_exported_as_they_are_shown(cast):
    with scope(cast.ours):
        other = Study.objects.get(number="NW-202")
    browser = browse(cast.inspector)
    shown = browser.get(page(cast.ours, f"/studies/NW-101/?study={other.pk}"))
    export = next(link for link in links(shown) if "trail/export" in link)
    told = words(browser.get(export))
    assert ("0 entries" in told, f"of every kind; only in {other}." in told) == (True, True)
    hidden = export.replace(f"study={other.pk}", "study=999999")
    assert browser.get(hidden).status_code == 404


def test_a_trail_is_made_watched_downloaded_and_told(cast, study_form):
    place = start(cast, "inspector", study_form)
    browser = browse(cast.inspector)
    waiting = browser.get(place)
    assert "Waiting for a free worker" in words(waiting)
    assert place in links(waiting)
    assert 'hx-trigger="every 2s"' in waiting.content.decode()
    assert place in links(browser.get(page(cast.ours, "/reports/")))
    assert work(cast).state == JobState.DONE
    polled = browser.get(place, headers={"HX-Request": "true"})
    assert polled["HX-Refresh"] == "true"
    done = browser.get(place)
    with scope(cast.ours):
        report = Report.objects.get()
    assert report.sha256 in words(done)
    assert f"{report.number} holds {report.entry_count} entries" in words(done)
    assert "hx-get" not in done.content.decode().partition("job-progress")[2]
    file = next(link for link in links(done) if link.endswith("/pdf/"))
    answer = browser.get(file)
    content = b"".join(answer.streaming_content)
    assert pypdf.PdfReader(io.BytesIO(content)).metadata.title.startswith("Audit trail of NW-101")
    with scope(cast.ours):
        last = AuditEvent.objects.latest("id")
    assert (last.actor, last.verb) == (cast.inspector, "download")
    assert re.search(report.number, last.sentence)


def test_the_result_is_news_until_it_is_looked_at(cast, study_form):
    place = start(cast, "inspector", study_form)
    work(cast)
    browser, inbox = browse(cast.inspector), page(cast.ours, "/inbox/")
    assert "Audit trail of NW-101" in words(browser.get(inbox))
    assert place in links(browser.get(inbox))
    browser.get(place)
    assert "Audit trail of NW-101" not in words(browser.get(inbox))


def test_reports_are_listed_for_who_may_see_all_of_them(cast, study_form):
    start(cast, "inspector", page(cast.ours, "/trail/export/"))
    work(cast)
    place = page(cast.ours, "/reports/")
    listed = browse(cast.quality_head).get(place)
    assert "Reports 1" in words(listed)
    file = next(link for link in links(listed) if link.endswith("/pdf/"))
    assert browse(cast.quality_head).get(file).getvalue().startswith(b"%PDF-")
    for who in ("reader", "author", "guest", "administrator"):
        assert browse(getattr(cast, who)).get(place).status_code == 403
        assert browse(getattr(cast, who)).get(file).status_code == 404
    assert browse(cast.outsider).get(file).status_code == 404


def test_a_report_has_a_page_with_its_files_and_what_checks_them(cast, study_form):
    start(cast, "inspector", study_form, formats=["pdf", "json", "csv"])
    work(cast)
    browser = browse(cast.inspector)
    listed = browser.get(page(cast.ours, "/reports/"))
    with scope(cast.ours):
        report, key = Report.objects.get(), keys()[0]
        files, fingerprint = report.files(), key.verifier.fingerprint
    place = page(cast.ours, f"/reports/{report.number}/")
    assert place in links(listed)
    shown = browser.get(place)
    for which, file in files.items():
        assert file.sha256 in words(shown)
        assert browser.get(f"{place}{which}/").getvalue() == file.path.read_bytes()
    assert " ".join(fingerprint[at : at + 4] for at in range(0, 64, 4)) in words(shown)
    assert browser.get(f"{place}xlsx/").status_code == 404
    assert browse(cast.reader).get(place).status_code == 404
    for which, name in verifier.NAMES.items():
        saved = page(cast.ours, f"/trail/verifier/{which}/")
        assert saved in links(shown)
        answer = browser.get(saved)
        assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.getvalue() == verifier.content(which)
        assert browse(cast.reader).get(saved).status_code == 403
    assert browser.get(page(cast.ours, "/trail/verifier/other/")).status_code == 404


def test_work_that_failed_says_why_and_is_tried_again_with_one_click(cast, study_form, monkeypatch):
    place = start(cast, "inspector", study_form)

    def missing(*_args, **_options):
        raise LibrariesMissing("PDF files need system libraries.")

    with monkeypatch.context() as patch:
        patch.setattr(trail_export, "render_trail", missing)
        assert work(cast).state == JobState.FAILED
    browser = browse(cast.inspector)
    assert "PDF files need system libraries." in words(browser.get(place))
    assert browser.post(f"{place}retry/")["Location"] == place
    assert work(cast).state == JobState.DONE
    again = browser.post(f"{place}retry/")
    assert again.status_code == 409
    assert "Only what failed can be tried again." in words(again)


def test_a_job_is_its_asker_s_own(cast, study_form):
    place = start(cast, "inspector", study_form)
    assert browse(cast.qa).get(place).status_code == 404
    assert browse(cast.qa).post(f"{place}retry/").status_code == 404


@pytest.mark.parametrize(("who", "status"), [
    ("inspector", 200), ("qa", 200), ("study_manager", 200), ("auditor", 200),
    ("reader", 403), ("author", 403), ("guest", 403), ("outsider", 404), ("administrator", 404),
])  # fmt: skip
def test_who_may_export(cast, study_form, who, status):
    browser = browse(getattr(cast, who))
    assert browser.get(study_form).status_code == status
    answer = browser.post(study_form, {"paper": "A4", "formats": ["pdf"]})
    assert answer.status_code == (302 if status == 200 else status)


@pytest.mark.parametrize(
    "subject", ["kind=studies.study&id=x", "kind=studies.study&id=99999", "kind=accounts.user&id=1", "kind=no&id=1"]
)
def test_the_trail_of_nothing_does_not_exist(cast, subject):
    assert browse(cast.inspector).get(page(cast.ours, f"/trail/export/?{subject}")).status_code == 404


@pytest.mark.parametrize(("asked", "sentence"), [
    ({"since": "2026-05-02", "until": "2026-05-01"}, "The period ends before it begins."),
    ({"since": "yesterday"}, "Write the day as 2026-05-04."),
    ({"by": "999999"}, "Select a valid choice."),
    ({"paper": "A0"}, "Select a valid choice."),
    ({"formats": []}, "Choose at least one kind of file."),
    ({"formats": ["xlsx"]}, "Select a valid choice."),
])  # fmt: skip
def test_a_wrong_choice_is_said_beside_its_field(cast, study_form, asked, sentence):
    answer = browse(cast.inspector).post(study_form, {"paper": "A4", "formats": ["pdf"], **asked})
    assert answer.status_code == 422
    assert sentence in words(answer)
