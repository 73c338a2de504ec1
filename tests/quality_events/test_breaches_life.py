"""A serious breach from suspicion to the end: who decides, what is signed, and what its legal clock does."""

import datetime as dt
from unittest.mock import Mock

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.utils import timezone

from cqms.audit.models import AuditEvent, Lane
from cqms.audit.refusals import Blocked, Denied, WrongState
from cqms.deadlines.models import Clock, Deadline
from cqms.deadlines.reminding import remind
from cqms.deadlines.selectors import open_deadlines_about
from cqms.notifications.models import Notification
from cqms.organizations.scope import scope
from cqms.signatures.content import signatures_of, verify
from quality_events.breaches import lateness, services, sheet, tasks
from quality_events.breaches.clocks import clocks_of, earliest_due
from quality_events.breaches.models import SentNotification, SeriousBreach
from quality_events.issues.models import QualityIssue
from quality_events.selectors import links_of
from tests.days import today
from tests.platform.committed import at_once
from tests.quality_events import breaches as made
from tests.quality_events import players

LATER = {"clock_from": "sponsor", "clock_rationale": "The monitor passed on a rumour."}

GAPS = {"reliability": "", "rationale": " "}


def legal(record) -> list[Deadline]:
    return [each for each in open_deadlines_about(record) if each.clock == Clock.LEGAL]


def how_ended(record) -> list[str]:
    rows = Deadline.objects.filter(record_id=record.pk, clock=Clock.LEGAL).order_by("id")
    return ["met" if each.met_at else "cancelled" if each.cancelled_at else "open" for each in rows]


def story(record) -> list[tuple[str, str]]:
    rows = AuditEvent.objects.filter(record_kind="breaches.seriousbreach", record_id=record.pk).order_by("pk")
    return [(row.actor_name, row.sentence) for row in rows]


class TestClock:
    """The legal clock of a breach is opened with it and never mixed with our own dates."""

    def test_it_runs_from_the_moment_the_breach_is_opened(self, cast, ours):
        record = made.breach(cast.author, jurisdictions=["EU", "UK", "AU", "CH", "US"])
        clocks = {each.duty.key: each.clock for each in clocks_of(record)}
        assert {key: clock is not None for key, clock in clocks.items()} == {
            "EU": True, "UK": True, "AU": False, "CH": False, "US": False,
        }  # fmt: skip
        assert {each.kind: each.original_due for each in legal(record)} == {
            "breaches.notify.EU": clocks["EU"].due_at, "breaches.notify.UK": clocks["UK"].due_at,
        }  # fmt: skip
        assert [each.clock for each in open_deadlines_about(record)].count(Clock.SOP) == 1

    def test_australia_counts_from_the_confirmation(self, cast, ours):
        record = made.confirmed(cast, jurisdictions=["AU"])
        assert [(each.clock.started_at, each.started_by) for each in clocks_of(record)] == [
            (record.confirmed_at, "confirmation as serious")
        ]
        assert [each.kind for each in legal(record)] == ["breaches.notify.AU"]

    def test_the_first_person_of_the_chain_starts_it(self, cast, ours):
        first = timezone.now() - dt.timedelta(days=2)
        record = made.breach(cast.author, first_aware_at=first, first_aware_zone="America/New_York")
        found = clocks_of(record)[0]
        assert (found.clock.started_at, found.started_by) == (
            first, "awareness of the first person in the sponsor's chain",
        )  # fmt: skip

    def test_an_earlier_awareness_that_becomes_known_moves_it_forward(self, cast, ours):
        record = made.breach(cast.author)
        before = legal(record)[0].original_due
        told = {"first_aware_at": timezone.now() - dt.timedelta(days=3), "first_aware_zone": "Europe/Berlin"}
        record = services.change_breach(record, actor=cast.author, values=told, revision=record.revision)
        assert legal(record)[0].original_due == earliest_due(record) < before
        assert how_ended(record) == ["cancelled", "open"]

    def test_no_edit_lets_it_end_later_or_not_run(self, cast, ours):
        first = timezone.now() - dt.timedelta(days=2)
        record = made.breach(cast.author, first_aware_at=first, first_aware_zone="Europe/Berlin")
        due = earliest_due(record)
        for person, values in (
            (cast.author, {"first_aware_at": None}), (cast.author, {"first_aware_at": timezone.now()}),
            (cast.quality_head, {"first_aware_at": None}), (cast.qa, {"jurisdictions": ["CH"]}),
        ):  # fmt: skip
            told = {"actor": person, "values": values, "revision": record.revision, "reason": "Mistyped."}
            with pytest.raises(ValidationError, match="would end later") as refused:
                services.change_breach(record, **told)
            assert [*refused.value.message_dict] == [*values]
        assert (legal(SeriousBreach.objects.get())[0].original_due, how_ended(record)) == (due, ["open"])
        told = {"values": {"jurisdictions": ["CH"]}, "revision": record.revision, "reason": "Authorised there alone."}
        assert legal(services.change_breach(record, actor=cast.quality_head, **told)) == []

    def test_a_mistyped_awareness_is_corrected_with_the_signature_of_the_head_of_quality(self, cast, ours):
        record = made.breach(cast.author, first_aware_at=timezone.now() - dt.timedelta(days=40))
        record = made.step(record, "assess", cast.author, **made.SERIOUS)
        right = timezone.now() - dt.timedelta(days=4)
        told = {"clock_from": "earliest", "clock_rationale": "The month was mistyped.", "first_aware_at": right}
        record = made.step(record, "start_later", cast.quality_head, **told)
        assert (record.first_aware_at, clocks_of(record)[0].clock.started_at) == (right, right)
        assert [verify(each, record).holds for each in signatures_of(record)] == [True]

    def test_a_later_start_needs_the_head_of_quality_with_signature_and_reason(self, cast, ours):
        first = timezone.now() - dt.timedelta(days=2)
        record = made.breach(cast.author, first_aware_at=first, first_aware_zone="Europe/Berlin")
        record = made.step(record, "assess", cast.author, **made.SERIOUS)
        with pytest.raises(Denied):
            made.step(record, "start_later", cast.qa, **LATER)
        with pytest.raises(ValidationError):
            made.step(record, "start_later", cast.quality_head, **{**LATER, "clock_rationale": " "})
        with pytest.raises(ValidationError):
            made.step(record, "start_later", cast.quality_head, **{**LATER, "clock_from": "earliest"})
        assert clocks_of(SeriousBreach.objects.get())[0].clock.started_at == first
        record = made.step(record, "start_later", cast.quality_head, **LATER)
        assert clocks_of(record)[0].clock.started_at == record.aware_at
        assert legal(record)[0].original_due == earliest_due(record)
        assert [(each.signer, verify(each, record).holds) for each in signatures_of(record)] == [
            (cast.quality_head, True)
        ]

    def test_its_alarms_reach_the_head_of_quality_and_stop_with_it(self, cast, ours):
        record = made.breach(cast.author, hours=25)
        remind(ours)
        told = Notification.objects.filter(subject__contains="left: Notify").order_by("person__name")
        assert [row.person.name for row in told] == ["Amara Osei", "Hanna Quist", "Quentin Abara"]
        assert {row.subject.partition(":")[2] for row in told} == {
            f" Notify {record}: Member states concerned, through CTIS"
        }
        record = made.step(record, "assess", cast.author, **made.HARMLESS)
        for who in (cast.qa, cast.medical_monitor):
            record = made.step(record, "dismiss", who, "No effect.")
        assert (record.state, how_ended(record)) == ("not_serious", ["cancelled"])
        record = made.step(record, "reopen", cast.qa, "A second case.")
        assert (record.state, how_ended(record)) == ("assessing", ["cancelled", "open"])
        assert legal(record)[0].original_due == earliest_due(record)


class TestAssessment:
    """Fixed questions; the outcome is signed by quality assurance and a physician."""

    def test_both_sign_and_it_is_confirmed_at_that_moment(self, cast, ours):
        record = made.step(made.breach(cast.author), "assess", cast.author, **made.SERIOUS)
        half = made.step(record, "confirm", cast.medical_monitor)
        assert (half.state, half.confirmed_at) == ("assessing", None)
        whole = made.step(half, "confirm", cast.qa)
        assert (whole.state, whole.confirmed_at is not None) == ("confirmed", True)
        assert [(each.signer, each.meaning, verify(each, whole).holds) for each in signatures_of(whole)] == [
            (cast.medical_monitor, "approved", True), (cast.qa, "approved", True),
        ]  # fmt: skip

    def test_what_the_answers_say_cannot_be_signed_away(self, cast, ours):
        record = made.step(made.breach(cast.author), "assess", cast.author, **made.SERIOUS)
        with pytest.raises(Blocked, match="A serious breach: It is likely to affect the safety of a participant"):
            made.step(record, "dismiss", cast.qa, "It was only four.")
        harmless = made.step(made.breach(cast.author), "assess", cast.author, **made.HARMLESS)
        with pytest.raises(Blocked, match="Not a serious breach"):
            made.step(harmless, "confirm", cast.qa)

    def test_every_question_is_answered_and_grounded(self, cast, ours):
        with pytest.raises(ValidationError) as refused:
            made.step(made.breach(cast.author), "assess", cast.author, **{**made.SERIOUS, **GAPS})
        assert sorted(refused.value.message_dict) == ["rationale", "reliability"]

    def test_nothing_changes_between_two_signatures_unless_taken_back(self, cast, ours):
        record = made.step(made.breach(cast.author), "assess", cast.author, **made.SERIOUS)
        record = made.step(record, "confirm", cast.qa)
        with pytest.raises(Blocked, match="One person has signed the assessment already"):
            made.step(record, "answer", cast.author, **made.HARMLESS)
        with pytest.raises(WrongState, match="Take it back before anything is changed"):
            services.change_breach(record, actor=cast.author, values={"title": "Less"}, revision=record.revision)
        record = made.step(record, "take_back", cast.author, "The batch was another one.")
        record = made.step(record, "assess", cast.author, **made.HARMLESS)
        for who in (cast.qa, cast.medical_monitor):
            record = made.step(record, "dismiss", who, "No effect.")
        assert record.state == "not_serious"


class TestNotification:
    """What the authority is told is kept as it was sent."""

    def test_the_head_of_quality_authorises_it_and_the_clock_is_met(self, cast, ours):
        record = made.drafted(cast)
        with pytest.raises(Denied):
            made.step(record, "notify", cast.qa, **made.SENT)
        record = made.step(record, "notify", cast.quality_head, **made.SENT)
        sent = SentNotification.objects.get()
        assert (sent.kind, sent.version, sent.sent_by, sent.receipt) == ("initial", 1, cast.quality_head, "SB-EU-7")
        assert sent.sha256 == sheet.hash_of(sheet.from_kept(sent.sheet))
        signature = signatures_of(record)[-1]
        assert (signature.meaning, signature.reason) == (
            "authorised", f"Notification version 1, SHA-256 {sent.sha256}",
        )  # fmt: skip
        assert (how_ended(record), QualityIssue.objects.count()) == (["met"], 0)
        assert [verify(each, record).holds for each in signatures_of(record)] == [True, True, True]

    def test_what_was_sent_is_never_changed(self, cast, ours):
        made.notified(cast)
        with pytest.raises(DatabaseError), transaction.atomic():
            SentNotification.objects.update(receipt="Another")

    def test_a_sheet_with_holes_is_not_sent(self, cast, ours):
        record = made.step(made.confirmed(cast), "draft", cast.author, **{**made.SHEET, "impact_data": ""})
        with pytest.raises(Blocked, match="The sheet lacks the impact on the data"):
            made.step(record, "notify", cast.quality_head, **made.SENT)

    def test_a_late_one_forces_a_linked_event(self, cast, ours):
        record = made.notified(cast, hours=24 * 7 + 3, lane=Lane.CONFIDENTIAL)
        issue = QualityIssue.objects.get()
        assert (issue.title, issue.lane) == (f"Late notification of {record.number}", Lane.CONFIDENTIAL)
        assert [each.other for each in links_of(record, cast.quality_head)] == [issue]

    def test_what_nobody_was_told_of_in_time_is_an_event_of_its_own_once(self, cast, ours):
        early = made.breach(cast.author)
        late = made.breach(cast.author, hours=24 * 7 + 3, lane=Lane.CONFIDENTIAL, owner=cast.quality_head)
        [issue] = lateness.open_overdue(ours)
        assert lateness.open_overdue(ours) == []
        opened = AuditEvent.objects.get(record_kind="issues.qualityissue", record_id=issue.pk, verb="open")
        assert (issue.title, issue.lane, issue.owner, opened.actor_name) == (
            f"Late notification of {late.number}", Lane.CONFIDENTIAL, cast.quality_head, "System",
        )  # fmt: skip
        assert "It was not sent by then." in issue.description
        assert [each.other for each in links_of(late, cast.quality_head)] == [issue]
        assert links_of(early, cast.quality_head) == []
        told = Notification.objects.filter(kind="issues.late").values_list("person__name", "subject", "lane")
        assert list(told) == [("Hanna Quist", f"Late by law: {late}", Lane.CONFIDENTIAL)]

    def test_it_has_one_event_however_late_it_is_sent(self, cast, ours):
        record = made.drafted(cast, hours=24 * 7 + 3)
        [issue] = lateness.open_overdue(ours)
        record = made.step(record, "notify", cast.quality_head, **made.SENT)
        assert (list(QualityIssue.objects.all()), lateness.open_overdue(ours)) == ([issue], [])

    def test_it_is_sent_when_somebody_knew_and_not_in_the_future_and_says_which_way(self, cast, ours):
        record = made.drafted(cast)
        for wrong, field in (
            ({"sent_at": timezone.now() + dt.timedelta(hours=1)}, "sent_at"),
            ({"sent_at": record.aware_at - dt.timedelta(hours=1)}, "sent_at"),
            ({"redaction_checked": False}, "redaction_checked"), ({"channel": " "}, "channel"),
        ):  # fmt: skip
            with pytest.raises(ValidationError) as refused:
                made.step(record, "notify", cast.quality_head, **{**made.SENT, **wrong})
            assert [*refused.value.message_dict] == [field]
        assert (SeriousBreach.objects.get().notified_at, SentNotification.objects.count()) == (None, 0)

    def test_follow_ups_and_the_final_report_are_further_versions(self, cast, ours):
        promised = today() + dt.timedelta(days=14)
        record = made.step(made.drafted(cast), "redraft", cast.author, **{**made.SHEET, "next_follow_up_on": promised})
        record = made.step(record, "notify", cast.quality_head, **made.SENT)
        assert [(each.kind, each.due_on) for each in open_deadlines_about(record)] == [
            ("breaches.next_follow_up", promised)
        ]
        more = {**made.SHEET, **made.SENT, "root_cause": "The recall went to a former address."}
        ended = {**more, "next_follow_up_on": None}
        with pytest.raises(ValidationError, match="Say when the next follow-up is sent"):
            made.step(record, "follow_up", cast.quality_head, **ended)
        ended["investigation"] = "completed"
        record = made.step(record, "follow_up", cast.quality_head, **ended)
        assert open_deadlines_about(record) == []
        record = made.step(record, "finish", cast.quality_head, **{**more, "investigation": "completed"})
        assert [(each.version, each.kind) for each in record.sent.order_by("version")] == [
            (1, "initial"), (2, "follow_up"), (3, "final"),
        ]  # fmt: skip
        assert len({each.sha256 for each in record.sent.all()}) == 3
        assert record.state == "final"

    def test_it_is_closed_when_the_authority_is_answered_and_the_capa_named(self, cast, ours):
        record = made.step(made.notified(cast), "finish", cast.quality_head, **{**made.SHEET, **made.SENT})
        record = made.step(record, "question", cast.author, authority_questions="How many sites?")
        with pytest.raises(WrongState, match="is authority questions"):
            made.step(record, "link_capa", cast.author, capa_reference="CAPA-0001")
        record = made.step(record, "reply", cast.author, authority_answers="One.")
        record = made.step(record, "link_capa", cast.author, capa_reference="Kept by the service provider: C-12")
        record = made.step(record, "close", cast.qa)
        assert record.state == "closed"
        assert story(record)[0] == ("Amara Osei", "opened the serious breach")
        assert story(record)[-1] == ("Quentin Abara", "closed the serious breach")

    def test_questions_before_the_final_report_neither_replace_it_nor_meet_the_promised_follow_up(self, cast, ours):
        promised = today() + dt.timedelta(days=14)
        record = made.step(made.drafted(cast), "redraft", cast.author, **{**made.SHEET, "next_follow_up_on": promised})
        record = made.step(record, "notify", cast.quality_head, **made.SENT)
        record = made.step(record, "question", cast.author, authority_questions="How many sites?")
        due = {each.kind: each.due_on for each in open_deadlines_about(record)}
        assert (due.pop("breaches.next_follow_up"), list(due)) == (promised, ["breaches.reply"])
        record = made.step(record, "reply", cast.author, authority_answers="One.")
        assert record.state == "follow_up"
        assert [each.due_on for each in open_deadlines_about(record)] == [promised]
        record = made.step(record, "finish", cast.quality_head, **{**made.SHEET, **made.SENT})
        assert (record.state, open_deadlines_about(record)[0].kind) == ("final", "breaches.link_capa")


class TestSuspicion:
    """The screen of a lower event opens one."""

    @pytest.mark.parametrize("answer", ["yes", "unclear"])
    def test_what_the_screen_cannot_rule_out_is_opened_and_linked(self, cast, ours, answer):
        issue = players.issue(cast.author, lane=Lane.CONFIDENTIAL)
        issue = players.step(issue, "accept", cast.qa, **{**players.GRADED, "breach": answer})
        record = SeriousBreach.objects.get()
        assert (record.aware_at, record.lane, record.owner, record.study) == (
            issue.aware_at, Lane.CONFIDENTIAL, issue.owner, issue.study,
        )  # fmt: skip
        assert [each.other for each in links_of(record, cast.qa)] == [issue]
        assert legal(record)[0].original_due == earliest_due(record)

    def test_a_screen_that_says_no_opens_none(self, cast, ours):
        players.step(players.issue(cast.author), "accept", cast.qa, **players.GRADED)
        assert SeriousBreach.objects.count() == 0


def test_the_event_of_a_late_breach_is_opened_once_by_whoever_comes_and_whoever_is_killed(company, monkeypatch):
    with scope(company.ours):
        late = made.breach(company.author, hours=24 * 7 + 3)
    with monkeypatch.context() as killed:
        killed.setattr(lateness.services, "link", Mock(side_effect=SystemExit))
        with pytest.raises(SystemExit):
            tasks.open_overdue()
    with scope(company.ours):
        assert QualityIssue.objects.count() == 0
    at_once(*[tasks.open_overdue] * 4)
    with scope(company.ours):
        assert [each.rule_id for each in QualityIssue.objects.all()] == [late.pk]
