"""What it costs to take a long audit trail home: `bin/bench trail-pdf [ENTRIES …]`.

Makes the JSON with its proof and the sealed PDF/A-3 that carries it, for 3,000 and 10,000 entries or as many as are
named, each in a fresh process. Prints CPU seconds of all processes, the memory of the largest one, pages and sizes.
Ends with status 1 when 10,000 entries need more than is promised. The database is not part of it: every second leaf of
a log in memory is an entry, as history rows and events take turns.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from types import SimpleNamespace

PROJECT = Path(__file__).resolve().parents[2]
SIZES = (3000, 10000)
PROMISED_FOR = 10000
MOST_CPU_SECONDS = 60
MOST_MEGABYTES = 350
MOST_JSON_MEGABYTES = 12


def _event(entry) -> str:
    """The payload of an event, as long as those of the portal."""
    row = {
        "at": f"{entry.at:%Y-%m-%dT%H:%M:%S.%f+00:00}", "id": entry.number, "lane": "general", "verb": "change",
        "zone": entry.zone, "reason": entry.reason, "actor_id": 17, "anchor_id": 4, "record_id": 1234,
        "action_id": "3f0e9d5e-9a53-4a53-9a3e-0d6b6a1c8a11", "sentence": entry.verb, "actor_name": entry.actor,
        "subject_id": 1234, "anchor_kind": "studies.study", "record_kind": "documents.documentversion",
        "record_label": entry.record, "subject_kind": "documents.document", "organization_id": 1,
        "transaction_id": 7654321,
        "changes": [{"new": each.new, "old": each.old, "field": "field", "label": each.label} for each in entry.changes],
    }  # fmt: skip
    return json.dumps({"row": row, "table": "audit_auditevent", "format": 1, "layout": 12}, ensure_ascii=False)


def measure(entries: int) -> dict[str, float]:
    """Export once, in this process and those it starts."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cqms.settings_test")
    sys.path.insert(0, str(PROJECT))
    import django  # noqa: PLC0415 – the project must be importable first

    django.setup()
    begin = time.monotonic()
    with TemporaryDirectory() as folder:
        found = _export(entries, Path(folder))
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {
        **found,
        "cpu": sum(each.ru_utime + each.ru_stime for each in used),
        "wall": time.monotonic() - begin,
        "megabytes": max(each.ru_maxrss for each in used) / 1024,
        "own_megabytes": used[0].ru_maxrss / 1024,
    }


def _export(entries: int, folder: Path) -> dict[str, float]:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415
    from django.conf import settings  # noqa: PLC0415

    from cqms.audit.ledger.merkle import Leaves, Tree, leaf_hash  # noqa: PLC0415
    from cqms.audit.ledger.notes import Checkpoint, Verifier, sign  # noqa: PLC0415
    from cqms.reports.seals import seal_pdf  # noqa: PLC0415
    from cqms.reports.trail import MOST_TAGGED, TrailDocument, render_trail  # noqa: PLC0415
    from cqms.reports.trail_proof import Head, Sealed, TrailJson  # noqa: PLC0415
    from tests.bench.trail_entries import trail_entries  # noqa: PLC0415

    settings.KEYS_DIR, target, source = folder / "keys", folder / "trail.pdf", folder / "trail.json"
    at = datetime(2026, 11, 12, 15, 40, tzinfo=UTC)
    document = TrailDocument(
        "Halden Biosciences", "Halden Biosciences", "All records, all people, all kinds of entry, oldest first",
        "January to November 2026", "Amara Okafor", at, "Europe/Berlin", "0.1.0", "Every guard is in place.",
        tagged=entries <= MOST_TAGGED, seal=(("Sealed", "12 Nov 2026, 15:39:58 UTC"),),
    )  # fmt: skip
    leaves: list[bytes] = []
    with TemporaryFile(dir=folder) as part:
        proof = TrailJson(part)

        def passed_on() -> Iterator:
            for entry in trail_entries(entries):
                payload = _event(entry)
                leaf = leaf_hash(payload.encode())
                proof.add(Sealed(len(leaves), leaf.hex(), payload))
                leaves.extend((leaf, leaf_hash(leaf)))
                yield entry

        def attachment() -> Path:
            tree, key = Tree(Leaves(leaves), len(leaves)), Ed25519PrivateKey.generate()
            root, name = tree.root(), "portal.example/halden"
            note = sign(Checkpoint(name, tree.size, root, at).text(), name, key)
            verifier = str(Verifier(name, key.public_key().public_bytes_raw()))
            head = Head(name, verifier, note, tree.size, root, lambda text: sign(text, name, key), tree.multiproof)
            proof.finish(source, head, document.about)
            return source

        drawn = render_trail(document, passed_on(), target, attachment=attachment)
    seal_pdf(target, SimpleNamespace(name="Halden Biosciences", slug="halden"))
    if os.environ.get("CQMS_BENCH_KEEP"):
        Path(os.environ["CQMS_BENCH_KEEP"]).write_bytes(target.read_bytes())
    return {
        "entries": drawn.entries,
        "pages": drawn.pages,
        "pdf": target.stat().st_size / 1e6,
        "json": source.stat().st_size / 1e6,
    }


def main(sizes: list[int]) -> int:
    """Measure each size in a process of its own; 1 when the promise is broken."""
    broken = False
    for entries in sizes:
        command = [sys.executable, __file__, "--once", str(entries)]
        found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        print(
            "{entries:6} entries  {cpu:5.1f} CPU s  {wall:5.1f} s  largest process {megabytes:4.0f} MB  "
            "(asking process {own_megabytes:3.0f} MB)  {pages:4} pages  PDF {pdf:.1f} MB  JSON {json:.1f} MB".format(
                **found
            ),
            flush=True,
        )
        if entries == PROMISED_FOR:
            broken = found["cpu"] > MOST_CPU_SECONDS or found["json"] > MOST_JSON_MEGABYTES
        broken = broken or found["megabytes"] > MOST_MEGABYTES
    promised = f"{MOST_CPU_SECONDS} CPU s and {MOST_JSON_MEGABYTES} MB of JSON for {PROMISED_FOR:,} entries"
    print(f"promised: at most {promised}, {MOST_MEGABYTES} MB for any number" + (": BROKEN" if broken else ": kept"))
    return int(broken)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--once"]:
        print(json.dumps(measure(int(sys.argv[2]))))
    else:
        sys.exit(main([int(word) for word in sys.argv[1:]] or list(SIZES)))
