"""An import as a file: every row that is not simply new."""

import io
from collections.abc import Iterable

from django.http import HttpResponse

from cqms.lists.files import CSV, Sheet, write_csv
from quality_events.deviations.imports.comparing import Outcome, rows_of


def rows_file(outcomes: Iterable[Outcome]) -> HttpResponse:
    """The rows to look at as CSV: those that are wrong, known or different, and those with texts in question."""
    target = io.BytesIO()
    told = rows_of(each for each in outcomes if each.is_told)
    write_csv(Sheet("Rows of an import", ("row", "outcome", "column", "what"), told), target)
    headers = {"Content-Disposition": 'attachment; filename="import, rows to look at.csv"'}
    return HttpResponse(target.getvalue(), content_type=CSV.media_type, headers=headers)
