"""Complaints in words: what their page tells besides what every event does."""

from typing import Any

from django.utils.html import format_html

from cqms.ui import times
from cqms.ui.atoms import Badge
from quality_events.complaints.models import Complaint, ComplaintState
from quality_events.course import Path
from quality_events.presentation import severity_badge

PATH = Path((
    ComplaintState.RECEIVED, ComplaintState.CLASSIFIED, ComplaintState.INVESTIGATED, ComplaintState.REPLIED,
    ComplaintState.CLOSED,
))  # fmt: skip


def facts(complaint: Complaint) -> list[tuple[str, object]]:
    """What is known of a complaint."""
    return [
        ("Who complains", complaint.get_complainant_display()),
        ("Received by", complaint.get_channel_display()),
        ("About", complaint.get_subject_matter_display()),
        ("Receipt confirmed on", times.day(complaint.acknowledged_on) if complaint.acknowledged_on else "not yet"),
        ("Severity", severity_badge(complaint)),
        ("Concerns", _concerns(complaint)),
        ("Pharmacovigilance", _safety(complaint)),
        ("Conclusion", complaint.get_conclusion_display()),
        ("Follow-up", complaint.get_follow_up_display()),
        ("Answered", _answered(complaint)),
    ]


def _concerns(complaint: Complaint) -> str:
    flags = [words for name, words in (("safety", "safety"), ("privacy", "personal data")) if getattr(complaint, name)]
    return ", ".join(flags) or "nothing that others must know at once"


def _safety(complaint: Complaint) -> object:
    if complaint.handed_over_at:
        return format_html("{}, since {}", complaint.handed_over_to, times.moment(complaint.handed_over_at))
    return Badge("Not handed over yet", "bad") if complaint.safety else ""


def _answered(complaint: Complaint) -> object:
    if complaint.replied_on is None:
        return ""
    return format_html("{}, {}", times.day(complaint.replied_on), complaint.get_replied_by_display().lower())


def sections(complaint: Complaint) -> list[tuple[str, str]]:
    """Its texts."""
    return [
        ("Complaint", complaint.description),
        ("What was found", complaint.investigation),
        ("What is done, and why", complaint.follow_up_grounds),
        ("Answer", complaint.reply),
        ("How the answer was taken", complaint.content),
    ]


def words(complaint: Any) -> str:
    """By which words search finds it."""
    return " ".join(filter(None, [text for _, text in sections(complaint)]))
