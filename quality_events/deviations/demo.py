"""Deviations of the demo world: an approved specification and deviations on their way, by calling services."""

import datetime as dt

from django.utils import timezone

from cqms.accounts.models import User
from cqms.organizations.models import Organization
from cqms.organizations.scope import day_of, scope
from cqms.portal.demo import PASSWORD, register
from cqms.signatures.services import Credentials
from quality_events.deviations import services
from quality_events.deviations.categories import START, write
from studies.models import Site, Study

People = dict[str, User]

# title, participant, visit, category, importance; without a category it is not classified yet
_PLAN = (
    ("Visit 8 four days outside its window", "1002-014", "Visit 8", "window / Visit outside its window",
     "not_important"),
    ("Superseded consent form signed", "1002-019", "Screening", "consent / Superseded version of the form signed",
     "important"),
    ("Blood sample taken after dosing", "1002-021", "Visit 3", "procedure / Other assessment not done",
     "not_important"),
    ("Diary not completed for nine days", "1002-030", "Visit 4", "", ""),
)  # fmt: skip


def build(organization: Organization, people: People) -> None:
    """A specification that three people approved where all three work, and four deviations."""
    with scope(organization):
        study = Study.objects.order_by("pk")[0]
        site = Site.objects.filter(study=study).order_by("pk").first()
        _approve(study, people)
    for days, (title, code, visit, category, importance) in enumerate(_PLAN, 2):
        found = timezone.now() - dt.timedelta(days=days)
        with scope(organization):
            values = {
                "title": title, "description": "Seen when the source was compared with the entry.", "study": study,
                "site": site, "subject_code": code, "visit": visit, "occurred_on": day_of(found) - dt.timedelta(days=5),
                "discovered_on": day_of(found), "aware_at": found, "zone": organization.zone,
            }  # fmt: skip
            deviation = services.log_deviation(values, actor=people["author"])
            if category:
                judged = {"category": category, "importance": importance, "rationale": "As the specification proposes."}
                services.take_step(deviation, "classify", actor=people["study_manager"], values=judged)


def _approve(study: Study, people: People) -> None:
    values = {
        "title": f"Deviation specification of {study.number}", "study": study, "categories": write(START),
        "description": "By it the deviations of the study are judged.",
    }  # fmt: skip
    found = services.open_specification(values, actor=people["study_manager"])
    found = services.take_specification_step(found, "submit", actor=people["study_manager"])
    for who in ("study_manager", "medical_monitor", "qa"):
        proof = Credentials(password=PASSWORD, email=people[who].email, accepts_binding=True)
        found = services.take_specification_step(found, "approve", actor=people[who], credentials=proof)


register(33, build)
