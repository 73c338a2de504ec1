"""The Inbox shows what awaits a person, across their organizations, the most urgent first."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from redis.exceptions import ConnectionError as RedisConnectionError

from cqms.access.reach import reach_of
from cqms.access.services import add_member, give_role
from cqms.accounts.services import open_account
from cqms.deadlines.services import Duty, meet, open_deadline
from cqms.inbox import tally
from cqms.inbox.rows import Row
from cqms.inbox.selectors import count_of, inbox_of
from cqms.notifications.services import Message, mark_read, notify
from cqms.organizations.scope import scope, scope_cache
from studies.models import Study
from tests.cast import PASSWORD


def set_deadline(person, label: str, *, days: int, number: str):
    study = Study.objects.get(number=number)
    due = study.organization.today() + timedelta(days=days)
    return open_deadline(study, Duty(label, label, f"/{label}/"), due=due, owner=person, actor=None)


@pytest.fixture
def traveller(cast):
    """A person of both organizations."""
    with scope(cast.theirs):
        add_member(cast.qa, actor=cast.outsider)
        give_role(cast.qa, "qa", actor=cast.outsider)
    return cast.qa


def test_rows_of_all_organizations_are_merged_by_due(cast, traveller):
    with scope(cast.ours):
        set_deadline(traveller, "Third", days=9, number="NW-101")
        set_deadline(traveller, "First", days=-2, number="NW-101")
        set_deadline(cast.author, "Of somebody else", days=1, number="NW-101")
        set_deadline(traveller, "Far away", days=40, number="NW-101")
        notify(traveller, Message(key="x", subject="Some news", body="It is so.", path="/news/", stands_alone=True))
    with scope(cast.theirs):
        set_deadline(traveller, "Second", days=3, number="HR-900")
    rows = [(row.title, row.organization.slug, row.tone) for row in inbox_of(traveller)]
    assert rows == [
        ("First", "northwind", "bad"),
        ("Second", "harbour", ""),
        ("Third", "northwind", ""),
        ("Some news", "northwind", ""),
    ]


def test_a_row_says_what_happens_if_it_is_late_and_where_to_act(cast, ours):
    deadline = set_deadline(cast.author, "Oversight", days=3, number="NW-101")
    assert inbox_of(cast.author, [ours]) == [
        Row(
            kind="deadline",
            title="Oversight",
            sentence="You answer for it.",
            late="Late, it is reported to your manager, then to quality assurance.",
            path="/Oversight/",
            action="Open",
            due=deadline.current_due,
            icon="calendar",
            organization=ours,
        )
    ]


def test_what_is_done_or_read_goes(cast, ours):
    deadline = set_deadline(cast.author, "Oversight", days=3, number="NW-101")
    notify(cast.author, Message(key="x:1", subject="Some news", body="It is so.", path="/news/", stands_alone=True))
    notify(cast.author, Message(key="y:1", subject="Said by a row", body="It is so.", path="/news/"))
    assert count_of(cast.author) == 2
    meet(deadline, actor=cast.author)
    mark_read(cast.author, key_prefix="x:")
    assert inbox_of(cast.author, [ours]) == []


def test_who_may_not_know_of_a_record_has_no_row_about_it(cast, ours):
    set_deadline(cast.guest, "Seen", days=3, number="NW-101")
    set_deadline(cast.guest, "Unseen", days=3, number="NW-202")
    assert [row.title for row in inbox_of(cast.guest, [ours])] == ["Seen"]


def test_more_rows_cost_no_more_queries(cast, ours):
    def ask() -> tuple[int, int]:
        with scope(ours), CaptureQueriesContext(connection) as queries:
            return count_of(cast.author), len(queries)

    set_deadline(cast.author, "One", days=1, number="NW-101")
    rows, queries = ask()
    for day in range(2, 9):
        set_deadline(cast.author, f"Day {day}", days=day, number="NW-101")
    assert (rows, ask()) == (1, (8, queries))


def test_who_belongs_nowhere_has_an_empty_inbox(cast):
    stranger = open_account(email="stranger@cast.test", name="Sten Ranger", password=PASSWORD)
    assert inbox_of(stranger) == []


def counted(cast) -> tuple[int, int]:
    """The number beside the Inbox of a page, and how often the database was asked for it."""
    with scope(cast.ours):
        reach_of(cast.author)
        with CaptureQueriesContext(connection) as queries:
            return count_of(cast.author), len(queries)


def test_the_number_is_counted_again_only_when_something_can_have_changed(cast, ours):
    set_deadline(cast.author, "Oversight", days=3, number="NW-101")
    counted(cast)
    assert counted(cast) == (1, 1)
    deadline = set_deadline(cast.author, "More oversight", days=3, number="NW-101")
    assert counted(cast)[0] == 2, "an entry of the trail"
    notify(cast.author, Message(key="x:1", subject="News", body="It is so.", path="/news/", stands_alone=True))
    assert counted(cast)[0] == 3, "a notice"
    mark_read(cast.author, key_prefix="x:")
    assert counted(cast)[0] == 2, "a notice that was read"
    meet(deadline, actor=cast.author)
    assert counted(cast)[0] == 1
    assert counted(cast) == (1, 1)


def test_a_number_is_never_that_of_other_rights(cast, ours):
    set_deadline(cast.guest, "Seen", days=3, number="NW-101")
    assert count_of(cast.guest) == 1
    cast.guest.groups.clear()  # past every entry of the trail
    scope_cache().clear()
    assert count_of(cast.guest) == 0


def test_without_the_cache_the_number_is_counted(cast, ours, monkeypatch):
    set_deadline(cast.author, "Oversight", days=3, number="NW-101")

    def away(*_args, **_options):
        raise RedisConnectionError

    monkeypatch.setattr(tally.cache, "get", away)
    assert counted(cast)[0] == 1
