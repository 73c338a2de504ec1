"""Process deviations in words: what their page tells besides what every event does."""

from typing import Any

from django.utils.html import format_html

from cqms.ui import addresses, times
from cqms.ui.atoms import Badge, Number
from documents.models import Version
from quality_events.presentation import Path, severity_badge
from quality_events.process_deviations.models import ProcessDeviation, ProcessDeviationState

_S = ProcessDeviationState
PATH = Path((_S.LOGGED, _S.TRIAGE, _S.ASSESSMENT, _S.INVESTIGATION, _S.ACTION, _S.QA_REVIEW, _S.CLOSED))
PLANNED_PATH = Path((_S.REQUESTED, _S.APPROVED, _S.ENDED))


def facts(deviation: ProcessDeviation) -> list[tuple[str, object]]:
    """What is known of a process deviation."""
    mine = _planned(deviation) if deviation.is_planned else _unplanned(deviation)
    return [("Document", document(deviation)), ("Section or process", deviation.requirement), *mine]


def _planned(deviation: ProcessDeviation) -> list[tuple[str, object]]:
    first, last = deviation.valid_from, deviation.valid_until
    holds = format_html("{} to {}", times.day(first), times.day(last)) if first and last else ""
    return [("Kind", "Planned"), ("Holds from", holds)]


def _unplanned(deviation: ProcessDeviation) -> list[tuple[str, object]]:
    return [
        ("Kind", "Unplanned"),
        ("Logged", _logged(deviation)),
        ("Grade", severity_badge(deviation)),
        ("Affects", _affected(deviation)),
        ("Decision", deviation.get_decision_display()),
    ]


def document(deviation: ProcessDeviation) -> object:
    """The version that was deviated from, linked."""
    version = deviation.version
    if version is None:
        return ""
    return Number(document_words(version), addresses.address_of("documents.version", version))


def document_words(version: Version) -> str:
    """A version as people write it: SOP-0002 version 1.0."""
    return f"{version.document.number} version {version.label}"


def _logged(deviation: ProcessDeviation) -> object:
    if deviation.logged_on is None or deviation.log_due_on is None:
        return ""
    day = times.day(deviation.logged_on)
    if not deviation.was_late:
        return day
    return format_html("{} {} it was due by {}", day, Badge("Late", "warn"), times.day(deviation.log_due_on))


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
