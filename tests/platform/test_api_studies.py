"""Studies and sites over the API: the same answers to the same people as on the pages."""

import json
from dataclasses import replace

import pytest
import yaml
from django.core.management import call_command

from cqms.api import description
from studies import services
from studies.models import Study
from studies.services import StudyFacts
from tests.cast import PEOPLE
from tests.platform.asking import asking
from tests.platform.browsing import browse, links, words
from tests.platform.strings import HOSTILE, UNPAIRED
from tests.platform.test_api import shape

STUDY = {"number": "NW-303", "title": "Lapwing", "phase": "2", "sponsor": "Northwind", "countries": ["PL", "DE"],
         "manager": "medical.monitor@cast.test"}  # fmt: skip
SITE = {"number": "02", "name": "Clinic at the river", "country": "FR"}

READ = ("studies/", "studies/NW-101/", "studies/NW-101/sites/", "studies/NW-101/sites/01/", "studies/NW-202/",
        "studies/HR-900/", "studies/NW-101/sites/99/", "studies/%00/")  # fmt: skip
WRITE = (("POST", "studies/", STUDY), ("PATCH", "studies/NW-101/", {"title": "x", "revision": 1}),
         ("POST", "studies/NW-101/sites/", SITE), ("PATCH", "studies/NW-101/sites/01/", {"name": "x", "revision": 1}),
         ("PATCH", "studies/NW-202/", {"title": "x", "revision": 1}),
         ("PATCH", "studies/HR-900/", {"title": "x", "revision": 1}))  # fmt: skip
READERS, GUESTS, BARRED = (200,) * 5 + (404,) * 3, (200,) * 4 + (404,) * 4, (403, *(404,) * 7)
LEADS, DRAFTS = (201, 200, 201, 200, 200, 404), (201, 403, 403, 403, 403, 404)
READS, GUEST, NOTHING = (403,) * 5 + (404,), (403,) * 4 + (404,) * 2, (403, *(404,) * 5)
EXPECTED = {
    "author": (READERS, DRAFTS), "reviewer": (READERS, DRAFTS), "process_owner": (READERS, DRAFTS),
    "qa": (READERS, LEADS), "quality_head": (READERS, LEADS), "document_control": (READERS, DRAFTS),
    "study_manager": (READERS, LEADS), "medical_monitor": (READERS, DRAFTS), "statistician": (READERS, DRAFTS),
    "auditor": (READERS, READS), "administrator": (BARRED, NOTHING), "reader": (READERS, READS),
    "inspector": (READERS, READS), "blinded": (READERS, READS), "guest": (GUESTS, GUEST),
}  # fmt: skip


@pytest.mark.parametrize("who", [who for who in PEOPLE if who != "outsider"])
def test_each_address_answers_each_of_the_cast_as_it_should(cast, who):
    ask = asking(getattr(cast, who), cast.ours)
    others = {"medical_monitor": "reader@cast.test", "guest": "guest@cast.test"}  # a guest knows of hardly anybody
    given = dict(STUDY, manager=others.get(who, STUDY["manager"]))
    read = tuple(ask.get(path).status_code for path in READ)
    write = tuple(ask(method, path, given if data is STUDY else data).status_code for method, path, data in WRITE)
    assert (read, write) == EXPECTED[who]


def test_a_study_and_its_sites_over_the_api(cast, ours):
    ask = asking(cast.quality_head, ours)
    made = ask.post("studies/", STUDY)
    assert (made.status_code, made["ETag"]) == (201, '"1"')
    expected = {
        "screened": 0, "enrolled": 0, "number": "NW-303", "title": "Lapwing", "phase": "2", "status": "planned", "sponsor": "Northwind",
        "full_title": "", "registry_id": "", "kind": "interventional", "indication": "", "planned_participants": None,
        "countries": ["DE", "PL"], "manager": {"name": "Mina Monroe", "email": "medical.monitor@cast.test"}, "revision": 1,
    }  # fmt: skip
    assert made.json() == expected == ask.get("studies/NW-303/").json()
    changed = ask.patch("studies/NW-303/", {"status": "start_up", "reason": "Contract signed."}, **{"If-Match": '"1"'})
    assert (changed.status_code, changed.json()) == (200, {**expected, "status": "start_up", "revision": 2})
    site = ask.post("studies/NW-303/sites/", {"number": "P1", "name": "Clinic", "country": "PL"})
    assert site.json() == {
        "number": "P1", "name": "Clinic", "country": "PL", "investigator": "", "status": "planned",
        "opened_on": None, "closed_on": None, "revision": 1,
    }  # fmt: skip
    assert ask.get("studies/NW-303/sites/").json()["results"] == [site.json()]
    opened = ask.patch("studies/NW-303/sites/P1/", {"status": "open", "reason": "Initiated.", "revision": 1})
    assert (opened.json()["status"], opened["ETag"]) == ("open", '"2"')


def test_page_and_api_refuse_in_the_same_words(cast, ours):
    ask, client = asking(cast.study_manager, ours), browse(cast.study_manager)
    form = {**STUDY, "number": "NW-101", "countries": "DE\nFR", "status": "recruiting", "manager": cast.study_manager.pk,
            "title": "Heron", "kind": "interventional", "phase": "3", "sponsor": "Northwind Therapeutics", "revision": 1,
            "reason": ""}  # fmt: skip
    sentence = "Say why you change phase: the record is controlled (Annex 11 9)."
    assert sentence in words(client.post("/o/northwind/studies/NW-101/edit/", form))
    answer = ask.patch("studies/NW-101/", {"phase": "3", "revision": 1})
    assert shape(answer) == (422, "invalid", {"reason": [sentence]})
    answer = ask.post("studies/", dict(STUDY, number="nw-202"))
    taken = "There is a study nw-202 in this organization already. A number is given once, whatever the case."
    assert shape(answer) == (422, "invalid", {"number": [taken]})


def test_what_is_wrong_is_named_field_by_field(cast, ours):
    given = {"number": "NW 3", "title": " ", "phase": "9", "countries": ["DE", "XX"], "manager": "nobody@cast.test"}
    status, code, fields = shape(asking(cast.qa, ours).post("studies/", given))
    assert (status, code, sorted(fields)) == (
        422,
        "invalid",
        ["countries.1", "manager", "number", "phase", "sponsor", "title"],
    )
    assert fields["manager"] == ["Nobody in this organization has this e-mail address."]
    outsider = asking(cast.qa, ours).post("studies/", dict(STUDY, manager="outsider@cast.test"))
    assert shape(outsider)[2] == {"manager": ["Nobody in this organization has this e-mail address."]}


def test_a_change_names_the_revision_that_was_seen(cast, ours):
    ask = asking(cast.qa, ours)
    answer = ask.patch("studies/NW-101/", {"title": "x"})
    assert shape(answer) == (422, "invalid", {"revision": ["Send the revision you saw, here or as If-Match."]})
    study = Study.objects.get(number="NW-101")
    services.change_study(study, replace(services.facts_of(study), title="First"), actor=cast.study_manager, revision=1)
    for answer in (ask.patch("studies/NW-101/", {"title": "x", "revision": 1}),
                   ask.patch("studies/NW-101/", {"title": "x"}, **{"If-Match": '"1"'})):  # fmt: skip
        assert shape(answer) == (409, "changed", {})
    assert ask.patch("studies/NW-101/", {"title": "x"}, **{"If-Match": 'W/"2"'}).status_code == 200


def test_lists_are_filtered_like_the_page(cast, ours):
    services.create_study(StudyFacts("NW-303", "Lapwing", "3", "N", ["JP"], cast.medical_monitor), actor=cast.qa)
    ask = asking(cast.reader, ours)
    for query, expected in {
        "q=PLOVER": ["NW-202"], "phase=3": ["NW-303"], "status=recruiting": ["NW-202", "NW-101"], "country=JP": ["NW-303"],
        "country=FR&q=heron": ["NW-101"], "q=%25": [], "": ["NW-303", "NW-202", "NW-101"],
    }.items():  # fmt: skip
        assert [row["number"] for row in ask.get(f"studies/?{query}").json()["results"]] == expected, query
    for query in ("phase=9", "status=x", "country=XX", "q=%00"):
        assert shape(ask.get(f"studies/?{query}"))[:2] == (422, "invalid"), query


def test_hostile_text_in_every_field_is_stored_as_it_was_or_refused(cast, ours):
    ask = asking(cast.quality_head, ours)
    assert shape(ask.post("studies/", {UNPAIRED: UNPAIRED})) == (400, "parse_error", {})
    for index, text in enumerate(HOSTILE):
        answer = ask.post("studies/", dict(STUDY, number=f"NW-7{index}", title=text, sponsor=text))
        good = 0 < len(text.strip()) <= 300 and "\x00" not in text
        assert answer.status_code == (201 if good else 422), text
        assert not good or answer.json()["title"] == text.strip()
        wrong = ask.post("studies/", {**dict.fromkeys(STUDY, text), "countries": [text]})
        assert shape(wrong)[:2] == (422, "invalid"), text
        wrong = ask.patch("studies/NW-101/", {"title": [text], "revision": text, text: 1})
        assert shape(wrong)[:2] == (422, "invalid"), text


def test_a_list_costs_the_same_with_one_row_and_with_three(cast, ours, django_assert_num_queries):
    few, many = asking(cast.guest, ours), asking(cast.reader, ours)
    services.create_study(StudyFacts("NW-303", "Lapwing", "3", "N", ["JP"], cast.medical_monitor), actor=cast.qa)
    for ask, count in ((few, 1), (many, 3)):
        ask.get("studies/")
        with django_assert_num_queries(8):
            assert len(ask.get("studies/").json()["results"]) == count


def test_the_description_is_valid_and_without_warnings(tmp_path):
    file = tmp_path / "schema.yml"
    call_command("spectacular", "--fail-on-warn", "--validate", "--file", str(file), "--format", "openapi-json")
    document = json.loads(file.read_text())
    error = {"$ref": "#/components/schemas/Error"}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            answers = operation["responses"]
            wanted = {"401", "403", "405", "422", "429", "500", "503"} | ({"404"} if "{" in path else set())
            wanted |= {"400", "409", "413", "415"} if "requestBody" in operation else set()
            assert wanted <= set(answers), (path, method)
            assert all(answers[each]["content"]["application/json"]["schema"] == error for each in wanted)
            assert operation["security"] == [{"token": []}]
            success = [each for each in answers if each.startswith("2")]
            assert all(answers[each].get("content") for each in success), (path, method)


def test_the_description_is_for_people_with_an_account(cast, client):
    assert client.get("/api/schema/").status_code in (401, 403)
    answer = client.get("/api/docs/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/api/docs/")
    reader = browse(cast.reader)
    asked = [reader.get("/api/schema/", headers={"accept": f"application/{kind}"}) for kind in ("yaml", "json")]
    assert [answer.status_code for answer in asked] == [200, 200]
    assert yaml.safe_load(asked[0].content) == asked[1].json()
    assert asked[1].json()["paths"].keys() == description.document()["paths"].keys()
    listed = reader.get("/api/docs/")
    for operations in description.groups().values():
        for each in operations:
            assert f"/api/docs/{each.id}/" in links(listed)
            page = words(reader.get(f"/api/docs/{each.id}/"))
            said = [f"{each.method} {each.path}", each.summary, *(value.name for value in (*each.takes, *each.answers))]
            assert [line for line in said if line not in page] == []
    assert reader.get("/api/docs/no_such_thing/").status_code == 404
