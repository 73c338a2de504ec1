"""What beat and the job worker do with documents: load, open the scope, call the service."""

from typing import Any

from celery import shared_task

from cqms.jobs.handlers import handler
from cqms.jobs.models import Job
from cqms.jobs.progress import Progress
from cqms.organizations.scope import scope
from cqms.organizations.selectors import working_organizations
from cqms.reports.documents import UnusableMarkdown
from cqms.reports.rendering import LibrariesMissing
from documents import renditions, reviews, steps


@handler("documents.render_version", speaks=(LibrariesMissing, UnusableMarkdown))
def render_version(job: Job, progress: Progress) -> dict[str, Any]:
    """Make the rendition of a draft."""
    progress("Making the PDF")
    return renditions.render_version(job.arguments["version"])


@handler("documents.issue_copy", speaks=(LibrariesMissing,))
def issue_copy(job: Job, progress: Progress) -> dict[str, Any]:
    """Make the issued copy of a version's present state."""
    progress("Making the issued copy")
    return renditions.issue_copy(job.arguments["version"])


@shared_task(name="documents.take_effect")
def take_effect() -> None:
    """Let versions take effect whose day has begun."""
    for organization in working_organizations():
        steps.take_effect(organization)


@shared_task(name="documents.open_periodic_reviews")
def open_periodic_reviews() -> None:
    """Open the periodic reviews that are due soon."""
    for organization in working_organizations():
        with scope(organization):
            reviews.open_periodic_reviews(organization)
