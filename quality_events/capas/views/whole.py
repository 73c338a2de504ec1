"""Pages of CAPAs that every event has."""

from collections.abc import Mapping
from typing import Any

from cqms.configuration.selectors import current_settings
from cqms.organizations.scope import today
from cqms.ui.views import Column, Filter
from quality_events import views
from quality_events.capas import presentation
from quality_events.capas.forms import STEPS, CapaForm, ChangeCapaForm
from quality_events.capas.models import Capa, Source
from quality_events.capas.policies import MANAGEMENT_REVIEW
from quality_events.capas.selectors import for_management_review
from quality_events.models import Severity


class List(views.EventList):
    """The CAPAs one may see."""

    model = Capa
    own_columns = (
        Column("Severity", presentation.severity_of, lambda r: r.get_severity_display(), "severity", "fit"),
        Column("Source", lambda r: r.get_source_display(), sort="source", css="col-2", shown=False),
        Column("Iteration", lambda r: r.iteration, sort="iteration", css="fit", shown=False),
    )
    own_filters = (
        Filter("severity", "Severity", lambda _: Severity.choices, lambda rows, value: rows.filter(severity=value),
               count="severity"),
        Filter("review", "Management review", lambda _: [("due", "On its agenda")],
               lambda rows, _: for_management_review(rows, current_settings().figure(MANAGEMENT_REVIEW))),
        Filter("source", "Source", lambda _: Source.choices, lambda rows, value: rows.filter(source=value),
               count="source"),
    )  # fmt: skip


class New(views.NewEvent):
    """Open a CAPA."""

    model = Capa
    form_class = CapaForm
    submit = "Open the CAPA"
    lede = "Quality assurance is asked whether it is needed. Link its sources afterwards."

    def initial(self, record: Any) -> dict[str, Any]:
        return {**super().initial(record), "aware_on": today()}


class Detail(views.EventDetail):
    """One CAPA."""

    model = Capa
    path = presentation.PATH

    def describe(self, record: Any) -> Mapping[str, object]:
        return {**super().describe(record), "unsigned": presentation.UNSIGNED}


class Edit(views.ChangeEvent):
    """Change a CAPA."""

    model = Capa
    form_class = ChangeCapaForm


class Step(views.EventStep):
    """One step in the life of a CAPA."""

    model = Capa
    forms = STEPS
