"""The timeline of a record, as a detail page shows it."""

from django.test import RequestFactory

from cqms.audit import services as audit
from cqms.ui.story import timeline_of
from studies.models import Study


def asked_by(person, organization, **parameters):
    request = RequestFactory().get("/studies/NW-101/", parameters)
    request.user, request.organization = person, organization
    return request


def test_a_record_tells_its_story_newest_first_with_addresses_and_filters(ours, cast, django_assert_num_queries):
    study = Study.objects.get(number="NW-101")
    study.sponsor = "Harbour <b>Research</b>"
    audit.save(study, actor=cast.study_manager, reason="The sponsor was renamed.")
    timeline_of(study, asked_by(cast.qa, ours))
    with django_assert_num_queries(2):
        story = timeline_of(study, asked_by(cast.qa, ours))
    with django_assert_num_queries(3):
        asked = timeline_of(study, asked_by(cast.qa, ours, shows="nothing known"))
    assert [(each.label, len(each.options)) for each in asked.chips] == [
        (each.label, len(each.options)) for each in story.chips
    ], "the filters are the same, whether they are told by the entries on the page or asked for"
    assert [(entry.who, entry.verb) for entry in story.entries] == [
        ("Samuel Mora", "changed the study"),
        ("Samuel Mora", "created the site"),
        ("Samuel Mora", "created the study"),
    ]
    page = str(story)
    assert f'id="{story.entries[0].id}"' in page
    assert "Harbour &lt;b&gt;Research&lt;/b&gt;" in page
    assert "The sponsor was renamed." in page
    assert [chip.value for chip in story.chips] == ["everything", "anybody", "every record", "any field"]
