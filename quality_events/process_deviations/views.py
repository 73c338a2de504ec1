"""Pages of process deviations."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from cqms.ui.components import Lifecycle
from cqms.ui.views import Column, Filter
from quality_events import views
from quality_events.models import Severity
from quality_events.presentation import event_path, severity_badge, words_for
from quality_events.process_deviations import presentation, services
from quality_events.process_deviations.forms import STEPS, ChangeProcessDeviationForm, ProcessDeviationForm
from quality_events.process_deviations.models import Decision, ProcessDeviation, Timing


class List(views.EventList):
    """The process deviations one may see."""

    model = ProcessDeviation
    own_filters = (
        Filter("grade", "Grade", lambda _: Severity.choices, lambda rows, value: rows.filter(severity=value),
               count="severity"),
        Filter("timing", "Kind", lambda _: [("unplanned", "Unplanned"), ("planned", "Planned")],
               lambda rows, value: rows.filter(timing=value), count="timing"),
        Filter("decision", "Decision", lambda _: Decision.choices, lambda rows, value: rows.filter(decision=value),
               count="decision"),
        views.LOGGED_LATE,
    )  # fmt: skip

    @property
    def own_columns(self) -> Sequence[Column]:  # type: ignore[override]
        """What it departs from, as far as that exists for the reader, and how it is judged."""
        return (Column("Document", self._document, css="col-2"), *_JUDGED, views.LOGGED)

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().select_related("version__document")

    def _document(self, row: ProcessDeviation) -> str:
        named = [words_for(self.reader, each) for each in presentation.named(row)]
        return named[0] if named else row.requirement


_JUDGED = (
    Column("Kind", lambda r: "Planned" if r.is_planned else "Unplanned", sort="timing", css="fit"),
    Column("Grade", severity_badge, lambda r: r.get_severity_display(), "severity", "fit"),
    Column("Valid until", lambda r: r.valid_until or "", sort="valid_until", css="fit", shown=False),
    Column("Decision", lambda r: r.get_decision_display(), sort="decision", css="col-2", shown=False),
)


class New(views.NewEvent):
    """Log a process deviation, or ask for one."""

    model = ProcessDeviation
    form_class = ProcessDeviationForm
    submit = "Log the deviation"
    lede = "What happened is classified by quality assurance; what is planned is approved before it begins."

    def initial(self, record: Any) -> dict[str, Any]:
        return {**super().initial(record), "timing": Timing.UNPLANNED}

    def save(self, form: Any, record: Any) -> str:
        return event_path(services.log_deviation(self.values(form), actor=self.reader))


class Detail(views.EventDetail):
    """One process deviation."""

    model = ProcessDeviation
    path = presentation.PATH

    def lifecycle(self, record: Any) -> Lifecycle | None:
        path = presentation.PLANNED_PATH if record.is_planned else self.path
        return path.of(record, self.workflow, self.reader)


class Edit(views.ChangeEvent):
    """Change a process deviation."""

    model = ProcessDeviation
    form_class = ChangeProcessDeviationForm


class Step(views.EventStep):
    """One step in the life of a process deviation."""

    model = ProcessDeviation
    forms = STEPS
