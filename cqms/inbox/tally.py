"""The number beside the Inbox, remembered for as long as nothing it depends on can have changed.

What awaits somebody changes with an entry of the trail, with their notices, with what they reach, or with time. All
of that is part of the key, so another person, another organization or other rights never meet a remembered number,
and a number that no longer holds is never found again. Viewing and downloading change nothing that awaits anybody.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Max, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone
from redis.exceptions import RedisError

from cqms.access.reach import fingerprint_of, reach_of
from cqms.accounts.models import User
from cqms.audit.models import ONLY_READ, AuditEvent
from cqms.notifications.models import Notification
from cqms.organizations.models import Organization
from cqms.organizations.prepared import Prepared
from cqms.organizations.scope import current_organization_id

_SECONDS = 60


def remembered(person: User, count: Callable[[], int]) -> int:
    """The number that was counted under the same circumstances, else counted now; at most a minute old."""
    key = _key(person)
    try:
        found: int | None = cache.get(key)
        if found is None:
            found = count()
            cache.set(key, found, timeout=2 * _SECONDS)
    except RedisError:  # the number is worth a few queries, not an error
        found = count()
    return found


def _key(person: User) -> str:
    minute = int(timezone.now().timestamp()) // _SECONDS
    reaches = (fingerprint_of(person), sorted(reach_of(person).stands_for))
    said = (current_organization_id(), person.pk, minute, *reaches, _stamp(person))
    return f"inbox:{hashlib.sha256(repr(said).encode()).hexdigest()}"


def _stamp(person: User) -> tuple[Any, ...]:
    """The newest entry of the trail that changed something, and the person's unread notices; one query."""
    return tuple(_STAMPS.ask(person=person.pk))


def _stamps(person: int) -> QuerySet[Any]:
    """What stands on a stamp.

    The newest by moment: that order stands in an index behind the organization, while the order of entry numbers
    alone would lead through everybody's entries.
    """
    newest = AuditEvent.objects.exclude(verb__in=ONLY_READ).order_by("-at", "-id")
    unread = Notification.objects.filter(person=person, read_at__isnull=True).order_by().values("person")
    return Organization.objects.filter(pk=current_organization_id()).values_list(
        Subquery(newest.values(json=JSONObject(id="id", action="action_id"))[:1]),
        Subquery(unread.values(json=JSONObject(many=Count("pk"), last=Max("pk")))),
    )


_STAMPS = Prepared(_stamps, person=int)
