"""Where else could this happen? Similar past events, with what matched, as far as one may see them."""

from contextlib import nullcontext

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cqms.audit.models import Lane
from cqms.organizations.scope import scope
from quality_events.issues import services as issues
from quality_events.likeness import MOST, similar_events
from studies.models import Study
from tests.cast import page
from tests.platform.browsing import browse, links, words
from tests.quality_events import capa_players, players
from tests.quality_events.players import happened
from tests.quality_events.test_deviations import WINDOW, approved, classified

QUERIES = 12
PUMP = "Infusion pump stopped without alarm"


def issue(cast, title, *, study="NW-101", text="", who="author", **other):
    at = Study.objects.get(number=study)
    values = happened(
        title=title, description=text or title, study=at, site=at.sites.first(), detected_how="Call", **other
    )
    return issues.open_issue(values, actor=getattr(cast, who))


def written(cast, *titles, **other):
    """Issues, indexed as at the end of a request; the first is compared with the others."""
    with scope(cast.ours):
        return [issue(cast, title, **other) for title in titles]


def similar(cast, record, who="qa"):
    with scope(cast.ours):
        return [(each.found.entry.title, list(each.found.words)) for each in similar_events(record, getattr(cast, who))]


def address(cast, record):
    return page(cast.ours, f"/quality-events/similar/issues/{record.number}/")


def test_two_words_in_common_or_nearly_the_title_are_similar_and_the_words_are_named(cast):
    first, *_ = written(
        cast, PUMP, "Pumps stop at night", "Infusion pumps stopped without alarms", "Freezer alarm", "Courier late"
    )
    assert similar(cast, first) == [
        ("Infusion pumps stopped without alarms", ["infusion", "pump", "stopped", "without", "alarm"]),
        ("Pumps stop at night", ["pump", "stopped"]),
    ]


def test_the_description_counts_like_the_title(cast):
    first, _ = written(cast, "Wrong temperature", "Thermometer broken", text="The calibration certificate was missing.")
    assert similar(cast, first)[0] == ("Thermometer broken", ["calibration", "certificate", "missing"])


def test_deviations_of_one_category_are_similar_whatever_their_words(cast):
    with scope(cast.ours):
        approved(cast)
        early = classified(cast, WINDOW, title="Came in March", description="A train was late.")
        late = classified(cast, WINDOW, title="Blood drawn on Friday", description="Holidays.")
    with scope(cast.ours):
        found = similar_events(late, cast.qa)
    assert [(each.found.entry.number, each.found.same_category) for each in found] == [(early.number, True)]
    assert found[0].why.endswith("of the same category.")


def test_only_what_the_reader_may_see_is_similar(cast):
    first, closed = written(cast, PUMP, f"{PUMP}: misconduct")
    with scope(cast.ours):
        other = issue(cast, f"{PUMP} elsewhere", study="NW-202", who="study_manager")
        hidden = issue(cast, f"{PUMP}, confidential", lane=Lane.CONFIDENTIAL, who="qa")
    seen = {who: {title for title, _ in similar(cast, first, who)} for who in ("qa", "reader", "guest")}
    assert seen == {
        "qa": {closed.title, other.title, hidden.title},
        "reader": {closed.title, other.title},
        "guest": {closed.title},
    }


def test_at_most_ten_are_shown_for_as_many_queries_as_one(cast):
    first, _ = written(cast, PUMP, f"{PUMP} again")
    counts = []
    client = browse(cast.author)
    for _ in range(2):
        client.get(address(cast, first))  # the Inbox is counted once after each change
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address(cast, first))
        counts.append((len(queries), words(answer).count("pump, stopped")))
        written(cast, *[f"{PUMP} {number}" for number in range(MOST + 3)])
    assert counts == [(QUERIES, 1), (QUERIES, MOST)]


def test_one_is_linked_with_the_proposed_reason_in_a_step(cast):
    first, second = written(cast, PUMP, f"{PUMP} again")
    client = browse(cast.author)
    event = client.get(page(cast.ours, f"/quality-events/issues/{first.number}/"))
    assert address(cast, first) in links(event)
    link = next(each for each in links(client.get(address(cast, first))) if "/link/?" in each)
    form = client.get(link).context["form"]
    assert (form.initial["number"], form.initial["why"][:22]) == (second.number, "Similar: infusion, pum")
    done = client.post(link, {"number": form.initial["number"], "why": form.initial["why"]})
    assert done.status_code == 302
    again = client.get(address(cast, first))
    assert "linked" in words(again)
    assert [each for each in links(again) if "/link/?" in each] == []


def test_the_root_cause_of_a_capa_leads_to_similar_events(cast):
    with scope(cast.ours):
        capa = capa_players.in_analysis(cast)
        players.issue(cast.author, title="Samples thawed twice at night")
    client = browse(cast.author)
    path = page(cast.ours, f"/quality-events/similar/capas/{capa.number}/")
    assert links(client.get(page(cast.ours, f"/quality-events/capas/{capa.number}/"))).count(path) == 2
    assert "Samples thawed twice at night" in words(client.get(path))


@pytest.mark.parametrize("space", ["specifications", "freezes", "nothing"])
def test_what_tells_of_nothing_that_happened_has_no_such_page(cast, space):
    assert browse(cast.qa).get(page(cast.ours, f"/quality-events/similar/{space}/DS-0001/")).status_code == 404


def test_the_function_shows_nothing_without_an_organization_and_only_its_own(cast):
    written(cast, PUMP)
    call = (
        "SELECT count(*) FROM guard.alike_records("
        "'Infusion pump stopped without alarm', ARRAY['pump'], '', true, '{}', '{}', '{}', %s, '', 0, 100)"
    )
    counted = {}
    for name, where in {"nobody": nullcontext(), "ours": scope(cast.ours), "theirs": scope(cast.theirs)}.items():
        with where, connection.cursor() as cursor:
            cursor.execute(call, [["issues.qualityissue"]])
            counted[name] = cursor.fetchone()[0]
    assert counted == {"nobody": 0, "ours": 1, "theirs": 0}
