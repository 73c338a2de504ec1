"""The supervisor with tiny programs: what dies comes back, what should stop stops, nothing is left behind."""

import os
import signal
import subprocess
import sys
import time

import pytest

from cqms.instance import supervisor as supervisors
from cqms.instance.console import Failure
from cqms.instance.entry import ROOT
from cqms.instance.folder import DataFolder
from cqms.instance.program import Program
from cqms.instance.supervisor import Supervisor
from tests.platform.instances import business, clean_environment, eventually, is_running

STUBBORN = "trap '' TERM; echo started; while true; do sleep 1; done"
WITH_GRANDCHILD = "sleep 600 & echo $!; wait"


@pytest.fixture
def data(tmp_path):
    made = DataFolder(tmp_path / "data")
    made.make()
    return made


@pytest.fixture
def supervisor(data):
    with Supervisor(data.lock("run")) as made:
        yield made


def shell(data, name, script, **more):
    return Program(name, ("sh", "-c", script), data.log(name), clean_environment(), **more)


def said(data, name):
    return data.log(name).read_text().split()


def watch_until(supervisor, true):
    """Let it watch until something is true."""

    class Enough(Exception):
        pass

    def look():
        if true():
            raise Enough

    with pytest.raises(Enough):
        supervisor.watch(look)


def test_a_killed_program_comes_back_and_its_new_number_is_told(supervisor, data):
    supervisor.start(shell(data, "web", "sleep 600"))
    before = supervisor.pids["web"]
    os.kill(before, signal.SIGKILL)
    watch_until(supervisor, lambda: supervisor.pids["web"] != before)
    assert is_running(supervisor.pids["web"])


def test_what_a_killed_program_had_started_ends_before_it_comes_back(supervisor, data):
    supervisor.start(shell(data, "worker", WITH_GRANDCHILD))
    grandchild = int(eventually(lambda: said(data, "worker"))[0])
    before = supervisor.pids["worker"]
    os.kill(before, signal.SIGKILL)
    watch_until(supervisor, lambda: supervisor.pids["worker"] != before)
    eventually(lambda: not is_running(grandchild), 3)


def test_a_program_that_cannot_start_fails_with_its_own_words(supervisor, data, monkeypatch):
    monkeypatch.setattr(supervisors, "_LONGEST_PAUSE", 0.05)
    broken = shell(data, "web", "echo no template; exit 3")
    supervisor.start(broken)
    with pytest.raises(Failure, match=r"(?s)^web does not start; the end of .*web\.log:\nno template"):
        supervisor.wait_until(lambda: False, broken)


def test_waiting_forgives_a_few_ends(supervisor, data, tmp_path):
    counts = tmp_path / "counts"
    third = shell(data, "web", f"echo >> {counts}; [ $(wc -l < {counts}) -ge 3 ] && exec sleep 600")
    supervisor.start(third)
    supervisor.wait_until(lambda: counts.exists() and len(counts.read_text()) >= 3, third)
    assert is_running(supervisor.pids["web"])


def test_stopping_asks_first_and_services_last(supervisor, data, tmp_path):
    order = tmp_path / "order"
    for name, last in (("postgres", True), ("web", False)):
        on_term = f"trap 'echo {name} >> {order}; exit' TERM; echo ready; while true; do sleep 0.1; done"
        supervisor.start(shell(data, name, on_term, last=last))
        eventually(lambda name=name: said(data, name))
    supervisor.stop()
    assert order.read_text().split() == ["web", "postgres"]


def test_stopping_takes_less_than_five_seconds_even_if_nobody_listens(supervisor, data):
    supervisor.start(
        *(shell(data, name, STUBBORN) for name in ("web", "worker", "beat")),
        *(shell(data, name, STUBBORN, last=True) for name in ("postgres", "valkey")),
    )
    pids = list(supervisor.pids.values())
    for name in supervisor.pids:
        eventually(lambda name=name: said(data, name))
    begun = time.monotonic()
    supervisor.stop()
    assert (time.monotonic() - begun) / business() < 5
    assert not any(map(is_running, pids))


def test_stopping_ends_grandchildren_too(supervisor, data):
    supervisor.start(shell(data, "worker", WITH_GRANDCHILD))
    grandchild = int(eventually(lambda: said(data, "worker"))[0])
    supervisor.stop()
    eventually(lambda: not is_running(grandchild), 3)


LEADER = """
import sys, time
from pathlib import Path
from cqms.instance.folder import DataFolder
from cqms.instance.program import Program
from cqms.instance.supervisor import Supervisor
import os
data = DataFolder(Path(sys.argv[1]))
with Supervisor(data.lock("run")) as supervisor:
    for name in ("polite", "stubborn"):
        script = sys.argv[2] if name == "stubborn" else "sleep 600"
        supervisor.start(Program(name, ("sh", "-c", script), data.log(name), dict(os.environ)))
    print(*supervisor.pids.values(), flush=True)
    supervisor.watch(lambda: None)
"""


def test_a_killed_supervisor_leaves_nobody_and_frees_the_folder(data):
    script = f"trap '' TERM; {WITH_GRANDCHILD}"
    command = [sys.executable, "-c", LEADER, data.path, script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=clean_environment()) as leader:
        pids = [int(word) for word in leader.stdout.readline().split()]
        pids.append(int(eventually(lambda: said(data, "stubborn"))[0]))
        leader.kill()
    eventually(lambda: not any(map(is_running, pids)), 5)
    os.close(data.lock("run"))


def test_the_folder_stays_locked_until_the_last_one_is_gone(data):
    command = [sys.executable, "-c", LEADER, data.path, STUBBORN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=clean_environment()) as leader:
        stubborn = int(leader.stdout.readline().split()[1])
        eventually(lambda: said(data, "stubborn"))
        leader.kill()
    assert is_running(stubborn)
    os.close(data.lock("run"))
    assert not is_running(stubborn)
