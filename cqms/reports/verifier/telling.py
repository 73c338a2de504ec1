"""What an entry says, in words. Part of the Python verifier."""

from __future__ import annotations

import json
from typing import Any


def row_of(payload: bytes) -> dict[str, Any]:
    """The row that an entry is about, as it was sealed; empty for what cannot be read."""
    try:
        row = json.loads(payload.decode("utf-8"))["row"]
    except (ValueError, KeyError, TypeError):
        row = {}
    return row if isinstance(row, dict) else {}


def table_of(payload: bytes) -> str:
    """The table of the row; blank for what cannot be read."""
    try:
        return str(json.loads(payload.decode("utf-8"))["table"])
    except (ValueError, KeyError, TypeError):
        return ""


def moment_of(row: dict[str, Any]) -> str:
    """When it happened."""
    return f"{str(row.get('at') or row.get('signed_at'))[:19].replace('T', ' ')} UTC"


def redacted_in_words(row: dict[str, Any]) -> str:
    """By whom and why an entry was redacted, as its tombstone tells."""
    by = f"redacted on {moment_of(row)} by {row['asked_by']} because: {row['reason']}"
    return f"{by} Approved by {row['approved_by']} ({row['redaction']})."


def in_words(payload: bytes) -> str:
    """One entry as a line."""
    row = row_of(payload)
    if "signer_name" in row:
        return f"{moment_of(row)} · {row['signer_name']}: {row.get('statement')} · {row.get('record_label')}"
    if "old_hash" in row:
        return f"{moment_of(row)} · an entry was {redacted_in_words(row)}"
    line = f"{moment_of(row)} · {row.get('actor_name')} {row.get('sentence')} · {row.get('record_label')}"
    for change in row.get("changes") or []:
        line += f" · {change.get('label')}: {change.get('old') or '‹empty›'} → {change.get('new') or '‹empty›'}"
    return f"{line} · Reason: {row['reason']}" if row.get("reason") else line


def grouped(digest: str) -> str:
    """Hexadecimal digits as people compare them."""
    return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))
