"""Quality issues in words: what their page tells besides what every event does."""

from typing import Any

from quality_events.course import Path
from quality_events.issues.models import IssueState, QualityIssue
from quality_events.presentation import severity_badge

PATH = Path((
    IssueState.NEW, IssueState.TRIAGE, IssueState.ACCEPTED, IssueState.CONTAINMENT, IssueState.ROOT_CAUSE,
    IssueState.ACTION_DECISION, IssueState.EFFECT_REVIEW, IssueState.CLOSED,
))  # fmt: skip


def facts(issue: QualityIssue) -> list[tuple[str, object]]:
    """What is known of an issue."""
    flags = [words for name, words in (("safety", "safety"), ("privacy", "personal data"), ("blinding", "blinding"))
             if getattr(issue, name)]  # fmt: skip
    scope = issue.get_scope_display()
    return [
        ("Scope", f"{scope}: {issue.scope_detail}" if issue.scope_detail else scope),
        ("Detected by", issue.detected_how),
        ("Critical-to-quality factor", issue.critical_factor),
        ("Participants affected", issue.affected),
        ("Severity", severity_badge(issue)),
        ("Extent", issue.get_extent_display()),
        ("Detectability", issue.get_detectability_display()),
        ("Serious breach?", issue.get_breach_display()),
        ("Concerns", ", ".join(flags) or "nothing that others must know at once"),
        ("Decision", issue.get_decision_display()),
    ]


def sections(issue: QualityIssue) -> list[tuple[str, str]]:
    """Its texts."""
    return [
        ("Description", issue.description),
        ("Immediate containment", issue.containment),
        ("Root cause", issue.root_cause),
        ("Grounds of the decision", issue.decision_grounds),
        ("Persistent noncompliance", issue.termination if issue.persistent else ""),
        ("Effect", issue.effect),
    ]


def words(issue: Any) -> str:
    """By which words search finds it."""
    return " ".join(filter(None, [text for _, text in sections(issue)]))
