"""Pages of a sorted list by the key of the last row seen: page 1,000 costs what page 1 costs.

Rows are ordered by one field, blanks last, and by primary key. A cursor names the row at the edge of a page.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import DateTimeField, F, Field, Model, Q, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive


@dataclass(frozen=True)
class Cursor:
    """The edge of a page: the sorted value and key of a row, and the number of that row in the list."""

    value: Any
    pk: int
    row: int

    def encode(self) -> str:
        """As it stands in an address."""
        value = None if self.value is None else str(self.value)
        packed = json.dumps([value, self.pk, self.row], separators=(",", ":"))
        return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def decode(text: str, field: Field) -> Cursor | None:
    """The cursor of an address; None for anything that is not one."""
    try:
        value, pk, row = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if isinstance(field, DateTimeField) and value is not None and _is_no_moment(value):
            return None
        return Cursor(None if value is None else field.to_python(value), int(pk), max(int(row), 1))
    except (ValueError, TypeError, binascii.Error, ValidationError, RecursionError):
        return None


def _is_no_moment(text: str) -> bool:
    """Whether it says no zone: no cursor of ours does that."""
    found = parse_datetime(text)
    return found is None or is_naive(found)


@dataclass(frozen=True)
class Slice:
    """One page: its rows, the number of the first, and the cursors of the pages around it where there are any."""

    rows: list[Model]
    first: int
    before: Cursor | None
    after: Cursor | None

    @property
    def last(self) -> int:
        """The number of the last row, 0 on an empty page."""
        return self.first + len(self.rows) - 1 if self.rows else 0


@dataclass(frozen=True)
class Order:
    """By which field a list is sorted, and which way."""

    field: str
    descending: bool = False

    def by(self, queryset: QuerySet, *, backwards: bool = False) -> QuerySet:
        """The rows in this order, or exactly reversed."""
        blanks = self._blanks(backwards=backwards) if has_blanks(queryset.model, self.field) else {}
        if backwards != self.descending:
            return queryset.order_by(F(self.field).desc(**blanks), "-pk")
        return queryset.order_by(F(self.field).asc(**blanks), "pk")

    def beyond(self, cursor: Cursor, model: type[Model], *, backwards: bool = False) -> Q:
        """The rows after the cursor in this order, or before it; the first condition is one for an index."""
        way = "lt" if self.descending != backwards else "gt"
        blank = Q(**{f"{self.field}__isnull": True})
        further = Q(**{f"pk__{way}": cursor.pk})
        if cursor.value is None:
            return (blank & further) | ~blank if backwards else blank & further
        edge = Q(**{f"{self.field}__{way}e": cursor.value})
        near = edge & (Q(**{f"{self.field}__{way}": cursor.value}) | further)
        return near if backwards or not has_blanks(model, self.field) else near | blank

    def value_of(self, row: Model) -> Any:
        """The value a row is sorted by."""
        value: Any = row
        for part in self.field.split("__"):
            value = getattr(value, part, None)
        return value

    @staticmethod
    def _blanks(*, backwards: bool) -> dict[str, bool]:
        return {"nulls_first": True} if backwards else {"nulls_last": True}


def has_blanks(model: type[Model], path: str) -> bool:
    """Whether rows may lack the value of a path such as `owner__name`. If not, a usual index gives the order."""
    for part in path.split("__"):
        field = model._meta.pk if part == "pk" else model._meta.get_field(part)
        if field is None or field.null:
            return True
        model = field.related_model or model
    return False


def page(queryset: QuerySet, order: Order, size: int, *, after: Cursor | None, before: Cursor | None) -> Slice:
    """The page after a cursor, before one, or the first."""
    edge, backwards = (before, True) if before else (after, False)
    wanted = queryset.filter(order.beyond(edge, queryset.model, backwards=backwards)) if edge else queryset
    rows = list(order.by(wanted, backwards=backwards)[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    first = _first(edge, rows, backwards=backwards, more=more)
    has_before, has_after = (more, True) if backwards else (edge is not None, more)
    if not rows:
        return Slice([], first, None, None)
    return Slice(
        rows,
        first,
        Cursor(order.value_of(rows[0]), rows[0].pk, first) if has_before else None,
        Cursor(order.value_of(rows[-1]), rows[-1].pk, first + len(rows) - 1) if has_after else None,
    )


def _first(edge: Cursor | None, rows: list[Model], *, backwards: bool, more: bool) -> int:
    if edge is None or (backwards and not more):
        return 1
    return max(edge.row - len(rows), 1) if backwards else edge.row + 1
