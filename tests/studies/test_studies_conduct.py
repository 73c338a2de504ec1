"""Milestones, protocol versions and participants: what is noted, what is refused, and what the page of a study says."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from cqms.audit.models import AuditEvent
from cqms.audit.refusals import Changed, Denied
from cqms.organizations.scope import scope
from studies.conduct import services
from studies.conduct.selectors import milestones_of, protocol_in_force
from studies.conduct.services import Count, ProtocolFacts
from studies.models import Milestone, MilestoneKind, Participants, Site, Study
from studies.partial_dates import first_day, in_words, is_partial_date, last_day
from studies.selectors import Enrolment, enrolment_by_site
from tests.cast import page
from tests.platform.browsing import browse, words

FIRST, LAST = MilestoneKind.FIRST_PARTICIPANT, MilestoneKind.LAST_PARTICIPANT
PAGE = "/studies/NW-101/"
TAKEN_OVER = "Taken over from the list kept before."


@pytest.fixture
def study(ours) -> Study:
    return Study.objects.get(number="NW-101")


@pytest.mark.parametrize(
    ("text", "first", "last", "shown"),
    [
        ("2026-09-21", date(2026, 9, 21), date(2026, 9, 21), "21 Sep 2026"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "Feb 2024"),
        ("2026", date(2026, 1, 1), date(2026, 12, 31), "2026"),
    ],
)
def test_a_date_known_to_the_day_the_month_or_the_year(text, first, last, shown):
    assert (is_partial_date(text), first_day(text), last_day(text), in_words(text)) == (True, first, last, shown)


@pytest.mark.parametrize(
    "text", ["", "2026-13", "2026-02-30", "26-02-03", "2026-1", "1066", "21.09.2026", "2026-09-21x"]
)
def test_what_is_no_date_is_refused(text):
    assert not is_partial_date(text)


def test_a_milestone_keeps_what_was_planned_beside_what_came(cast, study):
    planned = services.set_milestone(study, FIRST, "2026-03", "", actor=cast.study_manager, revision=0)
    services.set_milestone(study, FIRST, "2026-03", "2026-04-02", actor=cast.qa, revision=planned.revision)
    assert [(each.kind, each.planned_on, each.actual_on) for each in milestones_of(study)] == [
        (FIRST, "2026-03", "2026-04-02")
    ]
    event = AuditEvent.objects.latest("pk")
    assert (event.actor_name, event.sentence) == ("Quentin Abara", "set the milestone First participant in")
    assert event.subject_id == study.pk


def test_a_date_that_was_set_moves_only_with_a_reason_and_on_the_revision_seen(cast, study):
    milestone = services.set_milestone(study, FIRST, "2026-03", "", actor=cast.qa, revision=0)
    with pytest.raises(ValidationError, match="Say why the date changes"):
        services.set_milestone(study, FIRST, "2026-05", "", actor=cast.qa, revision=milestone.revision)
    with pytest.raises(Changed):
        services.set_milestone(study, FIRST, "2026-05", "", actor=cast.qa, revision=0, reason="Late drug.")
    moved = services.set_milestone(study, FIRST, "2026-05", "", actor=cast.qa, revision=1, reason="Late drug.")
    assert (moved.planned_on, AuditEvent.objects.latest("pk").reason) == ("2026-05", "Late drug.")


def test_milestones_come_in_their_order_and_not_in_the_future(cast, study):
    services.set_milestone(study, FIRST, "", "2026-04-02", actor=cast.qa, revision=0)
    with pytest.raises(ValidationError, match="“Last participant in” cannot come before “First participant in”"):
        services.set_milestone(study, LAST, "", "2026-03", actor=cast.qa, revision=0)
    with pytest.raises(ValidationError, match="has not come yet"):
        services.set_milestone(study, LAST, "", "2149-01", actor=cast.qa, revision=0)


def test_the_protocol_in_force_is_known_for_every_day(cast, study):
    for facts in (ProtocolFacts("1.0", date(2026, 1, 5), date(2026, 2, 1)), ProtocolFacts("2.0", date(2026, 5, 4), date(2026, 6, 1))):  # fmt: skip
        services.add_protocol_version(study, facts, actor=cast.study_manager)
    days = [date(2026, 1, 31), date(2026, 2, 1), date(2026, 5, 31), date(2026, 6, 1)]
    found = [protocol_in_force(study, day) for day in days]
    assert [each and each.label for each in found] == [None, "1.0", "1.0", "2.0"]
    with pytest.raises(ValidationError, match=r"There is a version 2\.0 of this protocol already"):
        services.add_protocol_version(study, ProtocolFacts("2.0", date(2026, 7, 1)), actor=cast.study_manager)


def test_participants_are_counted_by_site_and_month(cast, study):
    site = Site.objects.get(study=study)
    march, april = Count(site, date(2026, 3, 1), 5, 4), Count(site, date(2026, 4, 1), 3, 3)
    assert services.note_participants(study, [march, april], actor=cast.study_manager, reason=TAKEN_OVER) == 2
    assert services.note_participants(study, [march], actor=cast.study_manager) == 0
    assert enrolment_by_site(cast.qa, study) == {site.pk: Enrolment(8, 7)}
    with pytest.raises(ValidationError, match="Say why you change enrolled"):
        services.note_participants(study, [Count(site, march.month, 5, 5)], actor=cast.study_manager)
    with pytest.raises(ValidationError, match="more were enrolled than screened"):
        services.note_participants(study, [Count(site, march.month, 1, 2)], actor=cast.study_manager)
    with pytest.raises(Denied):
        services.note_participants(study, [Count(site, march.month, 1, 1)], actor=cast.reader)


def test_two_people_do_not_overwrite_each_other(cast, study):
    site, month = Site.objects.get(study=study), date(2026, 3, 1)
    services.note_participants(study, [Count(site, month, 5, 4)], actor=cast.qa, seen={}, reason=TAKEN_OVER)
    with pytest.raises(Changed):
        services.note_participants(study, [Count(site, month, 6, 6)], actor=cast.qa, seen={}, reason="More came.")
    assert Participants.objects.get().screened == 5


def test_the_pages_set_a_milestone_a_version_and_participants(cast):
    client = browse(cast.study_manager)
    client.post(page(cast.ours, f"{PAGE}milestones/first_participant/"), {"revision": 0, "planned_on": "2026-03"})
    client.post(page(cast.ours, f"{PAGE}protocol/new/"), {"label": "1.0", "dated_on": "2026-01-05"})
    with scope(cast.ours):
        site = Site.objects.get(study__number="NW-101")
    sheet = page(cast.ours, f"{PAGE}participants/?month=2026-03")
    half = {"revision": 0, f"screened_{site.pk}": 3, f"enrolled_{site.pk}": ""}
    assert "Give both numbers: 0 where there was nobody." in words(client.post(sheet, half))
    whole = half | {f"enrolled_{site.pk}": 2, "reason": TAKEN_OVER}
    assert client.post(sheet, whole).status_code == 302
    shown = words(client.get(page(cast.ours, PAGE)))
    for part in ("First participant in", "Mar 2026", "1.0First version", "2 enrolled", "Germany1132"):
        assert part in shown, part
    assert browse(cast.reader).get(sheet).status_code == 403


def test_a_milestone_that_does_not_exist_has_no_page(cast):
    assert browse(cast.qa).get(page(cast.ours, f"{PAGE}milestones/doomsday/")).status_code == 404


CSV = "site,month,screened,enrolled\n01,2026-03,4,3\n01,2026-04,2,2\n"


def send(cast, text: str | bytes):
    content = text if isinstance(text, bytes) else text.encode()
    data = {"file": SimpleUploadedFile("numbers.csv", content, "text/csv"), "reason": TAKEN_OVER}
    return browse(cast.study_manager).post(page(cast.ours, f"{PAGE}participants/file/"), data)


@pytest.mark.parametrize("text", [CSV, "\ufeff" + CSV, CSV.replace(",", ";"), CSV.replace("\n", "\r\n") + "\r\n"])
def test_participants_come_from_a_file(cast, text):
    assert send(cast, text).status_code == 302
    with scope(cast.ours):
        assert list(Participants.objects.order_by("month").values_list("screened", "enrolled")) == [(4, 3), (2, 2)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (CSV.replace("01,2026-04", "99,2026-04"), "Line 3: there is no site “99” of this study that was opened."),
        (CSV.replace("2026-04", "April"), "Line 3: “April” is no month. Write it as 2026-09."),
        (CSV.replace("2,2", "2,-2"), "Line 3: screened and enrolled must be whole numbers."),
        (CSV.replace("2026-04", "2026-03"), "Line 3: site 01 and Mar 2026 stand there twice."),
        ("site,month,screened\n01,2026-03,4\n", "The first line lacks enrolled."),
        ("site,month,screened,enrolled\n", "The file holds no rows below its first line."),
        (b"\xff\xfe\x00s", "This is not a text file in UTF-8."),
        ('site,month,screened,enrolled\n"01,2026-03,4,3\n', "This is no CSV file"),
    ],
)
def test_a_file_with_a_wrong_line_changes_nothing(cast, text, sentence):
    answer = send(cast, text)
    assert (answer.status_code, sentence in words(answer)) == (422, True), words(answer)
    with scope(cast.ours):
        assert (Participants.objects.count(), Milestone.objects.count()) == (0, 0)
