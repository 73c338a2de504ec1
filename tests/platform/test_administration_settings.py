"""Settings of an organization: proposed by one person, approved and signed by another, and then they hold."""

import datetime as dt
import re
from dataclasses import replace

import pytest

from cqms.administration import settings_life
from cqms.audit.models import AuditEvent
from cqms.audit.refusals import Blocked, Denied
from cqms.configuration.models import VersionOfSettings
from cqms.configuration.rules import as_values, from_values
from cqms.configuration.selectors import current_settings, settings_of
from cqms.numbering.services import record_number
from cqms.organizations.models import Organization
from cqms.organizations.scope import scope
from cqms.signatures.content import signatures_of, verify
from tests.cast import PASSWORD, page
from tests.days import today
from tests.platform.browsing import browse, links, words
from tests.world.building import credentials

HOLIDAYS = "2026-12-25\n2026-12-24"


def typed(browser, place: str, **changes: object) -> dict[str, object]:
    """What the form holds, with changes."""
    initial = browser.get(place).context["form"].initial
    return {**initial, "reason": "The winter closing.", **changes}


def propose(cast, **changes: object) -> VersionOfSettings:
    with scope(cast.ours):
        wanted = replace(current_settings(), **(changes or {"idle_minutes": 15}))
        return settings_life.propose(wanted, reason="Shorter is safer.", actor=cast.administrator)


def approve(cast, version: VersionOfSettings, who: str = "qa") -> VersionOfSettings:
    with scope(cast.ours):
        person = getattr(cast, who)
        return settings_life.approve(version, actor=person, revision=version.revision, credentials=credentials(person))


def test_an_organization_that_decided_nothing_has_the_values_of_a_new_one(cast):
    with scope(cast.ours):
        found = current_settings()
    assert (found.version, found.zone, found.signing, found.second_factor) == (0, "Europe/Berlin", "password", "nobody")
    assert from_values(as_values(found), version=0) == replace(found, due_days={})


def test_what_one_person_proposes_another_signs_and_then_it_holds(cast):
    office, quality = browse(cast.administrator), browse(cast.qa)
    place = page(cast.ours, "/administration/settings/propose/")
    answer = office.post(place, typed(office, place, holidays=HOLIDAYS, idle_minutes=20, zone="paris"))
    assert answer["Location"] == page(cast.ours, "/administration/settings/1/")
    shown = words(quality.get(answer["Location"]))
    assert "Signed out when idle for: 30 minutes → 20 minutes" in shown
    assert "Time zone: Europe/Berlin → Europe/Paris" in shown
    assert settings_of(cast.ours).idle_minutes == 30
    signed = quality.post(
        page(cast.ours, "/administration/settings/1/approve/"),
        {"revision": 1, "email": cast.qa.email, "password": PASSWORD, "accepts_binding": "on"},
    )
    assert signed.status_code == 302
    found = settings_of(cast.ours)
    assert (found.version, found.idle_minutes, found.zone) == (1, 20, "Europe/Paris")
    assert found.holidays == (dt.date(2026, 12, 24), dt.date(2026, 12, 25))
    assert Organization.objects.get(pk=cast.ours.pk).zone == "Europe/Paris"
    with scope(cast.ours):
        moved = AuditEvent.objects.get(record_kind="organizations.organization")
        assert (moved.actor, moved.reason, [(row["old"], row["new"]) for row in moved.changes]) == (
            cast.qa, "The winter closing.", [("Europe/Berlin", "Europe/Paris")],
        )  # fmt: skip
        version = VersionOfSettings.objects.get()
        assert (version.proposed_by, version.approved_by) == (cast.administrator, cast.qa)
        assert [verify(each, version).holds for each in signatures_of(version)] == [True]


def test_a_later_version_replaces_the_one_before(cast):
    approve(cast, propose(cast))
    approve(cast, propose(cast, idle_minutes=10))
    with scope(cast.ours):
        assert list(VersionOfSettings.objects.order_by("number").values_list("number", "state")) == [
            (1, "replaced"), (2, "in_force"),
        ]  # fmt: skip
    assert settings_of(cast.ours).idle_minutes == 10
    assert settings_of(cast.theirs).version == 0


def test_who_proposed_does_not_approve_and_an_administrator_never_does(cast):
    with scope(cast.ours):
        wanted = replace(current_settings(), idle_minutes=15)
        version = settings_life.propose(wanted, reason="Shorter.", actor=cast.qa)
        for who in ("qa", "administrator", "reader"):
            with pytest.raises(Denied):
                settings_life.approve(version, actor=getattr(cast, who), revision=1, credentials=None)
    approve(cast, version, "quality_head")
    with scope(cast.ours):
        refused = AuditEvent.objects.filter(verb="refuse").values_list("actor_name", flat=True)
        assert sorted(refused) == sorted([cast.qa.name, cast.administrator.name, cast.reader.name])


def test_one_proposal_at_a_time_and_none_without_a_change(cast):
    with pytest.raises(Blocked, match="Nothing would change"):
        propose(cast, idle_minutes=30)
    propose(cast)
    with pytest.raises(Blocked, match="waits for its approval"):
        propose(cast, idle_minutes=5)


def test_a_declined_proposal_changes_nothing_and_makes_room(cast):
    version = propose(cast)
    with scope(cast.ours):
        settings_life.decline(version, actor=cast.quality_head, revision=1, reason="Too short for monitors.")
    assert settings_of(cast.ours).version == 0
    assert propose(cast, idle_minutes=25).number == 2


def test_wrong_input_is_named_beside_its_field(cast):
    office = browse(cast.administrator)
    place = page(cast.ours, "/administration/settings/propose/")
    wrong = {"holidays": "25.12.2026", "allowed_networks": "everywhere", "reason": "", "zone": "Xanadu"}
    answer = office.post(place, typed(office, place, **wrong))
    assert answer.status_code == 422
    assert answer.context["form"].errors == {
        "zone": ["No time zone has “Xanadu” in its name. Name a larger city that has the same time."],
        "holidays": ["“25.12.2026” is not a day. Write 2026-12-25."],
        "allowed_networks": ["“everywhere” is not a network. Write 192.0.2.0/24."],
        "reason": ["Fill this in."],
    }


def test_the_approval_waits_in_the_inbox_of_quality_assurance_alone(cast):
    propose(cast)
    row = "Adrian Mills proposes other settings."
    seen = {who: row in words(browse(getattr(cast, who)).get(page(cast.ours, "/inbox/")))
            for who in ("qa", "quality_head", "administrator", "reader")}  # fmt: skip
    assert seen == {"qa": True, "quality_head": True, "administrator": False, "reader": False}


def test_settings_are_shown_to_who_decides_and_who_inspects(cast):
    propose(cast)
    paths = ("/administration/", "/administration/settings/", "/administration/settings/1/")
    for who, status in (("administrator", 200), ("qa", 200), ("inspector", 200), ("reader", 403), ("guest", 403)):
        found = [browse(getattr(cast, who)).get(page(cast.ours, path)).status_code for path in paths]
        assert found == [status] * 3, who
    assert browse(cast.outsider).get(page(cast.theirs, "/administration/settings/1/")).status_code == 404
    assert browse(cast.administrator).get(page(cast.ours, "/administration/settings/7/")).status_code == 404


def test_whoever_may_see_a_version_of_the_settings_reads_what_happened_to_it(cast):
    version = propose(cast)
    for who in (cast.administrator, cast.qa, cast.inspector):
        told = words(browse(who).get(page(cast.ours, f"/administration/settings/{version.number}/")))
        assert f"proposed version {version.number} of the settings" in told


def test_numbers_and_days_allowed_follow_the_settings(cast):
    with scope(cast.ours):
        assert record_number("TST") == "TST-0001"
    approve(
        cast, propose(cast, number_pattern="{kind}-{year}-{number}", number_digits=3, due_days={"documents.review": 4})
    )
    with scope(cast.ours):
        assert record_number("TST") == f"TST-{today().year}-001"
        assert current_settings().days_for("documents.review") == 4
        assert current_settings().days_for("documents.approve") == 5


@pytest.mark.parametrize(
    ("networks", "address", "admitted"),
    [((), None, True), (("192.0.2.0/24",), "192.0.2.9", True), (("192.0.2.0/24",), "198.51.100.9", False),
     (("192.0.2.0/24",), None, False), (("192.0.2.0/24", "2001:db8::/32"), "2001:db8::7", True)],
)  # fmt: skip
def test_networks_admit_or_refuse_an_address(cast, networks, address, admitted):
    with scope(cast.ours):
        assert replace(current_settings(), allowed_networks=networks).admits(address) is admitted


@pytest.mark.parametrize(
    ("calendars", "days", "expected"),
    [
        ((), 1, dt.date(2026, 4, 3)),
        (("DE",), 1, dt.date(2026, 4, 7)),
        (("DE",), 5, dt.date(2026, 4, 13)),
        (("GB-SCT",), 1, dt.date(2026, 4, 6)),
        (("DE", "GB-SCT"), 1, dt.date(2026, 4, 7)),
    ],
)
def test_working_days_pass_over_the_public_holidays_of_the_places_named(cast, calendars, days, expected):
    with scope(cast.ours):
        found = replace(current_settings(), calendars=calendars)
    assert found.after_working_days(dt.date(2026, 4, 2), days) == expected, "Easter of 2026 is 5 April"


def test_a_place_without_a_calendar_is_named_beside_its_field(cast):
    office = browse(cast.administrator)
    place = page(cast.ours, "/administration/settings/propose/")
    answer = office.post(place, typed(office, place, calendars="de\nde-be\nAtlantis"))
    assert answer.context["form"].errors == {
        "calendars": ["No calendar is known for “Atlantis”. Write a country, DE, or a part of it, DE-BE."]
    }
    answer = office.post(place, typed(office, place, calendars="de-be\n\nde"))
    assert answer.status_code == 302
    with scope(cast.ours):
        assert VersionOfSettings.objects.get().settings().calendars == ("DE", "DE-BE")


def folds(answer) -> dict[str, bool]:
    """The sections of the form by title: whether each is open."""
    found = re.findall(r"<details( open)?><summary><b>([^<]+)</b>", answer.content.decode())
    return {title: bool(is_open) for is_open, title in found}


def test_the_form_opens_the_sections_in_which_something_changed_or_is_wrong(cast):
    office, place = browse(cast.administrator), page(cast.ours, "/administration/settings/propose/")
    shown = office.get(place)
    assert (len(folds(shown)), any(folds(shown).values())) == (6, False)
    fields = [field.name for section in shown.context["form"].sections() for field in section.fields]
    assert sorted([*fields, "reason", "revision"]) == sorted(shown.context["form"].fields), "each stands in one section"
    given = {**shown.context["form"].initial, "idle_minutes": 20, "calendars": "XX", "reason": "Shared rooms."}
    answer = office.post(place, given)
    assert answer.status_code == 422
    assert {title for title, is_open in folds(answer).items() if is_open} == {"Calendar", "Signing in and signing"}


def test_what_was_declined_is_proposed_again_from_its_page(cast):
    version = propose(cast, idle_minutes=11)
    office, place = browse(cast.administrator), page(cast.ours, "/administration/settings/1/")
    again = page(cast.ours, "/administration/settings/propose/?like=1")
    assert again not in links(office.get(place))
    assert "A version of the settings waits for its approval" in words(office.get(again))
    with scope(cast.ours):
        settings_life.decline(version, actor=cast.quality_head, revision=1, reason="Not now.")
    assert again in links(office.get(place))
    assert again not in links(browse(cast.inspector).get(place))
    shown = office.get(again).context["form"]
    assert (shown["idle_minutes"].value(), shown["revision"].value()) == (11, 0)
    assert office.post(again, {**shown.initial, "reason": "Now."})["Location"] == page(
        cast.ours, "/administration/settings/2/"
    )
    assert office.get(page(cast.ours, "/administration/settings/propose/?like=99")).status_code == 404
