"""A record as it was at a moment, and what differs between two: rebuilt from its history, for who may read it now."""

import datetime as dt
import re

import pytest
from django.utils import timezone
from django.utils.http import urlencode

from cqms.audit import services as audit
from cqms.audit.models import Lane
from cqms.audit.past import differences, past_of
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope
from cqms.records.past import past_for
from studies.models import Site, Study
from tests.cast import change_account, page
from tests.platform.asking import asking
from tests.platform.browsing import browse, links, words


def fact(answer, term: str) -> str:
    """What a page says of a term in one of its lists of facts."""
    found = re.search(rf"<dt>{term}</dt>\s*<dd>(.*?)</dd>", answer.content.decode(), re.DOTALL)
    assert found, f"the page has no {term}"
    return found[1].strip()


def study_of(cast) -> Study:
    return Study.objects.get(number="NW-101")


@pytest.fixture
def renamed(cast):
    """A study whose title and manager changed, with the moments before, between and after."""
    with scope(cast.ours):
        study, moments = study_of(cast), [timezone.now()]
        study.title, study.phase = "Heron: a study of dreams", "3"
        audit.save(study, actor=cast.study_manager, reason="The protocol was amended.")
        moments.append(timezone.now())
        study.manager = cast.quality_head
        audit.save(study, actor=cast.study_manager, reason="Handed over.")
    return study, [*moments, timezone.now()]


@pytest.fixture
def look(cast, renamed):
    def open_page(who: str, study: Study = renamed[0], kind: str = "studies.study", **asked):
        asked = {name: at.isoformat() if isinstance(at, dt.datetime) else at for name, at in asked.items()}
        return browse(getattr(cast, who)).get(page(cast.ours, f"/records/{kind}/{study.pk}/as-of/"), asked)

    return open_page


def test_the_row_then_is_the_row_that_was_saved(cast, renamed):
    study, moments = renamed
    with scope(cast.ours):
        found = [past_of(study, moment) for moment in moments]
        assert [(past.record.revision, past.record.title, past.record.manager_id) for past in found] == [
            (1, "Heron: a study of sleep in adults", cast.study_manager.pk),
            (2, "Heron: a study of dreams", cast.study_manager.pk),
            (3, "Heron: a study of dreams", cast.quality_head.pk),
        ]
        assert [past.event.reason for past in found] == ["", "The protocol was amended.", "Handed over."]
        assert past_of(study, study.history.earliest().history_date - dt.timedelta(microseconds=1)) is None


def test_the_last_state_is_the_live_row(cast, renamed):
    with scope(cast.ours):
        live = Study.objects.get(pk=renamed[0].pk)
        past = past_of(live, timezone.now()).record
        assert {f.attname: getattr(past, f.attname) for f in Study._meta.concrete_fields} == {
            f.attname: getattr(live, f.attname) for f in Study._meta.concrete_fields
        }


def test_what_differs_is_told_field_by_field(cast, renamed):
    study, moments = renamed
    with scope(cast.ours):
        before, between, after = (past_of(study, moment) for moment in moments)
    told = [(each.label, each.before, each.after) for each in differences(before, between)]
    assert told == [
        ("title", "Heron: a study of sleep in adults", "Heron: a study of dreams"),
        ("phase", "Phase 2", "Phase 3"),
    ]
    told = [(each.label, each.before, each.after) for each in differences(between, after)]
    assert told == [("study manager", "Samuel Mora", "Hanna Quist")]


def test_people_are_named_as_they_were_named_then(cast, renamed):
    study, moments = renamed
    change_account(cast.study_manager, name="Samuel Renamed")
    with scope(cast.ours):
        values = {value.field: value.words for value in past_of(study, moments[1]).values}
    assert values["manager"] == "Samuel Mora"


def test_the_page_is_marked_as_past_with_the_revision_then(look, renamed):
    _, moments = renamed
    answer = look("reader", as_of=moments[1])
    told = words(answer)
    assert answer.status_code == 200
    assert "This is the past" in told
    assert fact(answer, "Revision then") == "2"
    assert "Heron: a study of dreams" in told
    assert fact(answer, "Reason") == "The protocol was amended."
    assert "NW-101 site 01 Clinic of NW-101" in told


def test_the_page_compares_two_moments_in_either_order(look, renamed):
    _, moments = renamed
    for asked in ({"as_of": moments[0], "against": moments[2]}, {"as_of": moments[2], "against": moments[0]}):
        told = words(look("reader", **asked))
        assert "What is different" in told
        assert told.index("Samuel Mora") < told.index("Hanna Quist")
    assert "Nothing is different." in words(look("reader", as_of=moments[1], against=moments[1]))


def test_one_goes_from_state_to_state(cast, look, renamed):
    _, moments = renamed
    browser = browse(cast.reader)
    before, after = (link for link in links(look("reader", as_of=moments[1])) if "as-of" in link and "study/" in link)
    assert fact(browser.get(before), "Revision then") == "1"
    assert fact(browser.get(after), "Revision then") == "3"


def test_the_page_of_a_record_takes_the_moment(cast, renamed):
    study, _moments = renamed
    answer = browse(cast.reader).get(page(cast.ours, "/studies/NW-101/"), {"as_of": "2026-11-03T14:00"})
    assert answer["Location"] == page(cast.ours, f"/records/studies.study/{study.pk}/as-of/?as_of=2026-11-03T14%3A00")
    assert (
        'action="/o/northwind/records/studies.study/'
        in browse(cast.reader).get(page(cast.ours, "/studies/NW-101/")).content.decode()
    )


def test_the_moment_is_meant_in_the_zone_of_the_reader(cast, look, renamed):
    _study, moments = renamed
    change_account(cast.reader, zone="Asia/Tokyo")
    typed = (moments[2] + dt.timedelta(hours=9)).astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    assert fact(look("reader", as_of=typed), "Revision then") == "3"
    assert "The record did not exist at" in words(look("reader", as_of=moments[0].strftime("%Y-%m-%dT%H:%M:%S")))


@pytest.mark.parametrize(("typed", "said"), [
    ("yesterday", "Write date and time as 2026-05-04 09:15."),
    ("2400-01-01T00:00", "Check the year of this moment."),
    ("0001-01-01T00:00", "Check the year of this moment."),
    ("2199-01-01T00:00", "This moment is still to come."),
    ("2026-03-29T02:30", "it may be ambiguous or it may not exist."),
])  # fmt: skip
def test_a_moment_that_cannot_be_is_said_beside_its_field(cast, look, typed, said):
    change_account(cast.reader, zone="Europe/Berlin")
    answer = look("reader", as_of=typed)
    assert answer.status_code == 422
    assert said in words(answer)


def test_before_it_began_there_is_nothing(look):
    answer = look("reader", as_of="1999-12-31T23:59")
    assert "The record did not exist at 31 Dec 1999" in words(answer)
    assert "This is the past" not in words(answer)


def test_who_may_not_read_it_now_may_not_read_what_it_was(cast, look, renamed):
    with scope(cast.ours):
        other = Study.objects.get(number="NW-202")
    assert look("guest").status_code == 200
    assert look("guest", other).status_code == 404
    assert look("administrator").status_code == 404
    with scope(cast.theirs):
        foreign = Study.objects.get()
    assert look("quality_head", foreign).status_code == 404


def test_an_administrator_reads_the_past_of_members_and_roles(cast, look):
    with scope(cast.ours):
        member = Membership.objects.get(user=cast.author)
    assert look("administrator", member, "organizations.membership").status_code == 200


def test_a_state_in_a_closed_lane_stays_closed(cast, renamed, monkeypatch):
    study, moments = renamed
    monkeypatch.setattr(Study, "lane", Lane.UNBLINDED, raising=False)
    with scope(cast.ours):
        assert past_for(cast.reader, study, moments[1]) is None
        assert past_for(cast.statistician, study, moments[1]).record.revision == 2


@pytest.mark.parametrize("more", [0, 3])
def test_the_past_asks_the_same_for_few_parts_and_for_many(cast, look, renamed, django_assert_num_queries, more):
    study, _ = renamed
    with scope(cast.ours):
        for number in range(more):
            site = Site(study=study, number=f"5{number}", name="Clinic", country="DE")
            audit.save(site, actor=cast.study_manager)
    browser, place = browse(cast.reader), page(cast.ours, f"/records/studies.study/{study.pk}/as-of/")
    browser.get(place)
    with django_assert_num_queries(15):
        browser.get(place)


# The API


@pytest.fixture
def ask(cast, renamed):
    def get(who: str, kind: str = "studies.study", pk: int = renamed[0].pk, **asked):
        asked = {name: at.isoformat() if isinstance(at, dt.datetime) else at for name, at in asked.items()}
        return asking(getattr(cast, who), cast.ours).get(f"records/{kind}/{pk}/as-of/?{urlencode(asked)}")

    return get


def test_the_api_tells_a_record_as_it_was_and_what_differs(cast, renamed, ask):
    _, (first, second, last) = renamed
    told = ask("reader", as_of=first, against=last).json()
    fields = {each["field"]: each["value"] for each in told["fields_then"]}
    assert (told["label"], told["revision"], fields["title"]) == (
        "NW-101 Heron: a study of sleep in adults", 1, "Heron: a study of sleep in adults",
    )  # fmt: skip
    changed = {each["label"]: (each["before"], each["after"]) for each in told["differences"]}
    assert changed["title"] == ("Heron: a study of sleep in adults", "Heron: a study of dreams")
    assert changed["study manager"] == (str(cast.study_manager), str(cast.quality_head))
    backwards = ask("reader", as_of=last, against=first).json()
    assert backwards["differences"] == told["differences"]
    between = ask("reader", as_of=second).json()
    assert (between["by"], between["reason"], between["differences"]) == (
        cast.study_manager.name, "The protocol was amended.", None,
    )  # fmt: skip


def test_the_api_has_no_past_before_the_record_began_and_no_future(ask):
    assert ask("reader", as_of="2001-01-01T00:00:00Z").status_code == 404
    late = ask("reader", as_of="2150-01-01T00:00:00Z")
    assert (late.status_code, "This moment is still to come." in late.content.decode()) == (422, True)
    assert ask("reader", as_of="yesterday").status_code == 422
    assert ask("reader", then="2020-01-01T00:00:00Z").status_code == 422


def test_the_api_hides_what_the_page_hides(cast, renamed, ask):
    assert ask("administrator").status_code == 404
    elsewhere = asking(cast.outsider, cast.theirs).get(f"records/studies.study/{renamed[0].pk}/as-of/")
    assert elsewhere.status_code == 404
    assert ask("reader", kind="studies.nothing").status_code == 404
    assert ask("reader", pk=10**17).status_code == 404
