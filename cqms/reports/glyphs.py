"""Text as an auditor must see it: nothing invisible, nothing that turns the line around, nothing without a glyph.

A control character, a bidirectional override or a character no installed font can draw would be lost on paper, and
with it a difference between an old and a new value. Such a character is shown as a symbol or as ‹U+202E›.
"""

import ctypes
import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache

NEW_LINE = "↵ "
_FONTCONFIG_NAMES = ("libfontconfig.so.1", "libfontconfig.1.dylib")
_JOINERS = frozenset("\u200c\u200d\ufe0e\ufe0f")
_MARKS_IN_A_ROW = 4
_PICTURES = 0x2400
_CONTROLS = 0x20
_DELETE = "\x7f"
_DELETE_PICTURE = "␡"
_PLAIN = re.compile("[ -~¡-¬®-ɏ–—‘-”•…←→≤≥]*")
"""Characters every text font of the last thirty years draws: most texts hold no others."""
_SPACES = frozenset("\u00a0\u202f\u2007\u2009\u3000")


def visible(text: str) -> str:
    """The text on one line: line breaks as ↵, other control characters as symbols, the rest as it is."""
    if _PLAIN.fullmatch(text):
        return text
    return "".join(_shown(text.replace("\r\n", "\n").replace("\n", "↵")))


def _shown(text: str) -> list[str]:
    shown, marks = [], 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        shown.append(_symbol(char) if marks <= _MARKS_IN_A_ROW else _code(char))
    return shown


@lru_cache(maxsize=8192)
def _symbol(char: str) -> str:
    if char == "↵":
        return NEW_LINE
    if ord(char) < _CONTROLS or char == _DELETE:
        picture = _DELETE_PICTURE if char == _DELETE else chr(_PICTURES + ord(char))
        return picture if _drawable()(ord(picture)) else _code(char)
    if char in _JOINERS or char in _SPACES:
        return char
    hidden = unicodedata.category(char) in {"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp", "Zs"} and char != " "
    return _code(char) if hidden or not _drawable()(ord(char)) else char


def _code(char: str) -> str:
    return f"‹U+{ord(char):04X}›"


@cache
def _drawable() -> Callable[[int], bool]:
    """Whether some installed font has a glyph for a code point; without fontconfig everything is taken as drawable."""
    library = _fontconfig()
    if library is None:
        return lambda _code_point: True
    union = _union_of_fonts(library)
    return lambda code_point: bool(library.FcCharSetHasChar(union, code_point))


def _fontconfig() -> ctypes.CDLL | None:
    for name in _FONTCONFIG_NAMES:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        for function in ("FcConfigGetCurrent", "FcConfigGetFonts", "FcCharSetCreate"):
            getattr(library, function).restype = ctypes.c_void_p
        library.FcConfigGetFonts.argtypes = [ctypes.c_void_p, ctypes.c_int]
        library.FcPatternGetCharSet.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p]
        library.FcCharSetMerge.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
        library.FcCharSetHasChar.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
        return library
    return None


class _FontSet(ctypes.Structure):
    _fields_ = [("count", ctypes.c_int), ("size", ctypes.c_int), ("fonts", ctypes.POINTER(ctypes.c_void_p))]


def _union_of_fonts(library: ctypes.CDLL) -> ctypes.c_void_p:
    union = ctypes.c_void_p(library.FcCharSetCreate())
    installed = library.FcConfigGetFonts(library.FcConfigGetCurrent(), 0)
    if not installed:
        return union
    font_set = ctypes.cast(installed, ctypes.POINTER(_FontSet)).contents
    for index in range(font_set.count):
        charset = ctypes.c_void_p()
        if library.FcPatternGetCharSet(font_set.fonts[index], b"charset", 0, ctypes.byref(charset)) == 0:
            library.FcCharSetMerge(union, charset, None)
    return union
