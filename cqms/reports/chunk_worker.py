"""A process that draws HTML files side by side: `python -m cqms.reports.chunk_worker PROCESSES`, asked by `chunks`.

It reads one job a line from standard input (`{"name", "html", "pdf", "tagged"}`, two of them paths) and answers each
with one line. It loads WeasyPrint and the fonts once and forks for every job: a child draws with the garbage collector
off and gives all its memory back by ending, so a trail of any length needs no more of it than a few chunks. Being a
fresh process without threads, sockets or database connections it may fork safely, also where the portal's own worker
may not. When its standard input closes, whoever asked is gone or has enough: it ends its children and itself.
"""

import gc
import io
import json
import os
import resource
import select
import signal
import sys
from pathlib import Path
from typing import Any

import pikepdf

from cqms.reports.rendering import LibrariesMissing, Sheet, lay_out, render_pdf, write

CPU_SECONDS_FOR_A_JOB = 600
"""A job that needs more is stuck; a usual one needs three."""
_BLOCK = 65536
_SAMPLE = "<p>Regular <strong>strong</strong> <em>slanted</em> <code>code</code></p>"


def draw(html_file: Path, pdf_file: Path, *, tagged: bool) -> dict[str, Any]:
    """Draw one file, with the structure that screen readers follow if it is `tagged`.

    Its number of pages and its bookmarks as pairs of label and page, counted from 0.
    """
    html = html_file.read_text(encoding="utf-8", errors="surrogatepass")
    document = lay_out(html)
    _pack(write(document, html, tagged=tagged, compressed=False), pdf_file)
    bookmarks = [(label, target[0]) for label, target, _children, _state in document.make_bookmark_tree()]
    return {"pages": len(document.pages), "bookmarks": bookmarks}


def _pack(data: bytes, pdf_file: Path) -> None:
    """Compress with qpdf, which needs a third of the time that WeasyPrint's highest level takes."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.save(pdf_file, compress_streams=True, deterministic_id=True)


class Server:
    """Takes jobs, keeps at most `processes` children at work, answers."""

    def __init__(self, processes: int, answers: int) -> None:
        self._most = processes
        self._answers = answers
        self._jobs = os.fdopen(0, "rb", buffering=0)  # a buffer would hide a waiting job from select
        self._children: dict[int, tuple[int, str, bytearray]] = {}
        """By the pipe a child speaks through: its process, its job's name, what it said so far."""

    def serve(self) -> None:
        """Work until standard input closes."""
        while True:
            sources = [*self._children]
            if len(self._children) < self._most:
                sources.append(0)
            for ready in select.select(sources, [], [])[0]:
                if ready:
                    self._hear(ready)
                elif not self._take_job():
                    return

    def stop(self) -> None:
        """End every child."""
        for child, _name, _said in self._children.values():
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)

    def answer(self, answer: dict[str, Any]) -> None:
        os.write(self._answers, json.dumps(answer).encode() + b"\n")

    def _take_job(self) -> bool:
        line = self._jobs.readline()
        if not line:
            return False
        job = json.loads(line)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            _be_child(job, writing)
        os.close(writing)
        self._children[reading] = (child, job["name"], bytearray())
        return True

    def _hear(self, pipe: int) -> None:
        child, name, said = self._children[pipe]
        block = os.read(pipe, _BLOCK)
        if block:
            said += block
            return
        os.close(pipe)
        del self._children[pipe]
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        drawn = json.loads(said) if code == 0 else {"failed": said.decode() or f"its process ended with status {code}"}
        self.answer({"name": name, **drawn})


def _be_child(job: dict[str, Any], writing: int) -> None:
    """Draw, say how it went, end: whatever happens, a child never returns into its parent's loop."""
    status = 1
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_FOR_A_JOB, CPU_SECONDS_FOR_A_JOB))
        try:
            said = json.dumps(draw(Path(job["html"]), Path(job["pdf"]), tagged=job["tagged"]))
            status = 0
        except Exception as error:  # noqa: BLE001 – handed to the parent, which raises it
            said = f"{type(error).__name__}: {error}"
        with os.fdopen(writing, "w", encoding="utf-8") as stream:
            stream.write(said)
    finally:
        os._exit(status)


def main() -> None:
    """Load the engine and the fonts, then serve."""
    answers = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not look like an answer
    server = Server(int(sys.argv[1]), answers)
    try:
        render_pdf(_SAMPLE, Sheet("Fonts are loaded before forking"), tagged=False)
    except LibrariesMissing as error:
        server.answer({"missing": str(error)})
        return
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        server.serve()
    finally:
        server.stop()


if __name__ == "__main__":
    main()
