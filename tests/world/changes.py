"""Changes of the world of the contracts, in both organizations."""

import datetime as dt
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from cqms.signatures.services import Credentials
from quality_events import services
from quality_events.changes import asking
from quality_events.changes import services as changes
from quality_events.changes.models import ChangeControl, ChangeTask, ImpactAssessment
from studies.models import Study
from tests.cast import PASSWORD
from tests.days import today

REQUESTED, SCREENED, ASSESSED, BUILDING = "Labels printed", "Depot moved", "Reader added", "Pump replaced"
"""The titles by which the changes of the world are found: just requested, with a link and a file; screened, with a
question that its owner answers; handed in; and being implemented, one of two tasks done."""


def fill_changes(study: Study, document: Any, players: Any) -> None:
    """One change in each stage that has pages of its own."""
    new = _requested(REQUESTED, study, players)
    services.link(new, document, actor=players.author, why=f"It says how, {players.word}.")
    file = SimpleUploadedFile("label.txt", f"Label of {players.word}".encode())
    services.add_files(new, [file], actor=players.author)
    screened = _screened(_requested(SCREENED, study, players), players)
    _ask(screened, players)
    _handed_in(_screened(_requested(ASSESSED, study, players), players), players)
    _building(_handed_in(_screened(_requested(BUILDING, study, players), players), players), players)


def _requested(title: str, study: Study, players: Any) -> ChangeControl:
    values = {
        "title": f"{title} {players.word}", "description": f"It is done in another way, {players.word}.",
        "kind": "system", "subject_matter": f"Version 4 {players.word}", "justification": f"Costs, {players.word}.",
        "study": study,
    }  # fmt: skip
    return changes.request_change(values, actor=players.author)


def change_step(change: ChangeControl, key: str, person: Any, **values: Any) -> ChangeControl:
    """A step of a change with right credentials."""
    return changes.take_step(change, key, actor=person, values=values, reason="Because.", credentials=_proof(person))


def _proof(person: Any) -> Credentials:
    return Credentials(password=PASSWORD, email=person.email, accepts_binding=True)


def _soon() -> dt.date:
    return today() + dt.timedelta(days=20)


def _screened(change: ChangeControl, players: Any) -> ChangeControl:
    return change_step(
        change, "screen", players.quality, owner=players.owner, system_owner=players.lead, regulatory="none",
        gxp_grounds=f"Data depend on it, {players.word}.",
    )  # fmt: skip


def _ask(change: ChangeControl, players: Any) -> ImpactAssessment:
    return asking.ask_function(change, function="data", owner=players.owner, due_on=_soon(), actor=players.owner)


def _handed_in(change: ChangeControl, players: Any) -> ChangeControl:
    asked = _ask(change, players)
    change = change_step(change, "assess", players.owner, unconcerned=f"They do not use it, {players.word}.")
    said = {"verdict": "impact", "finding": f"It is read, {players.word}.", "measures": f"Test, {players.word}."}
    asking.take_assessment_step(asked, "assess", actor=players.owner, values=said, credentials=_proof(players.owner))
    plan = {"approach": f"At night, {players.word}.", "risk_class": "low", "regression_scope": "All.",
            "rollback_plan": "Version 3."}  # fmt: skip
    changes.write_plan(change, plan, actor=players.owner)
    for text in ("Install", "Inform"):
        values = {"text": f"{text} {players.word}", "owner": players.author, "due_on": _soon()}
        asking.keep_task(ChangeTask(change=change), values, actor=players.owner)
    return change_step(change, "submit", players.owner)


def _building(change: ChangeControl, players: Any) -> ChangeControl:
    change = change_step(change_step(change, "approve", players.owner), "approve", players.quality)
    change = change_step(change, "implement", players.owner)
    file = SimpleUploadedFile("install.txt", f"Log of {players.word}".encode())
    done = ChangeTask.objects.filter(change=change).earliest("pk")
    asking.complete_task(done, actor=players.author, evidence="See the file.", files=[file])
    return change


def change_of_world(title: str) -> ChangeControl:
    """A change of the open organization."""
    found: ChangeControl = ChangeControl.objects.filter(title__startswith=title).earliest("pk")
    return found


def assessment_of_world() -> ImpactAssessment:
    """The question of the open organization that was not answered yet."""
    rows = ImpactAssessment.objects.filter(change__title__startswith=SCREENED).select_related("change", "owner")
    found: ImpactAssessment = rows.earliest("pk")
    return found
