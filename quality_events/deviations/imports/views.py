"""Pages that import deviations: choose the file, say what its columns mean, look at what would happen, have it done."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from cqms.attachments.downloads import download_response
from cqms.audit.models import Lane
from cqms.jobs.pages import page_of
from cqms.lists.files import CSV as CSV_FILE
from cqms.ui import times
from cqms.ui.atoms import Badge, Button, Number
from cqms.ui.components import Table
from cqms.ui.items import Crumb, Head
from cqms.ui.views import FormPage, Page
from quality_events.deviations.imports import services
from quality_events.deviations.imports.comparing import Fate, Outcome, compare, counted, rows_of, to_look_at
from quality_events.deviations.imports.forms import ColumnsForm, FileForm, RunForm
from quality_events.deviations.imports.policies import may_import, may_import_somewhere
from quality_events.deviations.imports.presentation import rows_file
from quality_events.deviations.imports.selectors import columns_for, file_of, imports_for, table_of
from quality_events.deviations.models import DeviationImport
from studies.selectors import studies_for

_SHOWN = 50
_EARLIER = 20
_HEADS = (Head("Row", "fit"), Head("Column"), Head("What", "lead"), Head("Outcome", "fit state"))
_EARLIER_HEADS = (
    Head("File", "lead"), Head("Study", "fit"), Head("Source", "col-2"), Head("Created", "num"),
    Head("Last run", "fit"),
)  # fmt: skip


class OfImports(Page):
    """A page below the list of deviations."""

    rail = "quality_events"

    def crumbs(self) -> Sequence[Crumb]:
        place = [
            Crumb("Quality events", reverse("quality_events:list")),
            Crumb("Protocol deviations", reverse("deviations:list")),
        ]
        if "key" not in self.kwargs:
            return [*place, Crumb(self.get_title())]
        return [*place, Crumb("Import", reverse("deviations:import")), Crumb(self.get_title())]


class OfOneImport(OfImports):
    """A page of one import that the reader may go on with."""

    @cached_property
    def found(self) -> DeviationImport:
        """The import of the address. Raises Http404 or Denied."""
        found = get_object_or_404(imports_for(self.reader), pk=self.kwargs["key"])
        may_import.demand(self.reader, found)
        return found

    def link(self, name: str) -> str:
        """Another page of the same import."""
        return reverse(f"deviations:import_{name}", kwargs={"key": self.found.pk})


class ImportFile(OfImports, FormPage):
    """Choose the file."""

    title = "Import deviations"
    lede = "From an extract of an EDC or CTMS. Nothing is created yet: you choose the columns, then see every row."
    form_class = FileForm
    template_name = "quality_events/import_file.html"
    submit = "Go on to the columns"
    autosave = False

    @property
    def cancel_url(self) -> str:
        """Back to the deviations."""
        return reverse("deviations:list")

    def get_record(self) -> None:
        may_import_somewhere.demand(self.reader)

    def form_kwargs(self, record: None) -> dict[str, Any]:
        return {"reader": self.reader}

    def initial(self, record: None) -> dict[str, Any]:
        asked = self.request.GET.get("study", "").replace("\x00", "")
        study = studies_for(self.reader).filter(number=asked).first() if asked else None
        return {"study": study.pk if study else None}

    def around(self, form: Any, record: None) -> Mapping[str, Any]:
        rows = [_earlier(each) for each in imports_for(self.reader)[:_EARLIER]]
        return {**super().around(form, record), "earlier": Table(_EARLIER_HEADS, rows, "Imports") if rows else None}

    def save(self, form: FileForm, record: None) -> str:
        data = form.cleaned_data
        made = services.receive(
            data["study"], data["file"], name=data["file"].name, source_system=data["source_system"],
            actor=self.reader, lane=Lane.UNBLINDED if data.get("unblinded") else Lane.GENERAL,
        )  # fmt: skip
        return reverse("deviations:import_columns", kwargs={"key": made.pk})


class ImportColumns(OfOneImport, FormPage):
    """Say which column is which field."""

    title = "What the columns mean"
    lede = "Guessed from the head row, or as it was chosen the last time for this source. It is remembered."
    form_class = ColumnsForm
    submit = "Show what would happen"
    autosave = False

    @property
    def cancel_url(self) -> str:
        """Another file."""
        return reverse("deviations:import")

    @cached_property
    def heads(self) -> list[str]:
        """The heads of the file."""
        return list(table_of(self.found).heads)

    def get_record(self) -> DeviationImport:
        return self.found

    def form_kwargs(self, record: DeviationImport) -> dict[str, Any]:
        return {"heads": self.heads}

    def initial(self, record: DeviationImport) -> dict[str, Any]:
        return columns_for(record, self.heads)

    def save(self, form: ColumnsForm, record: DeviationImport) -> str:
        revision = form.cleaned_data["revision"]
        services.choose_columns(record, form.chosen(), actor=self.reader, revision=revision)
        return self.link("check")


class ImportCheck(OfOneImport, FormPage):
    """What would become of each row, the button that has it done, and afterwards what was done."""

    title = "What the file would do"
    form_class = RunForm
    template_name = "quality_events/import_check.html"
    autosave = False

    @property
    def cancel_url(self) -> str:
        """Other columns."""
        return self.link("columns")

    @cached_property
    def outcomes(self) -> list[Outcome]:
        """Every row with what would become of it; none before the columns are chosen."""
        return compare(self.found, table_of(self.found).lines, self.reader) if self.found.columns else []

    @cached_property
    def new(self) -> list[Outcome]:
        """The rows that would be created."""
        return [each for each in self.outcomes if each.fate == Fate.NEW]

    @property
    def asks(self) -> bool:
        """Whether a text of a new row may identify somebody."""
        return any(each.questions for each in self.new)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or with `format=csv` every row that is not simply new as a file."""
        if request.GET.get("format") != CSV_FILE.suffix:
            return super().get(request, *args, **kwargs)
        return rows_file(self.outcomes)

    def form_kwargs(self, record: None) -> dict[str, Any]:
        return {"asks": self.asks}

    def around(self, form: Any, record: None) -> Mapping[str, Any]:
        told = to_look_at(self.outcomes)
        rows = [_row(each) for each in islice(rows_of(told), _SHOWN)]
        new = len(self.new)
        return {
            **super().around(form, record), "found": self.found, "counts": counted(self.outcomes), "new": new,
            "wrong": sum(each.fate == Fate.WRONG for each in self.outcomes), "asks": self.asks,
            "differs": sum(each.fate == Fate.DIFFERS for each in self.outcomes),
            "lines": Table(_HEADS, rows, "Rows to look at, the wrong ones first") if rows else None,
            "hidden": max(len(told) - _SHOWN, 0), "columns": Button("Change the columns", href=self.link("columns")),
            "file": Button("The file as it came", icon="download", href=self.link("file")),
            "download": Button("All of them as CSV", icon="download", href="?format=csv"),
            "submit": f"Create {new:,} {'deviation' if new == 1 else 'deviations'}",
        }  # fmt: skip

    def save(self, form: RunForm, record: None) -> str:
        answered = form.cleaned_data.get("no_identity", False)
        return page_of(services.ask_to_run(self.found, actor=self.reader, answered=answered))


class ImportedFile(OfOneImport):
    """The file as it came."""

    def get(self, request: HttpRequest, key: int) -> HttpResponseBase:
        """Hand it out and write it down."""
        found = file_of(self.found)
        return download_response(found.file, found.name, person=self.reader, record=found)


def _row(told: tuple[int, str, str, str]) -> Sequence[object]:
    number, fate, column, words = told
    tone = next(each.tone for each in Fate if each.label == fate)
    return [str(number), column, words, Badge(fate, tone)]


def _earlier(each: DeviationImport) -> Sequence[object]:
    run = times.moment(each.done_at) if each.done_at else "not run"
    place = reverse("deviations:import_check", kwargs={"key": each.pk})
    return [Number(each.file_name, place), each.study.number, each.source_system, f"{each.created:,}", run]
