"""What whoever watches over the processes is told."""

import datetime as dt

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.db import OperationalError, connection
from django.utils import timezone
from psycopg2.extensions import parse_dsn

from cqms.audit import services as audit
from cqms.audit.ledger.keys import current_key
from cqms.audit.ledger.sealing import seal, waiting_since
from cqms.audit.standing import Standing
from cqms.history.action import action
from cqms.instance.database import connected
from cqms.organizations.models import Organization
from cqms.organizations.scope import scope
from cqms.portal import health
from cqms.reports.rendering import LibrariesMissing
from studies.models import Study


def ready(client) -> tuple[int, dict[str, str]]:
    """The status, and the words of every check that is not well."""
    answer = client.get("/readyz")
    body = answer.json()
    assert body["ready"] == (answer.status_code == 200)
    return answer.status_code, {each["name"]: each["words"] for each in body["checks"] if not each["ok"]}


def test_a_process_answers_without_a_database(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"ok", "text/plain")


def test_a_session_cookie_does_not_make_it_ask(client):
    client.cookies["sessionid"] = "anything"
    assert client.get("/healthz").status_code == 200


@pytest.fixture
def sealed(cast, settings, tmp_path) -> Organization:
    """Nothing waits for the sealer."""
    settings.FILES_DIR, settings.KEYS_DIR = tmp_path / "files", tmp_path / "keys"
    for organization in (cast.theirs, cast.ours):
        seal(organization)
    return cast.ours


def test_everything_is_as_it_should_be(client, sealed):
    assert ready(client) == (200, {})
    assert [each.name for each in health.checks()] == [
        "database", "role", "migrations", "guards", "walls", "sealer", "keys", "broker", "files", "pdf",
    ]  # fmt: skip


def test_a_database_that_is_away_is_said(client, monkeypatch):
    def gone():
        raise OperationalError("connection refused\nIs the server running?")

    monkeypatch.setattr(connection, "cursor", gone)
    status, found = ready(client)
    assert (status, found["database"]) == (503, health.AWAY)
    assert "refused" not in client.get("/readyz").content.decode()


def test_missing_guards_are_named(client, db, monkeypatch):
    monkeypatch.setattr(health.standing, "look", lambda: Standing(["a.guard_rows"] * 7, []))
    status, found = ready(client)
    assert (status, found["guards"]) == (
        503, f"Guards are missing: {', '.join(['a.guard_rows'] * 5)} and 2 more. Prepare the database anew, then run the migrations.",
    )  # fmt: skip


def test_what_somebody_put_beside_the_guards_is_named(client, db, monkeypatch):
    monkeypatch.setattr(health.standing, "look", lambda: Standing([], ["the rule away on audit_auditevent"]))
    status, found = ready(client)
    assert (status, found["guards"]) == (
        503, "Not of this portal: the rule away on audit_auditevent. Find out who put it there, and take it away.",
    )  # fmt: skip


@pytest.mark.commits
def test_a_table_whose_wall_was_taken_down_is_named(clone, client):
    with connected(clone.superuser) as link, link.cursor() as cursor:
        cursor.execute("ALTER TABLE studies_study DISABLE ROW LEVEL SECURITY")
    status, found = ready(client)
    assert (status, found["walls"]) == (503, "Without row-level security: studies_study. Run the migrations.")


def test_entries_that_wait_for_more_than_a_minute_are_said(client, sealed, monkeypatch):
    long_ago = dt.datetime(2026, 11, 28, 1, 2, 3, tzinfo=dt.UTC)
    monkeypatch.setattr(health, "waiting_since", lambda: long_ago)
    assert ready(client) == (200, {
        "sealer": "Entries wait for the sealer since 2026-11-28 01:02:03 UTC: it has stopped, or cannot seal. "
        "Look whether worker and beat run, and what the worker's log says.",
    })  # fmt: skip
    monkeypatch.setattr(health, "waiting_since", lambda: timezone.now() - dt.timedelta(seconds=50))
    assert ready(client) == (200, {})


def test_what_waits_is_known_across_organizations(cast, sealed):
    assert waiting_since() is None
    with scope(cast.theirs), action(None):
        audit.append(Study.objects.first(), actor=None, verb="note", sentence="looked at it")
    assert timezone.now() - waiting_since() < dt.timedelta(minutes=1)


def test_a_key_that_is_missing_is_named(client, sealed, settings, tmp_path):
    with scope(sealed):
        name = f"ledger-{current_key().verifier.fingerprint[:16]}.key"
    kept = (tmp_path / "keys" / name).read_bytes()
    (tmp_path / "keys" / name).unlink()
    cure = "restore it from a backup, or make a new one with bin/manage rotate_ledger_key."
    assert ready(client) == (200, {"keys": f"The key {name} cannot be read: {cure}"})
    (tmp_path / "keys" / name).write_bytes(
        Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    assert ready(client) == (200, {"keys": f"The file {name} holds another key: restore the right one from a backup."})
    (tmp_path / "keys" / name).write_bytes(kept)
    assert ready(client) == (200, {})


def test_a_broker_and_a_folder_that_do_not_work_are_said(client, db, settings, tmp_path):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    (tmp_path / "files").write_text("no folder")
    settings.FILES_DIR = tmp_path / "files"
    status, found = ready(client)
    assert status == 503
    assert found["broker"].startswith("The broker does not answer")
    assert found["files"].startswith("The folder for files cannot be written")


def test_missing_libraries_for_pdf_are_said_and_not_fatal(client, sealed, monkeypatch):
    def missing():
        raise LibrariesMissing("PDF files need system libraries: run apt-get install -y them")

    monkeypatch.setattr(health, "load_engine", missing)
    assert ready(client) == (200, {"pdf": "PDF files need system libraries: run apt-get install -y them"})


@pytest.mark.parametrize(("role", "wrong"), [("owner", "owns tables"), ("superuser", "is a superuser")])
def test_a_role_that_may_too_much_is_refused(clone, client, monkeypatch, role, wrong):
    parts = parse_dsn(getattr(clone, role))
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "USER", parts["user"])
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", parts["password"])
    _, found = ready(client)
    connection.close()
    assert found["role"] == (
        f"The role {parts['user']} {wrong}: nothing would be kept apart. Use the role made for the portal."
    )
