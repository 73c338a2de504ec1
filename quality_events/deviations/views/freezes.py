"""Pages of classification freezes."""

from typing import Any

from quality_events import views
from quality_events.deviations import presentation, services
from quality_events.deviations.forms import ChangeFreezeForm, FreezeForm
from quality_events.deviations.models import Freeze
from quality_events.presentation import event_path


class List(views.EventList):
    """The freezes one may see."""

    model = Freeze


class New(views.NewEvent):
    """Prepare a freeze."""

    model = Freeze
    form_class = FreezeForm
    submit = "Prepare the freeze"
    lede = (
        "The classification is counted now; study manager, medical monitor and statistician sign it before unblinding."
        " Where a freeze is signed already, this amends it by what was classified since."
    )

    def save(self, form: Any, record: Any) -> str:
        return event_path(services.prepare_freeze(form.values(), actor=self.reader))


class Detail(views.EventDetail):
    """One freeze."""

    model = Freeze
    texts_title = "What is frozen"
    path = presentation.FREEZE_PATH


class Edit(views.ChangeEvent):
    """Change what is said of a freeze that is prepared."""

    model = Freeze
    form_class = ChangeFreezeForm


class Step(views.EventStep):
    """Sign a freeze, or withdraw it."""

    model = Freeze
