"""The deviations of a load, judged by the approved specification of their study; most of them closed."""

import datetime as dt
from functools import partial

from cqms.portal.loading import contributions
from cqms.portal.loading.contributions import Load
from cqms.portal.loading.people import BEGIN
from cqms.portal.loading.tales import Act, Person, in_part, taken
from cqms.signatures.models import Meaning
from quality_events.deviations.categories import START, Category, write
from quality_events.deviations.models import (
    BreachAnswer,
    DeviationState,
    Importance,
    ProtocolDeviation,
    Specification,
    SpecificationState,
)
from quality_events.deviations.workflow import DEVIATION, SPECIFICATION
from quality_events.loading import opened, tell

SHARE = 4
_FOUND = ("description", "immediate_action", "rationale", "breach_grounds", "investigation", "impact", "action",
          "category", "subject_code", "visit")  # fmt: skip
_PROGRESS = (3, 2, 6, 6, 5, 78)
"""How many of a hundred are logged, in triage, assessed, acted on, in review by quality assurance, and closed."""
_DAY = dt.timedelta(days=1)


def build(load: Load, records: int) -> None:
    """The specification of every study, and so many deviations at their sites."""
    specifications = {study: _specification(load, study, name) for study, name in load.places}
    for number in range(records):
        study, _ = load.teller.random.choice(load.places)
        _deviation(load, study, specifications[study], BEGIN + dt.timedelta(days=700) * number / max(records, 1))


def _specification(load: Load, study: int, name: str) -> int:
    manager = load.one("study_manager")
    begin = {
        "number": load.number("DS"), "title": f"Deviation specification of {name}", "study_id": study,
        "description": "By it the deviations of the study are judged.", "categories": write(START), "version": 1,
        "state": SpecificationState.DRAFT, "owner_id": manager.pk, "reporter_id": manager.pk,
    }  # fmt: skip
    step = partial(taken, SPECIFICATION)
    asked = {"state": SpecificationState.IN_APPROVAL}
    first = step("approve", BEGIN + 2 * _DAY, manager, asked)
    second = step("approve", BEGIN + 3 * _DAY, load.one("medical_monitor"), asked)
    last = step("approve", BEGIN + 4 * _DAY, load.one("qa"))
    acts = [
        opened(Specification, BEGIN, manager),
        step("submit", BEGIN + _DAY, manager),
        in_part(first, "study manager", Meaning.APPROVED),
        in_part(second, "medical monitor", Meaning.APPROVED),
        in_part(last, "quality assurance", Meaning.QA_APPROVED),
    ]
    return tell(load, Specification, begin, acts, ("description", "categories"))


def _deviation(load: Load, study: int, specification: int, at: dt.datetime) -> None:
    random, owner = load.teller.random, load.one("author")
    category, visit = random.choice(START), random.randrange(1, 12)
    begin = {
        "number": load.number("PD"), "title": f"{category.name}, visit {visit}", "study_id": study,
        "site_id": random.choice(load.left["sites"][study]), "state": DeviationState.LOGGED, "owner_id": owner.pk,
        "description": "Seen when the source was compared with the entry.", "reporter_id": load.one("author").pk,
        "subject_code": f"{study % 1000:03}-{random.randrange(1, 400):04}", "visit": f"Visit {visit}",
        "occurred_on": (at - 5 * _DAY).date(), "discovered_on": (at - _DAY).date(), "aware_at": at,
        "zone": load.teller.zone, "noticed_by": "Monitor", "immediate_action": "The site was called.",
        "logged_on": at.date(), "log_due_on": (at + 7 * _DAY).date(),
    }  # fmt: skip
    ways = _ways(load, at, owner, category, specification)
    far = random.choices(range(len(ways)), _PROGRESS)[0]
    tell(load, ProtocolDeviation, begin, [act for way in ways[: far + 1] for act in way], _FOUND)


def _ways(load: Load, at: dt.datetime, owner: Person, category: Category, specification: int) -> list[list[Act]]:
    """What happened to a deviation, in stretches: it went through as many of them as its fate wants."""
    manager, quality, step = load.one("study_manager"), load.one("qa"), partial(taken, DEVIATION)
    assessed = [step("classify", at + 3 * _DAY, manager, _judged(category, specification))]
    if category.safety:
        confirmed = {"confirmed_at": at + 4 * _DAY}
        assessed.append(step("confirm", at + 4 * _DAY, load.one("medical_monitor"), confirmed))
    if category.important:
        no = {"breach": BreachAnswer.NO, "breach_grounds": "One participant, found and corrected at once."}
        assessed.append(step("screen", at + 5 * _DAY, quality, no))
    done = {"impact": "None on safety; the value is left out of the analysis.", "action": "The site was trained again."}
    ends = step("close", at + 40 * _DAY, quality) if category.important else step("finish", at + 31 * _DAY, owner)
    reviewed = [step("submit", at + 30 * _DAY, owner)] if category.important else []
    return [
        [opened(ProtocolDeviation, at, owner)], [step("take_up", at + _DAY, manager)], assessed,
        [step("act", at + 10 * _DAY, owner, done)], reviewed, [ends],
    ]  # fmt: skip


def _judged(category: Category, specification: int) -> dict[str, object]:
    importance = Importance.IMPORTANT if category.important else Importance.NOT_IMPORTANT
    return {"specification_id": specification, "category": category.key, "importance": importance,
            "rationale": "As the specification proposes.", "safety": category.safety}  # fmt: skip


contributions.register(25, build, share=SHARE)
