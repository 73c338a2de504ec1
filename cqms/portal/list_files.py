"""Lists with very many rows, written by a worker: the same page is asked, as the same person, for the file."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.core.exceptions import ObjectDoesNotExist
from django.http import FileResponse, Http404, HttpRequest, QueryDict
from django.urls import resolve
from django.utils import timezone

from cqms.access.reach import fingerprint_of
from cqms.accounts.models import User
from cqms.attachments.downloads import download_response
from cqms.attachments.kinds import CSV, EXCEL
from cqms.attachments.models import StoredFile
from cqms.attachments.services import UNLIMITED, store
from cqms.audit.refusals import Denied
from cqms.jobs.models import Job
from cqms.jobs.pages import page_of
from cqms.jobs.progress import Progress
from cqms.organizations.models import Membership
from cqms.portal.mounting import MOUNTED_URLS, mounted
from cqms.records.story import moves_out_of_sight
from cqms.ui.views.list_files import Destination


def export_list(job: Job, progress: Progress) -> dict[str, Any]:
    """Write the list that a job names, keep the file, and say in the trail what left; the job's result.

    Raises Denied when its person may not see the list any more.
    """
    person = cast("User", job.requested_by)
    query = QueryDict(job.arguments["query"])
    suffix = query["format"]
    with TemporaryDirectory(prefix="list-export-") as folder:
        destination = Destination(Path(folder) / f"list.{suffix}", progress)
        _ask(job, person, query, destination)
        if destination.written is None:
            raise Denied("Your roles here do not let you see this list any more.")
        name = f"{job.label}.{suffix}"
        with destination.path.open("rb") as content:
            stored = store(content, name=name, actor=person, allowed=[CSV, EXCEL], limit=UNLIMITED)
    return {
        "path": page_of(job),
        "sentence": f"{destination.written.rows:,} rows are in the file.",
        "file": stored.pk,
        "name": name,
        "reach": fingerprint_of(person),
    }


def download_list(job: Job, person: User) -> FileResponse:
    """The file of a finished job; the trail says so.

    Raises Http404 without a file, Denied when the person's roles are not those with which it was made, or when
    something moved since to a lane that is closed to them: it may be in the file.
    """
    try:
        stored = StoredFile.objects.get(pk=job.result.get("file"))
    except ObjectDoesNotExist:
        raise Http404 from None
    moved = moves_out_of_sight(person).filter(at__gt=job.created_at)
    if job.result["reach"] != fingerprint_of(person) or moved.exists():
        raise Denied("What you may see here has changed since this file was made. Export it again.")
    mine = Membership.objects.get(user=person)
    return download_response(stored, job.result["name"], person=person, record=mine)


def _ask(job: Job, person: User, query: QueryDict, destination: Destination) -> None:
    request = HttpRequest()
    request.method, request.user, request.GET = "GET", person, query
    request.organization, request.memberships, request.htmx = job.organization, [], False  # type: ignore[attr-defined]
    request.destination = destination  # type: ignore[attr-defined]
    request.META["SERVER_NAME"], request.META["SERVER_PORT"] = "localhost", "80"
    with mounted(job.organization.slug), timezone.override(ZoneInfo(person.zone)):
        match = resolve(job.arguments["path"], urlconf=MOUNTED_URLS)
        request.path = request.path_info = job.arguments["path"]
        request.resolver_match = match
        match.func(request, *match.args, **match.kwargs)
