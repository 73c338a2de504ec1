"""The engine: one person's part, one step, one transaction – and what is left when it is refused."""

import pytest
from django.db import connection, transaction

from cqms.access.services import give_role
from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.models import AuditEvent, SecurityEvent, SecurityEventKind, kind_of
from cqms.audit.refusals import Blocked, Changed, Denied, ReasonMissing, Refused, WrongState, refusable
from cqms.organizations.scope import scope
from cqms.signatures.models import Acceptance, Signature
from cqms.signatures.services import AcceptanceMissing, AccountLocked, CredentialsMissing, WrongCredentials
from cqms.workflow import gates
from cqms.workflow.models import PartDone
from cqms.workflow.parts import PartDoneAlready
from documents import owners, reviews, services, steps
from documents.models import PeriodicReview, Version, VersionState
from documents.services import Draft
from documents.workflow import VERSION
from tests.platform.committed import at_once
from tests.world import building as worlds
from tests.world.building import credentials


def take(version, step, person, **more):
    more = {"reason": "Because.", "credentials": credentials(person)} | more
    return VERSION.perform(version, step, actor=person, **more)


def facts(version) -> dict:
    return {name: value for name, value in vars(version).items() if not name.startswith("_")}


def test_the_callers_object_is_never_edited(world):
    with scope(world.ours):
        version = worlds.version_of(worlds.APPROVED)
        before = facts(version)
        values = {"effective_on": version.next_review_on}
        row = VERSION.perform(version, "schedule", actor=world.document_control, values=values)
        assert row is not version
        assert facts(version) == before
        with pytest.raises(WrongState):
            take(version, "approve", world.process_owner)
        assert facts(version) == before


def test_what_is_not_the_revision_on_screen_is_refused(world):
    with scope(world.ours):
        version = worlds.version_of(worlds.IN_APPROVAL)
        with pytest.raises(Changed) as refused:
            take(version, "approve", world.process_owner, revision=version.revision - 1)
        assert refused.value.status == 409
        assert take(version, "approve", world.process_owner, revision=version.revision).pk == version.pk


def test_a_step_that_needs_a_reason_is_refused_without_one(world):
    with scope(world.ours):
        version = worlds.version_of(worlds.IN_APPROVAL)
        for blank in ("", " \n\t "):
            with pytest.raises(ReasonMissing):
                take(version, "reject", world.process_owner, reason=blank)
        take(version, "reject", world.process_owner, reason=" Wrong scope. ")
        event = AuditEvent.objects.filter(verb="reject").latest("pk")
        assert (event.sentence, event.reason) == ("rejected", "Wrong scope.")


def test_a_gate_holds_a_step_up_in_words(world, monkeypatch):
    def untrained(record: Version, actor: User | None) -> list[str]:
        return [f"{record.document.number} has no curriculum."]

    monkeypatch.setitem(gates._gates, "documents.version.approve", [untrained])
    with scope(world.ours):
        version = worlds.version_of(worlds.IN_APPROVAL)
        with pytest.raises(Blocked) as refused:
            take(version, "approve", world.process_owner)
        assert refused.value.reasons == [f"{version.document.number} has no curriculum."]
        option = next(each for each in VERSION.available(version, world.process_owner) if each.step.key == "approve")
        assert (option.possible, option.why_not) == (False, f"{version.document.number} has no curriculum.")


# Parts


def test_parts_come_in_order_and_the_last_one_moves_the_record(world):
    with scope(world.ours):
        plan = worlds.version_of(worlds.PLAN)
        with pytest.raises(Denied, match="It is not your turn yet: function lead Mina Monroe comes before quality"):
            take(plan, "approve", world.qa)
        plan = take(plan, "approve", world.medical_monitor)
        assert plan.state == VersionState.IN_APPROVAL
        assert take(plan, "approve", world.quality_head).state == VersionState.APPROVED
        rows = PartDone.objects.filter(record_id=plan.pk, step="approve").order_by("pk")
        assert [(row.label, row.actor.name, row.signature.signer_name) for row in rows] == [
            ("study manager", "Samuel Mora", "Samuel Mora"),
            ("function lead Mina Monroe", "Mina Monroe", "Mina Monroe"),
            ("quality assurance", "Hanna Quist", "Hanna Quist"),
        ]


def test_a_part_is_done_once(world):
    with scope(world.ours):
        plan = worlds.version_of(worlds.PLAN)
        with pytest.raises(PartDoneAlready):
            take(plan, "approve", world.study_manager)


def test_one_person_never_does_two_parts(world):
    with scope(world.ours):
        version = worlds.version_of(worlds.IN_APPROVAL)
        document = version.document
        owners.change_document(
            document,
            actor=world.document_control,
            revision=None,
            owner=world.qa,
            department="Quality",
            reason="New owner.",
        )
        version = take(version, "approve", world.qa)
        assert version.state == VersionState.IN_APPROVAL
        with pytest.raises(PartDoneAlready):
            take(version, "approve", world.qa)
        assert take(version, "approve", world.quality_head).state == VersionState.APPROVED


def test_parts_side_by_side_come_in_any_order_and_all_must_come(world):
    with scope(world.ours):
        version = worlds.version_of(worlds.DRAFT)
        draft = Draft(reviewers=[world.reviewer, world.qa, world.statistician])
        version = services.change_draft(version, actor=world.author, revision=None, draft=draft)
        version = take(version, "submit", world.author)
        for person in (world.statistician, world.reviewer):
            version = take(version, "review", person)
            assert version.state == VersionState.IN_REVIEW
        assert take(version, "review", world.qa).state == VersionState.IN_APPROVAL


def test_parts_of_an_earlier_round_do_not_count(world):
    with scope(world.ours):
        version = take(worlds.version_of(worlds.IN_APPROVAL), "approve", world.process_owner)
        version = take(version, "reject", world.qa)
        version = take(version, "submit", world.author)
        version = take(version, "review", world.reviewer)
        with pytest.raises(Denied, match="not your turn"):
            take(version, "approve", world.qa)
        version = take(version, "approve", world.process_owner)
        assert take(version, "approve", world.qa).state == VersionState.APPROVED


def test_of_two_who_approve_at_once_exactly_one_passes(own_world):
    cast = worlds.look_up()
    with scope(cast.ours):
        version = take(worlds.version_of(worlds.IN_APPROVAL), "approve", cast.process_owner)

    def approve(person) -> str:
        try:
            with scope(cast.ours):
                return take(version, "approve", person).state
        except Refused as refusal:
            return type(refusal).__name__

    answers = at_once(lambda: approve(cast.qa), lambda: approve(cast.quality_head))
    assert sorted(map(str, answers)) == sorted([str(VersionState.APPROVED), WrongState.__name__])
    with scope(cast.ours):
        assert PartDone.objects.filter(record_id=version.pk, step="approve", part="quality_assurance").count() == 1


def test_one_person_who_signs_twice_at_once_signs_once(own_world):
    cast = worlds.look_up()
    with scope(cast.ours):
        version = worlds.version_of(worlds.IN_APPROVAL)

    def approve() -> str:
        try:
            with scope(cast.ours):
                return take(version, "approve", cast.process_owner).state
        except Refused as refusal:
            return type(refusal).__name__

    answers = at_once(approve, approve)
    assert sorted(map(str, answers)) == sorted([str(VersionState.IN_APPROVAL), PartDoneAlready.__name__])
    with scope(cast.ours):
        signed = Signature.objects.filter(record_kind=kind_of(version), record_id=version.pk)
        assert signed.filter(signer=cast.process_owner).count() == 1


# What is left of a refusal


def last_refusal() -> tuple[str, str, str]:
    event = AuditEvent.objects.filter(verb="refuse").latest("pk")
    return event.actor_name, event.sentence, event.reason


def count_of_everything() -> list[int]:
    return [model.objects.count() for model in (Signature, PartDone, Acceptance, Version.history.model)]


@pytest.fixture
def attempts(own_world):
    """One refused act after another, each in a scope that is kept, as a request is."""
    cast = worlds.look_up()

    def attempt(error: type[Exception], act) -> None:
        with scope(cast.ours):
            before = count_of_everything()
            with pytest.raises(error):
                act()
            assert count_of_everything() == before, "a refused act left something behind"

    return cast, attempt


def test_a_refused_step_leaves_its_trace_although_all_else_is_undone(attempts):
    cast, attempt = attempts
    with scope(cast.ours):
        version = worlds.version_of(worlds.IN_APPROVAL)
    wrong = credentials(cast.process_owner, password="wrong")
    attempt(Denied, lambda: VERSION.perform(version, "approve", actor=cast.reader, credentials=wrong))
    attempt(WrongState, lambda: steps.take_step(version, "submit", actor=cast.author, credentials=wrong))
    attempt(WrongCredentials, lambda: steps.take_step(version, "approve", actor=cast.process_owner, credentials=wrong))
    with scope(cast.ours):
        refused = AuditEvent.objects.filter(verb="refuse", record_id=version.pk).order_by("pk")
        assert [(each.actor_name, each.sentence) for each in refused] == [
            ("Rita Edwards", "tried to approve: refused"),
            ("Amara Osei", "tried to submit for review: refused"),
            ("Petra Novak", "tried to approve: refused"),
        ]
        assert refused[2].reason == "E-mail or password is wrong."


def test_a_wrong_password_counts_and_locks_wherever_it_is_typed(attempts):
    cast, attempt = attempts
    with scope(cast.ours):
        version, review = worlds.version_of(worlds.IN_APPROVAL), PeriodicReview.objects.get()
    owner = cast.process_owner
    wrong = credentials(owner, password="wrong")

    def conclude(proof):
        return reviews.conclude_review(review, actor=owner, verdict="no_change", comment="Right.", credentials=proof)

    for _ in range(2):
        attempt(WrongCredentials, lambda: steps.take_step(version, "approve", actor=owner, credentials=wrong))
        attempt(WrongCredentials, lambda: conclude(wrong))
    assert User.objects.get(pk=owner.pk).failed_attempts == 4
    attempt(WrongCredentials, lambda: VERSION.perform(version, "approve", actor=owner, credentials=wrong))
    assert User.objects.get(pk=owner.pk).is_locked()
    attempt(AccountLocked, lambda: steps.take_step(version, "approve", actor=owner, credentials=credentials(owner)))
    attempt(AccountLocked, lambda: conclude(credentials(owner)))
    kinds = SecurityEvent.objects.filter(user=owner).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == [*[SecurityEventKind.SIGNATURE_FAILED] * 5, SecurityEventKind.LOCKED]


def test_nothing_entered_is_no_wrong_password(attempts):
    cast, attempt = attempts
    with scope(cast.ours):
        version = worlds.version_of(worlds.IN_APPROVAL)
    attempt(CredentialsMissing, lambda: steps.take_step(version, "approve", actor=cast.process_owner))
    assert User.objects.get(pk=cast.process_owner.pk).failed_attempts == 0


def test_a_missing_acceptance_refuses_and_leaves_nothing_signed(attempts):
    cast, attempt = attempts
    with scope(cast.ours):
        version = worlds.version_of(worlds.IN_APPROVAL)
        version = take(version, "approve", cast.process_owner)
        newcomer = cast.reader  # has never signed anything
        give_role(newcomer, "quality_head", actor=cast.administrator)
    proof = credentials(newcomer, accepts_binding=False)
    attempt(AcceptanceMissing, lambda: take(version, "approve", newcomer, credentials=proof))
    with scope(cast.ours):
        take(version, "approve", newcomer)
        assert Acceptance.objects.filter(person=newcomer).count() == 1


def test_a_right_password_forgets_the_wrong_ones(attempts):
    cast, attempt = attempts
    with scope(cast.ours):
        version = worlds.version_of(worlds.IN_APPROVAL)
    wrong = credentials(cast.process_owner, password="wrong")
    attempt(WrongCredentials, lambda: steps.take_step(version, "approve", actor=cast.process_owner, credentials=wrong))
    with scope(cast.ours):
        take(version, "approve", cast.process_owner)
    assert User.objects.get(pk=cast.process_owner.pk).failed_attempts == 0


def test_an_outer_refusable_writes_the_trace_once(world):
    with scope(world.ours):
        version = worlds.version_of(worlds.IN_APPROVAL)
        before = AuditEvent.objects.filter(verb="refuse").count()
        with pytest.raises(Denied), refusable(version, actor=world.reader, attempt="do everything"):
            audit.append(version, actor=world.reader, verb="look", sentence="noted something")
            take(version, "approve", world.reader)
        assert AuditEvent.objects.filter(verb="refuse").count() == before + 1
        assert last_refusal()[:2] == ("Rita Edwards", "tried to do everything: refused")
        assert not AuditEvent.objects.filter(sentence="noted something").exists()


def test_an_error_that_is_no_refusal_undoes_everything_and_writes_nothing(world):
    with scope(world.ours), transaction.atomic():
        version = worlds.version_of(worlds.IN_APPROVAL)
        before = AuditEvent.objects.count()
        with pytest.raises(ZeroDivisionError), refusable(version, actor=world.qa, attempt="divide"):
            audit.append(version, actor=world.qa, verb="look", sentence="noted something")
            _ = 1 / 0
        assert AuditEvent.objects.count() == before
        assert not connection.needs_rollback
