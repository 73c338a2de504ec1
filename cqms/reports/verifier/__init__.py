"""What an outsider checks an exported trail with: two files that stand alone, handed out and never imported or shown.

The page runs in a browser without network, `verify_trail.py` with nothing but Python; they say the same. Each is put
together from parts, because it must be one file: markup, style and script, or what it prints and how it computes.
"""

from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent
_ELSEWHERE = {
    "ed25519.py": "from cqms.reports.verifier.ed25519 import signed_by\n",
    "pdf.py": "from cqms.reports.verifier.pdf import Hidden, NoTrail, attached, seal_of, trouble_with_seal\n",
    "seal.py": "from cqms.reports.verifier.seal import NotReadable, certificate_of\n",
    "strict.py": "from cqms.reports.verifier.strict import Ambiguous, has_only, parsed, raw_of\n",
    "telling.py": (
        "from cqms.reports.verifier.telling import grouped, in_words, moment_of, redacted_in_words, row_of, table_of\n"
    ),
    "tree.py": "from cqms.reports.verifier.tree import Entry, leads_to\n",
}
_STRICT = "/* strict.js stands here */\n"
_BEGIN = "from __future__ import annotations\n\n"
NAMES = {"page": "verify_trail.html", "python": "verify_trail.py"}
"""By the last part of the address: the name under which a verifier is saved."""


@cache
def content(which: str) -> bytes:
    """The whole file. Raises KeyError for one that does not exist."""
    return _page() if NAMES[which].endswith(".html") else _program()


def _program() -> bytes:
    program = _text("verify_trail.py")
    for name, line in _ELSEWHERE.items():
        program = program.replace(line, _text(name).partition(_BEGIN)[2])
    return program.encode()


def _page() -> bytes:
    markup, style, script = (_text(f"page.{suffix}") for suffix in ("html", "css", "js"))
    script = script.replace(_STRICT, _text("strict.js"))
    styled = markup.replace("<style></style>", f"<style>\n{style}</style>")
    return styled.replace("<script></script>", f"<script>\n{script}</script>").encode()


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
