"""The quality issues of a load: most of them closed, the others somewhere on their way."""

import datetime as dt
from functools import partial

from cqms.portal.loading import contributions
from cqms.portal.loading.contributions import Load
from cqms.portal.loading.people import BEGIN
from cqms.portal.loading.tales import Act, Person, taken
from quality_events.issues.models import (
    BreachScreen,
    Decision,
    Detectability,
    Extent,
    IssueState,
    QualityIssue,
)
from quality_events.issues.workflow import QUALITY_ISSUE
from quality_events.loading import opened, tell
from quality_events.models import Severity

_S = IssueState
SHARE = 4
_WHAT = ("Consent signed after the first procedure", "Dose given outside the window", "Sample stored too warm",
         "Visit missed", "Laboratory result entered late", "Wrong version of the questionnaire used",
         "Temperature log incomplete", "Medication counted wrongly")  # fmt: skip
_WAY = (_S.NEW, _S.ACCEPTED, _S.CONTAINMENT, _S.ROOT_CAUSE, _S.ACTION_DECISION, _S.EFFECT_REVIEW, _S.CLOSED)
_FATES = (4, 4, 4, 5, 4, 9, 70)
_FOUND = ("description", "containment", "root_cause", "decision_grounds", "effect")
_DAY = dt.timedelta(days=1)


def build(load: Load, records: int) -> None:
    """So many issues of one organization, each at a site of a study."""
    for number in range(records):
        _issue(load, BEGIN + dt.timedelta(days=700) * number / max(records, 1))


def _issue(load: Load, at: dt.datetime) -> None:
    random = load.teller.random
    study, name = random.choice(load.places)
    what = random.choice(_WHAT)
    owner = load.one("author")
    begin = {
        "number": load.number("QI"), "title": f"{what}, {name} {random.randrange(1000):03}", "study_id": study,
        "site_id": random.choice(load.left["sites"][study]), "state": _S.NEW, "owner_id": owner.pk,
        "description": f"{what}. Found at a routine check; the participant was not harmed.",
        "reporter_id": load.one("author").pk, "occurred_on": (at - 3 * _DAY).date(),
        "discovered_on": (at - _DAY).date(), "aware_at": at, "zone": load.teller.zone,
        "detected_how": "Monitoring visit", "noticed_by": "Monitor",
    }  # fmt: skip
    fate = random.choices(_WAY, _FATES)[0]
    tell(load, QualityIssue, begin, _acts(load, at, owner)[: _WAY.index(fate) + 1], _FOUND)


def _acts(load: Load, at: dt.datetime, owner: Person) -> list[Act]:
    """The way of an issue, of which it goes as many steps as its fate wants."""
    random, quality = load.teller.random, load.one("qa")
    grade = {"severity": random.choices(Severity.values, (6, 3, 1))[0], "extent": random.choice(Extent.values),
             "detectability": random.choice(Detectability.values), "breach": BreachScreen.NO}  # fmt: skip
    decided = {"decision": Decision.CORRECTION, "decision_grounds": "A single cause."}
    contained = {"containment": "The participant was called back."}
    step = partial(taken, QUALITY_ISSUE)
    return [
        opened(QualityIssue, at, owner),
        step("accept", at + _DAY, quality, grade),
        step("contain", at + 3 * _DAY, owner, contained),
        step("analyse", at + 5 * _DAY, owner),
        step(
            "conclude",
            at + 15 * _DAY,
            owner,
            {"root_cause": "The reminder came after the visit.", "affected": 1, "critical_factor": "None is touched"},
        ),
        step("decide", at + 20 * _DAY, owner, decided),
        step("close", at + 90 * _DAY, quality, {"effect": "No other case in three months."}),
    ]


contributions.register(30, build, share=SHARE)
