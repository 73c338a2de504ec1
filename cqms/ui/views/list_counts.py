"""How many rows a list has, and how many each option of its filters would leave: all in one query.

Each facet is counted over the rows that the other filters leave. Facets over the same rows share one reading of them,
which ends after COUNTED rows, so that a list stays quick however long it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import QuerySet

from cqms.ui.views.list_parts import COUNTED

_VALUES_A_ROW = 10
_TOTAL = "SELECT {1}, NULL, NULL, count({0}) FROM r{1}"
_BY_VALUE = "SELECT {0}, '{1}', v{2}::text, count(*) FROM r{0} GROUP BY v{2}"


@dataclass(frozen=True)
class Facet:
    """The rows over which a filter counts, and the field whose values, all texts, are its options."""

    rows: QuerySet
    field: str


@dataclass
class Counts:
    """How many rows there are, at most COUNTED + 1, and by facet and value; None for a facet over too many rows."""

    total: int = 0
    by_facet: dict[str, Mapping[str, int] | None] = field(default_factory=dict)


@dataclass
class _Reading:
    """Rows read once: as a common table with their key and the fields of some facets; how they are counted."""

    sql: str
    values: tuple[object, ...]
    facets: dict[str, int]
    counted: str


def count(found: QuerySet, facets: Mapping[str, Facet]) -> Counts:
    """The counts of a list; one query."""
    readings = _readings(found, facets)
    with connection.cursor() as cursor:
        cursor.execute(_statement(readings), [value for each in readings for value in each.values])
        rows = cursor.fetchall()
    totals = {number: many for number, facet, _, many in rows if facet is None}
    counts = Counts(totals[0])
    for number, reading in enumerate(readings):
        for facet in reading.facets:
            held = {str(value): many for at, key, value, many in rows if (at, key) == (number, facet)}
            counts.by_facet[facet] = held if totals[number] <= COUNTED else None
    return counts


def _readings(found: QuerySet, facets: Mapping[str, Facet]) -> list[_Reading]:
    """What is found, with the facets over exactly that; others by their rows; each of many values by itself."""
    whole: object = _keys_of(found)
    together: dict[object, tuple[QuerySet, dict[str, str]]] = {whole: (found, {})}
    for key, facet in facets.items():
        alone = key if _has_many(facet) else whole if facet.rows is found else _keys_of(facet.rows)
        together.setdefault(alone, (facet.rows, {}))[1][key] = facet.field
    return [_reading(rows, fields) for rows, fields in together.values()]


def _reading(rows: QuerySet, fields: Mapping[str, str]) -> _Reading:
    many = any(_has_many(Facet(rows, name)) for name in fields.values())
    wanted = rows.order_by().values_list("pk", *fields.values())
    wanted = wanted.distinct()[: (COUNTED + 1) * _VALUES_A_ROW] if many else wanted[: COUNTED + 1]
    sql, values = _compiled(wanted)
    return _Reading(sql, values, {key: number for number, key in enumerate(fields)}, "DISTINCT k" if many else "*")


def _statement(readings: list[_Reading]) -> str:
    tables, parts = [], []
    for number, reading in enumerate(readings):
        columns = ", ".join(["k", *(f"v{place}" for place in reading.facets.values())])
        tables.append(f"r{number} ({columns}) AS MATERIALIZED ({reading.sql})")
        parts.append(_TOTAL.format(reading.counted, number))
        parts += [_BY_VALUE.format(number, key, place) for key, place in reading.facets.items()]
    return f"WITH {', '.join(tables)} {' UNION ALL '.join(parts)}"


def _compiled(rows: QuerySet) -> tuple[str, tuple[object, ...]]:
    sql, values = rows.query.get_compiler(connection=connection, elide_empty=False).as_sql()
    return sql, tuple(values)


def _keys_of(rows: QuerySet) -> tuple[str, tuple[object, ...]]:
    return _compiled(rows.order_by().values("pk"))


def _has_many(facet: Facet) -> bool:
    """Whether a row can have several values of the field."""
    model = facet.rows.model
    for part in facet.field.split("__"):
        relation = model._meta.get_field(part)
        if relation.one_to_many or relation.many_to_many:
            return True
        model = relation.related_model or model
    return False
