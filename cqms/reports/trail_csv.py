"""The trail for a spreadsheet: one entry a row, in words and in full, after lines that say what the file holds."""

import csv
from collections.abc import Sequence
from datetime import UTC
from typing import TextIO

from cqms.reports.trail_entries import TrailEntry

HEADS = (
    "Number", "When (UTC)", "Zone", "Who", "What", "Record", "Changes", "Reason", "Signed by", "Signed as",
    "Meaning", "Signed (UTC)", "Method", "SHA-256 of what was signed", "Action", "Positions in the log",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class TrailCsv:
    """UTF-8 with a byte order mark; a text that a spreadsheet would take for a formula begins with an apostrophe."""

    def __init__(self, target: TextIO, about: Sequence[tuple[str, str]]) -> None:
        """`target` is open for text with encoding utf-8-sig and newline ""."""
        self._writer = csv.writer(target)
        for label, value in about:
            self._writer.writerow([f"# {label}", _harmless(value)])
        self._writer.writerow(HEADS)

    def add(self, entry: TrailEntry) -> None:
        """Append an entry."""
        changes = "\n".join(
            f"{each.label}: {each.old or '‹empty›'} → {each.new or '‹empty›'}" for each in entry.changes
        )
        signed = entry.signature
        of_signature = ["", "", "", "", "", ""]
        if signed:
            moment = f"{signed.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
            of_signature = [signed.name, signed.role, signed.meaning, moment, signed.method, signed.digest]
        when = f"{entry.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        places = " ".join(map(str, entry.positions))
        words = [when, entry.zone, entry.actor, entry.verb, entry.record, changes, entry.reason, *of_signature]
        self._writer.writerow([entry.number, *map(_harmless, [*words, entry.action, places])])


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
