"""Pages of complaints."""

from cqms.ui.views import Column, Filter
from quality_events import views
from quality_events.complaints import presentation
from quality_events.complaints.forms import STEPS, ChangeComplaintForm, ComplaintForm
from quality_events.complaints.models import Complaint, Subject
from quality_events.models import Severity
from quality_events.presentation import severity_badge


class List(views.EventList):
    """The complaints one may see."""

    model = Complaint
    own_columns = (
        Column("Severity", severity_badge, lambda r: r.get_severity_display(), "severity", "fit"),
        Column("About", lambda r: r.get_subject_matter_display(), sort="subject_matter", css="col-2"),
        Column("Conclusion", lambda r: r.get_conclusion_display(), sort="conclusion", css="col-2", shown=False),
    )
    own_filters = (
        Filter("severity", "Severity", lambda _: Severity.choices, lambda rows, value: rows.filter(severity=value),
               count="severity"),
        Filter("about", "About", lambda _: Subject.choices, lambda rows, value: rows.filter(subject_matter=value),
               count="subject_matter"),
    )  # fmt: skip


class New(views.NewEvent):
    """Write a complaint down."""

    model = Complaint
    form_class = ComplaintForm
    submit = "Write the complaint down"
    lede = "Quality assurance is asked to classify it within one working day."


class Detail(views.EventDetail):
    """One complaint."""

    model = Complaint
    path = presentation.PATH


class Edit(views.ChangeEvent):
    """Change a complaint."""

    model = Complaint
    form_class = ChangeComplaintForm


class Step(views.EventStep):
    """One step in the life of a complaint."""

    model = Complaint
    forms = STEPS
