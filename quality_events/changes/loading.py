"""The changes of a load: most of them released and closed, the others requested, screened or under review.

What is signed is handed in before, with the very content that the portal would have handed in.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from cqms.portal.loading import contributions
from cqms.portal.loading.contributions import Load
from cqms.portal.loading.people import BEGIN
from cqms.portal.loading.tales import Act, Covered, Person, in_part, taken
from cqms.signatures.models import Meaning
from quality_events.changes.models import (
    AssessmentState,
    ChangeControl,
    ChangeKind,
    ChangeStage,
    ChangeState,
    ChangeTask,
    Function,
    ImpactAssessment,
    Outcome,
    Regulatory,
    RiskClass,
    StageKind,
    Verdict,
)
from quality_events.changes.stages import PLAN, RESULT
from quality_events.changes.workflow import CHANGE, IMPACT
from quality_events.loading import Story, opened, tell

_S = ChangeState
SHARE = 1
_WHAT = (("Laboratory sends results by a new interface", "Interface of the laboratory", ChangeKind.SYSTEM),
         ("Another courier carries the samples", "Transport of samples", ChangeKind.VENDOR),
         ("Monitoring is done by risk", "Monitoring", ChangeKind.PROCESS),
         ("The archive moves to another building", "Archive", ChangeKind.PREMISES))  # fmt: skip
_FATES = (4, 5, 8, 83)
"""How many of a hundred are requested, screened, released and not looked back at yet, and closed."""
_FOUND = ("subject_matter", "description", "justification", "gxp_grounds", "result", "review", "approach",
          "rollback_plan")  # fmt: skip
_SCREENED = {"gxp_grounds": "Records of participants pass through it.", "regulatory": Regulatory.NONE,
             "unconcerned": "No other function works with it."}  # fmt: skip
_PLANNED = {"approach": "Old and new run side by side for a week.", "risk_class": RiskClass.MEDIUM,
            "regression_scope": "What depends on it is tested again.",
            "rollback_plan": "The old one is kept."}  # fmt: skip
_FINISHED = {"result": "Done as planned.", "training_evidence": "Everybody concerned was told."}
_REVIEWED = {"outcome": Outcome.REACHED, "review": "No fault in three months."}
_DAY = dt.timedelta(days=1)


def build(load: Load, records: int) -> None:
    """So many changes of one organization, each of a study."""
    for number in range(records):
        _change(load, BEGIN + dt.timedelta(days=500) * number / max(records, 1))


def _change(load: Load, at: dt.datetime) -> None:
    random, number, pk = load.teller.random, load.number("CC"), load.teller.tables.next_key(ChangeControl)
    study, name = random.choice(load.places)
    what, subject, kind = random.choice(_WHAT)
    owner, answers = load.one("author"), load.one("approver")
    story = Story(load, ChangeControl, pk, number, study, owner, load.one("qa"), at, {"change_id": pk})
    begin = {
        "number": number, "title": f"{what}, {name} {random.randrange(1000):03}", "study_id": study,
        "state": _S.REQUESTED, "owner_id": owner.pk, "reporter_id": load.one("study_manager").pk,
        "description": f"{what}.", "opened_on": at.date(), "subject_matter": subject, "kind": kind,
        "justification": "It costs less time and loses nothing.", "system_owner_id": answers.pk,
        "emergency": False, "temporary": False,
    }  # fmt: skip
    far = random.choices(range(len(_FATES)), _FATES)[0]
    ways = (_requested, _screened, partial(_released, begin=begin, answers=answers), _closed)
    tell(load, ChangeControl, begin, [act for way in ways[: far + 1] for act in way(story)], _FOUND)


def _requested(story: Story) -> list[Act]:
    return [opened(ChangeControl, story.at, story.owner)]


def _screened(story: Story) -> list[Act]:
    return [_step("screen", story.day(2), story.quality, _SCREENED)]


def _released(story: Story, begin: Mapping[str, Any], answers: Person) -> list[Act]:
    """From the assessment to the release: plan and implementation are handed in and signed."""
    owner, quality = story.owner, story.quality
    decided = ("subject_matter", "justification", "kind", "emergency", "temporary")
    said, task = _assessment(story), _task(story)
    plan = {**{name: begin[name] for name in decided}, "expires_on": "", **_SCREENED,
            **_PLANNED, "system_owner": answers.name, "assessments": [said], "tasks": [task["planned"]]}  # fmt: skip
    results = {**dict.fromkeys(RESULT, ""), **_FINISHED, "tasks": [task["done"]]}
    planned = story.stage(ChangeStage, StageKind.PLAN, plan, 14)
    done = story.stage(ChangeStage, StageKind.IMPLEMENTATION, results, 50)
    first = _step("approve", story.day(16), owner, {"state": _S.ASSESSMENT}, planned)
    last = _step("approve", story.day(18), quality, covered=planned)
    return [
        _step("assess", story.day(4), owner),
        Act(story.day(12), owner, "write", "wrote the plan", {name: _PLANNED[name] for name in PLAN}),
        _step("submit", story.day(14), owner),
        in_part(first, "Owner of the change", Meaning.APPROVED),
        in_part(last, "Quality assurance", Meaning.QA_APPROVED),
        _step("implement", story.day(20), owner),
        _step("finish", story.day(50), owner, _FINISHED),
        _step("verify", story.day(54), quality, covered=done),
        _step("release", story.day(56), answers, covered=done),
    ]


def _closed(story: Story) -> list[Act]:
    return [
        _step("look_back", story.day(140), story.owner, _REVIEWED),
        _step("close", story.day(145), story.quality),
    ]


def _assessment(story: Story) -> dict[str, Any]:
    """What validation said, signed; as the plan tells it."""
    person = story.load.one("author")
    answer = {"verdict": Verdict.IMPACT, "finding": "Transfers are tested again.", "measures": "A test of transfers."}
    asked = {"state": AssessmentState.ASKED, "function": Function.VALIDATION, "owner_id": person.pk,
             "due_on": story.day(13).date(), "verdict": "", "finding": "", "measures": ""}  # fmt: skip
    acts = [
        Act(story.day(3), story.owner, "ask", f"asked {person.name} to assess the impact on validation"),
        taken(IMPACT, "assess", story.day(8), person, answer),
    ]
    pk = story.part(ImpactAssessment, asked, acts, f"{Function.VALIDATION.label} assessment of {story.number}")
    return {"id": pk, "function": Function.VALIDATION, "owner": person.name, **answer}


def _task(story: Story) -> dict[str, dict[str, Any]]:
    """What was done before the release, as the plan tells it and as it was reported."""
    text, due, done_at = "Test the transfers and switch", story.day(45).date(), story.day(44)
    done = {"evidence": "The report of the test.", "done_at": done_at}
    acts = [
        Act(story.day(5), story.owner, "plan", f"planned the task “{text}”"),
        Act(done_at, story.owner, "complete", f"completed the task “{text}”", done),
    ]
    values = {"text": text, "owner_id": story.owner.pk, "due_on": due, "after_release": False}
    pk = story.part(ChangeTask, values, acts, text)
    planned = {"id": pk, "text": text, "owner": story.owner.name, "due_on": due.isoformat(), "after_release": False}
    return {"planned": planned, "done": {"id": pk, "text": text, **done, "done_at": done_at.isoformat(), "files": {}}}


def _step(
    key: str, at: dt.datetime, person: Person, values: Mapping[str, Any] | None = None, covered: Covered | None = None
) -> Act:
    return replace(taken(CHANGE, key, at, person, values), covered=covered)


contributions.register(45, build, share=SHARE)
