"""People are told once on screen, and by mail at least once, after the commit."""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection, transaction
from django.utils import timezone

from cqms.access.models import RoleAssignment
from cqms.access.services import end_membership, end_role, give_role
from cqms.notifications.mailing import mail_all, message_id, message_of
from cqms.notifications.models import Notification
from cqms.notifications.selectors import unread_standing_alone
from cqms.notifications.services import Message, mark_read, notify
from cqms.notifications.tasks import mail as mail_task
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope, scope_cache
from studies.models import Study
from tests.platform.committed import at_once

PATH = "/o/northwind/documents/SOP-0001/"


def tell(person, key="test:1", record=None, **changes):
    words = {"subject": "SOP-0001 awaits your approval", "body": "Amara Osei asks you to approve it.", "path": PATH}
    notify(person, Message(key=key, **words | changes), record=record)


def told() -> list[tuple[str, str]]:
    return [(each.person.name, each.subject) for each in Notification.objects.order_by("id")]


def test_the_same_key_tells_a_person_once_and_others_as_well(cast, ours):
    tell(cast.qa)
    tell(cast.qa, subject="Said again")
    tell(cast.author)
    assert told() == [
        ("Quentin Abara", "SOP-0001 awaits your approval"),
        ("Amara Osei", "SOP-0001 awaits your approval"),
    ]


def test_who_is_told_in_one_organization_is_told_in_the_other_too(cast):
    for organization in (cast.ours, cast.theirs):
        with scope(organization):
            tell(cast.outsider)
            assert told() == [("Otto Sidler", "SOP-0001 awaits your approval")]


def test_reading_ends_the_news_of_a_record_and_only_of_it(cast, ours):
    first, second = Study.objects.order_by("number")
    tell(cast.qa, key="a", record=first)
    tell(cast.qa, key="b", record=second)
    tell(cast.author, key="a", record=first)
    assert mark_read(cast.qa, record=first) == 1
    unread = Notification.objects.filter(read_at__isnull=True).order_by("id")
    assert [(each.person.name, each.key) for each in unread] == [("Quentin Abara", "b"), ("Amara Osei", "a")]


def test_a_mail_says_it_plainly_with_one_link(cast, ours, settings):
    settings.SITE_URL = "https://quality.example"
    tell(cast.qa)
    message = message_of(Notification.objects.get())
    assert (message.subject, message.to) == ("SOP-0001 awaits your approval", ["qa@cast.test"])
    assert message.body == (
        "Hello Quentin,\n\n"
        "Amara Osei asks you to approve it.\n\n"
        "Open it in the portal:\nhttps://quality.example/o/northwind/documents/SOP-0001/\n\n"
        "Northwind Therapeutics\n"
        "You get this mail because it concerns your work in the portal. The portal never asks for your password by mail.\n"
    )
    html = message.alternatives[0].content
    assert html.count("<a href=") == 1
    assert '<a href="https://quality.example/o/northwind/documents/SOP-0001/">' in html


def test_a_mail_keeps_what_people_typed_as_text(cast, ours):
    tell(cast.qa, subject="SOP\r\nBcc: all@example.org", body="<script>alert(1)</script> & more")
    message = message_of(Notification.objects.get())
    assert message.subject == "SOP Bcc: all@example.org"
    assert "<script>alert(1)</script> & more" in message.body
    assert "<script>" not in message.alternatives[0].content


@pytest.mark.parametrize("lane", ["unblinded", "confidential"])
def test_a_mail_about_a_closed_lane_names_nothing(cast, ours, lane):
    tell(cast.statistician)
    secret = Notification.objects.get()
    secret.lane = lane
    message = message_of(secret)
    assert message.subject == "A record waits for you"
    for text in (message.body, message.alternatives[0].content):
        assert "Something in the portal needs your attention. Sign in to read what it is." in text
        assert "SOP" not in text.replace(PATH, "")
        assert "Amara" not in text


@pytest.mark.commits
class TestMailing:
    """Rows become mail, one organization after another."""

    def test_everybody_who_was_told_gets_one_mail(self, company):
        with scope(company.ours):
            tell(company.qa)
            tell(company.author)
            tell(company.reader, mail=False)
        with scope(company.theirs):
            tell(company.outsider)
        mail_task()
        mail_task()
        assert sorted(each.to[0] for each in mail.outbox) == ["author@cast.test", "outsider@cast.test", "qa@cast.test"]
        with scope(company.ours):
            rows = Notification.objects.order_by("id")
            facts = [(each.mail_attempts, each.mail_due_at, each.mailed_at is None) for each in rows]
            assert facts == [(1, None, False), (1, None, False), (0, None, True)]

    def test_several_mailers_at_once_send_each_mail_once(self, company, slow_server):
        with scope(company.ours):
            for number in range(12):
                tell(company.qa, key=f"test:{number}", subject=f"Number {number}")
        sent = at_once(*[lambda: mail_all(company.ours)] * 4)
        assert sum(sent) == 12
        assert sorted(each.subject for each in mail.outbox) == sorted(f"Number {number}" for number in range(12))

    def test_a_server_that_refuses_loses_nothing_and_is_not_bothered(self, company, refusing_server):
        with scope(company.ours):
            tell(company.qa)
        waits = []
        for _ in range(3):
            assert mail_all(company.ours) == 0
            assert mail_all(company.ours) == 0
            with scope(company.ours):
                row = Notification.objects.get()
                waits.append(round((row.mail_due_at - timezone.now()) / timedelta(minutes=1)))
                Notification.objects.update(mail_due_at=timezone.now())
        assert (waits, row.mail_attempts, row.mailed_at) == ([1, 2, 4], 3, None)
        refusing_server.undo()
        assert mail_all(company.ours) == 1
        assert [each.subject for each in mail.outbox] == ["SOP-0001 awaits your approval"]

    def test_where_nothing_is_due_no_mail_server_is_called(self, company, monkeypatch):
        calls = []
        monkeypatch.setattr(EmailBackend, "open", lambda _server: calls.append("open"))
        mail_task()
        assert calls == []
        with scope(company.ours):
            tell(company.qa)
        mail_task()
        assert (calls, len(mail.outbox)) == (["open"], 1)

    def test_a_double_is_recognizable(self, company, monkeypatch, settings):
        settings.SITE_URL = "https://quality.example"
        with scope(company.ours):
            tell(company.qa)

        def die(*_args, **_options):
            raise SystemExit

        monkeypatch.setattr(Notification, "save", die)
        with pytest.raises(SystemExit):
            mail_all(company.ours)
        monkeypatch.undo()
        mail_all(company.ours)
        with scope(company.ours):
            row = Notification.objects.get()
        names = [each.extra_headers["Message-ID"] for each in mail.outbox]
        assert names == [message_id(row)] * 2 == [f"<notification-{company.ours.pk}-{row.pk}@quality.example>"] * 2

    def test_who_no_longer_belongs_gets_no_mail(self, company):
        with scope(company.ours):
            tell(company.author)
            tell(company.qa)
            member = Membership.objects.get(user=company.author)
            end_membership(member, actor=company.administrator, reason="Left the company")
        mail_task()
        assert [each.to for each in mail.outbox] == [["qa@cast.test"]]
        with scope(company.ours):
            assert Notification.objects.filter(mail_due_at__isnull=False).count() == 0

    def test_a_worker_is_called_once_after_the_commit_and_never_without_it(self, company, messages):
        with scope(company.ours):
            tell(company.qa)
            tell(company.author)
            assert messages.all() == []
        assert messages.all() == [("notifications.mail", [])]
        messages.clear()
        with scope(company.ours):
            tell(company.reader)
            transaction.set_rollback(True)
        assert messages.all() == []


@pytest.fixture
def slow_server(monkeypatch):
    """A mail server that takes its time, so that mailers meet."""
    send = EmailBackend.send_messages

    def slowly(self, batch):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.02)")
        return send(self, batch)

    monkeypatch.setattr(EmailBackend, "send_messages", slowly)


@pytest.fixture
def refusing_server(monkeypatch):
    """A mail server that refuses every recipient."""

    def refuse(_self, batch):
        raise smtplib.SMTPRecipientsRefused({to: (451, b"try later") for each in batch for to in each.to})

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    return monkeypatch


def test_what_is_about_a_record_is_forgotten_with_the_role_by_which_it_was_seen(cast, ours):
    study = Study.objects.get(number="NW-101")
    for key, record in (("about", study), ("other", None)):
        tell(cast.guest, key=key, record=record, stands_alone=True)
    assert [row.key for row in unread_standing_alone(cast.guest)] == ["other", "about"]
    give_role(cast.guest, "vendor", actor=cast.administrator, at=Study.objects.get(number="NW-202"),
              ends_at=timezone.now() + timedelta(days=1))  # fmt: skip
    for role in RoleAssignment.objects.filter(user=cast.guest, anchor_id=study.pk):
        end_role(role, actor=cast.administrator, reason="Done here.")
    scope_cache().clear()
    assert [row.key for row in unread_standing_alone(cast.guest)] == ["other"]
    mail_all(cast.ours)
    assert [message.to for message in mail.outbox] == [[cast.guest.email]]
    assert not Notification.objects.filter(mail_due_at__isnull=False).exists()
