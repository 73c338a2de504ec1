"""A breach of which the authority is told late: an event of its own, opened once (B3 and B4 of the SOPs).

It is opened by whoever notes a late notification, or by the portal itself as soon as the time of the law has passed.
"""

import datetime as dt
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from cqms.accounts.models import User
from cqms.audit.models import kind_of
from cqms.deadlines.models import Clock
from cqms.deadlines.selectors import open_deadlines
from cqms.organizations.models import Organization
from cqms.organizations.scope import scope
from quality_events import services
from quality_events.breaches.clocks import RUNNING, earliest_due, is_late
from quality_events.breaches.models import SeriousBreach
from quality_events.issues.models import QualityIssue, Scope
from quality_events.issues.services import open_issue

_KIND = kind_of(SeriousBreach)


def open_overdue(organization: Organization, now: dt.datetime | None = None) -> list[QualityIssue]:
    """Open the event of every breach whose legal time has passed without a notification, in its lane.

    Each in a transaction of its own: whoever is killed in the middle has opened nothing, and whoever comes at the same
    time finds it, or leaves it to the other.
    """
    moment = now or timezone.now()
    with scope(organization):
        waiting = list(_overdue(moment).values_list("pk", flat=True))
    opened = []
    for pk in waiting:
        with scope(organization):
            breach = _overdue(moment).select_for_update(of=("self",), skip_locked=True).filter(pk=pk).first()
            if breach is not None and is_late(breach, moment):
                opened.append(open_lateness(breach, moment, actor=None))
    return [each for each in opened if each is not None]


def open_lateness(breach: SeriousBreach, at: dt.datetime, *, actor: User | None) -> QualityIssue | None:
    """The event that lateness forces, linked with a locked breach; None where it was opened before.

    `at` is the moment of the late notification; without an actor none was sent by then. The owner is told.
    """
    due = earliest_due(breach)
    if due is None or _events_of(breach.pk).exists():
        return None
    zone = ZoneInfo(breach.sponsor_zone)
    limit = f"{due.astimezone(zone):%-d %B %Y at %H:%M} ({breach.sponsor_zone})"
    came = f"It was sent on {at.astimezone(zone):%-d %B %Y at %H:%M}." if actor else "It was not sent by then."
    values = {
        "title": f"Late notification of {breach.number}",
        "description": f"By law the notification of {breach} was due on {limit}. {came}",
        "study": breach.study, "site": breach.site, "owner": breach.owner, "scope": Scope.PROCESS,
        "detected_how": "The clock of the serious breach", "aware_at": timezone.now(), "zone": breach.sponsor_zone,
        "occurred_on": due.astimezone(zone).date(), "discovered_on": at.astimezone(zone).date(), "lane": breach.lane,
        "rule_kind": _KIND, "rule_id": breach.pk,
    }  # fmt: skip
    issue = open_issue(values, actor=actor, reporter=actor or breach.owner)
    services.link(breach, issue, actor=actor, why="It was notified late: the law demands to say why.")
    if actor != breach.owner:
        services.tell(issue, breach.owner, f"Late by law: {breach}", occasion="late")
    return issue


def _overdue(now: dt.datetime) -> QuerySet[SeriousBreach]:
    """The breaches with a legal clock that ran out, of which nobody was told, and without their event."""
    late = open_deadlines().filter(record_kind=_KIND, clock=Clock.LEGAL, current_due__lt=now).order_by()
    rows: QuerySet[SeriousBreach] = SeriousBreach.objects.filter(state__in=RUNNING, notified_at__isnull=True)
    return rows.filter(pk__in=late.values("record_id")).exclude(pk__in=_events_of().values("rule_id"))


def _events_of(pk: int | None = None) -> QuerySet[QualityIssue]:
    """The event of a breach, or those of all."""
    rows: QuerySet[QualityIssue] = QualityIssue.objects.filter(rule_kind=_KIND, rule_id__isnull=False)
    return rows if pk is None else rows.filter(rule_id=pk)
