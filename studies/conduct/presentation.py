"""Milestones, protocol versions and participants as the page of a study shows them."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from cqms.access.reach import narrowing_of
from cqms.charts.kinds import small
from cqms.organizations import scope
from cqms.ui import times
from cqms.ui.atoms import Button, Number
from cqms.ui.components import Chart, Facts, Table
from cqms.ui.items import Head
from cqms.ui.panels import PanelContext
from studies import policies
from studies.conduct.enrolment import Month, finding, months_with_plan, picture, plan_of, without_gaps
from studies.conduct.selectors import milestones_of, months_of, protocol_versions_of
from studies.models import STUDY, Milestone, MilestoneKind, ProtocolVersion, Study
from studies.partial_dates import in_words

_MONTHS_SHOWN = 12
_PLAN = "The plan is spread evenly between the planned days of the first and of the last participant."


def milestone_path(study: Study, kind: str) -> str:
    """Where a milestone is set."""
    return reverse("studies:milestone", kwargs={"number": study.number, "kind": kind})


def milestones_panel(request: HttpRequest, study: Study) -> PanelContext | None:
    """The milestones that are set; every one of them for who may set them."""
    may_change = policies.may_change(request.user, study)
    known = _milestones(study)
    kinds = [kind for kind in MilestoneKind if may_change or kind in known]
    rows = [(_milestone(study, kind, may_change=may_change), _days_in_words(known.get(kind))) for kind in kinds]
    return {"facts": Facts(rows) if rows else None}


def _milestones(study: Study) -> dict[str, Milestone]:
    """The milestones that are set, by kind; asked for once for all panels of a page."""
    cache, key = scope.scope_cache(), ("milestones", study.pk)
    if key not in cache:
        cache[key] = {each.kind: each for each in milestones_of(study)}
    found: dict[str, Milestone] = cache[key]
    return found


def _milestone(study: Study, kind: MilestoneKind, *, may_change: bool) -> str:
    if not may_change:
        return str(kind.label)
    return format_html('<a href="{}">{}</a>', milestone_path(study, kind), kind.label)


def _days_in_words(found: Milestone | None) -> str:
    """When it came, and when it was planned: "18 Feb 2026, planned Feb 2026"."""
    planned = f"planned {in_words(found.planned_on)}" if found and found.planned_on else ""
    return ", ".join(filter(None, [in_words(found.actual_on) if found else "", planned]))


def randomisation_panel(request: HttpRequest, study: Study) -> PanelContext | None:
    """The way to the randomisation scheme; for whoever may not see the unblinded lane there is none."""
    if not policies.may_see_unblinded(request.user, study):
        return None
    page = reverse("studies:randomisation", kwargs={"number": study.number})
    return {"open": Button("Open the scheme", icon="lock", href=page), "is_set": bool(study.randomisation)}


def protocol_panel(request: HttpRequest, study: Study) -> PanelContext | None:
    """The versions of the protocol, newest first."""
    may_change = policies.may_change(request.user, study)
    rows = [_protocol_row(each, may_change=may_change) for each in protocol_versions_of(study)]
    heads = [Head("Version", "fit"), Head("What changed", "lead"), Head("Dated", "fit"), Head("In force from", "fit")]
    new = reverse("studies:protocol_new", kwargs={"number": study.number})
    return {
        "table": Table(heads, rows, f"Protocol versions of {study.number}") if rows else None,
        "add": Button("Add a version", icon="plus", href=new) if may_change else None,
    }


def _protocol_row(version: ProtocolVersion, *, may_change: bool) -> list[object]:
    parts = {"number": version.study.number, "label": version.label}
    edit = reverse("studies:protocol_edit", kwargs=parts) if may_change else ""
    since = times.day(version.in_force_from) if version.in_force_from else "not yet"
    return [Number(version.label, edit), version.summary or "First version", times.day(version.dated_on), since]


def participants_panel(request: HttpRequest, study: Study) -> PanelContext | None:
    """Participants so far as a picture against the plan, and by month, the latest twelve.

    Whoever sees some sites only is told of no plan: it is that of all sites.
    """
    may_change = policies.may_change(request.user, study)
    noted, today = months_of(request.user, study), scope.today()
    is_planned = bool(study.planned_participants) and narrowing_of(request.user, STUDY, study.pk) is None
    plan = plan_of(study, _milestones(study)) if is_planned and noted else None
    rows = months_with_plan(without_gaps(noted, today), plan, today)
    enrolled = sum(each.enrolled for _month, each in noted)
    words = finding(enrolled, plan, today)
    note = reverse("studies:participants", kwargs={"number": study.number})
    return {
        "table": _months_table(study, rows[-_MONTHS_SHOWN:]) if rows else None,
        "total": f"{enrolled:,} enrolled{f' of {study.planned_participants:,} planned' if is_planned else ''}",
        "finding": words,
        "chart": _chart(rows, words, _PLAN if plan else "") if len(rows) > 1 else None,
        "note": Button("Note participants", icon="plus", href=note) if may_change else None,
    }


def _chart(rows: Sequence[Month], words: str, note: str) -> Chart:
    return Chart(small(picture(rows), words), words, note)


def _months_table(study: Study, months: Sequence[Month]) -> Table:
    heads = [Head("Month", "lead"), Head("Screened", "num fit"), Head("Enrolled", "num fit"),
             Head("Enrolled so far", "num fit")]  # fmt: skip
    is_planned = any(each.planned is not None for each in months)
    cells = [
        [f"{each.first:%b %Y}", f"{each.came.screened:,}", f"{each.came.enrolled:,}", f"{each.so_far.enrolled:,}",
         *([f"{each.planned:,}"] if is_planned else [])]
        for each in reversed(months)
    ]  # fmt: skip
    if is_planned:
        heads.append(Head("Planned by then", "num fit"))
    return Table(heads, cells, f"Participants of {study.number} by month")
