"""The virtual environment: complete or not there, shared by run and test, refused in one sentence."""

import ast
import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from cqms.instance import packages, system
from cqms.instance.console import Refusal
from cqms.instance.entry import ROOT
from tests.platform.instances import Run, clean_environment, free_port

PIN = re.compile(r"^([a-z0-9._-]+)==(\S+)(.*?)\\?$", re.MULTILINE)


def pins(lock: Path) -> dict[str, str]:
    return {name: version for name, version, _ in PIN.findall(lock.read_text())}


def test_the_tests_need_what_the_portal_needs_and_more():
    runtime, tests = pins(packages.RUNTIME), pins(packages.TESTS)
    assert len(runtime) > 40
    assert {name: tests.get(name) for name in runtime} == runtime


@pytest.mark.parametrize("lock", [packages.RUNTIME, packages.TESTS], ids=lambda lock: lock.parent.name)
def test_a_lock_holds_hashes_and_no_addresses(lock):
    text = lock.read_text()
    requirements = re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n?", "", text).strip())
    assert [entry for entry in requirements if "--hash=sha256:" not in entry] == []
    assert "://" not in text


@pytest.mark.parametrize("file", ["bin/run", "bin/manage", "bin/test", "bin/bench", "cqms/instance/entry.py"])
def test_old_pythons_can_read_what_tells_them_so(file):
    ast.parse((ROOT / file).read_text(), feature_version=(3, 7))


@pytest.mark.parametrize("command", ["run", "manage", "test", "bench"])
def test_a_python_that_is_too_old_is_refused(command):
    pretend = "import runpy, sys; sys.version_info = (3, 9, 2); runpy.run_path(sys.argv[1])"
    words = [sys.executable, "-c", pretend, ROOT / "bin" / command]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    cure = f"start it with a newer one, such as python3.11 bin/{command}"
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"Python 3.11 or newer is needed and this is Python 3.9: {cure}.\n"


ALONE = """
import importlib, runpy
runpy.run_path("cqms/instance/entry.py")["_open_package"]()
for name in ("run", "manage", "test", "bench"):
    importlib.import_module(f"cqms.instance.commands.{name}")
"""


def test_what_runs_before_the_packages_needs_the_standard_library_only():
    command = [sys.executable, "-I", "-S", "-c", ALONE]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stderr) == (0, "")


WITH_THE_LOCKED_PACKAGES_ALONE = """
import importlib, pkgutil, sys
from importlib.metadata import packages_distributions

locked, apps, for_tests = (set(words.split()) for words in sys.argv[1:])
plain = lambda name: name.lower().replace("_", "-").replace(".", "-")
absent = {top for top, names in packages_distributions().items() if not locked & set(map(plain, names))}


class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in absent - apps:
            raise ModuleNotFoundError(f"{name} is not in requirements.lock", name=name)


sys.meta_path.insert(0, Absent())
import django
django.setup()
from django.core.management import call_command
call_command("check")
for app in sorted(apps):
    for found in pkgutil.walk_packages(importlib.import_module(app).__path__, f"{app}."):
        if found.name not in for_tests:
            importlib.import_module(found.name)
"""


def test_the_portal_imports_nothing_that_only_the_tests_install():
    apps = {file.parent.name for file in ROOT.glob("*/__init__.py")} - {"tests"}
    told = (pins(packages.RUNTIME), apps, {"cqms.settings_test", "cqms.instance.testrun"})
    words = [sys.executable, "-c", WITH_THE_LOCKED_PACKAGES_ALONE, *map(" ".join, told)]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "cqms.settings", "CQMS_SECRET_KEY": "for this check"}
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A copy of what a first start reads, without an environment."""
    root = tmp_path / "checkout"
    shutil.copytree(ROOT / "cqms" / "instance", root / "cqms" / "instance")
    shutil.copytree(ROOT / "bin", root / "bin")
    shutil.copy(packages.RUNTIME, root)
    return root


def test_a_missing_venv_module_is_one_sentence_and_leaves_nothing(checkout, tmp_path):
    broken = tmp_path / "broken"
    (broken / "venv").mkdir(parents=True)
    (broken / "venv" / "__init__.py").touch()
    (broken / "venv" / "__main__.py").write_text("raise SystemExit('ensurepip is not available')")
    with Run("--port", free_port(), "--data", tmp_path / "data", root=checkout, PYTHONPATH=str(broken)) as run:
        assert run.end() == 2
    cure = "install it and start again; on Debian and Ubuntu type: sudo apt-get install -y python3-venv"
    assert run.output.splitlines()[-1] == f"Python's venv module is missing: {cure}"
    assert not (tmp_path / "data").exists()
    assert not (checkout / ".venv").exists()


def wheel(folder: Path, name: str) -> str:
    """Make a wheel of one empty module; its line in a lock file."""
    file = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n"


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A project of two tiny packages: one for the portal, one more for its tests."""
    root = tmp_path / "project"
    (root / "tests").mkdir(parents=True)
    one, two = wheel(tmp_path, "cqms_one"), wheel(tmp_path, "cqms_two")
    (root / "requirements.lock").write_text(one)
    (root / "tests" / "requirements.lock").write_text(one + two)
    places = {
        "ROOT": root,
        "VENV": root / ".venv",
        "PYTHON": root / ".venv" / "bin" / "python",
        "RUNTIME": root / "requirements.lock",
        "TESTS": root / "tests" / "requirements.lock",
    }
    for name, place in places.items():
        monkeypatch.setattr(packages, name, place)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    return root


def installed(name: str) -> bool:
    return not subprocess.run([packages.PYTHON, "-c", f"import {name}"], capture_output=True, check=False).returncode


@pytest.mark.slow
def test_packages_are_installed_once_and_never_undone(project):
    assert packages.ensure(packages.RUNTIME)
    assert not packages.ensure(packages.RUNTIME)
    assert (installed("cqms_one"), installed("cqms_two")) == (True, False)
    assert packages.ensure(packages.TESTS)
    assert not packages.ensure(packages.RUNTIME)
    assert (installed("cqms_one"), installed("cqms_two")) == (True, True)
    packages.RUNTIME.write_text(packages.RUNTIME.read_text() + "# changed\n")
    assert packages.ensure(packages.RUNTIME)
    assert installed("cqms_two")


@pytest.mark.slow
def test_a_wrong_hash_is_refused_and_the_environment_begun_is_gone(project):
    packages.RUNTIME.write_text(f"cqms_one==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(Refusal, match=r"^The packages could not be installed \(.*\): check the network connection"):
        packages.ensure(packages.RUNTIME)
    assert not packages.VENV.exists()


@pytest.mark.slow
def test_an_environment_that_was_there_stays_when_an_update_fails(project):
    packages.ensure(packages.RUNTIME)
    packages.RUNTIME.write_text("cqms_three==1.0 --hash=sha256:" + "0" * 64)
    with pytest.raises(Refusal):
        packages.ensure(packages.RUNTIME)
    assert installed("cqms_one")


@pytest.mark.slow
def test_a_broken_environment_is_made_anew(project):
    packages.ensure(packages.RUNTIME)
    packages.PYTHON.unlink()
    assert packages.ensure(packages.RUNTIME)
    assert installed("cqms_one")


def test_too_little_room_for_packages_is_refused_before_anything_is_made(project, monkeypatch):
    monkeypatch.setattr(packages, "_ROOM", 2**60)
    with pytest.raises(Refusal, match=r"^The disk of .* is full"):
        packages.ensure(packages.RUNTIME)
    assert not packages.VENV.exists()


def test_a_person_is_told_the_exact_line_for_system_libraries(monkeypatch, tmp_path):
    (tmp_path / "apt-get").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert system.line_to_type(["libpango-1.0-0"]) == "sudo apt-get install -y libpango-1.0-0"


def test_nothing_is_installed_where_nothing_is_missing_or_apt_is_absent(monkeypatch, tmp_path):
    assert system.begin_install([]) is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert system.begin_install(["libpango-1.0-0"]) is None


def test_system_packages_are_installed_with_apt_after_a_look_at_its_lists(monkeypatch, tmp_path):
    """An apt that fails until its lists are fetched, as on a bare machine."""
    words = tmp_path / "words"
    script = f'#!/bin/sh\necho "$@" >> {words}\ncase "$*" in *update*) touch {tmp_path}/lists;; *) [ -e {tmp_path}/lists ];; esac\n'
    (tmp_path / "apt-get").write_text(script)
    (tmp_path / "apt-get").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(system.os, "geteuid", lambda: 0)
    installation = system.begin_install(["one", "two"])
    assert installation.succeeded()
    install = "-o DPkg::Lock::Timeout=120 install -qq -y --no-install-recommends one two"
    assert words.read_text().splitlines() == [install, "-qq update", install]


def test_missing_programs_are_named_by_their_package():
    assert system.missing_programs({"sh": "dash", "no-such-program": "its-package"}) == ("its-package",)


def test_a_stopped_installation_of_packages_leaves_nothing_running(checkout, tmp_path):
    with Run("--port", free_port(), "--data", tmp_path / "data", root=checkout) as run:
        run.until("Making the virtual environment")
        assert run.stop() < 5
        assert run.end() == 130
    assert not (checkout / ".venv").exists()


def test_the_environment_of_the_tests_is_away():
    assert [name for name in clean_environment() if name.startswith(("CQMS_", "DATABASE_"))] == []
