"""The Inbox: what awaits a person, by when, and what happens if it is late, across modules and organizations."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from cqms.access.reach import covers, reach_of
from cqms.accounts.models import User
from cqms.inbox import news, tally  # noqa: F401 - news registers itself
from cqms.inbox.rows import Row, sources, sources_passed_on, things
from cqms.organizations.models import Organization
from cqms.organizations.scope import scope, scope_cache
from cqms.organizations.selectors import memberships_of

_FAR = dt.datetime.max.replace(tzinfo=dt.UTC)


def inbox_of(person: User, organizations: Iterable[Organization] | None = None) -> list[Row]:
    """Everything that awaits a person, the most urgent first, what has no due moment last.

    The organizations are opened one after another. Inside an open organization pass them along: there the database
    shows no other memberships.
    """
    if organizations is None:
        organizations = [membership.organization for membership in memberships_of(person)]
    rows: list[Row] = []
    for organization in organizations:
        with scope(organization):
            rows += [row.within(organization) for row in rows_here(person)]
    return sorted(rows, key=_urgency)


def rows_here(person: User) -> list[Row]:
    """What awaits the person in the open organization, the most urgent first; asked once a scope."""
    key, cache = ("inbox", person.pk), scope_cache()
    if key not in cache:
        rows = [row for source in sources().values() for row in source(person)]
        cache[key] = sorted([*rows, *_rows_stood_in(person)], key=_urgency)
    found: list[Row] = cache[key]
    return found


def _rows_stood_in(person: User) -> list[Row]:
    """What awaits those who are away and named this person, and may be done for them.

    Only while they may see all that the other may see.
    """
    away = reach_of(person).stands_for
    found: list[Row] = []
    for other in User.objects.filter(pk__in=away).order_by("name") if away else ():
        if covers(person, other):
            rows = [row for source in sources_passed_on() for row in source(other) if person.pk not in row.barred]
            found += [replace(row, sentence=f"For {other}, who is away: {row.sentence}") for row in rows]
    return found


def count_of(person: User) -> int:
    """How many things await the person in the open organization, as it stands beside the Inbox on every page.

    One query says whether the last count still holds; only if not are all sources asked. See `tally`.
    """
    if ("inbox", person.pk) in scope_cache():
        return things(rows_here(person))
    return tally.remembered(person, lambda: things(rows_here(person)))


def _urgency(row: Row) -> tuple[dt.datetime, str]:
    return row.due or _FAR, row.title
