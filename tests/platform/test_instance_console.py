"""How a command ends early: with a sentence and a code, never with a traceback."""

import errno
import os
import signal
import threading

import pytest

from cqms.instance.console import Failure, Refusal, Stopped, run, seconds, undisturbed


@pytest.fixture(autouse=True)
def _signals_as_before():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def ends_with(error: BaseException) -> int:
    def work() -> int:
        raise error

    return run(work)


def test_a_refusal_is_one_sentence_and_two(capsys):
    assert ends_with(Refusal("Port 80 is taken: choose another.")) == 2
    assert capsys.readouterr().err == "Port 80 is taken: choose another.\n"


def test_a_failure_says_what_failed_and_is_one(capsys):
    assert ends_with(Failure("migrate ended with 3:\nbecause")) == 1
    assert capsys.readouterr().err == "migrate ended with 3:\nbecause\n"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_a_refusal_that_names_the_place(capsys, number):
    assert ends_with(OSError(number, "full", "/data/pg")) == 2
    assert capsys.readouterr().err == (
        "The disk is full at /data/pg: free some space, or choose a folder on another disk with --data, "
        "and start again.\n"
    )


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_a_file_we_may_not_use_is_a_refusal_that_names_it(capsys, number):
    assert ends_with(OSError(number, "no", "/data/lock")) == 2
    assert capsys.readouterr().err == "/data/lock may not be used by you: correct its permissions.\n"


def test_other_errors_of_the_system_are_not_hidden():
    with pytest.raises(InterruptedError):
        ends_with(InterruptedError(errno.EINTR, "interrupted", "/data/lock"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_work_and_a_second_one_does_not_disturb_the_end(number):
    def work() -> int:
        try:
            os.kill(os.getpid(), number)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
        return 0

    assert run(work) == 128 + number


def test_signals_wait_for_lines_that_must_happen_together():
    happened = []

    def work() -> int:
        with undisturbed():
            signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
            happened.append("the second line")
        return 0

    assert run(work) == 128 + signal.SIGTERM
    assert happened == ["the second line"]


def test_the_clock_goes_on_when_the_command_replaces_itself(monkeypatch):
    monkeypatch.setenv("CQMS_STARTED", f"{os.getpid()}:0.5")
    assert seconds() > 1
    monkeypatch.setenv("CQMS_STARTED", "1:0.5")
    assert seconds() < 1


def test_being_stopped_is_no_ordinary_exception():
    assert not issubclass(Stopped, Exception)
