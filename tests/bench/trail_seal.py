"""How fast entries are sealed, and how long it takes to verify them: `bin/bench trail-seal [entries]`.

Loads events by COPY into a database whose guards are not armed yet, arms them – which queues a leaf for every row –,
seals, and verifies everything. `bin/bench trail-verify` is the same measurement with its promise about verifying.
"""

import io
import resource
import sys
import time
import uuid

from tests.bench import _ledger

ENTRIES = 1_000_000
LEAST_RATE = 30_000
PIECE = 50_000
COLUMNS = (
    "organization_id", "action_id", "transaction_id", "at", "actor_name", "zone", "verb", "sentence", "record_kind",
    "record_id", "record_label", "subject_kind", "subject_id", "anchor_kind", "lane", "changes", "reason",
)  # fmt: skip


def load(superuser: str, owner: str, count: int) -> None:
    """Take the guards away, write the events by COPY, and arm again."""
    from django.core.management import call_command  # noqa: PLC0415

    from cqms.instance.database import connected  # noqa: PLC0415

    with connected(superuser) as link, link.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgname LIKE 'guard_%' AND NOT tgisinternal"
        )
        for table, name in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name} ON {table}")
        cursor.execute("TRUNCATE audit_ledgerqueue, audit_ledgerlayout CASCADE")
        for first in range(0, count, PIECE):
            lines = "".join(_line(number) for number in range(first, min(first + PIECE, count)))
            cursor.copy_expert(f"COPY audit_auditevent ({', '.join(COLUMNS)}) FROM STDIN", io.StringIO(lines))
        cursor.execute("VACUUM ANALYZE audit_auditevent")
    call_command("migrate", verbosity=0)


def _line(number: int) -> str:
    action = uuid.UUID(int=number)
    changes = '[{"new": "Effective", "old": "Approved", "field": "state", "label": "State"}]'
    values = (
        1, action, 1, f"2026-01-05 06:{number % 60:02}:{number // 60 % 60:02}+00", "Amara Okafor", "Europe/London", "change",
        f"changed the procedure number {number}", "documents.version", number, f"SOP-{number}, version 1.0",
        "documents.document", number, "", "general", changes, "Periodic review",
    )  # fmt: skip
    return "\t".join(map(str, values)) + "\n"


def cpu(pid: int) -> float:
    """Seconds of processor that we and the server's process behind our connection have used."""
    mine = resource.getrusage(resource.RUSAGE_SELF)
    return mine.ru_utime + mine.ru_stime + _ledger.cpu_of(pid)


def measure(count: int) -> tuple[float, float]:
    """Entries sealed a second, and processor seconds of verifying them."""
    with _ledger.session() as services:
        addresses = services.clone("bench_seal")
        _ledger.django(addresses.owner, services.data.path / "portal")
        load(addresses.superuser, addresses.owner, count)
        from cqms.audit.ledger.sealing import seal  # noqa: PLC0415
        from cqms.audit.ledger.verifying import verify  # noqa: PLC0415

        who = _ledger.first_organization()
        pid, used, begun = _ledger.backend_pid(), 0.0, time.monotonic()
        used = cpu(pid)
        entries = seal(who.ours)[-1].size
        seconds, sealing = time.monotonic() - begun, cpu(pid) - used
        rate = entries / min(seconds, sealing)  # others may use this machine
        print(f"sealed {entries} entries in {seconds:.1f} s, {sealing:.1f} CPU s: {rate:.0f} a second")
        used = cpu(pid)
        verdict = verify(who.ours)
        verifying = cpu(pid) - used
        print(f"verified {verdict.entries} entries in {verifying:.1f} CPU s: {len(verdict.differences)} differences")
        if not verdict.holds:
            raise SystemExit(verdict.differences[0].sentence)
    return rate, verifying


def main(count: int) -> int:
    """1 when the promise is broken."""
    rate, _ = measure(count)
    print(f"promised: at least {LEAST_RATE} entries a second" + (": kept" if rate >= LEAST_RATE else ": BROKEN"))
    return int(rate < LEAST_RATE)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES))
