"""What hangs at an event: links with other records, photos and files."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseNotFound, HttpResponseRedirect
from django.shortcuts import get_object_or_404

from cqms.attachments.downloads import download_response
from cqms.attachments.models import Attachment
from cqms.attachments.previews import is_shown_small, preview_response
from cqms.attachments.services import attachments_of
from cqms.jobs.pages import page_of
from cqms.organizations.models import TrackedModel
from cqms.ui.views import FormPage
from quality_events import presentation, reports, services
from quality_events.forms import FilesForm, LinkForm, WithdrawForm
from quality_events.policies import may_attach, may_export, may_report
from quality_events.selectors import files_of_parts, links_of
from quality_events.views.event import OfEvent


class LinkEvent(OfEvent, FormPage):
    """Link a record with another, and say why."""

    form_class = LinkForm
    submit = "Link"

    def get_title(self) -> str:
        return f"Link {self.kwargs['number']} with another record"

    def get_record(self) -> None:
        self.event = self.load()
        may_report.demand(self.reader, self.event)

    def form_kwargs(self, record: Any) -> dict[str, Any]:
        return {"reader": self.reader}

    def initial(self, record: Any) -> dict[str, Any]:
        """What the page that led here proposes."""
        return {name: self.request.GET.get(name, "").replace("\x00", "") for name in ("number", "why")}

    def save(self, form: LinkForm, record: Any) -> str:
        data = form.cleaned_data
        services.link(self.event, data["other"], actor=self.reader, why=data["why"])
        return presentation.event_path(self.event)


class WithdrawLink(OfEvent, FormPage):
    """Withdraw a link that does not hold."""

    form_class = WithdrawForm
    submit = "Withdraw the link"
    autosave = False

    def get_title(self) -> str:
        return f"Withdraw a link of {self.kwargs['number']}"

    def get_record(self) -> None:
        self.event = self.load()
        may_report.demand(self.reader, self.event)
        known = [each.link for each in links_of(self.event, self.reader, also_withdrawn=True)]
        self.found = next((each for each in known if each.pk == self.kwargs["link"]), None)
        if self.found is None:
            raise Http404
        services.demand_standing(self.found, self.reader)

    def save(self, form: WithdrawForm, record: Any) -> str:
        services.withdraw_link(self.found, actor=self.reader, reason=form.cleaned_data["reason"])
        return presentation.event_path(self.event)


class AddFiles(OfEvent, FormPage):
    """Attach photos and files."""

    form_class = FilesForm
    submit = "Add the files"
    autosave = False

    def get_title(self) -> str:
        return f"Add files to {self.kwargs['number']}"

    def get_record(self) -> None:
        self.event = self.load()
        may_attach.demand(self.reader, self.event)

    def save(self, form: FilesForm, record: Any) -> str:
        services.add_files(self.event, form.cleaned_data["files"], actor=self.reader)
        return presentation.event_path(self.event)


class PrintEvent(OfEvent):
    """Make the report of an event as a PDF, in the background."""

    def get(self, request: HttpRequest, number: str) -> HttpResponseBase:
        """There is nothing to see: the button stands on the page of the record."""
        return HttpResponseRedirect(presentation.event_path(self.load()))

    def post(self, request: HttpRequest, number: str) -> HttpResponseBase:
        """Ask for it, and show how far it is."""
        record = self.load()
        may_export.demand(self.reader, record)
        return HttpResponseRedirect(page_of(reports.request_report(record, actor=self.reader)))


class EventFile(OfEvent):
    """A file of an event."""

    def get(self, request: HttpRequest, number: str, file: int) -> HttpResponseBase:
        """Hand it out and write it down; with `small` in the address, the picture as pages show it."""
        record = self.load()
        rows = Attachment.objects.filter(pk__in=[each.pk for each in attachments_of(record, self.reader)])
        found = get_object_or_404(rows.select_related("file"), pk=file)
        if "small" in request.GET and is_shown_small(found.file, self.reader):
            return preview_response(found.file, record=found) or HttpResponseNotFound()
        return download_response(found.file, found.name, person=self.reader, record=found, inline=True)


class PartFile(OfEvent):
    """A file of evidence of a part of an event. Define `part_model`, and `whole`, its key to the event."""

    part_model: type[TrackedModel]
    whole = ""

    def get(self, request: HttpRequest, number: str, part: int, file: int) -> HttpResponseBase:
        """Hand it out and write it down."""
        rows = self.part_model._default_manager.filter(**{self.whole: self.load()}).select_related(self.whole)
        found = get_object_or_404(rows, pk=part)
        known = next((each for each in files_of_parts([found], self.reader)[found.pk] if each.pk == file), None)
        if known is None:
            raise Http404
        return download_response(known.file, known.name, person=self.reader, record=found, inline=True)
