"""The timeline of a record as a component: entries of the audit trail with what changed, why, and who signed.

A detail page calls `timeline_of(record, request)`. Every entry has its own address on the page, `#event-123`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cqms.access.reach import lane_filter, reach_of
from cqms.audit.models import AuditEvent, kind_of
from cqms.organizations.models import TrackedModel
from cqms.signatures import models as signatures
from cqms.ui import addresses
from cqms.ui.atoms import Chip, Option
from cqms.ui.components import Diff, Signature, Timeline
from cqms.ui.items import Change, TimelineEntry

SIZE = 30
_HERE = "#timeline"
_PARAMETERS = ("older", "shows", "by")
_ICONS = {"create": "plus", "change": "edit", "refuse": "bad", "download": "download", "export": "report"}
_TONES = {"refuse": "bad"}

SHOWS = {"signed": "Signatures", "changed": "Changes", "refused": "Refusals"}
"""The kinds of entries a reader may ask for."""


@dataclass(frozen=True)
class Story(Timeline):
    """A timeline with its filters, and the addresses of newer and older entries."""

    chips: Sequence[Chip] = ()
    newest: str = ""
    older: str = ""


def timeline_of(record: TrackedModel, request: HttpRequest) -> Story:
    """What happened to a record, newest first: filtered and paged by the address, limited to the reader's lanes.

    Costs three queries. A record that belongs to the story of another shows its own entries only.
    """
    events = events_of(record).filter(lane_filter(reach_of(request.user)))
    found = narrowed(events, request.GET)
    rows = list(found.order_by("-id")[: SIZE + 1])
    entries = entries_of(rows[:SIZE])
    older = address(request, older=str(rows[SIZE - 1].pk)) if len(rows) > SIZE else ""
    newest = address(request, older="") if request.GET.get("older") else ""
    return Story(entries, chips=_chips(events, request), newest=newest, older=older)


def events_of(record: TrackedModel) -> QuerySet[AuditEvent]:
    """Every entry told on the record's page."""
    subject = record.subject()
    events = AuditEvent.objects.filter(subject_kind=kind_of(subject), subject_id=subject.pk)
    if (kind_of(subject), subject.pk) == (kind_of(record), record.pk):
        return events
    return events.filter(record_kind=kind_of(record), record_id=record.pk)


def entries_of(events: Sequence[AuditEvent], *, named: bool = False) -> list[TimelineEntry]:
    """Entries of the trail as the page shows them; `named` adds the record, for pages about more than one."""
    signed = _signatures_by_event(events)
    return [_entry(event, signed.get(event.pk, []), named=named) for event in events]


def narrowed(events: QuerySet[AuditEvent], asked: Mapping[str, str]) -> QuerySet[AuditEvent]:
    """The entries that the parameters of an address leave; whatever they do not understand is ignored."""
    shows, person, older = (asked.get(name, "") for name in ("shows", "by", "older"))
    if shows in SHOWS:
        events = events.filter(_of_kind(shows))
    if person.isdecimal():
        events = events.filter(actor_id=_number(person))
    if older.isdecimal():
        events = events.filter(pk__lt=_number(older))
    return events


def address(request: HttpRequest, **changes: str) -> str:
    """The address of this page with other parameters; blank takes one away."""
    query: QueryDict = request.GET.copy()
    if "older" not in changes:
        query.pop("older", None)
    for name, value in changes.items():
        query[name] = value
        if not value:
            del query[name]
    return f"{request.path}?{query.urlencode()}{_HERE}" if query else f"{request.path}{_HERE}"


def shows_chip(request: HttpRequest) -> Chip:
    """The filter by kind of entry."""
    chosen = request.GET.get("shows", "")
    chosen = chosen if chosen in SHOWS else ""
    options = [Option("Everything", address(request, shows=""), chosen=not chosen)]
    options += [Option(label, address(request, shows=key), chosen=key == chosen) for key, label in SHOWS.items()]
    return Chip("Shows", SHOWS.get(chosen, "everything"), on=bool(chosen), options=options)


def _chips(events: QuerySet[AuditEvent], request: HttpRequest) -> list[Chip]:
    people = {pk: name for pk, name in events.order_by().values_list("actor_id", "actor__name").distinct() if pk}
    by = request.GET.get("by", "")
    chosen = people.get(_number(by)) if by.isdecimal() else None
    options = [Option("Anybody", address(request, by=""), chosen=not chosen)]
    for pk, name in sorted(people.items(), key=lambda each: each[1]):
        options.append(Option(name, address(request, by=str(pk)), chosen=name == chosen))
    return [shows_chip(request), Chip("By", chosen or "anybody", on=bool(chosen), options=options)]


def _number(text: str) -> int:
    return min(int(text[:19]), 2**63 - 1)


def _of_kind(shows: str) -> Q:
    if shows == "changed":
        return ~Q(changes=[])
    if shows == "refused":
        return Q(verb="refuse")
    same = {name: OuterRef(name) for name in ("action_id", "record_kind", "record_id")}
    return Q(Exists(signatures.Signature.objects.filter(**same)))


def _signatures_by_event(events: Iterable[AuditEvent]) -> dict[int, list[signatures.Signature]]:
    """A signature stands at the first entry of its act about its record."""
    first: dict[tuple[UUID, str, int], int] = {}
    for event in sorted(events, key=lambda each: each.pk):
        first.setdefault((event.action_id, event.record_kind, event.record_id), event.pk)
    found: dict[int, list[signatures.Signature]] = {}
    for row in signatures.Signature.objects.filter(action_id__in={key[0] for key in first}).order_by("pk"):
        event_id = first.get((row.action_id, row.record_kind, row.record_id))
        if event_id is not None:
            found.setdefault(event_id, []).append(row)
    return found


def _entry(event: AuditEvent, signed: Sequence[signatures.Signature], *, named: bool) -> TimelineEntry:
    return TimelineEntry(
        id=f"event-{event.pk}",
        who=event.actor_name,
        verb=_in_words(event) if named else event.sentence,
        when=event.at,
        icon="sign" if signed else _ICONS.get(event.verb, "neutral"),
        tone=_TONES.get(event.verb, "progress" if signed else ""),
        reason=event.reason,
        body=_body(event, signed),
    )


def _in_words(event: AuditEvent) -> SafeString:
    place = addresses.page_of(event.subject_kind, event.subject_id)
    if not place:
        return format_html("{} <span class=\"muted\">{}</span>", event.sentence, event.record_label)
    return format_html('{} <a href="{}">{}</a>', event.sentence, f"{place}#event-{event.pk}", event.record_label)


def _body(event: AuditEvent, signed: Sequence[signatures.Signature]) -> object:
    parts: list[Any] = [_manifestation(each) for each in signed]
    if event.changes:
        parts.append(Diff([Change(row["label"], row["old"], row["new"]) for row in event.changes]))
    return SafeString("".join(part.__html__() for part in parts))


def _manifestation(row: signatures.Signature) -> Signature:
    name = f"{row.signer_name}, {row.capacity}" if row.capacity else row.signer_name
    method = signatures.Signature.METHODS.get(row.method, row.method)
    word = row.get_meaning_display()
    return Signature(name, row.statement, row.signed_at, method, row.content_hash, word)
