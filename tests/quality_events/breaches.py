"""Serious breaches as tests open them and carry them on."""

import datetime as dt
from typing import Any

from django.utils import timezone

from quality_events.breaches import services
from quality_events.breaches.models import SeriousBreach
from studies.models import Study
from tests.quality_events.players import happened
from tests.world.building import credentials

FOLLOW_UP_ON = dt.date(2099, 1, 4)
SERIOUS = {
    "departs": "yes", "in_scope": "yes", "safety": "yes", "rights": "no", "reliability": "no", "systematic": "no",
    "rationale": "Four participants were dosed after expiry.",
}  # fmt: skip
HARMLESS = {**SERIOUS, "safety": "no"}
SHEET = {
    "investigation": "ongoing", "trial_title": "A trial of NW-101", "trial_number": "2026-500001-01-00",
    "commercial": "commercial", "site_contact": "Clinic Berlin, pharmacy", "most_affected": "Germany",
    "requirement": "Protocol 6.2", "impact_participants": "Four were dosed.", "impact_data": "None is expected.",
    "actions_taken": "The batch is quarantined.", "in_procedure": "None", "other_trials": "None", "parties": "Depot",
    "next_follow_up_on": FOLLOW_UP_ON,
}  # fmt: skip
SENT = {"channel": "CTIS", "receipt": "SB-EU-7", "redaction_checked": True}


def breach(actor: Any, *, hours: float = 5, **other: Any) -> SeriousBreach:
    """A suspicion that the sponsor has had for some hours."""
    aware = timezone.now() - dt.timedelta(hours=hours)
    told = {"aware_at": aware, **other}
    values = happened(study=Study.objects.get(number="NW-101"), title="Doses after expiry", **told)
    days = {"occurred_on": (aware - dt.timedelta(days=3)).date(), "discovered_on": aware.date()}
    return services.open_breach({**values, **days}, actor=actor)


def step(record: Any, key: str, person: Any, reason: str = "", **values: Any) -> Any:
    return services.take_step(record, key, actor=person, values=values, reason=reason, credentials=credentials(person))


def confirmed(cast: Any, **other: Any) -> SeriousBreach:
    """A breach that quality assurance and the physician confirmed."""
    record = step(breach(cast.author, **other), "assess", cast.author, **SERIOUS)
    return step(step(record, "confirm", cast.qa), "confirm", cast.medical_monitor)


def drafted(cast: Any, **other: Any) -> SeriousBreach:
    return step(confirmed(cast, **other), "draft", cast.author, **SHEET)


def notified(cast: Any, **other: Any) -> SeriousBreach:
    return step(drafted(cast, **other), "notify", cast.quality_head, **SENT)
