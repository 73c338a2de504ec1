"""Something is killed in the middle: people read what happened, nothing is half written, and the work goes on."""

import psycopg2
import pytest

from tests.browser.people import People
from tests.browser.portal import IN_BROWSER, Portal
from tests.journeys import chapters
from tests.platform.instances import eventually

pytestmark = [*IN_BROWSER, pytest.mark.slow]

TYPED = "# Purpose\n\nTyped while the database died.\n"


def test_the_database_is_killed_during_a_save(people: People, portal: Portal) -> None:
    author = people("author")
    chapters.begin(author, "Change of filters", [], owner="Paula Ferreira")
    version = chapters.save_draft(author)
    before = _written(portal, version)
    author.open(f"{version}edit/")
    author.fill(markdown=TYPED)
    with _holding(portal, version):
        author.page.evaluate("setTimeout(() => document.querySelector('.form-foot .button--primary').click(), 10)")
        eventually(lambda: _somebody_waits(portal), 20)
        portal.kill("postgres")
    author.page.get_by_role("heading", name="The database does not answer").wait_for()
    assert "Nothing of this request was saved." in author.text()
    assert "Typed while the database died." in author.text()
    eventually(lambda: _answers(portal), 30)
    assert _written(portal, version) == before

    author.press("Try again")
    author.sees("Typed while the database died.")
    author.page.wait_for_url(lambda url: url.endswith(version))
    after = _written(portal, version)
    assert after["events"] > before["events"]


def test_the_worker_is_killed_during_an_export(people: People, portal: Portal) -> None:
    head = people("quality_head")
    head.open("/trail/export/")
    head.press("Make the files")
    head.page.wait_for_url(lambda url: "/jobs/" in url)
    job = head.page.url.rstrip("/").rpartition("/")[2]
    eventually(lambda: _state(portal, job)[0] == "running", 30)
    portal.kill("worker")
    assert _state(portal, job)[0] == "running"
    head.page.get_by_role("link", name="Download the PDF").wait_for(timeout=150_000)
    assert _state(portal, job) == ("done", 2)
    number = head.page.locator("#result h2").inner_text()
    assert portal.rows(
        "SELECT count(*) FROM audit_auditevent WHERE verb = 'export' AND record_label LIKE %s", f"{number}%"
    ) == [(1,)]
    assert portal.rows("SELECT count(*) FROM reports_report WHERE number = %s", number) >= [(1,)]


class _holding:  # noqa: N801 - reads as a phrase
    """Hold the row of a version from outside, so that a save waits in the middle of its transaction."""

    def __init__(self, portal: Portal, version: str) -> None:
        self.link = psycopg2.connect(portal.running["database"]["superuser"])
        with self.link.cursor() as cursor:
            cursor.execute(
                "SELECT v.id FROM documents_version v JOIN documents_document d ON d.id = v.document_id "
                "JOIN organizations_organization o ON o.id = d.organization_id "
                "WHERE d.number = %s AND o.slug = %s FOR UPDATE OF v",
                [version.split("/")[2], portal.slug],
            )

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self.link.close()


def _somebody_waits(portal: Portal) -> bool:
    return bool(portal.rows("SELECT 1 FROM pg_stat_activity WHERE usename = 'cqms_app' AND wait_event_type = 'Lock'"))


def _answers(portal: Portal) -> bool:
    try:
        return portal.rows("SELECT true") == [(True,)]
    except psycopg2.OperationalError:
        return False


def _written(portal: Portal, version: str) -> dict[str, object]:
    """What the database holds of a version: its row, its history and its events."""
    number = version.split("/")[2]
    row = portal.rows(
        "SELECT v.id, v.markdown, v.revision FROM documents_version v JOIN documents_document d ON d.id = v.document_id "
        "JOIN organizations_organization o ON o.id = d.organization_id WHERE d.number = %s AND o.slug = %s",
        number, portal.slug,
    )  # fmt: skip
    (history,) = portal.rows("SELECT count(*) FROM documents_historicalversion WHERE id = %s", row[0][0])
    (events,) = portal.rows(
        "SELECT count(*) FROM audit_auditevent WHERE record_kind = 'documents.version' AND record_id = %s", row[0][0]
    )
    return {"row": row, "history": history[0], "events": events[0]}


def _state(portal: Portal, job: str) -> tuple[str, int]:
    ((state, attempts),) = portal.rows("SELECT state, attempts FROM jobs_job WHERE id = %s", job)
    return state, attempts
