"""A guest sees one study and nothing else: no list of people, no other number, no count, no hit."""

import re

import pytest

from cqms.access.services import give_role
from cqms.attachments.models import Attachment
from cqms.organizations.scope import scope, scope_cache
from documents.models import Document
from studies.models import Study
from tests.cast import page
from tests.contracts.addresses import values_of
from tests.contracts.pages import calls
from tests.contracts.visiting import Visits
from tests.platform.asking import asking
from tests.platform.browsing import browse, words

STRANGERS = ("Aude Dupin", "Ines Spector", "Blanka Idowu", "Rita Edwards", "Adrian Mills")
"""People who had nothing to do with the study of the guest."""


@pytest.fixture
def unseen(world) -> re.Pattern[str]:
    """The other study, every document of the organization, and the people who do not work on the guest's study."""
    with scope(world.ours):
        documents = Document.objects.exclude(study__number="NW-101").values_list("number", "title")
        told = [re.escape(word) for row in documents for word in row]
    return re.compile("|".join([*STRANGERS, *told, "NW-202", "Plover"]))


def test_no_address_tells_a_guest_of_anything_but_their_study(world, unseen):
    visits, values = Visits(world), values_of(world.ours, world)
    told = {}
    for call in calls():
        if call.method == "GET" and "{mail}" not in call.path:
            answer = visits.call(call, "guest", values)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            path = call.path.format(**values)
            found = {each for each in unseen.findall(body.decode(errors="replace")) if each not in path}
            told |= {path: found} if found else {}
    assert told == {}


def test_a_guest_who_inspects_is_given_no_list_of_people_by_who_may_see_a_record(world):
    with scope(world.ours):
        study = Study.objects.get(number="NW-101")
        give_role(world.guest, "auditor", actor=world.administrator, at=study)
        file = Attachment.objects.get(record_kind="studies.study")
    place = page(world.ours, f"/records/attachments.attachment/{file.pk}/access/")
    told, whole = words(browse(world.guest).get(place)), words(browse(world.qa).get(place))
    assert ([name for name in STRANGERS if name in told], "As a guest you see those" in told) == ([], True)
    assert world.reader.name in whole


@pytest.mark.parametrize("asked", ["Plover", "Juniper", "SOP", "Rita"])
def test_a_guest_finds_only_what_is_of_their_study(world, unseen, asked):
    found = asking(world.guest, world.ours).get(f"search/?q={asked}").json()["results"]
    assert [row for row in found if unseen.search(f"{row['number']} {row['title']}")] == []
    shown = words(browse(world.guest).get(page(world.ours, f"/search/?q={asked}")))
    assert [each for each in unseen.findall(shown) if each != asked] == []


def test_a_guest_who_writes_chooses_among_the_people_of_the_study(world):
    with scope(world.ours):
        study = Study.objects.get(number="NW-101")
        give_role(world.guest, "author", actor=world.administrator, at=study)
        give_role(world.reviewer, "approver", actor=world.administrator, at=study)
        scope_cache().clear()
    form = browse(world.guest).get(page(world.ours, "/documents/new/")).context["form"]
    offered = {name: [str(each) for each in form.fields[name].queryset] for name in ("reviewers", "owner")}
    assert offered == {"reviewers": ["Rasmus Lind"], "owner": ["Rasmus Lind"]}
    issue = browse(world.guest).get(page(world.ours, "/quality-events/issues/new/")).context["form"]
    assert [str(each) for each in issue.fields["owner"].queryset] == ["Gustav Est"]


def test_over_the_api_a_guest_names_the_people_of_the_study_and_nobody_else(world):
    with scope(world.ours):
        study = Study.objects.get(number="NW-101")
        give_role(world.guest, "author", actor=world.administrator, at=study)
        give_role(world.reviewer, "approver", actor=world.administrator, at=study)
        scope_cache().clear()
    ask = asking(world.guest, world.ours)
    issue = {
        "title": "Labels differ",
        "description": "Two kits.",
        "study": "NW-101",
        "scope": "study",
        "detected_how": "Monitoring",
    }
    answers = {who: ask.post("issues/", {**issue, "owner": who}) for who in (
        world.quality_head.email, "nobody@cast.test", world.guest.email
    )}  # fmt: skip
    said = [(answer.status_code, answer.json().get("error")) for answer in answers.values()]
    assert said[0] == said[1]
    assert said[0][1]["fields"] == {"owner": ["Nobody in this organization has this e-mail address."]}
    assert said[2] == (201, None)
