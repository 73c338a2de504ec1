"""What the PDF of a long audit trail costs: `python tests/bench/trail_pdf.py`.

Draws 3,000 and 10,000 entries, each in a fresh process, and prints CPU seconds of all processes, the memory of the
largest one, pages and size. Ends with status 1 when 10,000 entries need more than is promised.
"""

import json
import os
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

PROJECT = Path(__file__).resolve().parents[2]
SIZES = (3000, 10000)
MOST_CPU_SECONDS = 45
MOST_MEGABYTES = 300


def measure(entries: int) -> dict[str, float]:
    """Draw once, in this process and those it starts."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cqms.settings_test")
    sys.path.insert(0, str(PROJECT))
    import django  # noqa: PLC0415 – the project must be importable first

    django.setup()
    from cqms.reports.trail import TrailDocument, render_trail  # noqa: PLC0415
    from tests.bench.trail_entries import trail_entries  # noqa: PLC0415

    at = datetime(2026, 11, 12, 15, 40, tzinfo=UTC)
    document = TrailDocument(
        "Halden Biosciences",
        "Halden Biosciences",
        "All records, all people, all kinds of entry, oldest first",
        "January to November 2026",
        "Amara Okafor",
        at,
        "Europe/Berlin",
        "0.1.0",
        "Chain unbroken.",
    )
    begin = time.monotonic()
    with TemporaryDirectory() as folder:
        drawn = render_trail(document, trail_entries(entries), Path(folder) / "trail.pdf")
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {
        "entries": drawn.entries,
        "cpu": sum(each.ru_utime + each.ru_stime for each in used),
        "wall": time.monotonic() - begin,
        "megabytes": max(each.ru_maxrss for each in used) / 1024,
        "own_megabytes": used[0].ru_maxrss / 1024,
        "pages": drawn.pages,
        "size": drawn.size / 1e6,
    }


def main() -> int:
    """Measure each size in a process of its own; 1 when the promise is broken."""
    found = {}
    for entries in SIZES:
        printed = subprocess.run(
            [sys.executable, __file__, str(entries)], check=True, stdout=subprocess.PIPE, text=True
        ).stdout
        found = json.loads(printed)
        print(
            "{entries:6} entries  {cpu:5.1f} CPU s  {wall:5.1f} s  largest process {megabytes:4.0f} MB  "
            "(asking process {own_megabytes:3.0f} MB)  {pages:4} pages  {size:.1f} MB".format(**found)
        )
    broken = found["cpu"] > MOST_CPU_SECONDS or found["megabytes"] > MOST_MEGABYTES
    print(f"promised: at most {MOST_CPU_SECONDS} CPU s and {MOST_MEGABYTES} MB" + (": BROKEN" if broken else ": kept"))
    return int(broken)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(int(sys.argv[1]))))
    else:
        sys.exit(main())
