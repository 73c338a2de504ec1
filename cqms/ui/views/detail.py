"""The detail page of a record."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from cqms.audit.models import kind_of
from cqms.ui import addresses
from cqms.ui.atoms import Button
from cqms.ui.components import Lifecycle, Steps, Timeline
from cqms.ui.items import Blocked
from cqms.ui.views.page import Page
from cqms.workflow.engine import Option, Workflow


class DetailPage(Page):
    """A record. Define `get_record` and `describe`; the rest is optional.

    With `workflow` and `step_url` the steps come out as buttons: possible ones open the step's page (as a dialog
    where scripts run); one that must wait says why; one that is somebody else's by role is not shown.
    """

    template_name = "layouts/detail.html"
    workflow: Workflow | None = None

    def get_record(self) -> Any:
        """Load the record or raise Http404."""
        raise NotImplementedError

    def describe(self, record: Any) -> Mapping[str, object]:
        """The head: number, title, badge, owner, due; and whatever the page's own template reads."""
        raise NotImplementedError

    def step_url(self, record: Any, key: str) -> str:
        """The address of the page of one step."""
        raise NotImplementedError

    def quiet_steps(self, record: Any) -> list[Button]:
        """What one may do besides the workflow: edit, download."""
        return []

    def lifecycle(self, record: Any) -> Lifecycle | None:
        """Where the record is."""
        return None

    def timeline(self, record: Any) -> Timeline | None:
        """What happened to the record."""
        return None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the record; with `as_of` in the address, as it was at that moment."""
        record = request.viewed = self.get_record()
        if "as_of" in request.GET:
            asked = {name: request.GET.get(name, "") for name in ("as_of", "against")}
            return HttpResponseRedirect(addresses.past_of(kind_of(record), record.pk, **asked))
        context = {
            "record": record,
            "steps": self.steps(record),
            "lifecycle": self.lifecycle(record),
            "timeline": self.timeline(record),
        }
        return self.answer(**{**context, **self.describe(record)})

    def steps(self, record: Any) -> Steps | None:
        """The bar of steps, None when there is nothing to do or to wait for."""
        options = self.workflow.available(record, self.reader) if self.workflow else []
        possible = [self._button(option, record) for option in options if option.possible]
        waiting = [Blocked(option.step.label, option.why_not) for option in options if self._waits(option, record)]
        quiet = self.quiet_steps(record)
        return Steps(possible, waiting, quiet) if possible or waiting or quiet else None

    def _button(self, option: Option, record: Any) -> Button:
        step = option.step
        icon = "close" if step.kind == "danger" else "sign" if step.signature else ""
        goes_on = step.kind != "primary" or step.target != record.state  # what stays here is not what comes next
        kind = step.kind if step.kind != "plain" and goes_on else ""
        return Button(step.label, kind, icon, href=self.step_url(record, step.key), dialog=True)

    def _waits(self, option: Option, record: Any) -> bool:
        return not option.possible and bool(option.step.allowed and option.step.allowed(self.reader, record))
