"""Keyset pages: forwards and backwards through values with blanks and ties, every row once."""

import pytest
from django.db.models import QuerySet

from cqms.accounts.models import User
from cqms.ui.keyset import Cursor, Order, Slice, decode, page

pytestmark = pytest.mark.django_db
NAMES = ("Bo", "Ada", "Bo", "Cy", "Ada", "Di", "Bo")


@pytest.fixture
def people() -> QuerySet[User]:
    """Seven people, four of them locked at one of two moments, three never: ties and blanks."""
    moments = ("2026-01-02T00:00Z", None, "2026-01-01T00:00Z", "2026-01-02T00:00Z", None, "2026-01-02T00:00Z", None)
    for number, (name, moment) in enumerate(zip(NAMES, moments, strict=True)):
        User.objects.create(email=f"keyset{number}@example.test", name=name, locked_until=moment)
    return User.objects.filter(email__startswith="keyset")


def walk(people: QuerySet[User], order: Order, size: int) -> list[Slice]:
    """All pages from the first to the last."""
    pages = [page(people, order, size, after=None, before=None)]
    while pages[-1].after:
        pages.append(page(people, order, size, after=pages[-1].after, before=None))
    return pages


@pytest.mark.parametrize("field", ["name", "locked_until", "pk"])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_every_row_comes_once_in_order_and_the_way_back_is_the_same(
    people: QuerySet[User], field: str, descending: bool, size: int
) -> None:
    order = Order(field, descending)
    expected = [row.pk for row in order.by(people)]
    forwards = walk(people, order, size)
    assert [row.pk for part in forwards for row in part.rows] == expected
    assert [part.first for part in forwards] == list(range(1, 8, size))
    back = forwards[-1]
    for part in reversed(forwards[:-1]):
        back = page(people, order, size, after=None, before=back.before)
        assert (back.rows, back.first, back.last) == (part.rows, part.first, part.last)
    assert back.before is None


def test_blanks_stand_last_both_ways(people: QuerySet[User]) -> None:
    for descending in (False, True):
        values = [row.locked_until for row in Order("locked_until", descending).by(people)]
        assert values[4:] == [None, None, None]
        assert None not in values[:4]


def test_a_cursor_survives_the_address(people: QuerySet[User]) -> None:
    field = User._meta.get_field("locked_until")
    row = people.exclude(locked_until=None).first()
    cursor = Cursor(row.locked_until, row.pk, 5)
    assert decode(cursor.encode(), field) == cursor
    assert decode(Cursor(None, 3, 1).encode(), field) == Cursor(None, 3, 1)


@pytest.mark.parametrize("text", ["", "%%%", "AAAA", "W10", "bnVsbA", "WyJ4IiwxLDFd", "[" * 5000, "é"])
def test_anything_else_is_no_cursor(text: str) -> None:
    assert decode(text, User._meta.get_field("locked_until")) is None


def test_a_field_that_is_never_blank_is_sorted_as_an_index_has_it(people: QuerySet[User]) -> None:
    assert "NULLS" not in str(Order("name").by(people).query)
    assert "NULLS LAST" in str(Order("locked_until").by(people).query)
