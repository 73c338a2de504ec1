"""Process deviations in words: what their page tells besides what every event does."""

from typing import Any

from django.http import HttpRequest
from django.utils.html import format_html

from cqms.ui import times
from cqms.ui.components import Links
from cqms.ui.items import Related
from quality_events.course import Path
from quality_events.presentation import badge_of, event_path, logged_words, severity_badge
from quality_events.process_deviations.models import ProcessDeviation, ProcessDeviationState
from quality_events.process_deviations.selectors import deviations_from
from quality_events.types import Named

_S = ProcessDeviationState
_MOST = 20
PATH = Path((_S.LOGGED, _S.TRIAGE, _S.ASSESSMENT, _S.INVESTIGATION, _S.ACTION, _S.QA_REVIEW, _S.CLOSED))
PLANNED_PATH = Path((_S.REQUESTED, _S.APPROVED, _S.ENDED))


def facts(deviation: ProcessDeviation) -> list[tuple[str, object]]:
    """What is known of a process deviation."""
    mine = _planned(deviation) if deviation.is_planned else _unplanned(deviation)
    return [("Section or process", deviation.requirement), *mine]


def named(deviation: ProcessDeviation) -> list[Named]:
    """The version of a document that it departs from, as people write it: SOP-0002 version 1.0."""
    version = deviation.version
    return [Named("Document", version, f"{version.document.number} version {version.label}")] if version else []


def _planned(deviation: ProcessDeviation) -> list[tuple[str, object]]:
    first, last = deviation.valid_from, deviation.valid_until
    holds = format_html("{} to {}", times.day(first), times.day(last)) if first and last else ""
    return [("Kind", "Planned"), ("Holds from", holds)]


def _unplanned(deviation: ProcessDeviation) -> list[tuple[str, object]]:
    return [
        ("Kind", "Unplanned"),
        ("Logged", logged_words(deviation)),
        ("Grade", severity_badge(deviation)),
        ("Affects", _affected(deviation)),
        ("Decision", deviation.get_decision_display()),
    ]


def _affected(deviation: ProcessDeviation) -> str:
    flags = (("affects_safety", "safety"), ("affects_rights", "rights"), ("affects_data", "data"))
    return ", ".join(words for name, words in flags if getattr(deviation, name))


def sections(deviation: ProcessDeviation) -> list[tuple[str, str]]:
    """Its texts."""
    return [
        ("What is departed from" if deviation.is_planned else "Deviation", deviation.description),
        ("Why it is needed", deviation.justification),
        ("Immediate action", deviation.immediate_action),
        ("Grounds of the grade", deviation.rationale),
        ("Impact", deviation.impact),
        ("What was found", deviation.investigation),
        ("What is done, and why", deviation.action),
        ("What came of it", deviation.outcome),
        ("How it went", deviation.ending),
    ]


def words(deviation: Any) -> str:
    """By which words search finds it."""
    return " ".join(filter(None, [deviation.requirement, *(text for _, text in sections(deviation))]))


def deviations_panel(request: HttpRequest, version: Any) -> dict[str, object] | None:
    """The deviations from a document, for its page; nothing without any."""
    found = list(deviations_from(version.document, request.user)[: _MOST + 1])
    rows = [Related(each.number, event_path(each), badge_of(each), each.title, number=True) for each in found[:_MOST]]
    title = f"The newest {_MOST} deviations from it" if len(found) > _MOST else "Deviations from it"
    return {"title": title, "rows": Links(rows)} if rows else None
