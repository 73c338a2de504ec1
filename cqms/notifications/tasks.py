"""The task that mails."""

from celery import shared_task

from cqms.notifications.mailing import mail_all
from cqms.notifications.services import MAIL
from cqms.organizations.selectors import working_organizations


@shared_task(name=MAIL)
def mail() -> None:
    """Mail what is due, one organization after another; sent after each notice, and by beat every 20 seconds."""
    for organization in working_organizations():
        mail_all(organization)
