"""The data folder: refused before anything is made, used by one command at a time, its secrets made once."""

import json
import os
import shutil
import stat
import subprocess
import sys
from contextlib import suppress
from typing import Any

import pytest

from cqms.instance import folder as folders
from cqms.instance.console import Refusal
from cqms.instance.entry import ROOT
from cqms.instance.folder import DataFolder
from tests.platform.instances import clean_environment, free_port, open_folder

HOLDER = """
import sys, time
from pathlib import Path
from cqms.instance.folder import DataFolder
held = DataFolder(Path(sys.argv[1])).lock("run")
print("held", flush=True)
time.sleep(600)
"""


@pytest.fixture
def data(tmp_path):
    made = DataFolder(tmp_path / "data")
    made.make()
    return made


def test_a_file_in_its_place_is_refused(tmp_path):
    (tmp_path / "data").write_text("not a folder")
    with pytest.raises(Refusal, match=r"data is no folder: remove it, or choose another data folder with --data\.$"):
        DataFolder(tmp_path / "data").check()


def test_a_folder_below_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Refusal, match=r"file is no folder"):
        DataFolder(tmp_path / "file" / "data").check()


@pytest.fixture
def plain() -> tuple[str, dict[str, Any]]:
    """A Python and an account that is not root, because root may everything."""
    if os.geteuid() != 0:
        return sys.executable, {}
    account = {"user": "nobody", "group": "nogroup", "extra_groups": []}
    for python in (sys._base_executable, "/usr/bin/python3"):
        words = [python, ROOT / "bin" / "run", "--help"]
        with suppress(OSError):
            if not subprocess.run(words, capture_output=True, check=False, **account).returncode:
                return python, account
    pytest.skip("no plain account can reach this project and a Python for it")


@pytest.mark.parametrize("mode", [0o000, 0o500, 0o300])
def test_a_folder_without_rights_is_refused_and_untouched(mode, plain):
    python, account = plain
    with open_folder() as outer:
        place = outer / "data"
        place.mkdir()
        if account:
            shutil.chown(place, "nobody")
        place.chmod(mode)
        command = [python, ROOT / "bin" / "run", "--data", place, "--port", str(free_port())]
        done = subprocess.run(command, capture_output=True, text=True, env=clean_environment(), check=False, **account)
        place.chmod(0o700)
        cure = "correct its permissions, or choose another data folder with --data"
        assert done.stderr == f"{place} cannot be read and written by you: {cure}.\n"
        assert done.returncode == 2
        assert list(place.iterdir()) == []


def test_too_little_room_is_refused_and_nothing_is_made(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "_ROOM_TO_BEGIN", 2**60)
    with pytest.raises(Refusal, match=r"^The disk of .* is full: \d+ MB are free and \d+ MB are needed, so free"):
        DataFolder(tmp_path / "data").check()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_use_is_refused_until_its_holder_is_gone(data):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, data.path], stdout=subprocess.PIPE, cwd=ROOT, env=clean_environment()
    ) as holder:
        holder.stdout.readline()
        words = f"^{data.path} is already in use by bin/run with process id {holder.pid}: stop that one, or choose "
        with pytest.raises(Refusal, match=words):
            data.lock("run")
        assert data.is_used()
        holder.kill()
    os.close(data.lock("run"))
    assert not data.is_used()


def test_asking_whether_it_is_used_leaves_no_trace(tmp_path):
    assert not DataFolder(tmp_path / "data").is_used()
    assert list(tmp_path.iterdir()) == []


def test_the_secrets_are_made_once_and_for_our_eyes(data):
    made = data.secrets()
    assert data.secrets() == made
    assert len({made.instance, made.secret_key, made.superuser, made.owner, made.app}) == 5
    assert min(map(len, (made.secret_key, made.superuser, made.owner, made.app))) >= 48
    assert stat.S_IMODE((data.path / "secrets").stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["", "{}", "[1]", "no json"])
def test_damaged_secrets_are_refused(data, content):
    (data.path / "secrets").write_text(content)
    with pytest.raises(Refusal, match=r"secrets cannot be read: restore it from your backup"):
        data.secrets()


def test_lost_secrets_are_not_replaced_while_there_is_a_database(data):
    (data.path / "pg").mkdir()
    with pytest.raises(Refusal, match="is missing but the database exists"):
        data.secrets()


def test_private_json_is_whole_or_not_there(data):
    file = data.path / "run.json"
    folders.write_private(file, {"a": 1})
    with pytest.raises(TypeError):
        folders.write_private(file, {"a": object()})
    assert json.loads(file.read_text()) == {"a": 1}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not list(data.path.glob("*.new"))


def test_only_what_we_own_is_open_to_others(data):
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in data.path.iterdir()}
    assert modes == dict.fromkeys(("valkey", "files", "mail", "keys", "static", "log"), 0o700)
    assert stat.S_IMODE(data.path.stat().st_mode) == 0o711


def test_a_first_start_can_be_taken_back(data):
    data.secrets()
    data.remove()
    assert not data.path.exists()


def test_a_large_log_is_put_aside(data, monkeypatch):
    monkeypatch.setattr(folders, "_LARGEST_LOG", 10)
    data.log("web").write_text("more than ten bytes")
    assert not data.log("web").exists()
    assert (data.path / "log" / "web.log.1").read_text() == "more than ten bytes"


def test_a_socket_goes_elsewhere_when_the_path_is_too_long(tmp_path):
    short, long = tmp_path / "s", tmp_path / ("long" * 25) / "socket"
    assert folders.socket_folder(short, "id") == short
    assert folders.socket_folder(tmp_path / "a b" / "pg" / "socket", "id").name == "cqms-id-pg"
    assert folders.socket_folder(long, "id").name == f"cqms-id-{'long' * 25}"
