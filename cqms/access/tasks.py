"""What time does to roles."""

from celery import shared_task

from cqms.access import services
from cqms.organizations.scope import scope
from cqms.organizations.selectors import working_organizations


@shared_task(name="access.end_lapsed_roles")
def end_lapsed_roles() -> None:
    """Take back the roles whose end has come, in every organization; beat sends it every five minutes."""
    for organization in working_organizations():
        with scope(organization):
            services.end_lapsed_roles()
