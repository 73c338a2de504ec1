"""The complaints of a load: nearly all of them answered, none about safety."""

import datetime as dt
from functools import partial

from cqms.portal.loading import contributions
from cqms.portal.loading.contributions import Load
from cqms.portal.loading.people import BEGIN
from cqms.portal.loading.tales import Act, Person, taken
from quality_events.complaints.models import (
    Channel,
    Complainant,
    Complaint,
    ComplaintState,
    Conclusion,
    FollowUp,
    Subject,
)
from quality_events.complaints.workflow import COMPLAINT
from quality_events.loading import opened, tell
from quality_events.models import Severity

_S = ComplaintState
SHARE = 1
_WHAT = (("Travel costs paid late", Subject.PAYMENT), ("Leaflet hard to understand", Subject.CONSENT),
         ("Long wait before the visit", Subject.CONDUCT), ("Kit arrived damaged", Subject.PRODUCT),
         ("Portal of the laboratory not reachable", Subject.SERVICE),
         ("Newsletter sent twice", Subject.PRIVACY))  # fmt: skip
_WAY = (_S.RECEIVED, _S.CLASSIFIED, _S.INVESTIGATED, _S.REPLIED, _S.CLOSED)
_FATES = (3, 5, 3, 3, 86)
_FOUND = ("description", "investigation", "follow_up_grounds", "reply", "content")
_DAY = dt.timedelta(days=1)


def build(load: Load, records: int) -> None:
    """So many complaints of one organization, each from a site of a study."""
    for number in range(records):
        _complaint(load, BEGIN + dt.timedelta(days=700) * number / max(records, 1))


def _complaint(load: Load, at: dt.datetime) -> None:
    random, owner = load.teller.random, load.one("author")
    study, name = random.choice(load.places)
    what, about = random.choice(_WHAT)
    begin = {
        "number": load.number("CMP"), "title": f"{what}, {name} {random.randrange(1000):03}", "study_id": study,
        "site_id": random.choice(load.left["sites"][study]), "state": _S.RECEIVED, "owner_id": owner.pk,
        "description": f"{what}. Told to the site, which passed it on.", "reporter_id": load.one("author").pk,
        "discovered_on": (at - _DAY).date(), "aware_at": at, "zone": load.teller.zone, "noticed_by": "Site",
        "complainant": random.choices(Complainant.values, (6, 3, 1, 1, 1, 1))[0], "subject_matter": about,
        "channel": random.choice(Channel.values), "acknowledged_on": at.date(),
    }  # fmt: skip
    fate = random.choices(_WAY, _FATES)[0]
    tell(load, Complaint, begin, _acts(load, at, owner)[: _WAY.index(fate) + 1], _FOUND)


def _acts(load: Load, at: dt.datetime, owner: Person) -> list[Act]:
    """The way of a complaint, of which it goes as many steps as its fate wants."""
    random, quality, step = load.teller.random, load.one("qa"), partial(taken, COMPLAINT)
    grade = {"severity": random.choices(Severity.values, (8, 2, 1))[0]}
    found = {"investigation": "Site and provider were asked; their accounts agree.",
             "conclusion": random.choice(Conclusion.values), "follow_up": FollowUp.CORRECTION,
             "follow_up_grounds": "It was put right at once; no other site is concerned."}  # fmt: skip
    said = {"reply": "We thanked for the complaint and told what was put right.", "replied_by": Channel.LETTER,
            "replied_on": (at + 12 * _DAY).date(), "content": "Nothing more was asked."}  # fmt: skip
    return [
        opened(Complaint, at, owner),
        step("classify", at + _DAY, quality, grade),
        step("investigate", at + 10 * _DAY, owner, found),
        step("reply", at + 12 * _DAY, owner, said),
        step("close", at + 20 * _DAY, quality),
    ]


contributions.register(35, build, share=SHARE)
