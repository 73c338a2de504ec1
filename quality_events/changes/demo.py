"""Changes of the demo world: one on each stretch of its way, by calling services."""

import datetime as dt
from typing import Any

from cqms.accounts.models import User
from cqms.organizations.models import Organization
from cqms.organizations.scope import scope, today
from cqms.portal.demo import PASSWORD, register
from cqms.signatures.services import Credentials
from documents.models import Document
from quality_events.changes import asking, services
from quality_events.changes.models import ChangeControl, ChangeTask
from quality_events.services import link
from studies.models import Study

People = dict[str, User]

# title, type, what is changed, why, how far it went
_PLAN = (
    ("Labels printed at the depot", "vendor", "Printing of kit labels", "Sites mix up the templates.", "requested"),
    ("New version of the randomisation system", "system", "Randomisation system 4.2",
     "The present version is not supported from spring on.", "assessed"),
    ("Second reader for central imaging", "process", "Central reading of images",
     "One reader alone decided on the endpoint.", "running"),
    ("Monitoring visits by telephone", "study", "Monitoring plan", "Two sites are closed for visitors.", "released"),
)  # fmt: skip
_SAID = (
    ("validation", "study_manager", "impact", "The interface to data capture is tested anew.", "A test protocol."),
    ("training", "reviewer", "none", "The screens stay as they are.", ""),
    ("blinding", "medical_monitor", "none", "Who sees the arm does not change.", ""),
)
_TASKS = (
    ("Write the instruction and have it made effective", "author", False),
    ("Train everybody who works with it", "study_manager", False),
    ("Ask the sites after a month whether it works", "author", True),
)


def build(organization: Organization, people: People) -> None:
    """Request the changes of one organization and take each as far as planned."""
    for title, kind, what, why, far in _PLAN:
        with scope(organization):
            study = Study.objects.order_by("pk")[0]
            values = {
                "title": title, "description": f"{what} will be done in another way.", "kind": kind,
                "subject_matter": what, "justification": why, "study": study,
            }  # fmt: skip
            if far == "released":
                values |= {"temporary": True, "expires_on": today() + dt.timedelta(days=60)}
            change = services.request_change(values, actor=people["author"])
            sop = Document.objects.order_by("pk")[1]
            link(change, sop, actor=people["author"], why="It must say the same from then on.")
            _carry(change, far, people)


def _carry(change: ChangeControl, far: str, people: People) -> None:
    """As far as planned: requested, assessed, running or released."""
    if far == "requested":
        return
    owner = people["process_owner"]
    change = _step(
        change, "screen", people["qa"], owner=owner, system_owner=people["study_manager"], regulatory="none",
        gxp_grounds="Data of the study depend on it.",
    )  # fmt: skip
    _ask(change, people, everybody=far != "assessed")
    change = _step(change, "assess", owner, unconcerned="They neither see nor use it.")
    _plan(change, people)
    if far == "assessed":
        return
    change = _step(change, "submit", owner)
    change = _step(change, "approve", owner)
    change = _step(change, "approve", people["qa"])
    change = _step(change, "implement", owner)
    _do(change, everything=far == "released")
    if far == "released":
        change = _step(change, "finish", owner, result="The visits were held by telephone from the first day on.")
        change = _step(change, "verify", people["qa"])
        _step(change, "release", people["study_manager"])


def _ask(change: ChangeControl, people: People, *, everybody: bool) -> None:
    due = today() + dt.timedelta(days=7)
    for number, (function, who, verdict, finding, measures) in enumerate(_SAID):
        asked = asking.ask_function(
            change, function=function, owner=people[who], due_on=due, actor=people["process_owner"]
        )
        if everybody or number == 0:
            said = {"verdict": verdict, "finding": finding, "measures": measures}
            asking.take_assessment_step(
                asked, "assess", actor=people[who], values=said, credentials=_proof(people[who])
            )


def _plan(change: ChangeControl, people: People) -> None:
    values = {
        "approach": "First at one site for a week, then everywhere.", "risk_class": "medium",
        "regression_scope": "Everything that reads from it.", "rollback_plan": "The way of before stays open a month.",
    }  # fmt: skip
    services.write_plan(change, values, actor=people["process_owner"])
    for days, (text, who, later) in enumerate(_TASKS, 14):
        planned = {"text": text, "owner": people[who], "after_release": later,
                   "due_on": today() + dt.timedelta(days=days)}  # fmt: skip
        asking.keep_task(ChangeTask(change=change), planned, actor=people["process_owner"])


def _do(change: ChangeControl, *, everything: bool) -> None:
    tasks = ChangeTask.objects.filter(change=change, after_release=False).order_by("pk")
    for task in tasks[: None if everything else 1]:
        asking.complete_task(task, actor=task.owner, evidence="Filed in the study's section, part 4.")


def _step(change: ChangeControl, key: str, person: User, **values: Any) -> ChangeControl:
    return services.take_step(change, key, actor=person, values=values, credentials=_proof(person))


def _proof(person: User) -> Credentials:
    return Credentials(password=PASSWORD, email=person.email, accepts_binding=True)


register(50, build)
