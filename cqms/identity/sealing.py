"""Secrets that must be read again – keys of authenticator apps and of providers – are stored sealed."""

import base64
from functools import cache

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def seal(text: str) -> str:
    """Encrypt and authenticate with a key derived from the installation's secret."""
    return _box(settings.SECRET_KEY).encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """What was sealed. Raises InvalidToken when it was altered, or sealed under another secret."""
    return _box(settings.SECRET_KEY).decrypt(sealed.encode()).decode()


@cache
def _box(secret: str) -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"cqms.identity.sealing").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(key))
