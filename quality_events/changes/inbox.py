"""What changes put into the Inbox besides their deadlines: plans that wait for quality assurance to sign.

Who owns the change finds it there already, by its own deadline.
"""

from cqms.access.reach import reach_of
from cqms.accounts.models import User
from cqms.audit.refusals import Refused
from cqms.inbox.rows import Row, first
from cqms.organizations.capabilities import Capability
from cqms.workflow.parts import done_parts, part_for, with_done_parts
from quality_events.changes.models import ChangeControl, ChangeState
from quality_events.changes.selectors import waiting_for_signatures
from quality_events.changes.workflow import who_approves

_STEPS = {ChangeState.ASSESSMENT: "approve", ChangeState.EMERGENCY: "approve_after"}


def waiting_here(person: User) -> list[Row]:
    """Plans that were handed in and wait for the signature of this person of quality assurance."""
    if not reach_of(person).anywhere(Capability.ASSURE):
        return []
    changes = with_done_parts(waiting_for_signatures(person).order_by("pk"))
    rows = [_row(each) for each in changes if _is_turn_of(person, each)]
    return first(rows, "Plans of changes", changes[0].organization.path("changes:list")) if rows else []


def _is_turn_of(person: User, change: ChangeControl) -> bool:
    try:
        part_for(who_approves(change), done_parts(change, _STEPS[ChangeState(change.state)]), person, change)
    except Refused:
        return False
    return True


def _row(change: ChangeControl) -> Row:
    step = _STEPS[ChangeState(change.state)]
    return Row(
        kind="changes.approve", title=str(change), sentence=f"The plan of {change.owner} waits for your approval.",
        late="It is not released before it is approved.", due=None,
        path=change.organization.path("changes:step", number=change.number, step=step), action="Approve",
        icon="sign", tone="bad" if change.state == ChangeState.EMERGENCY else "progress",
    )  # fmt: skip
