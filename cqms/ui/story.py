"""The timeline as a component: entries of the audit trail with what changed, why, and who signed.

A detail page calls `timeline_of(record, request)`. Every entry has its own address on the page, `#event-123`. The
filters stand in the address: `shows` a group of acts, `about` a kind of record, `by` a person, `since` and `until`
days in the organization's zone, `field` one that changed, the name of an anchor's model (`study`) the id of one,
`older` the last entry seen. Whatever is not understood is ignored.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from operator import itemgetter
from typing import Any
from urllib.parse import urlencode

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cqms.access.anchors import ORGANIZATION, anchors
from cqms.access.reach import may_see_lane, reach_of
from cqms.audit.guard import tracked_models
from cqms.audit.models import AuditEvent, Lane, kind_of
from cqms.audit.services import shown_fields
from cqms.audit.timeline import Selection, kinds_in_words
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import Organization, TrackedModel
from cqms.records.story import Told, seen_by, with_signatures
from cqms.signatures import models as signatures
from cqms.ui import addresses
from cqms.ui.component import Component
from cqms.ui.components import Diff, Signature, Timeline
from cqms.ui.items import Change, TimelineEntry
from cqms.ui.menus import Chip, Option
from cqms.workflow.engine import workflows

SIZE = 15
_HERE = "#timeline"
_FILTERS = ("shows", "about", "field", "by", "since", "until")
_ASKED_FOR_PEOPLE = 2000
_ANCHORS = 500
_YEARS = range(1900, 2200)
EVERYTHING = Q()
Act = tuple[int | None, str | None, str]
"""Who acted: their id and the name they have now, None for the portal itself; and on which kind of record."""
_FOLDED = 2  # more fields than these, all filled in for the first time, are folded
_ICONS = {
    "create": "plus", "draft": "plus", "change": "edit", "rename": "edit", "refuse": "bad", "download": "download",
    "export": "report", "name": "person", "withdraw": "person", "admit": "person", "invite": "mail", "leave": "signout",
    "attach": "file", "upload": "file", "render": "document", "issue": "document", "extend": "calendar",
    "meet": "check", "cancel": "close",
}  # fmt: skip

SHOWS = {"signed": "Signed steps", "changed": "Changes", "refused": "Refusals", "taken": "Downloads and exports"}
"""The groups of acts a reader may ask for, with their names."""


@dataclass(frozen=True)
class Period:
    """The days in the address as a form shows them, and the other parameters, which it carries along."""

    since: str
    until: str
    hidden: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Story(Timeline):
    """A timeline with its filters, and the addresses of newer and older entries."""

    chips: Sequence[Chip] = ()
    newest: str = ""
    older: str = ""
    past: str = ""
    period: Period | None = None

    def context(self) -> dict[str, object]:
        return {**super().context(), "listed": self.listed() if self.entries else ""}

    def __html__(self) -> SafeString:
        return Component.__html__(self)


def timeline_of(record: TrackedModel, request: HttpRequest, capability: Capability | None = Capability.READ) -> Story:
    """What happened to a record, newest first: filtered and paged by the address, limited to what the reader may see.

    A record that anchors others (a study) tells theirs too; one whose story another record tells shows its own
    entries only. Costs two queries beside the reader's reach while all entries stand on the page, else three; one more
    on a later page of a period.
    """
    subject, own = record.subject(), Q()
    if (kind_of(subject), subject.pk) != (kind_of(record), record.pk):
        own = Q(record_kind=kind_of(record), record_id=record.pk)
    whole = Selection(subject=subject).events().filter(own)
    mine = seen_by(request.user, whole, capability, subject=subject)
    found = _page(request, mine.annotate(called=F("actor__name")))
    is_all = not request.GET and len(found) <= SIZE
    acts = [(each.actor_id, each.called, each.record_kind) for each in found] if is_all else _acts(mine)
    told = _story(request, found, [shows_chip(request), *own_chips(acts, request, record)])
    past = addresses.past_of(kind_of(record), record.pk)
    return replace(told, past=past, period=period_of(request))


def story(
    request: HttpRequest,
    *,
    within: Q = EVERYTHING,
    capability: Capability | None = Capability.READ,
    chips: Sequence[Chip] = (),
    named: bool = False,
) -> Story:
    """A page of the entries `within` that the reader may see, as the address filters them. Two queries.

    `named` adds the record to each. `capability` is as `seen_by` takes it.
    """
    seen = seen_by(request.user, AuditEvent.objects.filter(within), capability)
    return _story(request, _page(request, seen), [shows_chip(request), *chips], named=named)


def _page(request: HttpRequest, seen: QuerySet[AuditEvent]) -> list[AuditEvent]:
    """The entries that the address asks for, and one more where there are older ones."""
    older, chosen = request.GET.get("older", ""), selection_of(request.GET, request.organization)
    rows = chosen.newest_first(chosen.events(seen), number(older) if older.isdecimal() else None)
    return list(rows[: SIZE + 1])


def _story(request: HttpRequest, found: list[AuditEvent], chips: Sequence[Chip], *, named: bool = False) -> Story:
    return Story(
        [entry_of(each, named=named) for each in with_signatures(found[:SIZE])],
        chips=chips,
        newest=address(request) if request.GET.get("older") else "",
        older=address(request, older=str(found[SIZE - 1].pk)) if len(found) > SIZE else "",
    )


def period_of(request: HttpRequest) -> Period:
    """The period of the address, for the form of a record's timeline."""
    kept = [(name, value) for name, value in request.GET.items() if name not in ("since", "until", "older")]
    days = [day_of(request.GET.get(name, "")) for name in ("since", "until")]
    return Period(*(day.isoformat() if day else "" for day in days), hidden=kept)


def entry_path(page: str, subject: TrackedModel, event: int) -> str:
    """The address of one entry on a record's page: on its first page of entries, or on one that begins with it."""
    newer = Selection(subject=subject.subject()).events().filter(pk__gt=event).order_by("-id")[:SIZE].count()
    return f"{page}?older={event + 1}#event-{event}" if newer == SIZE else f"{page}#event-{event}"


def export_address(record: TrackedModel, request: HttpRequest) -> str:
    """Where the trail of a record is taken home, with the filters that its timeline has now."""
    asked = [("kind", kind_of(record)), ("id", str(record.pk))]
    asked += [(name, request.GET[name]) for name in (*_FILTERS, *anchor_names()) if request.GET.get(name)]
    return f"{reverse('portal:trail_export')}?{urlencode(asked)}"


def selection_of(
    asked: Mapping[str, str], organization: Organization, subject: TrackedModel | None = None
) -> Selection:
    """The filters of an address as the trail and its export understand them."""
    about, by = asked.get("about", ""), asked.get("by", "")
    start, last = day_of(asked.get("since", "")), day_of(asked.get("until", ""))
    return Selection(
        subject=subject,
        person_id=number(by) if by.isdecimal() else None,
        kinds=[*verbs_of(asked.get("shows", "")), *([about] if about in kinds_of_records() else [])],
        start=_begin(start, organization) if start else None,
        end=_begin(last + dt.timedelta(days=1), organization) if last else None,
        anchors=anchors_asked(asked),
        changed=asked.get("field", "") if asked.get("field", "").isidentifier() else "",
    )


def verbs_of(shows: str) -> list[str]:
    """The acts of a group."""
    signed = {step.key for each in workflows().values() for step in each.steps if step.signature}
    groups = {
        "signed": sorted(signed),
        "changed": ["change", "create"],
        "refused": ["refuse"],
        "taken": ["download", "export"],
    }
    return groups.get(shows, [])


@cache
def kinds_of_records() -> dict[str, str]:
    """Every kind of record that has a trail, by its name on screen."""
    return {
        kind: _capital(name) for kind, name in sorted(kinds_in_words().items(), key=lambda each: each[1].casefold())
    }


def models_by_kind() -> dict[str, type[TrackedModel]]:
    """The model of every kind of record that has a trail."""
    return {kind_of(model): model for model in tracked_models()}


def entry_of(told: Told, *, named: bool = False, brief: bool = False) -> TimelineEntry:
    """An entry of the trail as the page shows it.

    `named` adds the record, for pages about more than one; `brief` leaves out what changed and the signatures.
    """
    event = told.event
    tone = "bad" if event.verb == "refuse" else "progress" if told.signatures else ""
    return TimelineEntry(
        id=f"event-{event.pk}",
        who=event.actor_name,
        verb=_with_record(event) if named else event.sentence,
        when=event.at,
        icon="sign" if told.signatures else _ICONS.get(event.verb, ""),
        tone=tone,
        reason=event.reason,
        body="" if brief else _body(told),
    )


def address(request: HttpRequest, here: str = _HERE, **changes: str) -> str:
    """The address of this page with other parameters; blank takes one away, and the paging starts anew."""
    query = {name: values for name, values in request.GET.lists() if name not in ("older", "before")}
    for name, value in changes.items():
        query[name] = [value] if value else []
    asked = urlencode(query, doseq=True)
    return f"{request.path}?{asked}{here}" if asked else f"{request.path}{here}"


def choice_chip(
    request: HttpRequest, label: str, name: str, options: Mapping[str, str], anything: str, here: str = _HERE
) -> Chip:
    """A filter whose value stands in the address under `name`."""
    chosen = request.GET.get(name, "")
    chosen = chosen if chosen in options else ""
    rows = [Option(anything, address(request, here, **{name: ""}), chosen=not chosen)]
    rows += [Option(text, address(request, here, **{name: key}), chosen=key == chosen) for key, text in options.items()]
    return Chip(label, options[chosen] if chosen else anything.lower(), on=bool(chosen), options=rows)


def shows_chip(request: HttpRequest) -> Chip:
    """The filter by group of acts."""
    return choice_chip(request, "Shows", "shows", SHOWS, "Everything")


def _acts(events: QuerySet[AuditEvent]) -> list[Act]:
    """Who acted on which kind of record, in the newest 2,000 entries; one query."""
    newest = events.order_by("-id").values("pk")[:_ASKED_FOR_PEOPLE]
    rows = AuditEvent.objects.filter(pk__in=newest).values_list("actor_id", "actor__name", "record_kind").distinct()
    return list(rows.order_by())


def own_chips(found: Sequence[Act], request: HttpRequest, record: TrackedModel) -> list[Chip]:
    """The filters of one record: who acted, on which kind of record below it, which field."""
    people = sorted({(name, str(pk)) for pk, name, _ in found if pk is not None})
    about = {kind: label for kind, label in kinds_of_records().items() if kind in {row[2] for row in found}}
    chips = [choice_chip(request, "By", "by", {pk: name for name, pk in people}, "Anybody")]
    if len(about) > 1:
        chips.append(choice_chip(request, "About", "about", about, "Every record"))
    kind = request.GET.get("about", "")
    return [*chips, field_chip(request, kind if kind in about else kind_of(record))]


def field_chip(request: HttpRequest, kind: str) -> Chip:
    """The filter by a field that changed, of one kind of record."""
    reach = reach_of(request.user)
    options = {name: label for name, label, lane in _fields_of(kind) if may_see_lane(reach, lane)}
    return choice_chip(request, "Field", "field", options, "Any field")


@cache
def _fields_of(kind: str) -> list[tuple[str, str, str]]:
    """Name, label and lane of every field that a timeline tells, by the alphabet of the labels."""
    model = models_by_kind()[kind]
    found = [
        (each.name, _capital(str(each.verbose_name)), model.field_lanes.get(each.name, Lane.GENERAL))
        for each in shown_fields(model)
    ]
    return sorted(found, key=itemgetter(1))


def anchor_chips(request: HttpRequest, capability: Capability) -> list[Chip]:
    """The filter by study, and by whatever else anchors roles: those where the reader holds the capability."""
    reach, chips = reach_of(request.user), []
    for name, (kind, model) in _anchor_models().items():
        rows = model._default_manager.order_by("pk")
        rows = rows if capability in reach.everywhere else rows.filter(pk__in=reach.ids(capability, kind))
        options = {str(each.pk): str(each) for each in rows[:_ANCHORS]}
        if options:
            label = _capital(str(model._meta.verbose_name))
            chips.append(choice_chip(request, label, name, options, f"Every {model._meta.verbose_name}"))
    return chips


def anchor_names() -> list[str]:
    """The parameters of an address that choose an anchor, for example `study`."""
    return list(_anchor_models())


def _anchor_models() -> dict[str, tuple[str, Any]]:
    """The name of an anchor in an address → its kind and its model; the organization is the page itself."""
    return {
        str(each.model._meta.model_name): (kind, each.model) for kind, each in anchors().items() if kind != ORGANIZATION
    }


def anchors_asked(asked: Mapping[str, str]) -> dict[str, int]:
    """The places that an address chooses: the kind of each and its id."""
    return {
        kind: number(asked[name]) for name, (kind, _) in _anchor_models().items() if asked.get(name, "").isdecimal()
    }


def day_of(text: str) -> dt.date | None:
    """A day written as 2026-11-19; None for anything else, and for years no record can have."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in _YEARS else None


def number(text: str) -> int:
    """An id from an address, never larger than the database can compare."""
    return min(int(text[:19]), 2**63 - 1)


def _capital(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def _begin(day: dt.date, organization: Organization) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), organization.timezone)


def _with_record(event: AuditEvent) -> SafeString:
    """The sentence with a way to its record: where the sentence names it, else behind it."""
    place, label = addresses.page_of(event.subject_kind, event.subject_id), event.record_label
    named = format_html('<a href="{}?event={}">{}</a>', place, event.pk, label) if place else label
    if label and label in event.sentence:
        before, _, after = event.sentence.partition(label)
        return format_html("{}{}{}", before, named, after)
    return format_html("{} · {}" if place else '{} <span class="muted">· {}</span>', event.sentence, named)


def _body(told: Told) -> SafeString:
    parts: list[Any] = [manifestation(each) for each in told.signatures]
    rows = [Change(row["label"], row["old"], row["new"]) for row in told.event.changes]
    if rows:
        is_beginning = len(rows) > _FOLDED and not any(row.old for row in rows)
        parts.append(Diff(rows, summary=f"Filled in {len(rows)} fields" if is_beginning else ""))
    return SafeString("".join(part.__html__() for part in parts))


def manifestation(row: signatures.Signature) -> Signature:
    """A signature as the page shows it (21 CFR 11.50)."""
    name = f"{row.signer_name}, {row.capacity}" if row.capacity else row.signer_name
    method = signatures.Signature.METHODS.get(row.method, row.method)
    word, receipt = row.get_meaning_display(), reverse("portal:receipt", kwargs={"signature": row.pk})
    return Signature(name, row.statement, row.signed_at, method, row.content_hash, word, receipt)
