"""The notification as a field sheet: what the authority asks, in its order, and what it may publish.

The order is that of the form in the annex of the EMA guideline on serious breaches, which CTIS follows.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from quality_events.breaches.models import SentKind, SeriousBreach


@dataclass(frozen=True)
class SheetField:
    """One field of the form: its words, whether the authority may publish it, and what stands in it."""

    key: str
    label: str
    may_be_published: bool
    value: Callable[[SeriousBreach], str]


@dataclass(frozen=True)
class Filled:
    """A field of a sheet as it is or was filled in."""

    key: str
    label: str
    value: str
    may_be_published: bool


def sheet_of(breach: SeriousBreach, kind: str) -> list[Filled]:
    """Every field with its present value; `kind` is one of SentKind."""
    first = Filled("kind", "Kind of report", str(SentKind(kind).label), may_be_published=True)
    rows = [Filled(each.key, each.label, each.value(breach), each.may_be_published) for each in FIELDS]
    return [first, *rows]


def as_kept(filled: Sequence[Filled]) -> list[dict[str, Any]]:
    """The sheet as JSON holds it."""
    return [
        {"key": row.key, "label": row.label, "value": row.value, "may_be_published": row.may_be_published}
        for row in filled
    ]


def from_kept(rows: Sequence[dict[str, Any]]) -> list[Filled]:
    """A sheet that was kept."""
    return [Filled(**row) for row in rows]


def hash_of(filled: Sequence[Filled]) -> str:
    """SHA-256 of the canonical JSON of a sheet: sorted keys, UTF-8, no insignificant space."""
    text = json.dumps(as_kept(filled), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _day(day: Any) -> str:
    return f"{day:%-d %B %Y}" if day else ""


def _moment(moment: Any, zone: str) -> str:
    if moment is None:
        return ""
    told = moment.astimezone(ZoneInfo(zone))
    return f"{told:%-d %B %Y, %H:%M} ({zone}, UTC{told:%z}) = {moment.astimezone(ZoneInfo('UTC')):%-d %B %Y, %H:%M} UTC"


FIELDS = (
    SheetField("number", "Reference of the sponsor", True, lambda b: b.number),
    SheetField("investigation", "Status of the investigation", True, lambda b: b.get_investigation_display()),
    SheetField("next_follow_up_on", "Date of the next follow-up", True, lambda b: _day(b.next_follow_up_on)),
    SheetField("trial_title", "Title of the trial", True, lambda b: b.trial_title),
    SheetField("trial_number", "EU CT number, or number of the authority", True, lambda b: b.trial_number),
    SheetField("commercial", "Commercial or non-commercial", True, lambda b: b.get_commercial_display()),
    SheetField("in_procedure", "Regulatory procedure that uses the data", False, lambda b: b.in_procedure),
    SheetField("other_trials", "Other trials affected", True, lambda b: b.other_trials),
    SheetField("site", "Site", True, lambda b: f"{b.site.number} {b.site.name}" if b.site else ""),
    SheetField("site_contact", "Contact of the site", False, lambda b: b.site_contact),
    SheetField("most_affected", "Member state most affected", True, lambda b: b.most_affected),
    SheetField("occurred_on", "Date of the breach", True, lambda b: _day(b.occurred_on)),
    SheetField("aware_at", "Date the sponsor became aware", True, lambda b: _moment(b.aware_at, b.zone)),
    SheetField("first_aware_at", "First awareness in the sponsor's chain", False,
               lambda b: _moment(b.first_aware_at, b.first_aware_zone or b.zone)),
    SheetField("description", "Description of the breach", True, lambda b: b.description),
    SheetField("requirement", "Requirement breached (protocol, GCP, law)", True, lambda b: b.requirement),
    SheetField("impact_participants", "Impact on participants", True, lambda b: b.impact_participants),
    SheetField("impact_data", "Impact on the data", True, lambda b: b.impact_data),
    SheetField("actions_taken", "Actions taken and planned", True, lambda b: b.actions_taken),
    SheetField("root_cause", "Root cause", True, lambda b: b.root_cause),
    SheetField("capa_reference", "Corrective and preventive actions", True, lambda b: b.capa_reference),
    SheetField("parties", "Parties involved", False, lambda b: b.parties),
)  # fmt: skip
