"""Signed notes and checkpoints as C2SP describes them: short text, one line for each Ed25519 signature.

A checkpoint says: the log of this name has this many entries, this root, and was sealed at this moment. Anybody can
check it with the verifier key, one line of text (`name+id+key`).
"""

import base64
import binascii
import datetime as dt
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cqms.audit.ledger.merkle import HASH_BYTES

_ED25519 = b"\x01"
_ID_BYTES = 4
_DASH = "\u2014"
_SEALED = "sealed "


class BadNote(Exception):
    """A note that nobody of the expected keys signed, or that is no note. The text says which."""


@dataclass(frozen=True)
class Verifier:
    """A name and its public Ed25519 key, 32 bytes."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """Four bytes that tell the keys of one name apart."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:_ID_BYTES]

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the public key, hexadecimal: what people compare."""
        return hashlib.sha256(self.public).hexdigest()

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> "Verifier":
        """Read `name+id+key`. Raises BadNote when it is none or its id does not fit."""
        try:
            name, identity, key = text.strip().split("+", 2)
            raw = base64.b64decode(key, validate=True)
            found = cls(name, raw[1:])
            fits = raw[:1] == _ED25519 and len(raw) == HASH_BYTES + 1 and bytes.fromhex(identity) == found.id
        except (ValueError, binascii.Error) as error:
            raise BadNote("This is no verifier key.") from error
        if not fits:
            raise BadNote("The verifier key does not fit its id.")
        return found


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint says. `sealed_at` is an aware moment in UTC, whole seconds."""

    origin: str
    size: int
    root: bytes
    sealed_at: dt.datetime

    def text(self) -> str:
        """The text that is signed."""
        root = base64.b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\n{_SEALED}{self.sealed_at:%Y-%m-%dT%H:%M:%SZ}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read the text of a checkpoint. Raises BadNote when it is none."""
        try:
            origin, size, root, *others = text.removesuffix("\n").split("\n")
            sealed = next(line for line in others if line.startswith(_SEALED)).removeprefix(_SEALED)
            at = dt.datetime.strptime(sealed, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
            found = cls(origin, int(size), base64.b64decode(root, validate=True), at)
        except (ValueError, StopIteration, binascii.Error) as error:
            raise BadNote("This is no checkpoint.") from error
        if len(found.root) != HASH_BYTES or str(found.size) != size or found.size < 0:
            raise BadNote("The checkpoint has no proper size or root.")
        return found


def sign(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """The note: the text, which ends with a line break, a blank line and the line of the signature."""
    verifier = Verifier(name, key.public_key().public_bytes_raw())
    signature = base64.b64encode(verifier.id + key.sign(text.encode())).decode()
    return f"{text}\n{_DASH} {name} {signature}\n"


def open_note(note: str, *trusted: Verifier) -> str:
    """The text of a note that at least one of the trusted keys signed; a wrong signature of one of them is refused."""
    text, separator, lines = note.rpartition("\n\n")
    if not separator or not text:
        raise BadNote("This is no signed note.")
    text += "\n"
    known = {(verifier.name, verifier.id): verifier for verifier in trusted}
    signed = False
    for line in lines.splitlines():
        name, raw = _signature(line)
        verifier = known.get((name, raw[:_ID_BYTES]))
        if verifier is not None:
            _check(verifier, raw[_ID_BYTES:], text)
            signed = True
    if not signed:
        raise BadNote("None of the expected keys signed it.")
    return text


def _signature(line: str) -> tuple[str, bytes]:
    try:
        dash, name, raw = line.split(" ")
        if dash != _DASH:
            raise BadNote("A line of the note is no signature.")
        return name, base64.b64decode(raw, validate=True)
    except (ValueError, binascii.Error) as error:
        raise BadNote("A line of the note is no signature.") from error


def _check(verifier: Verifier, signature: bytes, text: str) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(verifier.public).verify(signature, text.encode())
    except (InvalidSignature, ValueError) as error:
        raise BadNote(f"The signature of {verifier.name} does not fit the text.") from error
