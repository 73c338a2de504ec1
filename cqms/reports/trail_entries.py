"""One entry of an audit trail: its facts, the canonical line its hash is made of, and its two lines on paper.

Two lines in plain flow are three times as quick to lay out as a row of a table with ten cells, and every further box
counts ten thousand times: so an entry is two paragraphs without any inline element, and a hanging indent with one tab
makes its columns.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.html import escape

from cqms.reports.glyphs import visible
from cqms.reports.manifestations import SignatureBlock, grouped
from cqms.reports.moments import both_words, local_column, utc_column

ACTION_SHOWN = 8
"""Characters of an action's id on paper; the canonical line holds all."""
LONG = 1500
"""Characters of change and reason from which an entry may be parted by a page break."""
_EMPTY = "‹empty›"


@dataclass(frozen=True)
class Change:
    """One field before and after, as it was shown to people. An empty text is printed as ‹empty›."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class TrailEntry:
    """What happened, in the words of the timeline."""

    number: int
    at: datetime
    """An aware moment."""
    zone: str
    """IANA name of the actor's zone at that moment."""
    actor: str
    role: str
    """The role, or where the actor stood; may be empty."""
    verb: str
    """In words: "changed the due date of"."""
    record: str
    changes: tuple[Change, ...] = ()
    reason: str = ""
    signature: SignatureBlock | None = None
    action: str = ""
    """The id all traces of one action share."""
    positions: tuple[int, ...] = ()
    """Where its rows stand in the sealed log."""

    @property
    def month(self) -> str:
        """`August 2026`, in UTC."""
        return f"{self.at.astimezone(UTC):%B %Y}"


def canonical_line(entry: TrailEntry) -> bytes:
    """The entry as one line of JSON: sorted keys, no spaces, UTF-8, times in UTC; it ends with a line feed.

    The SHA-256 of these lines in the order of the trail is the content hash an export prints.
    """
    facts = {
        "number": entry.number,
        "at": _iso(entry.at),
        "zone": entry.zone,
        "actor": entry.actor,
        "role": entry.role,
        "verb": entry.verb,
        "record": entry.record,
        "changes": [[change.label, change.old, change.new] for change in entry.changes],
        "reason": entry.reason,
        "signature": _signature_facts(entry.signature) if entry.signature else None,
        "action": entry.action,
    }
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass") + b"\n"


def _signature_facts(signature: SignatureBlock) -> dict[str, str]:
    return {
        "name": signature.name,
        "role": signature.role,
        "meaning": signature.meaning,
        "at": _iso(signature.at),
        "zone": signature.zone,
        "method": signature.method,
        "digest": signature.digest,
    }


def _iso(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def entries_html(entries: Sequence[TrailEntry], first: int) -> str:
    """The blocks of consecutive entries under a heading for each month; `first` is the first one's place, from 1."""
    blocks: list[str] = []
    start = 0
    for index, entry in enumerate(entries):
        if index + 1 == len(entries) or entries[index + 1].month != entry.month:
            same_month = entries[start : index + 1]
            blocks.append(_month_heading(same_month, first + start))
            blocks.extend(entry_html(each) for each in same_month)
            start = index + 1
    return "".join(blocks)


def _month_heading(entries: Sequence[TrailEntry], first: int) -> str:
    month, last = entries[0].month, first + len(entries) - 1
    places = f"entry {first:,}" if first == last else f"entries {first:,} to {last:,}"
    numbers = f"number {entries[0].number}"
    if first != last:
        numbers = f"numbers {entries[0].number} to {entries[-1].number}"
    bookmark = escape(f"{month}\t{places[0].upper()}{places[1:]}")
    return f'<h2 data-bookmark="{bookmark}">{month} <small>{places} · {numbers}</small></h2>'


def entry_html(entry: TrailEntry) -> str:
    """The two lines of one entry; of a signature they are its manifestation."""
    role = f", {_text(entry.role)}," if entry.role else ""
    who = f"{_text(entry.actor)}{role} {_text(entry.verb)} · {_text(entry.record)}"
    what = " · ".join(_second_line(entry))
    kind = " signed" if entry.signature else ""
    if len(what) > LONG:
        kind += " long"
    first = f"{entry.number}\t{utc_column(entry.at)}\u2003{who}"
    return f'<p class="first{kind}">{first}</p><p class="second{kind}">{what}</p>'


def _second_line(entry: TrailEntry) -> Iterator[str]:
    yield f"{local_column(entry.at, entry.zone)} {escape(entry.zone)}"
    for change in entry.changes:
        yield f"{_text(change.label)}: {_value(change.old)} → {_value(change.new)}"
    if entry.reason:
        yield f"Reason: {_text(entry.reason)}"
    if entry.signature:
        yield from _manifestation(entry.signature, entry)
    if entry.action:
        yield f"action {_text(entry.action[:ACTION_SHOWN])}"
    if entry.positions:
        yield f"sealed at {' and '.join(map(str, entry.positions))}"


def _manifestation(signature: SignatureBlock, entry: TrailEntry) -> Iterator[str]:
    """Name and moment stand in the first line; they are said again where the signature's own differ from them."""
    if (signature.name, signature.role or entry.role) != (entry.actor, entry.role):
        yield f"Signature of {_text(signature.signer)}"
    if both_words(signature.at, signature.zone) != both_words(entry.at, entry.zone):
        yield f"signed {both_words(signature.at, signature.zone)}"
    yield _text(signature.meaning)
    yield _text(signature.method)
    yield f"SHA-256 {_text(grouped(signature.digest))}"


def _value(text: str) -> str:
    return _text(text) if text else _EMPTY


def _text(text: str) -> str:
    return str(escape(visible(text)))
