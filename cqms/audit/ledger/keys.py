"""The keys that sign checkpoints: private ones are files of the data folder, public ones are rows and files.

A private key is readable by the portal's account alone and never leaves the folder. Beside it stands the verifier
key as a line of text, which outlives the private one and tells later which keys were ever made here.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.db import connection

from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.ledger.models import LedgerKey
from cqms.audit.ledger.notes import BadNote, Verifier, open_note, sign
from cqms.organizations.models import Organization


class KeyMissing(Exception):
    """The private key that must sign is not in the data folder, or cannot be read. The text names the file."""


def current_key() -> LedgerKey | None:
    """The key that signs now in the open organization; None before the first seal."""
    return LedgerKey.objects.order_by("-pk").first()


def private_key(key: LedgerKey) -> Ed25519PrivateKey:
    """The private half of a key. Raises KeyMissing."""
    return _read(key.public_key)


def key_trouble() -> str:
    """What is wrong with the keys that must sign now, in all organizations; blank when nothing is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT guard.signing_keys()")
        wanted = [public_key for (public_key,) in cursor.fetchall()]
    return next(filter(None, map(_trouble_with, wanted)), "")


def signing_key(organization: Organization) -> tuple[LedgerKey, Ed25519PrivateKey]:
    """The key of the open organization and its private half; made when there is none yet. Raises KeyMissing."""
    key = current_key()
    if key is not None:
        return key, private_key(key)
    return _make(f"{urlsplit(settings.SITE_URL).netloc}/{organization.slug}", actor=None, sentence="made the first key")


def rotate_key(organization: Organization, *, actor: User | None, reason: str) -> LedgerKey:
    """Sign with a new key from now on; the old one endorses it, unless it is lost. The change is in the trail."""
    before = current_key()
    if before is None:
        return signing_key(organization)[0]
    made, _ = _make(before.name, actor=actor, sentence="changed the key", before=before, reason=reason)
    return made


def endorses(key: LedgerKey, before: LedgerKey) -> bool:
    """Whether the key before says, in the endorsement, that this one follows it."""
    try:
        return open_note(key.endorsement, before.verifier) == _endorsement(key.verifier)
    except BadNote:
        return False


def known_verifiers() -> set[Verifier]:
    """The verifier keys of which this installation has a file, of whatever organization."""
    return {Verifier.parse(file.read_text()) for file in sorted(Path(settings.KEYS_DIR).glob("ledger-*.pub"))}


def _read(public_key: str) -> Ed25519PrivateKey:
    file = _file(public_key)
    try:
        found = load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError) as error:
        raise KeyMissing(
            f"The key {file.name} cannot be read: restore it from a backup, or make a new one with "
            "bin/manage rotate_ledger_key."
        ) from error
    if not isinstance(found, Ed25519PrivateKey) or found.public_key().public_bytes_raw().hex() != public_key:
        raise KeyMissing(f"The file {file.name} holds another key: restore the right one from a backup.")
    return found


def _make(
    name: str, *, actor: User | None, sentence: str, before: LedgerKey | None = None, reason: str = ""
) -> tuple[LedgerKey, Ed25519PrivateKey]:
    private = Ed25519PrivateKey.generate()
    key = LedgerKey(name=name, public_key=private.public_key().public_bytes_raw().hex())
    if before is not None and not _trouble_with(before.public_key):
        key.endorsement = sign(_endorsement(key.verifier), before.name, private_key(before))
    _write(key, private)
    audit.save(key, actor=actor, verb="create", sentence=f"{sentence} of the ledger", reason=reason)
    return key, private


def _trouble_with(public_key: str) -> str:
    try:
        _read(public_key)
    except KeyMissing as missing:
        return str(missing)
    return ""


def _endorsement(verifier: Verifier) -> str:
    return f"{verifier.name}\nThe next key of this log is\n{verifier}\n"


def _write(key: LedgerKey, private: Ed25519PrivateKey) -> None:
    """Both files, safely on the disk before any row speaks of them."""
    file = _file(key.public_key)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for path, content in ((file, pem), (file.with_suffix(".pub"), f"{key.verifier}\n".encode())):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())


def _file(public_key: str) -> Path:
    fingerprint = Verifier("", bytes.fromhex(public_key)).fingerprint
    return Path(settings.KEYS_DIR) / f"ledger-{fingerprint[:16]}.key"
