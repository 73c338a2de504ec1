"""Children do not outlive their parent, hear signals, and end together with what they started."""

import os
import pwd
import signal
import subprocess
import sys
import time

import pytest

from cqms.instance import children
from cqms.instance.entry import ROOT
from tests.platform.instances import clean_environment, eventually, is_running

PARENT = """
import sys, time
from cqms.instance import children
print(children.spawn(["sleep", "600"]).pid, flush=True)
time.sleep(600)
"""


def test_a_child_dies_with_a_killed_parent():
    command = [sys.executable, "-c", PARENT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=clean_environment()) as parent:
        child = int(parent.stdout.readline())
        eventually(lambda: is_running(child))
        parent.kill()
    eventually(lambda: not is_running(child), 3)


def test_a_group_ends_with_all_it_started():
    child = children.spawn(["sh", "-c", "sleep 600 & echo $!; wait"], output=subprocess.PIPE)
    grandchild = int(child.stdout.readline())
    assert children.end_group(child.pid, signal.SIGKILL)
    child.communicate()
    eventually(lambda: not is_running(grandchild), 3)
    eventually(lambda: not children.end_group(child.pid, signal.SIGKILL), 3)


def test_a_call_returns_both_streams_and_the_code():
    done = children.call(["sh", "-c", "echo out; echo err >&2; exit 3"])
    assert (done.code, sorted(done.output.split())) == (3, ["err", "out"])


def test_a_program_that_is_not_there_says_so():
    assert children.call(["/no/such/program"]) == children.Finished(
        127, "/no/such/program: No such file or directory\n"
    )


def test_a_child_hears_signals_that_its_parent_holds_back():
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    try:
        child = children.spawn(["sleep", "600"])
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    time.sleep(0.2)
    child.terminate()
    assert child.wait(5) == -signal.SIGTERM


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a program as somebody else")
def test_a_child_of_root_drops_its_rights_for_good():
    done = children.call(["sh", "-c", "id -u; id -G; cat /proc/self/status | grep CapEff"], user="nobody")
    account = pwd.getpwnam("nobody")
    assert done.output.split() == [str(account.pw_uid), str(account.pw_gid), "CapEff:", "0" * 16]


def test_a_program_at_the_terminal_gives_its_code():
    assert children.attend(["sh", "-c", "exit 4"], clean_environment()) == 4
    assert children.attend(["sh", "-c", "kill -9 $$"], clean_environment()) == 137


def test_a_program_beside_us_ends_when_we_leave():
    with children.beside(["sleep", "600"]) as child:
        assert is_running(child.pid)
    assert not is_running(child.pid)
    child.stdout.close()


BEGUN = """
from pathlib import Path
from tests.platform.instances import Run
run = Run(600, command="sleep", root=Path("/"))
print(run.process.pid, flush=True)
run.end(600)
"""


def test_what_the_tests_start_ends_with_them_even_when_they_are_killed():
    with subprocess.Popen([sys.executable, "-c", BEGUN], cwd=ROOT, stdout=subprocess.PIPE, text=True) as tests:
        begun = int(tests.stdout.readline())
        assert is_running(begun)
        tests.kill()
    eventually(lambda: not is_running(begun))
