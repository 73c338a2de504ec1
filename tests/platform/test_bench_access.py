"""Lists in front of many records: nobody asks often, and no large table is read from end to end. Costs: `bin/bench`."""

import subprocess
import sys

import pytest

from cqms.instance.entry import ROOT

pytestmark = pytest.mark.slow

LOAD = ("--records=20000", "--organizations=40", "--studies=200", "--people=700", "--rounds=0")


def test_lists_of_twenty_thousand_records_keep_their_promises():
    argv = [sys.executable, "-m", "tests.bench.access", *LOAD]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
    assert done.stdout.splitlines()[-1] == "promised: at most ×1.25 and 12 queries: kept", done.stdout + done.stderr
