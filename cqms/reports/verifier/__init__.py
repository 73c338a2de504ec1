"""What an outsider checks an exported trail with: two files that stand alone, handed out and never imported or shown.

The page runs in a browser without network, `verify_trail.py` with nothing but Python; they say the same. The page is
put together from its markup, style and script, because it must be one file.
"""

from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent
NAMES = {"page": "verify_trail.html", "python": "verify_trail.py"}
"""By the last part of the address: the name under which a verifier is saved."""


@cache
def content(which: str) -> bytes:
    """The whole file. Raises KeyError for one that does not exist."""
    return _page() if NAMES[which].endswith(".html") else (_HERE / NAMES[which]).read_bytes()


def _page() -> bytes:
    markup, style, script = ((_HERE / f"page.{suffix}").read_text(encoding="utf-8") for suffix in ("html", "css", "js"))
    styled = markup.replace("<style></style>", f"<style>\n{style}</style>")
    return styled.replace("<script></script>", f"<script>\n{script}</script>").encode()
