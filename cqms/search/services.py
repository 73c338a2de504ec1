"""Keeping the index in line with the records: once for each changed record, before its transaction ends."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from cqms.audit.models import AuditEvent, Lane
from cqms.organizations.scope import before_end
from cqms.search.kinds import Kind, kinds
from cqms.search.models import SearchEntry

LONGEST_TEXT = 100_000
"""Characters of a record that are searched: a search vector of PostgreSQL holds 1 MB."""

_FACTS = ("number", "title", "text", "state", "tone", "anchor_kind", "anchor_id", "lane")
_CHUNK = 500


def note(event: AuditEvent) -> None:
    """After a record was saved: write its entry, and that of the record on whose page it is told, when the scope ends.

    Each entry is written once, in the order of kind and id, so two transactions never wait for each other in a ring.
    """
    for kind, pk in {(event.record_kind, event.record_id), (event.subject_kind, event.subject_id)}:
        if kind in kinds():
            before_end((kind, pk), partial(index, kind, pk))


def index(kind: str, pk: int) -> None:
    """Bring the entry of a record in line with it.

    The entry is locked before the record is read: of two transactions that change parts of one record the later one
    reads what the earlier one wrote.
    """
    row = _locked(kind, pk)
    record = kinds()[kind].records().filter(pk=pk).first() if kind in kinds() else None
    if record is None:
        row.delete()
        return
    wanted = facts_of(kinds()[kind], record)
    if wanted != facts_in(row):
        for name, value in wanted.items():
            setattr(row, name, value)
        row.save()


def rebuild() -> int:
    """Write every entry of the open organization that is missing or differs, and drop the others; how many."""
    differing = sorted(set(differences()))
    for kind, pk in differing:
        index(kind, pk)
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


def _locked(kind: str, pk: int) -> SearchEntry:
    rows = SearchEntry.objects.select_for_update().defer("vector").filter(kind=kind, record_id=pk)
    found = rows.first()
    if found is None:
        SearchEntry.objects.bulk_create([SearchEntry(kind=kind, record_id=pk)], ignore_conflicts=True)
        found = rows.get()
    return found


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
