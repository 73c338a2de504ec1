"""Who signs the medical part of an assessment."""

from typing import Any

from django.db.models import Q
from django.utils import timezone

from cqms.access.anchors import ORGANIZATION
from cqms.access.models import RoleAssignment
from cqms.access.policies import policy
from cqms.accounts.models import User
from quality_events.policies import advises

_ROLE = "medical_monitor"


@policy("Only a medical monitor may do this.")
def decides_on_medicine(person: User, record: Any) -> bool:
    """Being medical monitor, in the organization or at an anchor of the record."""
    if not advises(person, record):
        return False
    now = timezone.now()
    place = Q(anchor_kind=ORGANIZATION)
    for kind, pk in record.anchors().items():
        place |= Q(anchor_kind=kind, anchor_id=pk)
    held = RoleAssignment.objects.filter(place, user=person, role=_ROLE, starts_at__lte=now)
    return held.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now)).exists()
