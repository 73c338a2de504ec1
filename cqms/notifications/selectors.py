"""What a person was told."""

from cqms.access.policies import exists_for
from cqms.access.reach import lane_filter, reach_of
from cqms.accounts.models import User
from cqms.audit.models import Lane
from cqms.notifications.models import Notification
from cqms.records.models import find


def unread_standing_alone(person: User) -> list[Notification]:
    """What the person was told and has not read, where nothing else in the Inbox says so; newest first.

    What concerns a record in a closed lane is asked of the record itself, which may be in another one by now.
    """
    rows = Notification.objects.filter(
        lane_filter(reach_of(person)), person=person, read_at__isnull=True, stands_alone=True
    )
    return [row for row in rows.order_by("-at")[:100] if row.lane == Lane.GENERAL or still_exists(row, person)]


def still_exists(row: Notification, person: User) -> bool:
    """Whether what a notice is about exists for the person, wherever it moved since."""
    return row.record_id is not None and exists_for(person, find(row.record_kind, row.record_id))
