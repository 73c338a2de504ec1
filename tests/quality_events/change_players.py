"""Changes as tests request them and carry them on."""

import datetime as dt
from typing import Any

from quality_events.changes import asking, services
from quality_events.changes.models import ChangeControl, ChangeTask, ImpactAssessment
from studies.models import Study
from tests.days import today
from tests.world.building import credentials

PLAN = {
    "approach": "First at one site.", "risk_class": "high", "regression_scope": "Allocation.",
    "rollback_plan": "Back to 4.1.",
}  # fmt: skip
SCREENED = {"gxp_grounds": "It allocates participants.", "regulatory": "none"}
FINISHED = {"result": "Installed on Monday.", "config_diff": "Two parameters."}
LEFT = {"unconcerned": "They neither see nor use it."}
SAID = {"verdict": "impact", "finding": "The interface changes.", "measures": "Test it."}


def soon(days: int = 20) -> dt.date:
    """A day to come."""
    return today() + dt.timedelta(days=days)


def change(actor: Any, **other: Any) -> ChangeControl:
    values = {
        "title": "New version of randomisation", "description": "Version 4.2 replaces 4.1.", "kind": "system",
        "subject_matter": "Randomisation 4.2", "justification": "Support ends.",
        "study": Study.objects.get(number="NW-101"), **other,
    }  # fmt: skip
    return services.request_change(values, actor=actor)


def step(record: Any, key: str, person: Any, reason: str = "Because.", **values: Any) -> Any:
    """A step of a change with right credentials."""
    return services.take_step(record, key, actor=person, values=values, reason=reason, credentials=credentials(person))


def ask(record: Any, actor: Any, owner: Any, function: str = "validation") -> ImpactAssessment:
    return asking.ask_function(record, function=function, owner=owner, due_on=soon(5), actor=actor)


def answer(asked: Any, person: Any, **other: str) -> ImpactAssessment:
    said = {**SAID, **other}
    return asking.take_assessment_step(asked, "assess", actor=person, values=said, credentials=credentials(person))


def objected(asked: Any, person: Any, **other: str) -> ImpactAssessment:
    """The function does not accept the change."""
    said = {"finding": "The code would be visible.", **other}
    return asking.take_assessment_step(asked, "object", actor=person, values=said, credentials=credentials(person))


def task(record: Any, actor: Any, **other: Any) -> ChangeTask:
    values = {"text": "Install it", "owner": actor, "due_on": soon(), **other}
    return asking.keep_task(ChangeTask(change=record), values, actor=record.owner)


def screened(cast: Any, **other: Any) -> ChangeControl:
    """Quality assurance named its owner and who answers for what is changed."""
    said = {name: other.pop(name) for name in ("regulatory",) if name in other}
    people = {"owner": cast.process_owner, "system_owner": cast.study_manager}
    return step(change(cast.author, **other), "screen", cast.qa, **{**SCREENED, **people, **said})


def planned(cast: Any, **other: Any) -> ChangeControl:
    """Assessed by one function, with a task, and handed in."""
    found = screened(cast, **other)
    asked = ask(found, cast.process_owner, cast.statistician)
    found = step(found, "assess", cast.process_owner, **LEFT)
    answer(asked, cast.statistician)
    services.write_plan(found, PLAN, actor=cast.process_owner)
    task(found, cast.author)
    return step(found, "submit", cast.process_owner)


def approved(cast: Any, **other: Any) -> ChangeControl:
    found = step(planned(cast, **other), "approve", cast.process_owner)
    return step(found, "approve", cast.qa)


def running(cast: Any, **other: Any) -> ChangeControl:
    return step(approved(cast, **other), "implement", cast.process_owner)


def done(record: Any) -> None:
    """Every task before the release."""
    for each in ChangeTask.objects.filter(change=record, done_at__isnull=True, after_release=False):
        asking.complete_task(each, actor=each.owner, evidence="Log of the installation")


def verified(cast: Any, **other: Any) -> ChangeControl:
    finished = {**FINISHED, **{name: other.pop(name) for name in
                ("regulatory_on", "regulatory_reference", "training_evidence") if name in other}}  # fmt: skip
    found = running(cast, **other)
    done(found)
    return step(step(found, "finish", cast.process_owner, **finished), "verify", cast.qa)


def released(cast: Any, **other: Any) -> ChangeControl:
    return step(verified(cast, **other), "release", cast.study_manager)


def hurried(record: ChangeControl, actor: Any) -> ChangeControl:
    """The change turns out to be an emergency."""
    values = {"emergency": True}
    return services.change_request(record, actor=actor, values=values, revision=record.revision, reason="No dose.")


def completed(record: ChangeControl, cast: Any) -> ChangeControl:
    """What its owner was asked is answered, and the plan is written."""
    for each in ImpactAssessment.objects.filter(change=record, state="asked").select_related("change", "owner"):
        answer(each, each.owner)
    services.write_plan(record, PLAN, actor=record.owner)
    task(record, cast.author)
    return ChangeControl.objects.get(pk=record.pk)
