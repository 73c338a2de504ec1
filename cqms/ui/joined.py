"""The stylesheet and the script the browser loads, joined from small files: the whole build.

`static/css/index.css` gives the order of the styles, the alphabet that of the behaviours. A staticfiles finder joins
them whenever a part is newer, so development, tests and `collectstatic` serve the same files:
`css/portal.css`, `js/portal.js`, and `css/tokens-light.css` for print engines that do not know `light-dark()`.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage

IMPORT = re.compile(r'^@import url\("([^"]+)"\);\n', re.MULTILINE)
LIGHT_DARK = re.compile(r"light-dark\(((?:[^(),]|\([^()]*\))+),\s*(?:[^(),]|\([^()]*\))+\)")


def source() -> Path:
    """The folder of the parts."""
    return Path(settings.BASE_DIR) / "static"


def target() -> Path:
    """The folder of the joined files; in the data folder."""
    return Path(settings.DATA_DIR) / "build" / "static"


def styles() -> str:
    """All styles in the order of the index; what the index says besides (the order of the layers) stands first."""
    index = (source() / "css" / "index.css").read_text()
    parts = [(source() / "css" / name).read_text() for name in IMPORT.findall(index)]
    return IMPORT.sub("", index) + "".join(parts)


def behaviours() -> str:
    """All behaviours, each in a block of its own so that no name meets another."""
    files = sorted((source() / "js" / "behaviours").glob("*.js"))
    return "".join(f"{{\n{file.read_text()}}}\n" for file in files)


def light_tokens() -> str:
    """The tokens with the light value of each, for print."""
    return LIGHT_DARK.sub(lambda match: match[1].strip(), (source() / "css" / "tokens.css").read_text())


JOINED: dict[str, Callable[[], str]] = {
    "css/portal.css": styles,
    "css/tokens-light.css": light_tokens,
    "js/portal.js": behaviours,
}


def join(name: str) -> Path:
    """The joined file, written anew when what it should say has changed; readers never see half a file."""
    path, text = target() / name, JOINED[name]()
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_text(text)
        fresh.replace(path)
    return path


class JoinedFinder(BaseFinder):
    """Finds the joined files beside those that Django's own finders find."""

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """The path of a joined file, nothing for any other."""
        found = [str(join(path))] if path in JOINED else []
        return found if find_all else "".join(found)

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        """Every joined file, for `collectstatic`."""
        storage = FileSystemStorage(location=target())
        return ((name, storage) for name in JOINED if join(name))
