"""Specifications, deviations and freezes in words."""

from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode

from cqms.accounts.models import User
from cqms.ui import times
from cqms.ui.atoms import Badge
from cqms.ui.components import Table
from cqms.ui.items import Figure, Head
from quality_events import summary
from quality_events.course import Path
from quality_events.deviations.categories import GROUPS, read
from quality_events.deviations.models import (
    DeviationState,
    Freeze,
    FreezeState,
    Importance,
    ProtocolDeviation,
    Specification,
    SpecificationState,
)
from quality_events.deviations.selectors import last_freeze, late_ones, prepared_freeze, specification_of
from quality_events.policies import may_report
from quality_events.presentation import event_path, logged_words
from quality_events.selectors import events_for
from quality_events.types import type_of
from studies.models import Study, StudyStatus

SPECIFICATION_PATH = Path((SpecificationState.DRAFT, SpecificationState.IN_APPROVAL, SpecificationState.APPROVED))
PATH = Path((
    DeviationState.LOGGED, DeviationState.TRIAGE, DeviationState.ASSESSMENT, DeviationState.INVESTIGATION,
    DeviationState.ACTION, DeviationState.QA_REVIEW, DeviationState.CLOSED,
))  # fmt: skip
_OVER = (StudyStatus.CLOSED, StudyStatus.STOPPED)
FREEZE_PATH = Path((FreezeState.PREPARED, FreezeState.FROZEN))


def importance_of(deviation: ProtocolDeviation) -> object:
    """The classification as a badge; nothing before it."""
    if not deviation.importance:
        return ""
    return Badge(deviation.get_importance_display(), "warn" if deviation.is_important else "neutral")


def facts(deviation: ProtocolDeviation) -> list[tuple[str, object]]:
    """What is known of a deviation."""
    judged = deviation.specification
    link = (
        format_html('<a href="{}">{}, version {}</a>', event_path(judged), judged.number, judged.version)
        if judged
        else ""
    )
    confirmed = "not needed: it does not concern safety" if deviation.importance and not deviation.safety else ""
    return [
        ("Logged", logged_words(deviation)),
        ("Participant", deviation.subject_code),
        ("Visit", deviation.visit),
        ("Protocol", f"{deviation.protocol.label} {deviation.protocol_section}".strip() if deviation.protocol else ""),
        ("Category", deviation.category),
        ("Classification", importance_of(deviation)),
        ("Judged by", link),
        ("Medical monitor", times.moment(deviation.confirmed_at) if deviation.confirmed_at else confirmed),
        ("Serious breach?", deviation.get_breach_display()),
        ("Classified after the freeze", late_words(deviation)),
        ("Leaves an analysis population", "yes" if deviation.excluded else "no"),
        ("Ethics committee told", times.day(deviation.reported_to_ethics) if deviation.reported_to_ethics else ""),
        ("Lane", deviation.get_lane_display()),
        ("Source", f"{deviation.source_system} {deviation.source_id}".strip()),
    ]


def sections(deviation: ProtocolDeviation) -> list[tuple[str, str]]:
    """Its texts."""
    return [
        ("Description", deviation.description),
        ("What was done at once", deviation.immediate_action),
        ("Rationale of the classification", deviation.rationale),
        ("Serious breach: grounds", deviation.breach_grounds),
        ("Investigation", deviation.investigation),
        ("Impact on safety, rights and data", deviation.impact),
        ("Action", deviation.action),
    ]


def words(deviation: Any) -> str:
    """By which words search finds it."""
    texts = [text for _, text in sections(deviation)]
    codes = (deviation.category, deviation.subject_code, deviation.visit, deviation.source_id)
    return " ".join(filter(None, [*texts, *codes]))


def specification_facts(record: Specification) -> list[tuple[str, object]]:
    """What is known of a specification."""
    repeat = f"{record.repeat_count} at a site within {record.repeat_days} days raise an issue"
    return [
        ("Version", record.version),
        ("Protocol version", record.protocol.label if record.protocol else "not tied to one"),
        ("Repeats", repeat if record.repeat_count else "raise no issue"),
    ]


def categories_table(record: Specification) -> Table:
    """The categories with how each is judged."""
    heads = [
        Head("Group"),
        Head("What deviates", "lead"),
        Head("Classification", "state"),
        Head("Safety"),
    ]
    rows = [
        [GROUPS[each.group], each.name,
         Badge("Important", "warn") if each.important else Badge("Not important", "neutral"),
         "confirmed by the medical monitor" if each.safety else ""]
        for each in read(record.categories)
    ]  # fmt: skip
    return Table(heads, rows, f"Categories of {record.number}, version {record.version}")


def unready_panel(request: HttpRequest, study: Any) -> dict[str, object] | None:
    """A warning for the page of a study that has no approved specification and is not over."""
    if study.status in _OVER or specification_of(study) is not None:
        return None
    draft = f"{reverse('specifications:new')}?{urlencode({'study': study.number})}"
    return {"draft_url": draft if may_report(request.user, study) else ""}


def study_figures(study: Study, reader: User) -> list[Figure]:
    """How many deviations of a study are important, and how many nobody classified yet; one query."""
    rows = events_for(ProtocolDeviation, reader).filter(study=study).exclude(state=DeviationState.VOIDED)
    counts = rows.order_by().aggregate(
        important=Count("pk", filter=Q(importance=Importance.IMPORTANT)), waiting=Count("pk", filter=Q(importance=""))
    )
    note = f"{counts['waiting']} not classified yet" if counts["waiting"] else "all are classified"
    href = summary.list_of(type_of(ProtocolDeviation), study, importance=Importance.IMPORTANT)
    return [Figure("Important deviations", counts["important"], note, href=href)]


def late_words(deviation: ProtocolDeviation) -> object:
    """After which freeze it was classified, and whether that is final; nothing where it was classified before."""
    after = deviation.classified_after
    if after is None:
        return ""
    amended = Freeze.objects.filter(amends=after, state=FreezeState.FROZEN).first()
    final = format_html("final by {}", _link(amended)) if amended else "not final until an amendment is signed"
    return format_html("{}, {}", _link(after), final)


def lane_words(deviation: ProtocolDeviation) -> str:
    """What a freeze means for a move to another lane: the lane says who may see it, the freeze how it is classified."""
    waiting, holds = prepared_freeze(deviation.study), last_freeze(deviation.study)
    said = []
    if waiting is not None:
        said.append(f"{waiting.number} waits for signatures over what stands in the general lane: if this leaves or"
                    " enters it, that freeze is withdrawn and prepared anew.")  # fmt: skip
    if holds is not None and deviation.importance and deviation.classified_after_id != holds.pk:
        said.append(f"{holds.number} is signed: its classification stays what it is in every lane.")
    elif holds is not None:
        said.append(f"{holds.number} is signed: in every lane this counts as classified after it.")
    return " ".join(said)


def _late_link(freeze: Freeze, late: int) -> object:
    href = summary.list_of(type_of(ProtocolDeviation), freeze.study, late="yes")
    return format_html('<a href="{}">{} in the general lane</a>', href, f"{late:,}")


def _link(freeze: Freeze) -> object:
    return format_html('<a href="{}">{}</a>', event_path(freeze), freeze.number)


def freeze_facts(record: Freeze) -> list[tuple[str, object]]:
    """What a freeze signs, and what was classified after it."""
    late = late_ones(record) if record.state == FreezeState.FROZEN else 0
    return [
        ("Amends", _link(record.amends) if record.amends else ""),
        ("Classified after it", _late_link(record, late) if late else ""),
        ("Deviations in the general lane", f"{record.deviations:,}"),
        ("Important ones of these", f"{record.important:,}"),
        ("SHA-256", record.content_sha256),
    ]
