"""The pages of studies: who sees what, what a form gives back, what a list costs."""

import csv
import io
from dataclasses import replace

import pytest
from django.contrib.auth.models import AnonymousUser

from cqms.audit.models import AuditEvent
from cqms.organizations.scope import scope
from studies import services
from studies.models import Site, Study
from studies.services import SiteFacts, StudyFacts
from tests.cast import PEOPLE, page
from tests.platform.browsing import browse, hidden, links, words
from tests.platform.strings import HOSTILE
from tests.quality_events.players import issue

QUERIES_OF_LIST = 12
QUERIES_OF_DETAIL = 24

LIST, NEW = "/studies/", "/studies/new/"
DETAIL, EDIT = "/studies/NW-101/", "/studies/NW-101/edit/"
SITE_NEW, SITE_EDIT = "/studies/NW-101/sites/new/", "/studies/NW-101/sites/01/edit/"
OTHER, OTHER_EDIT = "/studies/NW-202/", "/studies/NW-202/edit/"
FOREIGN, MISSING, BROKEN = "/studies/HR-900/", "/studies/NW-999/", "/studies/%00/"
PATHS = (LIST, NEW, DETAIL, EDIT, SITE_NEW, SITE_EDIT, OTHER, OTHER_EDIT, FOREIGN, MISSING, BROKEN)

LEADS = dict(zip(PATHS, (200, 200, 200, 200, 200, 200, 200, 200, 404, 404, 404), strict=True))
DRAFTS = LEADS | dict.fromkeys((EDIT, SITE_NEW, SITE_EDIT, OTHER_EDIT), 403)
READS = DRAFTS | {NEW: 403}
GUEST = READS | {OTHER: 404, OTHER_EDIT: 404}
NOTHING = dict.fromkeys(PATHS, 404) | {LIST: 403, NEW: 403}
NOBODY = dict.fromkeys(PATHS, 404)
EXPECTED = {
    "author": DRAFTS, "reviewer": DRAFTS, "process_owner": DRAFTS, "qa": LEADS, "quality_head": LEADS,
    "document_control": DRAFTS, "study_manager": LEADS, "medical_monitor": DRAFTS, "statistician": DRAFTS,
    "auditor": READS, "administrator": NOTHING, "reader": READS, "inspector": READS, "blinded": READS,
    "guest": GUEST, "outsider": NOBODY,
}  # fmt: skip

GIVEN = {"number": "NW-303", "title": "Lapwing", "phase": "2", "status": "planned", "sponsor": "Northwind",
         "countries": "Poland\nde", "kind": "interventional", "reason": ""}  # fmt: skip


def given(cast, **other):
    return {**GIVEN, "manager": cast.medical_monitor.pk, **other}


@pytest.mark.parametrize("who", PEOPLE)
def test_each_page_answers_each_of_the_cast_as_it_should(cast, who):
    client = browse(getattr(cast, who))
    assert {path: client.get(page(cast.ours, path)).status_code for path in PATHS} == EXPECTED[who]


@pytest.mark.parametrize("who", PEOPLE)
def test_each_form_takes_input_from_whom_it_should_alone(cast, who):
    client, allowed = browse(getattr(cast, who)), EXPECTED[who]
    before = (_count(cast, Study), _count(cast, Site))
    for path in (NEW, EDIT, SITE_NEW, SITE_EDIT, OTHER_EDIT):
        answer = client.post(page(cast.ours, path), {})
        assert answer.status_code == (422 if allowed[path] == 200 else allowed[path]), path
    assert (_count(cast, Study), _count(cast, Site)) == before


def _count(cast, model):
    with scope(cast.ours):
        return model.objects.count()


def test_signed_out_leads_to_the_sign_in(cast, client):
    assert AnonymousUser().is_authenticated is False
    for path in (LIST, DETAIL):
        answer = client.get(page(cast.ours, path))
        assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next=/o/northwind{path}")


def test_a_study_is_opened_and_shown(cast):
    client = browse(cast.quality_head)
    answer = client.post(page(cast.ours, NEW), given(cast))
    assert (answer.status_code, answer["Location"]) == (302, "/o/northwind/studies/NW-303/")
    shown = words(client.get(answer["Location"]))
    for part in (
        "NW-303",
        "Lapwing",
        "Planned",
        "Germany, Poland",
        "Phase 2",
        "No sites yet",
        "Mina Monroe",
        "created the study",
    ):
        assert part in shown, part


def test_the_detail_page_offers_what_one_may_do(cast):
    for who, offered in (("study_manager", True), ("qa", True), ("author", False), ("reader", False)):
        found = links(browse(getattr(cast, who)).get(page(cast.ours, DETAIL)))
        assert (page(cast.ours, EDIT) in found, page(cast.ours, SITE_NEW) in found) == (offered, offered), who
        exports = [link for link in found if "/export/" in link and "kind=studies.study" in link]
        assert bool(exports) == (who in ("study_manager", "qa")), who


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(cast):
    client = browse(cast.qa)
    answer = client.post(page(cast.ours, NEW), given(cast, number="NW 3/3", countries="Germny", phase="", manager=""))
    assert answer.status_code == 422
    text = words(answer)
    assert "4 answers are missing or wrong" in text
    assert "“Germny” is no country of ISO 3166-1. Do you mean Germany?" in text
    assert "the number becomes part of web addresses" in text
    body = answer.content.decode()
    assert 'value="NW 3/3"' in body
    assert "Germny</textarea>" in body


def test_countries_come_by_name_or_code_on_lines_or_between_commas(cast):
    client = browse(cast.qa)
    client.post(page(cast.ours, NEW), given(cast, countries="germany, pl\n\n Bonaire, Sint Eustatius and Saba ;FRANCE"))
    with scope(cast.ours):
        assert Study.objects.get(number="NW-303").countries == ["BQ", "DE", "FR", "PL"]


def test_a_controlled_change_without_a_reason_is_asked_for_it(cast):
    client = browse(cast.study_manager)
    form = client.get(page(cast.ours, EDIT))
    changed = given(
        cast, number="NW-101", revision=hidden(form, "revision"), countries="DE\nFR", manager=cast.study_manager.pk
    )
    answer = client.post(page(cast.ours, EDIT), changed)
    assert answer.status_code == 422
    assert "Say why you change status and sponsor: the record is controlled (Annex 11 9)." in words(answer)
    answer = client.post(page(cast.ours, EDIT), {**changed, "reason": "The sponsor was renamed; recruitment waits."})
    assert answer.status_code == 302
    shown = words(client.get(answer["Location"]))
    assert "The sponsor was renamed; recruitment waits." in shown


def test_a_stale_study_shows_both_versions_and_keeps_what_was_typed(cast):
    client = browse(cast.qa)
    revision = hidden(client.get(page(cast.ours, EDIT)), "revision")
    with scope(cast.ours):
        study = Study.objects.get(number="NW-101")
        facts = replace(services.facts_of(study), title="Heron, renamed by Samuel")
        services.change_study(study, facts, actor=cast.study_manager, revision=study.revision)
    mine = given(cast, number="NW-101", title="Heron, renamed by me", revision=revision, countries="DE\nFR")
    answer = client.post(page(cast.ours, EDIT), {**mine, "reason": "mine"})
    assert answer.status_code == 409
    text = words(answer)
    assert "Heron, renamed by Samuel" in text
    assert "Nothing you typed is lost, and nothing is saved yet." in text
    assert 'value="Heron, renamed by me"' in answer.content.decode()
    again = client.post(page(cast.ours, EDIT), {**mine, "reason": "mine", "revision": hidden(answer, "revision")})
    assert again.status_code == 302
    with scope(cast.ours):
        assert Study.objects.get(number="NW-101").title == "Heron, renamed by me"


def test_a_stale_site_is_given_back_too(cast):
    client = browse(cast.qa)
    revision = hidden(client.get(page(cast.ours, SITE_EDIT)), "revision")
    with scope(cast.ours):
        site = Site.objects.get(study__number="NW-101")
        services.change_site(
            site,
            replace(services.site_facts_of(site), name="By Samuel"),
            actor=cast.study_manager,
            revision=site.revision,
        )
    mine = {"number": "01", "name": "By me", "country": "DE", "status": "open", "revision": revision, "reason": ""}
    answer = client.post(page(cast.ours, SITE_EDIT), mine)
    assert (answer.status_code, 'value="By me"' in answer.content.decode()) == (409, True)


def test_sites_are_added_and_changed(cast):
    client = browse(cast.study_manager)
    site = {"number": "FR-02", "name": "Clinic at the river", "country": "FR", "status": "planned"}
    assert client.post(page(cast.ours, SITE_NEW), site)["Location"] == page(cast.ours, DETAIL)
    place = page(cast.ours, "/studies/NW-101/sites/FR-02/edit/")
    revision = hidden(client.get(place), "revision")
    answer = client.post(place, {**site, "status": "open", "revision": revision, "reason": ""})
    assert (answer.status_code, "Say why you change status" in words(answer)) == (422, True)
    client.post(place, {**site, "status": "open", "revision": revision, "reason": "Initiation visit done."})
    shown = words(client.get(page(cast.ours, DETAIL)))
    assert "2 sites, 2 open" in shown
    assert "Initiation visit done." in shown


def exported(client, cast, query):
    answer = client.get(page(cast.ours, LIST) + f"?format=csv&{query}")
    return list(csv.reader(io.StringIO(answer.content.decode().removeprefix("\ufeff"))))


def test_the_list_finds_filters_sorts_and_says_when_it_finds_nothing(cast):
    with scope(cast.ours):
        facts = StudyFacts("NW-303", "Lapwing", "3", "Northwind", ["JP"], cast.medical_monitor)
        services.create_study(facts, actor=cast.qa)
    client, every = browse(cast.reader), ["NW-101", "NW-202", "NW-303"]
    for query, expected in {
        "q=PLOVER": ["NW-202"], "q=nw-1": ["NW-101"], "q=therapeutics": every[:2], "q=%25": [], "phase=3": ["NW-303"],
        "status=recruiting": every[:2], "status=planned&phase=3": ["NW-303"], "country=JP": ["NW-303"],
        "country=FR": every[:2], "sort=-number": every[::-1], "sort=manager__name": ["NW-303", *every[:2]],
        "country=XX&phase=99&sort=password": every, "q=%00": every,
    }.items():  # fmt: skip
        assert [row[0] for row in exported(client, cast, query)[1:]] == expected, query
        answer = client.get(page(cast.ours, LIST) + f"?{query}")
        assert f"Studies {len(expected)} " in words(answer)
        assert ("Nothing matches" in words(answer)) == (not expected)


def test_the_csv_holds_exactly_what_is_shown_and_is_in_the_trail(cast):
    assert exported(browse(cast.reader), cast, "q=heron") == [
        ["Number", "Title", "Phase", "Status", "Sponsor", "Countries", "Study manager"],
        ["NW-101", "Heron: a study of sleep in adults", "Phase 2", "Recruiting", "Northwind Therapeutics",
         "France, Germany", "Samuel Mora"],
    ]  # fmt: skip
    with scope(cast.ours):
        event = AuditEvent.objects.order_by("-pk").first()
        assert (event.actor, event.verb, event.sentence) == (
            cast.reader,
            "export",
            "exported the list “Studies” as CSV, 1 row",
        )


def test_hostile_text_is_kept_as_it_was_and_harms_nothing(cast):
    client = browse(cast.quality_head)
    for index, text in enumerate(HOSTILE):
        answer = client.post(page(cast.ours, NEW), given(cast, number=f"NW-7{index}", title=text, sponsor=text))
        assert answer.status_code == (302 if 0 < len(text.strip()) <= 300 and "\x00" not in text else 422), text
        if answer.status_code == 302:
            shown = client.get(answer["Location"])
            assert (shown.status_code, "<script>alert" in shown.content.decode()) == (200, False), text
            with scope(cast.ours):
                study = Study.objects.order_by("-pk").first()
            assert {study.title, study.sponsor} == {text.strip()}


def test_hostile_text_where_a_choice_or_a_number_belongs_is_refused_beside_it(cast):
    client = browse(cast.quality_head)
    for text in HOSTILE:
        hostile = dict.fromkeys(("number", "countries", "manager", "phase", "status"), text)
        answer = client.post(page(cast.ours, NEW), given(cast, **hostile))
        assert (answer.status_code, "<script>alert" in answer.content.decode()) == (422, False), text
    with scope(cast.ours):
        assert Study.objects.count() == 2


def test_hostile_searches_harm_nothing(cast):
    client = browse(cast.reader)
    for text in HOSTILE:
        answer = client.get(page(cast.ours, LIST), {"q": text, "phase": text, "sort": text, "after": text})
        assert (answer.status_code, "<script>alert" in answer.content.decode()) == (200, False), text


def test_hostile_text_in_a_site_harms_nothing(cast):
    client = browse(cast.study_manager)
    for index, text in enumerate(HOSTILE):
        site = {"number": f"S-{index}", "name": text, "country": "DE", "status": "planned"}
        answer = client.post(page(cast.ours, SITE_NEW), site)
        assert answer.status_code == (302 if 0 < len(text.strip()) <= 400 and "\x00" not in text else 422), text
        wrong = client.post(page(cast.ours, SITE_NEW), dict.fromkeys(site, text))
        assert wrong.status_code == 422
    assert "<script>alert" not in client.get(page(cast.ours, DETAIL)).content.decode()


def test_a_list_costs_the_same_with_one_row_and_with_three(cast, django_assert_num_queries):
    client = browse(cast.guest)
    client.get(page(cast.ours, LIST))
    with django_assert_num_queries(QUERIES_OF_LIST):
        assert "Studies 1" in words(client.get(page(cast.ours, LIST)))
    client = browse(cast.reader)
    with scope(cast.ours):
        services.create_study(StudyFacts("NW-303", "Lapwing", "2", "N", ["DE"], cast.medical_monitor), actor=cast.qa)
    client.get(page(cast.ours, LIST))
    with django_assert_num_queries(QUERIES_OF_LIST):
        assert "Studies 3" in words(client.get(page(cast.ours, LIST)))


def test_a_detail_page_costs_the_same_with_one_site_and_with_three(cast, django_assert_num_queries):
    client = browse(cast.reader)
    client.get(page(cast.ours, DETAIL))
    with django_assert_num_queries(QUERIES_OF_DETAIL):
        assert "1 site, 1 open" in words(client.get(page(cast.ours, DETAIL)))
    with scope(cast.ours):
        for number in ("02", "03"):
            study = Study.objects.get(number="NW-101")
            services.add_site(study, SiteFacts(number, "Clinic", "FR"), actor=cast.study_manager)
    client.get(page(cast.ours, DETAIL))  # after a change the number beside the Inbox is counted anew
    with django_assert_num_queries(QUERIES_OF_DETAIL):
        assert "3 sites, 1 open" in words(client.get(page(cast.ours, DETAIL)))


def test_the_switcher_leads_to_the_studies_of_the_reader_alone(cast):
    for who, numbers in (("reader", ["NW-101", "NW-202"]), ("guest", ["NW-101"]), ("administrator", [])):
        answer = browse(getattr(cast, who)).get(page(cast.ours, "/"))
        found = [link for link in links(answer) if link.startswith(page(cast.ours, LIST))]
        expected = {page(cast.ours, f"/studies/{number}/") for number in numbers}
        assert {link for link in found if "?" not in link} == expected | (
            {page(cast.ours, LIST)} if numbers else set()
        ), who


def test_a_study_with_many_open_events_shows_those_due_first_and_the_way_to_all(cast):
    with scope(cast.ours):
        for number in range(13):
            issue(cast.author, title=f"Door {number} open")
    answer = browse(cast.quality_head).get(page(cast.ours, "/studies/NW-101/"))
    text = answer.content.decode()
    shown = [number for number in range(1, 14) if f"/quality-events/issues/QI-{number:04}/" in text]
    assert (len(shown), "All quality events of this study" in text) == (8, True)
    told = words(answer)
    assert "Open13quality events Overdue0nothing is late Serious breaches0open CAPAs0open" in told
    assert "Important deviations0all are classified" in told
    assert "TypeOpenOverdueSeverityQuality issues13" in told
