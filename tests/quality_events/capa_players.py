"""CAPAs as tests open them and carry them on."""

import datetime as dt
from typing import Any

from quality_events.capas import services
from quality_events.capas.models import Action, Capa, Cause
from quality_events.capas.policies import manager_of
from studies.models import Study
from tests.days import today
from tests.world.building import credentials

SCOPED = {"severity": "major", "extent": "Two sites in one country."}
ANALYSIS = {"method": "five_whys", "root_cause": "Nobody answers the alarm at night."}


def capa(actor: Any, **other: Any) -> Capa:
    values = {
        "title": "Samples thawed twice", "description": "The freezer stood open over two weekends.",
        "study": Study.objects.get(number="NW-101"), "aware_on": today() - dt.timedelta(days=2), **other,
    }  # fmt: skip
    return services.open_capa(values, actor=actor)


def step(record: Any, key: str, person: Any, reason: str = "", **values: Any) -> Any:
    """A step of a CAPA with right credentials."""
    return services.take_step(record, key, actor=person, values=values, reason=reason, credentials=credentials(person))


def cause(record: Capa, actor: Any, **other: Any) -> Cause:
    values = {"text": "No alarm chain", "weight": "root", "bone": "process", "evidence": "Rota of August", **other}
    return services.keep_part(Cause(capa=record), values, actor=actor)


def action(record: Capa, actor: Any, **other: Any) -> Action:
    values = {
        "kind": "corrective", "text": "Call two people", "owner": actor, "deliverable": "A rota",
        "due_on": today() + dt.timedelta(days=20), **other,
    }  # fmt: skip
    return services.keep_part(Action(capa=record), values, actor=actor)


def criterion(**other: Any) -> dict[str, Any]:
    """Issues counted before and after; the second period is over."""
    days = {"before_from": 120, "before_to": 61, "after_from": 30, "check_on": 1}
    return {
        "metric": "Thawed samples", "target": 2, "sample": "Four weeks", "data_source": "portal", "counted": "issues",
        "unit": "count", **{name: today() - dt.timedelta(days=ago) for name, ago in days.items()}, **other,
    }  # fmt: skip


def in_analysis(cast: Any, **other: Any) -> Capa:
    found = step(capa(cast.author, **other), "scope", cast.qa, **SCOPED, owner=cast.author)
    return step(found, "analyse", cast.author)


def in_plan(cast: Any, **other: Any) -> Capa:
    """The root cause is reviewed."""
    found = in_analysis(cast, **other)
    cause(found, cast.author)
    services.write("analysis", found, ANALYSIS, actor=cast.author)
    found = step(found, "submit_cause", cast.author)
    return step(found, "review_cause", cast.qa)


def planned(cast: Any, **other: Any) -> Capa:
    """The plan is handed in."""
    found = in_plan(cast, **other)
    action(found, cast.author)
    services.write("criterion", found, criterion(), actor=cast.author)
    return step(found, "submit_plan", cast.author)


def approved(cast: Any, **other: Any) -> Capa:
    found = step(planned(cast, **other), "approve_plan", manager(cast))
    return step(found, "approve_plan", cast.qa)


def monitored(cast: Any, **other: Any) -> Capa:
    """Implemented and verified."""
    found = step(approved(cast, **other), "implement", cast.author)
    for each in found.actions.all():
        services.complete_action(each, actor=cast.author, evidence="Rota of September")
    found = step(found, "finish", cast.author)
    found = step(found, "take_up", cast.qa)
    return step(found, "verify", cast.qa)


def manager(cast: Any) -> Any:
    """Who leads the author."""
    return manager_of(cast.author)


def closed(cast: Any) -> Capa:
    """Effective, and closed."""
    found = step(monitored(cast), "conclude", cast.author, result="None since.")
    return step(step(found, "confirm", cast.qa), "close", cast.quality_head)


def enrolled(site: Any, count: int, actor: Any) -> None:
    """Participants of a site, this month."""
    from cqms.audit import services as audit  # noqa: PLC0415
    from studies.models import Participants  # noqa: PLC0415

    month = today().replace(day=1)
    row = Participants(study=site.study, site=site, month=month, screened=count, enrolled=count)
    audit.save(row, actor=actor)
