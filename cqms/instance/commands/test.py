"""bin/test: the tests, everyday tier or all, with what they need installed first."""

import argparse
import os
from collections.abc import Iterable

from cqms.instance import packages, system
from cqms.instance.console import run, say
from cqms.instance.entry import ROOT

_PROGRAMS = {
    "chromium": "chromium",
    "pgbouncer": "pgbouncer",
    "pdftotext": "poppler-utils",
    "qpdf": "qpdf",
    "fc-match": "fontconfig",
    "openssl": "openssl",
}


def main(arguments: list[str]) -> int:
    """Install, then become pytest."""
    chosen, rest = _parser().parse_known_args(arguments)
    return run(lambda: _test(rest, everything=chosen.all))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bin/test",
        description="Run the tests on two processes. Other options are pytest's.",
        allow_abbrev=False,
    )
    parser.add_argument("--all", action="store_true", help="also the slow tests: kills, attacks, every page and width")
    return parser


def _test(rest: list[str], *, everything: bool) -> int:
    installation = system.begin_install(_missing())
    packages.ensure(packages.TESTS)
    if installation:
        say(f"Installing {' '.join(installation.packages)}")
        installation.succeeded()
    report(_missing())
    os.chdir(ROOT)
    os.execv(packages.PYTHON, [str(packages.PYTHON), *words(rest, everything=everything)])  # noqa: S606


def words(rest: list[str], *, everything: bool) -> list[str]:
    """What Python is told: pytest on two processes, one of the two tiers, then what the person added."""
    tier = [] if everything else ["-m", "not slow"]
    return ["-m", "cqms.instance.testrun", "-n", "2", "--dist", "loadgroup", "-rs", *tier, *rest]


def report(missing: Iterable[str]) -> None:
    """Say loudly what could not be installed, what that means, and the cure."""
    for package in missing:
        cure = system.line_to_type([package])
        say(f"MISSING: {package}. The tests that need it are skipped. To run them, type: {cure}")


def _missing() -> tuple[str, ...]:
    return (*system.missing_for_pdf(), *system.missing_programs(_PROGRAMS))
