"""Checks an exported audit trail on any machine: python3 verify_trail.py FILE.json or FILE.pdf [--key FINGERPRINT].

Needs Python 3.9 or newer and nothing else: no network, no package, nothing of the portal that made the file. Ends
with 0 when the export is complete and unchanged, with 1 when it is not. `--entries` also prints every entry in words.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from cqms.reports.verifier.ed25519 import signed_by
from cqms.reports.verifier.pdf import Hidden, NoTrail, attached, seal_of, trouble_with_seal
from cqms.reports.verifier.seal import NotReadable, certificate_of
from cqms.reports.verifier.strict import Ambiguous, has_only, parsed, raw_of
from cqms.reports.verifier.telling import grouped, in_words, moment_of, redacted_in_words, row_of, table_of
from cqms.reports.verifier.tree import Entry, leads_to

FORMATS = ("cqms-trail/1", "cqms-trail/2")
GOOD, BAD = "This export is complete and unchanged.", "Do not rely on this file."
GOOD_BUT_REDACTED = "This export is complete; what was redacted is named below, everything else is unchanged."
UNREADABLE = "This is no complete export of a trail: the file is cut off or damaged."
UNKNOWN = "This is no export of a trail that this verifier knows."
AMBIGUOUS = "Something stands twice in the file: two programs may read two different things in it."
ADDED = "Something was added to the file that was not exported."
TWO_TRAILS = "The PDF holds something else than one trail.json: a PDF reader may show another one than this."
KEY_DAMAGED = "The key that the file names is damaged."
OTHER_KEY = "The key is not the one you expected: somebody else made this file."
CHECKPOINT_UNSIGNED = "The checkpoint was not signed with the key that the file names."
CONTENTS_UNSIGNED = "The list of contents was not signed with the key that the file names."
OTHER_CHECKPOINT = "The file holds another checkpoint than the one it was exported with."
ABOUT_CHANGED = "What the file says about itself was changed after the export."
ORDER_CHANGED = "The entries do not stand in the order in which they were exported."
EXCHANGED = "At least one entry was exchanged for another."
STAMP_CHANGED = "The time stamp was exchanged, added or taken away after the export."
OTHER_SEAL = "The PDF was sealed with another certificate than the export names: somebody else made its pages."
FORGED_SEAL = "The seal of the PDF was not made with the certificate that it shows."
SEALED_WITH = "PDF sealed with certificate"
_PAGES = "That the printed pages say the same:"
NOT_SEALED = "The entries do not lead to the sealed state of the log."
_STATEMENT = "Export of entries of this log"
_ANY = "any"  # files made before the list of contents named the time stamp
_LARGEST = 2**53
_TOMBSTONES, _SIGNED = "audit_ledgertombstone", ("request_signature_id", "approval_signature_id")
_MEMBERS = ("format", "about", "key", "checkpoint", "time_stamp", "statement", "proof", "entries")
_KEY_BYTES = 32


class Unusable(Exception):
    """The file cannot be judged any further; the text is the finding."""


class Report:
    """What was found: problems, facts, and what is proven and what is not, each a sentence."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.redacted: list[str] = []
        self.facts: list[tuple[str, str]] = []
        self.proven: list[str] = []
        self.unproven: list[str] = []
        self.entries: list[str] = []

    def lines(self, *, entries: bool = False) -> Iterator[str]:
        """Everything as text, the verdict first."""
        yield BAD if self.problems else GOOD_BUT_REDACTED if self.redacted else GOOD
        yield from self.problems
        yield ""
        yield "What the file says (not proven):" if self.problems else "What the file holds:"
        for label, value in self.facts:
            yield f"  {label}: {value}"
        told = (("Redacted:", self.redacted), ("Proven:", self.proven), ("Not proven by this file:", self.unproven))
        for title, sentences in told:
            if sentences:
                yield from ("", title)
                yield from (f"  {sentence}" for sentence in sentences)
        if entries:
            yield from ("", "Entries:")
            yield from self.entries


def examine(data: bytes, expected: str = "") -> Report:
    """Judge the bytes of a trail.json; `expected` is the fingerprint that the key should have."""
    report = Report()
    try:
        trail = read(data)
        _judge(report, trail, re.sub(r"[^0-9a-f]", "", expected.lower()))
    except Unusable as problem:
        report.problems.append(str(problem))
    except (AttributeError, KeyError, IndexError, TypeError, ValueError, RecursionError):
        report.problems.append(UNREADABLE)
    if report.problems:
        report.proven, report.unproven, report.redacted = [], [], []
    return report


def read(data: bytes) -> dict[str, Any]:
    """The parsed file."""
    try:
        trail = parsed(data)
    except Ambiguous:
        raise Unusable(AMBIGUOUS) from None
    except (ValueError, RecursionError):
        raise Unusable(UNREADABLE) from None
    if not isinstance(trail, dict) or trail.get("format") not in FORMATS:
        raise Unusable(UNKNOWN)
    entries, stamp = trail["entries"], trail.get("time_stamp")
    if not all(isinstance(trail[name], list) for name in ("entries", "about", "proof")):
        raise Unusable(UNREADABLE)
    if not has_only(trail, *_MEMBERS) or not all(has_only(each, "position", "hash", "payload") for each in entries):
        raise Unusable(ADDED)
    if stamp is not None and (set(stamp) != {"authority", "token"} or not _are_texts(stamp.values())):
        raise Unusable(UNREADABLE)
    return trail


def _are_texts(values: Iterable[Any]) -> bool:
    return all(isinstance(value, str) for value in values)


def _judge(report: Report, trail: dict[str, Any], expected: str) -> None:
    name, public = _key(trail["key"])
    fingerprint = hashlib.sha256(public).hexdigest()
    entries = [_entry(each) for each in trail["entries"]]
    report.entries = [in_words(payload) for _, _, payload in entries]
    about = [(label, value) for label, value in trail["about"]]
    if not _are_texts(text for pair in about for text in pair):
        raise Unusable(UNREADABLE)
    report.facts = [*about, ("Sealed entries in this file", _span(entries)), ("Key", grouped(fingerprint))]
    if expected and expected != fingerprint:
        report.problems.append(OTHER_KEY)
    checkpoint = _opened(trail["checkpoint"], name, public)
    if checkpoint is None:
        raise Unusable(CHECKPOINT_UNSIGNED)
    size, root, sealed = _checkpoint(checkpoint, name)
    moment = sealed.replace("T", " ").replace("Z", " UTC")
    report.facts.insert(-1, ("Sealed", f"{moment}, when the log had {size} entries"))
    statement = _opened(trail["statement"], name, public)
    if statement is None:
        raise Unusable(CONTENTS_UNSIGNED)
    told = _statement(statement, name)
    if told["checkpoint"] != f"{size} {root.hex()}":
        report.problems.append(OTHER_CHECKPOINT)
    if told["about"] != _about_digest(about):
        report.problems.append(ABOUT_CHANGED)
    if told.get("time stamp", _ANY) not in (_ANY, _stamp_digest(trail.get("time_stamp"))):
        report.problems.append(STAMP_CHANGED)
    redacted = _redactions(entries)
    report.problems += _compare(entries, told, redacted)
    report.redacted = list(redacted.values())
    if not leads_to(root, size, entries, [_hash(each) for each in trail["proof"]]):
        report.problems.append(NOT_SEALED)
    stamp = _stamp_in_words(stamped=bool(trail.get("time_stamp")), bound="time stamp" in told)
    _say(report, (len(entries), size, moment), stamp, expected)


def _stamp_in_words(*, stamped: bool, bound: bool) -> str:
    if not stamped:
        return "That the portal's clock was right: this file holds no time stamp from outside."
    words = "The time stamp from outside that is in this file: a tool for RFC 3161 checks it."
    return words if bound else f"{words} The portal did not sign that it belongs to this export."


def _say(report: Report, numbers: tuple[int, int, str], stamp: str, expected: str) -> None:
    count, size, moment = numbers
    left = f"in their order; {len(report.redacted)} redacted, the others unchanged"
    left = left if report.redacted else "unchanged and in their order"
    report.proven = [
        f"All {count} sealed entries that were put into the export are in this file, {left}.",
        f"Each of them stands in the log that was sealed on {moment}; a later change of the portal's data would show.",
        "What the file says about itself is what the portal said when it made the export.",
    ]
    held = f"the log has {size} entries, this file holds {count} of them, and what the others say cannot be seen here."
    report.unproven = [
        "That the key is theirs: compare its fingerprint with one you got another way. Anybody can make a key.",
        f"That the export left nothing out that fits its filter: {held}",
        "That what people wrote is true, or what happened to an entry in the seconds before it was sealed.",
        stamp,
    ]
    if report.redacted:
        report.unproven.append("What the redacted entries said before: two people had the words taken out for ever.")
    if expected:
        report.proven.append("The key is the one you expected.")
        del report.unproven[0]


def _redactions(entries: Sequence[Entry]) -> dict[int, str]:
    """Number of an entry that is not what was sealed → how it was redacted, where another entry proves that."""
    found, sealed, doubtful = {}, [], []
    for number, (position, digest, payload) in enumerate(entries, 1):
        now = hashlib.sha256(b"\0" + payload).hexdigest()
        if now == digest:
            sealed.append((position, table_of(payload), row_of(payload)))
        else:
            doubtful.append((number, position, f"\\x{digest}", f"\\x{now}"))
    signatures = {row.get("id"): row for _, table, row in sealed if table == "signatures_signature"}
    for number, position, before, now in doubtful:
        for place, table, row in sealed:
            hashes = (row.get("old_hash"), row.get("new_hash"))
            if table == _TOMBSTONES and place > position and hashes == (before, now) and _by_two(row, signatures):
                found[number] = f"Entry {number} was {redacted_in_words(row)}"
    return found


def _by_two(row: dict[str, Any], signatures: dict[Any, dict[str, Any]]) -> bool:
    """Whether one person signed the request of a redaction and another one its approval."""
    asked, approved = (signatures.get(row.get(name), {}) for name in _SIGNED)
    expected = {"record_kind": "redactions.redaction", "record_id": row.get("redaction_id")}
    if any(each.get(name) != value for each in (asked, approved) for name, value in expected.items()):
        return False
    names = (asked.get("signer_name"), approved.get("signer_name"))
    meanings = (asked.get("meaning"), approved.get("meaning"))
    told = (row.get("asked_by"), row.get("approved_by"))
    return names == told and meanings == ("authored", "approved") and asked["signer_id"] != approved["signer_id"]


def _compare(entries: Sequence[Entry], told: dict[str, str], redacted: dict[int, str]) -> list[str]:
    """Entries with the signed list of contents."""
    found = []
    for number, (position, digest, payload) in enumerate(entries, 1):
        if number not in redacted and hashlib.sha256(b"\0" + payload).hexdigest() != digest:
            found.append(f"Entry {number} was changed: it is not what was sealed at position {position} of the log.")
    count, wanted = len(entries), int(told["entries"])
    if count < wanted:
        found.append(f"The file holds {count} of {wanted} sealed entries: {wanted - count} missing.")
    elif count > wanted:
        found.append(f"The file holds {count} sealed entries, {count - wanted} more than were exported.")
    elif _listed(sorted(entries)) != told["in the log"]:
        found.append(EXCHANGED)
    elif _listed(entries) != told["in order"]:
        found.append(ORDER_CHANGED)
    return found


def _listed(entries: Sequence[Entry]) -> str:
    return hashlib.sha256("".join(f"{position} {digest}\n" for position, digest, _ in entries).encode()).hexdigest()


def _entry(row: dict[str, Any]) -> Entry:
    position, digest = row["position"], _hash(row["hash"]).hex()
    if type(position) is not int or not 0 <= position < _LARGEST:
        raise ValueError(position)
    return position, digest, row["payload"].encode()


def _hash(text: str) -> bytes:
    if not re.fullmatch("[0-9a-f]{64}", text):
        raise ValueError(text)
    return bytes.fromhex(text)


def _key(text: str) -> tuple[str, bytes]:
    """Name and public key of `name+id+key`."""
    try:
        name, identity, key = text.split("+", 2)
        raw = raw_of(key)
    except (AttributeError, ValueError):
        raise Unusable(KEY_DAMAGED) from None
    if len(raw) != _KEY_BYTES + 1 or raw[0] != 1 or identity != _key_id(name, raw[1:]).hex():
        raise Unusable(KEY_DAMAGED)
    return name, raw[1:]


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n\1" + public).digest()[:4]


def _opened(note: str, name: str, public: bytes) -> str | None:
    """The text of a note that this key signed, else None."""
    text, separator, lines = note.rpartition("\n\n")
    for line in lines.splitlines():
        words = line.split(" ")
        try:
            raw = raw_of(words[2]) if words[:2] == ["\u2014", name] else b""
        except (IndexError, ValueError):
            continue
        if separator and raw[:4] == _key_id(name, public) and signed_by(public, raw[4:], f"{text}\n".encode()):
            return text
    return None


def _checkpoint(text: str, name: str) -> tuple[int, bytes, str]:
    origin, size, root, sealed = text.split("\n")[:4]
    if origin != name or not re.fullmatch("[0-9]{1,16}", size) or not sealed.startswith("sealed "):
        raise Unusable(CHECKPOINT_UNSIGNED)
    return int(size), raw_of(root), sealed[len("sealed ") :]


def _statement(text: str, name: str) -> dict[str, str]:
    origin, kind, *lines = text.split("\n")
    if origin != name or kind != _STATEMENT:
        raise Unusable(CONTENTS_UNSIGNED)
    return dict(line.split(": ", 1) for line in lines)


def _about_digest(about: list[tuple[str, str]]) -> str:
    parts = [hashlib.sha256(text.encode()).digest() for pair in about for text in pair]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _stamp_digest(stamp: dict[str, str] | None) -> str:
    return _about_digest([(str(stamp["authority"]), str(stamp["token"]))]) if stamp else "none"


def _span(entries: Sequence[Entry]) -> str:
    if not entries:
        return "0"
    rows = [row_of(payload) for _, _, payload in entries]
    moments, signatures = sorted(map(moment_of, rows)), sum("signer_name" in row for row in rows)
    count = f"{len(rows)}, {signatures} of them signatures" if signatures else f"{len(rows)}"
    return f"{count}, from {moments[0]} to {moments[-1]}"


def examine_file(data: bytes, expected: str = "") -> Report:
    """Judge a JSON or PDF file by its bytes."""
    if not data.startswith(b"%PDF-"):
        return examine(data, expected)
    report = Report()
    if not data.rstrip().endswith(b"%%EOF"):
        report.problems.append(UNREADABLE)
        return report
    try:
        trail = attached(data)
        report = examine(trail, expected)
        report.facts.append(("SHA-256 of the attached trail.json", grouped(hashlib.sha256(trail).hexdigest())))
    except Hidden:
        report.problems.append(TWO_TRAILS)
    except NoTrail:
        report.problems.append(UNREADABLE)
    if trouble := trouble_with_seal(data) or _trouble_with_certificate(report, data):
        report.problems.append(trouble)
    if report.problems:
        report.proven, report.unproven, report.redacted = [], [], []
    return report


def _trouble_with_certificate(report: Report, data: bytes) -> str:
    """Tell whose certificate sealed the PDF, and whether the export names it; what is wrong with that, if anything."""
    named = dict(report.facts).get(SEALED_WITH)
    try:
        fingerprint, signed = certificate_of(*seal_of(data))
    except (NotReadable, ValueError):
        return FORGED_SEAL
    report.facts.append(("The PDF shows the certificate", grouped(fingerprint)))
    if signed is False:
        return FORGED_SEAL
    if named is None:
        report.unproven.append(f"{_PAGES} the export does not name its certificate, so anybody may have sealed them.")
    elif named != grouped(fingerprint):
        return OTHER_SEAL
    elif signed:
        report.proven.append("The printed pages are those that were sealed with the certificate that the export names.")
    else:
        report.unproven.append(f"{_PAGES} this kind of seal is checked by a PDF reader, not by this verifier.")
    return ""


def main() -> int:
    """Judge the file that the command line names."""
    parser = argparse.ArgumentParser(description="Checks an exported audit trail, without network.")
    parser.add_argument("file", help="trail.json, or the PDF that carries it")
    parser.add_argument("--key", default="", metavar="FINGERPRINT", help="the fingerprint you got another way")
    parser.add_argument("--entries", action="store_true", help="also print every entry in words")
    asked = parser.parse_args()
    report = examine_file(Path(asked.file).read_bytes(), asked.key)
    text = "".join(f"{line}\n" for line in report.lines(entries=asked.entries))
    sys.stdout.write(text.encode(sys.stdout.encoding, "replace").decode(sys.stdout.encoding))
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
