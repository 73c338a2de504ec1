"""What makes an exported trail verifiable: each entry as it was sealed, one proof, and a signed list of contents.

The signed list says how many entries an export holds, which, and in which order, so that one that is dropped, added
or moved later is found although every single entry still stands in the log. Knows neither Django nor the database.
"""

import base64
import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

FORMAT, WITH_REDACTIONS = "cqms-trail/1", "cqms-trail/2"
FILE_NAME = "trail.json"


@dataclass(frozen=True)
class Sealed:
    """A row as it stands in the log: its position, the hash of its leaf (hexadecimal), and what was hashed.

    The payload of a redacted row is what it reads since; then `vouchers` are its tombstone and both signatures.
    """

    position: int
    hash: str
    payload: str
    vouchers: tuple["Sealed", ...] = ()


@dataclass(frozen=True)
class TimeStamp:
    """What a time-stamping authority answered for the checkpoint (RFC 3161)."""

    authority: str
    token: bytes

    @property
    def told(self) -> dict[str, str]:
        """As the file holds it."""
        return {"authority": self.authority, "token": base64.b64encode(self.token).decode()}


@dataclass(frozen=True)
class Head:
    """The sealed state of the log that an export refers to, and the key that signed it."""

    name: str
    key: str
    """The verifier key, one line."""
    note: str
    size: int
    root: bytes
    sign: Callable[[str], str]
    """Makes a signed note of a text with the same key."""
    prove: Callable[[Sequence[int]], Sequence[bytes]]
    """One proof for the entries at some positions."""
    time_stamp: TimeStamp | None = None


@dataclass
class TrailJson:
    """The file on its way: entries are appended one by one, everything around them is written at the end."""

    part: BinaryIO
    """Takes the entries; a temporary file that can be read again."""
    _positions: list[int] = field(default_factory=list)
    _lines: list[bytes] = field(default_factory=list)
    _known: set[int] = field(default_factory=set)
    _has_redactions: bool = False

    @property
    def count(self) -> int:
        """How many entries there are so far."""
        return len(self._positions)

    def add(self, sealed: Sealed) -> None:
        """Append an entry, once, and after it what vouches for its redaction."""
        if sealed.position not in self._known:
            self._known.add(sealed.position)
            self._append(sealed)
        for voucher in sealed.vouchers:
            self._has_redactions = True
            self.add(voucher)

    def _append(self, sealed: Sealed) -> None:
        row = {"position": sealed.position, "hash": sealed.hash, "payload": sealed.payload}
        comma = b",\n" if self._positions else b""
        self.part.write(comma + json.dumps(row, ensure_ascii=False).encode())
        self._positions.append(sealed.position)
        self._lines.append(f"{sealed.position} {sealed.hash}\n".encode())

    def finish(self, target: Path, head: Head, about: Sequence[tuple[str, str]]) -> None:
        """Write the whole file; `about` are labels with what the file says of itself."""
        stamp = head.time_stamp
        around = {
            "format": WITH_REDACTIONS if self._has_redactions else FORMAT,
            "about": [list(pair) for pair in about],
            "key": head.key,
            "checkpoint": head.note,
            "time_stamp": stamp and stamp.told,
            "statement": head.sign(self._statement(head, about)),
            "proof": [each.hex() for each in head.prove(sorted(self._positions))],
        }
        opening = json.dumps(around, ensure_ascii=False).removesuffix("}")
        self.part.seek(0)
        with target.open("wb") as file:
            file.write(f'{opening}, "entries": [\n'.encode())
            shutil.copyfileobj(self.part, file)
            file.write(b"\n]}\n")

    def _statement(self, head: Head, about: Sequence[tuple[str, str]]) -> str:
        by_position = [line for _, line in sorted(zip(self._positions, self._lines, strict=True))]
        told = {
            "entries": str(self.count),
            "in order": hashlib.sha256(b"".join(self._lines)).hexdigest(),
            "in the log": hashlib.sha256(b"".join(by_position)).hexdigest(),
            "about": about_digest(about),
            "checkpoint": f"{head.size} {head.root.hex()}",
            "time stamp": stamp_digest(head.time_stamp),
        }
        lines = "".join(f"{label}: {value}\n" for label, value in told.items())
        return f"{head.name}\nExport of entries of this log\n{lines}"


def about_digest(about: Sequence[tuple[str, str]]) -> str:
    """SHA-256 over the SHA-256 of every label and value, so that nothing can move from one to another."""
    parts = [hashlib.sha256(text.encode()).digest() for pair in about for text in pair]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def stamp_digest(stamp: TimeStamp | None) -> str:
    """What the signed list says of the time stamp, so that none can be exchanged, added or taken away later."""
    return about_digest([(stamp.told["authority"], stamp.told["token"])]) if stamp else "none"
