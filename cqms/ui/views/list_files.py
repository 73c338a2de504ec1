"""A list as a file: exactly what is shown, every row of it, in the chosen columns and order.

Up to AT_ONCE rows the file is the answer. Beyond, a worker makes it: it calls the same page as the same person, with
a `Destination` on the request, so what may be seen is decided in one place.
"""

import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.urls import get_script_prefix, reverse
from django.utils import timezone

from cqms.audit.refusals import Blocked
from cqms.lists.files import CSV, FORMATS, Format, Sheet, write
from cqms.lists.services import Exported, note_export, request_export
from cqms.ui import times
from cqms.ui.components import Menu
from cqms.ui.items import Option
from cqms.ui.views.list_parts import Column
from cqms.ui.views.page import Page

AT_ONCE = 10_000
_CHUNK = 1000

Said = Callable[[str, int, int], None]


@dataclass
class Destination:
    """Where a worker wants the file; the page says here what it wrote."""

    path: Path
    progress: Said
    written: Exported | None = None


class ListFiles(Page):
    """The part of a list page that makes files. Needs the rest of `ListPage`."""

    file_name = "list"

    def export_menu(self, total: str) -> Menu:
        """The export of exactly what is shown: filters, words, order and columns stand in its address."""
        columns = ".".join(column.key for column in self.shown_columns())
        options = [
            Option(kind.label, self.url(format=suffix, cols=columns), "file") for suffix, kind in FORMATS.items()
        ]
        these = "this row" if total == "1" else f"these {total} rows"
        return Menu("Export", options, f"Exactly {these} and these columns", end=True, icon="download")

    def export(self, found: QuerySet, kind: Format) -> HttpResponse:
        """The file, or for very many rows the page that offers to have it made."""
        destination: Destination | None = getattr(self.request, "destination", None)
        if destination is not None:
            with destination.path.open("wb+") as target:
                destination.written = self._write(found, kind, target, destination.progress)
            return HttpResponse()
        if self.has_organization and found.order_by()[: AT_ONCE + 1].count() > AT_ONCE:
            return self._offer(kind)
        buffer = io.BytesIO()
        try:
            self._write(found, kind, buffer, lambda *_: None)
        except ValidationError as error:
            raise Blocked(error.messages) from error
        answer = HttpResponse(buffer.getvalue(), content_type=kind.media_type)
        answer["Content-Disposition"] = f'attachment; filename="{self.file_name}.{kind.suffix}"'
        answer["Cache-Control"] = "private, no-store"
        return answer

    def do_export(self, data: QueryDict) -> str:
        """Have a worker make the file with very many rows; where to watch it."""
        kind = FORMATS.get(data.get("format", ""), CSV)
        path = f"/{self.request.path.removeprefix(get_script_prefix())}"
        query = self.request.GET.urlencode()
        job = request_export(self.reader, title=self.get_title(), kind=kind.label, path=path, query=query)
        return reverse("portal:job", kwargs={"key": job.pk})

    def statement(self) -> str:
        """What is shown in words: each filter, the words searched for, and the order."""
        chosen = [each for each in self.filters if each.key in self.chosen]
        said = [f"{each.label}: {dict(self.options[each.key])[self.chosen[each.key]]}" for each in chosen]
        if self.words():
            said.append(f"Words: “{self.words()}”")
        return "; ".join(said) or "every row one may see"

    def order_words(self) -> str:
        """The order in words."""
        order = self.chosen_order()
        label = next((column.label for column in self.columns if column.sort == order.field), "")
        return f"{label or 'newest first'}{', descending' if label and order.descending else ''}"

    def _offer(self, kind: Format) -> HttpResponse:
        return self.answer(
            template="layouts/list_export.html", kind=kind, statement=self.statement(), back=self.url(format=""),
            columns=", ".join(column.label for column in self.shown_columns()),
        )  # fmt: skip

    def _write(self, found: QuerySet, kind: Format, target: BinaryIO, progress: Said) -> Exported:
        columns, statement = self.shown_columns(), self.statement()
        progress("Finding the rows", 0, 0)
        keys = list(self.chosen_order().by(found).values_list("pk", flat=True))
        heads = [column.label for column in columns]
        sheet = Sheet(self.get_title(), heads, _rows(found, keys, columns, progress), self._about(statement, len(keys)))
        write(sheet, kind, target)
        target.seek(0)
        sha256 = hashlib.file_digest(target, "sha256").hexdigest()
        written = Exported(self.get_title(), kind.label, len(keys), statement, ", ".join(heads), sha256)
        if self.has_organization:
            note_export(self.reader, written)
        return written

    def _about(self, statement: str, count: int) -> list[tuple[str, str]]:
        place = str(self.request.organization) if self.has_organization else "yourself"
        return [
            ("List", self.get_title()),
            ("Of", place),
            ("Rows", f"{count:,}"),
            ("Filter", statement),
            ("Sorted by", self.order_words()),
            ("Exported by", self.reader.name),
            ("Exported at", times.moment_words(timezone.now())),
        ]


def _rows(
    found: QuerySet, keys: Sequence[Any], columns: Sequence[Column], progress: Said
) -> Iterator[Sequence[object]]:
    """The rows of those keys in that order: found once, so none is missed or doubled while others write."""
    for start in range(0, len(keys), _CHUNK):
        progress(f"Writing {len(keys):,} rows", start, len(keys))
        part = keys[start : start + _CHUNK]
        records = {record.pk: record for record in found.filter(pk__in=part)}
        yield from ([column.plain(records[key]) for column in columns] for key in part if key in records)
