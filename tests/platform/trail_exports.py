"""One small export as the portal writes it, and everything that can be done to it, with what a verifier must say."""

import copy
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cqms.audit.ledger.merkle import Leaves, Tree, leaf_hash
from cqms.audit.ledger.notes import Checkpoint, Verifier, sign
from cqms.reports.trail_proof import Head, Sealed, TimeStamp, TrailJson

NAME = "portal.example/alder"
SEALED_AT = datetime(2026, 11, 28, 9, 30, 5, tzinfo=UTC)
LOG_SIZE = 70
EXPORTED = (3, 4, 5, 6, 20, 33, 34, 35, 69)
ABOUT = (("Organization", "Alder Bio"), ("Filter", "Entries of SOP-7: by anybody."), ("Exported by", "Amara Okafor"))
GOOD = "This export is complete and unchanged."
BAD = "Do not rely on this file."
NOT_SEALED = "The entries do not lead to the sealed state of the log."
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
FOREIGN = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
FINGERPRINT = Verifier(NAME, PRIVATE.public_key().public_bytes_raw()).fingerprint


def payload(position: int) -> str:
    """The sealed row at a position of the log; 34 is a signature."""
    at = f"2026-11-{position % 28 + 1:02}T08:00:00.123456+00:00"
    if position == 34:
        row = {"signed_at": at, "signer_name": "Bo Lindqvist", "statement": "I approve it.", "record_label": "SOP-7"}
    else:
        changes = [{"field": "due", "label": "Due", "old": "", "new": "2026-12-01"}] if position == 4 else []
        row = {"at": at, "actor_name": "Chloé Ahmed", "sentence": f"changed step {position}", "record_label": "SOP-7",
               "changes": changes, "reason": "Annual review" if position == 5 else ""}  # fmt: skip
    return json.dumps({"row": row, "table": "audit_auditevent", "format": 1, "layout": 3}, ensure_ascii=False)


LOG = [payload(position) for position in range(LOG_SIZE)]


STAMP = TimeStamp("https://stamps.example", b"token")
OTHER_STAMP = TimeStamp("https://stamps.example", b"other")


def head(
    key: Ed25519PrivateKey = PRIVATE, size: int = LOG_SIZE, log: list[str] = LOG, stamp: TimeStamp | None = None
) -> Head:
    tree = Tree(Leaves([leaf_hash(each.encode()) for each in log[:size]]), size)
    note = sign(Checkpoint(NAME, size, tree.root(), SEALED_AT).text(), NAME, key)
    verifier = Verifier(NAME, key.public_key().public_bytes_raw())
    return Head(
        NAME, str(verifier), note, size, tree.root(), lambda text: sign(text, NAME, key), tree.multiproof, stamp
    )


def export(
    sealed: Head | None = None,
    positions: tuple[int, ...] = EXPORTED,
    log: list[str] = LOG,
    now: dict[int, str] | None = None,
    more: tuple[tuple[str, str], ...] = (),
) -> dict:
    """What the portal writes for some entries of the log, parsed; `now` is what redacted ones read since.

    `more` is what the file says of itself besides.
    """
    json_file = TrailJson(io.BytesIO())
    for position in positions:
        text = (now or {}).get(position, log[position])
        json_file.add(Sealed(position, leaf_hash(log[position].encode()).hex(), text))
    with TemporaryDirectory() as folder:
        target = Path(folder) / "trail.json"
        json_file.finish(target, sealed or head(), (*ABOUT, *more))
        return json.loads(target.read_text(encoding="utf-8"))


def _row_of(table: str, row: dict) -> str:
    return json.dumps({"row": row, "table": table, "format": 2, "layout": 3, "salt": "5a" * 16}, ensure_ascii=False)


def redacted(**changes) -> bytes:
    """An export in which a name was taken out of entry 4, as two people signed, or as `changes` of that say."""
    log = list(LOG)
    now = payload(4).replace("2026-12-01", "[redacted, see RED-0001]")
    kind = {"record_kind": "redactions.redaction", "record_id": 7, "signed_at": "2026-11-20T08:00:00.1+00:00",
            "statement": "It goes.", "record_label": "RED-0001"}  # fmt: skip
    asked = {"id": 51, "signer_id": 1, "signer_name": "Chloé Ahmed", "meaning": "authored", **kind}
    approved = {"id": 52, "signer_id": 2, "signer_name": "Bo Lindqvist", "meaning": "approved", **kind}
    tombstone = {
        "old_hash": f"\\x{leaf_hash(payload(4).encode()).hex()}", "new_hash": f"\\x{leaf_hash(now.encode()).hex()}",
        "asked_by": "Chloé Ahmed", "approved_by": "Bo Lindqvist", "reason": "A name.", "redaction": "RED-0001",
        "redaction_id": 7, "request_signature_id": 51, "approval_signature_id": 52, "at": "2026-11-20T08:00:01.1+00:00",
    }  # fmt: skip
    place = changes.get("place", 53)
    log[51] = _row_of("signatures_signature", asked)
    log[52] = _row_of("signatures_signature", {**approved, **changes.get("approval", {})})
    log[place] = _row_of("audit_ledgertombstone", {**tombstone, **changes.get("tombstone", {})})
    positions = tuple(sorted({*EXPORTED, 51, 52, place} - set(changes.get("without", ()))))
    made = export(head(log=log), positions, log, {4: changes.get("now", now)})
    return written({**made, "format": "cqms-trail/2"})


def written(trail: dict) -> bytes:
    return json.dumps(trail, ensure_ascii=False).encode()


def _damaged(damage: Callable[[dict], object]) -> bytes:
    trail = copy.deepcopy(export())
    damage(trail)
    return written(trail)


def _put(trail: dict, place: int, position: int, words: str) -> None:
    """Replace an entry by another with its own hash, as somebody would who knows how it works."""
    trail["entries"][place] = {
        "position": position,
        "hash": leaf_hash(words.encode()).hex(),
        "payload": words,
    }


def _say(trail: dict, place: int, old: str, new: str) -> None:
    entry = trail["entries"][place]
    assert old in entry["payload"]
    entry["payload"] = entry["payload"].replace(old, new)


def _drop_and_prove_anew(trail: dict) -> None:
    rest = export(positions=EXPORTED[:-1])
    trail["entries"], trail["proof"] = rest["entries"], rest["proof"]


def _add_and_prove_anew(trail: dict) -> None:
    more = export(positions=(*EXPORTED[:-1], 50, 69))
    trail["entries"], trail["proof"] = more["entries"], more["proof"]


def _swap(trail: dict) -> None:
    rows = trail["entries"]
    rows[0], rows[1] = rows[1], rows[0]


def _swap_contents(trail: dict) -> None:
    first, second = (trail["entries"][place]["payload"] for place in (0, 1))
    _put(trail, 0, 3, second)
    _put(trail, 1, 4, first)


def _foreign_key(trail: dict) -> None:
    trail["key"] = head(FOREIGN).key


def _older_checkpoint(trail: dict) -> None:
    trail["checkpoint"] = head(size=36).note


def _forged_checkpoint(trail: dict) -> None:
    trail["checkpoint"] = trail["checkpoint"].replace("2026-11-28", "2026-11-27")


def _other_statement(trail: dict) -> None:
    trail["statement"] = trail["statement"].replace("entries: 9", "entries: 8")


def _stamped(stamp: dict | None) -> bytes:
    """An export with a time stamp, which somebody replaces."""
    return written({**export(head(stamp=STAMP)), "time_stamp": stamp})


def _before_stamps_were_bound(stamp: TimeStamp | None) -> bytes:
    """As the portal wrote it while the list of contents did not name the time stamp."""
    trail = export(head(stamp=stamp))
    text = trail["statement"].rpartition("\n\n")[0]
    kept = "".join(f"{line}\n" for line in text.split("\n") if not line.startswith("time stamp: "))
    return written({**trail, "statement": sign(kept, NAME, PRIVATE)})


_CHANGED = "was changed: it is not what was sealed at position"


def _text(old: str, new: str, trail: dict | None = None) -> bytes:
    """An export in whose text one passage is another one."""
    text = written(trail or export()).decode()
    assert old in text
    return text.replace(old, new, 1).encode()


def _with_a_question() -> dict:
    """An export of a sentence that ends with a question mark."""
    log = list(LOG)
    log[4] = payload(4).replace("changed step 4", "asked: why?")
    return export(head(log=log), log=log)


def _of_another_log(trail: dict) -> None:
    """Entries and proof of another organization, under this one's checkpoint and list of contents."""
    other = export(head(FOREIGN, log=[each.replace("SOP-7", "SOP-8") for each in LOG]),
                   log=[each.replace("SOP-7", "SOP-8") for each in LOG])  # fmt: skip
    trail["entries"], trail["proof"] = other["entries"], other["proof"]


def _swap_moments(trail: dict) -> None:
    first, second = trail["entries"][0], trail["entries"][1]
    first["payload"] = first["payload"].replace("2026-11-04", "2026-11-05")
    second["payload"] = second["payload"].replace("2026-11-05", "2026-11-04")


def _proof_cut_elsewhere(trail: dict) -> None:
    """Two neighbouring hashes of the proof as one long and one empty: hashed together they are the same."""
    trail["proof"][0:2] = ["", "".join(trail["proof"][0:2])]


_UNREADABLE = "This is no complete export of a trail: the file is cut off or damaged."
_TWICE = "Something stands twice in the file: two programs may read two different things in it."
_ADDED = "Something was added to the file that was not exported."
AMBIGUOUS: dict[str, tuple[bytes, list[str]]] = {
    "a lie before the payload, under the same name": (
        _text('"payload": "', '"payload": "said nothing", "payload": "'), [_TWICE]),
    "the same name, written otherwise": (_text('"payload": "', '"pay\\u006coad": "said nothing", "payload": "'), [_TWICE]),
    "two lists of entries": (_text('"entries": [', '"entries": [], "entries": ['), [_TWICE]),
    "a remark beside an entry": (_damaged(lambda trail: trail["entries"][0].update(remark="All was well.")), [_ADDED]),
    "a remark beside everything": (_damaged(lambda trail: trail.update(conclusion="No finding.")), [_ADDED]),
    "a third word about itself": (_damaged(lambda trail: trail["about"][1].append("Everything.")), [_UNREADABLE]),
    "a number where words were": (_damaged(lambda trail: trail["about"].__setitem__(0, ["Organization", 5])), [_UNREADABLE]),
    "half a character in place of a question mark": (_text("why?", "why\\ud800", _with_a_question()), [_UNREADABLE]),
    "half a character about itself": (_text("Alder Bio", "Alder\\udfff Bio"), [_UNREADABLE]),
    "a letter with its accent apart": (_damaged(lambda trail: _say(trail, 0, "Chloé", "Chloé")),
                                       [f"Entry 1 {_CHANGED} 3 of the log."]),
    "a position with a fraction": (_text('"position": 4', '"position": 4.0'), [_UNREADABLE]),
    "a position with an exponent": (_text('"position": 4', '"position": 4e0'), [_UNREADABLE]),
    "a position below nothing": (_text('"position": 4', '"position": -0'), [_UNREADABLE]),
    "a position beyond all numbers": (_text('"position": 4', f'"position": {"9" * 5000}'), [_UNREADABLE]),
    "a position that is no number": (_text('"position": 4', '"position": NaN'), [_UNREADABLE]),
    "a hash in capitals": (_damaged(lambda trail: trail["entries"][0].update(hash=trail["entries"][0]["hash"].upper())),
                           [_UNREADABLE]),
    "a hash in a list": (_damaged(lambda trail: trail["entries"][0].update(hash=[trail["entries"][0]["hash"]])), [_UNREADABLE]),
    "a proof in capitals": (_damaged(lambda trail: trail["proof"].append(trail["proof"].pop().upper())), [_UNREADABLE]),
    "a proof cut elsewhere": (_damaged(_proof_cut_elsewhere), [_UNREADABLE]),
    "a time stamp that is false": (_damaged(lambda trail: trail.update(time_stamp=False)), [_UNREADABLE]),
    "a time stamp that is empty": (_damaged(lambda trail: trail.update(time_stamp={})), [_UNREADABLE]),
    "entries of another organization": (
        _damaged(_of_another_log), ["At least one entry was exchanged for another.", NOT_SEALED]),
    "moments swapped": (_damaged(_swap_moments), [f"Entry 1 {_CHANGED} 3 of the log.", f"Entry 2 {_CHANGED} 4 of the log."]),
    "entries in another order, proof the same": (
        _damaged(lambda trail: trail["entries"].reverse()),
        ["The entries do not stand in the order in which they were exported."]),
    "list of contents of an earlier export": (
        _damaged(lambda trail: trail.update(statement=export(positions=EXPORTED[:3])["statement"])),
        ["The file holds 9 sealed entries, 6 more than were exported."]),
    "checkpoint of an older tree, list of contents too": (
        _damaged(lambda trail: trail.update({name: export(head(size=36), EXPORTED[:-1])[name]
                                             for name in ("checkpoint", "statement")})),
        ["The file holds 9 sealed entries, 1 more than were exported.", NOT_SEALED]),
    "nested without end": (b"[" * 100_000, [_UNREADABLE]),
}  # fmt: skip
_STAMP_CHANGED = "The time stamp was exchanged, added or taken away after the export."
_NOT_SIGNED = "not signed with the key that the file names."
DAMAGES: dict[str, tuple[bytes, list[str]]] = {
    "nothing": (written(export()), []),
    "changed value": (
        _damaged(lambda trail: _say(trail, 1, "2026-12-01", "2027-01-01")),
        [f"Entry 2 {_CHANGED} 4 of the log."],
    ),
    "renamed person": (
        _damaged(lambda trail: _say(trail, 6, "Bo Lindqvist", "Bea Lindqvist")),
        [f"Entry 7 {_CHANGED} 34 of the log."],
    ),
    "changed value, hash made anew": (
        _damaged(lambda trail: _put(trail, 2, 5, payload(5).replace("Annual", "Other"))),
        ["At least one entry was exchanged for another.", NOT_SEALED],
    ),
    "dropped entry": (
        _damaged(lambda trail: trail["entries"].pop(3)),
        ["The file holds 8 of 9 sealed entries: 1 missing.", NOT_SEALED],
    ),
    "dropped entry, proof made anew": (
        _damaged(_drop_and_prove_anew),
        ["The file holds 8 of 9 sealed entries: 1 missing."],
    ),
    "added entry": (
        _damaged(lambda trail: trail["entries"].append(trail["entries"][0])),
        ["The file holds 10 sealed entries, 1 more than were exported.", NOT_SEALED],
    ),
    "added entry of the log, proof made anew": (
        _damaged(_add_and_prove_anew),
        ["The file holds 10 sealed entries, 1 more than were exported."],
    ),
    "swapped entries": (
        _damaged(_swap),
        ["The entries do not stand in the order in which they were exported."],
    ),
    "swapped contents": (
        _damaged(_swap_contents),
        ["At least one entry was exchanged for another.", NOT_SEALED],
    ),
    "foreign key": (_damaged(_foreign_key), [f"The checkpoint was {_NOT_SIGNED}"]),
    "damaged key": (
        _damaged(lambda trail: trail.update(key=trail["key"][:-6])),
        ["The key that the file names is damaged."],
    ),
    "older checkpoint": (
        _damaged(_older_checkpoint),
        ["The file holds another checkpoint than the one it was exported with.", NOT_SEALED],
    ),
    "forged checkpoint": (_damaged(_forged_checkpoint), [f"The checkpoint was {_NOT_SIGNED}"]),
    "forged list of contents": (_damaged(_other_statement), [f"The list of contents was {_NOT_SIGNED}"]),
    "checkpoint as list of contents": (
        _damaged(lambda trail: trail.update(statement=trail["checkpoint"])),
        [f"The list of contents was {_NOT_SIGNED}"],
    ),
    "other filter": (
        _damaged(lambda trail: trail["about"][1].__setitem__(1, "Everything.")),
        ["What the file says about itself was changed after the export."],
    ),
    "redacted": (redacted(), []),
    "redacted, approved by who asked": (redacted(approval={"signer_id": 1}), [f"Entry 2 {_CHANGED} 4 of the log."]),
    "redacted, approval of something else": (
        redacted(approval={"record_kind": "documents.version"}),
        [f"Entry 2 {_CHANGED} 4 of the log."],
    ),
    "redacted, never approved": (redacted(approval={"meaning": "rejected"}), [f"Entry 2 {_CHANGED} 4 of the log."]),
    "redacted, without the approval": (redacted(without=[52]), [f"Entry 2 {_CHANGED} 4 of the log."]),
    "redacted, without the tombstone": (redacted(without=[53]), [f"Entry 2 {_CHANGED} 4 of the log."]),
    "redacted, tombstone before the entry": (redacted(place=2), [f"Entry 3 {_CHANGED} 4 of the log."]),
    "redacted, other people named": (
        redacted(tombstone={"approved_by": "Bea Lindqvist"}),
        [f"Entry 2 {_CHANGED} 4 of the log."],
    ),
    "redacted, then changed again": (
        redacted(now=payload(4).replace("2026-12-01", "[redacted, see RED-0002]")),
        [f"Entry 2 {_CHANGED} 4 of the log."],
    ),
    "time stamp": (_stamped(STAMP.told), []),
    "time stamp exchanged": (_stamped(OTHER_STAMP.told), [_STAMP_CHANGED]),
    "time stamp taken away": (_stamped(None), [_STAMP_CHANGED]),
    "time stamp added": (_damaged(lambda trail: trail.update(time_stamp=STAMP.told)), [_STAMP_CHANGED]),
    "time stamp of an older portal": (_before_stamps_were_bound(STAMP), []),
    "shortened proof": (_damaged(lambda trail: trail["proof"].pop()), [NOT_SEALED]),
    "lengthened proof": (_damaged(lambda trail: trail["proof"].append("00" * 32)), [NOT_SEALED]),
    "position outside": (
        _damaged(lambda trail: trail["entries"][8].update(position=70)),
        ["At least one entry was exchanged for another.", NOT_SEALED],
    ),
    "truncated file": (
        written(export())[:-200],
        ["This is no complete export of a trail: the file is cut off or damaged."],
    ),
    "empty file": (b"", ["This is no complete export of a trail: the file is cut off or damaged."]),
    "nonsense inside": (
        _damaged(lambda trail: trail.update(entries={"position": []})),
        ["This is no complete export of a trail: the file is cut off or damaged."],
    ),
    **AMBIGUOUS,
    "another file": (b'{"name": "package"}', ["This is no export of a trail that this verifier knows."]),
}

FORGED = written(export(head(FOREIGN)))
"""Everything made anew with another key: nothing in the file is wrong, only the key is another."""
OTHER_KEY = "The key is not the one you expected: somebody else made this file."

FACTS = [
    "Organization: Alder Bio",
    "Filter: Entries of SOP-7: by anybody.",
    "Exported by: Amara Okafor",
    "Sealed entries in this file: 9, 1 of them signatures, from 2026-11-04 08:00:00 UTC to 2026-11-21 08:00:00 UTC",
    "Sealed: 2026-11-28 09:30:05 UTC, when the log had 70 entries",
    f"Key: {' '.join(FINGERPRINT[at : at + 4] for at in range(0, 64, 4))}",
]
PROVEN = [
    "All 9 sealed entries that were put into the export are in this file, unchanged and in their order.",
    "Each of them stands in the log that was sealed on 2026-11-28 09:30:05 UTC; a later change of the portal's data would show.",
    "What the file says about itself is what the portal said when it made the export.",
]
NOT_PROVEN = [
    "That the key is theirs: compare its fingerprint with one you got another way. Anybody can make a key.",
    "That the export left nothing out that fits its filter: the log has 70 entries, this file holds 9 of them, and what the others say cannot be seen here.",
    "That what people wrote is true, or what happened to an entry in the seconds before it was sealed.",
    "That the portal's clock was right: this file holds no time stamp from outside.",
]
STAMPED = "The time stamp from outside that is in this file: a tool for RFC 3161 checks it."
STAMPED_UNBOUND = f"{STAMPED} The portal did not sign that it belongs to this export."
REDACTED = (
    "Entry 2 was redacted on 2026-11-20 08:00:01 UTC by Chloé Ahmed because: A name. "
    "Approved by Bo Lindqvist (RED-0001)."
)
GOOD_BUT_REDACTED = "This export is complete; what was redacted is named below, everything else is unchanged."
PROVEN_OF_REDACTED = "All 12 sealed entries that were put into the export are in this file, in their order; 1 redacted, the others unchanged."
NOT_PROVEN_OF_REDACTED = "What the redacted entries said before: two people had the words taken out for ever."
WORDS = {
    1: "2026-11-05 08:00:00 UTC · Chloé Ahmed changed step 4 · SOP-7 · Due: ‹empty› → 2026-12-01",
    2: "2026-11-06 08:00:00 UTC · Chloé Ahmed changed step 5 · SOP-7 · Reason: Annual review",
    6: "2026-11-07 08:00:00 UTC · Bo Lindqvist: I approve it. · SOP-7",
}
