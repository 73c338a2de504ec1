"""What a person was told."""

from cqms.access.policies import exists_for
from cqms.access.reach import lane_filter, reach_of
from cqms.accounts.models import User
from cqms.audit.models import Lane
from cqms.notifications.models import Notification
from cqms.records.models import find


def unread_standing_alone(person: User) -> list[Notification]:
    """What the person was told and has not read, where nothing else in the Inbox says so; newest first."""
    rows = Notification.objects.filter(
        lane_filter(reach_of(person)), person=person, read_at__isnull=True, stands_alone=True
    )
    return [row for row in rows.order_by("-at")[:100] if still_exists(row, person)]


def still_exists(row: Notification, person: User) -> bool:
    """Whether what a notice is about exists for the person, who may have lost a role since, or it moved to a lane.

    A notice about no record is for everybody, unless it was sent in a closed lane.
    """
    if row.record_id is None:
        return row.lane == Lane.GENERAL
    return exists_for(person, find(row.record_kind, row.record_id))
