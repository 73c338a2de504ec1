"""What a person was told."""

from cqms.access.reach import lane_filter, reach_of
from cqms.accounts.models import User
from cqms.notifications.models import Notification


def unread_standing_alone(person: User) -> list[Notification]:
    """What the person was told and has not read, where nothing else in the Inbox says so; newest first."""
    rows = Notification.objects.filter(
        lane_filter(reach_of(person)), person=person, read_at__isnull=True, stands_alone=True
    )
    return list(rows.order_by("-at")[:100])
