"""How many rows a list has, and how many each option of its filters would leave: all in one query.

Each facet is counted over the rows that the other filters leave. Facets over the same rows share one reading of them,
which ends after COUNTED rows, or LOOKED_AT, so that a list stays quick however long it is. Words are asked of the index
in the same query: where they stand in few rows these are read, else all, and those that hold the words are counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, QuerySet, Value

from cqms.search.holding import Sought, if_many, is_named
from cqms.ui.views.list_parts import COUNTED, LOOKED_AT

_READ = "SELECT {1}, NULL, NULL, count({0}), NULL FROM r{1}"
_HELD = "SELECT {1}, '', NULL, count({0}), NULL FROM r{1} WHERE held"
_BY_VALUE = "SELECT {0}, '{1}', v{2}::text, count(*), NULL FROM r{0}{3} GROUP BY v{2}"
_NAMED = "SELECT -1, NULL, many::text, 0, keys FROM named"

Compiled = tuple[str, tuple[object, ...]]


@dataclass(frozen=True)
class Facet:
    """The rows over which a filter counts, and the field whose values, all texts, are its options."""

    rows: QuerySet
    field: str


@dataclass(frozen=True)
class Looked:
    """Words that are looked for, and where."""

    sought: Sought
    words: str


@dataclass
class Counts:
    """How many rows were counted, and by facet and value; None for a facet over too many rows.

    There may be `more` than those: reading ended before the rows did.
    """

    total: int = 0
    more: bool = False
    by_facet: dict[str, Mapping[str, int] | None] = field(default_factory=dict)


@dataclass
class _Reading:
    """Rows read once: as a common table with their key and the fields of some facets; how they are counted.

    If there are more than `most`, one more is read.
    """

    compiled: Compiled
    facets: dict[str, int]
    counted: str
    most: int


def count(found: QuerySet, facets: Mapping[str, Facet], looked: Looked | None = None) -> Counts:
    """The counts of a list; one query. Rows are given as they are without the words that are `looked` for."""
    readings = _readings(found, facets, looked)
    sql, values = _statement(readings, looked)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows = cursor.fetchall()
    if looked:
        looked.sought.learn(looked.words, *next((value == "true", keys) for at, _, value, _, keys in rows if at < 0))
    read = {at: many for at, key, _, many, _ in rows if key is None}
    held = next((many for at, key, _, many, _ in rows if (at, key) == (0, "")), read[0])
    counts = Counts(held, more=read[0] > readings[0].most)
    for number, reading in enumerate(readings):
        for facet in reading.facets:
            values_of = {str(value): many for at, key, value, many, _ in rows if (at, key) == (number, facet)}
            counts.by_facet[facet] = values_of if read[number] <= reading.most else None
    return counts


def _readings(found: QuerySet, facets: Mapping[str, Facet], looked: Looked | None) -> list[_Reading]:
    """What is found, with the facets over exactly that; others by their rows; each of many values by itself."""
    whole: object = _keys_of(found)
    together: dict[object, tuple[QuerySet, dict[str, str]]] = {whole: (found, {})}
    for key, facet in facets.items():
        alone = key if _has_many(facet) else whole if facet.rows is found else _keys_of(facet.rows)
        together.setdefault(alone, (facet.rows, {}))[1][key] = facet.field
    return [_reading(rows, fields, looked) for rows, fields in together.values()]


def _reading(rows: QuerySet, fields: Mapping[str, str], looked: Looked | None) -> _Reading:
    many = any(_has_many(Facet(rows, name)) for name in fields.values())
    most = LOOKED_AT if many or looked else COUNTED

    def read(wanted: QuerySet, **also: object) -> Compiled:
        wanted = wanted.order_by()
        if many:
            wanted = wanted.model._default_manager.filter(pk__in=wanted.values("pk")[: most + 1])
        wanted = wanted.annotate(**also).values_list("pk", *fields.values(), *also)
        return _compiled(wanted.distinct() if many else wanted[: most + 1])

    facets, counted = {key: number for number, key in enumerate(fields)}, "DISTINCT k" if many else "*"
    if looked is None:
        return _Reading(read(rows), facets, counted, most)
    held = looked.sought.held(looked.words)
    few = read(is_named(rows).filter(held), is_held=Value(True))
    all_ = read(if_many(rows), is_held=ExpressionWrapper(held, output_field=BooleanField()))
    return _Reading((f"({few[0]}) UNION ALL ({all_[0]})", few[1] + all_[1]), facets, counted, most)


def _statement(readings: list[_Reading], looked: Looked | None) -> Compiled:
    question, first = looked.sought.question(looked.words) if looked else ("", ())
    tables, parts = ([f"named AS MATERIALIZED ({question})"], [_NAMED]) if looked else ([], [])
    values, last, only = list(first), ["held"] if looked else [], " WHERE held" if looked else ""
    for number, reading in enumerate(readings):
        columns = ", ".join(["k", *(f"v{place}" for place in reading.facets.values()), *last])
        tables.append(f"r{number} ({columns}) AS MATERIALIZED ({reading.compiled[0]})")
        values += reading.compiled[1]
        parts.append(_READ.format(reading.counted, number))
        parts += [_HELD.format(reading.counted, number)] if looked else []
        parts += [_BY_VALUE.format(number, key, place, only) for key, place in reading.facets.items()]
    return f"WITH {', '.join(tables)} {' UNION ALL '.join(parts)}", tuple(values)


def _compiled(rows: QuerySet) -> Compiled:
    sql, values = rows.query.get_compiler(connection=connection, elide_empty=False).as_sql()
    return sql, tuple(values)


def _keys_of(rows: QuerySet) -> Compiled:
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
