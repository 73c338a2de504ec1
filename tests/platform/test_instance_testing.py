"""The ground the tests stand on: clones that nobody shares, rules that are enforced, nothing left when killed."""

import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection, connections
from psycopg2 import OperationalError
from psycopg2.extensions import parse_dsn

from cqms.instance import database as databases
from cqms.instance import kept, quick
from cqms.instance.entry import ROOT
from cqms.instance.folder import DataFolder
from cqms.instance.testing import Session
from tests.platform.instances import clean_environment, eventually, processes_about


def current_database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        return cursor.fetchone()[0]


def names(services) -> set[str]:
    with databases.connected(services.addresses("postgres").superuser) as link, link.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.commits
def test_who_commits_has_a_database_alone_in_every_thread(database):
    seen = []

    def look():
        seen.append(current_database())
        connections.close_all()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [current_database()] == [parse_dsn(database.app)["dbname"]]
    assert seen[0].startswith("clone_")


def test_others_work_as_the_portal_does_and_are_rolled_back(database):
    assert connection.in_atomic_block
    assert connection.settings_dict["USER"] == "cqms_app"
    assert current_database() == parse_dsn(database.app)["dbname"]
    assert current_database().startswith("test_")


def test_a_clone_is_gone_when_dropped_even_with_somebody_connected(services):
    addresses = services.clone("clone_to_drop")
    with databases.connected(addresses.app) as link:
        services.drop("clone_to_drop")
        assert "clone_to_drop" not in names(services)
        with pytest.raises(OperationalError), link.cursor() as cursor:
            cursor.execute("SELECT 1")


def test_valkey_is_there_for_this_process(redis_url):
    assert redis_url.endswith(f"?db={int(os.environ.get('PYTEST_XDIST_WORKER', 'gw-1')[2:]) + 1}")
    assert Path(redis_url.removeprefix("unix://").partition("?")[0]).is_socket()


CONFTEST = """
from tests.conftest import *
from tests.conftest import _clone_for_who_commits, pytest_plugins
"""


def session(folder: Path, text: str, *more: str) -> list[object]:
    """The words that run a test elsewhere as if it stood in this project."""
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_it.py").write_text(text)
    return [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", "--rootdir", folder, *more, folder]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("marks", "words"),
    [
        ("@pytest.mark.django_db(transaction=True)", "Mark the test `commits`"),
        ("@pytest.mark.django_db\n@pytest.mark.commits", "`commits` and `django_db` exclude each other"),
    ],
)
def test_a_test_that_would_empty_tables_is_refused(tmp_path, marks, words):
    command = session(tmp_path, f"import pytest\n{marks}\ndef test_it(): pass\n")
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=clean_environment(), check=False)
    assert (done.returncode, words in done.stdout) == (1, True)


STAYS = """
import time
from pathlib import Path
def test_it(services):
    Path(__file__).with_name("folder").write_text(str(services.data.path))
    time.sleep(600)
"""


@pytest.mark.slow
@pytest.mark.parametrize("processes", ["0", "2"])
def test_a_killed_session_leaves_no_process_and_the_next_one_no_folder(tmp_path, processes):
    words = session(tmp_path, STAYS, "-n", processes)
    with subprocess.Popen(words, cwd=ROOT, env=clean_environment(), stdout=subprocess.DEVNULL) as killed:
        folder = Path(eventually(lambda: (tmp_path / "folder").exists() and (tmp_path / "folder").read_text(), 300))
        killed.kill()
    eventually(lambda: processes_about(str(folder)) == [], 30)  # a busy process of xdist gives up after ten seconds
    Session().stop()
    assert not folder.exists()


def _folder(path: Path) -> DataFolder:
    path.mkdir()
    return DataFolder(path)


def test_the_cluster_of_an_earlier_session_is_taken_until_a_migration_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "_PLACE", tmp_path / "kept")
    first, second, third = (_folder(tmp_path / name) for name in ("first", "second", "third"))
    made = first.secrets()
    (first.path / "pg").mkdir()
    (first.path / "pg" / "table").write_text("migrated")
    kept.keep(first)
    kept.take(second)
    assert (second.path / "pg" / "table").read_text() == "migrated"
    assert second.secrets() == replace(made, instance=second.secrets().instance)
    assert second.secrets().instance != made.instance
    monkeypatch.setattr(kept, "_MADE_OF", ("pyproject.toml",))
    kept.take(third)
    assert list(third.path.iterdir()) == []


# Where test data lies


def test_data_of_tests_lies_in_memory_where_there_is_room(tmp_path, monkeypatch):
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(quick, "_MEMORY", tmp_path)
    ordinary = Path(tempfile.gettempdir())
    for room, spare, place in ((0, 0, tmp_path), (2**60, 0, ordinary), (0, 2**60, ordinary)):
        monkeypatch.setattr(quick, "_ROOM", room)
        monkeypatch.setattr(quick, "_SPARE", spare)
        assert quick.place() == place
    assert quick.places() == {tmp_path, ordinary}


def test_who_names_a_place_for_temporary_files_is_obeyed(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(quick, "_ROOM", 0)
    monkeypatch.setattr(quick, "_SPARE", 0)
    assert quick.place() == Path(tempfile.gettempdir())


def test_where_no_memory_can_be_had_tests_use_the_disk(tmp_path, monkeypatch):
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(quick, "_MEMORY", tmp_path / "nowhere")
    assert quick.place() == Path(tempfile.gettempdir())
