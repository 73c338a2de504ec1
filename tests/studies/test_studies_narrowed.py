"""A role narrowed to some countries or sites: of other sites there is no page, count, entry, answer or export."""

import datetime as dt

import pytest

from cqms.access.models import RoleAssignment
from cqms.access.services import Narrowing, end_role, give_role
from cqms.audit.refusals import Denied
from cqms.jobs.services import work_off
from cqms.organizations.scope import scope, scope_cache
from cqms.portal.lanes import who_may_see
from cqms.reports.models import Report
from cqms.reports.trail_export import request_trail_export
from studies.conduct.services import Count, note_participants
from studies.models import Participants, Site, Study
from studies.selectors import roles_at, roles_for
from studies.services import SiteFacts, add_site, change_site, site_facts_of
from tests.cast import page
from tests.platform.asking import asking
from tests.platform.browsing import browse, words
from tests.platform.pdf_pages import whole_text
from tests.world import building as worlds


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"


@pytest.fixture
def study(world) -> Study:
    """A study with the clinic 01 in Germany and the clinic 02 in France, each with participants; guest sees the first."""
    with scope(world.ours):
        study = worlds.study_of_world()
        lead = world.study_manager
        second = add_site(study, SiteFacts("02", "Hôpital Saint-Roch", "FR", "open"), actor=lead)
        note_participants(study, [Count(second, dt.date(2026, 4, 1), 8351, 8347)], actor=lead)
        for role in roles_at(study):
            if role.user == world.guest:
                end_role(role, actor=world.administrator, reason="Narrowed.")
        only = Narrowing(countries=("DE",))
        give_role(world.guest, "reader", actor=world.administrator, at=study, only=only)
        scope_cache().clear()
        return study


def test_the_api_tells_participants_of_the_own_sites_alone(world, study):
    ask = asking(world.guest, world.ours)
    rows = ask.get(f"studies/{study.number}/participants/").json()["results"]
    assert {row["site"] for row in rows} == {"01"}
    whole = ask.get(f"studies/{study.number}/").json()
    assert (whole["screened"], whole["enrolled"]) == (4, 3)


SURFACES = (
    "/studies/{}/", "/studies/{}/?about=studies.site", "/studies/{}/?about=studies.participants",
    "/search/?q=Saint", "/search/?q=clinic",
)  # fmt: skip
OF_OTHERS = ("Saint-Roch", "site 02", "8,351", "8351", "8,347")


@pytest.mark.parametrize("surface", SURFACES)
def test_pages_search_and_timeline_tell_of_the_own_sites_alone(world, study, surface):
    path = page(world.ours, surface.format(study.number))
    shown = words(browse(world.guest).get(path))
    assert [each for each in OF_OTHERS if each in shown] == []


def test_counts_are_those_of_the_own_sites(world, study):
    path = page(world.ours, f"/studies/{study.number}/")
    narrowed, whole = words(browse(world.guest).get(path)), words(browse(world.qa).get(path))
    assert ("1 site, 1 open" in narrowed, "2 sites, 2 open" in whole) == (True, True)
    assert ("3 enrolled" in narrowed, "8,350 enrolled" in whole) == (True, True)


def test_the_api_and_the_address_of_a_record_know_the_own_sites_alone(world, study):
    ask = asking(world.guest, world.ours)
    assert [row["number"] for row in ask.get(f"studies/{study.number}/sites/").json()["results"]] == ["01"]
    assert ask.get(f"studies/{study.number}/sites/02/").status_code == 404
    assert ask.get("search/?q=Saint").json()["results"] == []
    narrowed = browse(world.guest)
    with scope(world.ours):
        first, second = Site.objects.filter(study=study).order_by("number")
        there = Participants.objects.get(site=second)
    for record, kind, status in ((first, "site", 200), (second, "site", 404), (there, "participants", 404)):
        path = page(world.ours, f"/records/studies.{kind}/{record.pk}/as-of/")
        assert narrowed.get(path).status_code == status, path


def test_an_export_says_to_which_sites_it_is_limited(world, study):
    with scope(world.ours):
        only = Narrowing(sites=("01",))
        role = next(row for row in roles_at(study) if row.user == world.guest)
        end_role(role, actor=world.administrator, reason="Inspects now.")
        give_role(world.guest, "auditor", actor=world.administrator, at=study, only=only)
        scope_cache().clear()
        job = request_trail_export(actor=world.guest, subject=study)
    work_off(world.ours, job.pk)
    with scope(world.ours):
        report = Report.objects.filter(exported_by=world.guest).latest("pk")
        told = whole_text(report.file.path.read_bytes())
        assert ("Saint-Roch" in told, "atsite02" in told, "atsite01" in told) == (False, False, True)
        assert f"of {study} only site 01" in report.selection


def test_who_leads_some_sites_changes_no_others(world, study):
    with scope(world.ours):
        for role in RoleAssignment.objects.filter(user=world.study_manager, ends_at__isnull=True):
            end_role(role, actor=world.administrator, reason="Leads the German sites now.")
        only = Narrowing(countries=("DE",))
        give_role(world.study_manager, "study_manager", actor=world.administrator, at=study, only=only)
        scope_cache().clear()
        first, second = Site.objects.filter(study=study).order_by("number")
        for month, site in ((5, first), (6, second)):
            counts = [Count(site, dt.date(2026, month, 1), 1, 1)]
            if site == first:
                assert note_participants(study, counts, actor=world.study_manager) == 1
                continue
            with pytest.raises(Denied, match="for other sites of this study"):
                note_participants(study, counts, actor=world.study_manager)
        with pytest.raises(Denied, match="for other sites of this study"):
            change_site(second, site_facts_of(second), actor=world.study_manager, revision=second.revision)


def test_people_of_other_sites_are_not_listed_and_who_may_see_a_site_is_said_truly(world, study):
    with scope(world.ours):
        give_role(world.reader, "site_staff", actor=world.administrator, at=study, only=Narrowing(sites=("02",)))
        scope_cache().clear()
        assert world.reader not in [row.user for row in roles_for(world.guest, study)]
        assert world.reader in [row.user for row in roles_for(world.qa, study)]
        first, second = Site.objects.filter(study=study).order_by("number")
        seeing = [{each.person for each in who_may_see(site)} for site in (first, second)]
        assert [world.guest in people for people in seeing] == [True, False]
        [because] = [each.because for each in who_may_see(first) if each.person == world.guest]
        assert because.startswith(f"Reader in {study}, only DE; guest until ")
