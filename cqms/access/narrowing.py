"""Roles narrowed to countries and sites: which records below an anchor are of other sites, and so do not exist.

An app registers each kind of its records that belongs to a site. A record without one belongs to all of the anchor.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from cqms.access.reach import Narrowings, Row, narrowings
from cqms.accounts.models import User
from cqms.organizations.models import OrganizationModel


@dataclass(frozen=True)
class AtSite:
    """A kind of record that belongs to a site: the column of its anchor's id, the lookups of country and number."""

    model: type[OrganizationModel]
    anchor_kind: str
    anchor: str
    country: str
    number: str

    def elsewhere(self, pk: int, countries: set[str], numbers: set[str]) -> QuerySet[Any]:
        """The records below one anchor that are at none of these countries and sites."""
        here = Q(**{f"{self.country}__in": countries}) | Q(**{f"{self.number}__in": numbers})
        rows: QuerySet[Any] = self.model.objects.filter(**{self.anchor: pk, f"{self.number}__isnull": False})
        return rows.exclude(here)


_kinds: dict[str, AtSite] = {}


def register(kind: AtSite) -> None:
    """Let records of this kind be hidden from whoever sees other sites only; called when its app is ready."""
    _kinds[kind.model._meta.label_lower] = kind


def elsewhere(narrowed: Narrowings) -> Iterator[tuple[str, QuerySet[Any]]]:
    """Each kind of record with those of other sites; nothing for whoever is not narrowed."""
    for (anchor_kind, pk), (countries, numbers) in narrowed.items():
        for name, kind in _kinds.items():
            if kind.anchor_kind == anchor_kind:
                yield name, kind.elsewhere(pk, countries, numbers)


def of_other_sites(person: User, kind: str = "record_kind", pk: str = "record_id") -> Q:
    """Rows about records of other sites, for tables that know a record by kind and id."""
    found = Q(pk__in=())
    for name, rows in elsewhere(narrowings(person)):
        found |= Q(**{kind: name, f"{pk}__in": rows.values("pk")})
    return found


def at_own_sites(rows: QuerySet[Row], person: User) -> QuerySet[Row]:
    """Of records of one kind, those that are not of other sites than the person's."""
    for name, others in elsewhere(narrowings(person)):
        if name == rows.model._meta.label_lower:
            rows = rows.exclude(pk__in=others.values("pk"))
    return rows


def is_elsewhere(person: User, record: Any) -> bool:
    """Whether a record is of another site than the person's."""
    return lies_outside(narrowings(person), record)


def lies_outside(narrowed: Narrowings, record: Any) -> bool:
    """Whether a record is of none of these sites; what belongs to another, or is told there, is where that is."""
    if not narrowed:
        return False
    of = record.record if hasattr(record, "record") and record.record is not None else record
    places = {(each._meta.label_lower, each.pk) for each in (of, of.subject() if hasattr(of, "subject") else of)}
    return any(rows.filter(pk=pk).exists() for kind, rows in elsewhere(narrowed) for name, pk in places if name == kind)
