"""What people were told and nothing else in the Inbox says: results of their work, and reminders of others' delays."""

from cqms.accounts.models import User
from cqms.inbox.rows import Row, register
from cqms.notifications.models import Notification
from cqms.notifications.selectors import unread_standing_alone


def rows_of(person: User) -> list[Row]:
    """What the person has not read yet."""
    return [_row(each) for each in unread_standing_alone(person)]


def _row(notification: Notification) -> Row:
    failed = notification.kind == "job.failed"
    return Row(
        kind="news",
        title=notification.subject,
        sentence=notification.body,
        late="",
        path=notification.path,
        action="Open",
        tone="bad" if failed else "",
        icon="bad" if failed else "neutral",
    )


register("news", rows_of, personal=True)
