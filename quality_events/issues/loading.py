"""The quality issues of a load: most of them closed, the others somewhere on their way."""

import datetime as dt

from cqms.portal.loading import contributions
from cqms.portal.loading.contributions import Load
from cqms.portal.loading.people import BEGIN
from cqms.portal.loading.tales import Act, Person, Place
from cqms.signatures.models import Meaning
from quality_events.issues.models import (
    BreachScreen,
    Decision,
    Detectability,
    Extent,
    IssueState,
    QualityIssue,
)
from quality_events.issues.workflow import QUALITY_ISSUE
from quality_events.models import Severity
from studies.models import STUDY

_S = IssueState
SHARE = 5
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
    number, what = load.number("QI"), random.choice(_WHAT)
    title, owner, reporter = f"{what}, {name} {random.randrange(1000):03}", load.one("author"), load.one("author")
    fate = random.choices(_WAY, _FATES)[0]
    begin = {
        "number": number, "title": title, "study_id": study, "site_id": random.choice(load.left["sites"][study]),
        "description": f"{what}. Found at a routine check; the participant was not harmed.", "state": _S.NEW,
        "owner_id": owner.pk, "reporter_id": reporter.pk, "occurred_on": (at - 3 * _DAY).date(),
        "discovered_on": (at - _DAY).date(), "aware_at": at, "zone": load.teller.zone,
        "detected_how": "Monitoring visit", "noticed_by": "Monitor",
    }  # fmt: skip
    place = Place(f"{number} {title}", anchor=(STUDY, study))
    acts = _acts(load, fate, at, owner, reporter)
    pk = load.teller.tell(QualityIssue, begin, acts, place)
    known = begin | {name: value for act in acts for name, value in act.values.items()}
    words = [known[name] for name in _FOUND if name in known]
    entry = {"number": number, "title": title, "text": " ".join(["Quality issue", *words]), "state": fate.label,
             "tone": QUALITY_ISSUE.tones[fate]}  # fmt: skip
    load.teller.find(QualityIssue, pk, entry, place)


def _acts(load: Load, fate: str, at: dt.datetime, owner: Person, reporter: Person) -> list[Act]:
    random, quality = load.teller.random, load.one("qa")
    grade = {"severity": random.choices(Severity.values, (6, 3, 1))[0], "extent": random.choice(Extent.values),
             "detectability": random.choice(Detectability.values), "breach": BreachScreen.NO}  # fmt: skip
    why = {"root_cause": "The reminder came after the visit.", "state": _S.ACTION_DECISION}
    decided = {"decision": Decision.CORRECTION, "decision_grounds": "A single cause.", "state": _S.EFFECT_REVIEW}
    acts = [
        Act(at, reporter, "create", "created the quality issue"),
        Act(at + _DAY, quality, "accept", "accepted it as an issue", {"state": _S.ACCEPTED, **grade}),
        Act(at + 3 * _DAY, owner, "contain", "began containment",
            {"state": _S.CONTAINMENT, "containment": "The participant was called back."}),
        Act(at + 5 * _DAY, owner, "analyse", "found it contained", {"state": _S.ROOT_CAUSE}),
        Act(at + 15 * _DAY, owner, "conclude", "concluded the root cause", why),
        Act(at + 20 * _DAY, owner, "decide", "decided what is done", decided),
        Act(at + 90 * _DAY, quality, "close", "closed the issue",
            {"state": _S.CLOSED, "effect": "No other case in three months."}, "", Meaning.CLOSED),
    ]  # fmt: skip
    return acts[: _WAY.index(_S(fate)) + 1]


contributions.register(30, build, share=SHARE)
