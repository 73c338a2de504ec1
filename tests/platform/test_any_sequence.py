"""Whatever people do, in any order: the log verifies, and every record is what its history says."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cqms.access.services import end_role, give_role
from cqms.audit import services as audit
from cqms.audit.guard import tracked_models
from cqms.audit.ledger.sealing import seal
from cqms.audit.ledger.verifying import verify
from cqms.audit.models import SecurityEventKind
from cqms.audit.refusals import Refused
from cqms.organizations.scope import scope
from cqms.redactions import services as redactions
from documents import services as documents
from documents import steps
from documents.models import DocumentType
from studies.models import Study
from studies.services import SiteFacts, add_site
from tests.world import building as worlds
from tests.world.building import credentials


def rename_study(world, text: str) -> None:
    study = Study.objects.get(number="NW-101")
    study.title = text
    audit.save(study, actor=world.study_manager, reason=f"Called {text}.")


def open_site(world, text: str) -> None:
    number = f"{Study.objects.get(number='NW-101').sites.count() + 10}"
    facts = SiteFacts(number=number, name=text, country="DE", status="open")
    add_site(Study.objects.get(number="NW-101"), facts, actor=world.study_manager)


def give_a_role(world, text: str) -> None:
    given = give_role(world.reader, "auditor", actor=world.administrator)
    if len(text) % 2:
        end_role(given, actor=world.administrator, reason=f"Ended: {text}")


def write_and_sign_a_document(world, text: str) -> None:
    players = worlds.our_players(world)
    version = documents.open_document(
        actor=players.author, type=DocumentType.SOP, title=text, owner=players.owner, department=text,
        draft=worlds.draft(players, text),
    )  # fmt: skip
    steps.take_step(version, "submit", actor=players.author, credentials=credentials(players.author))


def fail_to_sign_in(world, text: str) -> None:
    audit.note_security(SecurityEventKind.SIGN_IN_FAILED, user=world.reader, detail=text)


def redact_what_was_typed(world, text: str) -> None:
    rename_study(world, f"Heron {text}")
    wish = redactions.Wish(Study.objects.get(number="NW-101"), [text], "a slip", "By mistake.", world.qa)
    asked = redactions.prepare(wish, actor=world.study_manager)
    asked = redactions.ask(asked, actor=world.study_manager, credentials=credentials(world.study_manager))
    if len(text) % 3:
        redactions.approve(asked, actor=world.qa, credentials=credentials(world.qa))
    else:
        redactions.decline(asked, actor=world.qa, reason="No slip.")


def seal_now(world, _text: str) -> None:
    seal(world.ours)


ACTS: tuple[Callable[[Any, str], None], ...] = (
    rename_study, open_site, give_a_role, write_and_sign_a_document, fail_to_sign_in, redact_what_was_typed, seal_now,
)  # fmt: skip
WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=3, max_size=30)
SEQUENCES = st.lists(st.tuples(st.sampled_from(ACTS), WORDS), min_size=1, max_size=7)


def play(world, sequence) -> None:
    """Do it all; an act that is refused is undone like any other."""
    for act, text in sequence:
        try:
            with scope(world.ours):
                act(world, text)
        except (Refused, ValidationError):
            continue


def rebuilt_otherwise(world) -> list[str]:
    """The records that are not what their newest history row says."""
    with scope(world.ours):
        return [
            f"{model._meta.label} {record.pk}"
            for model in tracked_models()
            for record, newest in with_newest(model)
            if any(
                getattr(record, each.attname) != getattr(newest, each.attname) for each in model._meta.concrete_fields
            )
        ]


def with_newest(model) -> list[tuple[Any, Any]]:
    """Every record beside what its newest history row says it is."""
    rows = model.history.order_by("id", "-history_id").distinct("id")
    newest = {row.id: row.instance for row in rows}
    return [(record, newest[record.pk]) for record in model.objects.all()]


def check(world, sequence) -> None:
    with transaction.atomic():
        play(world, sequence)
        seal(world.ours)
        verdict = verify(world.ours)
        assert [each.sentence for each in verdict.differences if "Tile 0 of level 7" not in each.sentence] == []
        assert (verdict.waiting, rebuilt_otherwise(world)) == (0, [])
        transaction.set_rollback(True)


@pytest.fixture
def keys(settings, tmp_path):
    settings.KEYS_DIR, settings.WITNESS_FOLDER, settings.FILES_DIR = (tmp_path / name for name in ("k", "w", "f"))


_ALIKE = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]}


@settings(max_examples=4, derandomize=True, **_ALIKE)
@given(sequence=SEQUENCES)
def test_a_few_sequences_leave_a_log_that_verifies(cast, keys, sequence):
    check(cast, sequence)


@pytest.mark.slow
@settings(max_examples=60, **_ALIKE)
@given(sequence=SEQUENCES)
def test_any_sequence_leaves_a_log_that_verifies(cast, keys, sequence):
    check(cast, sequence)


def test_every_act_can_be_done(cast, keys):
    check(cast, [(act, "Mika Muster") for act in (*ACTS, redact_what_was_typed)])


def test_a_row_is_redacted_twice_before_it_is_sealed(cast, keys):
    slips = [(rename_study, "Mika Muster and Mona Muster"), (redact_what_was_typed, "Mika Muster")]
    check(cast, [*slips, (redact_what_was_typed, "Mona Muster")])


def test_words_that_redactions_themselves_show_are_refused(cast, keys):
    with pytest.raises(ValidationError, match="enter more of what is around it"), scope(cast.ours):
        redact_what_was_typed(cast, "RED-0")
