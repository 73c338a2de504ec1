"""The embedded services in places that are hard to reach, and after a sudden end."""

import os
import shutil
import signal
import socket
import stat
from pathlib import Path

import pytest
from psycopg2.extensions import parse_dsn

from cqms.instance import database, postgres, services, valkey
from cqms.instance.console import Refusal
from cqms.instance.folder import DataFolder
from cqms.instance.supervisor import Supervisor

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root has PostgreSQL run as somebody else")


@pytest.fixture
def instance(tmp_path):
    """Start a data folder's services by calling it with the folder; everything is gone afterwards."""
    made: list[tuple[DataFolder, Supervisor]] = []

    def start(path: Path):
        data = DataFolder(path)
        data.make()
        made.append((data, Supervisor(data.lock("run")).__enter__()))
        return data, made[-1][1], data.secrets()

    yield start
    for data, supervisor in made:
        supervisor.stop()
        for server in (postgres, valkey):
            server.in_folder(data, data.secrets()).remove()


def one(dsn: str) -> object:
    with database.connected(dsn) as link, link.cursor() as cursor:
        cursor.execute("SELECT current_user::text")
        return cursor.fetchone()[0]


@ROOT_ONLY
def test_root_keeps_the_database_where_its_user_can_go(instance, tmp_path, capsys):
    tmp_path.chmod(0o700)
    data, supervisor, secrets = instance(tmp_path / "data")
    app, _, superuser = services.embedded_database(supervisor, data, secrets)
    home = Path("/var/tmp") / f"cqms-{secrets.instance}"
    assert (one(app), one(superuser)) == ("cqms_app", "postgres")
    assert parse_dsn(app)["host"] == f"{home}/socket"
    assert (home.stat().st_uid, stat.S_IMODE(home.stat().st_mode)) == (65534, 0o700)
    assert not (data.path / "pg").exists()
    assert f"its data is in {home}" in capsys.readouterr().out


@ROOT_ONLY
def test_root_copies_the_programs_to_where_their_user_can_read_them(services, monkeypatch, tmp_path):
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    shutil.copytree(postgres._installed(), hidden / "pginstall", symlinks=True)
    monkeypatch.setattr(postgres, "_installed", lambda: hidden / "pginstall")
    server = postgres.Postgres(tmp_path, tmp_path / "socket", "nobody")
    assert server.programs.is_relative_to(tmp_path)
    assert (server.programs / "postgres").exists()


@pytest.mark.parametrize("path", ["long" * 20 + "/" + "path" * 10, "blanks, commas & ümläuts"])
def test_an_unusual_path_is_no_hindrance(instance, tmp_path, path):
    data, supervisor, secrets = instance(tmp_path / path)
    app, _, _ = services.embedded_database(supervisor, data, secrets)
    assert one(app) == "cqms_app"
    url = services.embedded_valkey(supervisor, data, secrets)
    assert len(url) < 100


def test_wrong_secrets_are_refused(instance, tmp_path):
    data, supervisor, secrets = instance(tmp_path / "data")
    services.embedded_database(supervisor, data, secrets)
    supervisor.stop()
    wrong = type(secrets)(secrets.instance, "key", "wrong", "wrong", "wrong")
    with pytest.raises(Refusal, match="do not fit the database: restore both from one backup"):
        services.embedded_database(supervisor, data, wrong)


def ask_valkey(url: str, words: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(url.removeprefix("unix://").partition("?")[0])
        connection.sendall(words + b"\r\n")
        return connection.recv(100)


def test_valkey_remembers_after_a_sudden_end(instance, tmp_path):
    data, supervisor, secrets = instance(tmp_path / "data")
    url = services.embedded_valkey(supervisor, data, secrets)
    assert ask_valkey(url, b"SET wake up") == b"+OK\r\n"
    assert ask_valkey(url, b"CONFIG GET maxmemory-policy").split()[-1] == b"noeviction"
    before = supervisor.pids["valkey"]
    os.kill(before, signal.SIGKILL)
    server = valkey.in_folder(data, secrets)
    supervisor.wait_until(
        lambda: supervisor.pids["valkey"] != before and server.answers(), server.program(data.log("valkey"))
    )
    assert ask_valkey(url, b"GET wake") == b"$2\r\nup\r\n"
    stored = stat.S_IMODE((Path(url.removeprefix("unix://").partition("?")[0])).stat().st_mode)
    assert stored == 0o700
