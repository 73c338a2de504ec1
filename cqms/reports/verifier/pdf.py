"""The trail inside a sealed PDF, and whether its seal still covers the whole file. Part of the Python verifier.

Knows just enough of PDF to be sure that a reader shows the same attachment: what could hide a second one is refused.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator

NO_SEAL = "The PDF has no seal: whoever took it away may have changed its pages."
AFTER_SEAL = "The PDF was changed after it was sealed."
_TELLING = (b"EF", b"EmbeddedFile", b"EmbeddedFiles", b"ObjStm", b"ByteRange", b"Encrypt")
_RANGE = re.compile(rb"/ByteRange\s*\[\s*0\s+(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s*\]")


class Hidden(Exception):
    """The file has another attachment than one trail, or one that cannot be looked at."""


class NoTrail(Exception):
    """There is no attachment."""


def attached(data: bytes) -> bytes:
    """The content of the one attachment. Raises NoTrail, or Hidden for everything that readers may see differently."""
    text = b"\n".join([data, *_object_streams(data)])
    if any(_is_veiled(name) for name in re.findall(rb"/((?:[A-Za-z]|#[0-9A-Fa-f]{2}){2,60})", text)):
        raise Hidden
    named = {int(number) for part in re.findall(rb"/EF\s*<<(.*?)>>", text, re.DOTALL)
             for number in re.findall(rb"(\d{1,10})\s+\d{1,5}\s+R\b", part)}  # fmt: skip
    embedded = {_object_at(data, place.start()) for place in re.finditer(rb"/EmbeddedFile\b", data)}
    if not named and not embedded:
        raise NoTrail
    if len(named) != 1 or not embedded <= named or re.search(rb"/Encrypt\b", text):
        raise Hidden
    return _content(data, named.pop())


def trouble_with_seal(data: bytes) -> str:
    """What is wrong with the seal as far as it can be seen without its certificates; blank when nothing is."""
    ranges = _RANGE.findall(data)
    if not ranges:
        return NO_SEAL
    begin, end, rest = map(int, ranges[0])
    signature = data[begin:end].strip()
    if len(ranges) > 1 or end + rest != len(data) or signature[:1] + signature[-1:] != b"<>":
        return AFTER_SEAL
    digest = hashlib.sha256(data[:begin] + data[end:]).hexdigest()
    return "" if digest.encode() in signature.lower() else AFTER_SEAL


def seal_of(data: bytes) -> tuple[bytes, bytes]:
    """The signature of a PDF whose seal has no trouble, and what it covers. Raises ValueError for no signature."""
    begin, end, _ = map(int, _RANGE.findall(data)[0])
    return bytes.fromhex(data[begin:end].strip()[1:-1].decode("ascii")), data[:begin] + data[end:]


def _object_at(data: bytes, place: int) -> int:
    """The number of the object that begins last before a place."""
    found = re.findall(rb"(?<!\d)(\d{1,10})\s+\d{1,5}\s+obj\b", data[max(place - 2000, 0) : place])
    if not found:
        raise Hidden
    return int(found[-1])


def _content(data: bytes, number: int) -> bytes:
    places = list(re.finditer(rb"(?<!\d)%d\s+\d{1,5}\s+obj\b" % number, data))
    if len(places) != 1:
        raise Hidden
    head, _, rest = data[places[0].end() :].partition(b"stream")
    filters = re.search(rb"/Filter\s*(\[[^\]]*\]|/\w+)", head)
    if b"/DecodeParms" in head or (filters and filters[1].strip(b"[] \r\n") != b"/FlateDecode"):
        raise Hidden
    raw = rest[2:] if rest[:2] == b"\r\n" else rest[1:]
    if filters:
        return _unpacked(raw)
    length = re.search(rb"/Length\s+(\d{1,12})\b(?!\s+\d+\s+R)", head)
    if not length:
        raise Hidden
    return raw[: int(length[1])]


def _object_streams(data: bytes) -> Iterator[bytes]:
    """What stands in compressed objects; one that cannot be read could hide an attachment."""
    for place in re.finditer(rb"/ObjStm\b", data):
        begin = data.find(b"stream", place.end())
        if begin < 0 or begin > place.end() + 2000:
            raise Hidden
        raw = data[begin + 6 :]
        yield _unpacked(raw[2:] if raw[:2] == b"\r\n" else raw[1:])


def _unpacked(raw: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(raw)
    except zlib.error:
        raise Hidden from None


def _is_veiled(name: bytes) -> bool:
    """Whether a name is one of those that matter here, written so that a search does not find it."""
    plain = re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), name)
    return plain != name and plain in _TELLING
