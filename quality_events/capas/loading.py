"""The CAPAs of a load: most of them effective and closed, the others being scoped, analysed or watched.

What is signed is handed in before, with the very content that the portal would have handed in.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any

from cqms.audit.models import kind_of
from cqms.portal.loading import contributions
from cqms.portal.loading.contributions import Load
from cqms.portal.loading.people import BEGIN
from cqms.portal.loading.tales import Act, Covered, Person, in_part, taken
from cqms.signatures.models import Meaning
from quality_events.capas.models import (
    Action,
    ActionKind,
    Bone,
    Capa,
    CapaState,
    Cause,
    DataSource,
    Method,
    Source,
    Stage,
    StageKind,
    Weight,
)
from quality_events.capas.stages import CRITERION
from quality_events.capas.workflow import CAPA
from quality_events.loading import Story, opened, tell
from quality_events.models import Severity

_S = CapaState
SHARE = 1
_WHAT = (("Reminders reach sites after the visit", "The calendar of visits is kept by hand"),
         ("Samples are stored too warm", "No alarm rings outside working hours"),
         ("Old versions of forms are used", "Sites print forms ahead"),
         ("Results are entered late", "Nobody sees what is still missing"))  # fmt: skip
_FATES = (4, 4, 8, 14, 70)
"""How many of a hundred are new, scoped, being analysed, watched for their effect, and closed."""
_FOUND = ("description", "extent", "interim", "root_cause", "metric", "result")
_EXTENT, _INTERIM = "Three sites of one study.", "Sites are called before each visit."
_RESULT = "Two late cases in six months; nine before."
_CRITERION = {"metric": "Late cases in six months", "baseline": "Nine", "target": Decimal(3), "sample": "All sites",
              "data_source": DataSource.OTHER, "data_words": "Reports of monitoring visits"}  # fmt: skip
_PLAN = ((ActionKind.CORRECTIVE, "Let the system remind sites three days before a visit", 60),
         (ActionKind.PREVENTIVE, "Look for the same in all studies", 70))  # fmt: skip
_DAY = dt.timedelta(days=1)


def build(load: Load, records: int) -> None:
    """So many CAPAs of one organization, each of a study."""
    for number in range(records):
        _capa(load, BEGIN + dt.timedelta(days=500) * number / max(records, 1))


def _capa(load: Load, at: dt.datetime) -> None:
    random, number = load.teller.random, load.number("CAPA")
    study, name = random.choice(load.places)
    what, why = random.choice(_WHAT)
    owner = load.one("author")
    begin = {
        "number": number, "title": f"{what}, {name} {random.randrange(1000):03}", "study_id": study,
        "state": _S.INITIATED, "owner_id": owner.pk, "reporter_id": load.one("author").pk, "source": Source.DEVIATIONS,
        "description": f"{what}. Three sites of the study report the same.", "opened_on": at.date(),
        "aware_on": (at - 2 * _DAY).date(), "iteration": 1,
    }  # fmt: skip
    story = Story(
        load, Capa, load.teller.tables.next_key(Capa), number, study, owner, load.one("qa"), at,
        {"capa_id": load.teller.tables.next_key(Capa), "iteration": 1},
    )  # fmt: skip
    load.left.setdefault("capas", {})[study] = (kind_of(Capa), story.pk, number, begin["title"])
    far = random.choices(range(len(_FATES)), _FATES)[0]
    ways = (_opened, _scoped, _analysed, partial(_implemented, why=why), _closed)
    tell(load, Capa, begin, [act for way in ways[: far + 1] for act in way(story)], _FOUND)


def _opened(story: Story) -> list[Act]:
    return [opened(Capa, story.at, story.owner)]


def _scoped(story: Story) -> list[Act]:
    grade = {"severity": story.load.teller.random.choice(Severity.values), "extent": _EXTENT, "interim": _INTERIM}
    return [_step("scope", story.day(2), story.quality, grade)]


def _analysed(story: Story) -> list[Act]:
    return [_step("analyse", story.day(4), story.owner)]


def _implemented(story: Story, why: str) -> list[Act]:
    """From the causes to the day on which its effect is watched: three stages are handed in and signed."""
    owner, quality, manager = story.owner, story.quality, story.load.one("approver")
    found = {"method": Method.FIVE_WHYS, "root_cause": f"{why}.", "challenge": "The system did not remind anybody."}
    judged = {**_CRITERION, "check_on": story.day(270).date()}
    causes, actions = _causes(story, why), _actions(story)
    analysis = {**found, "interim": _INTERIM, "extent": _EXTENT, "causes": causes}
    plan = {"actions": [each.planned for each in actions], "criterion": _texts(judged), "training_grounds": "",
            "interim": _INTERIM}  # fmt: skip
    analysed = story.stage(Stage, StageKind.ANALYSIS, analysis, 14)
    planned = story.stage(Stage, StageKind.PLAN, plan, 20)
    done = story.stage(Stage, StageKind.IMPLEMENTATION, {"actions": [each.done for each in actions]}, 80)
    first = _step("approve_plan", story.day(22), manager, {"state": _S.PLAN}, planned)
    return [
        Act(story.day(12), owner, "write", "wrote the root cause analysis", found),
        _step("submit_cause", story.day(14), owner),
        _step("review_cause", story.day(16), quality, covered=analysed),
        Act(story.day(18), owner, "write", "set the effectiveness criterion", judged),
        _step("submit_plan", story.day(20), owner),
        in_part(first, "Manager of the owner", Meaning.APPROVED),
        in_part(_step("approve_plan", story.day(24), quality, covered=planned), "Quality assurance",
                Meaning.QA_APPROVED),
        _step("implement", story.day(26), owner),
        _step("finish", story.day(80), owner),
        _step("take_up", story.day(84), quality),
        _step("verify", story.day(90), quality, covered=done),
    ]  # fmt: skip


def _closed(story: Story) -> list[Act]:
    judged = {**_CRITERION, "check_on": story.day(270).date()}
    content = {"criterion": _texts(judged), "result": _RESULT, "measured": []}
    watched = story.stage(Stage, StageKind.EFFECTIVENESS, content, 271)
    return [
        _step("conclude", story.day(271), story.owner, {"result": _RESULT}),
        _step("confirm", story.day(275), story.quality, covered=watched),
        _step("close", story.day(280), story.quality),
    ]


def _causes(story: Story, why: str) -> list[dict[str, Any]]:
    """Two whys, the second of which is the root; as the stage tells them."""
    told: list[dict[str, Any]] = []
    for text, weight in (("Nobody noticed in time", Weight.WHY), (why, Weight.ROOT)):
        values = {"text": text, "weight": weight, "bone": Bone.PROCESS, "evidence": "Reports of monitoring visits.",
                  "parent_id": told[-1]["id"] if told else None}  # fmt: skip
        act = Act(story.day(10), story.owner, "analyse", f"wrote down the cause “{text}”")
        pk = story.part(Cause, values, [act], text)
        explains = values.pop("parent_id")
        told.append({"id": pk, "explains": explains, **values, "human_error": False, "file": ""})
    return told


@dataclass(frozen=True)
class _Done:
    """An action as the plan tells it, and as it was reported."""

    planned: Mapping[str, Any]
    done: Mapping[str, Any]


def _actions(story: Story) -> list[_Done]:
    told = []
    for kind, text, days in _PLAN:
        values = {"kind": kind, "text": text, "deliverable": "The release and its record.", "training": False}
        due, done_at = story.day(days).date(), story.day(days - 5)
        done = {"evidence": "Seen in use at two sites.", "done_at": done_at}
        acts = [
            Act(story.day(17), story.owner, "plan", f"wrote down the action “{text}”"),
            Act(done_at, story.owner, "complete", f"completed the action “{text}”", done),
        ]
        pk = story.part(Action, {**values, "owner_id": story.owner.pk, "due_on": due}, acts, text)
        planned = {"id": pk, **values, "owner": story.owner.name, "due_on": due.isoformat()}
        reported = {"id": pk, "text": text, **done, "done_at": done_at.isoformat(), "files": {}}
        told.append(_Done(planned, reported))
    return told


def _step(
    key: str, at: dt.datetime, person: Person, values: Mapping[str, Any] | None = None, covered: Covered | None = None
) -> Act:
    return replace(taken(CAPA, key, at, person, values), covered=covered)


def _texts(judged: Mapping[str, Any]) -> dict[str, str]:
    """The criterion as a stage tells it."""
    return {name: str(judged.get(name, "")) for name in CRITERION}


contributions.register(40, build, share=SHARE)
