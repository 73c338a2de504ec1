"""What the portal flags in a trail that is reviewed: each kind by the entries that show it."""

import datetime as dt

from django.utils import timezone

from cqms.audit import services as audit
from cqms.audit.models import AuditEvent
from cqms.history.action import action
from cqms.signatures.models import Signature
from cqms.trail_reviews.flags import flags_of
from cqms.trail_reviews.models import FlagKind
from studies.models import Study


def entry(cast, at="2026-03-04T12:00", *, actor=None, reason="", changes=(), verb="change", record=None) -> AuditEvent:
    record = record or Study.objects.get(number="NW-101")
    found = audit.append(
        record, actor=actor or cast.author, verb=verb, sentence="changed it", changes=changes, reason=reason
    )
    found.at, found.zone = dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC), "UTC"
    return found


def flagged(cast, entries) -> list[tuple[int, str]]:
    return sorted(
        (entries.index(next(e for e in entries if e.pk == f.entry)), f.kind) for f in flags_of(entries, cast.ours)
    )


def test_an_ordinary_entry_is_not_flagged(cast, ours):
    day = {"field": "opened_on", "label": "opened on", "old": "", "new": "2026-03-02"}
    assert flagged(cast, [entry(cast, changes=[day])]) == []


def test_the_night_is_that_of_the_clock_of_the_person(cast, ours):
    rows = [entry(cast, at=f"2026-03-04T{hour}") for hour in ("21:59", "22:00", "04:59", "05:00")]
    assert flagged(cast, rows) == [(1, FlagKind.AT_NIGHT), (2, FlagKind.AT_NIGHT)]
    rows[0].zone = "Europe/Berlin"
    assert flagged(cast, rows[:1]) == [(0, FlagKind.AT_NIGHT)]


def test_dates_more_than_three_days_back_are_back_dated(cast, ours):
    days = [{"field": "f", "label": "f", "old": "", "new": f"2026-02-{day}"} for day in ("28", "27")]
    rows = [entry(cast, changes=[day], at="2026-03-03T12:00") for day in days]
    assert flagged(cast, rows) == [(1, FlagKind.BACK_DATED)]


def test_administrators_are_flagged_while_they_are(cast, ours):
    now = timezone.now().replace(hour=12)
    rows = [entry(cast, at=at.strftime("%Y-%m-%dT%H:%M"), actor=cast.administrator)
            for at in (now + dt.timedelta(days=1), now - dt.timedelta(days=9))]  # fmt: skip
    assert flagged(cast, rows) == [(0, FlagKind.BY_ADMINISTRATOR)]


def test_many_entries_in_a_short_time_are_flagged(cast, ours):
    rows = [entry(cast, at=f"2026-03-04T12:{minute // 2:02}") for minute in range(20)]
    assert {kind for _, kind in flagged(cast, rows)} == {FlagKind.MANY}
    assert len(flagged(cast, rows)) == 20
    rows[0].at -= dt.timedelta(minutes=2)
    assert flagged(cast, rows) == []


def test_a_reason_that_comes_again_and_again_is_flagged(cast, ours):
    rows = [entry(cast, reason="Correction.", at=f"2026-03-04T1{hour}:00") for hour in range(5)]
    assert {kind for _, kind in flagged(cast, rows)} == {FlagKind.SAME_REASON}
    assert flagged(cast, rows[:4]) == []
    refused = [entry(cast, reason="Wrong password.", at=f"2026-03-04T1{hour}:00", verb="refuse") for hour in range(5)]
    assert flagged(cast, refused) == []


def test_a_change_after_approval_is_flagged(cast, ours):
    study = Study.objects.get(number="NW-101")
    with action(cast.qa.pk):
        Signature.objects.create(
            signer=cast.qa, signer_name="Quentin Abara", meaning="approved", statement="I approve it.", zone="UTC",
            method="password", record_kind="studies.study", record_id=study.pk, record_label="NW-101", revision=1,
            content="{}", content_hash="0" * 64, signed_at=dt.datetime(2026, 3, 1, tzinfo=dt.UTC),
        )  # fmt: skip
    change = [{"field": "title", "label": "title", "old": "a", "new": "b"}]
    rows = [entry(cast, at=at, changes=change) for at in ("2026-02-27T12:00", "2026-03-02T12:00")]
    assert flagged(cast, rows) == [(1, FlagKind.AFTER_APPROVAL)]
