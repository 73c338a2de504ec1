"""The audit trail on screen: filtered, paged, limited to what a person may see, each entry with its address."""

from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import pytest

from cqms.access.services import give_role
from cqms.audit import services as audit
from cqms.audit.models import AuditEvent
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope
from cqms.ui import story
from quality_events.capas.models import Capa
from studies.models import Study
from tests.cast import page
from tests.platform.browsing import browse, links, words
from tests.platform.markup import parse


def shown(answer) -> list[int]:
    """The numbers of the entries on a page, in order."""
    tags = parse(answer.content.decode()).tags
    ids = [attributes.get("id", "") for tag, attributes in tags if tag == "li"]
    return [int(each.removeprefix("event-")) for each in ids if each.startswith("event-")]


def events(cast, **wanted) -> list[int]:
    with scope(cast.ours):
        return list(AuditEvent.objects.filter(**wanted).order_by("-id").values_list("id", flat=True))


@pytest.fixture
def look(cast):
    """Open a page as somebody."""

    def open_page(who: str, path: str = "/timeline/", **asked):
        return browse(getattr(cast, who)).get(page(cast.ours, path), asked)

    return open_page


@pytest.fixture
def small_pages(monkeypatch):
    monkeypatch.setattr(story, "SIZE", 4)


def test_an_auditor_sees_all_of_it_page_by_page(cast, look, small_pages):
    seen, place = [], page(cast.ours, "/timeline/")
    while place:
        answer = browse(cast.auditor).get(place)
        seen += shown(answer)
        older = [link for link in links(answer) if "older=" in link]
        place = older[0].partition("#")[0] if older else ""
    assert seen == events(cast)
    assert "Newest entries" in words(answer)


@pytest.mark.parametrize(("asked", "wanted"), [
    ({"about": "studies.site"}, {"record_kind": "studies.site"}),
    ({"shows": "changed"}, {"verb__in": ["create", "change"]}),
    ({"shows": "refused"}, {"verb": "refuse"}),
    ({"about": "studies.study", "shows": "changed"}, {"record_kind": "studies.study", "verb": "create"}),
    ({"shows": "no such", "about": "accounts.user", "by": "x", "since": "never", "older": "-1"}, {}),
])  # fmt: skip
def test_filters_leave_what_they_say(cast, look, asked, wanted, monkeypatch):
    monkeypatch.setattr(story, "SIZE", 100)
    assert shown(look("auditor", **asked)) == events(cast, **wanted)


def test_a_filter_by_person(cast, look):
    assert shown(look("auditor", by=cast.study_manager.pk)) == events(cast, actor=cast.study_manager)
    assert shown(look("auditor", by="9" * 30)) == []


def test_days_are_those_of_the_organization(cast, look):
    with scope(cast.ours):
        newest = AuditEvent.objects.latest("id")
    day = newest.at.astimezone(cast.ours.timezone).date().isoformat()
    assert newest.pk in shown(look("auditor", since=day, until=day))
    assert shown(look("auditor", until="2020-01-01")) == []
    with scope(cast.ours):
        chosen = story.selection_of({"since": "2026-07-01", "until": "2026-07-01"}, cast.ours)
    assert (chosen.start.astimezone(UTC), chosen.end.astimezone(UTC)) == (
        datetime(2026, 6, 30, 22, tzinfo=UTC), datetime(2026, 7, 1, 22, tzinfo=UTC),
    )  # fmt: skip


def test_years_that_no_record_can_have_are_ignored(look):
    assert look("auditor", since="0001-01-01", until="9999-12-31").status_code == 200


def test_a_person_with_the_right_at_one_study_sees_that_study(cast, look):
    with scope(cast.ours):
        study = Study.objects.get(number="NW-101")
        give_role(cast.guest, "auditor", actor=cast.administrator, at=study)
    assert shown(look("guest")) == events(cast, anchor_kind="studies.study", anchor_id=study.pk)


def test_an_administrator_sees_what_concerns_people(cast, look, monkeypatch):
    monkeypatch.setattr(story, "SIZE", 100)
    about_people = ["organizations.membership", "access.roleassignment"]
    assert shown(look("administrator")) == events(cast, subject_kind__in=about_people)
    assert "You see what concerns members and their roles." in words(look("administrator"))


def test_the_filter_offers_an_administrator_only_kinds_that_can_be_there(cast, look):
    for path in ("/timeline/", f"/people/{cast.study_manager.pk}/timeline/"):
        offered = {who: {asked["about"] for link in links(look(who, path))
                         if "about" in (asked := dict(parse_qsl(urlsplit(link).query))) and link.endswith("#timeline")}
                   for who in ("administrator", "auditor")}  # fmt: skip
        assert offered["administrator"] == {"organizations.membership", "access.roleassignment"}
        assert offered["auditor"] == set(story.kinds_of_records())


@pytest.mark.parametrize("who", ["reader", "author", "guest", "document_control"])
def test_who_may_not_inspect_reads_why(cast, look, who):
    allowed = who == "document_control"
    answer = look(who)
    assert answer.status_code == (200 if allowed else 403)
    if not allowed:
        assert "Your roles here do not allow you to read and export the audit trail." in words(answer)


def test_what_a_person_did(cast, look):
    path = f"/people/{cast.study_manager.pk}/timeline/"
    assert shown(look("auditor", path)) == events(cast, actor=cast.study_manager)
    assert shown(look("study_manager", path)) == events(cast, actor=cast.study_manager)
    assert look("reader", path).status_code == 403
    assert shown(look("administrator", path)) == []
    assert look("auditor", f"/people/{cast.outsider.pk}/timeline/").status_code == 404


def test_what_a_person_did_is_filtered_by_period_and_taken_home_as_filtered(cast, look):
    path = f"/people/{cast.study_manager.pk}/timeline/"
    with scope(cast.ours):
        study = Study.objects.get(number="NW-101").pk
    asked = {"since": "2001-01-01", "until": "2001-12-31", "about": "studies.site", "study": study, "by": "1"}
    answer = look("auditor", path, **asked)
    assert (shown(answer), shown(look("auditor", path, since="2001-01-01"))) == (
        [],
        events(cast, actor=cast.study_manager),
    )
    filled = {
        attributes.get("name"): attributes.get("value")
        for tag, attributes in parse(answer.content.decode()).tags
        if tag == "input"
    }
    assert (filled["since"], filled["until"], filled["about"]) == ("2001-01-01", "2001-12-31", "studies.site")
    [export] = [link for link in links(answer) if "/trail/" in link and "by=" in link]
    assert dict(parse_qsl(urlsplit(export).query)) == {
        "about": "studies.site", "since": "2001-01-01", "until": "2001-12-31", "by": str(cast.study_manager.pk),
        "study": str(study),
    }  # fmt: skip
    own = look("author", f"/people/{cast.author.pk}/timeline/")
    assert (own.status_code, [link for link in links(own) if "/trail/" in link]) == (200, [])


def test_entries_lead_to_their_records(cast, look):
    with scope(cast.ours):
        study = Study.objects.get(number="NW-101")
        member = Membership.objects.get(user=cast.author)
    browser, at = browse(cast.auditor), lambda path: page(cast.ours, path)
    assert browser.get(at(f"/records/studies.study/{study.pk}/"))["Location"] == at("/studies/NW-101/")
    assert f"{at(f'/records/studies.study/{study.pk}/')}?event=" in " ".join(links(look("auditor")))
    place = at(f"/records/organizations.membership/{member.pk}/")
    assert browse(cast.administrator).get(place)["Location"] == at(f"/members/{member.pk}/")


def test_an_entry_is_found_on_the_page_of_its_record_however_old(cast, small_pages):
    with scope(cast.ours):
        study = Study.objects.get(number="NW-101")
    told = events(cast, anchor_kind="studies.study", anchor_id=study.pk)
    browser, place = browse(cast.auditor), page(cast.ours, f"/records/studies.study/{study.pk}/")
    for number in range(5):
        with scope(cast.ours):
            study.title = f"Title {number}"
            audit.save(study, actor=cast.study_manager, reason="Again.")
    oldest, newest = told[-1], events(cast)[0]
    for event in (oldest, newest):
        target = browser.get(f"{place}?event={event}")["Location"]
        assert target.endswith(f"#event-{event}")
        assert event in shown(browser.get(target.partition("#")[0]))


@pytest.mark.parametrize("path", [
    "studies.study/999999", "no.such/1", "accounts.user/1", "studies.study/99999999999999999999", "nothing/1",
])  # fmt: skip
def test_what_is_not_there_is_404(look, path):
    assert look("auditor", f"/records/{path}/").status_code == 404


def test_a_foreign_record_does_not_exist(cast):
    with scope(cast.theirs):
        study = Study.objects.get()
    assert browse(cast.auditor).get(page(cast.ours, f"/records/studies.study/{study.pk}/")).status_code == 404


@pytest.mark.parametrize("more", [0, 3])
def test_the_trail_asks_the_same_for_few_entries_and_for_many(cast, django_assert_num_queries, more):
    with scope(cast.ours):
        study = Study.objects.get(number="NW-101")
        for number in range(more):
            study.title = f"Title {number}"
            audit.save(study, actor=cast.study_manager, reason="Again.")
    browser = browse(cast.auditor)
    browser.get(page(cast.ours, "/timeline/"))
    with django_assert_num_queries(13):
        browser.get(page(cast.ours, "/timeline/"))


def test_a_filter_by_field(cast, look):
    with scope(cast.ours):
        study = Study.objects.get(number="NW-101")
        study.title = "Heron: a study of dreams"
        event = audit.save(study, actor=cast.study_manager, reason="Again.") and AuditEvent.objects.latest("id")
    assert shown(look("auditor", about="studies.study", field="title"))[0] == event.pk
    assert shown(look("auditor", about="studies.study", field="title", shows="changed", by=cast.qa.pk)) == []
    changed = events(cast, record_kind="studies.study", changes__contains=[{"field": "phase"}])
    assert shown(look("auditor", about="studies.study", field="phase")) == changed
    assert event.pk not in changed
    assert shown(look("reader", "/studies/NW-101/", field="title"))[0] == event.pk


def test_a_filter_by_study(cast, look):
    with scope(cast.ours):
        study = Study.objects.get(number="NW-202")
    answer = look("auditor", study=study.pk)
    assert shown(answer) == events(cast, anchor_kind="studies.study", anchor_id=study.pk)
    assert "NW-202 Plover: a study of rest in children" in words(answer)
    export = next(link for link in links(answer) if "/trail/export/" in link)
    assert export.endswith(f"?study={study.pk}")


def test_the_timeline_of_a_record_is_filtered_by_period(cast, look):
    assert shown(look("reader", "/studies/NW-101/", until="2020-01-01")) == []
    assert len(shown(look("reader", "/studies/NW-101/", since="2020-01-01"))) > 0


def test_pages_of_a_period_follow_each_other(cast, small_pages):
    seen, place = [], page(cast.ours, "/timeline/?since=2020-01-01")
    while place:
        answer = browse(cast.auditor).get(place)
        seen += shown(answer)
        older = [link for link in links(answer) if "older=" in link]
        place = older[0].partition("#")[0] if older else ""
    assert seen == events(cast)


def test_every_kind_of_record_has_a_name_of_its_own_in_the_order_of_the_alphabet():
    names = list(story.kinds_of_records().values())
    assert sorted(set(names), key=str.casefold) == names
    assert [name for name in names if name.startswith("Stage")] == ["Stage (CAPAs)", "Stage (Changes)"]


@pytest.mark.parametrize(("value", "said"), [("2.0000", "2"), ("0.50", "0.5"), ("1200.00", "1200"), ("0", "0")])
def test_a_number_is_told_without_the_zeros_that_the_database_keeps(value, said):
    field = Capa._meta.get_field("target")
    assert audit.words(Capa(target=Decimal(value)), field) == said
