"""What can be done with studies and sites, by whom, and what is refused in which words."""

from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError

from cqms.access.models import RoleAssignment
from cqms.access.reach import reach_of
from cqms.access.services import end_membership
from cqms.accounts.models import User
from cqms.audit.models import AuditEvent
from cqms.audit.refusals import Changed, Denied
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import Membership, Organization
from cqms.organizations.scope import scope
from studies import services
from studies.models import Site, Study
from studies.selectors import roles_at
from studies.services import SiteFacts, StudyFacts
from tests.cast import email_of
from tests.platform.committed import at_once


def facts(cast, **other):
    given = {"number": "NW-303", "title": "Lapwing: walking after stroke", "phase": "2", "sponsor": "Northwind Therapeutics",
             "countries": ["PL", "DE", "PL"], "manager": cast.medical_monitor}  # fmt: skip
    return StudyFacts(**{**given, **other})


def change(study, actor, reason="", **other):
    return services.change_study(
        study, replace(services.facts_of(study), **other), actor=actor, revision=study.revision, reason=reason
    )


def newest(count=1):
    return [(event.actor_name, event.sentence, event.reason) for event in AuditEvent.objects.order_by("-pk")[:count]]


def wrong(call, field):
    with pytest.raises(ValidationError) as caught:
        call()
    assert list(caught.value.message_dict) == [field]
    return " ".join(caught.value.message_dict[field])


def test_a_study_begins_and_its_manager_receives_the_role(cast, ours):
    study = services.create_study(facts(cast, title="  Lapwing  "), actor=cast.author)
    assert (study.number, study.title, study.status, study.countries) == ("NW-303", "Lapwing", "planned", ["DE", "PL"])
    assert newest(2) == [
        ("Amara Osei", "gave Mina Monroe the role Study manager in NW-303 Lapwing", ""),
        ("Amara Osei", "created the study", ""),
    ]
    assert [(row.user, row.role, row.given_by) for row in roles_at(study)] == [
        (cast.medical_monitor, "study_manager", cast.author)
    ]
    assert reach_of(cast.medical_monitor).has(Capability.LEAD, study)
    assert not reach_of(cast.medical_monitor).has(Capability.LEAD, Study.objects.get(number="NW-101"))


def test_who_names_themselves_must_lead_already(cast, ours):
    sentence = "Nobody gives a role to themselves. Name somebody else, or let somebody else do this (EMA A3.3)."
    assert wrong(lambda: services.create_study(facts(cast, manager=cast.qa), actor=cast.qa), "manager") == sentence
    study = services.create_study(facts(cast, manager=cast.study_manager), actor=cast.study_manager)
    assert roles_at(study) == []
    assert wrong(lambda: change(study, cast.qa, "He left.", manager=cast.qa), "manager") == sentence


@pytest.mark.parametrize("who", ["reader", "auditor", "inspector", "administrator", "guest", "blinded"])
def test_who_only_reads_opens_no_study(cast, ours, who):
    with pytest.raises(Denied, match="Only who drafts records or leads studies in the whole organization"):
        services.create_study(facts(cast), actor=getattr(cast, who))
    assert not Study.objects.filter(number="NW-303").exists()


@pytest.mark.parametrize(
    "who", ["author", "reviewer", "process_owner", "document_control", "reader", "guest", "inspector"]
)
def test_who_does_not_lead_changes_nothing_and_the_attempt_is_in_the_trail(cast, ours, who):
    actor, study = getattr(cast, who), Study.objects.get(number="NW-101")
    site = study.sites.get()
    sentence = "Only who leads this study, or quality assurance, changes it and its sites."
    for call in (
        lambda: change(study, actor, "why", title="x"),
        lambda: services.add_site(study, SiteFacts("02", "Clinic", "DE"), actor=actor),
        lambda: services.change_site(site, SiteFacts("01", "x", "DE", "open"), actor=actor, revision=site.revision),
    ):
        with pytest.raises(Denied, match=sentence):
            call()
    assert {reason for _, _, reason in newest(3)} == {sentence}
    assert [words for _, words, _ in newest(3)] == [
        "tried to change the site: refused", "tried to add a site: refused", "tried to change the study: refused",
    ]  # fmt: skip
    assert (Study.objects.get(pk=study.pk).revision, Site.objects.count()) == (study.revision, 2)


def test_a_new_manager_takes_over_the_role(cast, ours):
    study = services.create_study(facts(cast), actor=cast.quality_head)
    study = change(study, cast.qa, "Mina leaves the company.", manager=cast.study_manager)
    assert [(row.user, row.role) for row in roles_at(study)] == [(cast.study_manager, "study_manager")]
    former = RoleAssignment.objects.get(user=cast.medical_monitor, anchor_id=study.pk, anchor_kind="studies.study")
    assert former.ends_at is not None
    assert not reach_of(cast.medical_monitor).has(Capability.LEAD, study)
    assert {reason for _, _, reason in newest(2)} == {"Mina leaves the company.", ""}


@pytest.mark.parametrize(
    ("field", "value", "label"),
    [
        ("number", "NW-102", "study number"),
        ("phase", "3", "phase"),
        ("status", "closed", "status"),
        ("sponsor", "X", "sponsor"),
    ],
)
def test_controlled_fields_need_a_reason(cast, ours, field, value, label):
    study = Study.objects.get(number="NW-101")
    with scope(ours):
        site = study.sites.get()
        services.change_site(
            site, replace(services.site_facts_of(site), status="closed"), actor=cast.qa, revision=1, reason="done"
        )
    sentence = f"Say why you change {label}: the record is controlled (Annex 11 9)."
    assert wrong(lambda: change(study, cast.study_manager, "  ", **{field: value}), "reason") == sentence
    assert getattr(change(study, cast.study_manager, "Because.", **{field: value}), field) == value
    assert newest()[0][2] == "Because."


def test_a_stale_revision_is_refused(cast, ours):
    study = Study.objects.get(number="NW-101")
    change(study, cast.study_manager, title="First")
    with pytest.raises(Changed, match="Somebody changed this study while you had it open"):
        change(study, cast.qa, title="Second")
    assert Study.objects.get(pk=study.pk).title == "First"


def test_numbers_are_given_once_whatever_the_case(cast, ours):
    study = Study.objects.get(number="NW-101")
    taken = "There is a study nw-101 in this organization already. A number is given once, whatever the case."
    assert wrong(lambda: services.create_study(facts(cast, number="nw-101"), actor=cast.qa), "number") == taken
    assert "NW-202 in this" in wrong(lambda: change(study, cast.qa, "typo", number="NW-202"), "number")
    add = services.add_site
    site = add(study, SiteFacts("A-1", "Clinic", "FR"), actor=cast.qa)
    sentence = "There is a site a-1 in NW-101 already. A number is given once, whatever the case."
    assert wrong(lambda: add(study, SiteFacts("a-1", "Clinic", "FR"), actor=cast.qa), "number") == sentence
    assert add(Study.objects.get(number="NW-202"), SiteFacts("A-1", "Clinic", "FR"), actor=cast.qa).pk != site.pk
    assert change(study, cast.qa, "upper case", number="nw-101").number == "nw-101"


@pytest.mark.commits
def test_two_people_who_open_the_same_study_at_once_get_one():
    ours = Organization.objects.get(slug="northwind")
    manager, first, second = (User.objects.get(email=email_of(who)) for who in ("medical_monitor", "qa", "author"))

    def open_as(actor):
        with scope(ours):
            given = StudyFacts("NW-303", "Lapwing", "2", "Northwind", ["DE"], manager)
            try:
                return services.create_study(given, actor=actor).number
            except ValidationError as error:
                return error.message_dict["number"][0]

    assert sorted(at_once(lambda: open_as(first), lambda: open_as(second))) == [
        "NW-303",
        "There is a study NW-303 in this organization already. A number is given once, whatever the case.",
    ]
    with scope(ours):
        assert Study.objects.filter(number="NW-303").count() == len(roles_at(Study.objects.get(number="NW-303"))) == 1


@pytest.mark.parametrize("number", ["NW 101", "NW/101", "../x", "..", "-1", "ÄÖ-1", "NW\n1", "x" * 41, "NW-1\x00", "٣"])
def test_a_number_that_would_break_an_address_is_refused(cast, ours, number):
    said = wrong(lambda: services.create_study(facts(cast, number=number), actor=cast.qa), "number")
    assert said.startswith("Use up to 40 letters from A to Z, digits, hyphens, dots and underscores")


@pytest.mark.parametrize("number", ["new", "New"])
def test_new_is_no_number(cast, ours, number):
    sentence = f"“{number}” cannot be a number: its address is where new records begin."
    assert wrong(lambda: services.create_study(facts(cast, number=number), actor=cast.qa), "number") == sentence


def test_a_manager_is_a_member_now(cast, ours):
    stranger = wrong(lambda: services.create_study(facts(cast, manager=cast.outsider), actor=cast.qa), "manager")
    assert stranger == "Otto Sidler is not a member of this organization."
    end_membership(Membership.objects.get(user=cast.medical_monitor), actor=cast.administrator, reason="left")
    assert "Mina Monroe is not a member" in wrong(lambda: services.create_study(facts(cast), actor=cast.qa), "manager")


def test_sites_and_their_study_stay_consistent(cast, ours):
    study = Study.objects.get(number="NW-101")
    site = study.sites.get()

    def move(status, reason="Decided."):
        fresh = Site.objects.get(pk=site.pk)
        return services.change_site(
            fresh,
            replace(services.site_facts_of(fresh), status=status),
            actor=cast.qa,
            revision=fresh.revision,
            reason=reason,
        )

    add = lambda **more: services.add_site(study, SiteFacts("02", "Clinic", **more), actor=cast.qa)  # noqa: E731
    assert wrong(lambda: add(country="PL"), "country") == "Poland is not a country of NW-101. Add it there first."
    assert "“XX” is not a country code of ISO 3166-1." in wrong(lambda: add(country="XX"), "country")
    assert wrong(lambda: change(study, cast.qa, countries=["FR"]), "countries") == (
        "Keep the countries of its sites: site 01 would be left without one."
    )
    assert wrong(lambda: change(study, cast.qa, "done", status="closed"), "status") == (
        "Close the sites first: site 01 is still open."
    )
    assert wrong(lambda: move("withdrawn"), "status") == (
        "This site was opened. Close it: only a site that never opened is withdrawn."
    )
    assert move("closed").status == "closed"
    assert change(study, cast.qa, "done", status="closed").status == "closed"
    assert wrong(lambda: move("open"), "status") == "NW-101 is closed: no site of it can be open."


def test_an_empty_list_of_countries_is_refused(cast, ours):
    assert wrong(lambda: services.create_study(facts(cast, countries=[]), actor=cast.qa), "countries")


def test_a_study_of_another_organization_does_not_exist_here(cast, ours):
    with scope(cast.theirs):
        theirs = Study.objects.get(number="HR-900")
    with pytest.raises(Study.DoesNotExist):
        services.add_site(theirs, SiteFacts("09", "Clinic", "DE"), actor=cast.qa)
