"""Members from a CSV file: choose it, look at what would happen, have it done."""

import io
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from cqms.attachments.kinds import CSV
from cqms.attachments.models import StoredFile
from cqms.attachments.services import store
from cqms.jobs.services import enqueue
from cqms.lists.files import CSV as CSV_FILE
from cqms.portal.forms import ReasonForm
from cqms.portal.member_files import in_words, lines_of, stored_lines, write_outcomes
from cqms.portal.member_import import IMPORT, Fate, Outcome, counted, try_lines
from cqms.portal.member_lines import COLUMNS, MOST, OPTIONAL
from cqms.portal.views.member_forms import AboutMembers
from cqms.ui.atoms import Badge, Button
from cqms.ui.components import Table
from cqms.ui.items import Head

_SHOWN = 50
_TONES = {
    Fate.INVITED: "good", Fate.CHANGED: "progress", Fate.SAME: "neutral", Fate.UNKNOWN: "bad", Fate.CONFLICT: "bad",
}  # fmt: skip
_HEADS = (Head("Line", "fit"), Head("E-mail", "lead"), Head("What happens"), Head("Outcome", "fit state"))


class MembersFileForm(forms.Form):
    """The file; it can be read as members."""

    file = forms.FileField(
        label="CSV file",
        help_text=f"UTF-8, up to {MOST} lines below a first line with {', '.join((*COLUMNS, *OPTIONAL))}; only email "
        "must be there. Days as 2026-09-21, manager by e-mail, study by number, as: member or guest.",
        widget=forms.ClearableFileInput({"accept": ".csv,text/csv"}),
    )

    def clean_file(self) -> Any:
        """The file. Raises ValidationError with the sentence that says what is wrong."""
        file = self.cleaned_data["file"]
        lines_of(file)
        file.seek(0)
        return file


class MembersFile(AboutMembers):
    """Choose the file."""

    title = "Members from a file"
    lede = "Nobody is invited yet: the next page shows what would happen, line by line."
    form_class: type[forms.Form] = MembersFileForm
    submit = "Show what would happen"

    def save(self, form: Any, record: None) -> str:
        file = form.cleaned_data["file"]
        stored = store(file.read(), name="members.csv", actor=self.request.user, allowed=[CSV])
        return reverse("portal:members_preview", kwargs={"sha256": stored.sha256})


class MembersPreview(AboutMembers):
    """What would become of each line, and the button that does it."""

    title = "What the file would do"
    template_name = "portal/members_preview.html"
    form_class = ReasonForm

    @property
    def cancel_url(self) -> str:
        """Another file."""
        return reverse("portal:members_file")

    @cached_property
    def stored(self) -> StoredFile:
        """The file of the address. Raises Http404."""
        found = StoredFile.objects.filter(sha256=self.kwargs["sha256"], media_type=CSV.media_type).first()
        if found is None:
            raise Http404
        return found

    @cached_property
    def outcomes(self) -> list[Outcome]:
        """Every line with what would become of it. Raises Http404 for a file of something else."""
        try:
            return try_lines(stored_lines(self.stored), actor=self.reader)
        except ValidationError:
            raise Http404 from None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or with `format=csv` every line with its outcome as a file."""
        if request.GET.get("format") != CSV_FILE.suffix:
            return super().get(request, *args, **kwargs)
        target = io.BytesIO()
        write_outcomes(self.outcomes, target)
        headers = {"Content-Disposition": 'attachment; filename="members, outcome.csv"'}
        return HttpResponse(target.getvalue(), content_type=CSV_FILE.media_type, headers=headers)

    def around(self, form: Any, record: None) -> Mapping[str, Any]:
        counts = counted(self.outcomes)
        wrong = counts[Fate.UNKNOWN] + counts[Fate.CONFLICT]
        first = sorted(self.outcomes, key=lambda each: each.fate not in (Fate.UNKNOWN, Fate.CONFLICT))
        return {
            **super().around(form, record),
            "counts": in_words(self.outcomes),
            "wrong": wrong,
            "acts": counts[Fate.INVITED] + counts[Fate.CHANGED],
            "lines": Table(_HEADS, [_row(each) for each in first[:_SHOWN]], "The lines, those to be mended first"),
            "hidden": max(len(first) - _SHOWN, 0),
            "download": Button("All lines as CSV", icon="download", href="?format=csv"),
            "submit": "Do it, without the lines that are wrong" if wrong else "Do it",
        }

    def save(self, form: ReasonForm, record: None) -> str:
        reason = form.cleaned_data["reason"]
        label = "Members from a file"
        job = enqueue(IMPORT, actor=self.request.user, label=label, sha256=self.stored.sha256, reason=reason)
        return reverse("portal:job", kwargs={"key": job.pk})


def _row(each: Outcome) -> Sequence[object]:
    return [str(each.line.number), each.line["email"], each.words, Badge(each.fate.label, _TONES[each.fate])]
