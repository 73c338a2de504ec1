"""Text as an auditor must see it: nothing invisible, nothing that turns the line around, nothing without a glyph.

A control character, a bidirectional override or a character no installed font can draw would be lost on paper, and
with it a difference between an old and a new value. Such a character is shown as a sign or by its code: ‹U+202E›.
"""

import ctypes
import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache

_FONTCONFIG_NAMES = ("libfontconfig.so.1", "libfontconfig.1.dylib")
_JOINERS = frozenset("\u200c\u200d\ufe0e\ufe0f")
_UNDRAWN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})
"""Categories of characters that shape the text and have no glyph of their own."""
_HIDDEN = _UNDRAWN | {"Cn", "Co"}
_MARKS_IN_A_ROW = 4
_SIGNS = {"\n": "↵ ", "\t": "⇥ "}
_PLAIN = re.compile("[ -~¡-¬®-ɏ–—‘-”•…←→≤≥]*")
"""Characters every text font of the last thirty years draws: most texts hold no others."""
ZERO_WIDTH_SPACE = "\u200b"
_LONG_RUN = re.compile(r"\S{40}(?=[\w‹])")
"""What has no chance to break costs the layout the square of its length. (A break goes before a letter or a code only,
never into an emoji of several characters.) No font fills a line with 40 characters."""
_LONG_RUN_OF_HTML = re.compile(r"[^\s&]{40}(?=[\w])")
_TEXT_BETWEEN_TAGS = re.compile(r"(?<=>)[^<]+")
_SPACES = frozenset("\u00a0\u202f\u2007\u2009\u3000")


def visible(text: str) -> str:
    """The text on one line: line breaks as ↵, tabs as ⇥, other invisible characters by their code."""
    shown = text if _PLAIN.fullmatch(text) else "".join(_shown(text.replace("\r\n", "\n")))
    return _LONG_RUN.sub(_with_a_chance_to_break, shown)


def lines(text: str) -> str:
    """The text with its line breaks, each line as `visible` shows it."""
    return "\n".join(visible(line) for line in text.replace("\r\n", "\n").split("\n"))


def undrawable(text: str) -> list[str]:
    """The characters of a text that no installed font can draw, each once."""
    if _PLAIN.fullmatch(text):
        return []
    kept = (char for char in dict.fromkeys(text) if char not in _JOINERS and unicodedata.category(char) not in _UNDRAWN)
    return [char for char in kept if not _drawable()(ord(char))]


def breakable_html(html: str) -> str:
    """The HTML with a chance to break in each long run of its text; tags and entities stay whole."""
    return _TEXT_BETWEEN_TAGS.sub(lambda text: _LONG_RUN_OF_HTML.sub(_with_a_chance_to_break, text.group()), html)


def _with_a_chance_to_break(run: re.Match[str]) -> str:
    return run.group() + ZERO_WIDTH_SPACE


def _shown(text: str) -> list[str]:
    shown, marks = [], 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        shown.append(_symbol(char) if marks <= _MARKS_IN_A_ROW else _code(char))
    return shown


@lru_cache(maxsize=8192)
def _symbol(char: str) -> str:
    if char in _SIGNS:
        sign = _SIGNS[char]
        return sign if _drawable()(ord(sign[0])) else _code(char)
    if char in _JOINERS or char in _SPACES:
        return char
    hidden = unicodedata.category(char) in _HIDDEN and char != " "
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
