"""A quality issue from its report to its end, and what is refused on the way (B3, ICH E6(R3) 3.12)."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from cqms.audit.models import AuditEvent
from cqms.audit.refusals import Blocked, Changed, Denied, ReasonMissing, WrongState
from cqms.deadlines.selectors import deadlines_of, open_deadlines_about
from cqms.events import subscribe
from cqms.inbox.selectors import rows_here
from cqms.notifications.models import Notification
from cqms.signatures.content import signatures_of, verify
from quality_events import inbox, services
from quality_events.events import BreachSuspected, CapaDecided
from quality_events.issues.models import QualityIssue
from quality_events.selectors import links_of
from tests.platform.browsing import browse, words
from tests.quality_events.players import GRADED, issue, step

CAUSE = {"root_cause": "Nobody answers the alarm at night.", "affected": 0, "critical_factor": "None"}


def at_decision(cast, **graded):
    """An issue whose cause is known."""
    found = step(issue(cast.author), "accept", cast.qa, owner=cast.author, **{**GRADED, **graded})
    found = step(found, "contain", cast.author, containment="The samples are set aside.")
    found = step(found, "analyse", cast.author)
    return step(found, "conclude", cast.author, **CAUSE)


def story(record):
    rows = AuditEvent.objects.filter(record_kind="issues.qualityissue", record_id=record.pk).order_by("pk")
    return [(row.actor_name, row.sentence) for row in rows]


@pytest.fixture
def announced():
    """What is announced meanwhile."""
    facts = []
    for kind in (CapaDecided, BreachSuspected):
        subscribe(kind)(facts.append)
    yield facts
    from cqms.events import _subscribers  # noqa: PLC0415 - nobody else takes a subscriber back

    for kind in (CapaDecided, BreachSuspected):
        _subscribers[kind].remove(facts.append)


def test_an_issue_goes_its_way_and_is_closed_by_quality_assurance(cast, ours):
    found = at_decision(cast)
    found = step(
        found, "decide", cast.author, decision="correction", decision_grounds="The alarm calls two people now."
    )
    found = step(found, "close", cast.qa, effect="No alarm was missed in three months.")
    assert (found.number, found.state) == ("QI-0001", "closed")
    assert story(found) == [
        ("Amara Osei", "opened the quality issue"),
        ("Quentin Abara", "accepted it as an issue"),
        ("Amara Osei", "began containment"),
        ("Amara Osei", "found it contained"),
        ("Amara Osei", "concluded the root cause"),
        ("Amara Osei", "decided what is done"),
        ("Quentin Abara", "wrote down the decision about the quality issue"),
        ("Quentin Abara", "closed the issue"),
    ]
    [signature] = signatures_of(found)
    assert (signature.meaning, signature.signer_name) == ("closed", "Quentin Abara")
    assert verify(signature, found).holds
    assert [each.is_open for each in deadlines_of(found)] == [False] * 6


@pytest.mark.parametrize(
    ("left", "field"), [({"affected": None}, "affected"), ({"critical_factor": " "}, "critical_factor")]
)
def test_the_cause_stands_with_how_many_are_affected_and_which_critical_factor(cast, ours, left, field):
    found = step(issue(cast.author), "accept", cast.qa, **{**GRADED, "affected": None})
    found = step(step(found, "contain", cast.author, containment="Set aside."), "analyse", cast.author)
    with pytest.raises(ValidationError) as refused:
        step(found, "conclude", cast.author, **{**CAUSE, **left})
    assert [*refused.value.message_dict] == [field]


def test_each_state_has_its_deadline_and_quality_assurance_is_asked_to_triage(cast, ours):
    found = issue(cast.author)
    [deadline] = open_deadlines_about(found)
    assert (deadline.kind, deadline.label, deadline.owner) == ("issues.accept", "Triage: QI-0001", cast.quality_head)
    told = Notification.objects.filter(kind="issues.accept").order_by("person__name")
    assert [row.person for row in told] == [cast.quality_head, cast.qa]
    waiting = [row.title for row in rows_here(cast.qa) if row.kind == "issues.accept"]
    assert waiting == ["Triage: QI-0001 Samples thawed"]
    assert [row.title for row in rows_here(cast.author) if "QI-0001" in row.title] == []
    found = step(found, "accept", cast.qa, owner=cast.process_owner, **GRADED)
    [deadline] = open_deadlines_about(found)
    assert (deadline.kind, deadline.owner) == ("issues.contain", cast.process_owner)


def test_what_waits_beyond_the_first_rows_is_counted_and_stands_in_its_list(cast, ours, monkeypatch):
    monkeypatch.setattr(inbox, "MOST", 2)
    begun = [issue(cast.author, title=f"Freezer {number} open") for number in range(4)]
    step(begun[0], "take_up", cast.qa)
    rows = [row for row in rows_here(cast.qa) if row.kind == "issues.accept"]
    assert [(row.title, row.many) for row in rows] == [
        ("Triage: QI-0001 Freezer 0 open", 1), ("Triage: QI-0002 Freezer 1 open", 1), ("Quality issues (New): 2 more", 2),
    ]  # fmt: skip
    told = words(browse(cast.qa).get(rows[-1].path))
    assert [number in told for number in ("QI-0001", "QI-0002", "QI-0003", "QI-0004")] == [False, True, True, True]


def test_what_is_not_an_issue_or_is_known_already_ends_at_triage_and_can_be_reopened(cast, ours):
    first, second = issue(cast.author), issue(cast.author, title="Freezer open")
    with pytest.raises(ReasonMissing):
        step(first, "reject", cast.qa)
    first = step(first, "reject", cast.qa, reason="The freezer was empty.")
    assert first.state == "not_an_issue"
    with pytest.raises(ValidationError, match="Name the issue"):
        step(second, "duplicate", cast.qa)
    second = step(second, "duplicate", cast.qa, original=first)
    [linked] = links_of(second, cast.reader)
    assert (linked.other, linked.link.why) == (first, "It is a duplicate of this issue.")
    assert [each.outgoing for each in links_of(first, cast.reader)] == [False]
    first = step(first, "reopen", cast.qa, reason="It was not empty.")
    assert (first.state, open_deadlines_about(first)[0].kind) == ("triage", "issues.accept")


def test_a_significant_noncompliance_has_a_capa_unless_quality_assurance_signs_why_not(cast, ours, announced):
    found = at_decision(cast, severity="critical")
    without = {"decision": "correction", "decision_grounds": "It cannot happen again."}
    with pytest.raises(Blocked, match="Only quality assurance decides without one"):
        step(found, "decide", cast.author, **without)
    with pytest.raises(Denied):
        step(found, "refuse_capa", cast.author, **without)
    with pytest.raises(ValidationError, match="Justify"):
        step(found, "refuse_capa", cast.qa, decision="none", decision_grounds=" ")
    assert QualityIssue.objects.get().state == "action_decision"
    refused = step(found, "refuse_capa", cast.qa, **without)
    [signature] = signatures_of(refused)
    assert (refused.state, signature.meaning) == ("effect_review", "qa_approved")
    assert verify(signature, refused).holds
    assert announced == []


def test_a_capa_that_is_decided_is_announced(cast, ours, announced):
    found = at_decision(cast, severity="major", breach="unclear")
    found = step(found, "decide", cast.author, decision="capa", decision_grounds="It happens at every site.")
    assert announced == [
        BreachSuspected("issues.qualityissue", found.pk, cast.qa.pk),
        CapaDecided("issues.qualityissue", found.pk, cast.author.pk),
    ]


def test_persistent_noncompliance_asks_whether_the_party_goes_on(cast, ours):
    found = at_decision(cast)
    decided = {"decision": "correction", "decision_grounds": "A visit.", "persistent": True}
    with pytest.raises(ValidationError, match="participation"):
        step(found, "decide", cast.author, **decided)
    found = step(found, "decide", cast.author, **decided, termination="No: a new coordinator began in May.")
    assert found.termination == "No: a new coordinator began in May."


def test_triage_answers_every_question_or_none(cast, ours):
    found = issue(cast.author)
    with pytest.raises(ValidationError) as caught:
        step(found, "accept", cast.qa, severity="minor")
    assert set(caught.value.message_dict) == {"extent", "detectability", "breach"}
    assert QualityIssue.objects.get().severity == ""


def test_flags_call_those_whom_they_concern(cast, ours):
    step(issue(cast.author), "accept", cast.qa, owner=cast.author, safety=True, blinding=True, **GRADED)
    told = Notification.objects.filter(kind__startswith="issues.").exclude(kind__in=["issues.accept", "issues.contain"])
    assert sorted((row.person.name, row.subject) for row in told) == [
        ("Mina Monroe", "QI-0001 concerns safety: Samples thawed"),
        ("Stefan Tisch", "QI-0001 concerns blinding: Samples thawed"),
        ("Stefan Tisch", "QI-0001 concerns safety: Samples thawed"),
    ]


def test_an_owner_does_not_close_their_own_issue(cast, ours):
    found = at_decision(cast)
    found = step(found, "decide", cast.author, decision="none", decision_grounds="A single case.")
    found = services.change_event(
        found, actor=cast.qa, values={"owner": cast.qa}, revision=found.revision, reason="Takes over."
    )
    with pytest.raises(Denied):
        step(found, "close", cast.qa, effect="It worked.")
    assert QualityIssue.objects.get().effect == ""
    assert open_deadlines_about(found)[0].kind == "issues.close"


def test_changes_need_a_reason_once_it_is_worked_on_and_stop_at_its_end(cast, ours):
    found = issue(cast.author)
    found = services.change_event(found, actor=cast.author, values={"title": "Samples lost"}, revision=found.revision)
    with pytest.raises(Changed):
        services.change_event(found, actor=cast.author, values={"title": "X"}, revision=1)
    with pytest.raises(Denied):
        services.change_event(found, actor=cast.reader, values={"title": "X"}, revision=found.revision)
    found = step(found, "accept", cast.qa, owner=cast.author, **GRADED)
    with pytest.raises(ValidationError, match="Say why you change title"):
        services.change_event(found, actor=cast.author, values={"title": "Lost"}, revision=found.revision)
    found = step(found, "void", cast.qa, reason="Opened in the wrong study.")
    with pytest.raises(WrongState):
        services.change_event(found, actor=cast.author, values={"title": "X"}, revision=found.revision, reason="Y")


def test_days_that_cannot_be_are_refused_beside_their_field(cast, ours):
    with pytest.raises(ValidationError) as caught:
        issue(cast.author, discovered_on=dt.date(2020, 1, 1))
    assert caught.value.message_dict == {"discovered_on": ["It cannot be found before it happened."]}
    assert QualityIssue.objects.count() == 0
