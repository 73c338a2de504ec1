"""Initial reports in words."""

from typing import Any

from quality_events.course import Path
from quality_events.intake.models import InitialReport, ReportState

PATH = Path((ReportState.RECEIVED, ReportState.OPENED))


def facts(report: InitialReport) -> list[tuple[str, object]]:
    """What is known of a report besides what every event knows."""
    return [("Where", report.place), ("Lane", report.get_lane_display())]


def words(report: Any) -> str:
    """By which words search finds it."""
    return f"{report.description} {report.place}"
