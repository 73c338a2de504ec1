"""Entries as a sponsor's trail holds them: invented, and the same for the same place in the trail."""

import hashlib
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from cqms.reports.manifestations import SignatureBlock
from cqms.reports.trail_entries import Change, TrailEntry

BEGIN = datetime(2026, 1, 5, 6, 30, tzinfo=UTC)
PEOPLE = (
    ("Amara Okafor", "Head of quality", "Europe/London"),
    ("Tomás Berger", "QA manager", "Europe/Berlin"),
    ("Ingrid Bjørnstad", "Study manager", "Europe/Oslo"),
    ("Łukasz Nowak", "Clinical research associate", "Europe/Warsaw"),
    ("Priya Ramanathan", "Medical monitor", "Asia/Kolkata"),
    ("Daniel Whitfield", "Statistician", "America/New_York"),
)
KINDS = ("SOP-QA", "SOP-CLIN", "WI-DM", "FORM-REG", "PLAN-MON", "MAN-LAB")
STATES = ("Draft", "In review", "In approval", "Approved", "Effective", "Retired")
SENTENCES = (
    "The responsibilities of the study manager and of quality assurance are told apart in section 4.2.",
    "Deadlines for reporting a serious breach now follow the regulation: seven days from becoming aware of it.",
    "The list of forms is moved to an annex, so that a new form no longer needs a new version of the procedure.",
    "An escalation path is added for sites whose monitoring visit is more than ten working days late.",
    "Two definitions that the glossary already holds are taken out.",
)
REASONS = (
    "Periodic review",
    "Finding of the audit in March",
    "Asked for by the process owner",
    "Corrected a typing error",
)
MEANINGS = {
    "Reviewed": "I have reviewed this version and its changes.",
    "Approved": "I have reviewed this version and approve it for use.",
    "Read": "I have read and understood this version.",
}


def trail_entries(count: int) -> Iterator[TrailEntry]:
    """The first `count` entries, oldest first."""
    return (_entry(place) for place in range(1, count + 1))


def _entry(place: int) -> TrailEntry:
    chance = random.Random(place)
    actor, role, zone = chance.choice(PEOPLE)
    at = BEGIN + timedelta(minutes=43 * place, seconds=chance.randrange(2000), milliseconds=chance.randrange(1000))
    record = (
        f"{chance.choice(KINDS)}-{chance.randrange(1, 400):03}, version {chance.randrange(1, 6)}.{chance.randrange(4)}"
    )
    kind = chance.choices(("state", "field", "text", "signature", "file"), (20, 30, 20, 20, 10))[0]
    reason = chance.choice(REASONS) if kind in {"field", "text"} and chance.random() < 0.7 else ""
    action = hashlib.sha256(str(place).encode()).hexdigest()[:8]
    if kind == "signature":
        meaning, sentence = chance.choice(list(MEANINGS.items()))
        digest = hashlib.sha256(record.encode()).hexdigest()
        signed = SignatureBlock(actor, f"{sentence} ({meaning})", at, zone, "e-mail address and password", digest, role)
        return TrailEntry(place, at, zone, actor, role, f"signed as {meaning}", record, (), "", signed, action)
    verb, changes = _changes(kind, chance)
    return TrailEntry(place, at, zone, actor, role, verb, record, changes, reason, None, action)


def _changes(kind: str, chance: random.Random) -> tuple[str, tuple[Change, ...]]:
    if kind == "state":
        step = chance.randrange(len(STATES) - 1)
        return f"moved to {STATES[step + 1]}", (Change("State", STATES[step], STATES[step + 1]),)
    if kind == "text":
        old, new = (" ".join(chance.sample(SENTENCES, chance.randrange(1, 3))) for _ in range(2))
        return "changed the summary of", (Change("Change summary", old, new),)
    if kind == "file":
        name = f"Annex {chance.randrange(1, 30)} signed.pdf"
        return "added a file to", (
            Change("File", "", f"{name}, {chance.randrange(20, 900)} kB, SHA-256 {chance.randbytes(32).hex()}"),
        )
    due = [f"2026-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}" for _ in range(2)]
    owners = [chance.choice(PEOPLE)[0] for _ in range(2)]
    return "changed", (Change("Due", *due), Change("Owner", *owners))[: chance.randrange(1, 3)]
