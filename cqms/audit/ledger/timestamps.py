"""RFC 3161 time stamps of checkpoints: an authority outside says that a note existed at a moment.

Off unless both are configured: the address of the authority and the certificates that it is trusted by.
"""

import http.client
import urllib.request
from pathlib import Path

from cryptography.x509 import load_pem_x509_certificates
from django.conf import settings
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)
from rfc3161_client.tsp import TimeStampRequest

_PATIENCE_SECONDS = 10
_LARGEST_ANSWER = 100_000


class StampRefused(Exception):
    """The authority gave no time stamp that fits the note. The text says why."""


def is_configured() -> bool:
    """Whether checkpoints are time-stamped."""
    return bool(settings.TIME_STAMP_URL and settings.TIME_STAMP_ROOTS)


def stamp(note: str) -> bytes:
    """The authority's answer for a note, checked. Raises StampRefused, or OSError when it is away."""
    request = TimestampRequestBuilder().data(note.encode()).hash_algorithm(HashAlgorithm.SHA256).build()
    url = settings.TIME_STAMP_URL
    if not url.startswith(("http://", "https://")):
        raise StampRefused(f"{url} is no web address.")
    headers = {"Content-Type": "application/timestamp-query"}
    asked = urllib.request.Request(url, request.as_bytes(), headers)  # noqa: S310 – checked above
    try:
        with urllib.request.urlopen(asked, timeout=_PATIENCE_SECONDS) as answer:  # noqa: S310
            token = answer.read(_LARGEST_ANSWER)
    except http.client.HTTPException as error:
        raise StampRefused(f"The authority did not answer properly: {error!r}.") from error
    check_stamp(note, token, request)
    return token


def check_stamp(note: str, token: bytes, request: TimeStampRequest | None = None) -> None:
    """Raise StampRefused unless the token covers the note and comes from a trusted authority."""
    try:
        answer = decode_timestamp_response(token)
        builder = VerifierBuilder.from_request(request) if request else VerifierBuilder()
        for root in load_pem_x509_certificates(Path(settings.TIME_STAMP_ROOTS).read_bytes()):
            builder = builder.add_root_certificate(root)
        builder.build().verify_message(answer, note.encode())
    except (ValueError, VerificationError) as error:
        raise StampRefused(f"The time stamp does not fit: {error}") from error
