"""Adding, handing out and taking away the files and comments of a record."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404

from cqms.access.parts import lanes_open_to, seen_parts
from cqms.attachments import services as attachments
from cqms.attachments.downloads import download_response
from cqms.attachments.models import Attachment
from cqms.audit.models import Lane
from cqms.comments import services as comments
from cqms.comments.models import LONGEST, Comment
from cqms.portal import parts
from cqms.portal.forms import ReasonForm, with_source
from cqms.ui import addresses
from cqms.ui.items import Crumb
from cqms.ui.views import FormPage, Page

_OPEN_TO = {
    Lane.GENERAL: "Everybody who may see the record",
    Lane.UNBLINDED: "Only who may see the unblinded lane",
    Lane.CONFIDENTIAL: "Only who may see the confidential lane",
}


class LaneChoice(forms.Form):
    """Something that belongs to a record, in a lane of its own."""

    lane = with_source(
        forms.ChoiceField(
            label="Who may know of it", widget=forms.RadioSelect, initial=Lane.GENERAL,
            help_text="For everybody else it does not exist: no name, no count, no entry in the trail.",
        ),
        "ICH E6(R3) 4.1",
    )  # fmt: skip

    def __init__(self, *args: Any, lanes: Sequence[Lane], **kwargs: Any) -> None:
        """`lanes` are those the reader may see; where it is one only, nothing is asked."""
        super().__init__(*args, **kwargs)
        self.fields["lane"].choices = [(each.value, _OPEN_TO[each]) for each in lanes]
        if len(lanes) == 1:
            self.fields["lane"].required, self.fields["lane"].widget = False, forms.HiddenInput()

    def chosen(self) -> str:
        """The lane that was chosen."""
        return self.cleaned_data["lane"] or Lane.GENERAL


class FileForm(LaneChoice):
    """A file for a record."""

    file = forms.FileField(label="File", help_text="A PDF, text, picture, Word or Excel file.")
    label = forms.CharField(label="What it is", max_length=200, required=False, help_text="For example: site contract.")

    field_order = ("file", "label", "lane")


class CommentForm(LaneChoice):
    """What somebody says about a record."""

    text = forms.CharField(label="Comment", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 5}))

    field_order = ("text", "lane")


class OfRecord:
    """A page below a record that takes files and comments and exists for the reader."""

    @cached_property
    def record(self) -> Any:
        """The record of the address. Raises Http404."""
        found = parts.find_for(self.request.user, self.kwargs["kind"], self.kwargs["pk"])
        if found is None:
            raise Http404
        return found

    @cached_property
    def takes(self) -> parts.Takes:
        """What the record takes."""
        return parts.takes_of(self.record)

    @property
    def cancel_url(self) -> str:
        """The page of the record."""
        return addresses.address_of(self.kwargs["kind"], self.record)

    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(str(self.record), self.cancel_url), Crumb(self.get_title())]

    def part(self, model: Any, **more: Any) -> Any:
        """The file or comment of the address, if the reader may see its lane. Raises Http404."""
        rows = seen_parts(model.objects.filter(**more), self.record, self.request.user)
        return get_object_or_404(rows, pk=self.kwargs["part"])


class _Adds(OfRecord, FormPage):
    """A form that adds something in a lane of its own."""

    def form_kwargs(self, record: None) -> Mapping[str, Any]:
        return {"lanes": lanes_open_to(self.request.user, self.record)}


class NewFile(_Adds):
    """Add a file to a record."""

    title = "Add a file"
    form_class = FileForm
    submit = "Add the file"
    autosave = False

    def get_record(self) -> None:
        self.takes.may_add.demand(self.request.user, self.record)

    def save(self, form: FileForm, record: None) -> str:
        data = form.cleaned_data
        parts.add(self.record, data["file"], actor=self.request.user, label=data["label"], lane=form.chosen())
        return f"{self.cancel_url}#files"


class NewComment(_Adds):
    """Say something about a record."""

    title = "Write a comment"
    form_class = CommentForm
    submit = "Send the comment"

    def get_record(self) -> None:
        self.takes.may_say.demand(self.request.user, self.record)

    def save(self, form: CommentForm, record: None) -> str:
        parts.say(self.record, form.cleaned_data["text"], actor=self.request.user, lane=form.chosen())
        return f"{self.cancel_url}#comments"


class _Leaves(OfRecord, FormPage):
    """A form that takes something off the page of a record; what it was stays in the trail."""

    form_class = ReasonForm
    lede = "It leaves the page. The trail keeps what it was, who did this, and why."
    autosave = False


class RemoveFile(_Leaves):
    """Take a file off the page of its record."""

    title = "Remove a file"
    submit = "Remove the file"

    def get_record(self) -> None:
        self.file = self.part(Attachment, removed_at__isnull=True)
        attachments.may_remove.demand(self.request.user, self.file)

    def save(self, form: ReasonForm, record: None) -> str:
        parts.take_off(self.record, self.file, actor=self.request.user, reason=form.cleaned_data["reason"])
        return f"{self.cancel_url}#files"


class TakeBackComment(_Leaves):
    """Take back what one said."""

    title = "Take back a comment"
    submit = "Take it back"

    def get_record(self) -> None:
        self.comment = self.part(Comment, taken_back_at__isnull=True)
        comments.is_author.demand(self.request.user, self.comment)

    def save(self, form: ReasonForm, record: None) -> str:
        comments.take_back(self.comment, actor=self.request.user, reason=form.cleaned_data["reason"])
        return f"{self.cancel_url}#comments"


class File(OfRecord, Page):
    """A file of a record."""

    def get(self, request: HttpRequest, **parts_of_address: Any) -> HttpResponseBase:
        """Hand it out; the trail says so in the lane of the file."""
        found = self.part(Attachment, removed_at__isnull=True)
        return download_response(found.file, found.name, person=request.user, record=found)
