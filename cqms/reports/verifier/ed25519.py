"""Ed25519 (RFC 8032), verification only. Part of the Python verifier, which must need no package."""

from __future__ import annotations

import hashlib

Point = tuple[int, int, int, int]
_POINT_BYTES, _SIGNATURE_BYTES = 32, 64

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P


def signed_by(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the owner of a public key signed a message."""
    if len(signature) != _SIGNATURE_BYTES or len(public) != _POINT_BYTES:
        return False
    point, commitment = _point(public), _point(signature[:_POINT_BYTES])
    scalar = int.from_bytes(signature[_POINT_BYTES:], "little")
    if point is None or commitment is None or scalar >= _ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:_POINT_BYTES] + public + message).digest(), "little") % _ORDER
    left, right = _times(scalar, _BASE), _plus(commitment, _times(challenge, point))
    return all((left[at] * right[2] - right[at] * left[2]) % _P == 0 for at in (0, 1))


def _point(raw: bytes) -> Point | None:
    """A point from its 32 bytes as X, Y, Z, T; None where there is none."""
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if y >= _P or (x * x - square) % _P or (not x and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return x, y, 1, x * y % _P


def _plus(one: Point, two: Point) -> Point:
    a, b = (one[1] - one[0]) * (two[1] - two[0]) % _P, (one[1] + one[0]) * (two[1] + two[0]) % _P
    c, d = 2 * one[3] * two[3] * _D % _P, 2 * one[2] * two[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(scalar: int, point: Point) -> Point:
    found = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            found = _plus(found, point)
        point, scalar = _plus(point, point), scalar >> 1
    return found


_BASE = _point((4 * pow(5, _P - 2, _P) % _P).to_bytes(_POINT_BYTES, "little")) or (0, 1, 1, 0)
