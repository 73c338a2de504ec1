"""Signed notes: who signed what, and what is refused."""

import datetime as dt

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cqms.audit.ledger.notes import BadNote, Checkpoint, Verifier, open_note, sign

NAME = "portal.test/northwind"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
VERIFIER = Verifier(NAME, KEY.public_key().public_bytes_raw())
SAID = Checkpoint(NAME, 5, b"r" * 32, dt.datetime(2026, 11, 28, 1, 2, 3, tzinfo=dt.UTC))
NOTE = sign(SAID.text(), NAME, KEY)
NOISE = "\u2014 somebody.else AAAAAAAA\n"


def test_a_checkpoint_is_four_lines_and_a_signature():
    assert NOTE == (
        "portal.test/northwind\n5\ncnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnI=\nsealed 2026-11-28T01:02:03Z\n\n"
        "— portal.test/northwind eLTkCLCm7sAgSi9tDGm2ErTKJ8TDoFmBB3ydk4hboFml2kx9VHZ/pRWc2lx4BPfBDR+FXrrsufojxd/96cgAdtnCTQE=\n"
    )  # fmt: skip
    assert Checkpoint.parse(open_note(NOTE, VERIFIER)) == SAID


def test_a_verifier_key_is_one_line():
    assert Verifier.parse(str(VERIFIER)) == VERIFIER
    assert str(VERIFIER).startswith(f"{NAME}+{VERIFIER.id.hex()}+A")


def test_a_signature_of_somebody_else_beside_ours_does_not_matter():
    assert open_note(NOTE + NOISE, VERIFIER) == SAID.text()


OTHER = Verifier(NAME, Ed25519PrivateKey.from_private_bytes(b"o" * 32).public_key().public_bytes_raw())
DAMAGED = {
    "other text": (NOTE.replace("\n5\n", "\n6\n"), VERIFIER, "does not fit the text"),
    "foreign key": (NOTE, OTHER, "None of the expected keys"),
    "other name": (NOTE, Verifier("portal.test/harbour", VERIFIER.public), "None of the expected keys"),
    "no signature": (SAID.text(), VERIFIER, "no signed note"),
    "only text": (SAID.text() + "\n", VERIFIER, "None of the expected keys"),
    "broken line": (NOTE.replace("— ", "- "), VERIFIER, "is no signature"),
    "no base64": (NOTE.replace("=\n", "!\n"), VERIFIER, "is no signature|does not fit"),
    "cut": (NOTE[:-12] + "\n", VERIFIER, "is no signature|does not fit"),
    "nothing": ("", VERIFIER, "no signed note"),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_note_is_refused(damage):
    note, verifier, words = DAMAGED[damage]
    with pytest.raises(BadNote, match=words):
        open_note(note, verifier)


@pytest.mark.parametrize("text", ["", "a\n", "a\nb\nc\nd\n", "a\n05\ncnI=\nsealed 2026-11-28T01:02:03Z\n", "a\n-1\ncnI=\nsealed x\n"])  # fmt: skip
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(BadNote):
        Checkpoint.parse(text)


@pytest.mark.parametrize("text", ["", "a+b", "a+00000000+AQ==", str(VERIFIER).replace("+", "+0", 1), f"{VERIFIER}x"])
def test_what_is_no_verifier_key_is_refused(text):
    with pytest.raises(BadNote):
        Verifier.parse(text)
