"""Quality issues of the demo world: one on each stretch of its way, by calling services."""

import datetime as dt
from typing import Any

from django.utils import timezone

from cqms.accounts.models import User
from cqms.organizations.models import Organization
from cqms.organizations.scope import day_of, scope
from cqms.portal.demo import PASSWORD, register
from cqms.signatures.services import Credentials
from documents.models import Document
from quality_events.issues import services
from quality_events.issues.models import QualityIssue
from quality_events.services import link
from studies.models import Site, Study

People = dict[str, User]

# title, what is the matter, how it was detected, how many steps it went
_PLAN = (
    ("Consent forms of the former version used", "Two participants signed the version that was replaced in spring.",
     "Monitoring visit", 0),
    ("Laboratory reports arrive after the visit window", "Results came four days late on three visits.",
     "Central monitoring", 1),
    ("Freezer alarm not answered over a weekend", "The log shows six hours above the limit; samples were quarantined.",
     "Call of the site", 3),
    ("Two accounts active after staff left", "Access of two former employees of the data vendor was not ended.",
     "Review of rights", 5),
)  # fmt: skip
_STEPS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("accept", "qa",
     {"severity": "major", "extent": "repeated", "detectability": "likely", "breach": "no", "affected": 2}),
    ("contain", "author", {"containment": "The people concerned were told, and what was affected is set aside."}),
    ("analyse", "author", {}),
    ("conclude", "author", {"root_cause": "The hand-over between two teams is described nowhere.", "affected": 2,
                             "critical_factor": "None is touched"}),
    ("refuse_capa", "qa", {"decision": "correction", "decision_grounds": "The hand-over ends with this study."}),
)  # fmt: skip


def build(organization: Organization, people: People) -> None:
    """Open the issues of one organization and take each as far as planned."""
    now = timezone.now()
    with scope(organization):
        study = Study.objects.order_by("pk")[0]
        site = Site.objects.filter(study=study).order_by("pk").first()
    for days, (title, description, how, far) in enumerate(_PLAN, 3):
        with scope(organization):
            found = now - dt.timedelta(days=days)
            values = {
                "title": title, "description": description, "detected_how": how, "study": study, "site": site,
                "occurred_on": day_of(found) - dt.timedelta(days=4), "discovered_on": day_of(found), "aware_at": found,
                "zone": organization.zone, "scope": "site",
                "noticed_by": "Monitor",
            }  # fmt: skip
            issue = _carry(services.open_issue(values, actor=people["author"]), people, far)
    with scope(organization):
        sop = Document.objects.order_by("pk")[1]
        link(issue, sop, actor=people["author"], why="The procedure that was not followed.")


def _carry(issue: QualityIssue, people: People, far: int) -> QualityIssue:
    for key, who, values in _STEPS[:far]:
        person = people[who]
        issue = services.take_step(issue, key, actor=person, values=values, credentials=_proof(person))
    return issue


def _proof(person: User) -> Credentials:
    return Credentials(password=PASSWORD, email=person.email, accepts_binding=True)


register(32, build)
