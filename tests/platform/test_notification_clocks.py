"""The notification clock against sixty cases worked out beforehand, and what must hold of every clock."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cqms.deadlines.clocks import (
    Awareness,
    NoSuchTime,
    Period,
    StartEvent,
    Unit,
    first_instant,
    moment_of,
    notification_clock,
    remaining,
)

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = Period(7)
TABLE = Path(__file__).with_name("notification_clocks.md")
DUTIES = {
    "7 days from awareness": (WEEK, StartEvent.AWARENESS),
    "7 days from confirmation": (WEEK, StartEvent.CONFIRMATION),
    "72 hours from source": (Period(72, Unit.HOURS), StartEvent.SOURCE),
    "none": (WEEK, StartEvent.NOTHING),
}
ZONES = ("Europe/Berlin", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Kathmandu", "Asia/Beirut")


def cases() -> list[dict[str, str]]:
    lines = [line for line in TABLE.read_text().splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]


def by_people(words: str) -> datetime | None:
    if words == "–":
        return None
    day, time, zone = words.split()
    return moment_of(datetime.fromisoformat(f"{day} {time}"), ZoneInfo(zone))


def written(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S").removesuffix(":00") if moment else "–"


def there(moment: datetime, zone: ZoneInfo) -> str:
    offset = moment.astimezone(zone).strftime("%z")
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M} {offset[:3]}:{offset[3:]}"


def answers(case: dict[str, str]) -> tuple[str, ...]:
    people = ("first person aware", "notifier aware", "confirmed", "source aware")
    first, notifier, confirmed, source = (by_people(case[each]) for each in people)
    period, event = DUTIES[case["duty"]]
    start = Awareness(first, notifier, confirmed, source).start(event)
    if start is None:
        return ("–",) * 6
    own, authority = ZoneInfo(case["who notifies"]), ZoneInfo(case["authority"])
    clock = notification_clock(start, period, own_zone=own, authority_zone=authority)
    return (
        written(clock.started_at), there(clock.due_at, own), written(clock.due_at), f"{clock.hours:g}",
        written(clock.latest_at), written(clock.authority_latest_at),
    )  # fmt: skip


@pytest.mark.parametrize("case", [pytest.param(each, id=f"{each['no']} {each['case']}") for each in cases()])
def test_the_clock_says_what_was_worked_out(case):
    expected = ("starts (UTC)", "due there", "due (UTC)", "hours", "latest (UTC)", "authority's latest (UTC)")
    assert answers(case) == tuple(case[each] for each in expected)


def test_sixty_cases_were_worked_out():
    numbers = [each["no"] for each in cases()]
    assert numbers == [f"{number:02}" for number in range(1, 61)]


def test_alarms_come_at_their_own_moments():
    start = datetime(2026, 10, 21, 8, 0, tzinfo=UTC)
    clock = notification_clock(start, WEEK, own_zone=BERLIN, authority_zone=BERLIN)
    assert [(alarm.key, written(alarm.at)) for alarm in clock.alarms()] == [
        ("+24h", "2026-10-22 08:00"),
        ("+72h", "2026-10-24 08:00"),
        ("D5", "2026-10-26 09:00"),
        ("D6", "2026-10-27 09:00"),
        ("-6h", "2026-10-28 03:00"),
    ]
    assert written(clock.by_hours_at) == "2026-10-28 08:00"


def test_a_clock_of_hours_alarms_within_its_hours():
    start = datetime(2026, 4, 3, 5, 0, tzinfo=UTC)
    clock = notification_clock(start, Period(72, Unit.HOURS), own_zone=BERLIN, authority_zone=BERLIN)
    assert [alarm.key for alarm in clock.alarms()] == ["+24h", "-6h"]


def test_a_moment_needs_a_zone_and_must_have_been():
    with pytest.raises(ValueError, match="with a zone"):
        notification_clock(datetime(2026, 6, 3, 9, 15), WEEK, own_zone=BERLIN, authority_zone=BERLIN)  # noqa: DTZ001
    with pytest.raises(NoSuchTime):
        moment_of(datetime(2026, 3, 29, 2, 30), BERLIN)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=6, hours=3, minutes=59), "6 days 3 hours left"),
        (timedelta(days=1, minutes=1), "1 day 1 minute left"),
        (timedelta(hours=1), "1 hour left"),
        (timedelta(seconds=59), "less than a minute left"),
        (-timedelta(seconds=1), "less than a minute late"),
        (-timedelta(minutes=40), "40 minutes late"),
        (-timedelta(days=2, hours=1), "2 days 1 hour late"),
    ],
)
def test_what_is_left_is_said_in_words(left, words):
    now = datetime(2026, 6, 3, 9, 15, tzinfo=UTC)
    assert remaining(now + left, now) == words


MINUTES = st.integers(min_value=0, max_value=30 * 365 * 24 * 60).map(
    lambda minutes: datetime(2005, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@settings(max_examples=200, deadline=None)
@given(MINUTES, st.sampled_from(ZONES), st.sampled_from(ZONES))
def test_no_clock_is_more_generous_than_its_calendar(start, own, authority):
    clock = notification_clock(start, WEEK, own_zone=ZoneInfo(own), authority_zone=ZoneInfo(authority))
    shown = start.astimezone(ZoneInfo(own)).replace(tzinfo=None) + timedelta(days=7)
    before = (clock.due_at - timedelta(minutes=1)).astimezone(ZoneInfo(own)).replace(tzinfo=None)
    assert before < shown <= clock.due_at.astimezone(ZoneInfo(own)).replace(tzinfo=None)
    assert start < clock.due_at <= clock.latest_at
    assert clock.strictest_at <= clock.due_at
    moments = [start, *(alarm.at for alarm in clock.alarms()), clock.due_at]
    assert moments == sorted(set(moments))


@settings(max_examples=200, deadline=None)
@given(MINUTES, st.sampled_from(ZONES))
def test_a_time_that_was_shown_is_found_again(moment, zone):
    local = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    found = first_instant(local, ZoneInfo(zone))
    assert found <= moment
    assert moment_of(local, ZoneInfo(zone)) == moment
    assert found.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local
