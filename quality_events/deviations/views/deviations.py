"""Pages of protocol deviations, and of several at once."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from cqms.access.policies import exists_for
from cqms.configuration.selectors import current_settings
from cqms.jobs.pages import page_of
from cqms.ui.atoms import Button
from cqms.ui.components import Bulk
from cqms.ui.items import Row
from cqms.ui.views import Column, Filter, FormPage
from quality_events import views
from quality_events.deviations import presentation, services
from quality_events.deviations.forms import STEPS, ChangeDeviationForm, ClassifyManyForm, DeviationForm, ListingForm
from quality_events.deviations.models import DeviationState, Importance, ProtocolDeviation
from quality_events.deviations.reports import request_listing
from quality_events.deviations.workflow import classifies
from quality_events.issues.forms import IssueForm
from quality_events.issues.models import Scope
from quality_events.policies import may_export_somewhere, may_report
from quality_events.presentation import event_path
from quality_events.selectors import events_for

MOST = 50
_CARRIED = ("title", "description", "occurred_on", "discovered_on", "noticed_by", "critical_factor")


class List(views.EventList):
    """The protocol deviations one may see."""

    model = ProtocolDeviation
    search_placeholder = "Number, title, description or id in the source"
    own_columns = (
        Column("Classification", presentation.importance_of, lambda r: r.get_importance_display(), "importance", "fit"),
        Column("Category", lambda r: r.category, sort="category", css="col-2"),
        Column("Participant", lambda r: r.subject_code, sort="subject_code", css="col-2", shown=False),
        Column("Visit", lambda r: r.visit, shown=False),
        Column("Occurred on", lambda r: r.occurred_on or "", lambda r: r.occurred_on, "occurred_on", shown=False),
        views.LOGGED,
        Column("Rationale", lambda r: r.rationale, shown=False),
    )
    own_filters = (
        Filter("importance", "Classification", lambda _: Importance.choices,
               lambda rows, value: rows.filter(importance=value), count="importance"),
        Filter("late", "Freeze", lambda _: [("yes", "Classified after the freeze")],
               lambda rows, value: rows.filter(classified_after__isnull=value != "yes")),
        views.LOGGED_LATE,
    )  # fmt: skip

    @property
    def more_actions(self) -> list[Button]:
        """The import, for who opens deviations, and the listing for a study report, for who makes reports."""
        brought = [Button("Import", icon="upload", href=reverse("deviations:import"))] if self.new_url else []
        if not may_export_somewhere(self.reader):
            return brought
        query = urlencode({"study": self.request.GET.get("study", "")})
        listing = f"{reverse('deviations:listing')}?{query}"
        return [*brought, Button("Listing for the study report", icon="report", href=listing)]

    def row(self, record: Any, cells: list[object]) -> Row:
        return Row(cells, tick=record.number, name=record.number)

    def bulk(self) -> Bulk | None:
        return Bulk([Button("Classify", small=True, icon="edit", name="do", value="classify")])

    def do_classify(self, data: QueryDict) -> str:
        """Go on with the ticked deviations."""
        return f"{reverse('deviations:classify')}?{urlencode({'numbers': '.'.join(data.getlist('row')[:MOST])})}"


class New(views.NewEvent):
    """Log a protocol deviation."""

    model = ProtocolDeviation
    form_class = DeviationForm
    submit = "Log the deviation"

    def around(self, form: Any, record: Any) -> Mapping[str, Any]:
        """With the days that the settings give."""
        days = current_settings().days_for(services.LOG)
        lede = f"Log it within {days} working days; it is classified by the specification of the study."
        return {**super().around(form, record), "lede": lede}

    def save(self, form: DeviationForm, record: Any) -> str:
        made = services.log_deviation(
            self.values(form), actor=self.reader, unblinded=form.cleaned_data.get("unblinded", False)
        )
        return event_path(made) if exists_for(self.reader, made) else reverse("deviations:list")


class Detail(views.EventDetail):
    """One protocol deviation."""

    model = ProtocolDeviation
    path = presentation.PATH

    def quiet_steps(self, record: Any) -> list[Button]:
        found = super().quiet_steps(record)
        if record.state == DeviationState.VOIDED or not may_report(self.reader, record):
            return found
        return [*found, Button("Open an issue", icon="event", href=event_path(record, "issue"))]


class RaiseIssue(views.NewEvent):
    """Open a quality issue that comes of a deviation: it begins with what is known of it."""

    model = ProtocolDeviation
    form_class = IssueForm
    submit = "Open the issue"
    lede = "It begins with what is known of the deviation. The two are linked, and quality assurance triages the issue."

    def get_title(self) -> str:
        return f"Open an issue of {self.kwargs['number']}"

    def get_record(self) -> None:
        self.deviation = self.load()
        may_report.demand(self.reader, self.deviation)

    def initial(self, record: Any) -> dict[str, Any]:
        known = self.deviation
        return {
            **{name: getattr(known, name) for name in _CARRIED},
            "study": known.study_id, "site": known.site_id, "owner": known.owner_id,
            "aware_at": timezone.localtime(known.aware_at),
            "scope": Scope.SITE if known.site_id else Scope.STUDY, "containment": known.immediate_action,
            "detected_how": f"Protocol deviation {known.number}",
        }  # fmt: skip

    def save(self, form: IssueForm, record: Any) -> str:
        return event_path(services.raise_issue(self.deviation, self.values(form), actor=self.reader))


class Edit(views.ChangeEvent):
    """Change what was logged."""

    model = ProtocolDeviation
    form_class = ChangeDeviationForm

    def save(self, form: Any, record: Any) -> str:
        data = form.cleaned_data
        changed = services.change_deviation(
            record, actor=self.reader, values=form.values(), revision=data["revision"], reason=data["reason"]
        )
        return event_path(changed)


class Step(views.EventStep):
    """One step in the life of a protocol deviation."""

    model = ProtocolDeviation
    forms = STEPS


class ClassifyMany(views.OfEvent, FormPage):
    """Classify several deviations of one study, each with a record of its own."""

    model = ProtocolDeviation
    form_class = ClassifyManyForm
    autosave = False

    @cached_property
    def chosen(self) -> list[ProtocolDeviation]:
        """The deviations of the address that exist for the reader."""
        numbers = self.request.GET.get("numbers", "").split(".")[:MOST]
        return list(events_for(ProtocolDeviation, self.reader).filter(number__in=numbers).order_by("number"))

    def get_title(self) -> str:
        return f"Classify {len(self.chosen)} {'deviation' if len(self.chosen) == 1 else 'deviations'}"

    @property
    def lede(self) -> str:  # type: ignore[override]
        """Which ones."""
        return f"{', '.join(each.number for each in self.chosen)}: each keeps a record of its own."

    def get_record(self) -> None:
        if not self.chosen:
            raise Http404
        for each in self.chosen:
            classifies.demand(self.reader, each)

    def form_kwargs(self, record: Any) -> dict[str, Any]:
        studies = {each.study_id: each.study for each in self.chosen}
        return {"study": next(iter(studies.values())) if len(studies) == 1 else None}

    def save(self, form: ClassifyManyForm, record: Any) -> str:
        services.classify_many(
            self.chosen, actor=self.reader, values=form.cleaned_data, reason=form.cleaned_data["rationale"]
        )
        return reverse("deviations:list")


class Listing(views.OfEvent, FormPage):
    """Ask for the listing of a study's deviations for its clinical study report."""

    model = ProtocolDeviation
    form_class = ListingForm
    submit = "Make the listing"
    autosave = False
    lede = (
        "All deviations of one study that you may see, important ones first, by category and site: as a numbered PDF,"
        " and as CSV."
    )

    def get_title(self) -> str:
        return "Deviation listing of a study"

    def get_record(self) -> None:
        may_export_somewhere.demand(self.reader)

    def form_kwargs(self, record: Any) -> dict[str, Any]:
        return {"reader": self.reader}

    def initial(self, record: Any) -> dict[str, Any]:
        return {"study": self.request.GET.get("study", "").replace("\x00", "")}

    def save(self, form: ListingForm, record: Any) -> str:
        return page_of(request_listing(form.cleaned_data["study"], actor=self.reader))
