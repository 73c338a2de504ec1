"""What a person was told."""

from cqms.accounts.models import User
from cqms.notifications.models import Notification


def unread_standing_alone(person: User) -> list[Notification]:
    """What the person was told and has not read, where nothing else in the Inbox says so; newest first."""
    rows = Notification.objects.filter(person=person, read_at__isnull=True, stands_alone=True)
    return list(rows.order_by("-at")[:100])
