"""A signature covers exactly what was signed, by whom and when; later legal steps keep it, changes are named."""

import datetime as dt
import json

import pytest
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from cqms.audit.guard import tracked_models
from cqms.audit.models import AuditEvent, SecurityEvent
from cqms.history.action import action
from cqms.organizations.scope import scope
from cqms.signatures import services as signing
from cqms.signatures.content import canonical, digest, signatures_of, verify
from cqms.signatures.models import BINDING_STATEMENT, STATEMENTS, Acceptance, Meaning, Signature
from cqms.signatures.services import AcceptanceMissing, AccountLocked, WrongCredentials, sign
from documents import reviews, services, steps
from documents.models import Version
from documents.services import Draft
from tests.cast import PASSWORD, change_account
from tests.days import today
from tests.world import building as worlds
from tests.world.building import credentials

SIGNED = [model for model in tracked_models() if getattr(model, "signed_fields", ())]


def other_value(field: models.Field, value: object) -> object:
    """A value that differs; in memory only, so it need not be allowed."""
    if isinstance(field, models.DateField):
        return (value or today()) + dt.timedelta(days=1)
    if isinstance(field, models.CharField | models.TextField):
        return f"{value}!"
    if isinstance(value, list):
        return [*value, "other"]
    if isinstance(field, models.JSONField):
        return {"other": value}
    return (value or 0) + 1


def as_signed(value: object) -> object:
    """A value as the canonical text gives it back."""
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return json.loads(json.dumps(value, sort_keys=True)) if isinstance(value, dict | list) else value


def signature_on(record, person) -> Signature:
    with action(person.pk):
        return sign(record, signer=person, meaning=Meaning.REVIEWED, credentials=credentials(person))


@pytest.mark.parametrize("model", SIGNED, ids=lambda model: model._meta.label_lower)
def test_each_signed_field_that_changes_is_named(world, model):
    with scope(world.ours):
        record = model.objects.order_by("pk").first()
        signature = signature_on(record, world.qa)
        assert verify(signature, record).holds
        for name in model.signed_fields:
            field = model._meta.get_field(name)
            altered = model.objects.get(pk=record.pk)
            value = getattr(altered, field.attname)
            setattr(altered, field.attname, other_value(field, value))
            found = verify(signature, altered)
            assert not found.holds
            assert not found.damaged
            assert [(each.label, each.signed) for each in found.differences] == [
                (str(field.verbose_name), "" if value is None else str(as_signed(value)))
            ]


@pytest.mark.parametrize("model", SIGNED, ids=lambda model: model._meta.label_lower)
def test_state_and_dates_of_the_life_are_not_signed(model):
    never = {"state", "state_revision", "revision", "effective_on", "effective_at", "ended_at", "next_review_on"}
    assert never & set(model.signed_fields) == set()


def test_a_file_that_changes_is_named(world):
    with scope(world.ours):
        version = worlds.version_of(worlds.EFFECTIVE)
        signature = signature_on(version, world.qa)
        version.rendition = worlds.version_of(worlds.DRAFT).rendition
        assert [(each.label, each.signed, each.now) for each in verify(signature, version).differences] == [
            ("PDF rendition", version.source.sha256, version.rendition.sha256)
        ]


def test_every_later_legal_step_keeps_all_signatures(world):
    with scope(world.ours):
        version = worlds.version_of(worlds.EFFECTIVE)
        following = Version.objects.get(document=version.document, minor=1)
        content = {"change_summary": "Clearer words."}
        file = ("next.pdf", worlds.pdf("the next version"))
        draft = Draft(content, reviewers=[world.reviewer], file=file)
        services.change_draft(following, actor=world.author, revision=None, draft=draft)
        players = worlds.our_players(world)
        for done in range(1, 5):
            walk(following, players, done)
            for each in (version, following):
                fresh = Version.objects.get(pk=each.pk)
                assert all(verify(signature, fresh).holds for signature in signatures_of(fresh)), fresh.state
        assert Version.objects.get(pk=version.pk).state == "superseded"
        assert len(signatures_of(following)) == 4


def walk(version, players, number: int) -> None:
    """One leg of the way: submit, review, approve, take effect."""
    legs = {
        1: [("submit", players.author)],
        2: [("review", players.reviewer)],
        3: [("approve", players.owner), ("approve", players.quality)],
    }
    for key, person in legs.get(number, []):
        steps.take_step(version, key, actor=person, credentials=credentials(person))
    if number == 4:
        today = version.organization.today()
        steps.take_step(version, "schedule", actor=players.control, reason="Now.", values={"effective_on": today})
        steps.take_effect(version.organization)


def test_retirement_and_a_concluded_review_keep_signatures(world):
    with scope(world.ours):
        version = worlds.version_of(worlds.EFFECTIVE)
        review = version.reviews.get()
        review = reviews.conclude_review(
            review, actor=world.process_owner, verdict="retire", comment="Not used.",
            credentials=credentials(world.process_owner),
        )  # fmt: skip
        for person in (world.process_owner, world.qa):
            steps.take_step(version, "retire", actor=person, credentials=credentials(person), reason="Not used.")
        for record in (Version.objects.get(pk=version.pk), review):
            assert signatures_of(record)
            assert all(verify(signature, record).holds for signature in signatures_of(record))


def test_a_copied_signature_fails(world):
    with scope(world.ours):
        one, other = worlds.version_of(worlds.EFFECTIVE), worlds.version_of(worlds.DRAFT)
        copied = signatures_of(one)[0]
        assert verify(copied, one).holds
        copied.pk = None
        copied.record_id = other.pk
        with action(None):
            copied.save(force_insert=True)
        assert verify(copied, other).damaged
        assert verify(copied, one).damaged


def test_altered_content_is_damage(world):
    with scope(world.ours):
        version = worlds.version_of(worlds.EFFECTIVE)
        signature = signatures_of(version)[0]
        signature.content = signature.content.replace("Handling", "Mangling")
        assert verify(signature, version).damaged
        signature.content_hash = digest(signature.content)
        found = verify(signature, version)
        assert (found.damaged, found.holds, [each.label for each in found.differences]) == (False, False, ["title"])


def test_the_canonical_text_is_the_same_for_the_same_content(world):
    with scope(world.ours):
        version = worlds.version_of(worlds.EFFECTIVE)
        text = canonical(version)
        assert text == canonical(Version.objects.get(pk=version.pk))
        assert text.startswith('{"fields":{"audience":')
        assert f'"id":{version.pk},"kind":"documents.version"' in text


# The manifestation


def test_a_signature_carries_name_meaning_moment_zone_and_hash(world):
    world.qa.zone = "Asia/Tokyo"
    with scope(world.ours):
        version = worlds.version_of(worlds.EFFECTIVE)
        before = timezone.now()
        row = signature_on(version, world.qa)
        assert (row.signer_name, row.meaning, row.zone, row.revision) == (
            "Quentin Abara", Meaning.REVIEWED, "Asia/Tokyo", version.revision,
        )  # fmt: skip
        assert row.statement == f"I have reviewed {version} and have no open objection."
        assert before <= row.signed_at <= timezone.now()
        assert row.content_hash == digest(canonical(version))


def test_every_meaning_has_a_full_sentence():
    assert STATEMENTS.keys() == set(Meaning)
    for sentence in STATEMENTS.values():
        assert "{record}" in sentence
        assert sentence.startswith(("I ", "For quality assurance I "))
        assert sentence.endswith(".")


def test_signature_and_event_are_one_act(world):
    with scope(world.ours):
        version = worlds.version_of(worlds.IN_APPROVAL)
        steps.take_step(version, "approve", actor=world.process_owner, credentials=credentials(world.process_owner))
        signature = signatures_of(version)[-1]
        event = AuditEvent.objects.get(action_id=signature.action_id, verb="approve")
        assert (event.record_id, event.actor) == (version.pk, world.process_owner)


# Proof


def attempt(world, person, **changes):
    with transaction.atomic():
        return sign(
            worlds.version_of(worlds.EFFECTIVE), signer=person, meaning=Meaning.REVIEWED,
            credentials=credentials(person, **changes),
        )  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"password": "wrong"}, {"password": ""}, {"password": PASSWORD.upper()}, {"email": "qa@cast.tes"}, {"email": ""},
        {"email": "process.owner@cast.test"}, {"both": False, "password": "wrong"},
    ],
    ids=str,
)  # fmt: skip
def test_wrong_components_sign_nothing(world, changes):
    with scope(world.ours), action(world.qa.pk):
        before = Signature.objects.count()
        with pytest.raises(WrongCredentials) as refused:
            attempt(world, world.qa, **changes)
        assert Signature.objects.count() == before
        assert refused.value.field == "password"


def test_the_email_is_compared_without_regard_to_case_and_space(world):
    with scope(world.ours), action(world.qa.pk):
        assert attempt(world, world.qa, email=" QA@Cast.Test ").method == "email+password"
        assert attempt(world, world.qa, email="", both=False).method == "password"


def test_a_locked_and_a_closed_account_sign_nothing(world):
    with scope(world.ours), action(world.qa.pk):
        world.qa.locked_until = timezone.now() + dt.timedelta(minutes=1)
        world.qa.save()
        with pytest.raises(AccountLocked):
            attempt(world, world.qa)
        change_account(world.qa, locked_until=None, is_active=False)
        with pytest.raises(WrongCredentials):
            attempt(world, world.qa)
        assert not SecurityEvent.objects.filter(user=world.qa, kind="locked").exists()


def test_acceptance_is_asked_once_and_kept_word_for_word(world):
    with scope(world.ours), action(world.statistician.pk):
        assert not signing.has_accepted(world.statistician)
        with pytest.raises(AcceptanceMissing):
            attempt(world, world.statistician, accepts_binding=False)
        attempt(world, world.statistician)
        attempt(world, world.statistician, accepts_binding=False)
        row = Acceptance.objects.get(person=world.statistician)
        assert (row.statement, row.person_name) == (BINDING_STATEMENT, "Stefan Tisch")
        with pytest.raises(IntegrityError), transaction.atomic():
            Acceptance.objects.create(person=world.statistician, person_name="Stefan Tisch", statement="Again")


def test_acceptance_in_one_organization_says_nothing_in_another(world):
    with scope(world.theirs):
        assert signing.has_accepted(world.outsider)
    with scope(world.ours):
        assert not signing.has_accepted(world.outsider)


def test_both_components_first_and_the_password_alone_for_15_minutes(monkeypatch):
    session: dict[str, float] = {}
    now = timezone.now()
    monkeypatch.setattr(signing.timezone, "now", lambda: now + dt.timedelta(seconds=passed))
    passed = 0
    assert signing.needs_both_components(session)
    signing.note_signed(session)
    answers = {}
    for passed in (0, 899, 900, 901, 100_000):
        answers[passed] = signing.needs_both_components(session)
    assert answers == {0: False, 899: False, 900: False, 901: True, 100_000: True}
    passed = 890
    signing.note_signed(session)
    passed = 890 + 900
    assert not signing.needs_both_components(session)
