"""What a list finds: rows that hold the words somewhere in some of their fields, whatever the case.

The rows themselves decide. Where the words stand in few records, the index of search names them first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Case, F, Func, Q, QuerySet, When

from cqms.organizations.scope import scope_cache

MOST_NAMED = 2_000
"""Records that are named at most; words that more of them hold stand in many."""

_IS_NAMED = "%(expressions)s = ANY ((SELECT keys FROM named)::bigint[])"
_ARE_MANY = "(SELECT many FROM named)"

Named = Sequence[int] | None
"""The keys of all rows that may hold the words, or None where they are many."""


@dataclass(frozen=True)
class Sought:
    """Where a list looks for words: in which fields of its rows, and the kinds under which search knows these rows.

    What stands in the fields must stand in their entries: in number and title, or `with_text` in the text too.
    `of_entries` says that the rows are the entries.
    """

    fields: Sequence[str]
    kinds: Sequence[str]
    with_text: bool = False
    of_entries: bool = False

    def held(self, words: str) -> Q:
        """Whether a row holds the words, as they stand."""
        found = Q()
        for each in self.fields:
            found |= Q(**{f"{each}__icontains": words})
        return found

    def narrow(self, rows: QuerySet, words: str) -> QuerySet:
        """The rows that hold the words; one query, unless it was answered in this scope."""
        if words not in self._answers:
            with connection.cursor() as cursor:
                cursor.execute(*self.question(words))
                self.learn(words, *cursor.fetchone())
        named = self._answers[words]
        return rows.filter(_likely(self.held(words)) if named is None else Q(self.held(words), pk__in=named))

    def question(self, words: str) -> tuple[str, tuple[Any, ...]]:
        """What is asked of the index: it answers with one row, whether there are `many`, and else their `keys`."""
        keys = "entries" if self.of_entries else "records"
        sql = f"SELECT many, {keys} AS keys FROM guard.entries_holding(%s, %s, %s, %s)"  # noqa: S608 – one of two
        return sql, (list(self.kinds), words, self.with_text, MOST_NAMED)

    def learn(self, words: str, many: bool, keys: Sequence[int] | None) -> None:
        """Keep what was answered for as long as the scope lasts."""
        self._answers[words] = None if many else keys or ()

    @property
    def _answers(self) -> dict[str, Named]:
        kept: dict[str, Named] = scope_cache().setdefault((Sought, *self.kinds, self.with_text, self.of_entries), {})
        return kept


def is_named(rows: QuerySet) -> QuerySet:
    """The rows whose keys stand in the answer, where the question is a common table `named` of the statement."""
    return rows.filter(Func(F("pk"), template=_IS_NAMED, output_field=BooleanField()))


def if_many(rows: QuerySet) -> QuerySet:
    """All rows if the answer is that the words stand in many, else none."""
    return rows.filter(Func(template=_ARE_MANY, output_field=BooleanField()))


def _likely(held: Q) -> Case:
    """The same condition, of which the planner supposes that half of the rows fulfil it.

    Behind row-level security it knows nothing about words and supposes next to none, for which it would read and sort
    all rows instead of walking them in order until a page is full.
    """
    return Case(When(held, then=True), default=False, output_field=BooleanField())
