"""The colours and faces of the portal for paper: the light half of every token in `static/css/tokens.css`.

Print engines do not know `light-dark()`, and resolving `var()` for each of ten thousand entries costs time, so style
sheets in `templates/pdf/` name tokens and are resolved here, once.
"""

import re
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
TOKENS_FILE = PROJECT / "static" / "css" / "tokens.css"
STYLES_FOLDER = PROJECT / "templates" / "pdf"

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_ROOT = re.compile(r":root\s*\{(.*?)\}", re.DOTALL)
_DECLARATION = re.compile(r"--([a-z0-9-]+)\s*:\s*([^;]+);")
_LIGHT = re.compile(r"light-dark\(\s*((?:[^(),]|\([^()]*\))+?)\s*,\s*(?:[^()]|\([^()]*\))+\)")
_USE = re.compile(r"var\(--([a-z0-9-]+)\)")


class UnknownToken(LookupError):
    """A style sheet for paper names a token that tokens.css does not hold."""


def light_values(tokens_css: str) -> dict[str, str]:
    """Every token of the first `:root` block with its light value; tokens that name other tokens are resolved."""
    block = _ROOT.search(_COMMENT.sub("", tokens_css))
    declarations = _DECLARATION.findall(block.group(1)) if block else []
    values = {name: _LIGHT.sub(r"\1", value).strip() for name, value in declarations}
    return {name: resolve(value, values) for name, value in values.items()}


def resolve(css: str, values: dict[str, str]) -> str:
    """The style sheet with each `var(--name)` replaced by its value. Raises UnknownToken."""

    def value_of(use: re.Match[str]) -> str:
        name = use.group(1)
        if name not in values:
            raise UnknownToken(f"tokens.css holds no --{name}.")
        return resolve(values[name], values)

    return _USE.sub(value_of, css)


@cache
def tokens() -> dict[str, str]:
    """The light values of the portal's own tokens."""
    return light_values(TOKENS_FILE.read_text(encoding="utf-8"))


@cache
def stylesheet(name: str) -> str:
    """A style sheet of `templates/pdf/` with the light values of its tokens filled in."""
    return resolve((STYLES_FOLDER / name).read_text(encoding="utf-8"), tokens())
