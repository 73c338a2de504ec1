"""bin/bench NAME: the measurement tests/bench/NAME.py, with the installed packages."""

import os

from cqms.instance import packages
from cqms.instance.console import Refusal, run
from cqms.instance.entry import ROOT

_BENCHES = ROOT / "tests" / "bench"


def main(arguments: list[str]) -> int:
    """Become the measurement; the rest of the arguments is for it."""
    return run(lambda: _bench(arguments))


def _bench(arguments: list[str]) -> int:
    names = sorted(file.stem.replace("_", "-") for file in _BENCHES.glob("[!_]*.py"))
    if not arguments or arguments[0] not in names:
        raise Refusal(f"Name a measurement: {', '.join(names) or 'there is none yet'}.")
    packages.ensure(packages.TESTS)
    os.chdir(ROOT)
    module = f"tests.bench.{arguments[0].replace('-', '_')}"
    os.execv(packages.PYTHON, [str(packages.PYTHON), "-m", module, *arguments[1:]])  # noqa: S606
