"""Printed reports and charts of quality events: what they answer, who may have them, what is behind."""

import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from cqms.access.services import Narrowing, end_role, give_role
from cqms.audit.models import Lane
from cqms.audit.refusals import Denied
from cqms.organizations.scope import scope, scope_cache
from cqms.organizations.scope import today as scope_today
from cqms.portal import lanes
from cqms.reports.glyphs import lines
from cqms.reports.models import Report
from cqms.reports.policies import may_see_all_of
from cqms.reports.selectors import reports_for
from cqms.signatures.content import signatures_of
from quality_events import reports, services
from quality_events.capas.selectors import stages_of
from quality_events.charting import chart_kinds
from quality_events.counting import Asked
from quality_events.presentation import content_of
from quality_events.tasks import print_chart, print_report
from quality_events.types import types
from studies.models import Study
from tests.quality_events import capa_players as players
from tests.quality_events import change_players as changes
from tests.quality_events import players as events


@pytest.fixture
def today(ours):
    return scope_today()


def pages_of(job, work):
    result = work(job, lambda *_: None)
    report = Report.objects.get(number=result["report"])
    with report.file.path.open("rb") as stored:
        return report, [page.extract_text() for page in PdfReader(io.BytesIO(stored.read())).pages]


def test_the_first_page_of_a_capa_answers_what_an_inspector_asks(cast, ours):
    capa = players.step(players.monitored(cast), "conclude", cast.author, result="None since.")
    job = reports.request_report(capa, actor=cast.qa)
    report, pages = pages_of(job, print_report)
    asked = ("What happened?", "How far did it reach?", "Why?", "What was done?", "When?", "By whom?", "Did it work?",
             "Where else could it happen?")  # fmt: skip
    places = [pages[0].find(each) for each in asked]
    assert places == sorted(places)
    assert -1 not in places
    said = " ".join(pages[0].split())
    assert "Nobody answers the alarm at night." in said
    assert f"Done on {scope_today():%-d %b %Y}. When?" in said
    signers = dict.fromkeys(each.signer_name for stage in stages_of(capa) for each in signatures_of(stage))
    assert f"Owner: Amara Osei. Actions: Amara Osei. Signed by: {', '.join(signers)}. Did it work?" in said
    assert any("Fishbone" in page for page in pages)
    assert (report.exported_by, report.record) == (cast.qa, capa)


def test_the_first_page_of_a_change_tells_what_was_decided_and_by_whom(cast, ours):
    change = changes.released(cast)
    _, pages = pages_of(reports.request_report(change, actor=cast.qa), print_report)
    asked = ("What is changed?", "Why?", "What does it do, and to whom?", "How is it done, tested and undone?",
             "What was done?", "Who decided, and when?", "May it be used?", "Does it work?")  # fmt: skip
    places = [pages[0].find(each) for each in asked]
    assert places == sorted(places)
    assert -1 not in places
    said = " ".join(pages[0].split())
    assert f"authorised by {cast.study_manager.name}" in said
    assert "Validation: Impact, with measures." in said


def test_an_event_is_printed_by_who_inspects_and_by_nobody_else(cast, ours):
    issue = events.issue(cast.author)
    with pytest.raises(Denied):
        reports.request_report(issue, actor=cast.author)
    _, pages = pages_of(reports.request_report(issue, actor=cast.auditor), print_report)
    assert issue.number in pages[0]
    assert "The freezer stood open from Friday to Monday." in pages[0]


def test_a_report_that_names_a_closed_record_is_not_had_without_its_lane(cast, ours):
    issue, secret = events.issue(cast.author), events.issue(cast.author, title="Named a colleague")
    services.link(issue, secret, actor=cast.qa, why="The same freezer.")
    lanes.reclassify(secret, Lane.CONFIDENTIAL, actor=cast.qa, reason="Names a person who reported it.")
    scope_cache().clear()
    report, pages = pages_of(reports.request_report(issue, actor=cast.qa), print_report)
    assert any(secret.number in page for page in pages)
    assert (report.lanes, reports_for(cast.qa), reports_for(cast.auditor)) == (
        ["confidential", "general"],
        [report],
        [],
    )
    plain, pages = pages_of(reports.request_report(issue, actor=cast.auditor), print_report)
    assert [page for page in pages if secret.number in page] == []
    assert (plain.lanes, reports_for(cast.auditor)) == (["general"], [plain])


def test_a_report_is_not_had_any_more_when_a_record_that_it_names_moves_to_a_closed_lane(cast, ours):
    issue, other = events.issue(cast.author), events.issue(cast.author, title="Named a colleague")
    services.link(issue, other, actor=cast.qa, why="The same freezer.")
    report, pages = pages_of(reports.request_report(issue, actor=cast.auditor), print_report)
    assert any(other.number in page for page in pages)
    assert (reports_for(cast.qa), reports_for(cast.auditor)) == ([report], [report])
    lanes.reclassify(other, Lane.CONFIDENTIAL, actor=cast.qa, reason="Names a person who reported it.")
    scope_cache().clear()
    assert (reports_for(cast.qa), reports_for(cast.auditor)) == ([report], [])


def test_a_report_that_names_a_record_is_for_whom_that_exists_by_study_and_by_site(cast, ours):
    issue, far = events.issue(cast.author), events.issue(cast.author, title="The same freezer", of="NW-202")
    services.link(issue, far, actor=cast.qa, why="The same freezer.")
    give_role(cast.guest, "auditor", actor=cast.administrator, at=issue.study)
    scope_cache().clear()
    report, pages = pages_of(reports.request_report(issue, actor=cast.qa), print_report)
    assert any(far.number in page for page in pages)
    assert (reports_for(cast.auditor), reports_for(cast.guest)) == ([report], [])
    assert may_see_all_of(cast.guest, report) is False
    own, pages = pages_of(reports.request_report(issue, actor=cast.guest), print_report)
    assert [page for page in pages if far.number in page] == []
    narrowed = give_role(
        cast.guest, "reader", actor=cast.administrator, at=far.study, only=Narrowing(countries=("FR",))
    )
    scope_cache().clear()
    assert reports_for(cast.guest) == [own]
    end_role(narrowed, actor=cast.administrator, reason="All of its sites.")
    give_role(cast.guest, "reader", actor=cast.administrator, at=far.study)
    scope_cache().clear()
    assert reports_for(cast.guest) == [own, report]


def test_reports_are_listed_with_as_many_queries_whatever_they_name(cast, ours):
    issue, counts = events.issue(cast.author), []
    reports_for(cast.auditor)
    for number in range(3):
        services.link(issue, events.issue(cast.author, title=f"Freezer {number}"), actor=cast.qa, why="The same.")
        pages_of(reports.request_report(issue, actor=cast.qa), print_report)
        with CaptureQueriesContext(connection) as queries:
            reports_for(cast.auditor)
        counts.append(len(queries))
    assert counts == [3, 3, 3]


@pytest.mark.parametrize("key", ["age", "trend", "pareto", "funnel", "cycle"])
def test_every_chart_is_drawn_printed_and_leads_to_its_records(cast, ours, today, key):
    events.issue(cast.author, occurred_on=today, discovered_on=today)
    last_month = today.replace(day=1) - today.resolution
    old = events.issue(cast.author, occurred_on=last_month, discovered_on=last_month)
    study = Study.objects.get(number="NW-101")
    players.enrolled(old.site, 12, cast.study_manager)
    if key == "cycle":
        players.closed(cast)
    asked = Asked(cast.qa, today, study)
    shown = chart_kinds()[key].show(asked)
    links = [each["link"] for each in shown.spec["data"]["values"] if each.get("link")]
    assert links
    mark = {"age": "0 to 30 days|Not graded", "trend": last_month.replace(day=1).isoformat(),
            "pareto": "issues|study", "funnel": old.site.number, "cycle": "CAPA-0001"}[key]  # fmt: skip
    counts = {kind.space: rows.count() for kind, rows in chart_kinds()[key].behind(asked, mark) if rows.count()}
    assert counts == {
        "age": {"issues": 2 if (today - last_month).days <= 30 else 1}, "trend": {"issues": 1},
        "pareto": {"issues": 2}, "funnel": {"issues": 2}, "cycle": {"capas": 1},
    }[key]  # fmt: skip
    _, pages = pages_of(reports.request_chart(key, chart_kinds()[key].name, asked), print_chart)
    assert shown.finding.split(";")[0] in " ".join(pages[0].split())


def test_a_chart_of_nothing_says_so(cast, ours, today):
    asked = Asked(cast.qa, today, Study.objects.get(number="NW-202"))
    assert {key: kind.show(asked) for key, kind in chart_kinds().items()} == dict.fromkeys(chart_kinds())
    assert {key: kind.behind(asked, "\x00?|") for key, kind in chart_kinds().items()}.keys() == chart_kinds().keys()


@pytest.mark.parametrize("space", [each.space for each in types() if each.space not in ("capas", "changes")])
def test_paper_tells_whatever_the_page_tells(world, space):
    with scope(world.ours):
        found = next(each for each in types() if each.space == space)
        record = found.model.objects.earliest("pk")
        content = content_of(record, world.qa)
        told = {label for _, rows in content.parts for label, _ in rows} | {title for title, _ in content.answers}
        page = {str(label) for label, _ in found.facts(record)} | {title for title, text in found.texts(record) if text}
        values = [text for each in found.model.objects.all() for text in _values(content_of(each, world.qa))]
    assert page - told == set()
    assert page != set()
    assert [text for text in values if "<" in text] == []


def _values(content):
    return [*(text for _, text in content.answers), *(text for _, rows in content.parts for _, text in rows)]


def test_lines_of_an_answer_stay_lines_on_paper():
    assert lines("one\r\ntwo\tthree") == "one\ntwo⇥ three"
