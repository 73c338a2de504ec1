"""What changes process deviations beyond what every event can do: logging, requesting, what follows from steps."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from cqms.accounts.models import User
from cqms.audit.refusals import refusable
from cqms.events import publish
from cqms.signatures.services import Credentials
from quality_events import services
from quality_events.events import CapaDecided
from quality_events.process_deviations.models import Decision, ProcessDeviation, ProcessDeviationState, Timing
from quality_events.process_deviations.workflow import PROCESS_DEVIATION

LOG = "process_deviations.log"
"""By which the settings say within how many working days of its discovery a deviation is logged."""

NEEDED: dict[str, dict[str, str]] = {
    "classify": {"severity": "Grade it.", "rationale": "Say why it has this grade."},
    "act": {"decision": "Decide what is done.", "action": "Say what is done, and why."},
    "submit": {"outcome": "Say what was done, and what came of it."},
    "close_minor": {"outcome": "Say what was done, and what came of it."},
    "end": {"ending": "Say how it went, and that the procedure is followed again."},
}
"""What each step must leave in the record, with what is said when it is missing."""
_TOLD = ("reject", "close", "close_minor", "refuse", "approve")


def log_deviation(values: Mapping[str, Any], *, actor: User) -> ProcessDeviation:
    """Log a deviation, or request a planned one. Raises Denied or ValidationError."""
    planned = values.get("timing") == Timing.PLANNED
    begins = ProcessDeviationState.REQUESTED if planned else ProcessDeviationState.LOGGED
    timely = {} if planned else services.days_of_logging(LOG, values["discovered_on"])
    return services.open_event(ProcessDeviation(number="", state=begins), actor=actor, values={**values, **timely})


def take_step(
    deviation: ProcessDeviation,
    key: str,
    *,
    actor: User,
    revision: int | None = None,
    credentials: Credentials | None = None,
    reason: str = "",
    values: Mapping[str, Any] | None = None,
) -> ProcessDeviation:
    """Take one step and do what follows from it.

    Raises a Refused, or ValidationError for what the step must leave in the record.
    """
    with refusable(deviation, actor=actor, attempt=PROCESS_DEVIATION.attempt(key)):
        row = services.take_step(
            deviation, key, actor=actor, revision=revision, credentials=credentials, reason=reason, values=values
        )
        services.check_left(row, NEEDED.get(key, {}))
        _check_more(row, key)
        if key == "act" and row.decision == Decision.CAPA:
            publish(CapaDecided("process_deviations.processdeviation", row.pk, actor.pk))
        if key in _TOLD and row.reporter_id != actor.pk:
            said = f"{row.number} that you reported: {row.get_state_display().lower()}"
            services.tell(row, row.reporter, said, occasion=key)
        return row


def _check_more(row: ProcessDeviation, key: str) -> None:
    if key == "classify" and row.version is None and not row.requirement:
        raise ValidationError({"requirement": "Name the document, or the process where none describes it."})
    affected = row.affects_safety or row.affects_rights or row.affects_data
    if key == "classify" and affected and not row.impact:
        raise ValidationError({"impact": "Say what the impact is."})
