"""The receipt of a signature: by mail, on its page and on paper, with the hash in full and since when it is sealed."""

import pytest
from django.core import mail

from cqms.audit.ledger.sealing import seal
from cqms.audit.ledger.selectors import newest_checkpoint, receipt
from cqms.audit.models import Lane
from cqms.notifications.mailing import mail_all, message_of
from cqms.notifications.models import Notification
from cqms.organizations.scope import scope
from cqms.portal import lanes
from cqms.reports.moments import utc_words
from cqms.signatures.content import signatures_of
from cqms.signatures.models import Signature
from documents.renditions import signature_page
from tests.cast import page
from tests.documents.players import begin, sign
from tests.platform.browsing import browse, words
from tests.world import building as worlds


def receipt_page(cast, signature: Signature) -> str:
    return page(cast.ours, f"/signatures/{signature.pk}/receipt/")


def submitted(cast) -> Signature:
    [signature] = signatures_of(sign(begin(cast), "submit", cast.author))
    return signature


def test_a_signer_is_mailed_what_they_signed_with_the_hash_in_full(cast, ours, settings):
    settings.SITE_URL = "https://quality.example"
    signature = submitted(cast)
    message = message_of(Notification.objects.get(person=cast.author, key=f"signature:{signature.pk}"))
    assert (message.subject, message.to) == ("Receipt of your signature: Authored", ["author@cast.test"])
    told = message.body.splitlines()
    utc = f"{signature.signed_at:%Y-%m-%d %H:%M:%S}"
    assert told[4:10] == [
        f"Record: {signature.record_label}, revision {signature.revision}",
        "Meaning: Authored",
        "Name: Amara Osei",
        next(line for line in told if line.startswith("Signed: ") and line.endswith(f" {signature.zone}, {utc} UTC")),
        f"SHA-256 of what you signed: {signature.content_hash}",
        f"Receipt: {receipt(signature).hash}",
    ]
    assert f"https://quality.example{receipt_page(cast, signature)}" in told
    assert len(receipt(signature).hash) == 64


def test_a_receipt_is_no_work_that_waits(cast, ours):
    submitted(cast)
    assert [each.stands_alone for each in Notification.objects.filter(key__startswith="signature:")] == [False]


def test_a_refused_signature_sends_no_receipt(cast, ours):
    draft = begin(cast)
    with pytest.raises(Exception, match="author"):
        sign(draft, "submit", cast.reader)
    assert Notification.objects.filter(key__startswith="signature:").count() == 0


@pytest.fixture
def moved(world) -> Signature:
    """What quality assurance signed, in a record that moved to a lane where the study manager sees nothing."""
    with scope(world.ours):
        version = worlds.version_of(worlds.EFFECTIVE)
        reason = "Names a person who reported it."
        lanes.reclassify(version.document, Lane.CONFIDENTIAL, actor=world.qa, reason=reason)
        return signatures_of(version)[-1]


def test_the_mail_about_a_closed_lane_has_the_hash_and_no_title(world, moved):
    with scope(world.ours):
        [row] = Notification.objects.filter(key=f"signature:{moved.pk}")
        message = message_of(row)
        assert row.lane == Lane.CONFIDENTIAL
        for text in (message.body, message.alternatives[0].content):
            assert receipt(moved).hash in text
            assert moved.content_hash in text
            assert (moved.record_label in text, worlds.EFFECTIVE in text, "SOP" in text) == (False, False, False)


def test_who_lost_sight_of_a_record_gets_no_mail_about_it_any_more(world, moved):
    with scope(world.ours):
        first = Signature.objects.filter(record_kind=moved.record_kind, record_id=moved.record_id).earliest("pk")
        Notification.objects.update(mail_due_at=None)
        due = Notification.objects.filter(key=f"signature:{first.pk}")
        assert due.update(mail_due_at=first.signed_at, mailed_at=None) == 1
    mail_all(world.ours)
    assert [each.to for each in mail.outbox] == []


def test_the_page_says_since_when_a_signature_is_sealed(cast):
    with scope(cast.ours):
        signature = submitted(cast)
    assert "It will be sealed within seconds." in words(browse(cast.qa).get(receipt_page(cast, signature)))
    seal(cast.ours)
    with scope(cast.ours):
        found, head = receipt(signature), newest_checkpoint()
    told = words(browse(cast.qa).get(receipt_page(cast, signature)))
    for said in (
        found.hash, signature.content_hash, bytes(head.root).hex(),
        f"Position {found.position:,} of the first {head.size:,} entries", "Export the trail",
    ):  # fmt: skip
        assert said in told
    assert "within seconds" not in told


def test_a_signer_keeps_the_receipt_of_what_is_closed_to_them_without_its_name(world, moved):
    with scope(world.ours):
        signatures = Signature.objects.filter(record_kind=moved.record_kind, record_id=moved.record_id)
        first = signatures.filter(signer=world.author).earliest("pk")
    told = words(browse(world.author).get(receipt_page(world, first)))
    assert "You may not see this record any more." in told
    assert first.content_hash in told
    assert (first.record_label in told, "I wrote" in told) == (False, False)
    assert browse(world.study_manager).get(receipt_page(world, first)).status_code == 404
    assert first.record_label in words(browse(world.qa).get(receipt_page(world, first)))


def test_the_record_leads_to_the_receipt_of_each_signature(world):
    with scope(world.ours):
        version = worlds.version_of(worlds.EFFECTIVE)
        signatures = signatures_of(version)
    place = page(world.ours, f"/documents/{version.document.number}/{version.label}/")
    told = browse(world.qa).get(place).content.decode()
    assert [each.pk for each in signatures if receipt_page(world, each) not in told] == []


def test_the_signature_page_says_since_when_each_is_sealed(cast):
    with scope(cast.ours):
        version = sign(begin(cast), "submit", cast.author)
        waits = [block.sealed for block in signature_page(version).signatures]
    assert waits == ["Not sealed yet when this page was made: that takes seconds."]
    seal(cast.ours)
    with scope(cast.ours):
        head = newest_checkpoint()
        told = [block.sealed for block in signature_page(version).signatures]
    assert told == [f"Sealed {utc_words(head.sealed_at)}, among the first {head.size:,} entries of the trail."]
