"""The columns a file of deviations can have: what they mean, how they are guessed, and how the choice is written down.

A choice is kept as text, a line for each field with the head of its column: “Id in the source system: PD No.”.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A field of a deviation: its label, whether a file must have it, and the heads by which it is recognised."""

    key: str
    label: str
    heads: Sequence[str]
    needed: bool = False
    hint: str = ""


COLUMNS = (
    Column("source_id", "Id in the source system",
           ("source id", "deviation id", "pd id", "pd no", "pd number", "deviation no", "deviation number",
            "record id", "event id", "id"), needed=True, hint="It tells known deviations from new ones."),
    Column("description", "Description",
           ("description", "deviation description", "description of deviation", "details", "deviation"), needed=True),
    Column("discovered_on", "Discovered on",
           ("discovered on", "date discovered", "discovery date", "date identified", "identified date",
            "identified on", "date detected", "detected on", "reported date"), needed=True,
           hint="Days as 2026-03-31 or 31-Mar-2026."),
    Column("title", "Title", ("title", "short description", "summary", "subject line"),
           hint="Without it the description begins the title."),
    Column("occurred_on", "Occurred on",
           ("occurred on", "date occurred", "occurrence date", "deviation date", "date of deviation", "start date",
            "event date")),
    Column("aware_at", "We know of it since",
           ("aware at", "sponsor aware", "date sponsor aware", "sponsor awareness date", "awareness date",
            "aware date"),
           hint="A day, or a moment as 2026-03-31T14:30; your time zone where it names none. Without it: the import."),
    Column("site", "Site", ("site", "site no", "site number", "site id", "centre", "center", "center no")),
    Column("subject_code", "Participant (code)",
           ("participant", "participant code", "participant id", "subject", "subject code", "subject id",
            "subject no", "subject number", "patient id", "screening number", "usubjid")),
    Column("visit", "Visit", ("visit", "visit name", "folder", "event name")),
    Column("protocol", "Protocol version", ("protocol version", "protocol amendment", "version of protocol")),
    Column("protocol_section", "Section of the protocol", ("protocol section", "section of the protocol", "section")),
    Column("noticed_by", "Noticed by", ("noticed by", "identified by", "reported by", "detected by")),
    Column("immediate_action", "What was done at once",
           ("immediate action", "action taken", "corrective action", "actions taken")),
    Column("reported_to_ethics", "Reported to the ethics committee on",
           ("reported to ethics", "reported to irb", "irb date", "iec date", "irb iec notification date",
            "date reported to irb")),
)  # fmt: skip
BY_KEY = {each.key: each for each in COLUMNS}


def guess(heads: Sequence[str]) -> dict[str, str]:
    """The head that seems to be meant for each field; a head is taken once, fields without one are left out."""
    known = {_plain(head): head for head in reversed(heads)}
    found: dict[str, str] = {}
    for each in COLUMNS:
        names = [_plain(each.label), *map(_plain, each.heads)]
        head = next((known[name] for name in names if name in known and known[name] not in found.values()), None)
        if head is not None:
            found[each.key] = head
    return found


def remembered(text: str, heads: Sequence[str]) -> dict[str, str]:
    """A choice that was written down, as far as this file has those heads; the rest is guessed."""
    kept = {key: head for key, head in read(text).items() if head in heads}
    if not kept:
        return guess(heads)
    return {**{key: head for key, head in guess(heads).items() if head not in kept.values()}, **kept}


def write(chosen: Mapping[str, str]) -> str:
    """A choice as text."""
    return "\n".join(f"{each.label}: {chosen[each.key]}" for each in COLUMNS if chosen.get(each.key))


def read(text: str) -> dict[str, str]:
    """A choice from its text."""
    labels = {each.label: each.key for each in COLUMNS}
    pairs: Iterable[tuple[str, str, str]] = (line.partition(": ") for line in text.splitlines())
    return {labels[label]: head for label, _, head in pairs if label in labels}


def _plain(head: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", head.lower()).strip()
