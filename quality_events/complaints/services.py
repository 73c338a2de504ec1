"""What changes complaints beyond what every event can do: what follows from their steps."""

from collections.abc import Mapping
from typing import Any

from cqms.access.reach import people_with
from cqms.accounts.models import User
from cqms.audit.refusals import refusable
from cqms.configuration.selectors import current_settings
from cqms.deadlines import services as deadlines
from cqms.deadlines.selectors import open_deadlines_about
from cqms.events import publish
from cqms.organizations.capabilities import Capability
from cqms.organizations.scope import day_of
from cqms.signatures.services import Credentials
from quality_events import services
from quality_events.complaints.models import Complaint, FollowUp
from quality_events.complaints.workflow import COMPLAINT
from quality_events.events import CapaDecided
from quality_events.types import type_of

HAND_OVER = "complaints.hand_over"
"""By which the settings say within how many working days pharmacovigilance has what concerns safety."""

NEEDED: dict[str, dict[str, str]] = {
    "classify": {"severity": "Grade the severity."},
    "hand_over": {"handed_over_at": "Say since when they have it.", "handed_over_to": "Say who has it, and where."},
    "investigate": {
        "investigation": "Say what was found.", "conclusion": "Say whether it is justified.",
        "follow_up": "Decide what is done.", "follow_up_grounds": "Say what is done, and why.",
    },
    "reply": {
        "reply": "Say what was answered.", "replied_on": "Say when.", "replied_by": "Say how it was answered.",
    },
}  # fmt: skip
"""What each step must leave in the record, with what is said when it is missing."""


def receive_complaint(values: Mapping[str, Any], *, actor: User) -> Complaint:
    """Write a complaint down; quality assurance is asked to classify it. Raises Denied or ValidationError."""
    return services.open_event(Complaint(number=""), actor=actor, values=values)


def take_step(
    complaint: Complaint,
    key: str,
    *,
    actor: User,
    revision: int | None = None,
    credentials: Credentials | None = None,
    reason: str = "",
    values: Mapping[str, Any] | None = None,
) -> Complaint:
    """Take one step and do what follows from it.

    Raises a Refused, or ValidationError for what the step must leave in the record.
    """
    with refusable(complaint, actor=actor, attempt=COMPLAINT.attempt(key)):
        row = services.take_step(
            complaint, key, actor=actor, revision=revision, credentials=credentials, reason=reason, values=values
        )
        services.check_left(row, NEEDED.get(key, {}))
        _follow(row, key, actor)
        return row


def _follow(complaint: Complaint, key: str, actor: User) -> None:
    _tend_safety(complaint, actor)
    if key == "classify" and complaint.safety:
        for person in people_with(Capability.ADVISE, complaint):
            said = f"{complaint.number} concerns safety: {complaint.title}"
            services.tell(complaint, person, said, occasion=f"safety:{person.pk}")
    if key == "investigate" and complaint.follow_up == FollowUp.CAPA:
        publish(CapaDecided("complaints.complaint", complaint.pk, actor.pk))
    if key in ("reject", "close") and complaint.reporter_id != actor.pk:
        said = f"{complaint.number} that you reported: {complaint.get_state_display().lower()}"
        services.tell(complaint, complaint.reporter, said, occasion=key)


def _tend_safety(complaint: Complaint, actor: User) -> None:
    """The deadline of pharmacovigilance runs from when we knew, while it does not have what concerns safety."""
    awaited = complaint.awaits_safety and complaint.state not in type_of(complaint).ends
    running = next((each for each in open_deadlines_about(complaint) if each.kind == HAND_OVER), None)
    if running and complaint.handed_over_at:
        deadlines.meet(running, actor=actor)
    elif running and not awaited:
        deadlines.drop(running, actor=actor, because="it does not concern safety, or it has ended")
    elif awaited and not running:
        settings, organization = current_settings(), complaint.organization
        known = day_of(complaint.aware_at)
        path = organization.path("complaints:step", number=complaint.number, step="hand_over")
        duty = deadlines.Duty(HAND_OVER, f"Hand over to pharmacovigilance: {complaint.number}", path)
        due = settings.after_working_days(known, settings.days_for(HAND_OVER))
        deadlines.open_deadline(complaint, duty, due=due, owner=complaint.owner, actor=actor)
