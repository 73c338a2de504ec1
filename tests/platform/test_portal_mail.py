"""Mail of an installation that sends none: administrators read what their members would have got."""

from datetime import timedelta

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils import timezone

from cqms.access.services import add_member
from cqms.organizations.scope import scope
from tests.platform.browsing import browse, links, words
from tests.platform.proving import demand


@pytest.fixture
def written(settings, tmp_path):
    """Two mails in files, one to a member of each organization."""
    settings.MAIL_DIR = tmp_path
    settings.EMAIL_FILE_PATH = str(tmp_path)
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    with get_connection() as server:
        for who, title in (("author", "Your report is ready"), ("outsider", "A secret of Harbour")):
            text = f"Hello,\n\nopen http://127.0.0.1:8000/x/?a=1&b=2 now. <b>{title}</b>"
            message = EmailMultiAlternatives(f"{title} – ✓", text, to=[f"{who}@cast.test"], connection=server)
            message.attach_alternative("<p>As <script>alert(1)</script> HTML</p>", "text/html")
            message.send()


def test_an_administrator_reads_the_mail_of_the_own_members(cast, written):
    browser = browse(cast.administrator)
    listed = browser.get("/mail/")
    assert "Mail 1" in words(listed)
    assert "Your report is ready – ✓" in words(listed)
    place = next(link for link in links(listed) if link.startswith("/mail/") and len(link) > 6)
    shown = browser.get(place)
    assert "http://127.0.0.1:8000/x/?a=1&b=2" in links(shown)
    assert "<b>Your report is ready</b>" in words(shown)
    assert "alert(1)" not in shown.content.decode()
    assert browse(cast.outsider).get(place).status_code == 404


def test_no_administrator_reads_the_mail_of_who_belongs_to_another_organization_too(cast, written):
    with scope(cast.ours):
        add_member(cast.outsider, actor=cast.administrator, kind="guest", ends_at=timezone.now() + timedelta(days=9))
    listed = words(browse(cast.administrator).get("/mail/"))
    assert ("Your report is ready" in listed, "A secret of Harbour" in listed) == (True, False)
    assert browse(cast.outsider).get("/mail/").context["total"] == "0"


def test_who_is_kept_out_of_the_organization_does_not_read_its_mail(cast, written):
    demand(cast, second_factor="everybody")
    assert browse(cast.administrator).get("/mail/").status_code == 403


@pytest.mark.parametrize("who", ["author", "quality_head", "reader"])
def test_nobody_else_reads_mail(cast, written, who):
    assert browse(getattr(cast, who)).get("/mail/").status_code == 403


def test_an_administrator_finds_the_mail_from_the_members_page(cast, written):
    browser = browse(cast.administrator)
    assert "/mail/" in links(browser.get("/o/northwind/members/"))
    assert "/mail/" in links(browser.get("/account/"))
    assert "/mail/" not in links(browse(cast.author).get("/account/"))


def test_where_mail_is_sent_the_page_does_not_exist(cast, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert browse(cast.administrator).get("/mail/").status_code == 404
    assert "/mail/" not in links(browse(cast.administrator).get("/o/northwind/members/"))


def test_many_mails_stand_on_several_pages(cast, written, monkeypatch):
    monkeypatch.setattr("cqms.portal.views.mail._SHOWN", 1)
    with get_connection() as server:
        EmailMultiAlternatives("Another report", "Hello", to=["author@cast.test"], connection=server).send()
    browser = browse(cast.administrator)
    first = browser.get("/mail/")
    older = next(link for link in links(first) if link.startswith("?after="))
    second = browser.get(f"/mail/{older}")
    found = [[title in words(each) for title in ("Another report", "Your report is ready")] for each in (first, second)]
    assert sorted(found) == [[False, True], [True, False]]
    assert [link for link in links(second) if link.startswith("?after=")] == []
    assert browser.get("/mail/?after=nothing").status_code == 404


def test_a_link_that_sets_a_new_password_is_shown_to_its_own_person_alone(cast, written, client):
    office = browse(cast.administrator)
    client.post("/accounts/password/reset/", {"email": cast.qa.email})
    assert (office.get("/mail/").context["total"], "Reset" in words(office.get("/mail/"))) == ("1", False)
    client.post("/accounts/password/reset/", {"email": cast.administrator.email})
    shown = office.get("/mail/")
    assert shown.context["total"] == "2"
    places = [link for link in links(shown) if link.startswith("/mail/") and len(link) > 6]
    assert ["/accounts/password/reset/key/" in words(office.get(place)) for place in places].count(True) == 1
