"""Reads of deviations: the specification that holds, repeats, and what a freeze is over."""

import datetime as dt
import hashlib
from dataclasses import dataclass

from cqms.audit.models import AuditEvent, kind_of
from quality_events.deviations.categories import Category, read
from quality_events.deviations.models import (
    DeviationState,
    Freeze,
    FreezeState,
    Importance,
    ProtocolDeviation,
    Specification,
    SpecificationState,
)
from quality_events.deviations.sampling import DRAWN
from studies.models import Study


@dataclass(frozen=True)
class Content:
    """What a freeze signs: how many deviations, how many important ones, and the hash of their classification."""

    deviations: int
    important: int
    sha256: str


def specification_of(study: Study | None) -> Specification | None:
    """The approved specification of a study."""
    rows = Specification.objects.filter(study=study, state=SpecificationState.APPROVED) if study else None
    found: Specification | None = rows.first() if rows is not None else None
    return found


def categories_of(specification: Specification | None) -> dict[str, Category]:
    """The categories of a specification by key."""
    return {each.key: each for each in read(specification.categories)} if specification is not None else {}


def freeze_of(study: Study) -> Freeze | None:
    """The freeze of a study that is prepared or signed."""
    found: Freeze | None = Freeze.objects.filter(study=study).exclude(state=FreezeState.WITHDRAWN).first()
    return found


def is_frozen(study: Study | None) -> bool:
    """Whether the classification of the study's deviations is final."""
    return Freeze.objects.filter(study=study, state=FreezeState.FROZEN).exists() if study else False


def content_of(study: Study) -> Content:
    """The classification as it is now, whatever the lane; voided deviations are left out."""
    rows = ProtocolDeviation.objects.filter(study=study).exclude(state=DeviationState.VOIDED).order_by("number")
    lines = list(rows.values_list("number", "category", "importance"))
    text = "".join(f"{number}\t{category}\t{importance}\n" for number, category, importance in lines)
    important = sum(importance == Importance.IMPORTANT for _, _, importance in lines)
    return Content(len(lines), important, hashlib.sha256(text.encode()).hexdigest())


def unclassified(study: Study) -> list[str]:
    """The numbers of deviations of a study that nobody classified yet."""
    rows = ProtocolDeviation.objects.filter(study=study, importance="").exclude(state=DeviationState.VOIDED)
    return list(rows.order_by("number").values_list("number", flat=True))


def unconfirmed(study: Study) -> list[str]:
    """The numbers of deviations that concern safety and that no medical monitor confirmed yet."""
    rows = ProtocolDeviation.objects.filter(study=study, safety=True, confirmed_at__isnull=True)
    return list(rows.exclude(state=DeviationState.VOIDED).order_by("number").values_list("number", flat=True))


def was_drawn(deviation: ProtocolDeviation) -> bool:
    """Whether it was in the sample of quality assurance before: then it ends there and not by its owner alone."""
    about = AuditEvent.objects.filter(subject_kind=kind_of(deviation), subject_id=deviation.pk)
    return bool(about.filter(verb=DRAWN).exists())


def repeats_of(deviation: ProtocolDeviation, days: int) -> list[ProtocolDeviation]:
    """The deviations of the same category at the same site in the days before it, itself included; the oldest first."""
    day = deviation.occurred_on or deviation.discovered_on
    rows = ProtocolDeviation.objects.filter(
        study=deviation.study, site=deviation.site, category=deviation.category, lane=deviation.lane
    ).exclude(state=DeviationState.VOIDED)
    since = day - dt.timedelta(days=days)
    return [each for each in rows.order_by("pk") if since <= (each.occurred_on or each.discovered_on) <= day]
