"""Process deviations of the demo world, by calling services: one new, one in work, one closed, one planned."""

import datetime as dt
from typing import Any

from django.utils import timezone

from cqms.accounts.models import User
from cqms.organizations.models import Organization
from cqms.organizations.scope import day_of, scope, today
from cqms.portal.demo import PASSWORD, register
from cqms.signatures.services import Credentials
from documents.models import Version, VersionState
from quality_events.process_deviations import services
from quality_events.process_deviations.models import ProcessDeviation
from quality_events.services import link

People = dict[str, User]

# title, what happened, section, how many steps it went
_PLAN = (
    ("Training record signed after the work", "Two people worked to the new version before they had read it.",
     "Training before work", 0),
    ("Visit report later than the procedure allows", "Three reports of monitoring visits took more than ten days.",
     "Reporting of visits", 2),
    ("Audit trail not reviewed in a month", "The review of October was done with that of November.",
     "Monthly review", 5),
)  # fmt: skip
_STEPS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("take_up", "qa", {}),
    ("classify", "qa", {
        "severity": "major", "rationale": "It happened more than once, and nobody noticed for weeks.",
        "affects_data": True, "impact": "Errors could have been found later than they were.",
    }),
    ("act", "author", {
        "investigation": "Nobody stands in for who is on leave.", "decision": "correction",
        "action": "A second person is named.",
    }),
    ("submit", "author", {"outcome": "A second person is named since Monday."}),
    ("close", "qa", {}),
)  # fmt: skip


def build(organization: Organization, people: People) -> None:
    """Log the deviations of one organization, take each as far as planned, and approve one for the next month."""
    now = timezone.now()
    with scope(organization):
        followed = Version.objects.filter(state=VersionState.EFFECTIVE, document__study=None).earliest("pk")
    for days, (title, words, section, far) in enumerate(_PLAN, 2):
        with scope(organization):
            known = now - dt.timedelta(days=days, hours=2)
            values = {
                "title": title, "description": words, "requirement": section, "version": followed,
                "discovered_on": day_of(known), "aware_at": known, "zone": organization.zone,
                "noticed_by": "Line manager",
            }  # fmt: skip
            deviation = services.log_deviation(values, actor=people["author"])
            deviation = _carry(deviation, people, _STEPS[:far])
    with scope(organization):
        link(deviation, followed.document, actor=people["author"], why="It says who reviews, and when.")
        planned = {
            "title": "Remote instead of on-site visits", "timing": "planned", "version": followed,
            "description": "Two visits are held by video while the building is closed.",
            "requirement": "Visits on site",
            "justification": "Nobody may enter; documents are shown by camera and looked at again afterwards.",
            "valid_from": today() + dt.timedelta(days=3), "valid_until": today() + dt.timedelta(days=33),
            "discovered_on": day_of(now), "aware_at": now, "zone": organization.zone,
        }  # fmt: skip
        asked = services.log_deviation(planned, actor=people["author"])
        _carry(asked, people, (("approve", "qa", {}),))


def _carry(deviation: ProcessDeviation, people: People, steps: Any) -> ProcessDeviation:
    for key, who, values in steps:
        person = people[who]
        proof = Credentials(password=PASSWORD, email=person.email, accepts_binding=True)
        deviation = services.take_step(deviation, key, actor=person, values=values, credentials=proof)
    return deviation


register(37, build)
