"""Reading reviews of the trail, and the entries that each has frozen."""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db.models import Count, Q, QuerySet

from cqms.access.anchors import ORGANIZATION, anchors
from cqms.access.reach import Reach, lane_filter, reach_of
from cqms.accounts.models import User
from cqms.audit.models import AuditEvent, kind_of
from cqms.audit.timeline import Selection
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import Organization
from cqms.records.story import seen_by
from cqms.trail_reviews.models import ReviewState, TrailComment, TrailFlag, TrailReview


def reviews_for(reader: User) -> QuerySet[TrailReview]:
    """The reviews of places where the reader may read, in lanes they may see."""
    rows: QuerySet[TrailReview] = TrailReview.objects.select_related("owner", "organization", "follows")
    reach = reach_of(reader)
    rows = rows.filter(lane_filter(reach, partial(_held_at, reach)))
    return rows if Capability.READ in reach.everywhere else rows.filter(_held_at(reach, Capability.READ))


def _held_at(reach: Reach, capability: Capability) -> Q:
    """Reviews of places below the organization where a capability is held."""
    places = Q(pk__in=())
    for kind in anchors():
        if kind != ORGANIZATION:
            places |= Q(place_kind=kind, place_id__in=reach.ids(capability, kind))
    return places


def entries_of(review: TrailReview) -> QuerySet[AuditEvent]:
    """The entries of the review's query: as frozen once it has begun, as they are now before; in no order.

    What was written about the review itself is not part of it.
    """
    zone = review.organization.timezone
    begin, end = (
        dt.datetime.combine(day, dt.time(), zone) for day in (review.starts_on, review.ends_on + dt.timedelta(days=1))
    )
    rows = Selection(anchors=review.anchors(), kinds=review.kinds, start=begin, end=end).events()
    rows = rows.exclude(subject_kind=kind_of(review), subject_id=review.pk)
    return rows.filter(pk__lte=review.up_to, lane__in=review.lanes) if review.up_to is not None else rows


def digest_of(pks: Iterable[int]) -> str:
    """SHA-256 over the numbers of entries in ascending order, one a line."""
    return hashlib.sha256("".join(f"{pk}\n" for pk in sorted(pks)).encode()).hexdigest()


def is_unchanged(review: TrailReview) -> bool:
    """Whether the frozen query still gives exactly the entries that it gave when the review began."""
    return digest_of(entries_of(review).values_list("pk", flat=True)) == review.content_sha256


def share_of(person: User, review: TrailReview) -> tuple[int, int]:
    """How many of the entries this person wrote, and how many there are."""
    found = entries_of(review).aggregate(mine=Count("pk", filter=Q(actor=person)), total=Count("pk"))
    return found["mine"], found["total"]


def flags_at(review: TrailReview, entries: Iterable[int]) -> dict[int, list[TrailFlag]]:
    """The flags of some entries, by entry; one query."""
    found: dict[int, list[TrailFlag]] = defaultdict(list)
    for flag in TrailFlag.objects.filter(review=review, entry__in=list(entries)).order_by("kind"):
        found[flag.entry_id].append(flag)
    return found


def comments_of(review: TrailReview, reader: User) -> QuerySet[TrailComment]:
    """What was said about those entries of the review that the reader may know of, the oldest first."""
    rows = TrailComment.objects.filter(review=review, entry__in=_entries_seen(reader))
    return rows.select_related("author", "concerns", "answered_by", "entry", "review").order_by("pk")


def _entries_seen(reader: User) -> Any:
    """The entries that comments are about, as far as the reader may know of the records they tell of."""
    about = AuditEvent.objects.filter(pk__in=TrailComment.objects.values("entry"))
    return seen_by(reader, about).order_by().values("pk")


def waiting_comments(person: User) -> QuerySet[TrailComment]:
    """The comments that wait for this person's answer while their review runs.

    Whether one is addressed to them is asked first, because few people ever have one and the whole question is dear.
    """
    asked: QuerySet[TrailComment] = TrailComment.objects.filter(
        concerns=person, answered_at__isnull=True, review__state=ReviewState.RUNNING
    )
    if not asked.exists():
        return asked.none()
    rows = asked.filter(review__in=reviews_for(person).order_by().values("pk"), entry__in=_entries_seen(person))
    return rows.select_related("review__organization", "author", "entry").order_by("pk")


def last_and_next(reader: User, kind: str, pk: int) -> tuple[TrailReview | None, TrailReview | None]:
    """Of a place's reviews that the reader may see: the signed one that reaches furthest, and the next; one query."""
    rows = reviews_for(reader).filter(place_kind=kind, place_id=pk).order_by()
    done = rows.filter(state=ReviewState.REVIEWED).order_by("-ends_on", "-pk").values("pk")[:1]
    waits = rows.filter(state__in=(ReviewState.PLANNED, ReviewState.RUNNING)).order_by("due_on", "pk").values("pk")[:1]
    found = {row.state == ReviewState.REVIEWED: row for row in rows.filter(Q(pk__in=done) | Q(pk__in=waits))}
    return found.get(True), found.get(False)


def places_for(person: User, organization: Organization) -> dict[str, Any]:
    """Where this person may plan reviews, by the key of a form: the organization, and what anchors roles in it."""
    reach = reach_of(person)
    needed = (Capability.INSPECT, Capability.REVIEW)
    found: dict[str, Any] = {}
    if all(each in reach.everywhere for each in needed):
        found[f"{ORGANIZATION}:{organization.pk}"] = organization
    for kind, anchor in anchors().items():
        if kind == ORGANIZATION:
            continue
        for row in anchor.model._default_manager.order_by("pk"):
            if all(each in reach.everywhere or row.pk in reach.ids(each, kind) for each in needed):
                found[f"{kind}:{row.pk}"] = row
    return found
