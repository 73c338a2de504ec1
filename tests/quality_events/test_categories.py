"""The category of an event: charts show it, and a CAPA counts by it whether it worked."""

import datetime as dt

from cqms.organizations.scope import today
from quality_events.capas import services as capas
from quality_events.capas.forms import CriterionForm
from quality_events.capas.measuring import measure
from quality_events.charting import chart_kinds
from quality_events.counting import Asked
from tests.quality_events import capa_players as players
from tests.quality_events import change_players as changes
from tests.quality_events.test_complaints_life import complaint
from tests.quality_events.test_deviations import CONSENT, WINDOW, approved, classified, study


def test_the_pareto_of_deviations_and_complaints_leads_to_their_records(cast, ours):
    approved(cast)
    found = [classified(cast, WINDOW), classified(cast, WINDOW), classified(cast, CONSENT, "important")]
    answered = complaint(cast.author)
    kind, asked = chart_kinds()["pareto"], Asked(cast.qa, today(), study())
    assert [row[:2] for row in kind.show(asked).rows] == [
        [f"Protocol deviation: {WINDOW}", 2],
        [f"Protocol deviation: {CONSENT}", 1],
        ["Complaint: A service or system", 1],
    ]
    behind = {mark: [each for _, rows in kind.behind(asked, mark) for each in rows.order_by("pk")]
              for mark in (f"deviations|{WINDOW}", "complaints|service")}  # fmt: skip
    assert behind == {f"deviations|{WINDOW}": found[:2], "complaints|service": [answered]}


def test_a_change_counts_from_the_day_on_which_it_was_requested(cast, ours):
    day = today() - dt.timedelta(days=45)
    old, new = changes.change(cast.author, opened_on=day), changes.change(cast.author)
    asked, charts = Asked(cast.qa, today(), old.study, "changes"), chart_kinds()
    assert [row[:2] for row in charts["age"].show(asked).rows] == [
        ["0 to 30 days", 1], ["31 to 60 days", 1], ["61 to 90 days", 0], ["over 90 days", 0],
    ]  # fmt: skip
    assert dict(charts["trend"].show(asked).rows)[f"{day:%B %Y}"] == 1
    assert [row[:2] for row in charts["pareto"].show(asked).rows] == [[new.get_kind_display(), 2]]
    marks = {"age": "31 to 60 days|Not graded", "trend": day.isoformat(), "pareto": f"changes|{new.kind}"}
    behind = {key: [each for _, rows in charts[key].behind(asked, mark) for each in rows.order_by("pk")]
              for key, mark in marks.items()}  # fmt: skip
    assert behind == {"age": [old], "trend": [old], "pareto": [old, new]}


def test_a_capa_counts_deviations_of_one_category_of_its_study(cast, ours):
    approved(cast)
    day = today()
    for category, ago in ((WINDOW, 70), (WINDOW, 80), (CONSENT, 75), (WINDOW, 10)):
        happened_on = day.fromordinal(day.toordinal() - ago)
        classified(cast, category, occurred_on=happened_on, discovered_on=happened_on)
    capa = players.in_plan(cast)
    offered = dict(CriterionForm(study=capa.study)["category"].field.choices)
    assert offered[f"deviations:{WINDOW}"] == f"Protocol deviation: {WINDOW}"
    chosen = players.criterion(counted="deviations", category=WINDOW)
    found = measure(capas.write("criterion", capa, chosen, actor=cast.author))
    assert (found.before.count, found.after.count) == (2, 1)


def test_without_an_approved_specification_no_category_of_deviations_is_offered(cast, ours):
    offered = [value for value, _ in CriterionForm(study=study())["category"].field.choices]
    assert [value for value in offered if value.startswith("deviations:")] == []
