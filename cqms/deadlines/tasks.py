"""The task that reminds."""

from celery import shared_task

from cqms.deadlines.reminding import remind as remind_in
from cqms.organizations.selectors import working_organizations


@shared_task(name="deadlines.remind")
def remind() -> None:
    """Send what is due in every organization; beat sends it every five minutes."""
    for organization in working_organizations():
        remind_in(organization)
