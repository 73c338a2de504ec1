"""The listing of a study's protocol deviations for its clinical study report (ICH E3 10.2), as PDF and CSV."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from django.db.models import Case, IntegerField, Value, When
from django.template.loader import render_to_string

from cqms.accounts.models import User
from cqms.jobs.models import Job
from cqms.jobs.services import enqueue
from cqms.lists.files import Sheet, write_csv
from quality_events.deviations.categories import GROUPS, Category, read
from quality_events.deviations.models import DeviationState, Freeze, Importance, ProtocolDeviation
from quality_events.deviations.selectors import freezes_of, specification_of
from quality_events.policies import may_export
from quality_events.presentation import content_of_page
from quality_events.reports import Printed
from quality_events.selectors import events_for
from quality_events.types import ReportContent
from studies.models import STUDY, Study

LISTING = "deviations.listing"
HEADS = ("Site", "Participant", "Visit", "Occurred on", "Discovered on", "Deviation", "Rationale")
_TITLES = (
    (Importance.IMPORTANT.value, "Important deviations"), (Importance.NOT_IMPORTANT.value, "Other deviations"),
    ("", "Deviations not classified yet"),
)  # fmt: skip
_NO_CATEGORY = "No category yet"
_COLUMNS = (
    "number", "classification", "category", "site", "participant", "visit", "occurred_on", "discovered_on", "title",
    "rationale", "leaves_analysis_population", "state", "judged_by", "classified_after",
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """The deviations of one classification: under each category its rows, by site, participant and day."""

    title: str
    count: int
    heads: Sequence[str]
    groups: Sequence[tuple[str, Sequence[Sequence[object]]]]


def request_listing(study: Study, *, actor: User) -> Job:
    """Ask for the listing of a study, of what the person who asks may see. Raises Denied."""
    may_export.demand(actor, study)
    return enqueue(LISTING, actor=actor, label=f"Deviation listing of {study.number}", about=study.pk)


def deviations_listed(study: Study, reader: User) -> list[ProtocolDeviation]:
    """The deviations of a study that exist for the reader, important ones first, without what was voided."""
    rank = [When(importance=value, then=Value(place)) for place, (value, _) in enumerate(_TITLES)]
    rows = events_for(ProtocolDeviation, reader).filter(study=study).exclude(state=DeviationState.VOIDED)
    rows = rows.select_related("specification", "classified_after").annotate(
        rank=Case(*rank, output_field=IntegerField())
    )
    return list(rows.order_by("rank", "category", "site__number", "subject_code", "occurred_on", "pk"))


def specification_report(record: Any, reader: User) -> ReportContent:
    """What the page of a specification tells, and every category with how it is judged."""
    content = content_of_page(record, reader)
    judged = [(GROUPS[each.group], f"{each.name}: {_judgement(each)}") for each in read(record.categories)]
    return replace(content, parts=[("Categories", judged), *content.parts])


def freeze_report(record: Any, reader: User) -> ReportContent:
    """What the page of a freeze tells, and the classification of every deviation that its reader may see."""
    content, found = content_of_page(record, reader), deviations_listed(record.study, reader)
    rows = [(each.number, f"{each.category or _NO_CATEGORY}: {each.get_importance_display() or 'not classified'}")
            for each in sorted(found, key=lambda each: each.number)]  # fmt: skip
    others = replace(content.others, lanes=content.others.lanes | {each.lane for each in found})
    return replace(content, parts=[*content.parts, ("Classification as it stands now", rows)], others=others)


def _judgement(category: Category) -> str:
    safety = "; confirmed by the medical monitor, for it concerns safety" if category.safety else ""
    return f"{'important' if category.important else 'not important'}{safety}"


def listing_of(study: Study, reader: User) -> Printed:
    """The listing as it is now, with the same rows as CSV."""
    found = deviations_listed(study, reader)
    lanes = tuple(sorted({each.lane for each in found} | {"general"}))
    basis = _basis(study, found)
    body = render_to_string("pdf/deviation_listing.html", {
        "study": study, "basis": basis, "totals": _totals(found),
        "parts": [_part(title, [each for each in found if each.importance == value]) for value, title in _TITLES],
    })  # fmt: skip
    count = "1 deviation" if len(found) == 1 else f"{len(found)} deviations"
    return Printed(
        LISTING, f"Deviation listing of {study.number}", f"{count} as {reader.name} may see, without voided ones",
        f"{study.number} · Protocol deviations", body, len(found), study, lanes, ((STUDY, study.pk),),
        csv=_csv(found),
    )  # fmt: skip


def _basis(study: Study, found: Sequence[ProtocolDeviation]) -> list[tuple[str, str]]:
    held = specification_of(study)
    return [
        ("Study", f"{study.number} {study.title}"),
        ("Sponsor", study.sponsor or "not named"),
        ("Judged by", f"{held.number}, version {held.version}" if held else "no approved specification"),
        ("Classification", _how_final(freezes_of(study), found)),
    ]


def _how_final(freezes: Sequence[Freeze], found: Sequence[ProtocolDeviation]) -> str:
    """By what the classification is frozen, and how much of what is listed is not final yet."""
    if not freezes:
        return "not frozen: it may still change"
    late = sum(each.classified_after_id == freezes[-1].pk for each in found)
    rest = f"; {late} classified after it, not final until an amendment is signed" if late else ""
    return f"frozen by {', amended by '.join(each.number for each in freezes)}{rest}"


def _totals(found: Sequence[ProtocolDeviation]) -> list[tuple[str, list[int]]]:
    """For each category how many are important, not important and not classified yet; then all of them."""
    values = [value for value, _ in _TITLES]
    names = sorted({each.category for each in found})
    rows = [
        (name or _NO_CATEGORY, [sum((each.category, each.importance) == (name, value) for each in found)
                                for value in values])
        for name in names
    ]  # fmt: skip
    return [*rows, ("All", [sum(each.importance == value for each in found) for value in values])]


def _part(title: str, found: Sequence[ProtocolDeviation]) -> Part:
    """Where nothing is said in the column of the rationale, there is none: nobody has classified these yet."""
    heads = HEADS if any(each.excluded or each.rationale for each in found) else HEADS[:-1]
    groups = [
        (name or _NO_CATEGORY, [_row(each)[: len(heads)] for each in rows])
        for name, rows in groupby(found, lambda each: each.category)
    ]
    return Part(title, len(found), heads, groups)


def _row(deviation: ProtocolDeviation) -> list[object]:
    leaves = "Leaves an analysis population. " if deviation.excluded else ""
    late = f"Classified after {deviation.classified_after.number}. " if deviation.classified_after else ""
    return [
        _site(deviation), deviation.subject_code or "none", deviation.visit or "none",
        deviation.occurred_on or "not known", deviation.discovered_on, f"{deviation.number} {deviation.title}",
        f"{late}{leaves}{deviation.rationale}",
    ]  # fmt: skip


def _site(deviation: ProtocolDeviation) -> str:
    return f"{deviation.site.number} {deviation.site.country}" if deviation.site else "no site"


def _csv(found: Sequence[ProtocolDeviation]) -> bytes:
    rows = [
        [each.number, each.get_importance_display(), each.category, each.site.number if each.site else "",
         each.subject_code, each.visit, each.occurred_on, each.discovered_on, each.title, each.rationale, each.excluded,
         each.get_state_display(), _judged_by(each), each.classified_after.number if each.classified_after else ""]
        for each in found
    ]  # fmt: skip
    target = io.BytesIO()
    write_csv(Sheet("Deviations", _COLUMNS, rows), target)
    return target.getvalue()


def _judged_by(deviation: ProtocolDeviation) -> str:
    held: Any = deviation.specification
    return f"{held.number} version {held.version}" if held else ""
