"""Where one begins: the organizations of a person, Home and Inbox."""

from datetime import timedelta

import pytest

from cqms.access.services import add_member, end_membership, give_role
from cqms.accounts.services import open_account
from cqms.deadlines.services import Duty, open_deadline
from cqms.notifications.services import Message, notify
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope
from cqms.portal import home
from cqms.ui.items import Figure
from studies.models import Study
from tests.cast import PASSWORD, page
from tests.platform.browsing import browse, links, same_for_all, words


def set_deadline(person, label: str, *, days: int, number: str = "NW-101"):
    study = Study.objects.get(number=number)
    due = study.organization.today() + timedelta(days=days)
    return open_deadline(study, Duty(label, label, f"/{label}/"), due=due, owner=person, actor=None)


@pytest.fixture
def traveller(cast):
    """A person of both organizations."""
    with scope(cast.theirs):
        add_member(cast.qa, actor=cast.outsider)
        give_role(cast.qa, "qa", actor=cast.outsider)
    return cast.qa


def test_a_person_of_one_organization_goes_straight_to_it(cast):
    answer = browse(cast.author).get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/o/northwind/")


def test_a_person_of_several_chooses_and_reads_what_awaits_in_each(cast, traveller):
    with scope(cast.theirs):
        set_deadline(traveller, "Oversight report", days=-1, number="HR-900")
        set_deadline(traveller, "Risk review", days=5, number="HR-900")
    answer = browse(traveller).get("/")
    assert [link for link in links(answer) if link.startswith("/o/")][-2:] == ["/o/harbour/", "/o/northwind/"]
    assert "Harbour ResearchTwo things await you, 1 lateNext: Oversight report, 1 day late" in words(answer)
    assert "Northwind TherapeuticsNothing awaits youNothing is due." in words(answer)


def test_a_person_without_an_organization_reads_what_to_do(cast):
    nobody = open_account(email="nobody@cast.test", name="Norma Body", password=PASSWORD)
    answer = browse(nobody).get("/")
    assert answer.status_code == 200
    assert "You belong to no organization yet" in words(answer)


@pytest.mark.parametrize("path", ["", "inbox/", "members/", "studies/", "no/such/page/"])
def test_a_foreign_organization_is_the_same_as_none(cast, path):
    browser = browse(cast.qa)
    foreign, missing = browser.get(f"/o/harbour/{path}"), browser.get(f"/o/nowhere/{path}")
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert same_for_all(foreign) == same_for_all(missing)


@pytest.mark.parametrize(
    "path", ["/members/", "/timeline/", "/studies/", "/o/northwind/account/", "/o/northwind/mail/"]
)
def test_pages_exist_only_where_they_belong(cast, path):
    assert browse(cast.administrator).get(path).status_code == 404


def test_a_former_member_gets_the_same_404(cast):
    with scope(cast.ours):
        end_membership(Membership.objects.get(user=cast.author), actor=cast.administrator, reason="Left the company.")
    assert browse(cast.author).get(page(cast.ours, "/")).status_code == 404


def test_nobody_reads_anything_without_signing_in(cast, client):
    answer = client.get(page(cast.ours, "/inbox/"))
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/o/northwind/inbox/")


def test_home_says_what_awaits_by_when_and_what_if_late(cast):
    with scope(cast.ours):
        set_deadline(cast.author, "Oversight report", days=-2)
        set_deadline(cast.author, "Risk review", days=1)
    answer = browse(cast.author).get(page(cast.ours, "/"))
    assert "Two things await you; 1 late." in words(answer)
    assert "Oversight report You answer for it. It is late." in words(answer)
    assert "Risk review You answer for it. Late, it is reported to your manager" in words(answer)
    assert "Oversight report" in words(answer).partition("What happened last")[2]


def test_home_shows_the_figures_that_apps_register(cast, monkeypatch):
    monkeypatch.setattr(home, "_figures", {})
    home.register_figures(lambda _: [Figure("Later", 2, href="/later/")], order=2)
    home.register_figures(lambda request: [Figure("Studies of " + request.organization.slug, 1, href="/x/")], order=1)
    answer = browse(cast.author).get(page(cast.ours, "/"))
    assert [link for link in links(answer) if link in ("/x/", "/later/")] == ["/x/", "/later/"]
    assert "Studies of northwind1" in words(answer)


def test_home_tells_an_administrator_only_of_people_and_a_guest_of_one_study(cast):
    told = words(browse(cast.guest).get(page(cast.ours, "/")))
    assert "NW-101" in told
    assert "NW-202" not in told
    told = words(browse(cast.administrator).get(page(cast.ours, "/")))
    assert "NW-101" not in told


def test_the_inbox_of_all_organizations_names_each(cast, traveller):
    with scope(cast.ours):
        set_deadline(traveller, "Third", days=9)
        set_deadline(traveller, "First", days=-2)
    with scope(cast.theirs):
        set_deadline(traveller, "Second", days=3, number="HR-900")
    told = words(browse(traveller).get("/inbox/"))
    assert told.index("First Northwind Therapeutics: You answer") < told.index("Second Harbour Research: You answer")
    assert told.index("Second") < told.index("Third")
    here = words(browse(traveller).get(page(cast.ours, "/inbox/")))
    assert "Second" not in here
    assert "First You answer for it." in here


def test_the_inbox_is_filtered_by_kind_and_news_are_marked_as_read(cast):
    with scope(cast.ours):
        set_deadline(cast.author, "Oversight", days=3)
        notify(cast.author, Message(key="x", subject="Fresh news", body="It is so.", path="/news/", stands_alone=True))
    browser, place = browse(cast.author), page(cast.ours, "/inbox/")
    assert "Next seven days1" in words(browser.get(place))
    assert "Fresh news" not in words(browser.get(f"{place}?kind=deadline"))
    assert "Oversight" not in words(browser.get(f"{place}?kind=news"))
    assert browser.post(place)["Location"] == place
    assert "Fresh news" not in words(browser.get(place))


def test_an_empty_inbox_says_so(cast):
    assert "Nothing awaits you" in words(browse(cast.reader).get(page(cast.ours, "/inbox/")))


@pytest.mark.parametrize(("path", "queries"), [("/", 19), ("/inbox/", 15)])
@pytest.mark.parametrize("rows", [1, 3])
def test_home_and_inbox_ask_the_same_for_one_row_and_for_three(cast, django_assert_num_queries, path, queries, rows):
    with scope(cast.ours):
        for number in range(rows):
            set_deadline(cast.author, f"Thing {number}", days=number)
    browser = browse(cast.author)
    browser.get(page(cast.ours, path))
    with django_assert_num_queries(queries):
        browser.get(page(cast.ours, path))
