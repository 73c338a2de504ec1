"""Finding records: by the beginning of their number, by their words, and by words that are nearly theirs."""

import re
from collections.abc import Sequence

from django.db import connection
from django.db.models import Q, QuerySet

from cqms.access.anchors import ORGANIZATION, anchors
from cqms.access.narrowing import of_other_sites
from cqms.access.reach import Reach, lane_filter, may_see_lane, reach_of
from cqms.accounts.models import User
from cqms.audit.models import Lane
from cqms.organizations.capabilities import Capability
from cqms.search.models import SearchEntry

MOST = 200
_TOKEN = re.compile(r"\w+")
_MOST_TOKENS, _LONGEST = 12, 200
_FIND = "SELECT id FROM guard.find_records(%s, %s, %s, %s, %s, %s, %s, %s, %s)"


def entries_for(person: User) -> QuerySet[SearchEntry]:
    """The entries of records that exist for this person: in their lanes, at their anchors and sites."""
    reach = reach_of(person)
    lanes = lane_filter(reach, lambda capability: _held_at(_places(reach, capability)))
    rows: QuerySet[SearchEntry] = SearchEntry.objects.filter(lanes).defer("vector", "text")
    if Capability.READ in reach.everywhere:
        return rows
    return rows.filter(_held_at(_places(reach))).exclude(of_other_sites(person, "kind"))


def found(person: User, words: str, *, kind: str = "", most: int = MOST) -> list[SearchEntry]:
    """The records that match, the best first: number, then words by weight; nearly alike ones when nothing matches.

    Two queries beside the reader's reach. The first asks a function that sees past row-level security and filters by
    organization, lane and anchor itself, because no text index is used behind row-level security; the second reads
    what it names through both walls again.
    """
    words = words.replace("\x00", " ").strip()[:_LONGEST]
    tokens = _TOKEN.findall(words.lower())[:_MOST_TOKENS]
    if not tokens:
        return []
    keys = _ids(reach_of(person), words, tokens, kind, most)
    rows = {row.pk: row for row in entries_for(person).filter(pk__in=keys)}
    return [rows[key] for key in keys if key in rows]


def _ids(reach: Reach, words: str, tokens: Sequence[str], kind: str, most: int) -> list[int]:
    number = re.sub(r"([\\%_])", r"\\\1", words.upper())
    with connection.cursor() as cursor:
        cursor.execute(
            _FIND,
            [number, list(tokens), words, *places_of(reach), kind, most],
        )
        return [row[0] for row in cursor.fetchall()]


def places_of(reach: Reach) -> tuple[bool, list[str], list[int], list[str]]:
    """Where the reader reads, as the functions of the index take it: everywhere, kinds, ids, closed lanes."""
    pairs = [(name, pk) for name, pks in _places(reach).items() for pk in sorted(pks)]
    closed = [lane.value for lane in Lane if not may_see_lane(reach, lane)]
    return Capability.READ in reach.everywhere, [name for name, _ in pairs], [pk for _, pk in pairs], closed


def _places(reach: Reach, capability: Capability = Capability.READ) -> dict[str, set[int]]:
    """Where the reader holds a capability, besides everywhere: kind of anchor → ids."""
    return {kind: reach.ids(capability, kind) for kind in anchors() if kind != ORGANIZATION}


def _held_at(places: dict[str, set[int]]) -> Q:
    found = Q(pk__in=())
    for kind, pks in places.items():
        found |= Q(anchor_kind=kind, anchor_id__in=pks)
    return found
