"""What beat does with the index."""

from celery import shared_task

from cqms.organizations.scope import scope
from cqms.organizations.selectors import every_organization
from cqms.search import services
from cqms.search.models import SearchEntry


@shared_task(name="search.fill")
def fill() -> None:
    """Build the index of every organization that has none: after the release that brought search, or a restore."""
    for organization in every_organization():
        with scope(organization):
            if not SearchEntry.objects.exists():
                services.rebuild()
