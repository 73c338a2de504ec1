"""Every step of every workflow, in every state, by everybody: possible or refused exactly as written down here.

A step that is not listed for a state and person must be refused: from another state as WrongState, otherwise as Denied.
"""

import pytest
from django.db import transaction

from cqms.access.models import AccessReview, RoleRequest, RoleRequestState
from cqms.accounts.models import User
from cqms.administration import reviews as access_reviews
from cqms.administration.reviews import REVIEW
from cqms.administration.settings_life import SETTINGS
from cqms.audit.models import AuditEvent
from cqms.audit.refusals import Blocked, Denied, Refused, WrongState
from cqms.configuration.models import VersionOfSettings, VersionOfSettingsState
from cqms.organizations.scope import scope
from cqms.portal.role_requests import REQUEST
from cqms.redactions.models import Redaction
from cqms.redactions.workflow import REDACTION
from cqms.trail_reviews.models import ReviewState as TrailReviewState
from cqms.trail_reviews.models import TrailReview
from cqms.trail_reviews.workflow import TRAIL_REVIEW
from cqms.workflow.engine import workflows
from cqms.workflow.parts import PartDoneAlready
from documents import reviews
from documents.models import PeriodicReview, ReviewState, Version, VersionState
from documents.workflow import PERIODIC_REVIEW, VERSION
from tests.cast import PEOPLE
from tests.contracts import events
from tests.days import today
from tests.world import building as worlds

SYSTEM = "the system"
QA = "qa quality_head"

# workflow → which record, in its state → step → who can take it
POSSIBLE: dict[str, dict[str, dict[str, str]]] = {
    "documents.version": {
        "draft": {"submit": "author", "void": QA},
        "in_review": {"review": "reviewer", "send_back": "reviewer", "recall": "author", "void": QA},
        "in_approval": {"approve": "process_owner", "reject": f"process_owner {QA}", "recall": "author", "void": QA},
        "in_approval, the owner signed": {"approve": QA, "reject": f"process_owner {QA}", "recall": "author", "void": QA},
        "in_approval, a study plan": {
            "approve": "study_manager", "reject": f"process_owner study_manager medical_monitor {QA}",
            "recall": "author", "void": QA,
        },
        "in_approval, the study manager signed": {
            "approve": "medical_monitor", "reject": f"process_owner study_manager medical_monitor {QA}",
            "recall": "author", "void": QA,
        },
        "in_approval, only quality assurance is missing": {
            "approve": QA, "reject": f"process_owner study_manager medical_monitor {QA}", "recall": "author", "void": QA,
        },
        "approved": {"schedule": "document_control quality_head"},
        "approved, with a date": {"schedule": "document_control quality_head", "take_effect": SYSTEM},
        "effective": {"retire": "process_owner", "supersede": SYSTEM},
        "effective, the owner retired it": {"retire": QA, "supersede": SYSTEM},
        "superseded": {},
        "retired": {},
        "voided": {},
    },
    "trail_reviews.trailreview": {
        "planned": {"start": "qa", "cancel": f"study_manager auditor {QA}"},
        "running": {"sign": "qa", "cancel": f"study_manager auditor {QA}"},
        "reviewed": {},
        "cancelled": {},
    },
    "redactions.redaction": {
        "prepared": {"ask": "study_manager", "withdraw": "study_manager"},
        "requested": {"approve": QA, "decline": QA, "withdraw": "study_manager"},
        "redacted": {},
        "declined": {},
        "withdrawn": {},
    },
    "configuration.versionofsettings": {
        "proposed": {"approve": "quality_head", "decline": QA, "enforce": SYSTEM, "set_aside": SYSTEM},
        "in_force": {"replace": SYSTEM},
        "replaced": {},
        "declined": {},
    },
    "access.accessreview": {
        "open, all answered": {
            "conclude": "quality_head", "cancel": "administrator quality_head", "lapse": SYSTEM,
        },
        "concluded": {},
        "lapsed": {},
        "cancelled": {},
    },
    "access.rolerequest": {
        "requested": {"grant": "quality_head", "refuse": "quality_head", "withdraw": "administrator", "lapse": SYSTEM},
        "granted": {},
        "refused": {},
        "withdrawn": {},
    },
    "documents.periodicreview": {
        "open": {"conclude": "process_owner", "lapse": SYSTEM},
        "concluded": {},
        "lapsed": {},
    },
}  # fmt: skip

POSSIBLE |= {key: states for each in events.TYPES for key, states in each.POSSIBLE.items()}

# who did their part already, and is told so
DONE = {
    "in_approval, the owner signed": {"approve": "process_owner"},
    "in_approval, the study manager signed": {"approve": "study_manager"},
    "in_approval, only quality assurance is missing": {"approve": "study_manager medical_monitor"},
    "effective, the owner retired it": {"retire": "process_owner"},
}

DONE |= {label: steps for each in events.TYPES for label, steps in each.DONE.items()}


def perform(record, step, person, **more):
    """One step with everything it may ask for."""
    workflow = workflows()[record._meta.label_lower]
    proof = worlds.credentials(person) if person is not None else None
    values = {"effective_on": today()} if step == "schedule" else {}
    return workflow.perform(record, step, actor=person, credentials=proof, reason="Because.", values=values, **more)


def in_state(world, label: str) -> Version | PeriodicReview:
    """The record of that label, made of those of the world."""
    made = {
        "in_approval, the owner signed": (worlds.IN_APPROVAL, [("approve", world.process_owner)]),
        "in_approval, the study manager signed": (worlds.PLAN, []),
        "in_approval, only quality assurance is missing": (worlds.PLAN, [("approve", world.medical_monitor)]),
        "approved, with a date": (worlds.APPROVED, [("schedule", world.document_control)]),
        "effective, the owner retired it": (worlds.EFFECTIVE, [("retire", world.process_owner)]),
        "superseded": (worlds.EFFECTIVE, [("supersede", None)]),
        "retired": (worlds.EFFECTIVE, [("retire", world.process_owner), ("retire", world.qa)]),
        "voided": (worlds.DRAFT, [("void", world.qa)]),
        "in_approval, a study plan": (
            worlds.PLAN, [("recall", world.author), ("submit", world.author), ("review", world.reviewer)],
        ),
    }  # fmt: skip
    if label in VersionOfSettingsState.values:
        return settings_in_state(label)
    if label in RoleRequestState.values:
        return request_in_state(world, label)
    if label in TrailReviewState.values:
        return trail_review_in_state(world, label)
    if label in ReviewState.values:
        return review_in_state(world, label)
    title, steps = made.get(label) or (next(t for t, state in worlds.state_of_each().items() if state == label), [])
    record = worlds.version_of(title)
    for step, person in steps:
        record = perform(record, step, person)
    assert record.state == label.partition(",")[0]
    return record


def made_for(key: str, world, label: str):
    """The record of a workflow in the state of that label."""
    for each in events.TYPES:
        if key in each.POSSIBLE:
            return each.in_state(world, label)
    if key == "access.accessreview":
        return access_review_in_state(world, label.partition(",")[0])
    if key == "redactions.redaction":
        return redaction_in_state(world, label)
    return in_state(world, label)


def access_review_in_state(world, state: str) -> AccessReview:
    review = AccessReview.objects.get(reviewer=world.quality_head)
    given = {each["assignment"]: ("keep", "") for each in review.answers}
    review = access_reviews.answer(review, given, actor=world.quality_head, revision=review.revision)
    steps = {
        "open": [], "concluded": [("conclude", world.quality_head)], "lapsed": [("lapse", None)],
        "cancelled": [("cancel", world.administrator)],
    }  # fmt: skip
    for step, person in steps[state]:
        review = perform(review, step, person)
    return review


def redaction_in_state(world, state: str) -> Redaction:
    redaction, asked = Redaction.objects.get(state="prepared"), ("ask", world.study_manager)
    steps = {
        "prepared": [], "requested": [asked], "redacted": [asked, ("approve", world.qa)],
        "declined": [asked, ("decline", world.qa)], "withdrawn": [("withdraw", world.study_manager)],
    }  # fmt: skip
    for step, person in steps[state]:
        redaction = perform(redaction, step, person)
    return redaction


def settings_in_state(state: str) -> VersionOfSettings:
    version, head = VersionOfSettings.objects.get(), User.objects.get(name=PEOPLE["quality_head"][0])
    steps = {
        "proposed": [], "in_force": [("approve", head)], "replaced": [("approve", head), ("replace", None)],
        "declined": [("decline", head)],
    }  # fmt: skip
    for step, person in steps[state]:
        version = perform(version, step, person)
    return version


def request_in_state(world, state: str) -> RoleRequest:
    request = RoleRequest.objects.get()
    steps = {
        "requested": [], "granted": [("grant", world.quality_head)], "refused": [("refuse", world.quality_head)],
        "withdrawn": [("withdraw", world.administrator)],
    }  # fmt: skip
    for step, person in steps[state]:
        request = perform(request, step, person)
    return request


def trail_review_in_state(world, state: str) -> TrailReview:
    review = TrailReview.objects.get(state=TrailReviewState.PLANNED)
    steps = {
        "planned": [], "running": [("start", world.qa)], "reviewed": [("start", world.qa), ("sign", world.qa)],
        "cancelled": [("cancel", world.qa)],
    }  # fmt: skip
    for step, person in steps[state]:
        review = perform(review, step, person)
    return review


def review_in_state(world, state: str) -> PeriodicReview:
    review = PeriodicReview.objects.get()
    review = reviews.change_review(review, actor=world.process_owner, verdict="no_change", comment="Still right.")
    steps = {"open": [], "concluded": [("conclude", world.process_owner)], "lapsed": [("lapse", None)]}
    for step, person in steps[state]:
        review = perform(review, step, person)
    return review


def outcome(record, step: str, person) -> str:
    """What happens when somebody tries a step; undone afterwards."""
    with transaction.atomic():
        try:
            perform(record, step, person)
        except Refused as refusal:
            refused = AuditEvent.objects.filter(verb="refuse", record_id=record.pk).latest("pk")
            assert (refused.actor, refused.reason) == (person, refusal.sentence)
            return type(refusal).__name__
        finally:
            transaction.set_rollback(True)
    return "possible"


def expected(workflow, record, label: str, step, who: str) -> str:
    if record.state not in step.sources:
        return WrongState.__name__
    can = POSSIBLE[workflow.key][label].get(step.key, "")
    if who in (can.split() if can != SYSTEM else [SYSTEM]):
        return "possible"
    if who in DONE.get(label, {}).get(step.key, "").split():
        return PartDoneAlready.__name__
    if who == SYSTEM and step.allowed is None:
        return Blocked.__name__
    return Denied.__name__


def tried_by(workflow, record, step) -> list[str]:
    """Everybody; from a state that a step does not leave, those who can take it elsewhere, and one who never can."""
    if record.state in step.sources:
        return [*PEOPLE, SYSTEM]
    able = {can for steps in POSSIBLE[workflow.key].values() for can in [steps.get(step.key, "")]}
    named = {who for can in able for who in ([SYSTEM] if can == SYSTEM else can.split())}
    return [*sorted(named), *[who for who in (*PEOPLE, SYSTEM) if who not in named][:1]]


def test_every_workflow_and_every_state_is_written_down():
    assert workflows().keys() == POSSIBLE.keys(), "write in POSSIBLE who can take which step of it, in which state"
    for key, workflow in workflows().items():
        assert {label.partition(",")[0] for label in POSSIBLE[key]} == set(workflow.states.values)
        known = {step.key for step in workflow.steps}
        assert {step for steps in POSSIBLE[key].values() for step in steps} <= known
        assert known - {step for steps in POSSIBLE[key].values() for step in steps} == set(), "nobody can take a step"


@pytest.mark.parametrize(
    ("key", "label"), [(key, label) for key, states in POSSIBLE.items() for label in states], ids=str
)
def test_each_step_by_everybody(world, key, label):
    workflow = workflows()[key]
    people = {who: getattr(world, who) for who in PEOPLE} | {SYSTEM: None}
    with scope(world.ours):
        record = made_for(workflow.key, world, label)
        tried = [(step, who) for step in workflow.steps for who in tried_by(workflow, record, step)]
        found = {(step.key, who): outcome(record, step.key, people[who]) for step, who in tried}
        wanted = {(step.key, who): expected(workflow, record, label, step, who) for step, who in tried}
        assert {place: said for place, said in found.items() if said != wanted[place]} == {}
        offered = {
            (option.step.key, who)
            for who, person in people.items() if person is not None
            for option in workflow.available(record, person) if option.possible
        }  # fmt: skip
        assert offered == {place for place, said in found.items() if said == "possible" and place[1] != SYSTEM}


@pytest.mark.parametrize(
    "workflow",
    [
        *(VERSION, PERIODIC_REVIEW, SETTINGS, REQUEST, REVIEW, TRAIL_REVIEW, REDACTION),
        *(workflow for each in events.TYPES for workflow in each.WORKFLOWS),
    ],
    ids=lambda workflow: workflow.key,
)
def test_a_workflow_says_everything_a_page_needs(workflow):
    assert set(workflow.tones) == set(workflow.states.values)
    assert workflow.first == workflow.states.values[0]
    for step in workflow.steps:
        words = (step.label, step.past, step.consequence)
        assert all(word.strip() for word in words), step.key
        assert set(step.sources) | {step.target} <= set(workflow.states.values)
        assert step.key.replace("_", "").isalpha()
    keys = [step.key for step in workflow.steps]
    assert len(keys) == len(set(keys))


def test_nothing_leaves_an_end():
    ends = {VersionState.SUPERSEDED, VersionState.RETIRED, VersionState.VOIDED}
    assert [step.key for step in VERSION.steps if ends & set(step.sources)] == []
