"""Pages of deviation specifications."""

from collections.abc import Mapping
from typing import Any

from cqms.ui.views import Column
from quality_events import views
from quality_events.deviations import presentation, services
from quality_events.deviations.forms import ChangeSpecificationForm, SpecificationForm
from quality_events.deviations.models import Specification, SpecificationState
from quality_events.presentation import event_path


class List(views.EventList):
    """The deviation specifications one may see."""

    model = Specification
    own_columns = (Column("Version", lambda r: r.version, sort="version", css="num fit"),)


class New(views.NewEvent):
    """Draft a specification."""

    model = Specification
    form_class = SpecificationForm
    submit = "Save the draft"
    lede = "It is approved by study manager, medical monitor and quality assurance before the first participant."

    def save(self, form: Any, record: Any) -> str:
        return event_path(services.open_specification(form.values(), actor=self.reader))


class Detail(views.EventDetail):
    """One version of a specification, with its categories."""

    model = Specification
    template_name = "quality_events/specification.html"
    texts_title = "What the specification is for"
    path = presentation.SPECIFICATION_PATH

    def describe(self, record: Any) -> Mapping[str, object]:
        return {**super().describe(record), "categories": presentation.categories_table(record)}

    def quiet_steps(self, record: Any) -> list[Any]:
        return super().quiet_steps(record) if record.state == SpecificationState.DRAFT else []


class Edit(views.ChangeEvent):
    """Change a draft."""

    model = Specification
    form_class = ChangeSpecificationForm

    def save(self, form: Any, record: Any) -> str:
        data = form.cleaned_data
        changed = services.change_specification(
            record, actor=self.reader, values=form.values(), revision=data["revision"], reason=data["reason"]
        )
        return event_path(changed)


class Step(views.EventStep):
    """One step in the life of a specification."""

    model = Specification
