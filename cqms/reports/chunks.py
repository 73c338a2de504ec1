"""Drawing many HTML pages side by side in a few processes, in memory that does not grow with their number.

The caller's iterator is asked for the next page only when a process is free, the HTML of a page lives in a file as
soon as it is made, and its PDF stays in a file until it is merged. The drawing is done by a program of its own
(`chunk_worker`), because a Celery child is daemonic and may have no children of `multiprocessing`.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from cqms.reports.palette import PROJECT
from cqms.reports.rendering import LibrariesMissing

_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "XDG_CACHE_HOME", "FONTCONFIG_FILE", "FONTCONFIG_PATH")
"""Drawing needs no password, so the program gets none."""


class DrawingFailed(RuntimeError):
    """A page could not be drawn, or the program that drew it was stopped."""


@dataclass(frozen=True)
class Part:
    """One drawn piece of a larger PDF."""

    name: str
    path: Path
    pages: int
    bookmarks: tuple[tuple[str, int], ...]
    """Label, and page counted from 0 within the part."""


class Drawers:
    """The program that draws pages, `processes` at a time; use it as a context manager."""

    def __init__(self, folder: Path, processes: int = 2) -> None:
        """`folder` takes the parts; it belongs to the caller, who removes it."""
        self._folder = folder
        self._most = processes

    def __enter__(self) -> Self:
        self._program = subprocess.Popen(  # noqa: S603 – our own module
            [sys.executable, "-m", "cqms.reports.chunk_worker", str(self._most)],
            cwd=PROJECT,
            env={key: os.environ[key] for key in _PASSED_ON if key in os.environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._program.stdin
        assert self._program.stdout
        self._jobs, self._answers = self._program.stdin, self._program.stdout
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._jobs.close()
        self._program.wait()
        self._answers.close()

    def draw(self, pages: Iterable[tuple[str, str]], *, tagged: bool) -> Iterator[Part]:
        """Draw (name, HTML) pairs, `tagged` with structure; the parts in the order in which they are done.

        Raises LibrariesMissing, DrawingFailed.
        """
        at_work = 0
        for name, html in pages:
            if at_work == self._most:
                yield self._next_part()
                at_work -= 1
            self._ask(name, html, tagged=tagged)
            at_work += 1
        for _ in range(at_work):
            yield self._next_part()

    def _ask(self, name: str, html: str, *, tagged: bool) -> None:
        source = self._folder / f"{name}.html"
        source.write_text(html, encoding="utf-8", errors="surrogatepass")
        job = {"name": name, "html": str(source), "pdf": str(source.with_suffix(".pdf")), "tagged": tagged}
        try:
            self._jobs.write(json.dumps(job).encode() + b"\n")
            self._jobs.flush()
        except BrokenPipeError:  # the program says why before it ends
            self._next_part()

    def _next_part(self) -> Part:
        line = self._answers.readline()
        if not line:
            raise DrawingFailed("The program that draws PDF pages was stopped.")
        answer = json.loads(line)
        if "missing" in answer:
            raise LibrariesMissing(answer["missing"])
        name = answer["name"]
        if "failed" in answer:
            raise DrawingFailed(f"The part {name} could not be drawn: {answer['failed']}")
        source = self._folder / f"{name}.html"
        source.unlink()
        bookmarks = tuple((label, page) for label, page in answer["bookmarks"])
        return Part(name, source.with_suffix(".pdf"), answer["pages"], bookmarks)
