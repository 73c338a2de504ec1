"""How many rows a list has, and how many each option of its filters would leave: all in one query.

Each facet is counted over the rows that the other filters leave. Facets over the same rows share one reading of them,
which ends after COUNTED rows, so that a list stays quick however long it is. Words are asked of the index in the same
query: where they stand in few rows these are read, else all, and those that hold the words are counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import BooleanField, Expression, ExpressionWrapper, QuerySet, Value

from cqms.search.holding import Sought, if_many, is_named
from cqms.ui.views.list_parts import COUNTED

_READING = (
    "SELECT {0}, array_position(ARRAY[{1}]::int[], 0), COALESCE({2}), count({3}), count({3}) FILTER (WHERE held), NULL"
    " FROM ({4}) r ({5}) GROUP BY GROUPING SETS ({6})"
)
_NAMED = "SELECT -1, NULL, many::text, 0, 0, keys FROM named"

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
    """Rows that are read once, one more than COUNTED if there are: their key, the fields of facets, whether words held.

    `counted` is what makes them different: a row that has several values of a field is read once for each.
    """

    compiled: Compiled
    facets: Sequence[str]
    counted: str

    def statement(self, number: int) -> str:
        """One row for all, and one for each value of each facet, with the place of the facet: how many, and held."""
        names = [f"v{place}" for place, _ in enumerate(self.facets)]
        return _READING.format(
            number,
            ", ".join(f"GROUPING({name})" for name in names),
            ", ".join(["NULL", *(f"{name}::text" for name in names)]),
            self.counted,
            self.compiled[0],
            ", ".join(["k", *names, "held"]),
            ", ".join(["()", *(f"({name})" for name in names)]),
        )


def count(found: QuerySet, facets: Mapping[str, Facet], looked: Looked | None = None) -> Counts:
    """The counts of a list; one query. Rows are given as they are without the words that are `looked` for."""
    readings = _readings(found, facets, looked)
    sql, values = _statement(readings, looked)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows = cursor.fetchall()
    if looked:
        looked.sought.learn(looked.words, *next((value == "true", keys) for at, _, value, *_, keys in rows if at < 0))
    read = {at: (many, held) for at, place, _, many, held, _ in rows if place is None}
    counts = Counts(read[0][1], more=read[0][0] > COUNTED)
    for number, reading in enumerate(readings):
        for place, facet in enumerate(reading.facets, 1):
            values_of = {str(value): held for at, of, value, _, held, _ in rows if (at, of) == (number, place)}
            counts.by_facet[facet] = values_of if read[number][0] <= COUNTED else None
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

    def read(wanted: QuerySet, held: Expression) -> Compiled:
        wanted = wanted.order_by()
        if many:
            wanted = wanted.model._default_manager.filter(pk__in=wanted.values("pk")[: COUNTED + 1])
        wanted = wanted.annotate(is_held=held).values_list("pk", *fields.values(), "is_held")
        return _compiled(wanted.distinct() if many else wanted[: COUNTED + 1])

    facets, counted = list(fields), "DISTINCT k" if many else "*"
    if looked is None:
        return _Reading(read(rows, Value(True)), facets, counted)
    held = looked.sought.held(looked.words)
    few = read(is_named(rows).filter(held), Value(True))
    all_ = read(if_many(rows), ExpressionWrapper(held, output_field=BooleanField()))
    return _Reading((f"({few[0]}) UNION ALL ({all_[0]})", few[1] + all_[1]), facets, counted)


def _statement(readings: list[_Reading], looked: Looked | None) -> Compiled:
    question, first = looked.sought.question(looked.words) if looked else ("", ())
    named, parts = (f"WITH named AS MATERIALIZED ({question}) ", [_NAMED]) if looked else ("", [])
    parts += [reading.statement(number) for number, reading in enumerate(readings)]
    values = [value for reading in readings for value in reading.compiled[1]]
    return named + " UNION ALL ".join(parts), (*first, *values)


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
