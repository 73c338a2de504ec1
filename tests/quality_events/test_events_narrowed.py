"""A role narrowed to some sites: an event of another site, and all that belongs to it, exists nowhere."""

import pytest

from cqms.access.services import Narrowing, end_role, give_role
from cqms.jobs.services import work_off
from cqms.organizations.scope import scope, scope_cache
from cqms.reports.models import Report
from cqms.reports.trail_export import request_trail_export
from quality_events import services
from quality_events.capas.models import Capa
from quality_events.capas.selectors import causes_of
from quality_events.issues.services import open_issue
from studies.models import Study
from studies.selectors import roles_at
from studies.services import SiteFacts, add_site
from tests.cast import page
from tests.platform.browsing import browse, words
from tests.platform.pdf_pages import whole_text
from tests.quality_events import capa_players as capas
from tests.quality_events.players import happened

PLACES = ("/", "/inbox/", "/studies/NW-101/", "/studies/NW-101/?about=capas.cause", "/search/?q=Roch",
          "/quality-events/capas/?q=Roch", "/quality-events/?q=Roch")  # fmt: skip


@pytest.fixture
def far(cast) -> Capa:
    """A CAPA of the site 02 in France with a cause, linked with an issue of the site 01; the guest sees Germany."""
    with scope(cast.ours):
        study = Study.objects.get(number="NW-101")
        near = study.sites.get()
        second = add_site(study, SiteFacts("02", "Hôpital Saint-Roch", "FR", "open"), actor=cast.study_manager)
        found = capas.in_analysis(cast, study=study, site=second, title="Roch alone")
        capas.cause(found, cast.author, text="Roch has no rota")
        issue = open_issue(happened(study=study, site=near, detected_how="Call"), actor=cast.author)
        services.link(found, issue, actor=cast.qa, why="As Roch told.")
        for role in roles_at(study):
            if role.user == cast.guest:
                end_role(role, actor=cast.administrator, reason="Narrowed.")
        give_role(cast.guest, "auditor", actor=cast.administrator, at=study, only=Narrowing(countries=("DE",)))
        scope_cache().clear()
        return found


@pytest.mark.parametrize("place", PLACES)
def test_no_page_tells_of_an_event_of_another_site_nor_of_its_parts_deadlines_and_links(cast, far, place):
    seen, whole = (words(browse(who).get(page(cast.ours, place))) for who in (cast.guest, cast.qa))
    told = [each for each in (far.number, "no rota", "Roch told", "Roch alone") if each in seen]
    assert (told, place == "/inbox/" or "Roch" in whole) == ([], True)


def test_a_part_of_an_event_of_another_site_has_no_address(cast, far):
    with scope(cast.ours):
        cause = causes_of(far)[0]
    for kind, pk in (("capas.capa", far.pk), ("capas.cause", cause.pk)):
        path = page(cast.ours, f"/records/{kind}/{pk}/as-of/")
        assert [browse(who).get(path).status_code for who in (cast.guest, cast.auditor)] == [404, 200], kind


def test_an_export_of_the_trail_tells_nothing_of_it(cast, far, settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"
    told = []
    for who in (cast.guest, cast.auditor):
        with scope(cast.ours):
            job = request_trail_export(actor=who, subject=far.study)
        work_off(cast.ours, job.pk)
        with scope(cast.ours):
            text = whole_text(Report.objects.latest("pk").file.path.read_bytes())
        told.append([each for each in (far.number, "norota", "Rochtold") if each in text])
    assert told == [[], [far.number, "norota", "Rochtold"]]
