"""Long work on screen: how far it is, what came of it, and trying again."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from cqms.jobs.models import Job, JobState
from cqms.jobs.pages import page_of
from cqms.jobs.selectors import job_for
from cqms.jobs.services import retry
from cqms.notifications.services import mark_read
from cqms.portal.list_files import download_list
from cqms.portal.views.badges import BADGES
from cqms.portal.views.reports import file_rows, fingerprints
from cqms.reports.models import Report
from cqms.reports.policies import may_inspect_somewhere
from cqms.reports.selectors import report_for
from cqms.ui.components import Progress
from cqms.ui.items import Crumb
from cqms.ui.views import Page

_NEWLY_QUEUED_SECONDS = 60


class JobPage(Page):
    """One piece of long work of the reader: the page asks again every two seconds, and can be left at any time."""

    template_name = "portal/job.html"
    fragment = "portal/job_progress.html"
    rail = "reports"

    def get_title(self) -> str:
        return self.job.label

    def crumbs(self) -> Sequence[Crumb]:
        if not may_inspect_somewhere(self.request.user):
            return ()
        return [Crumb("Reports", reverse("portal:reports")), Crumb(self.job.label)]

    def get(self, request: HttpRequest, key: UUID) -> HttpResponse:
        """Show it, or for the asking page only the part that changes."""
        self.job = _job_or_404(request, key)
        if self.job.is_finished:
            mark_read(request.user, key_prefix=f"job:{self.job.pk}:")
        only_part = bool(request.htmx) and not self.job.is_finished
        response = self.answer(template=self.fragment if only_part else "", **self._around())
        if request.htmx and self.job.is_finished:
            response["HX-Refresh"] = "true"
        return response

    def _around(self) -> dict[str, Any]:
        job = self.job
        report = _report(self.request, job)
        done = job.result.get("path", "") if job.state == JobState.DONE else ""
        return {
            "result_url": "" if done in ("", page_of(job)) else done,
            "job": job,
            "badge": BADGES[JobState(job.state)],
            "progress": progress_of(job),
            "report": report,
            "files": file_rows(report) if report else [],
            "fingerprints": fingerprints() if report else [],
            "list_file": reverse("portal:job_file", kwargs={"key": job.pk}) if job.result.get("file") else "",
        }


@require_POST
def job_retry(request: HttpRequest, key: UUID) -> HttpResponse:
    """Try failed work again."""
    job = retry(_job_or_404(request, key))
    return HttpResponseRedirect(reverse("portal:job", kwargs={"key": job.pk}))


def job_file(request: HttpRequest, key: UUID) -> HttpResponseBase:
    """The file that finished work made."""
    return download_list(_job_or_404(request, key), request.user)


def progress_of(job: Job) -> Progress:
    """What it is doing and how far it is, in words."""
    if job.state == JobState.FAILED:
        return Progress(job.error or "It was not done.", job.value, max(job.maximum, 1), tone="bad")
    if job.state == JobState.DONE:
        return Progress(job.result.get("sentence", "Done."), 1, 1, tone="good")
    if job.state == JobState.QUEUED:
        return Progress("Waiting for a free worker", 0, 1, _waited(job))
    share = f"{100 * job.value // job.maximum} %" if job.maximum else ""
    return Progress(job.doing or "Starting", job.value, max(job.maximum, 1), share, "progress")


def _waited(job: Job) -> str:
    seconds = (timezone.now() - job.created_at).total_seconds()
    return "" if seconds < _NEWLY_QUEUED_SECONDS else f"for {seconds / 60:.0f} minutes; it starts by itself"


def _report(request: HttpRequest, job: Job) -> Report | None:
    number = job.result.get("report", "")
    try:
        return report_for(request.user, number) if number else None
    except Report.DoesNotExist:
        return None


def _job_or_404(request: HttpRequest, key: UUID) -> Job:
    try:
        return job_for(request.user, key)
    except Job.DoesNotExist:
        raise Http404 from None
