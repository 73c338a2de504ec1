"""What changes quality issues beyond what every event can do: what follows from its steps."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from cqms.access.reach import people_with
from cqms.accounts.models import User
from cqms.audit.refusals import Blocked, refusable
from cqms.events import publish
from cqms.organizations.capabilities import Capability
from cqms.signatures.services import Credentials
from quality_events import services
from quality_events.events import BreachSuspected, CapaDecided
from quality_events.issues.models import BreachScreen, Decision, QualityIssue
from quality_events.issues.workflow import QUALITY_ISSUE

NEEDED: dict[str, dict[str, str]] = {
    "accept": {
        "severity": "Grade the severity.", "extent": "Say how widespread it is.",
        "detectability": "Say how surely it would be noticed.", "breach": "Answer whether it may be a serious breach.",
    },
    "contain": {"containment": "Say what is done at once."},
    "conclude": {
        "root_cause": "Say why it happened.", "affected": "Say how many participants are affected, 0 if none is.",
        "critical_factor": "Name it, or say that none is touched.",
    },
    "decide": {"decision": "Decide what is done.", "decision_grounds": "Give the grounds."},
    "refuse_capa": {"decision": "Decide what is done.", "decision_grounds": "Justify why no CAPA is needed."},
    "close": {"effect": "Say what shows that the decision worked."},
}  # fmt: skip
"""What each step must leave in the record, with what is said when it is missing."""

_FORKS = (
    ("safety", Capability.ADVISE, "concerns safety"),
    ("privacy", Capability.ASSURE, "concerns personal data"),
    ("blinding", Capability.SEE_UNBLINDED, "concerns blinding"),
)


def open_issue(values: Mapping[str, Any], *, actor: User | None, reporter: User | None = None) -> QualityIssue:
    """Open an issue; quality assurance is asked to triage it. See `open_event`. Raises Denied or ValidationError."""
    return services.open_event(QualityIssue(number=""), actor=actor, values=values, reporter=reporter)


def take_step(
    issue: QualityIssue,
    key: str,
    *,
    actor: User,
    revision: int | None = None,
    credentials: Credentials | None = None,
    reason: str = "",
    values: Mapping[str, Any] | None = None,
) -> QualityIssue:
    """Take one step and do what follows from it. For `duplicate`, `values["original"]` is the issue that goes on.

    Raises a Refused, or ValidationError for what the step must leave in the record.
    """
    given = dict(values or {})
    original = given.pop("original", None)
    with refusable(issue, actor=actor, attempt=QUALITY_ISSUE.attempt(key)):
        row = services.take_step(
            issue, key, actor=actor, revision=revision, credentials=credentials, reason=reason, values=given
        )
        check_step(row, key)
        _follow(row, key, actor, original)
        return row


def check_step(issue: QualityIssue, key: str) -> None:
    """What a step must leave in the record. Raises ValidationError, or Blocked for a CAPA that only QA may refuse."""
    services.check_left(issue, NEEDED.get(key, {}))
    if key == "decide" and issue.is_significant and issue.decision != Decision.CAPA:
        raise Blocked(
            ["Significant noncompliance needs a CAPA. Only quality assurance decides without one, and signs why."]
        )
    if key == "refuse_capa" and issue.decision == Decision.CAPA:
        raise ValidationError({"decision": "This step is for a decision without a CAPA."})
    if key in ("decide", "refuse_capa") and issue.persistent and not issue.termination.strip():
        raise ValidationError({"termination": "Say whether the party's participation is ended, and why (3.12.3)."})


def _follow(issue: QualityIssue, key: str, actor: User, original: QualityIssue | None) -> None:
    if key == "duplicate":
        if original is None:
            raise ValidationError({"original": "Name the issue that goes on."})
        services.link(issue, original, actor=actor, why="It is a duplicate of this issue.")
    elif key == "accept":
        _fork(issue)
        if issue.breach in (BreachScreen.YES, BreachScreen.UNCLEAR):
            publish(BreachSuspected("issues.qualityissue", issue.pk, actor.pk))
    elif key == "decide" and issue.decision == Decision.CAPA:
        publish(CapaDecided("issues.qualityissue", issue.pk, actor.pk))
    if key in ("reject", "duplicate", "close") and issue.reporter_id != actor.pk:
        said = f"{issue.number} that you reported: {issue.get_state_display().lower()}"
        services.tell(issue, issue.reporter, said, occasion=key)


def _fork(issue: QualityIssue) -> None:
    """Tell those whom a flag calls: safety, data protection, the unblinded team."""
    for flag, capability, words in _FORKS:
        for person in people_with(capability, issue) if getattr(issue, flag) else ():
            services.tell(issue, person, f"{issue.number} {words}: {issue.title}", occasion=f"{flag}:{person.pk}")
