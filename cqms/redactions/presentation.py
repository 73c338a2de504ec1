"""Redactions in words and components."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from cqms.access.policies import exists_for
from cqms.accounts.models import User
from cqms.audit.models import kind_of
from cqms.records.models import find
from cqms.redactions.models import Redaction, RedactionState
from cqms.redactions.policies import may_ask, may_read_words
from cqms.redactions.selectors import tombstone_count, words_of
from cqms.redactions.workflow import REDACTION
from cqms.search.kinds import Entry
from cqms.signatures.content import signatures_of
from cqms.ui import addresses, times
from cqms.ui.atoms import Badge
from cqms.ui.components import Facts, Lifecycle, Table
from cqms.ui.items import Head, Row, Stage
from cqms.ui.story import manifestation

_STAGES = (RedactionState.PREPARED, RedactionState.REQUESTED, RedactionState.REDACTED)


def redaction_path(redaction: Redaction, view: str = "redactions:redaction", **more: Any) -> str:
    """The address of a redaction, or of something that belongs to it."""
    return reverse(view, kwargs={"number": redaction.number, **more})


def badge_of(redaction: Redaction) -> Badge:
    """The state with its tone."""
    return Badge(redaction.get_state_display(), REDACTION.tones[redaction.state])


def found_redaction(redaction: Redaction) -> Entry:
    """What search says of a redaction."""
    tone = REDACTION.tones[redaction.state]
    return Entry(redaction.number, redaction.title, redaction.what, redaction.get_state_display(), tone)


def lifecycle(redaction: Redaction) -> Lifecycle | None:
    """Where the redaction is; one that will never be done is nowhere."""
    if redaction.state not in _STAGES:
        return None
    return Lifecycle([Stage(each.label) for each in _STAGES], redaction.get_state_display())


def redaction_page(redaction: Redaction, reader: User) -> dict[str, object]:
    """What the page of a redaction shows."""
    is_open = redaction.state in (RedactionState.PREPARED, RedactionState.REQUESTED)
    words = words_of(redaction) if is_open and may_read_words(reader, redaction) else []
    return {
        "number": redaction.number,
        "title": redaction.title,
        "badge": badge_of(redaction),
        "owner": redaction.owner,
        "facts": Facts(_facts(redaction, reader)),
        "is_open": is_open,
        "words": words,
        "hidden": is_open and not words,
        "found": Facts([(_capital(label), _rows(count)) for label, count in sorted(redaction.found.items())]),
        "files": redaction.files,
        "exports": _exports(redaction),
        "signatures": [manifestation(each) for each in signatures_of(redaction)],
    }


def ask_panel(request: HttpRequest, record: Any) -> dict[str, object] | None:
    """The way from a record to a redaction of it; None for who may not ask."""
    if isinstance(record, Redaction) or not may_ask(request.user, record):
        return None
    subject = record.subject()
    query = urlencode({"kind": kind_of(subject), "id": subject.pk})
    return {"href": f"{reverse('redactions:new')}?{query}"}


def _facts(redaction: Redaction, reader: User) -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = [
        ("Record", _record(redaction, reader)),
        ("Kind of data", redaction.what),
        ("Why it has to go", redaction.why),
        ("Asked for by", redaction.owner.name),
        ("Approval by", redaction.approver.name),
    ]
    if redaction.redacted_at is not None and redaction.approved_by is not None:
        rows += [
            ("Redacted", times.moment(redaction.redacted_at)),
            ("Approved by", redaction.approved_by.name),
            ("Sealed entries", f"{tombstone_count(redaction):,} with a tombstone; the trail still verifies"),
            ("Stands there instead", redaction.instead),
        ]
    return rows


def _record(redaction: Redaction, reader: User) -> SafeString | str:
    record = find(redaction.record_kind, redaction.record_id)
    page = addresses.address_of(redaction.record_kind, record) if exists_for(reader, record) else ""
    return format_html('<a href="{}">{}</a>', page, redaction.record_label) if page else redaction.record_label


def _exports(redaction: Redaction) -> Table | None:
    if not redaction.exports:
        return None
    heads = [Head("Export", css="fit"), Head("Made by", css="lead"), Head("When", css="fit"), Head("Taken by")]
    rows = [
        Row([row["number"], row["by"], row["at"], ", ".join(row["taken"]) or "nobody again"])
        for row in redaction.exports
    ]
    return Table(heads, rows, caption="Exports made before")


def _rows(count: int) -> str:
    return f"{count:,} {'row' if count == 1 else 'rows'}"


def _capital(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"
