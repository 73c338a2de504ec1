"""Pages of quality issues."""

from cqms.ui.views import Column, Filter
from quality_events import views
from quality_events.issues import presentation
from quality_events.issues.forms import STEPS, ChangeIssueForm, IssueForm
from quality_events.issues.models import QualityIssue
from quality_events.models import Severity
from quality_events.presentation import severity_badge


class List(views.EventList):
    """The quality issues one may see."""

    model = QualityIssue
    own_columns = (
        Column("Severity", severity_badge, lambda r: r.get_severity_display(), "severity", "fit"),
        Column("Decision", lambda r: r.get_decision_display(), sort="decision", css="col-2", shown=False),
    )
    own_filters = (
        Filter("severity", "Severity", lambda _: Severity.choices, lambda rows, value: rows.filter(severity=value),
               count="severity"),
    )  # fmt: skip


class New(views.NewEvent):
    """Open a quality issue."""

    model = QualityIssue
    form_class = IssueForm
    submit = "Open the issue"
    lede = "Quality assurance is asked to triage it within two working days."


class Detail(views.EventDetail):
    """One quality issue."""

    model = QualityIssue
    path = presentation.PATH


class Edit(views.ChangeEvent):
    """Change a quality issue."""

    model = QualityIssue
    form_class = ChangeIssueForm


class Step(views.EventStep):
    """One step in the life of a quality issue."""

    model = QualityIssue
    forms = STEPS
