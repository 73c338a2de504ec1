"""Complaints of the demo world: one on each stretch of its way, by calling services."""

import datetime as dt
from typing import Any

from django.utils import timezone

from cqms.accounts.models import User
from cqms.organizations.models import Organization
from cqms.organizations.scope import day_of, scope, today
from cqms.portal.demo import PASSWORD, register
from cqms.signatures.services import Credentials
from documents.models import Document
from quality_events.complaints import services
from quality_events.complaints.models import Complaint
from quality_events.services import link
from studies.models import Site, Study

People = dict[str, User]

# title, complaint, who, how, about, how many steps it went
_PLAN = (
    ("Travel expenses not paid back", "A participant waits for two months for the expenses of three visits.",
     "participant", "phone", "payment", 0),
    ("Infusion pump gives a false alarm", "The alarm rang in two visits without a cause that anybody found.",
     "site", "mail", "treatment", 2),
    ("Questions of the family were not answered", "Nobody called back after three messages in the week of a visit.",
     "participant", "letter", "conduct", 5),
)  # fmt: skip
_STEPS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("classify", "qa", {"severity": "major", "safety": True}),
    ("hand_over", "author", {"handed_over_to": "Drug safety, case 2041"}),
    ("investigate", "author", {
        "investigation": "Messages reached a phone that nobody listens to on Fridays.", "conclusion": "justified",
        "follow_up": "correction", "follow_up_grounds": "The number leads to the ward now.",
    }),
    ("reply", "author", {"reply": "We are sorry; from now on the ward answers.", "replied_by": "phone"}),
    ("close", "qa", {"content": "They thanked us for the call."}),
)  # fmt: skip


def build(organization: Organization, people: People) -> None:
    """Write the complaints of one organization down and take each as far as planned."""
    now = timezone.now()
    with scope(organization):
        study = Study.objects.order_by("pk")[0]
        site = Site.objects.filter(study=study).order_by("pk").first()
    for days, (title, words, who, how, about, far) in enumerate(_PLAN, 1):
        with scope(organization):
            known = now - dt.timedelta(days=days, hours=2)
            values = {
                "title": title, "description": words, "complainant": who, "channel": how, "subject_matter": about,
                "study": study, "site": site, "discovered_on": day_of(known), "aware_at": known,
                "zone": organization.zone, "noticed_by": "Site coordinator",
            }  # fmt: skip
            complaint = _carry(services.receive_complaint(values, actor=people["author"]), people, far, known)
    with scope(organization):
        sop = Document.objects.order_by("pk")[1]
        link(complaint, sop, actor=people["author"], why="It says who calls back, and when.")


def _carry(complaint: Complaint, people: People, far: int, known: dt.datetime) -> Complaint:
    for key, who, values in _STEPS[:far]:
        person = people[who]
        proof = Credentials(password=PASSWORD, email=person.email, accepts_binding=True)
        moments: dict[str, dict[str, Any]] = {
            "hand_over": {"handed_over_at": known},
            "reply": {"replied_on": today()},
        }
        given = {**values, **moments.get(key, {})}
        complaint = services.take_step(complaint, key, actor=person, values=given, credentials=proof)
    return complaint


register(35, build)
