"""Keeping the index in line with the records: once for each changed record, before its transaction ends."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from cqms.audit.models import AuditEvent, Lane
from cqms.organizations.scope import before_end
from cqms.search.kinds import Kind, kinds
from cqms.search.models import SearchEntry

LONGEST_TEXT = 100_000
"""Characters of a record that are searched: a search vector of PostgreSQL holds 1 MB."""

_FACTS = ("number", "title", "text", "state", "tone", "anchor_kind", "anchor_id", "lane")
_CHUNK = 500

Key = tuple[str, int]
"""Kind and id of a record."""


def note(event: AuditEvent) -> None:
    """After a record was saved: when the scope ends, write its entry and that of the record whose page tells it."""
    for key in {(event.record_kind, event.record_id), (event.subject_kind, event.subject_id)}:
        if key[0] in kinds():
            before_end(index, key)


def index(keys: Sequence[Key]) -> None:
    """Bring the entries of records in line with them.

    Entries are locked in the order of kind and id, so that two transactions never wait for each other in a ring, and
    before the records are read: of two transactions that change parts of one record the later one reads what the
    earlier one wrote.
    """
    for kind, of_kind in groupby(sorted(keys), key=itemgetter(0)):
        pks = [pk for _, pk in of_kind]
        for start in range(0, len(pks), _CHUNK):
            _index(kind, pks[start : start + _CHUNK])


def rebuild() -> int:
    """Write every entry of the open organization that is missing or differs, and drop the others; how many."""
    differing = list(set(differences()))
    index(differing)
    return len(differing)


def differences() -> Iterator[tuple[str, int]]:
    """The kind and id of every record of the open organization whose entry is missing, differs, or has no record."""
    yield from SearchEntry.objects.exclude(kind__in=kinds()).values_list("kind", "record_id")
    for name, kind in kinds().items():
        yield from _differences_of(name, kind)


def facts_of(kind: Kind, record: Any) -> dict[str, Any]:
    """What the entry of a record must say."""
    entry = kind.entry(record)
    anchor_kind, anchor_id = next(iter(record.anchors().items()), ("", None))
    parts = entry.number.replace("-", " ")
    return {
        "number": _storable(entry.number)[:100],
        "title": _storable(entry.title)[:300],
        "text": _storable(f"{parts} {entry.text}")[:LONGEST_TEXT],
        "state": entry.state[:60],
        "tone": entry.tone,
        "anchor_kind": anchor_kind,
        "anchor_id": anchor_id,
        "lane": getattr(record, "lane", Lane.GENERAL),
    }


def facts_in(row: SearchEntry) -> dict[str, Any]:
    """What an entry says."""
    return {name: getattr(row, name) for name in _FACTS}


def _index(kind: str, pks: Sequence[int]) -> None:
    rows = _locked(kind, pks)
    records = list(kinds()[kind].records().filter(pk__in=pks)) if kind in kinds() else []
    gone = [rows[pk].pk for pk in set(pks) - {record.pk for record in records}]
    if gone:
        SearchEntry.objects.filter(pk__in=gone).delete()
    written = [row for row in (_written(rows[each.pk], facts_of(kinds()[kind], each)) for each in records) if row]
    SearchEntry.objects.bulk_create(
        written, update_conflicts=True, unique_fields=["organization", "kind", "record_id"], update_fields=_FACTS
    )


def _locked(kind: str, pks: Sequence[int]) -> dict[int, SearchEntry]:
    """The entries by the ids of their records, locked; what has none gets an empty one."""
    rows = SearchEntry.objects.select_for_update().defer("vector").filter(kind=kind, record_id__in=pks)
    found = {row.record_id: row for row in rows.order_by("record_id")}
    missing = [pk for pk in pks if pk not in found]
    if missing:
        new = [SearchEntry(kind=kind, record_id=pk) for pk in missing]
        SearchEntry.objects.bulk_create(new, ignore_conflicts=True)
        found |= {row.record_id: row for row in rows.filter(record_id__in=missing).order_by("record_id")}
    return found


def _written(row: SearchEntry, facts: dict[str, Any]) -> SearchEntry | None:
    """The entry with what it must say now; None where it says so already."""
    if facts == facts_in(row):
        return None
    for name, value in facts.items():
        setattr(row, name, value)
    return row


def _differences_of(name: str, kind: Kind) -> Iterator[tuple[str, int]]:
    entries = SearchEntry.objects.filter(kind=name).defer("vector")
    gone = entries.exclude(record_id__in=kind.records().order_by().values("pk"))
    yield from [(name, pk) for pk in gone.values_list("record_id", flat=True)]
    after = 0
    while chunk := list(kind.records().filter(pk__gt=after).order_by("pk")[:_CHUNK]):
        after = chunk[-1].pk
        known = {row.record_id: row for row in entries.filter(record_id__in=[record.pk for record in chunk])}
        for record in chunk:
            row = known.get(record.pk)
            if row is None or facts_in(row) != facts_of(kind, record):
                yield (name, record.pk)


def _storable(text: str) -> str:
    return text.replace("\x00", " ")
