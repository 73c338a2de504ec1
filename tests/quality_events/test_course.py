"""The bar of states: who took each step, on which day, as far as the reader may know, for one query."""

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cqms.audit.models import Lane
from cqms.organizations.scope import scope
from cqms.portal.lanes import reclassify
from cqms.ui.times import day_words
from quality_events.issues.presentation import PATH
from quality_events.types import type_of
from tests.cast import page
from tests.platform.browsing import browse, words
from tests.platform.markup import parse
from tests.quality_events.players import GRADED, issue, step


def bar(record, reader):
    with CaptureQueriesContext(connection) as queries:
        shown = PATH.of(record, type_of(record).workflow, reader)
    return len(queries), [(each.name, parse(str(each.note)).text) for each in shown.steps], shown.current


def test_each_state_says_who_brought_the_event_there_and_when(cast, ours):
    record = step(issue(cast.author), "accept", cast.qa, **GRADED)
    on = day_words(timezone.localtime())
    bar(record, cast.qa)
    count, shown, current = bar(record, cast.qa)
    assert (count, current, shown[:4]) == (
        1, "Accepted",
        [("New", f"Amara Osei, {on}"), ("Triage", "passed over"), ("Accepted", f"Quentin Abara, {on}"),
         ("Containment", "")],
    )  # fmt: skip


def test_an_event_that_left_its_usual_way_shows_the_states_it_went_through(cast, ours):
    record = step(step(issue(cast.author), "take_up", cast.qa), "reject", cast.qa, "It was planned so.")
    on = day_words(timezone.localtime())
    assert bar(record, cast.qa)[1:] == (
        [("New", f"Amara Osei, {on}"), ("Triage", f"Quentin Abara, {on}"), ("Not an issue", f"Quentin Abara, {on}")],
        "Not an issue",
    )  # fmt: skip
    again = step(record, "reopen", cast.qa, "It was not.")
    assert [note for _, note in bar(again, cast.qa)[1]][2:] == [""] * 6


def test_the_bar_tells_nobody_what_happened_in_a_lane_that_is_closed_to_them(cast, ours):
    record = step(issue(cast.author, lane=Lane.UNBLINDED), "accept", cast.qa, **GRADED)
    reclassify(record, Lane.GENERAL, actor=cast.statistician, reason="It tells nothing of the arm.")
    record.refresh_from_db()
    assert [note for _, note in bar(record, cast.author)[1]] == [""] * 8


def test_the_page_reads_it_aloud(cast):
    with scope(cast.ours):
        record = step(issue(cast.author), "accept", cast.qa, **GRADED)
    told = words(browse(cast.author).get(page(cast.ours, f"/quality-events/issues/{record.number}/")))
    assert f"Step 3 of 8: AcceptedQuentin Abara, {day_words(timezone.localtime())}" in told
