"""Search finds what the reader may see, by number, words and nearly the right words, as soon as it is saved."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cqms.access.roles import ROLES
from cqms.audit import services as audit
from cqms.audit.models import Lane
from cqms.instance.database import connected
from cqms.organizations.capabilities import Capability
from cqms.organizations.scope import scope
from cqms.search.models import SearchEntry
from cqms.search.selectors import found
from cqms.search.services import differences, rebuild
from cqms.search.tasks import fill
from cqms.ui.views import list_counts
from documents.models import DocumentType
from documents.services import Draft, open_document
from documents.views import DocumentList
from studies.models import Study
from studies.services import SiteFacts, add_site
from tests.cast import PEOPLE, page
from tests.platform.asking import asking
from tests.platform.browsing import browse, links, words
from tests.platform.committed import at_once
from tests.platform.markup import faults_of
from tests.platform.strings import HOSTILE

QUERIES_OF_PAGE = 10


def write(cast, title: str, *, study: Study | None = None, text: str = "", lane: str = Lane.GENERAL):
    """A document with a draft."""
    content = {"markdown": text, "change_summary": "First", "change_reason": "New", "training_impact": "none"}
    with scope(cast.ours):
        version = open_document(
            actor=cast.author, type=DocumentType.SOP, title=title, owner=cast.process_owner, study=study,
            department="Operations", draft=Draft({"title": title, **content}),
        )  # fmt: skip
        document = version.document
        if lane != Lane.GENERAL:
            document.lane = lane
            audit.save(document, actor=cast.qa, reason="Named.")
    return document


def study_of(cast, number: str) -> Study:
    with scope(cast.ours):
        return Study.objects.get(number=number)


def titles(cast, who: str, text: str, organization=None, **more) -> list[str]:
    with scope(organization or cast.ours):
        return [entry.title for entry in found(getattr(cast, who), text, **more)]


class TestWords:
    def test_a_number_is_found_by_its_beginning_before_any_words(self, cast):
        write(cast, "About NW-101 and others")
        assert titles(cast, "reader", "nw-101") == [
            "Heron: a study of sleep in adults", "Clinic of NW-101", "About NW-101 and others",
        ]  # fmt: skip
        assert titles(cast, "reader", "NW-101", kind="studies.study") == ["Heron: a study of sleep in adults"]

    @pytest.mark.parametrize(
        "text",
        [
            "deviations",
            "deviation",
            "deviat",
            "HANDLING dev",
            "sponsor oversight",
            "handling of deviatoins",
            "Handlnig",
        ],
    )
    def test_words_stems_beginnings_and_slips_of_the_pen_find_it(self, cast, text):
        write(cast, "Handling of protocol deviations", text="# Purpose\n\nOversight by the sponsor.")
        assert titles(cast, "reader", text) == ["Handling of protocol deviations"]

    def test_every_word_must_be_there(self, cast):
        write(cast, "Archiving of files")
        write(cast, "Archiving of samples")
        assert titles(cast, "reader", "archiving samples") == ["Archiving of samples"]
        assert titles(cast, "reader", "zzzzzz") == []
        assert titles(cast, "reader", "  ") == []

    @pytest.mark.parametrize("text", [*HOSTILE, "%", "a & b | !c:*", "':*", "\\", "x" * 5000, "the", "& | ! ( )"])
    def test_hostile_words_find_nothing_and_break_nothing(self, cast, text):
        assert len(titles(cast, "reader", text)) <= 4
        answer = browse(cast.reader).get(page(cast.ours, "/search/"), {"q": text})
        assert answer.status_code == 200
        assert [fault for fault in faults_of(answer.content.decode()) if fault != "input value"] == []


class TestIndex:
    def test_the_entry_changes_with_the_record_and_its_parts(self, cast):
        document = write(cast, "Transfer of data")
        with scope(cast.ours):
            entry = SearchEntry.objects.get(kind="documents.document", record_id=document.pk)
            assert (entry.number, entry.title, entry.state, entry.tone, entry.lane, entry.anchor_id) == (
                document.number, "Transfer of data", "Draft", "neutral", "general", None,
            )  # fmt: skip
            document.department = "Laboratory"
            audit.save(document, actor=cast.qa, reason="Moved.")
        assert titles(cast, "reader", "laboratory") == ["Transfer of data"]
        assert titles(cast, "reader", "operations") == []

    def test_what_is_undone_is_not_found(self, cast):
        with pytest.raises(ZeroDivisionError), scope(cast.ours):
            study = Study.objects.get(number="NW-101")
            study.title = "Bittern"
            audit.save(study, actor=cast.qa, reason="Renamed.")
            raise ZeroDivisionError
        assert titles(cast, "reader", "bittern") == []

    def test_a_record_saved_twice_in_a_scope_is_indexed_once(self, cast):
        with CaptureQueriesContext(connection) as asked, scope(cast.ours):
            study = Study.objects.get(number="NW-101")
            for title in ("Bittern", "Avocet"):
                study.title = title
                study = audit.save(study, actor=cast.qa, reason="Renamed.")
        writes = [each["sql"] for each in asked if 'INSERT INTO "search_searchentry"' in each["sql"]]
        assert len(writes) == 1
        assert titles(cast, "reader", "avocet") == ["Avocet"]

    def test_every_entry_is_what_its_record_says(self, cast):
        for organization in (cast.ours, cast.theirs):
            with scope(organization):
                assert list(differences()) == []

    def test_an_index_that_is_lost_or_wrong_is_mended(self, cast, capsys):
        with scope(cast.ours):
            before = sorted(SearchEntry.objects.values_list("kind", "record_id", "title"))
            SearchEntry.objects.filter(kind="studies.site").delete()
            SearchEntry.objects.filter(number="NW-101").update(title="Wrong")
            SearchEntry.objects.create(kind="studies.study", record_id=987654321, title="Gone")
            SearchEntry.objects.create(kind="nothing.known", record_id=1, title="Gone")
            assert len(list(differences())) == 5
        call_command("rebuild_search")
        assert "Northwind Therapeutics: 5 entries written" in capsys.readouterr().out
        with scope(cast.ours):
            assert sorted(SearchEntry.objects.values_list("kind", "record_id", "title")) == before
            assert rebuild() == 0

    def test_an_organization_without_an_index_gets_one(self, cast):
        with scope(cast.ours):
            before = SearchEntry.objects.count()
            SearchEntry.objects.all().delete()
        fill()
        with scope(cast.ours):
            assert SearchEntry.objects.count() == before


class TestLimits:
    def test_a_guest_finds_only_their_study(self, cast):
        write(cast, "Monitoring plan", study=study_of(cast, "NW-101"))
        write(cast, "Monitoring plan of another study", study=study_of(cast, "NW-202"))
        write(cast, "Monitoring of everything")
        assert titles(cast, "guest", "monitoring") == ["Monitoring plan"]
        assert titles(cast, "guest", "NW-") == ["Heron: a study of sleep in adults", "Clinic of NW-101"]
        assert len(titles(cast, "reader", "monitoring")) == 3
        assert titles(cast, "administrator", "monitoring") == []

    def test_a_closed_lane_is_found_by_who_may_know_of_it(self, cast):
        write(cast, "Reports of misconduct", lane=Lane.CONFIDENTIAL)
        seen = {who for who in ("reader", "qa", "quality_head", "guest", "author") if titles(cast, who, "misconduct")}
        may = {who for who in ("reader", "qa", "quality_head", "author") if _sees_confidential(cast, who)}
        assert seen == may

    def test_nobody_finds_records_of_another_organization(self, cast):
        assert titles(cast, "outsider", "harbour", cast.theirs) == ["Secret harbour study"]
        assert titles(cast, "outsider", "harbour") == []
        assert titles(cast, "reader", "harbour") == []

    def test_the_function_shows_nothing_without_an_organization_and_only_its_own(self, cast):
        call = "SELECT count(*) FROM guard.find_records('', ARRAY['study'], 'study', true, '{}', '{}', '{}', '', 100)"
        with connection.cursor() as cursor:
            cursor.execute(call)
            assert cursor.fetchone() == (0,)
        counted = {}
        for organization in (cast.ours, cast.theirs):
            with scope(organization), connection.cursor() as cursor:
                cursor.execute(call)
                counted[organization.slug] = (cursor.fetchone()[0], SearchEntry.objects.count())
        assert all(count == there for count, there in counted.values()), counted


class TestHolding:
    """What the search of a list asks of the index."""

    CALL = "SELECT many, entries, records FROM guard.entries_holding('{documents.document}', %s, true, %s)"

    def ask(self, organization, text: str, most: int = 100):
        with scope(organization), connection.cursor() as cursor:
            cursor.execute(self.CALL, [text, most])
            return cursor.fetchone()

    def test_few_records_are_named_by_the_index_and_of_many_it_says_so(self, cast):
        first = write(cast, "Archiving of samples", text="Kept at −70 °C.").pk
        with scope(cast.ours):
            entry = SearchEntry.objects.get(kind="documents.document", record_id=first).pk
        for text in ("archiving", "rchivin", "OF SAMPLES", "kept AT"):
            assert self.ask(cast.ours, text) == (False, [entry], [first]), text
        for number in range(9):
            write(cast, f"Archiving of files {number}")
        assert self.ask(cast.ours, "samples") == (False, [entry], [first])
        assert self.ask(cast.ours, "archiving") == (True, None, None), "ten of the newest hold it"
        assert self.ask(cast.ours, "files", most=8) == (True, None, None), "more than are named"
        assert self.ask(cast.ours, "at") == self.ask(cast.ours, "−70") == (True, None, None), "too short for the index"
        assert self.ask(cast.ours, "%") == self.ask(cast.ours, "°") == (True, None, None)

    def test_nothing_of_another_organization_nor_without_one(self, cast):
        write(cast, "Archiving of samples")
        assert self.ask(cast.theirs, "archiving") == (False, None, None)
        with connection.cursor() as cursor:
            cursor.execute(self.CALL, ["archiving", 100])
            assert cursor.fetchone() is None

    def test_words_in_more_rows_than_are_counted_are_told_so(self, cast, monkeypatch):
        for number in range(12):
            write(cast, f"Archiving of files {number:02}")

        def told(query: str) -> str:
            return browse(cast.reader).get(page(cast.ours, f"/documents/?{query}")).context["total"]

        assert [told("q=archiving"), told("q=FILES+07"), told("q=nothing"), told("")] == ["12", "1", "0", "12"]
        monkeypatch.setattr(DocumentList, "size", 4)
        monkeypatch.setattr(list_counts, "COUNTED", 6)
        assert [told("q=archiving"), told("q=FILES+07"), told("")] == ["more than 6", "1", "more than 6"]
        monkeypatch.setattr(list_counts, "COUNTED", 2)
        assert told("q=archiving") == "more than 4", "those on the page"


@pytest.mark.commits
@pytest.mark.parametrize("address", ["documents/?q=of+samples", "documents/?q=of+samples&format=csv"])
def test_the_search_of_a_list_asks_the_index(company, clone, address):
    write(company, "Archiving of samples")
    _fill_index(company.ours)
    with connected(clone.superuser) as link, link.cursor() as cursor:
        cursor.execute("ANALYZE search_searchentry")
    read = []

    def note(execute, sql, values, many, context):
        answer = execute(sql, values, many, context)
        if "entries_holding" in sql:
            read.append(_readings_of("search_by_holding"))
        return answer

    with connection.execute_wrapper(note):
        answer = browse(company.reader).get(page(company.ours, f"/{address}"))
    assert "Archiving of samples" in answer.content.decode()
    assert [many > 0 for many in read] == [True]


def _fill_index(organization) -> None:
    """Entries enough that reading them all costs more than asking an index."""
    with scope(organization), connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO search_searchentry
                 (organization_id, kind, record_id, number, title, text, state, tone, anchor_kind, lane)
               SELECT %s, 'documents.document', 1000000 + n, '', 'Filler ' || n, '', '', '', '', 'general'
               FROM generate_series(1, 3000) AS n""",
            [organization.pk],
        )


def _readings_of(index: str) -> int:
    """How often an index was read in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_get_xact_numscans(%s::regclass)", [index])
        return cursor.fetchone()[0]


def _sees_confidential(cast, who: str) -> bool:
    role = PEOPLE[who][1]
    return role is not None and Capability.SEE_CONFIDENTIAL in ROLES[role].allows


class TestPage:
    def ask(self, cast, who="reader", **query):
        return browse(getattr(cast, who)).get(page(cast.ours, "/search/"), query)

    def test_results_stand_in_a_list_with_a_filter_of_kinds(self, cast):
        answer = self.ask(cast, q="nw")
        assert answer.status_code == 200
        assert "Search 4" in words(answer)
        assert "Studies 2Sites 2" in words(answer).replace(" Sites", "Sites")
        assert "?q=nw&kind=studies.site" in links(answer)
        assert "Search 2" in words(self.ask(cast, q="nw", kind="studies.site"))
        with scope(cast.ours):
            study = Study.objects.get(number="NW-101")
        assert page(cast.ours, f"/records/studies.study/{study.pk}/") in links(answer)

    def test_a_whole_number_leads_to_its_record(self, cast):
        study = study_of(cast, "NW-101")
        answer = self.ask(cast, q="nw-101")
        assert (answer.status_code, answer["Location"]) == (302, page(cast.ours, f"/records/studies.study/{study.pk}/"))
        assert self.ask(cast, q="NW-101", kind="studies.study").status_code == 200
        assert self.ask(cast, "administrator", q="nw-101").status_code == 200

    def test_without_words_or_results_it_says_what_to_do(self, cast):
        assert "What are you looking for?" in words(self.ask(cast))
        assert "Check the spelling" in words(self.ask(cast, q="zzzz"))
        assert self.ask(cast, "outsider", q="nw").status_code == 404

    def test_suggestions_are_a_few_links(self, cast):
        client = browse(cast.guest)
        answer = client.get(
            page(cast.ours, "/search/"), {"q": "nw"}, headers={"HX-Request": "true", "HX-Target": "suggestions"}
        )
        assert (
            words(answer) == "NW-101Heron: a study of sleep in adults, StudyNW-101 01Clinic of NW-101, SiteEvery result"
        )
        assert links(answer)[-1] == page(cast.ours, "/search/?q=nw")
        assert "<html" not in answer.content.decode()

    def test_the_box_stands_on_every_page_of_an_organization(self, cast):
        markup = browse(cast.reader).get(page(cast.ours, "/")).content.decode()
        assert f'action="{page(cast.ours, "/search/")}"' in markup
        assert 'id="suggestions"' in markup

    def test_it_costs_the_same_for_few_and_for_many(self, cast, django_assert_num_queries):
        client, place = browse(cast.reader), page(cast.ours, "/search/?q=nw")
        client.get(place)
        with django_assert_num_queries(QUERIES_OF_PAGE):
            client.get(place)
        for number in range(3):
            write(cast, f"About nw {number}")
        client.get(place)  # after a change the number beside the Inbox is counted anew
        with django_assert_num_queries(QUERIES_OF_PAGE):
            assert "Search 7" in words(client.get(place))


class TestApi:
    def test_it_answers_the_same_as_the_page(self, cast):
        ask = asking(cast.guest, cast.ours)
        answer = ask.get("search/?q=nw")
        study = study_of(cast, "NW-101")
        assert answer.json()["results"][0] == {
            "kind": "studies.study", "record_id": study.pk, "number": "NW-101",
            "title": "Heron: a study of sleep in adults", "state": "Recruiting",
        }  # fmt: skip
        assert [hit["number"] for hit in answer.json()["results"]] == ["NW-101", "NW-101 01"]
        assert [hit["kind"] for hit in ask.get("search/?q=nw&kind=studies.site").json()["results"]] == ["studies.site"]

    @pytest.mark.parametrize("query", ["", "?q=", "?q=%20", "?q=a&kind=nothing", "?q=a&page=2", f"?q={'x' * 201}"])
    def test_a_wrong_question_is_told(self, cast, query):
        assert asking(cast.reader, cast.ours).get(f"search/{query}").status_code == 422


@pytest.mark.commits
def test_two_who_change_parts_of_one_record_at_once_are_both_found(company):
    with scope(company.ours):
        study = Study.objects.get(number="NW-101")

    def add(number: str):
        def work() -> None:
            with scope(company.ours):
                add_site(study, SiteFacts(number, f"Clinic {number}", "FR"), actor=company.study_manager)

        return work

    at_once(*[add(f"9{number}") for number in range(4)])
    with scope(company.ours):
        assert sorted(entry.number for entry in found(company.reader, "NW-101 9")) == [f"NW-101 9{n}" for n in range(4)]
        assert list(differences()) == []
