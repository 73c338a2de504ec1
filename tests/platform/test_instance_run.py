"""bin/run as a person meets it: starts, heals, stops and refuses, with the real services and the real portal."""

import json
import os
import re
import shlex
import shutil
import signal
import stat
import subprocess
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from cqms.instance.entry import ROOT
from tests.platform.instances import (
    Run,
    eventually,
    free_port,
    is_running,
    open_folder,
    processes_about,
    running,
)

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("instance")]
NAMES = {"web", "worker", "beat", "postgres", "valkey"}


def healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=10) as answer:
            return answer.status == 200
    except OSError:
        return False


@pytest.fixture(scope="module")
def folder():
    with open_folder() as made:
        yield made / "data"


@pytest.fixture(scope="module")
def started(folder):
    """A portal without the demo world, for the tests that leave it healthy."""
    with Run("--data", folder, "--port", free_port(), "--no-demo") as run:
        run.until("Ctrl-C stops everything")
        eventually((folder / "run.json").exists)
        yield run


@pytest.fixture
def instance(started, folder):
    return running(folder)


def manage(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    with Run("--data", folder, *command, command="manage") as run:
        code = run.end(120)
    return subprocess.CompletedProcess(command, code, run.output)


def test_run_json_says_where_everything_is(instance, folder):
    assert set(instance) == {"url", "signin", "pids", "database", "redis"}
    assert instance["signin"] == "/accounts/login/"
    assert set(instance["pids"]) == NAMES
    assert all(map(is_running, instance["pids"].values()))
    assert set(instance["database"]) == {"app", "owner", "superuser"}
    assert stat.S_IMODE((folder / "run.json").stat().st_mode) == 0o600
    with urllib.request.urlopen(instance["url"] + instance["signin"]) as page:
        assert page.status == 200


def test_the_children_are_ours_directly(instance, started):
    for pid in instance["pids"].values():
        assert int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]) == started.process.pid


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_the_portal_knows_the_address_of_cqms_app_alone(instance, name):
    words = Path(f"/proc/{instance['pids'][name]}/environ").read_text()
    assert instance["database"]["app"] in words
    secrets = [
        dsn.split(":")[2].split("@")[0] for dsn in (instance["database"][role] for role in ("owner", "superuser"))
    ]
    assert not any(secret in words for secret in secrets)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_killed_child_comes_back(instance, folder, name):
    before = instance["pids"][name]
    os.kill(before, signal.SIGKILL)
    eventually(lambda: running(folder)["pids"][name] != before, 15)
    after = running(folder)["pids"]
    assert {other: pid for other, pid in after.items() if other != name} == {
        other: pid for other, pid in instance["pids"].items() if other != name
    }
    eventually(lambda: healthy(instance["url"]), 30)
    eventually(lambda: manage(folder, "migrate", "--check").returncode == 0, 60)
    assert all(map(is_running, running(folder)["pids"].values()))


def test_visitors_wait_while_the_web_process_comes_back(instance, folder):
    before = instance["pids"]["web"]
    os.kill(before, signal.SIGKILL)
    eventually(lambda: running(folder)["pids"]["web"] != before, 15)
    with urllib.request.urlopen(f"{instance['url']}/healthz", timeout=30) as answer:
        assert answer.status == 200


def test_a_management_command_works_beside_the_running_portal(instance, folder):
    done = manage(
        folder,
        "shell",
        "-c",
        "from django.db import connection as c; c.ensure_connection(); print(c.settings_dict['USER'])",
    )
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "cqms_app")
    done = manage(folder, "showmigrations", "organizations")
    assert done.returncode == 0
    assert "[X] 0001_initial" in done.stdout
    assert manage(folder, "no_such_command").returncode == 1


def test_a_second_start_on_the_same_folder_is_refused(started, folder):
    with Run("--data", folder, "--port", free_port()) as second:
        assert second.end() == 2
    assert second.output == (
        f"{folder} is already in use by bin/run with process id {started.process.pid}: "
        "stop that one, or choose another data folder with --data.\n"
    )


def test_a_port_in_use_is_refused_and_nothing_is_made(instance):
    port = instance["url"].rpartition(":")[2]
    with open_folder() as outer, Run("--data", outer / "data", "--port", port) as second:
        assert second.end() == 2
        assert list(outer.iterdir()) == []
    cure = "stop that program, or choose another port with --port"
    assert second.output == f"Port {port} is in use by another program: {cure}.\n"


def test_it_stops_quickly_finds_its_data_again_and_leaves_nothing():
    with open_folder() as outer:
        data = outer / "data"
        with Run("--data", data, "--port", free_port(), "--no-demo") as run:
            assert "Cold start" in run.until("Ctrl-C stops everything")
            assert (
                manage(
                    data, "shell", "-c", "from cqms.accounts.models import User; User(email='a@example.org').save()"
                ).returncode
                == 0
            )
            assert run.stop() < 5
            assert run.end() == 0
        assert not (data / "run.json").exists()
        assert processes_about(str(data)) == []
        with Run("--data", data, "--port", free_port(), "--no-demo") as run:
            assert "Warm start" in run.until("Ctrl-C stops everything")
            assert run.took() < 10
            found = manage(data, "shell", "-c", "from cqms.accounts.models import User; print(User.objects.count())")
            assert found.stdout.splitlines()[-1] == "1"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("moment", ["", "PostgreSQL is ready", "Valkey is ready"])
def test_it_stops_quickly_while_starting_too(number, moment):
    with open_folder() as outer, Run("--data", outer / "data", "--port", free_port(), "--no-demo") as run:
        if moment:
            run.until(moment)
        else:
            eventually((outer / "data" / "secrets").exists)
        assert run.stop(number) < 5
        assert run.end() == 128 + number
        eventually(lambda: processes_about(str(outer)) == [], 1)


def test_a_killed_parent_leaves_nothing_behind():
    with open_folder() as outer:
        data = outer / "data"
        with Run("--data", data, "--port", free_port(), "--no-demo") as run:
            run.until("Ctrl-C stops everything")
            pids = eventually(lambda: (data / "run.json").exists() and running(data)["pids"])
            assert len(processes_about(str(data))) > len(pids)
            run.process.kill()
            run.end()
            eventually(lambda: processes_about(str(data)) == [], 8)
            assert not any(map(is_running, pids.values()))
        with Run("--data", data, "--port", free_port(), "--no-demo") as run:
            run.until("Ctrl-C stops everything")


def test_who_starts_an_empty_portal_is_told_how_to_begin_and_gets_in():
    with open_folder() as outer:
        data = outer / "data"
        data.mkdir()
        (data / "run.json").write_text("{ of a start that was killed")
        with Run("--data", data, "--port", free_port(), "--no-demo") as run:
            run.until("Valkey is ready")
            assert not (data / "run.json").exists()
            line = run.until("Nobody has an account yet")
            run.until("Ctrl-C stops everything")
            program, *command = shlex.split(line.rpartition("administrator: ")[2])
            assert (program, command[:2]) == ("bin/manage", ["--data", str(data)])
            done = manage(data, *command[2:])
            address = done.stdout.splitlines()[-1]
            assert (done.returncode, address.startswith(eventually(lambda: running(data)["url"]))) == (0, True)
            with urllib.request.urlopen(address) as page:
                assert "password" in page.read().decode()


def test_a_parent_killed_while_starting_leaves_nothing_behind():
    with open_folder() as outer, Run("--data", outer / "data", "--port", free_port(), "--no-demo") as run:
        run.until("Valkey is ready")
        run.process.kill()
        run.end()
        eventually(lambda: processes_about(str(outer)) == [], 8)


def test_a_command_starts_the_services_for_itself_alone(tmp_path):
    with open_folder() as outer:
        data = outer / "data"
        assert manage(data, "migrate", "--verbosity", "0").returncode == 0
        assert manage(data, "migrate", "--check").returncode == 0
        assert processes_about(str(data)) == []
        assert not (data / "run.json").exists()


def test_outside_servers_take_the_place_of_the_embedded_ones(instance):
    roles = instance["database"]
    outside = {role: dsn.replace("/cqms?", "/elsewhere?") for role, dsn in roles.items()}
    told = {
        "DATABASE_URL": outside["app"],
        "DATABASE_OWNER_URL": outside["owner"],
        "DATABASE_SUPERUSER_URL": outside["superuser"].replace("/elsewhere?", "/postgres?"),
        "REDIS_URL": instance["redis"].replace("db=0", "db=1"),
    }
    with open_folder() as outer, Run("--data", outer / "data", "--port", free_port(), "--no-demo", **told) as run:
        run.until("Ctrl-C stops everything")
        inner = eventually(lambda: (outer / "data" / "run.json").exists() and running(outer / "data"))
        assert (inner["pids"]["postgres"], inner["pids"]["valkey"]) == (None, None)
        assert inner["database"] == outside | {"superuser": told["DATABASE_SUPERUSER_URL"]}
        assert inner["redis"] == told["REDIS_URL"]
        assert healthy(inner["url"])
        assert not (outer / "data" / "pg").exists()
        assert run.stop() < 5


def test_one_outside_address_is_not_enough(instance):
    told = {"DATABASE_URL": instance["database"]["app"]}
    with open_folder() as outer, Run("--data", outer / "data", "--port", free_port(), **told) as run:
        assert run.end() == 2
        assert list(outer.iterdir()) == []
    assert run.lines[-1] == (
        "A database server of your own needs two addresses: set DATABASE_OWNER_URL (of cqms_owner, who migrates) "
        "as well and start again.\n"
    )


@pytest.fixture
def disk(tmp_path):
    """Mount a disk of so many megabytes."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    place = tmp_path / "disk"
    place.mkdir()

    def mount(megabytes: int) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0711", "tmpfs", place]
        if subprocess.run(command, check=False, capture_output=True).returncode:
            pytest.skip("mounting is not allowed here")
        return place

    yield mount
    subprocess.run(["umount", "-l", place], check=False, capture_output=True)


def test_a_full_disk_is_refused_before_anything_is_made(disk):
    place = disk(8)
    with Run("--data", place / "data", "--port", free_port()) as run:
        assert run.end() == 2
    assert run.output.startswith(f"The disk of {place} is full: 8 MB are free and ")
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("moment", ["", "PostgreSQL is ready", "Valkey is ready"])
def test_a_disk_that_fills_while_starting_is_refused_and_nothing_is_left(disk, moment):
    place = disk(330)
    with Run("--data", place / "data", "--port", free_port(), "--no-demo") as run:
        if moment:
            run.until(moment)
        else:
            eventually((place / "data" / "secrets").exists)
        with suppress(OSError), (place / "guest").open("wb") as guest:
            while True:
                guest.write(bytes(2**16))
        assert run.end(120) == 2
    place_of_data = place / "data"
    cure = "free some space, or choose a folder on another disk with --data, and start again"
    assert re.fullmatch(rf"The disk is full at {place_of_data}\S*: {cure}\.\n", run.lines[-1])
    assert "Traceback" not in run.output
    assert [file.name for file in place.iterdir()] == ["guest"]


@pytest.fixture
def checkout():
    """A copy of the project as somebody would have fetched it."""
    with open_folder() as outer:
        away = shutil.ignore_patterns(".venv", ".git", ".data", "build", "__pycache__", ".*_cache")
        shutil.copytree(ROOT, outer / "project", ignore=away, symlinks=True)
        yield outer / "project"


def test_a_clean_checkout_is_a_portal_within_ninety_seconds(checkout):
    with Run("--port", free_port(), root=checkout, PIP_NO_CACHE_DIR="1") as run:
        line = run.until("Ctrl-C stops everything", 300)
        assert "Cold start" in line
        assert run.took() < 90
        accounts = json.loads((checkout / ".data" / "demo.json").read_text())["accounts"]
        assert accounts
        assert all(set(account) == {"email", "password", "role", "organization"} for account in accounts)
        assert all(account["email"] in run.output and account["password"] in run.output for account in accounts)
        assert run.stop() < 5
        run.end()
    with Run("--port", free_port(), root=checkout) as run:
        assert "Warm start" in run.until("Ctrl-C stops everything")
        assert run.took() < 10
