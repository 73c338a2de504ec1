"""Events as tests open them."""

import datetime as dt
from typing import Any

from django.utils import timezone

from quality_events.issues import services
from quality_events.issues.models import QualityIssue
from studies.models import Study
from tests.days import today
from tests.world.building import credentials

GRADED = {"severity": "minor", "extent": "single", "detectability": "sure", "breach": "no"}


def happened(**other: Any) -> dict[str, Any]:
    """What is said of any event: it happened three days ago and was found yesterday."""
    values = {
        "title": "Samples thawed", "description": "The freezer stood open from Friday to Monday.",
        "occurred_on": today() - dt.timedelta(days=3), "discovered_on": today() - dt.timedelta(days=1),
        "aware_at": timezone.now() - dt.timedelta(hours=5), "zone": "Europe/Berlin",
    }  # fmt: skip
    return {**values, **other}


def issue(actor: Any, of: str = "NW-101", **other: Any) -> QualityIssue:
    """An issue at the site of a study."""
    study = Study.objects.get(number=of)
    values = happened(study=study, site=study.sites.get(), detected_how="Call of the site", **other)
    return services.open_issue(values, actor=actor)


def step(record: Any, key: str, person: Any, reason: str = "", **values: Any) -> Any:
    """A step of an issue with right credentials."""
    return services.take_step(record, key, actor=person, values=values, reason=reason, credentials=credentials(person))
