"""Pages of changes that every event has."""

from collections.abc import Mapping
from typing import Any

from cqms.ui.views import Column, Filter
from quality_events import views
from quality_events.changes import presentation, services
from quality_events.changes.forms import STEPS, ChangeRequestForm, RequestForm
from quality_events.changes.models import ChangeControl, ChangeKind
from quality_events.presentation import event_path


class List(views.EventList):
    """The changes one may see."""

    model = ChangeControl
    own_columns = (
        Column("Type", lambda r: r.get_kind_display(), sort="kind", css="col-2"),
        Column("What is changed", lambda r: r.subject_matter, css="col-2", shown=False),
        Column("Urgency", presentation.urgency_of, presentation.urgency_words, css="fit"),
        Column("Ends on", presentation.end_of, lambda r: r.expires_on, "expires_on", "fit", shown=False),
    )
    own_filters = (
        Filter("kind", "Type", lambda _: ChangeKind.choices, lambda rows, value: rows.filter(kind=value),
               count="kind"),
    )  # fmt: skip


class New(views.NewEvent):
    """Request a change."""

    model = ChangeControl
    form_class = RequestForm
    submit = "Request the change"
    lede = "Quality assurance is asked to screen it. Link the documents, studies and sites it touches afterwards."


class Detail(views.EventDetail):
    """One change."""

    model = ChangeControl
    path = presentation.PATH
    texts_title = "What is changed, and why"

    def describe(self, record: Any) -> Mapping[str, object]:
        return {**super().describe(record), "unsigned": presentation.UNSIGNED}


class Edit(views.ChangeEvent):
    """Change a change."""

    model = ChangeControl
    form_class = ChangeRequestForm

    def save(self, form: Any, record: Any) -> str:
        data = form.cleaned_data
        changed = services.change_request(
            record, actor=self.reader, values=form.values(), revision=data["revision"], reason=data["reason"]
        )
        return event_path(changed)


class Step(views.EventStep):
    """One step in the life of a change."""

    model = ChangeControl
    forms = STEPS
