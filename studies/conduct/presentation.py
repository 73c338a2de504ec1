"""Milestones, protocol versions and participants as the page of a study shows them."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from cqms.access.reach import narrowing_of
from cqms.ui import times
from cqms.ui.atoms import Button, Number
from cqms.ui.components import Table
from cqms.ui.items import Head
from cqms.ui.panels import PanelContext
from studies import policies
from studies.conduct.selectors import milestones_of, months_of, protocol_versions_of
from studies.models import STUDY, Milestone, MilestoneKind, ProtocolVersion, Study
from studies.partial_dates import in_words

_MONTHS_SHOWN = 12


def milestone_path(study: Study, kind: str) -> str:
    """Where a milestone is set."""
    return reverse("studies:milestone", kwargs={"number": study.number, "kind": kind})


def milestones_panel(request: HttpRequest, study: Study) -> PanelContext | None:
    """The milestones that are set; every one of them for who may set them."""
    may_change = policies.may_change(request.user, study)
    known = {each.kind: each for each in milestones_of(study)}
    kinds = [kind for kind in MilestoneKind if may_change or kind in known]
    rows = [_milestone_row(study, kind, known.get(kind), may_change=may_change) for kind in kinds]
    heads = [Head("Milestone", "lead"), Head("Planned", "fit"), Head("Actual", "fit")]
    return {"table": Table(heads, rows, f"Milestones of {study.number}") if rows else None}


def _milestone_row(study: Study, kind: MilestoneKind, found: Milestone | None, *, may_change: bool) -> list[object]:
    link = format_html('<a href="{}">{}</a>', milestone_path(study, kind), kind.label)
    return [
        link if may_change else kind.label,
        in_words(found.planned_on) if found else "",
        in_words(found.actual_on) if found else "",
    ]


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
    """Participants by month, the latest twelve."""
    may_change = policies.may_change(request.user, study)
    months = months_of(request.user, study)
    rows = [[f"{month:%b %Y}", f"{n.screened:,}", f"{n.enrolled:,}"] for month, n in reversed(months[-_MONTHS_SHOWN:])]
    heads = [Head("Month", "lead"), Head("Screened", "num fit"), Head("Enrolled", "num fit")]
    enrolled = sum(each.enrolled for _month, each in months)
    is_whole = narrowing_of(request.user, STUDY, study.pk) is None
    planned = f" of {study.planned_participants:,} planned" if study.planned_participants and is_whole else ""
    note = reverse("studies:participants", kwargs={"number": study.number})
    return {
        "table": Table(heads, rows, f"Participants of {study.number} by month") if rows else None,
        "total": f"{enrolled:,} enrolled{planned}",
        "note": Button("Note participants", icon="plus", href=note) if may_change else None,
    }
