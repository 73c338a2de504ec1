"""Participants against the plan: what was planned by a day, and what the page says and draws of it."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cqms.audit import services as audit
from cqms.charts.drawing import draw
from cqms.organizations.scope import scope
from studies.conduct import services
from studies.conduct.enrolment import Plan, finding, months_with_plan, picture, plan_of, without_gaps
from studies.conduct.services import Count
from studies.models import Milestone, Study
from studies.selectors import Enrolment
from tests.cast import page
from tests.days import today
from tests.platform.browsing import browse, words

PLAN = Plan(dt.date(2026, 1, 1), dt.date(2026, 12, 31), 73)
TODAY = dt.date(2026, 5, 15)
NOTED = [(dt.date(2026, 2, 1), Enrolment(9, 4)), (dt.date(2026, 4, 1), Enrolment(6, 6))]


def test_a_plan_is_spread_over_its_days_and_neither_begins_before_nor_goes_on_after():
    days = (dt.date(2025, 6, 1), dt.date(2026, 1, 31), dt.date(2026, 12, 31), dt.date(2027, 6, 1))
    assert [PLAN.by(day) for day in days] == [0, 6, 73, 73]


@pytest.mark.parametrize(
    ("planned", "people", "expected"),
    [
        (("2026-01", "2026"), 73, PLAN), (("2026-01", "2026"), None, None), (("2026-01", ""), 73, None),
        (("2027", "2026"), 73, None),
    ],
)  # fmt: skip
def test_there_is_a_plan_where_number_and_days_are_planned(planned, people, expected):
    kinds = ("first_participant", "last_participant")
    known = {kind: Milestone(kind=kind, planned_on=day) for kind, day in zip(kinds, planned, strict=True)}
    assert plan_of(Study(planned_participants=people), known) == expected


@pytest.mark.parametrize(
    ("enrolled", "plan", "said"),
    [
        (1, None, "1 participant is enrolled."), (10, PLAN, "10 participants are enrolled, 17 fewer than planned by now."),
        (27, PLAN, "27 participants are enrolled, as many as planned by now."),
        (1030, PLAN, "1,030 participants are enrolled, 1,003 more than planned by now."),
    ],
)  # fmt: skip
def test_the_finding_says_how_it_stands_against_the_plan(enrolled, plan, said):
    assert finding(enrolled, plan, TODAY) == said


def test_months_without_a_participant_are_shown_and_the_plan_of_this_month_ends_today():
    found = months_with_plan(without_gaps(NOTED, TODAY), PLAN, TODAY)
    assert [(each.first.month, each.came.enrolled, each.so_far.enrolled, each.planned) for each in found] == [
        (2, 4, 4, 12), (3, 0, 4, 18), (4, 6, 10, 24), (5, 0, 10, 27),
    ]  # fmt: skip
    assert (without_gaps([], TODAY), months_with_plan([], PLAN, TODAY)) == ([], [])
    drawing = draw(picture(found), "Enrolment").svg
    assert [name in drawing for name in ("screened", "enrolled", "planned", "stroke-dasharray")] == [True] * 4


def test_the_page_of_a_study_says_what_came_month_by_month(cast):
    with scope(cast.ours):
        study = Study.objects.get(number="NW-101")
        study.planned_participants = 73
        study = audit.save(study, actor=cast.study_manager, reason="As the protocol says.")
        month = today().replace(day=1)
        before = (month - dt.timedelta(days=1)).replace(day=1)
        counts = [Count(study.sites.get(), each, 9, 4) for each in (before, month)]
        services.note_participants(study, counts, actor=cast.study_manager, reason="Before the portal.")
    with CaptureQueriesContext(connection) as asked:
        text = words(browse(cast.reader).get(page(cast.ours, "/studies/NW-101/")))
    assert sum('FROM "studies_milestone"' in each["sql"] for each in asked) == 1
    assert "8 participants are enrolled." in text
    assert f"{month:%b %Y}948{before:%b %Y}944" in text
