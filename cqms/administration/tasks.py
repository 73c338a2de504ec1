"""What time does to access reviews."""

from celery import shared_task

from cqms.administration import reviews
from cqms.organizations.selectors import working_organizations


@shared_task(name="administration.lapse_reviews")
def lapse_reviews() -> None:
    """End the reviews whose day has passed, in every organization; beat sends it every hour."""
    for organization in working_organizations():
        reviews.lapse_overdue(organization)
