"""Whose certificate sealed a PDF, and whether it really did. Part of the Python verifier.

Reads just enough of CMS (RFC 5652): one signer, SHA-256, RSA with PKCS 1 padding, which is how portals seal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

Node = tuple[int, bytes, bytes]
"""Tag, content, and the whole encoding of a value in DER."""

_SET, _CONTEXT = 0x31, 0xA0
_LONG = 0x80
_SHA256 = bytes.fromhex("608648016503040201")
_RSA = bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a864886f70d01010b")
_MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010904")
_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


class NotReadable(Exception):
    """The seal names no certificate that it brings along, or is damaged."""


def certificate_of(signature: bytes, covered: bytes) -> tuple[str, bool | None]:
    """SHA-256 of the certificate that the signature names, and whether its key signed `covered`. Raises NotReadable.

    None for another kind of key than RSA, which this does not check.
    """
    try:
        _, wrapped = _nodes(_first(signature)[1])
        fields = list(_nodes(_first(wrapped[1])[1]))
        certificates = [node for tag, content, _ in fields if tag == _CONTEXT for node in _nodes(content)]
        [signer] = _nodes(fields[-1][1])
        parts = list(_nodes(signer[1]))
        certificate = next(each for each in certificates if _issuer_and_number(each) == parts[1][1])
        return hashlib.sha256(certificate[2]).hexdigest(), _is_signed(parts, certificate, covered)
    except (ValueError, IndexError, StopIteration):
        raise NotReadable from None


def _is_signed(parts: Sequence[Node], certificate: Node, covered: bytes) -> bool | None:
    said, kind, signed = parts[3], parts[4], parts[5]
    held, key = _nodes(_told_in(certificate)[5][1])
    if _first(held[1])[1] != _RSA[0]:
        return None
    if _first(kind[1])[1] not in _RSA or _first(parts[2][1])[1] != _SHA256:
        return False
    told = [list(_nodes(node[1])) for node in _nodes(said[1])]
    digests = [list(_nodes(values[1])) for name, values in told if name[1] == _MESSAGE_DIGEST]
    if [[value[1] for value in each] for each in digests] != [[hashlib.sha256(covered).digest()]]:
        return False
    modulus, exponent = (int.from_bytes(node[1], "big") for node in _nodes(_first(key[1][1:])[1]))
    length = (modulus.bit_length() + 7) // 8
    padded = pow(int.from_bytes(signed[1], "big"), exponent, modulus).to_bytes(length, "big")
    end = _INFO + hashlib.sha256(bytes([_SET]) + said[2][1:]).digest()
    return padded == b"\0\1" + b"\xff" * (length - len(end) - 3) + b"\0" + end


def _issuer_and_number(certificate: Node) -> bytes:
    fields = _told_in(certificate)
    return fields[2][2] + fields[0][2]


def _told_in(certificate: Node) -> list[Node]:
    """Number, algorithm, issuer, validity, subject and key, in this order; the version is left out."""
    return [node for node in _nodes(_first(certificate[1])[1]) if node[0] != _CONTEXT]


def _first(data: bytes) -> Node:
    return next(_nodes(data))


def _nodes(data: bytes) -> Iterator[Node]:
    """The values that stand one after another. Raises ValueError or IndexError for what is not DER."""
    at = 0
    while at < len(data):
        begin, tag, length = at, data[at], data[at + 1]
        at += 2
        if length >= _LONG:
            size = length - _LONG
            length = int.from_bytes(data[at : at + size], "big")
            at += size
        if at + length > len(data):
            raise ValueError(length)
        yield tag, data[at : at + length], data[begin : at + length]
        at += length
