"""Sealing: every row that is evidence stands in the log once, in the order of commits, under a signed head."""

import pytest

from cqms.audit import services as audit
from cqms.audit.ledger import selectors
from cqms.audit.ledger.merkle import check_inclusion, check_multiproof, leaf_hash
from cqms.audit.ledger.models import LedgerCheckpoint, LedgerLeaf, LedgerQueue
from cqms.audit.ledger.notes import Checkpoint, open_note
from cqms.audit.ledger.sealing import seal
from cqms.audit.models import AuditEvent
from cqms.organizations.scope import scope
from studies.models import Study
from tests.platform.waiting import leaves_to_come

pytestmark = pytest.mark.commits


def rename(company, title: str) -> AuditEvent:
    study = Study.objects.get(number="NW-101")
    study.title = title
    audit.save(study, actor=company.qa, reason="Shown by a test.")
    return AuditEvent.objects.latest("pk")


def test_everything_that_waits_is_sealed_under_one_signed_head(company):
    with scope(company.ours):
        before = leaves_to_come()
    [signed] = seal(company.ours)
    with scope(company.ours):
        leaves = LedgerLeaf.objects.count()
        assert [LedgerQueue.objects.count(), leaves, signed.size] == [0, before + 2, before + 2]  # the key, two rows
        told = Checkpoint.parse(open_note(signed.note, signed.key.verifier))
        assert (told.size, told.root, told.sealed_at) == (signed.size, bytes(signed.root), signed.sealed_at)
    assert seal(company.ours) == []


def test_an_entry_is_proved_by_its_payload_and_a_path(company):
    with scope(company.ours):
        event = rename(company, "Heron renamed")
    seal(company.ours)
    with scope(company.ours):
        leaf = selectors.leaves_of([event])[event.pk]
        payload = selectors.payloads([leaf])[leaf.pk]
        found = selectors.proof([leaf.position], selectors.newest_checkpoint())
        assert b"Heron renamed" in payload
        root, size = bytes(found.checkpoint.root), found.checkpoint.size
        check_inclusion(leaf_hash(payload), leaf.position, size, found.inclusion, root)
        check_multiproof({leaf.position: leaf_hash(payload)}, size, found.path, root)


def test_the_whole_log_is_one_range(company):
    seal(company.ours, at_most=7)
    with scope(company.ours):
        head = selectors.newest_checkpoint()
        leaves = selectors.leaves_between(0, head.size)
        found = selectors.proof(range(head.size), head)
        written = selectors.payloads(leaves)
        assert [found.path, len(written)] == [(), head.size]
        check_multiproof(
            {each.position: leaf_hash(written[each.pk]) for each in leaves}, head.size, (), bytes(head.root)
        )
        assert LedgerCheckpoint.objects.count() == -(-head.size // 7)
