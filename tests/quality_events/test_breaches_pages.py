"""Pages of serious breaches: the clock in words and zones, awareness told in the zone of who was aware, the sheet."""

import datetime as dt

import pytest
from django.utils import timezone
from pypdf import PdfReader

from cqms.attachments.services import attachments_of, open_checked
from cqms.jobs.models import Job
from cqms.jobs.services import work_off
from cqms.organizations.scope import scope
from quality_events.breaches.models import SentNotification, SeriousBreach
from quality_events.presentation import content_of
from tests.cast import page
from tests.platform.asking import asking
from tests.platform.browsing import browse, words
from tests.quality_events import breaches as made

PLACE = "/quality-events/breaches/"
TYPED = {
    "title": "Doses after expiry", "description": "Four participants.", "jurisdictions": ["EU", "CH", "US"],
    "discovered_on": "2026-03-24", "aware_at": "2026-03-25T10:00", "zone": "Berlin", "sponsor_zone": "Berlin",
}  # fmt: skip


def opened(cast, **changes):
    return browse(cast.author).post(page(cast.ours, f"{PLACE}new/"), {**TYPED, "owner": cast.author.pk, **changes})


def found(cast) -> SeriousBreach:
    with scope(cast.ours):
        return SeriousBreach.objects.get()


def test_awareness_is_told_by_the_clocks_of_who_was_aware(cast):
    told = {"first_aware_at": "2026-03-24T20:00", "first_aware_zone": "New York", "first_aware_by": "Monitor"}
    answer = opened(cast, **told)
    assert (answer.status_code, answer["Location"]) == (302, page(cast.ours, f"{PLACE}SB-0001/"))
    record = found(cast)
    assert (record.aware_at, record.zone) == (dt.datetime(2026, 3, 25, 9, 0, tzinfo=dt.UTC), "Europe/Berlin")
    assert (record.first_aware_at, record.first_aware_zone) == (
        dt.datetime(2026, 3, 25, 0, 0, tzinfo=dt.UTC), "America/New_York",
    )  # fmt: skip
    form = browse(cast.author).get(page(cast.ours, f"{PLACE}SB-0001/edit/")).context["form"]
    assert str(form["first_aware_at"].value()) == "2026-03-24 20:00:00"


def begun(client, path):
    """What a form begins with, as a browser would send it back."""
    form = client.get(page_of(path)).context["form"]
    shown = {name: form[name].value() for name in form.fields}
    return {name: form[name].field.widget.format_value(value) if isinstance(value, dt.datetime) else value
            for name, value in shown.items() if value is not None}  # fmt: skip


def page_of(path: str) -> str:
    return f"/o/northwind{PLACE}{path}"


def test_moments_are_shown_to_the_minute_and_stay_what_they_are_when_they_are_left_alone(cast):
    twice = dt.datetime(2025, 10, 26, 1, 30, 7, 5, tzinfo=dt.UTC)  # the second 02:30 of that night in Berlin
    once = dt.datetime(2025, 10, 26, 0, 15, 59, 123456, tzinfo=dt.UTC)
    with scope(cast.ours):
        made.breach(cast.author, aware_at=twice, first_aware_at=once, zone="Europe/Berlin",
                    first_aware_zone="Europe/Berlin", first_aware_by="Monitor", first_aware_evidence="Mail",
                    discovered_on=dt.date(2025, 10, 26))  # fmt: skip
    client = browse(cast.author)
    sent = begun(client, "SB-0001/edit/")
    assert (sent["aware_at"], sent["first_aware_at"]) == ("2025-10-26T02:30", "2025-10-26T02:15")
    answer = client.post(page_of("SB-0001/edit/"), {**sent, "noticed_by": "Pharmacist"})
    record = found(cast)
    assert (answer.status_code, record.noticed_by, record.aware_at, record.first_aware_at) == (
        302, "Pharmacist", twice, once,
    )  # fmt: skip
    moved = {**sent, "revision": 2, "first_aware_at": "2025-10-26T02:10", "reason": "The mail was sent then."}
    assert client.post(page_of("SB-0001/edit/"), moved).status_code == 302
    assert found(cast).first_aware_at == dt.datetime(2025, 10, 26, 0, 10, tzinfo=dt.UTC)


def test_words_that_were_questioned_once_are_not_questioned_again_where_nobody_changes_them(cast):
    opened(cast)
    client, step = browse(cast.author), page(cast.ours, f"{PLACE}SB-0001/steps/assess/")
    told = {**made.SERIOUS, "rationale": "Participant John Miller was dosed.", "revision": 1}
    assert client.post(step, {**told, "no_identity": "on"}).status_code == 302
    again, api = page(cast.ours, f"{PLACE}SB-0001/steps/answer/"), asking(cast.author, cast.ours)
    other = {**told, "revision": 2, "rationale": f"{told['rationale']} So was Mrs. Berg."}
    [said] = client.post(again, other).context["form"].errors["rationale"]
    assert said.startswith("“Mrs. Berg” looks like a name. Use")
    refused = api.post("breaches/SB-0001/steps/answer/", other).json()["error"]["fields"]
    assert refused == {"rationale": ["“Mrs. Berg” looks like a name."]}
    kept = {**told, "revision": 2, "rationale": f"{told['rationale']} It was seen at once."}
    assert client.post(again, kept).status_code == 302
    assert api.post("breaches/SB-0001/steps/answer/", {**kept, "revision": 3}).status_code == 200


def test_the_page_says_which_clock_runs_from_which_awareness_in_all_zones(cast):
    opened(cast, first_aware_at="2026-03-24T20:00", first_aware_zone="New York")
    shown = words(browse(cast.reader).get(page(cast.ours, f"{PLACE}SB-0001/")))
    for sentence in (
        "EU and EEA: Member states concerned, through CTIS",
        "It runs from the awareness of the first person in the sponsor's chain.",
        "Clock startedWed 25 Mar 2026, 00:00 +00:00Wed 25 Mar 2026, 01:00 +01:00",
        "Day 7: notify byTue 31 Mar 2026, 23:00 +00:00Wed 1 Apr 2026, 01:00 +02:00",
        "Legal latest moment, sponsor's calendarWed 1 Apr 2026, 21:59 +00:00",
        "Switzerland: Swissmedic UnverifiedNot verified: no clock is shown.",
        "United States: FDA No such dutyNo such duty.",
    ):
        assert sentence in shown, sentence


def test_seven_days_are_not_168_hours_where_clocks_change(cast):
    opened(cast)
    shown = words(browse(cast.reader).get(page(cast.ours, f"{PLACE}SB-0001/")))
    assert (
        "7 days by the calendar are 167 hours here; 168 hours would end on Wed 1 Apr 2026, 11:00 +02:00: not the same,"
        " because clocks change in between. Weekends and holidays count."
    ) in shown


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("aware_at", "2026-03-29T02:30", "The clocks of that place were put forward over this time: it did not exist."),
        ("aware_at", "2199-01-01T00:00", "This moment is still to come."),
        ("aware_at", "yesterday", "Write date and time as 2026-05-04 09:15."),
        ("zone", "Atlantis", "No time zone has “Atlantis” in its name. Name a larger city that has the same time."),
        ("jurisdictions", [], "Choose at least one."),
    ],
)
def test_wrong_input_is_named_beside_its_field(cast, field, typed, said):
    answer = opened(cast, **{field: typed})
    assert (answer.status_code, answer.context["form"].errors[field]) == (422, [said])


def test_the_list_tells_the_time_that_is_left(cast):
    with scope(cast.ours):
        made.breach(cast.author, hours=24.5)
        made.notified(cast)
    shown = words(browse(cast.reader).get(page(cast.ours, PLACE)))
    assert ("5 days 23 hours left" in shown, "Notified in time" in shown) == (True, True)
    waiting = words(browse(cast.reader).get(page(cast.ours, f"{PLACE}?notified=no")))
    assert ("5 days 23 hours left" in waiting, "Notified in time" in waiting) == (True, False)


def test_what_seems_to_name_a_participant_is_questioned_in_a_step_before_it_is_kept(cast):
    opened(cast)
    step, told = f"{PLACE}SB-0001/steps/assess/", {**made.SERIOUS, "rationale": "Participant John Miller was dosed."}
    first = browse(cast.author).post(page(cast.ours, step), {**told, "revision": 1})
    [said] = first.context["form"].errors["rationale"]
    assert (first.status_code, said.split(". ")[0]) == (422, "“Participant John Miller” looks like a name")
    assert "I looked: none of this identifies a participant" in words(first)
    api = asking(cast.author, cast.ours)
    refused = api.post("breaches/SB-0001/steps/assess/", {**told, "revision": 1}).json()["error"]
    assert refused["fields"] == {"rationale": ["“Participant John Miller” looks like a name."]}
    assert found(cast).state == "suspected"
    looked = browse(cast.author).post(page(cast.ours, step), {**told, "revision": 1, "no_identity": "on"})
    assert (looked.status_code, found(cast).rationale) == (302, told["rationale"])


def test_its_report_tells_every_awareness_the_clocks_in_all_zones_the_assessment_and_what_was_sent(cast):
    opened(cast, first_aware_at="2026-03-24T20:00", first_aware_zone="New York", first_aware_by="Monitor")
    with scope(cast.ours):
        early = {heading: dict(rows) for heading, rows in content_of(SeriousBreach.objects.get(), cast.qa).parts}
        late = {heading: dict(rows) for heading, rows in content_of(made.notified(cast), cast.qa).parts}
        sent = SentNotification.objects.get()
    first = early["Who was aware, and when"]["First person in the chain of the sponsor"].split("\n")
    assert first[:3] == [
        "Tue 24 Mar 2026, 20:00 -04:00, America/New_York", "25 Mar 2026, 00:00:00 UTC", "Monitor",
    ]  # fmt: skip
    clock = early["Clock for EU and EEA"]
    assert clock["Started by"] == "awareness of the first person in the sponsor's chain"
    assert clock["Day 7: notify by"].split("\n") == [
        "Tue 31 Mar 2026, 23:00 +00:00 · UTC", "Wed 1 Apr 2026, 01:00 +02:00 · Sponsor, Europe/Berlin",
        "Wed 1 Apr 2026, 01:00 +02:00 · Authority, Europe/Amsterdam",
    ]  # fmt: skip
    assert early["Clock for Switzerland"] == {
        "To be told": "Swissmedic", "Duty": "Not verified: no clock is shown. Ask regulatory affairs."
    }  # fmt: skip
    assert early["Assessment"] == {}
    assert late["Assessment"]["Outcome"].startswith("A serious breach: ")
    assert late["Clock for EU and EEA"]["When this was printed"] == "Notified in time"
    assert f"SHA-256 {sent.sha256}" in late["Notifications as they were sent"]["1 · Initial notification"]


def test_the_sheet_stands_in_the_order_of_the_authority_and_as_it_was_sent(cast):
    with scope(cast.ours):
        record = made.notified(cast)
        sent = record.sent.get()
    browser = browse(cast.author)
    now = browser.get(page(cast.ours, f"{PLACE}{record.number}/sheet/"))
    labels = [row.label for row in now.context["rows"]]
    assert labels[:5] == [
        "Kind of report", "Reference of the sponsor", "Status of the investigation", "Date of the next follow-up",
        "Title of the trial",
    ]  # fmt: skip
    secret = {row.key for row in now.context["rows"] if not row.may_be_published}
    assert secret == {"in_procedure", "site_contact", "first_aware_at", "parties"}
    then = words(browser.get(page(cast.ours, f"{PLACE}{record.number}/sheet/1/")))
    assert (sent.sha256 in then, "SB-EU-7" in then) == (True, True)
    assert browser.get(page(cast.ours, f"{PLACE}{record.number}/sheet/2/")).status_code == 404


def test_the_sheet_is_made_as_a_pdf_and_attached(cast):
    with scope(cast.ours):
        record = made.notified(cast)
        sha256 = record.sent.get().sha256
    answer = browse(cast.author).post(page(cast.ours, f"{PLACE}{record.number}/sheet/pdf/"), {"version": 1})
    with scope(cast.ours):
        job = Job.objects.get(kind="breaches.render_sheet")
    assert answer["Location"] == page(cast.ours, f"/jobs/{job.pk}/")
    work_off(cast.ours, job.pk)
    with scope(cast.ours):
        file = attachments_of(record, cast.qa)[0]
        with open_checked(file.file) as content:
            text = "\n".join(each.extract_text() for each in PdfReader(content).pages)
    assert file.name == f"{record.number}-sheet-v1.pdf"
    flat = "".join(text.split())
    for line in ("2026-500001-01-00", "Isnotpublished", "Thebatchisquarantined.", sha256):
        assert line in flat, text


def test_what_was_sent_must_have_been_checked_for_what_may_be_published(cast):
    with scope(cast.ours):
        record = made.drafted(cast)
    place = page(cast.ours, f"{PLACE}{record.number}/steps/notify/")
    browser = browse(cast.quality_head)
    form = browser.get(place).context["form"]
    data = {
        "revision": form.initial["revision"],
        "sent_at": f"{timezone.localtime():%Y-%m-%dT%H:%M}",
        "channel": "CTIS",
    }
    answer = browser.post(place, data)
    assert answer.status_code == 422
    assert answer.context["form"].errors["redaction_checked"] == ["Tick this to go on."]
