"""How long a file of deviations takes from sent to created: `bin/bench deviation-import [rows]`.

Sends a CSV of an electronic data capture system as a person would, takes the columns as they are guessed, has the job
created and works it off; ends with 1 when the processor of portal and database needs more than the promised time.
"""

import sys
import time
from typing import Any

from tests.bench import _ledger, _load

ROWS = 5_000
MOST_SECONDS = 120
PLACE = "load-0001"
COLUMNS = {
    "source_id": "PD No", "subject_code": "Subject", "visit": "Visit", "occurred_on": "Deviation date",
    "discovered_on": "Date identified", "description": "Description", "immediate_action": "Action taken",
}  # fmt: skip


def main(rows: int) -> int:
    """1 when the promise is broken."""
    chosen = _load.options("deviation-import", records=100, organizations=1, studies=2, people=20).parse_args([])
    with _load.portal(chosen):
        from django.db import connection  # noqa: PLC0415 – the addresses must be known first

        connection.ensure_connection()
        pid, begun = _ledger.backend_pid(), time.monotonic()
        used = _load.own() + _ledger.cpu_of(pid)
        said = _import(_load.browser(f"author.9@{PLACE}.example"), rows)
        cost, seconds = _load.own() + _ledger.cpu_of(pid) - used, time.monotonic() - begun
    print(f"{said} {cost:.1f} CPU s, {seconds:.1f} s")
    kept = cost <= MOST_SECONDS and said.startswith(f"{rows:,} deviations created.")
    print(f"promised: at most {MOST_SECONDS} s" + (": kept" if kept else ": BROKEN"))
    return int(not kept)


def _import(client: Any, rows: int) -> str:
    """Send, choose, run; what the job says of itself."""
    from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: PLC0415

    from cqms.jobs.models import Job  # noqa: PLC0415
    from cqms.jobs.services import work_off  # noqa: PLC0415
    from cqms.organizations.models import Organization  # noqa: PLC0415
    from cqms.organizations.scope import scope  # noqa: PLC0415
    from studies.models import Study  # noqa: PLC0415

    organization = Organization.objects.get(slug=PLACE)
    with scope(organization):
        study = Study.objects.order_by("pk").first()
    file = SimpleUploadedFile("deviations.csv", _lines(rows).encode())
    form = {"study": study.pk, "source_system": "Rave", "file": file}
    columns = client.post(f"/o/{PLACE}/quality-events/deviations/import/", form)["Location"]
    check = client.post(columns, {"revision": 2, **COLUMNS})["Location"]
    key = client.post(check, {})["Location"].rstrip("/").rpartition("/")[2]
    work_off(organization, key)
    with scope(organization):
        return str(Job.objects.get(pk=key).result["sentence"])


def _lines(rows: int) -> str:
    said = "The visit was {} days late because the site was closed."
    return (
        ",".join(COLUMNS.values())
        + "\n"
        + "".join(
            f"D-{number},1002-{number:05},Visit {number % 9 + 1},2026-03-27,2026-03-31,"
            f"{said.format(number % 30)},The site was told.\n"
            for number in range(rows)
        )
    )


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS))
