"""Serious breaches of the demo world: one whose clock runs, and one found not serious, by calling services."""

import datetime as dt
from typing import Any

from django.utils import timezone

from cqms.accounts.models import User
from cqms.organizations.models import Organization
from cqms.organizations.scope import day_of, scope
from cqms.portal.demo import PASSWORD, register
from cqms.signatures.services import Credentials
from quality_events.breaches import services
from quality_events.breaches.models import SeriousBreach
from studies.models import Site, Study

People = dict[str, User]

_NO = {"departs": "yes", "in_scope": "yes", "safety": "no", "rights": "no", "reliability": "no", "systematic": "no"}


def build(organization: Organization, people: People) -> None:
    """A suspicion of 30 hours ago whose clock runs, and a former one that was found not serious."""
    with scope(organization):
        study = Study.objects.order_by("pk")[0]
        site = Site.objects.filter(study=study).order_by("pk").first()
        place = {"study": study, "site": site, "zone": organization.zone}
    with scope(organization):
        values = _told("Doses given after the expiry date", "Four participants received a batch two days past its"
                       " expiry; the pharmacy had not seen the recall.", hours=30)  # fmt: skip
        first = {
            "first_aware_at": values["aware_at"] - dt.timedelta(hours=5), "first_aware_zone": "America/New_York",
            "first_aware_by": "Monitor of the service provider", "first_aware_evidence": "Mail to the safety desk",
        }  # fmt: skip
        breach = services.open_breach(
            {**values, **place, **first, "jurisdictions": ["EU", "UK"]}, actor=people["author"]
        )
        answers = {**_NO, "safety": "unclear", "rationale": "Stability data of the batch are awaited."}
        services.take_step(breach, "assess", actor=people["author"], values=answers)
    with scope(organization):
        values = _told("Visit notes entered a week late", "Notes of one visit were entered nine days after it.", 200)
        breach = services.open_breach({**values, **place}, actor=people["author"])
        answers = {**_NO, "rationale": "The notes were complete and signed; no result depended on them."}
        breach = services.take_step(breach, "assess", actor=people["author"], values=answers)
        for who in ("qa", "medical_monitor"):
            breach = _dismiss(breach, people[who])


def _told(title: str, description: str, hours: int) -> dict[str, Any]:
    aware = timezone.now() - dt.timedelta(hours=hours)
    return {
        "title": title, "description": description, "aware_at": aware, "aware_by": "Study manager",
        "aware_evidence": "Minutes of the weekly call", "occurred_on": day_of(aware) - dt.timedelta(days=3),
        "discovered_on": day_of(aware), "noticed_by": "Monitor",
    }  # fmt: skip


def _dismiss(breach: SeriousBreach, person: User) -> SeriousBreach:
    proof = Credentials(password=PASSWORD, email=person.email, accepts_binding=True)
    return services.take_step(breach, "dismiss", actor=person, credentials=proof, reason="No effect on anybody.")


register(34, build)
