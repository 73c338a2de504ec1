"""A CAPA from the decision that it is needed to the proof that it worked (B5, ICH E6(R3) 3.12.2)."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from cqms.audit.refusals import Blocked, Denied, ReasonMissing, WrongState
from cqms.deadlines.selectors import open_deadlines_about
from cqms.organizations.scope import scope
from cqms.signatures.content import signatures_of, verify
from quality_events.capas import demo, services
from quality_events.capas.guards import HUMAN_ERROR, TRAINING_ALONE
from quality_events.capas.measuring import measure
from quality_events.capas.models import Capa, StageKind
from quality_events.capas.presentation import stage_facts
from quality_events.capas.selectors import handed_in, running_deadline, stages_of
from quality_events.selectors import links_of
from quality_events.types import types
from tests.cast import PASSWORD
from tests.days import today
from tests.quality_events import capa_players as players
from tests.quality_events import players as events
from tests.quality_events.capa_players import step


def signed(capa):
    rows = [(each, stage) for stage in stages_of(capa) for each in signatures_of(stage)]
    rows += [(each, capa) for each in signatures_of(capa)]
    return [(str(stage), each.signer_name, each.meaning, verify(each, stage).holds) for each, stage in rows]


def test_a_capa_is_opened_where_it_was_decided_and_linked_on_both_sides(cast, ours):
    issue = events.issue(cast.author)
    issue = events.step(issue, "accept", cast.qa, owner=cast.author, **{**events.GRADED, "severity": "major"})
    for key, values in (
        ("contain", {"containment": "Set aside."}),
        ("analyse", {}),
        ("conclude", {"root_cause": "None", "affected": 0, "critical_factor": "None"}),
    ):
        issue = events.step(issue, key, cast.author, **values)
    events.step(issue, "decide", cast.author, decision="capa", decision_grounds="It happened twice.")
    capa = Capa.objects.get()
    assert (capa.number, capa.title, capa.severity, capa.owner) == ("CAPA-0001", issue.title, "major", cast.author)
    assert capa.aware_on == issue.aware_at.date()
    assert [each.other for each in links_of(issue, cast.qa)] == [capa]
    assert [(each.other, each.link.why) for each in links_of(capa, cast.qa)] == [(issue, "It was decided in QI-0001.")]


def test_a_capa_goes_its_way_and_every_signature_holds_until_its_end(cast, ours):
    capa = players.monitored(cast)
    capa = step(capa, "conclude", cast.author, result="No sample thawed.")
    capa = step(capa, "confirm", cast.qa)
    capa = step(capa, "close", cast.quality_head)
    assert capa.state == "closed"
    number = capa.number
    lead = players.manager(cast).name
    assert signed(capa) == [
        (f"Root cause analysis of {number}", cast.qa.name, "reviewed", True),
        (f"Plan of {number}", lead, "approved", True),
        (f"Plan of {number}", cast.qa.name, "qa_approved", True),
        (f"Implementation of {number}", cast.qa.name, "verified", True),
        (f"Effectiveness of {number}", cast.qa.name, "verified", True),
        (f"{capa}", cast.quality_head.name, "closed", True),
    ]
    assert open_deadlines_about(capa) == []


def test_human_error_alone_asks_the_question(cast, ours):
    capa = players.in_analysis(cast)
    players.cause(capa, cast.author, human_error=True)
    services.write("analysis", capa, players.ANALYSIS, actor=cast.author)
    with pytest.raises(Blocked) as refused:
        step(capa, "submit_cause", cast.author)
    assert refused.value.reasons == [HUMAN_ERROR]
    services.write("analysis", capa, {"challenge": "The alarm was muted for all."}, actor=cast.author)
    assert step(capa, "submit_cause", cast.author).state == "root_cause"


def test_retraining_alone_asks_the_question(cast, ours):
    capa = players.in_plan(cast)
    players.action(capa, cast.author, training=True)
    services.write("criterion", capa, players.criterion(), actor=cast.author)
    with pytest.raises(Blocked) as refused:
        step(capa, "submit_plan", cast.author)
    assert refused.value.reasons == [TRAINING_ALONE]


def test_a_plan_needs_its_criterion_and_an_action_that_prevents(cast, ours):
    capa = players.in_plan(cast)
    players.action(capa, cast.author, kind="correction")
    with pytest.raises(Blocked) as refused:
        step(capa, "submit_plan", cast.author)
    assert refused.value.reasons == [
        "Plan at least one corrective or preventive action: a correction alone mends only this case.",
        "Set the effectiveness criterion: metric, baseline, target, sample or period, data source and day.",
    ]


def test_what_was_changed_after_it_was_handed_in_is_not_signed(cast, ours):
    capa = players.planned(cast)
    players.action(capa, cast.author, text="And a second lock")
    with pytest.raises(Blocked, match="It was changed after it was handed in"):
        step(capa, "approve_plan", players.manager(cast))


def test_a_critical_capa_needs_an_interim_measure(cast, ours):
    capa = step(players.capa(cast.author), "scope", cast.qa, severity="critical", extent="All sites.")
    with pytest.raises(Blocked, match="interim measure"):
        step(capa, "analyse", cast.author)
    capa = services.services.change_event(
        capa, actor=cast.author, values={"interim": "Two alarms."}, revision=Capa.objects.get().revision
    )
    assert step(capa, "analyse", cast.author).state == "root_cause"


def test_quality_assurance_comes_after_the_manager_and_never_for_itself(cast, ours):
    capa = players.planned(cast)
    with pytest.raises(Denied, match="not your turn"):
        step(capa, "approve_plan", cast.qa)
    own = players.planned(cast, title="Their own")
    with pytest.raises(Denied):
        step(own, "approve_plan", cast.author)


def test_each_owner_completes_with_evidence(cast, ours):
    capa = step(players.approved(cast), "implement", cast.author)
    action = capa.actions.get()
    assert [each.owner for each in open_deadlines_about(action)] == [cast.author]
    with pytest.raises(Blocked, match="Not done yet: Call two people"):
        step(capa, "finish", cast.author)
    with pytest.raises(ValidationError, match="Give evidence"):
        services.complete_action(action, actor=cast.author, evidence=" ")
    with pytest.raises(Denied):
        services.complete_action(action, actor=cast.reviewer, evidence="Rota")
    services.complete_action(action, actor=cast.author, evidence="Rota of September")
    assert open_deadlines_about(action) == []
    with pytest.raises(WrongState):
        services.complete_action(action, actor=cast.author, evidence="Again")


def test_the_portal_counts_before_and_after(cast, ours):
    for ago in (100, 95, 90, 80, 70, 20):
        events.issue(
            cast.author, occurred_on=today() - dt.timedelta(days=ago), discovered_on=today() - dt.timedelta(days=1)
        )
    capa = players.in_plan(cast)
    capa = services.write("criterion", capa, players.criterion(), actor=cast.author)
    found = measure(capa)
    assert (found.before.count, found.after.count, found.reached) == (5, 1, True)
    assert capa.baseline == found.sentences()[0]
    assert "5 events (95 % interval 1.62 to 11.67, exact Poisson)" in capa.baseline
    assert round(found.change.value, 2) == 0.4


def test_a_capa_that_did_not_work_begins_again_beside_its_first_iteration(cast, ours):
    capa = step(players.monitored(cast), "conclude", cast.author, result="It thawed again.")
    capa = step(capa, "reject", cast.qa, "Three more cases.")
    capa = step(capa, "again", cast.author)
    assert (capa.state, capa.iteration, capa.root_cause, capa.metric, capa.target) == ("root_cause", 2, "", "", None)
    assert handed_in(capa, StageKind.ANALYSIS) is None
    assert [each.content["root_cause"] for each in stages_of(capa).filter(kind="analysis")] == [
        players.ANALYSIS["root_cause"]
    ]
    assert [holds for *_, holds in signed(capa)] == [True] * 5
    players.cause(capa, cast.author, text="The second cause")
    services.write("analysis", capa, players.ANALYSIS, actor=cast.author)
    assert step(step(capa, "submit_cause", cast.author), "review_cause", cast.qa).state == "plan"


def test_a_closed_capa_whose_problem_comes_back_is_reopened_and_goes_round_again(cast, ours):
    closed = players.closed(cast)
    with pytest.raises(Denied):
        step(closed, "reopen", cast.author, "It thawed again.")
    with pytest.raises(ReasonMissing):
        step(closed, "reopen", cast.qa)
    capa = step(closed, "reopen", cast.qa, "It thawed again.")
    assert (capa.state, capa.iteration, running_deadline(capa).kind) == ("not_effective", 1, "capas.again")
    capa = step(capa, "again", cast.author)
    assert (capa.state, capa.iteration, capa.metric) == ("root_cause", 2, "")
    told = [(meaning, holds) for _, _, meaning, holds in signed(capa) if meaning in ("closed", "qa_approved")]
    assert told == [("qa_approved", True), ("closed", True), ("qa_approved", True)]
    players.cause(capa, cast.author)
    services.write("analysis", capa, players.ANALYSIS, actor=cast.author)
    capa = step(step(capa, "submit_cause", cast.author), "review_cause", cast.qa)
    assert running_deadline(capa).due_on == today() + dt.timedelta(days=30), "not from when it was known first"


def test_more_time_is_asked_for_before_the_day_and_the_first_day_stays(cast, ours):
    capa = step(players.approved(cast), "implement", cast.author)
    first = running_deadline(capa).current_due
    for days, decides, other in ((10, cast.qa, cast.author), (20, cast.quality_head, cast.qa)):
        asked = services.ask_extension(
            capa, actor=cast.author, due=(first + dt.timedelta(days=days)).date(), why="Parts are late.",
            interim_control="Two alarms.", risk="One more night.",
        )  # fmt: skip
        with pytest.raises(Denied, match="first extension"):
            services.decide_extension(asked, actor=other, granted=True, reason="So be it.")
        services.decide_extension(asked, actor=decides, granted=True, reason="The control holds.")
    found = running_deadline(capa)
    assert (found.original_due, found.current_due.date()) == (first, (first + dt.timedelta(days=20)).date())
    assert [each.granted for each in capa.extensionrequests.order_by("pk")] == [True, True]


def test_what_was_handed_in_is_told_as_people_read_it(cast):
    with scope(cast.ours):
        stages = {each.kind: each for each in stages_of(players.monitored(cast))}
        told = {kind: dict(stage_facts(each.content, StageKind(kind))) for kind, each in stages.items()}
        evidence = stages["implementation"].content["actions"][0]["evidence"]
    due, until = (f"{today() + dt.timedelta(days=days):%-d %b %Y}" for days in (20, -1))
    assert told == {
        "analysis": {"Root cause": players.ANALYSIS["root_cause"], "Causes": "No alarm chain (root cause)"},
        "plan": {
            "Call two people": f"Amara Osei, due {due}", "Criterion": f"Thawed samples, at most 2 by {until}",
        },
        "implementation": {"Call two people": evidence},
    }  # fmt: skip
    assert evidence != ""


def test_a_cause_cannot_explain_itself(cast, ours):
    capa = players.in_analysis(cast)
    one = players.cause(capa, cast.author)
    two = players.cause(capa, cast.author, parent=one)
    with pytest.raises(ValidationError, match="explain itself"):
        services.keep_part(one, {"parent": two}, actor=cast.author)


def test_the_demo_world_has_a_capa_in_each_stage_and_one_that_measurably_worked(world, monkeypatch):
    for each in ("capas", "issues"):
        monkeypatch.setattr(f"quality_events.{each}.demo.PASSWORD", PASSWORD)
    people = {who: getattr(world, who) for who in ("author", "qa", "quality_head", "study_manager")}
    with scope(world.ours):
        before = Capa.objects.count()
    demo.build(world.ours, people)
    with scope(world.ours):
        made = list(Capa.objects.order_by("pk")[before:])
        found = measure(made[3])
    assert [each.state for each in made] == ["initiated", "root_cause", "implementing", "closed", "plan"]
    assert (found.before.count, found.after.count, found.reached) == (5, 1, True)


def test_the_buttons_that_open_a_record_keep_an_abbreviation():
    assert [each.begins for each in types() if each.space in ("capas", "complaints")] == ["New complaint", "New CAPA"]
