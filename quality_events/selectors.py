"""Reads of quality events: what exists for a person, when it is due, what it is linked with."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from django.apps import apps
from django.db import connection
from django.db.models import DateTimeField, Exists, OuterRef, Q, QuerySet, Subquery

from cqms.access.narrowing import at_own_sites
from cqms.access.parts import lanes_open_to
from cqms.access.policies import exists_for
from cqms.access.reach import lanes_of, people_with, visible
from cqms.accounts.models import User
from cqms.attachments.models import Attachment
from cqms.audit.models import AuditEvent, kind_of
from cqms.deadlines.models import Deadline
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import Membership
from cqms.organizations.prepared import Prepared
from cqms.search.holding import Sought
from cqms.search.kinds import kinds
from cqms.search.selectors import entries_for
from quality_events.models import EventLink, EventRecord
from quality_events.types import EventType, Others, is_event, type_of, types
from studies.models import STUDY, Site, Study
from studies.selectors import members, sites_for, sites_of

Event = TypeVar("Event", bound=EventRecord)

MEMBER = Membership._meta.label_lower
SITE = Site._meta.label_lower
DOCUMENT = "documents.document"
_MOST_OPEN = 500

OPEN_COUNTED = 1_000
"""How many open events of a kind are counted; beyond, it is told that there are more."""

_OPEN_BY_KIND = """
SELECT k.kind, (SELECT count(*) FROM (SELECT FROM ({}) AS e (kind) WHERE e.kind = k.kind LIMIT %s) AS found)
FROM unnest(%s::text[]) AS k (kind)
"""


@dataclass(frozen=True)
class Linked:
    """A link as seen from one of its ends: the record at the other end, whether it was made from here, and why."""

    link: EventLink
    other: Any
    outgoing: bool


def events_for(model: type[Event], person: User) -> QuerySet[Event]:
    """The records of a type that exist for this person, with what pages and rows show."""
    rows = model._default_manager.select_related("owner", "study", "site", "reporter", "organization")
    return at_own_sites(visible(rows, person, anchor=STUDY, column="study_id"), person)


def listed_for(model: type[Event], person: User, told: Sequence[str]) -> QuerySet[Event]:
    """The same for a list: of related records only the fields that it tells of, such as `owner__name`."""
    rows = with_due(events_for(model, person)).select_related(None)
    if not told:
        return rows
    related = {each.rpartition("__")[0] for each in told}
    return rows.select_related(*related).only(*(each.name for each in model._meta.concrete_fields), *told)


def sought_in(model: type[EventRecord]) -> Sought:
    """Where the list of a type looks for words."""
    return Sought(("number", "title", "description", *type_of(model).found_by), [kind_of(model)], with_text=True)


def people_able() -> QuerySet[User]:
    """Members who can be asked to do something: they contribute somewhere."""
    return members().filter(pk__in=[each.pk for each in people_with(Capability.CONTRIBUTE, anywhere=True)])


def is_withdrawn(part: Any) -> bool:
    """Whether a part of an event was withdrawn: it says since when, or it has a life that ended so."""
    return getattr(part, "withdrawn_at", None) is not None or getattr(part, "state", "") == "withdrawn"


def not_done(parts: Iterable[Any]) -> list[str]:
    """A sentence for each action or task that is not done yet."""
    return [f"Not done yet: {str(each).rstrip('.')}." for each in parts if each.done_at is None]


def withdrawal_of(part: Any) -> AuditEvent | None:
    """The entry that tells who withdrew a part of an event, and when."""
    told = AuditEvent.objects.filter(record_kind=kind_of(part), record_id=part.pk, verb__in=("withdraw", "unlink"))
    return told.order_by("-pk").first()


def files_of_parts(parts: Sequence[Any], reader: User | None = None) -> dict[int, list[Attachment]]:
    """The evidence files of parts of one kind of an event that exist for the reader, by part: one query.

    Without a reader those that exist for whoever may read the event.
    """
    found: dict[int, list[Attachment]] = {each.pk: [] for each in parts}
    if not parts:
        return found
    lanes = [parts[0].lane] if reader is None else lanes_open_to(reader, parts[0].subject())
    rows = Attachment.objects.filter(
        record_kind=kind_of(parts[0]), record_id__in=list(found), removed_at__isnull=True, lane__in=lanes
    )
    for row in rows.select_related("file").order_by("pk"):
        found[row.record_id].append(row)
    return found


def to_sign(handed_in: Callable[[Any, Any], Any], kind: Any) -> Callable[[Any], Any]:
    """For a step of a workflow: the stage, handed in last, that its signature covers.

    What it gives raises LookupError before one was handed in.
    """

    def find(record: Any) -> Any:
        stage = handed_in(record, kind)
        if stage is None:
            raise LookupError(f"No {kind.label} of {record} was handed in.")
        return stage

    return find


def entries_of_unseen_links(reader: User) -> Q:
    """The entries of the trail about links whose other end does not exist for the reader: they would name it."""
    seen = entries_for(reader).filter(kind=OuterRef("to_kind"), record_id=OuterRef("to_id"))
    unseen = EventLink.objects.filter(~Exists(seen), to_kind__in=kinds()).values("pk")
    return Q(record_kind=kind_of(EventLink), record_id__in=unseen)


def every_event(model: type[Event]) -> QuerySet[Event]:
    """Every record of a type in the open organization, with what search and reports say of it."""
    return model._default_manager.select_related("owner", "study", "site", "reporter")


def with_due(rows: QuerySet[Any]) -> QuerySet[Any]:
    """The same rows with `due_at`: the nearest open deadline of each, None without one."""
    model = rows.model
    open_ = Deadline.objects.filter(
        record_kind=kind_of(model), record_id=OuterRef("pk"), met_at__isnull=True, cancelled_at__isnull=True
    )
    nearest = open_.order_by("current_due").values("current_due")[:1]
    return rows.annotate(due_at=Subquery(nearest, output_field=DateTimeField()))


def open_events(found: EventType, person: User) -> QuerySet[Any]:
    """The records of a type in which something is awaited, as far as they exist for the person."""
    rows: QuerySet[Any] = events_for(found.model, person)
    return rows.exclude(state__in=found.ends)


def owned_by(found: EventType, person: User) -> list[Any]:
    """The records of a type that a person answers for and in which something is awaited, by number."""
    return list(found.model._default_manager.filter(owner=person).exclude(state__in=found.ends).order_by("number"))


def sites_offered(person: User, study: Study | None) -> QuerySet[Site]:
    """The sites a person may name: those of the study, or without one of every study they see."""
    return sites_for(person, study) if study is not None else sites_of_everything(person)


def sites_of_everything(person: User) -> QuerySet[Site]:
    """The sites of every study the person sees, by study and number."""
    rows = visible(Site.objects.select_related("study"), person, anchor=STUDY, column="study_id")
    return rows.order_by("study__number", "number")


def links_of(record: Any, person: User, *, also_withdrawn: bool = False) -> list[Linked]:
    """The links of a record that hold, whose other end exists for the person; the oldest first.

    One query for the links and one for each kind at their other ends.
    """
    kind = kind_of(record)
    rows = _LINKS[also_withdrawn].ask(kind=kind, pk=record.pk)
    wanted: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        other_kind, other_id = other_end(row, kind, record.pk)
        wanted[other_kind].add(other_id)
    found = {each: _records(each, pks) for each, pks in wanted.items()}
    shown = []
    for row in rows:
        other_kind, other_id = other_end(row, kind, record.pk)
        other = found[other_kind].get(other_id)
        if other is not None and (other_kind == MEMBER or exists_for(person, other)):
            shown.append(Linked(row, other, outgoing=(row.from_kind, row.from_id) == (kind, record.pk)))
    return shown


def _links(kind: str, pk: int, *, also_withdrawn: bool) -> QuerySet[EventLink]:
    ends = Q(from_kind=kind, from_id=pk) | Q(to_kind=kind, to_id=pk)
    standing = Q() if also_withdrawn else Q(withdrawn_at__isnull=True)
    return EventLink.objects.filter(ends & standing).order_by("pk")


_LINKS = {each: Prepared(partial(_links, also_withdrawn=each), kind=str, pk=int) for each in (False, True)}


def others_in(records: Sequence[Any], attached: Iterable[Attachment]) -> Others:
    """What a report that names these records and files tells of besides its record."""
    lanes = {lane for each in records for lane in lanes_of(each)} | {str(each.lane) for each in attached}
    return Others(frozenset(lanes), frozenset(f"{kind_of(each)}:{each.pk}" for each in records))


def other_end(link: EventLink, kind: str, pk: int) -> tuple[str, int]:
    """Kind and id of the end that is not this record."""
    return (
        (link.to_kind, link.to_id) if (link.from_kind, link.from_id) == (kind, pk) else (link.from_kind, link.from_id)
    )


def _records(kind: str, pks: Iterable[int]) -> dict[int, Any]:
    rows = apps.get_model(kind)._default_manager.filter(pk__in=pks)
    if kind == SITE:
        rows = rows.select_related("study")
    if kind == MEMBER:
        rows = rows.select_related("user")
    return {row.pk: row for row in rows}


def record_by_number(number: str, person: User) -> Any | None:
    """The quality event or document of that number, if it exists for the person."""
    kinds = [DOCUMENT, *(each.kind for each in types())]
    entry = entries_for(person).filter(number__iexact=number.strip(), kind__in=kinds).order_by("pk").first()
    return None if entry is None else _records(entry.kind, [entry.record_id]).get(entry.record_id)


def entries_of_events(person: User) -> QuerySet[Any]:
    """The entries of search for every event that exists for the person."""
    return entries_for(person).filter(kind__in=[each.kind for each in types()])


def awaited() -> Q:
    """Which of those entries are of events in which something is awaited: by kind and state, as an index has them."""
    found = Q(pk__in=())
    for each in types():
        labels = [label for state, label in each.workflow.states.choices if state not in each.ends]
        found |= Q(kind=each.kind, state__in=labels)
    return found


def open_by_kind(person: User) -> dict[str, int]:
    """How many events of each kind are open, as search knows them; OPEN_COUNTED + 1 where there are more. One query."""
    rows, wanted = entries_of_events(person).filter(awaited()).order_by(), [each.kind for each in types()]
    sql, values = rows.values_list("kind").query.get_compiler(connection=connection, elide_empty=False).as_sql()
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_BY_KIND.format(sql), (*values, OPEN_COUNTED + 1, wanted))
        return dict(cursor.fetchall())


def open_events_of_study(study: Study, person: User) -> Sequence[Any]:
    """The entries of search for what is open at a study, by type and age, with `due_at`.

    One query whatever the number of types.
    """
    open_ = Deadline.objects.filter(
        record_kind=OuterRef("kind"), record_id=OuterRef("record_id"), met_at__isnull=True, cancelled_at__isnull=True
    )
    nearest = Subquery(open_.order_by("current_due").values("current_due")[:1], output_field=DateTimeField())
    rows = entries_of_events(person).filter(anchor_kind=STUDY, anchor_id=study.pk).filter(awaited())
    order = {each.kind: each.order for each in types()}
    return sorted(rows.annotate(due_at=nearest)[:_MOST_OPEN], key=lambda row: (order[row.kind], row.record_id))


def is_linkable(kind: str) -> bool:
    """Whether records of this kind can stand at an end of a link."""
    return is_event(kind) or kind in (MEMBER, SITE, DOCUMENT)


__all__ = [
    "DOCUMENT",
    "MEMBER",
    "OPEN_COUNTED",
    "SITE",
    "Linked",
    "awaited",
    "entries_of_events",
    "events_for",
    "every_event",
    "is_linkable",
    "links_of",
    "listed_for",
    "open_by_kind",
    "open_events",
    "open_events_of_study",
    "other_end",
    "owned_by",
    "record_by_number",
    "sites_of",
    "sites_of_everything",
    "sites_offered",
    "sought_in",
    "with_due",
]  # fmt: skip
