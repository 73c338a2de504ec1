"""Quality events as pages show them: components made of records. No rules, no writing."""

import html
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import conditional_escape, format_html, format_html_join, strip_tags
from django.utils.safestring import SafeString

from cqms.access.policies import Policy, exists_for
from cqms.accounts.models import User
from cqms.attachments.models import Attachment
from cqms.attachments.previews import is_shown_small
from cqms.attachments.services import attachments_of
from cqms.deadlines.selectors import open_deadlines_about
from cqms.organizations.models import Membership
from cqms.search.kinds import Entry
from cqms.signatures.content import signatures_of
from cqms.ui import addresses, times
from cqms.ui.atoms import Badge, Button, Due, Number
from cqms.ui.components import Facts, Files, Links, Table
from cqms.ui.items import Figure, File, Head, Related
from cqms.ui.story import export_address, manifestation
from quality_events.likeness import is_compared
from quality_events.models import QualityEvent, Severity
from quality_events.policies import may_attach, may_export, may_read_somewhere, may_report, may_report_somewhere
from quality_events.selectors import (
    DOCUMENT,
    MEMBER,
    OPEN_COUNTED,
    SITE,
    Linked,
    entries_of_events,
    links_of,
    open_by_kind,
    others_in,
)
from quality_events.types import EventType, Named, ReportContent, is_event, type_of, types
from studies.models import Site, Study
from studies.presentation import study_path

UNSEEN = "One that is not yours to see"


def event_path(record: Any, view: str = "detail", **more: Any) -> str:
    """The address of an event, or of one of its pages."""
    name = f"{type_of(record).space}:{view}"
    return reverse(name, kwargs={"number": record.number, **more}) if more else addresses.of_number(name, record.number)


def similar_path(record: Any) -> str:
    """The page of the events that are like this one."""
    return reverse("quality_events:similar", kwargs={"space": type_of(record).space, "number": record.number})


def list_path(found: EventType) -> str:
    """The address of the list of a type."""
    return reverse(f"{found.space}:list")


def badge_of(record: Any) -> Badge:
    """The state as word, tone and icon."""
    return _badge(type(record), record.state)


@cache
def _badge(model: type, state: str) -> Badge:
    life = type_of(model).workflow
    return Badge(life.states(state).label, life.tones[state])


_GRADES = {Severity.MINOR: "neutral", Severity.MAJOR: "warn", Severity.CRITICAL: "bad"}
_GRADED = {grade.value: Badge(grade.label, tone) for grade, tone in _GRADES.items()}


def severity_badge(record: Any) -> object:
    """The grade of a record that has one; nothing before it is graded."""
    return _GRADED[record.severity] if record.severity else ""


def number_of(record: Any) -> Number:
    """The number, linked."""
    return Number(record.number, event_path(record))


def found_event(record: Any) -> Entry:
    """What search says of an event."""
    found, badge = type_of(record), badge_of(record)
    return Entry(record.number, record.title, f"{found.noun} {found.words(record)}", badge.word, badge.tone)


def due_cell(record: Any) -> object:
    """When the next thing is due, for a row of a list that knows `due_at`."""
    return Due(record.due_at, lines=True) if record.due_at else ""


def texts_of(record: Any) -> list[tuple[str, str]]:
    """The titled words of a record, blank ones left out."""
    return [(title, words) for title, words in type_of(record).texts(record) if words]


def event_page(record: Any, request: HttpRequest, *, texts: str = "What happened") -> Mapping[str, object]:
    """What the page of any event shows: head, texts, links, files, facts, signatures."""
    reader, found = request.user, type_of(record)
    due = open_deadlines_about(record)
    contributes = may_report(reader, record)
    files = attachments_of(record, reader)
    return {
        "number": record.number,
        "title": record.title,
        "badge": badge_of(record),
        "owner": record.owner,
        "due": due[0].due_on if due else None,
        "noun": found.noun,
        "texts_title": texts,
        "texts": texts_of(record),
        "facts": Facts([*base_facts(record), *_named(record, reader), *found.facts(record)]),
        "linked": _links_table(record, links_of(record, reader), contributes=contributes),
        "link_button": Button("Link a record", icon="link", small=True, href=event_path(record, "link"))
        if contributes
        else "",
        "files": files_to_see(record, files, reader),
        "file_button": Button("Add files", icon="file", small=True, href=event_path(record, "files"))
        if may_attach(reader, record)
        else "",
        "signatures": [manifestation(each) for each in signatures_of(record)],
        "export_url": export_address(record, request) if may_export(reader, record) else "",
        "report_url": event_path(record, "report") if may_export(reader, record) else "",
        "similar_url": similar_path(record) if is_compared(record) else "",
        "page_key": found.kind,
    }


def content_of(record: Any, reader: Any) -> ReportContent:
    """What the printed report of an event holds: as its type says, else what is known of every event."""
    own = type_of(record).report
    return own(record, reader) if own is not None else content_of_page(record, reader)


def content_of_page(record: Any, reader: Any) -> ReportContent:
    """What its page tells: texts first, then what is known, links and files."""
    found = type_of(record)
    known = [*base_facts(record), *_named(record, reader), *found.facts(record)]
    rows = [(str(label), plain(value)) for label, value in known]
    linked, attached = links_of(record, reader), attachments_of(record, reader)
    links = [(words_of(each.other)[0], f"{words_of(each.other)[1]}: {each.link.why}") for each in linked]
    files = [(each.name, each.file.sha256) for each in attached]
    parts = [("About this record", rows), ("Linked with", links), ("Files with their SHA-256", files)]
    answers, signatures = [each for each in found.texts(record) if each[1]], signatures_of(record)
    named = [each.other for each in found.named(record) if exists_for(reader, each.other)]
    others = others_in([*(each.other for each in linked), *named], attached)
    return ReportContent(answers, parts, signatures=signatures, others=others)


def words_for(reader: Any, named: Named) -> str:
    """What an event names, in words; whom it does not exist for reads only that there is one."""
    return named.words if exists_for(reader, named.other) else UNSEEN


def _named(record: Any, reader: Any) -> list[tuple[str, object]]:
    """The records that an event names, linked, as far as they exist for the reader."""
    rows: list[tuple[str, object]] = []
    for each in type_of(record).named(record):
        told = exists_for(reader, each.other)
        rows.append((each.term, Number(each.words, path_of(each.other)) if told else UNSEEN))
    return rows


def plain(value: object) -> str:
    """A value of a page as text for paper."""
    return html.unescape(strip_tags(str(conditional_escape(value)))) if value not in ("", None) else "not set"


def base_facts(record: Any) -> list[tuple[str, object]]:
    """What every type knows."""
    rows: list[tuple[str, object]] = [
        ("Study", _study_link(record.study) if record.study else "none"),
        ("Site", f"{record.site.number} {record.site.name}" if record.site else "none"),
        ("Reported by", record.reporter.name),
    ]
    if isinstance(record, QualityEvent):
        rows += [
            ("Noticed by", record.noticed_by),
            ("Occurred on", times.day(record.occurred_on) if record.occurred_on else "not known"),
            ("Discovered on", times.day(record.discovered_on)),
            ("Known since", format_html("{} <small>told in {}</small>", times.moment(record.aware_at), record.zone)),
        ]
    return rows


def logged_words(deviation: Any) -> object:
    """On which day a deviation was logged, and that it was late; nothing where nobody counted."""
    if deviation.logged_on is None or deviation.log_due_on is None:
        return ""
    day = times.day(deviation.logged_on)
    if not deviation.was_late:
        return day
    return format_html("{} {} it was due by {}", day, late_badge(deviation), times.day(deviation.log_due_on))


def late_badge(deviation: Any) -> Badge | str:
    """That it was logged late, as a badge; nothing otherwise."""
    return Badge("Late", "warn") if deviation.was_late else ""


def _study_link(study: Study) -> SafeString:
    return format_html('<a href="{}">{}</a>', study_path(study), study.number)


def files_to_see(record: Any, found: Sequence[Attachment], reader: User, *, apart: bool = False) -> Files | None:
    """Photos and files of a record, pictures small; `apart` opens them beside what is being filled in."""
    rows = []
    for each in found:
        href, stored = event_path(record, "file", file=each.pk), each.file
        small = f"{href}?small" if is_shown_small(stored, reader) else ""
        rows.append(File(each.name, href, stored.size, "" if apart else stored.sha256, small, apart))
    return Files(rows) if rows else None


def evidence_of(part: Any, whole: Any, view: str, files: Sequence[Attachment]) -> SafeString:
    """That a part of an event was done: the words, then its files, to be opened at the page `view` of the event."""
    links = [
        format_html('<a href="{}">{}</a>', event_path(whole, view, part=part.pk, file=each.pk), each.name)
        for each in files
    ]
    return format_html_join(", ", "{}", ((each,) for each in [part.evidence, *links] if each))


def _links_table(record: Any, found: Sequence[Linked], *, contributes: bool) -> Table | None:
    if not found:
        return None
    heads = [Head("Record", "fit"), Head("What it is", "lead"), Head("Why")]
    heads += [Head("Withdraw", "fit", hidden=True)] if contributes else []
    rows = []
    for each in found:
        number, words = words_of(each.other)
        cells: list[object] = [Number(number, path_of(each.other)), words, each.link.why]
        if contributes:
            href = event_path(record, "unlink", link=each.link.pk)
            cells.append(Button("Withdraw", small=True, kind="quiet", href=href) if each.outgoing else "")
        rows.append(cells)
    return Table(heads, rows, f"What {record.number} is linked with")


def words_of(other: Any) -> tuple[str, str]:
    """Number and words of a record at the other end of a link."""
    if isinstance(other, Site):
        return other.number, f"Site {other.name}, {other.study.number}"
    if isinstance(other, Membership):
        return "Person", other.user.name
    noun = type_of(other).noun if is_event(other._meta.label_lower) else "Document"
    return other.number, f"{noun}: {other.title}"


def path_of(other: Any) -> str:
    """The address of a record at the other end of a link; blank where it has no page."""
    kind = other._meta.label_lower
    return "" if kind == MEMBER else addresses.address_of(kind, other)


# What other pages show


def linked_panel(request: HttpRequest, record: Any) -> dict[str, object] | None:
    """The events that are linked with a record of a lower app, for its page; nothing without any."""
    found = links_of(getattr(record, "document", record), request.user)
    rows = [
        Related(each.other.number, path_of(each.other), badge_of(each.other), f"{each.other.title}: {each.link.why}",
                number=True)
        for each in found if is_event(each.other._meta.label_lower)
    ]  # fmt: skip
    return {"title": "Quality events", "rows": Links(rows)} if rows else None


def home_figures(request: HttpRequest) -> list[Figure]:
    """How much is open, for Home; nothing for who reads nothing."""
    if not may_read_somewhere(request.user):
        return []
    words = _counted(open_by_kind(request.user).values())
    return [Figure("Open quality events", words, "of every type", href=reverse("quality_events:list"))]


def may_begin(found: EventType) -> Policy:
    """Who may begin a record of a type somewhere: whoever may report, unless the type says otherwise."""
    return found.begun_by or may_report_somewhere


def begun_by(reader: User) -> list[EventType]:
    """The types of which the reader may begin a record somewhere."""
    return [each for each in types() if may_begin(each)(reader)]


def home_action(request: HttpRequest) -> Button | None:
    """Where something went wrong, one click on Home is enough; nothing for who reports nothing."""
    return opening_button(found[0]) if (found := begun_by(request.user)) else None


def opening_button(found: EventType) -> Button:
    """The one button of a page that begins a record of a type."""
    return Button(found.begins, "primary", icon="plus", href=new_path(found))


def new_path(found: EventType) -> str:
    """Where a record of a type begins."""
    return reverse(f"{found.space}:new")


def open_figures(request: HttpRequest) -> list[Figure]:
    """How many of each type are open, each leading to its list."""
    counts = open_by_kind(request.user)
    return [Figure(each.plural, _counted([counts[each.kind]]), "open", href=list_path(each)) for each in types()]


def _counted(counts: Collection[int]) -> str:
    """Their sum, with a plus where one of them was not counted to its end."""
    total = sum(min(each, OPEN_COUNTED) for each in counts)
    return f"{total:,}{'+' if max(counts, default=0) > OPEN_COUNTED else ''}"


def every_entry(request: HttpRequest) -> Any:
    """The entries of search for every event that exists for the reader."""
    return entries_of_events(request.user)


def entry_path(entry: Any) -> str:
    """The address of the event that an entry of search stands for."""
    found = next(each for each in types() if each.kind == entry.kind)
    return reverse(f"{found.space}:detail", kwargs={"number": entry.number})


__all__ = [
    "DOCUMENT", "SITE", "badge_of", "base_facts", "due_cell", "event_page", "event_path", "every_entry",
    "found_event", "home_figures", "linked_panel", "list_path", "number_of", "open_figures", "path_of",
    "severity_badge", "words_for", "words_of",
]  # fmt: skip
