"""What a leaver has in hand in redactions: those they asked for, and those they were asked to approve."""

from collections.abc import Sequence
from typing import cast

from django.core.exceptions import ValidationError

from cqms.access.policies import exists_for
from cqms.accounts.models import User
from cqms.audit.models import kind_of
from cqms.organizations.models import TrackedModel
from cqms.portal import handover
from cqms.redactions.models import Redaction, RedactionState
from cqms.redactions.policies import may_ask, may_decide

_OPEN = (RedactionState.PREPARED, RedactionState.REQUESTED)


def register() -> None:
    """Let leavers hand both over."""
    label = kind_of(Redaction)
    handover.register(handover.Kind("redactions", "Redactions they asked for", asked_by, ask_on, (f"{label}.owner",)))
    handover.register(
        handover.Kind("approvals", "Redactions they were asked to approve", waiting_for, approve_on,
                      (f"{label}.approver",))
    )  # fmt: skip


def asked_by(person: User) -> Sequence[TrackedModel]:
    """Open redactions that a person asked for."""
    return list(Redaction.objects.filter(owner=person, state__in=_OPEN))


def waiting_for(person: User) -> Sequence[TrackedModel]:
    """Open redactions that a person was asked to approve."""
    return list(Redaction.objects.filter(approver=person, state__in=_OPEN))


def ask_on(record: TrackedModel, heir: User, actor: User, reason: str) -> object:
    """Let somebody else ask. Raises ValidationError for who approves it, or may not ask."""
    redaction = cast("Redaction", record)
    if heir.pk == redaction.approver_id or not may_ask(heir, redaction):
        raise ValidationError(f"{heir} approves this redaction, or may not ask for it.")
    return handover.set_owner("owner", "handed the redaction over")(redaction, heir, actor, reason)


def approve_on(record: TrackedModel, heir: User, actor: User, reason: str) -> object:
    """Let somebody else approve. Raises ValidationError for who asked for it, or may not approve."""
    redaction = cast("Redaction", record)
    if heir.pk == redaction.owner_id or not may_decide(heir, redaction) or not exists_for(heir, redaction):
        raise ValidationError(f"{heir} cannot approve this redaction.")
    return handover.set_owner("approver", "asked somebody else to approve it:")(redaction, heir, actor, reason)
