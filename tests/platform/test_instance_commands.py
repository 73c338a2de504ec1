"""The small commands around the portal: tests with a count, measurements by name, CI on a bare machine."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cqms.instance import packages
from cqms.instance.commands import test as test_command
from cqms.instance.entry import ROOT
from tests.platform.instances import Run, clean_environment

PASSING = "def test_one(): pass\n"
FAILING = "def test_two(): assert False\n"
BROKEN = "import pytest\n@pytest.fixture\ndef f(): 1 / 0\ndef test_three(f): pass\n"
SKIPPED = "import pytest\n@pytest.mark.skip(reason='why')\ndef test_four(): pass\n"


def counted(folder: Path, text: str) -> tuple[int, str]:
    """The exit code and the last line of a run over one file of tests."""
    (folder / "test_it.py").write_text(text)
    words = [sys.executable, "-m", "cqms.instance.testrun", "-c", "/dev/null", "-q", folder]
    alone = clean_environment(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, env=alone, check=False)
    return done.returncode, done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (PASSING + SKIPPED, 0, "1 passed, 0 failed, 1 skipped"),
        (PASSING + FAILING + BROKEN, 1, "1 passed, 2 failed, 0 skipped"),
        (SKIPPED, 5, "0 passed, 0 failed, 1 skipped"),
        ("", 5, "0 passed, 0 failed, 0 skipped"),
        ("syntax error", 2, "0 passed, 1 failed, 0 skipped"),
    ],
)
def test_the_last_line_is_the_count_and_no_test_is_a_failure(tmp_path, text, code, line):
    assert counted(tmp_path, text) == (code, line)


def test_the_everyday_tier_leaves_out_the_slow_ones():
    everyday = test_command.words(["-k", "one"], everything=False)
    assert everyday[-4:] == ["-m", "not slow", "-k", "one"]
    assert "not slow" not in test_command.words([], everything=True)
    assert everyday[everyday.index("-n") + 1] == "2"


def test_what_is_missing_is_said_loudly_with_its_cure(capsys, monkeypatch, tmp_path):
    (tmp_path / "apt-get").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    test_command.report(["chromium"])
    words = "MISSING: chromium. The tests that need it are skipped. To run them, type: sudo apt-get install -y chromium"
    assert capsys.readouterr().out.endswith(f"{words}\n")


def test_every_measurement_can_be_named():
    with Run("no-such", command="bench") as run:
        assert run.end() == 2
    named = run.lines[-1].removeprefix("Name a measurement: ").rstrip(".\n").split(", ")
    files = sorted(file.stem.replace("_", "-") for file in (ROOT / "tests" / "bench").glob("[!_]*.py"))
    assert named == (files or ["there is none yet"])


@pytest.mark.parametrize("command", ["run", "manage", "test"])
def test_every_command_explains_itself(command):
    with Run("--help", command=command) as run:
        assert run.end() == 0
    assert run.lines[0].startswith(f"usage: bin/{command} ")


@pytest.fixture
def bare(tmp_path) -> Path:
    """A project whose bin/test says how it was called, beside a folder of samples."""
    root = tmp_path / "project"
    (root / ".ci").mkdir(parents=True)
    (root / "bin").mkdir()
    shutil.copy(ROOT / ".ci" / "run", root / ".ci" / "run")
    (root / "bin" / "test").write_text('#!/bin/sh\npwd; echo "$@"; echo "$CQMS_SAMPLES"; exit 3\n')
    (root / "bin" / "test").chmod(0o755)
    return root


def ci(root: Path, **environment: str) -> tuple[int, list[str]]:
    words = [root / ".ci" / "run"]
    environment = clean_environment(**environment)
    done = subprocess.run(words, capture_output=True, text=True, cwd="/", env=environment, check=False)
    return done.returncode, done.stdout.splitlines()


def test_ci_runs_everything_with_the_samples_that_lie_beside(bare):
    assert ci(bare) == (3, [str(bare), "--all", ""])
    samples = bare.parent / "shared" / "data"
    samples.mkdir(parents=True)
    assert ci(bare) == (3, [str(bare), "--all", str(samples)])
    assert ci(bare, CQMS_SAMPLES="/mine") == (3, [str(bare), "--all", "/mine"])


def test_ci_installs_the_venv_module_on_a_bare_machine(bare, tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    installed = tmp_path / "installed"
    scripts = {
        "python3": f"#!/bin/sh\n[ -e {installed} ]\n",
        "apt-get": f'#!/bin/sh\necho "$@"\ncase "$*" in *update*) touch {tmp_path}/lists;; '
        f"*) [ -e {tmp_path}/lists ] && touch {installed};; esac\n",
        "id": "#!/bin/sh\necho 0\n",
    }
    for name, text in scripts.items():
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    code, lines = ci(bare, PATH=f"{tools}:/usr/bin:/bin")
    install = "install -qq -y --no-install-recommends python3 python3-venv"
    assert (code, lines[:3]) == (3, [install, "-qq update", install])


def test_the_stamp_of_each_lock_has_a_name_of_its_own():
    assert packages._stamp(packages.RUNTIME) != packages._stamp(packages.TESTS)
