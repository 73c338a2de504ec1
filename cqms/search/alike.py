"""What is like a record: by its words, its category and its title, as far as it exists for the reader."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from cqms.access.reach import reach_of
from cqms.accounts.models import User
from cqms.search.models import SearchEntry
from cqms.search.selectors import entries_for, places_of

_WORD = re.compile(r"[^\W\d_]{3,}")
_MOST_WORDS = 12
_SPARE = 3
_FIND = "SELECT * FROM guard.alike_records(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"


@dataclass(frozen=True)
class Text:
    """What is compared: kind and id of the record itself, its title, further words, and its category if it has one."""

    kind: str
    pk: int
    title: str
    words: str = ""
    category: str = ""


@dataclass(frozen=True)
class Alike:
    """The entry of another record, the words both have, and whether both are of one category."""

    entry: SearchEntry
    words: Sequence[str]
    same_category: bool


def alike(person: User, text: Text, *, kinds: Sequence[str], most: int = 10) -> list[Alike]:
    """The records of these kinds that are most like it, the nearest first, at most so many.

    Two queries beside the reader's reach, as in `selectors.found`: the second reads through both walls again.
    """
    found = _found(person, text, kinds, most)
    rows = {row.pk: row for row in entries_for(person).filter(pk__in=[pk for pk, _, _ in found])}
    return [Alike(rows[pk], words, same) for pk, words, same in found if pk in rows][:most]


def words_of(text: Text) -> list[str]:
    """The first different words of the title, then of the rest; never more than a search can bear."""
    title, words = _clean(text.title), _clean(text.words)
    return list(dict.fromkeys(_WORD.findall(f"{title} {words}".lower())))[:_MOST_WORDS]


def _found(person: User, text: Text, kinds: Sequence[str], most: int) -> list[tuple[int, list[str], bool]]:
    """Some more than asked for: the second reading may leave some out, those of other sites for instance."""
    place = places_of(reach_of(person))
    with connection.cursor() as cursor:
        cursor.execute(
            _FIND,
            [_clean(text.title), words_of(text), _clean(text.category), *place, list(kinds), text.kind, text.pk,
             most * _SPARE],
        )  # fmt: skip
        return [(row[0], row[1], row[2]) for row in cursor.fetchall()]


def _clean(text: str) -> str:
    return text.replace("\x00", " ")
