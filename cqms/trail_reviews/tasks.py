"""What beat does with reviews of the trail: load, open the scope, call the service."""

from celery import shared_task

from cqms.organizations.scope import scope
from cqms.organizations.selectors import working_organizations
from cqms.trail_reviews import services


@shared_task(name="trail_reviews.open_next")
def open_next() -> None:
    """Plan the reviews whose period has ended."""
    for organization in working_organizations():
        with scope(organization):
            services.open_next_reviews(organization)
