"""Days and moments: effective at the first instant of the organization's day, caught up once, reviewed in time."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.utils import timezone

from cqms.audit.models import AuditEvent
from cqms.audit.refusals import Blocked, Changed, Denied, ReasonMissing, Refused, WrongState
from cqms.deadlines.selectors import open_deadlines_about, open_deadlines_of
from cqms.notifications.models import Notification
from cqms.organizations.models import Organization
from cqms.organizations.scope import scope
from documents import reviews, steps, tasks
from documents.models import DocumentType, PeriodicReview, ReviewState, Version, VersionState
from tests.documents.players import begin, effective, following, fresh, sign
from tests.platform.committed import at_once
from tests.world import building as worlds
from tests.world.building import credentials, our_players

NOON = dt.time(12)


class Clock:
    """The time that the services read."""

    def __init__(self, monkeypatch, zone: ZoneInfo) -> None:
        self.zone = zone
        self.moment = timezone.now()
        monkeypatch.setattr(timezone, "now", lambda: self.moment)

    @property
    def today(self) -> dt.date:
        return self.moment.astimezone(self.zone).date()

    def go(self, days: int) -> dt.date:
        self.moment += dt.timedelta(days=days)
        return self.today


@pytest.fixture
def clock(cast, monkeypatch) -> Clock:
    return Clock(monkeypatch, cast.ours.timezone)


def approved(cast, **options) -> Version:
    return worlds.carry(begin(cast, **options), our_players(cast), steps_done=3)


def schedule(cast, version, day, reason="No training is needed.") -> Version:
    return steps.take_step(
        version, "schedule", actor=cast.document_control, reason=reason, values={"effective_on": day}
    )


# The effective date


def test_it_takes_effect_on_its_day_and_not_before(cast, ours, clock):
    version = schedule(cast, approved(cast), clock.today + dt.timedelta(days=2))
    assert steps.take_effect(ours) == []
    clock.go(1)
    assert steps.take_effect(ours) == []
    clock.go(1)
    assert [each.pk for each in steps.take_effect(ours)] == [version.pk]
    assert steps.take_effect(ours) == []
    row = fresh(version)
    assert (row.state, row.effective_at.astimezone(ours.timezone).time()) == (VersionState.EFFECTIVE, dt.time())


def test_missed_days_are_caught_up_once(cast, ours, clock):
    version = schedule(cast, approved(cast), clock.today + dt.timedelta(days=1))
    day = clock.today + dt.timedelta(days=1)
    clock.go(30)
    tasks.take_effect()
    tasks.take_effect()
    row = fresh(version)
    assert (row.state, row.effective_on) == (VersionState.EFFECTIVE, day)
    assert row.effective_at == steps.first_instant(day, ours), "it counts from its own day, not from the day of repair"
    assert AuditEvent.objects.filter(record_id=version.pk, verb="take_effect").count() == 1
    subjects = Notification.objects.filter(person=cast.author, subject__endswith="is effective")
    assert subjects.count() == 1


def test_a_version_that_cannot_take_effect_holds_up_no_other(cast, ours, clock, monkeypatch):
    day = clock.today + dt.timedelta(days=1)
    broken, sound = (schedule(cast, approved(cast), day) for _ in range(2))
    clock.go(1)
    make = steps._make_effective

    def fail_for_one(version, *args):
        if version.pk == broken.pk:
            raise DatabaseError("the disk is full")
        return make(version, *args)

    monkeypatch.setattr(steps, "_make_effective", fail_for_one)
    assert [each.pk for each in steps.take_effect(ours)] == [sound.pk]
    assert fresh(broken).state == VersionState.APPROVED
    monkeypatch.setattr(steps, "_make_effective", make)
    assert [each.pk for each in steps.take_effect(ours)] == [broken.pk], "the next call tries it again"


def test_the_predecessor_ends_at_the_moment_the_next_begins(cast, ours, clock):
    first = effective(cast)
    second = worlds.carry(following(cast, first), our_players(cast), steps_done=3)
    schedule(cast, second, clock.go(1) + dt.timedelta(days=1))
    clock.go(1)
    steps.take_effect(ours)
    first, second = fresh(first), fresh(second)
    assert (first.state, second.state) == (VersionState.SUPERSEDED, VersionState.EFFECTIVE)
    assert first.ended_at == second.effective_at
    events = AuditEvent.objects.filter(record_id__in=[first.pk, second.pk], verb__in=["supersede", "take_effect"])
    assert [event.actor for event in events] == [None, None, None]


def test_if_the_next_cannot_take_effect_the_predecessor_stays(cast, ours, clock, monkeypatch):
    first = effective(cast)
    second = worlds.carry(following(cast, first), our_players(cast), steps_done=3)
    schedule(cast, second, clock.today)
    monkeypatch.setattr(steps, "_tell_author", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        steps.take_effect(ours)
    assert (fresh(first).state, fresh(second).state) == (VersionState.EFFECTIVE, VersionState.APPROVED)


def test_the_date_is_set_by_document_control_with_time_for_training(cast, ours, clock):
    version = approved(cast)
    today = clock.today
    with pytest.raises(Denied):
        steps.take_step(version, "schedule", actor=cast.author, values={"effective_on": today}, reason="Now.")
    for day, field in ((None, "effective_on"), (today - dt.timedelta(days=1), "effective_on")):
        with pytest.raises(ValidationError) as refused:
            schedule(cast, version, day)
        assert list(refused.value.message_dict) == [field]
    with pytest.raises(ValidationError) as refused:
        schedule(cast, version, today + dt.timedelta(days=13), reason="  ")
    assert refused.value.message_dict == {"reason": ["Less than 14 days remain for training: say why that is enough."]}
    assert fresh(version).effective_on is None
    assert schedule(cast, version, today + dt.timedelta(days=14), reason="").effective_on == today + dt.timedelta(
        days=14
    )


def test_a_day_that_cannot_be_meant_is_refused(cast, ours, clock):
    version = approved(cast)
    far = clock.today + steps.FARTHEST + dt.timedelta(days=1)
    with pytest.raises(ValidationError) as refused:
        schedule(cast, version, far)
    assert refused.value.message_dict == {"effective_on": ["The day is more than ten years away. Check the year."]}
    with pytest.raises(ValidationError) as refused:
        reviews.plan_review(effective(cast), actor=cast.document_control, day=dt.date.max, reason="Never.")
    assert list(refused.value.message_dict) == ["next_review_on"]


def test_the_date_can_be_moved_until_it_has_come(cast, ours, clock):
    version = schedule(cast, approved(cast), clock.today + dt.timedelta(days=20))
    day = clock.today + dt.timedelta(days=40)
    for blank in ("", "  "):
        with pytest.raises(ValidationError) as refused:
            schedule(cast, version, day, reason=blank)
        assert refused.value.message_dict == {
            "reason": [f"{version.effective_on:%-d %b %Y} was set before: say why the day changes."]
        }
    version = schedule(cast, version, day, reason="The training takes longer.")
    clock.go(20)
    assert steps.take_effect(ours) == []
    clock.go(20)
    assert len(steps.take_effect(ours)) == 1
    with pytest.raises(WrongState):
        schedule(cast, version, clock.today)


@pytest.mark.parametrize(
    ("zone", "day", "moment"),
    [
        ("Europe/Berlin", dt.date(2026, 7, 1), "2026-06-30 22:00"),
        ("Europe/Berlin", dt.date(2026, 12, 1), "2026-11-30 23:00"),
        ("America/New_York", dt.date(2026, 12, 1), "2026-12-01 05:00"),
        ("Asia/Kolkata", dt.date(2026, 12, 1), "2026-11-30 18:30"),
        ("Pacific/Kiritimati", dt.date(2026, 12, 1), "2026-11-30 10:00"),
        ("Pacific/Pago_Pago", dt.date(2026, 12, 1), "2026-12-01 11:00"),
        ("Asia/Beirut", dt.date(2026, 3, 29), "2026-03-28 22:00"),  # midnight is skipped: the day begins at 01:00
        ("America/Havana", dt.date(2026, 11, 1), "2026-11-01 04:00"),  # midnight comes twice: the first one counts
    ],
)
def test_a_day_begins_with_its_first_instant_in_the_zone(world, zone, day, moment):
    organization = Organization(name="Elsewhere", slug="elsewhere", zone=zone)
    first = steps.first_instant(day, organization)
    assert f"{first:%Y-%m-%d %H:%M}" == moment
    here = ZoneInfo(zone)
    assert first.astimezone(here).date() == day
    assert (first - dt.timedelta(seconds=1)).astimezone(here).date() == day - dt.timedelta(days=1)


def test_each_organization_has_its_own_midnight(world, monkeypatch):
    clock = Clock(monkeypatch, world.ours.timezone)
    day = clock.today + dt.timedelta(days=1)
    players = {world.ours: worlds.our_players(world), world.theirs: worlds.their_players(world)}
    for organization, who in players.items():
        with scope(organization):
            version = worlds.version_of(worlds.APPROVED)
            steps.take_step(version, "schedule", actor=who.control, reason="Known.", values={"effective_on": day})
    clock.moment = steps.first_instant(day, world.ours)
    tasks.take_effect()
    states = []
    for organization in players:
        with scope(organization):
            states.append(worlds.version_of(worlds.APPROVED).state)
    assert states == [VersionState.EFFECTIVE, VersionState.APPROVED], "it is still yesterday in New York"
    clock.moment = steps.first_instant(day, world.theirs)
    tasks.take_effect()
    with scope(world.theirs):
        assert worlds.version_of(worlds.APPROVED).state == VersionState.EFFECTIVE


def test_beat_fired_four_times_at_once_makes_it_effective_once(own_world):
    cast = worlds.look_up()
    today = cast.ours.today()
    with scope(cast.ours):
        version = worlds.version_of(worlds.APPROVED)
        values = {"effective_on": today}
        steps.take_step(version, "schedule", actor=cast.document_control, reason="Now.", values=values)
    at_once(*[tasks.take_effect] * 4)
    with scope(cast.ours):
        assert fresh(version).state == VersionState.EFFECTIVE
        assert AuditEvent.objects.filter(record_id=version.pk, verb="take_effect").count() == 1


# Periodic review


def open_review(cast, clock, **options) -> PeriodicReview:
    version = effective(cast, **options)
    clock.moment = dt.datetime.combine(version.next_review_on - dt.timedelta(days=60), NOON, tzinfo=dt.UTC)
    [review] = reviews.open_periodic_reviews(cast.ours)
    return review


def conclude(review, person, verdict, **more) -> PeriodicReview:
    more = {"comment": "Read again.", "credentials": credentials(person)} | more
    return reviews.conclude_review(review, actor=person, verdict=verdict, **more)


@pytest.mark.parametrize(("kind", "years"), [(DocumentType.SOP, 2), (DocumentType.POLICY, 3), (DocumentType.MANUAL, 3)])
def test_the_next_review_follows_from_the_type(cast, ours, kind, years):
    version = effective(cast, kind=kind)
    assert version.next_review_on.year == version.effective_on.year + years


def test_a_leap_day_is_reviewed_on_the_28th(cast, ours):
    assert steps.next_review(effective(cast), since=dt.date(2024, 2, 29)) == dt.date(2026, 2, 28)


def test_a_review_opens_60_days_ahead_and_once(cast, ours, clock):
    version = effective(cast)
    clock.moment = dt.datetime.combine(version.next_review_on - dt.timedelta(days=61), NOON, tzinfo=dt.UTC)
    assert reviews.open_periodic_reviews(ours) == []
    clock.go(1)
    tasks.open_periodic_reviews()
    tasks.open_periodic_reviews()
    review = PeriodicReview.objects.get()
    assert (review.version, review.due_on, review.state) == (version, version.next_review_on, ReviewState.OPEN)
    [deadline] = open_deadlines_of(cast.process_owner)
    assert (deadline.label, deadline.due_on) == ("Periodic review of SOP-0001", version.next_review_on)
    assert Notification.objects.filter(kind="documents.periodic_review", person=cast.process_owner).count() == 1


def test_no_change_sets_the_next_date(cast, ours, clock):
    review = open_review(cast, clock)
    due = review.due_on
    review = conclude(review, cast.process_owner, "no_change")
    assert (review.state, open_deadlines_about(review)) == (ReviewState.CONCLUDED, [])
    version = fresh(review.version)
    assert version.next_review_on == due.replace(year=due.year + 2)
    assert reviews.open_periodic_reviews(ours) == []


@pytest.mark.parametrize(
    ("verdict", "label", "days", "page"),
    [
        ("revise", "Revise SOP-0001", 90, "/o/northwind/documents/SOP-0001/new-version/"),
        ("retire", "Retire SOP-0001", 30, "/o/northwind/documents/SOP-0001/1.0/steps/retire/"),
    ],
)
def test_another_verdict_gives_the_owner_a_deadline_and_no_second_review(cast, ours, clock, verdict, label, days, page):
    review = conclude(open_review(cast, clock), cast.process_owner, verdict)
    [deadline] = open_deadlines_of(cast.process_owner)
    assert (deadline.label, deadline.due_on, deadline.path) == (label, clock.today + dt.timedelta(days=days), page)
    assert reviews.open_periodic_reviews(ours) == []
    clock.go(100)
    assert reviews.open_periodic_reviews(ours) == []
    for person in (cast.process_owner, cast.qa):
        sign(fresh(review.version), "retire", person)
    assert open_deadlines_of(cast.process_owner) == []


def test_a_new_version_meets_what_the_verdict_asked_for(cast, ours, clock):
    review = conclude(open_review(cast, clock), cast.process_owner, "revise")
    worlds.carry(following(cast, review.version), our_players(cast), steps_done=4)
    assert fresh(review.version).state == VersionState.SUPERSEDED
    assert open_deadlines_about(review.version) == []


def test_a_review_of_a_version_that_ended_lapses(cast, ours, clock):
    review = open_review(cast, clock)
    worlds.carry(following(cast, review.version), our_players(cast), steps_done=4)
    review = PeriodicReview.objects.get(pk=review.pk)
    assert (review.state, open_deadlines_about(review)) == (ReviewState.LAPSED, [])


def test_only_the_process_owner_signs_the_verdict_with_grounds(cast, ours, clock):
    review = open_review(cast, clock)
    for person in (cast.qa, cast.author, cast.reader):
        with pytest.raises(Denied):
            conclude(review, person, "no_change")
    for comment in ("", "   "):
        with pytest.raises((Blocked, ReasonMissing)):
            conclude(review, cast.process_owner, "no_change", comment=comment)
    with pytest.raises(ValidationError):
        conclude(review, cast.process_owner, "perhaps")
    with pytest.raises(Refused):
        conclude(review, cast.process_owner, "no_change", revision=review.revision + 5)
    with pytest.raises(Refused):
        conclude(review, cast.process_owner, "no_change", credentials=credentials(cast.process_owner, password="no"))
    row = PeriodicReview.objects.get(pk=review.pk)
    assert (row.state, row.verdict, row.comment) == (ReviewState.OPEN, "", ""), "nothing of a refused verdict is kept"


def test_document_control_plans_another_date(cast, ours, clock):
    version = effective(cast)
    day = clock.today + dt.timedelta(days=10)
    with pytest.raises(Denied):
        reviews.plan_review(version, actor=cast.author, day=day, reason="A new law.")
    with pytest.raises(ValidationError):
        reviews.plan_review(
            version, actor=cast.document_control, day=clock.today - dt.timedelta(days=1), reason="A law."
        )
    with pytest.raises(ValidationError, match="Say why you change next review"):
        reviews.plan_review(version, actor=cast.document_control, day=day, reason="")
    with pytest.raises(Changed):
        reviews.plan_review(
            version, actor=cast.document_control, revision=fresh(version).revision - 1, day=day, reason="A law."
        )
    assert reviews.plan_review(version, actor=cast.document_control, day=day, reason="A law.").next_review_on == day
    assert len(reviews.open_periodic_reviews(ours)) == 1
