"""Protocol deviations, specifications and freezes as types of events, and where imports are told."""

from django.urls import reverse

from cqms.audit.models import kind_of
from cqms.configuration.rules import register_due, register_figure
from cqms.portal import lanes
from cqms.records import story
from cqms.ui import addresses, panels
from cqms.workflow import gates
from quality_events import summary
from quality_events.deviations import services
from quality_events.deviations.forms import STEPS
from quality_events.deviations.imports.selectors import entries_of_unseen_imports
from quality_events.deviations.models import (
    DeviationImport,
    DeviationState,
    Freeze,
    Importance,
    ProtocolDeviation,
    Specification,
    SpecificationState,
)
from quality_events.deviations.presentation import (
    facts,
    freeze_facts,
    lane_words,
    sections,
    specification_facts,
    study_figures,
    unready_panel,
    words,
)
from quality_events.deviations.reports import freeze_report, specification_report
from quality_events.deviations.sampling import SHARE
from quality_events.deviations.workflow import (
    DEVIATION,
    DEVIATION_ENDS,
    FREEZE,
    FREEZE_ENDS,
    SPECIFICATION,
    SPECIFICATION_ENDS,
    without_specification,
)
from quality_events.forms import asked_by
from quality_events.registrations import register_type
from quality_events.types import EventType, Task
from studies.conduct.services import READY

_S = DeviationState
_LATE = "Late, it is reported to your manager, then to quality assurance."
_JUDGED_IMPORTANT = {"importance": Importance.IMPORTANT, "breach": ""}
TASKS = (
    Task(_S.LOGGED, "classify", "Classify", 10, "Unclassified, nobody knows whether it is important.", working=True),
    Task(_S.TRIAGE, "classify", "Classify", 10, "Unclassified, nobody knows whether it is important.", working=True),
    Task(_S.ASSESSMENT, "screen", "Answer whether it may be a serious breach", 2, "The legal clock may run already.",
         by_quality=True, working=True, only=_JUDGED_IMPORTANT),
    Task(_S.ASSESSMENT, "act", "Assess and decide on action", 10, _LATE, working=True),
    Task(_S.INVESTIGATION, "act", "Conclude the investigation", 20, _LATE, working=True, key="act_after_investigation"),
    Task(_S.ACTION, "submit", "Carry out the action", 30, _LATE),
    Task(_S.QA_REVIEW, "close", "Review and close", 10, "Until then it stays open.", by_quality=True, working=True),
)  # fmt: skip


def register() -> None:
    """Called once when the app is ready."""
    register_figure(
        SHARE, "Of 100 deviations closed as not important, quality assurance looks again at",
        "Drawn one by one when they are closed; the seed of each draw stands in the trail.",
        founded=10, least=0, most=100,
    )  # fmt: skip
    register_due(services.LOG, "Protocol deviation: log", days=5, counted="working days after we knew of it")
    summary.register_figures(study_figures)
    gates.register(READY, without_specification)
    panels.register("studies.study.first", panels.Panel("quality_events/unready_panel.html", unready_panel, 5))
    register_type(
        EventType(
            ProtocolDeviation, DEVIATION, prefix="PD", noun="Protocol deviation", plural="Protocol deviations",
            space="deviations", order=30, ends=DEVIATION_ENDS, tasks=TASKS, words=words, facts=facts, texts=sections,
            opening="Log a deviation",
            category="category", take_step=services.take_step, asks=asked_by(STEPS),
            from_report=lambda report: services.days_of_logging(report.aware_at),
            found_by=("source_id",),
        )
    )  # fmt: skip
    register_type(
        EventType(
            Specification, SPECIFICATION, prefix="DS", noun="Deviation specification",
            plural="Deviation specifications", space="specifications", order=80, ends=SPECIFICATION_ENDS,
            tasks=(Task(SpecificationState.DRAFT, "submit", "Submit the specification", 30, _LATE),),
            words=lambda record: f"{record.description} {record.categories}", facts=specification_facts,
            report=specification_report, take_step=services.take_specification_step,
        )
    )  # fmt: skip
    register_type(
        EventType(
            Freeze, FREEZE, prefix="CF", noun="Classification freeze", plural="Classification freezes",
            space="freezes", order=90, ends=FREEZE_ENDS, facts=freeze_facts, report=freeze_report,
            opening="Prepare a freeze", take_step=services.take_freeze_step,
        )
    )  # fmt: skip
    lanes.register_meaning(ProtocolDeviation, lane_words)
    addresses.register(kind_of(DeviationImport), _page_of_import)
    story.hide(kind_of(DeviationImport), entries_of_unseen_imports)


def _page_of_import(found: DeviationImport) -> str:
    return reverse("deviations:import_check", kwargs={"key": found.pk})
