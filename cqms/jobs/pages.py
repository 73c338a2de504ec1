"""Where a person watches a job: the app that has the page registers its address here."""

from collections.abc import Callable

from cqms.jobs.models import Job

Page = Callable[[Job], str]


def _home(job: Job) -> str:
    return f"/o/{job.organization.slug}/"


_pages: list[Page] = [_home]


def register(page: Page) -> None:
    """Name the page of every job, as a path with the organization; called when its app is ready."""
    _pages[:] = [page]


def page_of(job: Job) -> str:
    """The path of the page that shows the job; the organization's home while no app has one."""
    return _pages[0](job)
