"""A complaint from its receipt to its end, and how fast pharmacovigilance has what concerns safety (B15)."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from cqms.audit.models import AuditEvent
from cqms.audit.refusals import Blocked, Denied
from cqms.deadlines.selectors import deadlines_of, open_deadlines_about
from cqms.events import subscribe
from cqms.notifications.models import Notification
from cqms.organizations.scope import scope
from cqms.signatures.content import signatures_of, verify
from quality_events.complaints import services
from quality_events.events import CapaDecided
from studies.models import Study
from tests.cast import page
from tests.days import today
from tests.platform.browsing import browse
from tests.quality_events.players import happened
from tests.world.building import credentials

FOUND = {
    "investigation": "The courier had the old address.", "conclusion": "justified", "follow_up": "correction",
    "follow_up_grounds": "The address is corrected.",
}  # fmt: skip


def complaint(actor, **other):
    study = Study.objects.get(number="NW-101")
    said = {"complainant": "site", "channel": "phone", "subject_matter": "service"}
    return services.receive_complaint(happened(study=study, **{**said, **other}), actor=actor)


def step(record, key, person, reason="", **values):
    return services.take_step(record, key, actor=person, values=values, reason=reason, credentials=credentials(person))


def classified(cast, **values):
    return step(complaint(cast.author), "classify", cast.qa, **{"severity": "major", "owner": cast.author, **values})


def hand_overs(record):
    return [each for each in open_deadlines_about(record) if each.kind == services.HAND_OVER]


def test_a_complaint_is_investigated_answered_and_closed_by_somebody_else(cast, ours):
    found = step(classified(cast), "investigate", cast.author, **FOUND)
    found = step(found, "reply", cast.author, reply="We are sorry.", replied_on=today(), replied_by="phone")
    with pytest.raises(Denied):
        step(found, "close", cast.author)
    found = step(found, "back", cast.qa, reason="Ask the courier.")
    found = step(step(found, "investigate", cast.author), "reply", cast.author)
    found = step(found, "close", cast.qa, content="They were content.")
    assert (found.number, found.state) == ("CMP-0001", "closed")
    [signature] = signatures_of(found)
    assert (signature.meaning, signature.signer_name, verify(signature, found).holds) == (
        "closed", "Quentin Abara", True,
    )  # fmt: skip
    assert open_deadlines_about(found) == []
    told = Notification.objects.get(kind="complaints.close", person=cast.author)
    assert told.subject == "CMP-0001 that you reported: closed"


def test_what_concerns_safety_is_due_one_working_day_after_we_knew(cast, ours, monday):
    known = monday - dt.timedelta(days=3)  # a Friday
    found = complaint(cast.author, aware_at=known, discovered_on=known.date(), occurred_on=known.date())
    found = step(found, "classify", cast.qa, severity="major", owner=cast.author, safety=True)
    [deadline] = hand_overs(found)
    assert deadline.label == "Hand over to pharmacovigilance: CMP-0001"
    assert deadline.due_on == monday.date()
    told = Notification.objects.filter(kind__startswith="complaints.safety").order_by("person__name")
    assert [row.person for row in told] == [cast.medical_monitor, cast.statistician]


@pytest.fixture
def monday():
    """The last Monday at noon."""
    noon = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
    days = noon.weekday() or (0 if noon <= timezone.now() else 7)
    return noon - dt.timedelta(days=days)


def test_nothing_is_concluded_before_pharmacovigilance_has_it(cast, ours):
    found = classified(cast, safety=True)
    with pytest.raises(Blocked, match="hand it over to pharmacovigilance first"):
        step(found, "investigate", cast.author, **FOUND)
    with pytest.raises(ValidationError) as refused:
        step(found, "hand_over", cast.author)
    assert refused.value.message_dict == {
        "handed_over_at": ["Say since when they have it."],
        "handed_over_to": ["Say who has it, and where."],
    }
    found = step(found, "hand_over", cast.author, handed_over_at=timezone.now(), handed_over_to="Case 7")
    assert hand_overs(found) == []
    assert [each.is_open for each in deadlines_of(found) if each.kind == services.HAND_OVER] == [False]
    assert step(found, "investigate", cast.author, **FOUND).state == "investigated"


def test_a_complaint_that_turns_out_not_to_concern_safety_waits_for_nobody(cast, ours):
    found = step(classified(cast, safety=True), "classify", cast.qa, severity="minor", safety=False)
    assert hand_overs(found) == []
    assert [each.cancelled_at is not None for each in deadlines_of(found) if each.kind == services.HAND_OVER] == [True]


def test_a_complaint_that_ends_stops_the_clock_of_safety(cast, ours):
    found = step(classified(cast, safety=True), "void", cast.qa, reason="Written down twice.")
    assert open_deadlines_about(found) == []


def test_a_justified_complaint_can_ask_for_a_capa(cast, ours):
    facts = []
    subscribe(CapaDecided)(facts.append)
    try:
        found = step(classified(cast), "investigate", cast.author, **{**FOUND, "follow_up": "capa"})
    finally:
        from cqms.events import _subscribers  # noqa: PLC0415 - nobody else takes a subscriber back

        _subscribers[CapaDecided].remove(facts.append)
    assert facts == [CapaDecided("complaints.complaint", found.pk, cast.author.pk)]


def test_no_answer_before_the_question_and_no_day_that_has_not_come(cast, ours):
    found = step(classified(cast), "investigate", cast.author, **FOUND)
    early = found.discovered_on - dt.timedelta(days=1)
    for day, said in ((early, "before it was received"), (dt.date(2199, 1, 1), "has not come yet")):
        with pytest.raises(ValidationError, match=said):
            step(found, "reply", cast.author, reply="No.", replied_on=day, replied_by="mail")
    with pytest.raises(ValidationError, match="has not come yet"):
        complaint(cast.author, acknowledged_on=dt.date(2199, 1, 1))


def test_not_a_complaint_says_why_and_comes_back_with_a_signature(cast, ours):
    found = step(complaint(cast.author), "reject", cast.qa, reason="It is a question.")
    assert found.state == "not_a_complaint"
    again = step(found, "reopen", cast.qa, reason="It is one after all.")
    assert (again.state, [each.meaning for each in signatures_of(again)]) == ("received", ["qa_approved"])
    said = AuditEvent.objects.filter(record_kind="complaints.complaint", record_id=found.pk).order_by("pk")
    assert [row.sentence for row in said] == [
        "opened the complaint", "found that it is not a complaint", "reopened the complaint",
    ]  # fmt: skip


def test_the_page_leads_on_and_not_to_what_was_done(cast):
    with scope(cast.ours):
        found = classified(cast)
    shown = browse(cast.qa).get(page(cast.ours, f"/quality-events/complaints/{found.number}/"))
    offered = {each.text: each.kind for each in shown.context["steps"].possible}
    assert offered == {
        "Classify": "",
        "Hand over to pharmacovigilance": "",
        "Conclude the investigation": "primary",
        "Void": "danger",
    }
