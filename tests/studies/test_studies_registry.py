"""A study from a register: read right or refused with a sentence, shown before it is created, compared later."""

import json
import os
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cqms.attachments.services import attachments_of
from cqms.audit.models import AuditEvent
from cqms.audit.refusals import Denied
from cqms.jobs.models import Job
from cqms.jobs.services import work_off
from cqms.organizations.scope import scope
from studies.models import Milestone, Site, Study
from studies.registry import services
from studies.registry.comparing import differences
from studies.registry.reading import UnusableRecord, read_record
from tests.cast import page
from tests.platform.browsing import browse, words
from tests.studies.registered import RECORD, as_file, with_change

SAMPLES = Path(os.environ.get("CQMS_SAMPLES", "/nowhere"), "ctgov_v2")


def quiet(*_: object) -> None:
    """Nobody watches."""


def kept(cast, data: bytes = b""):
    return services.keep_record(data or as_file(RECORD), name="record.json", actor=cast.quality_head)


def created(cast, data: bytes = b"", number: str = "LAP-303") -> Study:
    return services.create_study(
        kept(cast, data), number=number, manager=cast.study_manager, actor=cast.quality_head, tell=quiet
    )


def test_who_leads_a_site_is_its_investigator_whoever_is_named_first():
    people = [{"role": "CONTACT", "name": "Desk"}, {"role": "SUB_INVESTIGATOR", "name": "Ada Aide"}]
    lead = {"role": "PRINCIPAL_INVESTIGATOR", "name": "Pia Lead"}
    place = {"facility": "Clinic", "country": "Austria"}
    locations = [
        {**place, "contacts": [*people, lead]},
        {**place, "contacts": people},
        {**place, "contacts": people[:1]},
    ]
    found = read_record(with_change("contactsLocationsModule.locations", locations))
    assert [site.investigator for site in found.sites] == ["Pia Lead", "Ada Aide", ""]


def test_a_record_is_read_in_the_terms_of_the_portal():
    found = read_record(as_file(RECORD))
    assert (found.registry_id, found.number, found.title) == (
        "NCT90000001",
        "LAP-303-B",
        "Lapwing: walking after stroke",
    )
    assert (found.phase, found.status, found.kind, found.sponsor) == ("2_3", "recruiting", "interventional", "Lapwing Institute")  # fmt: skip
    assert (found.indication, found.planned_participants, found.countries) == ("Stroke; Gait", 240, ("AT", "KR", "TR"))
    assert found.milestones == {
        "first_participant": ("", "2026-02"),
        "primary_completion": ("2027-06-30", ""),
        "last_visit": ("2027-09", ""),
    }
    assert [(site.name, site.country, site.status) for site in found.sites] == [
        ("Hill clinic, Graz", "AT", "open"),
        ("Hill clinic, Graz", "AT", "planned"),
        ("River hospital, Busan", "KR", "withdrawn"),
        ("İzmir", "TR", "open"),
    ]
    assert found.remarks == (
        "Location 4 (Old hospital, Novi Sad) is left out: “Former Serbia and Montenegro” is no country of ISO 3166-1.",
        "The study number “LAP 303/B” cannot stand in an address: LAP-303-B is proposed.",
    )


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "This is no JSON (line 1)."),
        (b"<xml/>", "This is no JSON (line 1)."),
        (b"\xff\xfe{\x00}\x00", "This is no text in UTF-8."),
        (b'{"protocolSection": NaN}', "This is no JSON."),
        (b"[" * 100_000, "This file is nested too deeply to be a study record."),
        (b"[]", "This file holds 0 studies."),
        (b"[1]", "This JSON holds no study record."),
        (b'"text"', "This JSON holds no study record."),
        (b"{}", "This JSON is no study record of API version 2: it has no protocolSection."),
        (b'{"studies": [{}, {}]}', "This file holds 2 studies. Download the record of one study."),
        (b'{"FullStudy": {"Study": {}}}', "This is a record in an older format (FullStudy)."),
        (b'{"protocolSection": {}}', "The record has no register number such as NCT01234567 (it says “”)."),
        (with_change("identificationModule", [1]), "The record is damaged: identificationModule is no object."),
        (with_change("identificationModule.nctId", "NCT1"), "The record has no register number such as NCT01234567"),
        (with_change("identificationModule.briefTitle", 7), "The record is damaged: briefTitle is no text."),
        (with_change("identificationModule.briefTitle", "a\x00b"), "briefTitle holds a character that cannot be stored."),
        (with_change("identificationModule.briefTitle", "a\ud800"), "briefTitle holds a character that cannot be stored."),
        (with_change("sponsorCollaboratorsModule", None), "The record names no sponsor."),
        (with_change("contactsLocationsModule.locations", {}), "The record is damaged: locations is no list."),
        (with_change("contactsLocationsModule.locations", ["x"]), "The record is damaged: location 1 is no object."),
        (with_change("contactsLocationsModule.locations", [{}] * 5001), "The record has 5001 locations; 5000 can be"),
    ],
)  # fmt: skip
def test_what_is_no_such_record_is_refused_with_a_sentence(data, sentence):
    with pytest.raises(UnusableRecord) as refused:
        read_record(data)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("path", "value", "remark"),
    [
        ("statusModule.startDateStruct", {"date": "Spring 2026"}, "“Spring 2026” is no date for “First participant in”: it is left out."),
        ("statusModule.startDateStruct", None, "The record has no date for “First participant in”."),
        ("statusModule.overallStatus", "SLEEPING", "The status “SLEEPING” is not known here: planned stands in."),
        ("statusModule.overallStatus", "SUSPENDED", "The study is suspended; here it counts as in follow-up until it goes on."),
        ("designModule.phases", ["PHASE9"], "The phase “PHASE9” is not known here: not applicable stands in."),
        ("designModule.studyType", None, "The type of study “nothing” is not known here: interventional stands in."),
        ("designModule.enrollmentInfo", {"count": -1}, "The record says no number of participants that is possible."),
        ("contactsLocationsModule", None, "The record names no location: countries and sites are to be added by hand."),
        ("identificationModule.orgStudyIdInfo", None, "The record names no study number of the sponsor: the register number stands in."),
        ("identificationModule.officialTitle", "x" * 1001, "officialTitle is longer than 1000 characters: only its beginning is taken over."),
    ],
)  # fmt: skip
def test_what_a_record_leaves_out_is_said(path, value, remark):
    assert remark in read_record(with_change(path, value)).remarks


def test_one_study_of_a_search_is_taken(cast):
    assert read_record(as_file({"studies": [RECORD]})).number == "LAP-303-B"


def test_a_study_is_created_with_everything_and_keeps_its_source(cast, ours):
    study = created(cast)
    assert (study.number, study.registry_id, study.manager, study.countries) == (
        "LAP-303", "NCT90000001", cast.study_manager, ["AT", "KR", "TR"],
    )  # fmt: skip
    assert list(Site.objects.filter(study=study).order_by("pk").values_list("number", "status")) == [
        ("AT-01", "open"), ("AT-02", "planned"), ("KR-01", "withdrawn"), ("TR-01", "open"),
    ]  # fmt: skip
    assert Milestone.objects.filter(study=study).count() == 3
    assert [each.name for each in attachments_of(study, cast.qa)] == ["NCT90000001.json"]
    assert AuditEvent.objects.filter(subject_id=study.pk, sentence="attached NCT90000001.json").count() == 1


def test_the_same_record_again_shows_no_difference_and_a_newer_one_each(cast, ours):
    study = created(cast)
    assert differences(study, read_record(as_file(RECORD))) == []
    newer = json.loads(with_change("statusModule.overallStatus", "COMPLETED"))
    newer["protocolSection"]["contactsLocationsModule"]["locations"] += [
        {"facility": "Sea clinic", "city": "Split", "country": "Croatia", "status": "COMPLETED"}
    ]
    found = differences(study, read_record(as_file(newer)))
    assert [(each.label, each.old, each.new) for each in found] == [
        ("Status", "Recruiting", "Closed"),
        ("Status of site AT-01", "Open", "Closed"),
        ("Status of site TR-01", "Open", "Closed"),
        ("New site", "", "Sea clinic, Split, Croatia, closed"),
    ]
    keys = [each.key for each in found]
    changed = services.take_over(
        study, kept(cast, as_file(newer)), keys, actor=cast.quality_head, reason="As the register says.", tell=quiet
    )
    assert (changed.status, "HR" in changed.countries, Site.objects.get(number="HR-01").status) == (
        "closed",
        True,
        "closed",
    )
    assert differences(changed, read_record(as_file(newer))) == []


def test_who_opens_no_studies_takes_nothing_over(cast, ours):
    stored = kept(cast)
    with pytest.raises(Denied):
        services.create_study(stored, number="X-1", manager=cast.study_manager, actor=cast.reader, tell=quiet)
    with pytest.raises(Denied):
        services.keep_record(as_file(RECORD), name="r.json", actor=cast.reader)


def upload(client, cast, data: bytes, name="record.json"):
    file = SimpleUploadedFile(name, data, "application/json")
    return client.post(page(cast.ours, "/studies/register/"), {"file": file})


def test_the_pages_show_first_and_create_then(cast):
    client = browse(cast.quality_head)
    preview = upload(client, cast, as_file(RECORD))["Location"]
    shown = words(client.get(preview))
    for part in (
        "NCT90000001 Lapwing",
        "3: Austria, ",
        "is left out",
        "Open the study with 4 sites",
    ):
        assert part in shown, part
    with scope(cast.ours):
        assert not Study.objects.filter(registry_id="NCT90000001").exists()
    refused = client.post(preview, {"number": "nw-101", "manager": cast.study_manager.pk})
    assert "There is a study nw-101 already. Give another number." in words(refused)
    watched = client.post(preview, {"number": "LAP-303", "manager": cast.study_manager.pk})["Location"]
    with scope(cast.ours):
        job = Job.objects.get(kind="studies.create_from_register")
    work_off(cast.ours, job.pk)
    assert "LAP-303 was opened with 4 sites." in words(client.get(watched))
    assert "Nothing differs" in words(client.get(preview))


def test_a_wrong_file_is_refused_beside_its_field(cast):
    client = browse(cast.quality_head)
    for data, name, sentence in (
        (b"{", "record.json", "This is no JSON"),
        (as_file(RECORD), "record.csv", "is of a kind that cannot be used here"),
    ):
        answer = upload(client, cast, data, name)
        assert (answer.status_code, sentence in words(answer)) == (422, True), words(answer)
    assert client.get(page(cast.ours, f"/studies/register/{'0' * 64}/")).status_code == 404
    assert browse(cast.reader).get(page(cast.ours, "/studies/register/")).status_code == 403


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="CQMS_SAMPLES names no folder with records of the register")
@pytest.mark.parametrize(
    ("name", "number", "phase", "status", "counts"),
    [
        ("NCT02552212", "AS0006", "3", "closed", (105, 9)),
        ("NCT02210780", "R668-AD-1314", "2", "closed", (42, 1)),
        ("NCT03475563", "BIOSS", "none", "recruiting", (3, 1)),
        ("NCT04207047", "L18006", "none", "follow_up", (1, 1)),
    ],
)  # fmt: skip
def test_real_records_become_studies(cast, ours, name, number, phase, status, counts):
    data = (SAMPLES / f"{name}.json").read_bytes()
    study = created(cast, data, number=read_record(data).number)
    assert (study.number, study.phase, study.status) == (number, phase, status)
    assert (Site.objects.filter(study=study).count(), len(study.countries)) == counts
    assert differences(study, read_record(data)) == []
