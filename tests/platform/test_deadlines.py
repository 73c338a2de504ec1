"""The first due day never changes; extensions need two people; reminders come once each."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from cqms.access.services import end_membership
from cqms.audit import services as audit
from cqms.audit.models import AuditEvent
from cqms.audit.refusals import Denied, ReasonMissing, WrongState
from cqms.deadlines import reminding
from cqms.deadlines.clocks import Period, notification_clock
from cqms.deadlines.models import Clock, Deadline, Extension, Reminder
from cqms.deadlines.reminding import remind
from cqms.deadlines.selectors import deadlines_of, open_deadlines_of
from cqms.deadlines.services import Duty, NotLater, cancel, extend, meet, open_deadline
from cqms.deadlines.tasks import remind as remind_task
from cqms.notifications.models import Notification
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope
from studies.models import Study
from tests.days import today
from tests.platform.committed import at_once

NAMED = "Oversight of NW-101 Heron: a study of sleep in adults"
DUE = date(2026, 3, 29)
"""The night in which Berlin's clocks go forward."""


def begin(cast, *, due=DUE, owner=None, **changes) -> Deadline:
    words = {"kind": "studies.oversight", "label": "Oversight of NW-101", "path": "/o/northwind/studies/NW-101/"}
    study = Study.objects.get(number="NW-101")
    return open_deadline(
        study, Duty(**(words | changes)), due=due, owner=owner or cast.author, actor=cast.study_manager
    )


def at(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def told(kind: str = "deadline") -> list[tuple[str, str]]:
    rows = Notification.objects.filter(kind=kind).order_by("id")
    return [(each.person.name, each.subject) for each in rows.select_related("person")]


def test_a_due_day_ends_with_the_organizations_day(cast, ours):
    deadline = begin(cast)
    assert deadline.original_due.astimezone(UTC) == datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC)
    assert (deadline.due_on, deadline.original_due_on) == (DUE, DUE)
    assert not deadline.is_late(datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC))
    assert deadline.is_late(datetime(2026, 3, 29, 22, 0, 0, tzinfo=UTC))


def test_a_deadline_is_told_on_the_page_of_its_record(cast, ours):
    deadline = begin(cast)
    event = AuditEvent.objects.filter(record_kind="deadlines.deadline").get()
    study = Study.objects.get(number="NW-101")
    assert (event.subject_kind, event.subject_id, event.sentence) == (
        "studies.study", study.pk, "set a deadline: Oversight of NW-101",
    )  # fmt: skip
    assert deadlines_of(study) == [deadline]


def test_a_record_has_one_open_deadline_of_a_kind(cast, ours):
    first = begin(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        begin(cast)
    meet(first, actor=cast.author)
    assert begin(cast).pk != first.pk


def test_more_time_needs_a_reason_and_a_second_person(cast, ours):
    deadline = begin(cast)
    later = DUE + timedelta(days=10)
    with pytest.raises(Denied, match="Who asks for more time does not allow it"):
        extend(deadline, due=later, reason="Holidays", requested_by=cast.author, approved_by=cast.author)
    with pytest.raises(ReasonMissing):
        extend(deadline, due=later, reason=" ", requested_by=cast.author, approved_by=cast.qa)
    with pytest.raises(NotLater):
        extend(deadline, due=DUE, reason="Holidays", requested_by=cast.author, approved_by=cast.qa)
    moved = extend(deadline, due=later, reason="Holidays", requested_by=cast.author, approved_by=cast.qa)
    assert (moved.original_due_on, moved.due_on, moved.was_extended) == (DUE, later, True)
    extension = Extension.objects.get()
    assert (extension.requested_by, extension.approved_by, extension.reason) == (cast.author, cast.qa, "Holidays")
    events = AuditEvent.objects.filter(record_kind="deadlines.deadline", record_id=deadline.pk)
    verbs = list(events.order_by("id").values_list("verb", "reason"))
    assert verbs[-1] == ("extend", "Holidays")
    assert [verb for verb, _ in verbs] == ["open deadline", "refuse", "refuse", "refuse", "extend"]


def test_the_law_gives_no_more_time(cast, ours):
    deadline = begin(cast, clock=Clock.LEGAL)
    with pytest.raises(Denied, match="The law sets this deadline"):
        extend(deadline, due=date(2026, 5, 1), reason="Late", requested_by=cast.author, approved_by=cast.qa)


@pytest.mark.parametrize("end", [meet, lambda deadline, actor: cancel(deadline, actor=actor, reason="Study stopped")])
def test_what_has_ended_stays_as_it_is(cast, ours, end):
    deadline = begin(cast)
    ended = end(deadline, actor=cast.author)
    assert not ended.is_open
    assert end(deadline, actor=cast.qa).revision == ended.revision
    assert open_deadlines_of(cast.author) == []
    with pytest.raises(WrongState):
        extend(deadline, due=date(2026, 5, 1), reason="Late", requested_by=cast.author, approved_by=cast.qa)


def test_the_first_due_moment_is_fixed_by_the_database(cast, ours):
    deadline = begin(cast)
    deadline.original_due += timedelta(days=1)
    deadline.current_due += timedelta(days=1)
    with pytest.raises(DatabaseError, match="the first due moment never changes"), transaction.atomic():
        audit.save(deadline, actor=cast.qa, reason="I would rather have promised this")
    with pytest.raises(DatabaseError, match="the first due moment never changes"), transaction.atomic():
        Deadline.objects.update(original_due=deadline.original_due)


def test_a_deadline_is_never_brought_forward(cast, ours):
    deadline = begin(cast)
    deadline.current_due -= timedelta(days=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        audit.save(deadline, actor=cast.qa, reason="Hurry")


class TestReminding:
    """Four steps, counted in the organization's days."""

    def test_each_step_reaches_its_people_once(self, cast, ours):
        begin(cast)
        expected = {
            -8: [],
            -7: ["Amara Osei"],
            -1: [],
            0: ["Amara Osei", "Hanna Quist"],
            4: [],
            5: ["Amara Osei", "Hanna Quist", "Quentin Abara"],
            14: [],
            15: ["Amara Osei", "Hanna Quist", "Quentin Abara"],
            40: [],
        }
        for day, people in expected.items():
            before = len(told())
            remind(ours, at(DUE + timedelta(days=day)))
            remind(ours, at(DUE + timedelta(days=day), 13))
            assert [name for name, _subject in told()[before:]] == people, day
        assert [subject for name, subject in told() if name == "Amara Osei"] == [
            f"Due in 7 days: {NAMED}",
            f"Due today: {NAMED}",
            f"5 days late: {NAMED}",
            f"15 days late: {NAMED}",
        ]

    def test_the_head_of_quality_hears_of_fifteen_days_only(self, cast, ours):
        begin(cast, owner=cast.quality_head)
        member = Membership.objects.get(user=cast.quality_head)
        assert member.manager == cast.quality_head
        remind(ours, at(DUE + timedelta(days=15)))
        assert told() == [
            ("Hanna Quist", f"15 days late: {NAMED}"),
            ("Quentin Abara", f"15 days late: {NAMED}"),
        ]

    def test_days_are_the_organizations(self, cast, ours):
        begin(cast)
        remind(ours, datetime(2026, 3, 21, 22, 59, tzinfo=UTC))
        assert told() == []
        remind(ours, datetime(2026, 3, 21, 23, 0, tzinfo=UTC))
        assert told() == [("Amara Osei", f"Due in 7 days: {NAMED}")]

    def test_missed_steps_are_caught_up_once_by_the_last(self, cast, ours):
        begin(cast)
        remind(ours, at(DUE + timedelta(days=6)))
        assert {subject for _name, subject in told()} == {f"6 days late: {NAMED}"}
        steps = Reminder.objects.order_by("id").values_list("step", "skipped")
        assert list(steps) == [("T-7", True), ("T0", True), ("T+5", False)]

    def test_more_time_begins_the_steps_again(self, cast, ours):
        deadline = begin(cast)
        remind(ours, at(DUE))
        later = DUE + timedelta(days=30)
        extend(deadline, due=later, reason="Holidays", requested_by=cast.author, approved_by=cast.qa)
        count = len(told())
        remind(ours, at(DUE + timedelta(days=5)))
        assert len(told()) == count
        remind(ours, at(later - timedelta(days=7)))
        assert told()[count:] == [("Amara Osei", f"Due in 7 days: {NAMED}")]
        body = Notification.objects.order_by("-id")[0].body
        assert body == (f"{NAMED} is due on 28 April 2026. It was first due on 29 March 2026. You answer for it.")

    def test_what_has_ended_reminds_nobody(self, cast, ours):
        meet(begin(cast), actor=cast.author)
        remind(ours, at(DUE))
        assert told() == []

    def test_quality_assurance_hears_of_what_nobody_answers_for_any_more(self, cast, ours):
        begin(cast)
        end_membership(Membership.objects.get(user=cast.author), actor=cast.administrator, reason="Left")
        remind(ours, at(DUE - timedelta(days=7)))
        assert [name for name, _subject in told()] == ["Hanna Quist", "Quentin Abara"]

    def test_who_may_not_know_of_the_record_is_not_told_of_it(self, cast, ours):
        begin(cast, owner=cast.guest)
        member = Membership.objects.get(user=cast.guest)
        member.manager = cast.administrator
        audit.save(member, actor=cast.administrator)
        remind(ours, at(DUE))
        assert [name for name, _subject in told()] == ["Gustav Est"]


START = datetime(2026, 6, 3, 7, 15, tzinfo=UTC)
"""A Wednesday, 09:15 in Berlin."""


def begin_legal(cast, **changes) -> Deadline:
    zone = ZoneInfo("Europe/Berlin")
    clock = notification_clock(START, Period(7), own_zone=zone, authority_zone=zone)
    return begin(cast, due=clock.due_at, clock=Clock.LEGAL, alarms=clock.alarms(), **changes)


class TestAlarms:
    """A legal clock tells people at its own moments, the head of quality from the first on, and cannot be muted."""

    def test_each_alarm_comes_at_its_moment_once_and_to_the_head_of_quality(self, cast, ours):
        begin_legal(cast)
        minute, due = timedelta(minutes=1), START + timedelta(days=7)
        moments = (
            START + timedelta(hours=24), START + timedelta(hours=72), START + timedelta(days=5),
            START + timedelta(days=6), due - timedelta(hours=6), due,
        )  # fmt: skip
        subjects = []
        for moment in moments:
            before = len(told())
            remind(ours, moment - minute)
            assert told()[before:] == []
            remind(ours, moment)
            remind(ours, moment + minute)
            fresh = told()[before:]
            assert sorted(name for name, _subject in fresh) == ["Amara Osei", "Hanna Quist", "Quentin Abara"]
            subjects.append({subject for _name, subject in fresh})
        assert subjects == [
            {f"{left}: {NAMED}"}
            for left in ("6 days left", "4 days left", "2 days left", "1 day left", "6 hours left",
                         "Less than a minute left")
        ]  # fmt: skip
        steps = Reminder.objects.order_by("id").values_list("step", "skipped")
        assert list(steps) == [(key, False) for key in ("+24h", "+72h", "D5", "D6", "-6h", "due")]

    def test_an_alarm_says_the_moment_stands_in_the_inbox_and_is_mailed(self, cast, ours):
        begin_legal(cast)
        remind(ours, START + timedelta(hours=24))
        rows = Notification.objects.filter(kind="deadline")
        assert {(row.stands_alone, row.mail_due_at is not None) for row in rows} == {(True, True)}
        assert rows.get(person=cast.quality_head).body == (
            f"{NAMED} is due on 10 June 2026 at 09:15 (Europe/Berlin)."
            " The law sets this time: it is not extended. Amara Osei answers for it."
        )

    def test_the_database_mutes_no_alarm(self, cast, ours):
        begin_legal(cast)
        with pytest.raises(DatabaseError, match="its alarms never change"), transaction.atomic():
            Deadline.objects.update(alarms=[])

    def test_after_its_time_it_is_told_again_until_it_is_met(self, cast, ours):
        deadline = begin_legal(cast)
        remind(ours, at(date(2026, 6, 15)))
        assert {subject for _name, subject in told()} == {f"5 days 4 hours late: {NAMED}"}
        meet(deadline, actor=cast.author)
        remind(ours, at(date(2026, 6, 25)))
        assert len(told()) == 3


@pytest.mark.commits
class TestBeat:
    """Beat may fire as often as it likes, and workers may die."""

    def test_beat_fires_four_times_at_once_and_each_reminder_comes_once(self, company):
        with scope(company.ours):
            for number in range(5):
                begin(company, kind=f"studies.oversight_{number}", label=f"Oversight {number}", due=today())
        at_once(*[lambda: remind_task.apply(throw=True)] * 4)
        with scope(company.ours):
            expected = sorted(
                (name, f"Due today: Oversight {n}") for n in range(5) for name in ("Amara Osei", "Hanna Quist")
            )
            assert sorted(told()) == expected
            assert Reminder.objects.filter(skipped=False).count() == 5

    def test_beat_fires_an_alarm_four_times_at_once_and_it_comes_once(self, company):
        with scope(company.ours):
            begin_legal(company)
        at_once(*[lambda: remind(company.ours, START + timedelta(hours=24))] * 4)
        with scope(company.ours):
            expected = [(name, f"6 days left: {NAMED}") for name in ("Amara Osei", "Hanna Quist", "Quentin Abara")]
            assert sorted(told()) == expected

    def test_a_worker_killed_in_the_middle_has_told_nobody(self, company, monkeypatch):
        with scope(company.ours):
            begin(company)

        def die(deadline, step, person, now):
            tell(deadline, step, person, now)
            if person == company.quality_head:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

        tell = reminding._tell
        monkeypatch.setattr(reminding, "_tell", die)
        with pytest.raises(DatabaseError):
            remind(company.ours, at(DUE))
        connection.close()
        monkeypatch.undo()
        with scope(company.ours):
            assert (told(), list(Reminder.objects.all())) == ([], [])
        assert remind(company.ours, at(DUE)) == 1
        with scope(company.ours):
            assert [name for name, _subject in told()] == ["Amara Osei", "Hanna Quist"]
