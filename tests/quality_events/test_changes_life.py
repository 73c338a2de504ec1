"""A change from its request to its end: who assesses, who approves before and after, who releases (B6)."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from cqms.audit.refusals import Blocked, Denied, WrongState
from cqms.configuration.selectors import current_settings
from cqms.deadlines.selectors import deadlines_of, open_deadlines_about
from cqms.notifications.models import Notification
from cqms.signatures.content import signatures_of, verify
from quality_events.changes import asking, services
from quality_events.changes.inbox import waiting_here
from quality_events.changes.models import ChangeTask, StageKind
from quality_events.changes.selectors import assessments_of, handed_in, tasks_of
from tests.days import today
from tests.quality_events.change_players import (
    FINISHED,
    LEFT,
    PLAN,
    SCREENED,
    answer,
    approved,
    ask,
    change,
    done,
    objected,
    planned,
    released,
    running,
    screened,
    soon,
    step,
    task,
    verified,
)

LOOKED_BACK = {"outcome": "reached", "review": "Nobody noticed a difference."}


def test_a_change_is_approved_before_and_after_released_by_its_owner_and_closed(cast, ours):
    found = released(cast)
    found = step(found, "look_back", cast.process_owner, **LOOKED_BACK)
    found = step(found, "close", cast.quality_head)
    assert (found.number, found.state, open_deadlines_about(found)) == ("CC-0001", "closed", [])
    plan, built = (handed_in(found, kind) for kind in StageKind)
    [assessment] = assessments_of(found)
    signed = [
        (each.meaning, each.signer_name, verify(each, part).holds)
        for part in (assessment, plan, built, found)
        for each in signatures_of(part)
    ]
    assert signed == [
        ("reviewed", cast.statistician.name, True), ("approved", cast.process_owner.name, True),
        ("qa_approved", cast.qa.name, True), ("qa_approved", cast.qa.name, True),
        ("authorised", cast.study_manager.name, True), ("closed", cast.quality_head.name, True),
    ]  # fmt: skip
    told = Notification.objects.get(kind="changes.release", person=cast.author)
    assert told.subject == "CC-0001 that you requested: Released"


def test_nobody_approves_their_own_request(cast, ours):
    asked = change(cast.author)
    with pytest.raises(ValidationError, match="Nobody approves their own request"):
        step(asked, "screen", cast.qa, **SCREENED, owner=cast.author, system_owner=cast.study_manager)
    found = planned(cast)
    services.change_request(
        found, actor=cast.qa, values={"owner": cast.author}, revision=found.revision, reason="She is back."
    )
    with pytest.raises(Denied, match="does not approve it"):
        step(found, "approve", cast.author)


def test_quality_assurance_that_requested_a_change_leaves_its_approval_to_others(cast, ours):
    found = step(
        change(cast.qa), "screen", cast.quality_head, **SCREENED, owner=cast.process_owner,
        system_owner=cast.study_manager,
    )  # fmt: skip
    answer(ask(found, cast.process_owner, cast.statistician), cast.statistician)
    found = step(found, "assess", cast.process_owner, **LEFT)
    services.write_plan(found, PLAN, actor=cast.process_owner)
    task(found, cast.author)
    found = step(step(found, "submit", cast.process_owner), "approve", cast.process_owner)
    with pytest.raises(Denied):
        step(found, "approve", cast.qa)
    assert step(found, "approve", cast.quality_head).state == "approved"


def test_screening_says_what_it_lacks(cast, ours):
    with pytest.raises(ValidationError) as refused:
        step(change(cast.author), "screen", cast.qa, owner=cast.process_owner)
    assert refused.value.message_dict == {
        "gxp_grounds": ["Say why it is GxP-relevant."],
        "system_owner": ["Name who answers for what is changed."],
        "regulatory": ["Say what authorities and ethics committees have to do with it."],
    }


def test_functions_that_are_not_asked_are_named_with_a_reason(cast, ours):
    found = screened(cast)
    with pytest.raises(Blocked, match="Ask at least one function"):
        step(found, "assess", cast.process_owner, **LEFT)
    ask(found, cast.process_owner, cast.statistician)
    with pytest.raises(ValidationError, match="say why they are not concerned: Documents, Training"):
        step(found, "assess", cast.process_owner)
    assert step(found, "assess", cast.process_owner, **LEFT).state == "assessment"


def test_only_who_was_asked_answers_and_a_measure_is_named_with_an_impact(cast, ours):
    asked = ask(screened(cast), cast.process_owner, cast.statistician)
    [deadline] = open_deadlines_about(asked)
    assert (deadline.owner, deadline.due_on) == (cast.statistician, soon(5))
    with pytest.raises(Denied):
        answer(asked, cast.qa)
    for name, said in (("measures", "Say what has to be done"), ("finding", "Say why"), ("verdict", "Say what the")):
        with pytest.raises(ValidationError, match=said):
            answer(asked, cast.statistician, **{name: " "})
    found = answer(asked, cast.statistician)
    assert (found.state, open_deadlines_about(found)) == ("reviewed", [])
    with pytest.raises(WrongState):
        answer(found, cast.statistician)


def test_a_function_that_does_not_accept_it_stops_the_plan_until_it_is_asked_again(cast, ours):
    found = screened(cast)
    first = ask(found, cast.process_owner, cast.statistician, "blinding")
    with pytest.raises(ValidationError, match="asked already"):
        ask(found, cast.process_owner, cast.qa, "blinding")
    found = step(found, "assess", cast.process_owner, **LEFT)
    objected(first, cast.statistician)
    services.write_plan(found, PLAN, actor=cast.process_owner)
    task(found, cast.author)
    with pytest.raises(Blocked, match="Blinding does not accept it"):
        step(found, "submit", cast.process_owner)
    again = ask(found, cast.process_owner, cast.statistician, "blinding")
    with pytest.raises(Blocked, match="Not assessed yet: Blinding"):
        step(found, "submit", cast.process_owner)
    answer(again, cast.statistician, verdict="none", measures="")
    assert step(found, "submit", cast.process_owner).state == "assessment"
    assert [each.verdict for each in assessments_of(found)] == ["not_acceptable", "none"]


def test_a_review_says_no_objection_and_an_objection_is_a_rejection_with_its_reason(cast, ours):
    found = screened(cast)
    asked = ask(found, cast.process_owner, cast.statistician)
    with pytest.raises(ValidationError, match="Say what the change does to your function"):
        answer(asked, cast.statistician, verdict="not_acceptable")
    with pytest.raises(ValidationError, match="Say why"):
        objected(asked, cast.statistician, finding=" ")
    assert signatures_of(asked) == []
    against = objected(asked, cast.statistician)
    accepted = answer(ask(found, cast.process_owner, cast.qa, "blinding"), cast.qa)
    assert [each.meaning for each in signatures_of(against)] == ["rejected"]
    assert [each.meaning for each in signatures_of(accepted)] == ["reviewed"]
    assert (against.verdict, against.finding) == ("not_acceptable", "The code would be visible.")


def test_a_withdrawn_question_is_asked_no_more(cast, ours):
    found = screened(cast)
    asked = ask(found, cast.process_owner, cast.statistician)
    gone = asking.take_assessment_step(asked, "withdraw", actor=cast.process_owner, reason="No interface.")
    assert (gone.state, assessments_of(found), open_deadlines_about(gone)) == ("withdrawn", [], [])


def test_who_does_not_see_a_change_is_asked_nothing(cast, ours):
    found = screened(cast)
    with pytest.raises(ValidationError, match="does not see this change"):
        ask(found, cast.process_owner, cast.outsider)
    with pytest.raises(ValidationError, match="does not see this change"):
        task(found, cast.outsider)


def test_a_system_needs_risk_class_tests_and_a_way_back_a_process_does_not(cast, ours):
    for kind, blocked in (("system", True), ("process", False)):
        found = screened(cast, kind=kind)
        answer(ask(found, cast.process_owner, cast.statistician), cast.statistician)
        found = step(found, "assess", cast.process_owner, **LEFT)
        services.write_plan(found, {"approach": "On Monday."}, actor=cast.process_owner)
        task(found, cast.author)
        if blocked:
            with pytest.raises(Blocked, match="name risk class, what is tested again, and how it is undone"):
                step(found, "submit", cast.process_owner)
        else:
            assert step(found, "submit", cast.process_owner).state == "assessment"


def test_what_is_approved_is_what_was_handed_in(cast, ours):
    found = planned(cast)
    services.write_plan(found, {**PLAN, "approach": "Everywhere at once."}, actor=cast.process_owner)
    with pytest.raises(Blocked, match="changed after it was handed in"):
        step(found, "approve", cast.process_owner)
    found = approved(cast)
    with pytest.raises(WrongState, match="before the change is approved"):
        services.write_plan(found, PLAN, actor=cast.process_owner)
    with pytest.raises(WrongState, match="take the plan back"):
        task(found, cast.author)
    with pytest.raises(ValidationError, match="It was approved like this"):
        services.change_request(
            found, actor=cast.qa, values={"kind": "process"}, revision=found.revision, reason="Because."
        )
    assert step(found, "revise", cast.process_owner, reason="One site more.").state == "assessment"


def test_tasks_come_due_with_the_start_and_end_with_evidence(cast, ours):
    found = running(cast)
    [row] = tasks_of(found)
    assert [each.owner for each in open_deadlines_about(row)] == [cast.author]
    with pytest.raises(Blocked, match="Not done yet: Install it"):
        step(found, "finish", cast.process_owner, **FINISHED)
    with pytest.raises(ValidationError, match="Give evidence"):
        asking.complete_task(row, actor=cast.author, evidence=" ")
    with pytest.raises(Denied):
        asking.complete_task(row, actor=cast.reader, evidence="Log")
    done(found)
    assert open_deadlines_about(row) == []
    with pytest.raises(ValidationError, match="say what differs in its configuration"):
        step(found, "finish", cast.process_owner, result="Installed.")
    assert step(found, "finish", cast.process_owner, **FINISHED).state == "verification"


def test_a_task_after_the_release_waits_until_the_review(cast, ours):
    found = screened(cast)
    answer(ask(found, cast.process_owner, cast.statistician), cast.statistician)
    found = step(found, "assess", cast.process_owner, **LEFT)
    services.write_plan(found, PLAN, actor=cast.process_owner)
    later = task(found, cast.author, text="Ask the sites", after_release=True)
    found = step(step(found, "submit", cast.process_owner), "approve", cast.process_owner)
    found = step(step(found, "approve", cast.qa), "implement", cast.process_owner)
    found = step(step(found, "finish", cast.process_owner, **FINISHED), "verify", cast.qa)
    found = step(found, "release", cast.study_manager)
    with pytest.raises(Blocked, match="Not done yet: Ask the sites"):
        step(found, "look_back", cast.process_owner, **LOOKED_BACK)
    asking.complete_task(later, actor=cast.author, evidence="Minutes")
    assert step(found, "look_back", cast.process_owner, **LOOKED_BACK).state == "review"


def test_a_substantial_modification_is_not_used_before_approval_and_training(cast, ours):
    found = running(cast, kind="study", regulatory="approval")
    done(found)
    with pytest.raises(ValidationError) as refused:
        step(found, "finish", cast.process_owner, **FINISHED)
    assert sorted(refused.value.message_dict) == ["regulatory_on", "regulatory_reference", "training_evidence"]
    tomorrow = {"regulatory_on": soon(3), "regulatory_reference": "EU 2026-1", "training_evidence": "Log 4"}
    with pytest.raises(ValidationError, match="This day has not come yet"):
        step(found, "finish", cast.process_owner, **FINISHED, **tomorrow)
    given = {**tomorrow, "regulatory_on": today()}
    assert step(found, "finish", cast.process_owner, **FINISHED, **given).state == "verification"


def test_only_who_answers_for_the_system_releases_it_and_is_asked_in_time(cast, ours):
    found = verified(cast)
    [deadline] = [each for each in open_deadlines_about(found) if each.kind == services.RELEASE]
    assert (deadline.owner, deadline.label) == (cast.study_manager, "Release: CC-0001")
    with pytest.raises(Denied, match="Only who answers for what is changed may release it"):
        step(found, "release", cast.qa)
    back = step(found, "send_back", cast.study_manager, reason="The manual is missing.")
    assert (back.state, [each.kind for each in open_deadlines_about(back)]) == ("implementing", ["changes.finish"])
    found = step(step(back, "finish", cast.process_owner), "verify", cast.qa)
    assert step(found, "release", cast.study_manager).state == "released"


def test_an_emergency_is_implemented_at_once_and_approved_within_two_working_days(cast, ours):
    with pytest.raises(Denied, match="requested as an emergency"):
        step(screened(cast), "implement_now", cast.process_owner)
    found = step(screened(cast, emergency=True), "implement_now", cast.process_owner, reason="No dose otherwise.")
    [signature] = signatures_of(found)
    assert (signature.meaning, verify(signature, found).holds) == ("authorised", True)
    [deadline] = open_deadlines_about(found)
    today = found.organization.today()
    assert deadline.due_on == current_settings().after_working_days(today, 2)
    answer(ask(found, cast.process_owner, cast.statistician), cast.statistician)
    services.write_plan(found, PLAN, actor=cast.process_owner)
    task(found, cast.author)
    found = step(found, "submit_after", cast.process_owner)
    found = step(step(found, "approve_after", cast.process_owner), "approve_after", cast.qa)
    assert (found.state, [len(open_deadlines_about(each)) for each in tasks_of(found)]) == ("implementing", [1])


def test_an_emergency_that_is_not_approved_is_undone_and_rejected_with_a_signature(cast, ours):
    found = step(screened(cast, emergency=True), "implement_now", cast.process_owner)
    asked = ask(found, cast.process_owner, cast.statistician)
    found = step(found, "revert", cast.qa, reason="Version 4.1 runs again.")
    assert (found.state, open_deadlines_about(asked)) == ("rejected", [])
    assert [each.meaning for each in signatures_of(found)] == ["authorised", "rejected"]


def test_a_temporary_change_has_an_end_and_is_undone_with_evidence(cast, ours):
    with pytest.raises(ValidationError, match="say until when"):
        change(cast.author, temporary=True)
    with pytest.raises(ValidationError, match="Only a temporary change has an end"):
        change(cast.author, expires_on=soon())
    found = released(cast, temporary=True, expires_on=soon(30))
    assert [each.due_on for each in open_deadlines_about(found)] == [soon(30)]
    with pytest.raises(ValidationError) as refused:
        step(found, "look_back", cast.process_owner, **LOOKED_BACK)
    assert sorted(refused.value.message_dict) == ["reversal_evidence", "reversed_on"]
    undone = {"reversed_on": today(), "reversal_evidence": "Log of the depot"}
    assert step(found, "look_back", cast.process_owner, **LOOKED_BACK, **undone).state == "review"


def test_a_plan_waits_in_the_inbox_of_whose_turn_it_is(cast, ours):
    found = planned(cast)
    people = (cast.process_owner, cast.qa, cast.quality_head, cast.author, cast.study_manager)
    assert [each.owner for each in open_deadlines_about(found)] == [cast.process_owner]
    assert [len(waiting_here(each)) for each in people] == [0, 0, 0, 0, 0]
    step(found, "approve", cast.process_owner)
    assert [len(waiting_here(each)) for each in people] == [0, 1, 1, 0, 0]


def test_what_ends_early_awaits_nothing_and_says_so(cast, ours):
    found = running(cast)
    [row] = tasks_of(found)
    found = step(found, "cancel", cast.qa, reason="The vendor withdrew the version.")
    assert (found.state, open_deadlines_about(found), open_deadlines_about(row)) == ("cancelled", [], [])
    assert [each.cancelled_at is not None for each in deadlines_of(row)] == [True]
    dismissed = step(change(cast.author), "dismiss", cast.qa, reason="A new coffee machine.")
    told = Notification.objects.get(kind="changes.dismiss", person=cast.author)
    assert told.subject == f"{dismissed.number} that you requested: Not GxP-relevant"
    assert step(dismissed, "reopen", cast.qa).state == "requested"


def test_a_task_is_changed_or_withdrawn_while_it_is_planned(cast, ours):
    found = planned(cast)
    [row] = tasks_of(found)
    moved = asking.keep_task(row, {"due_on": soon(40)}, actor=cast.process_owner, revision=row.revision)
    assert moved.due_on == soon(40)
    asking.keep_task(moved, {"withdraw": True}, actor=cast.process_owner)
    assert tasks_of(found) == []
    assert ChangeTask.objects.get(pk=row.pk).withdrawn_at is not None
    with pytest.raises(WrongState, match="withdrew this task on"):
        asking.keep_task(row, {"text": "Again"}, actor=cast.process_owner)


def test_the_past_is_no_day_to_answer_by(cast, ours):
    yesterday = today() - dt.timedelta(days=1)
    with pytest.raises(ValidationError, match="This day has passed"):
        asking.ask_function(screened(cast), function="data", owner=cast.qa, due_on=yesterday, actor=cast.process_owner)
