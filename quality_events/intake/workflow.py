"""The life of an initial report: received, and triaged by quality assurance."""

from cqms.workflow.engine import Step, Workflow
from quality_events.intake.models import ReportState
from quality_events.policies import is_quality_assurance

_S = ReportState

INITIAL_REPORT = Workflow(
    "intake.initialreport",
    states=ReportState,
    tones={_S.RECEIVED: "warn", _S.OPENED: "good", _S.NO_EVENT: "neutral", _S.DUPLICATE: "neutral"},
    steps=(
        Step("triage", (_S.RECEIVED,), _S.OPENED, "Triage", "triaged the report",
             "A record of that type is opened with the words and files of the report, and linked with it.",
             allowed=is_quality_assurance, kind="primary"),
        Step("dismiss", (_S.RECEIVED,), _S.NO_EVENT, "Not an event", "found that it is no event",
             "The reporter is told why. The report can be taken up again.", allowed=is_quality_assurance, reason=True),
        Step("duplicate", (_S.RECEIVED,), _S.DUPLICATE, "Duplicate", "found that it is a duplicate",
             "It is linked with the record that goes on. The report can be taken up again.",
             allowed=is_quality_assurance),
        Step("reopen", (_S.NO_EVENT, _S.DUPLICATE), _S.RECEIVED, "Take up again", "took the report up again",
             "It waits for triage again.", allowed=is_quality_assurance, reason=True),
    ),
)  # fmt: skip
ENDS = frozenset({_S.OPENED, _S.NO_EVENT, _S.DUPLICATE})
