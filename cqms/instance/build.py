"""What must exist before the portal answers: tables, static files, the demo world. Done again only when needed."""

import hashlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cqms.instance import database
from cqms.instance.children import Finished, beside, call, finish
from cqms.instance.console import Failure, say
from cqms.instance.entry import ROOT
from cqms.instance.folder import DataFolder
from cqms.instance.services import Services

_SHOWN = 12


def build(data: DataFolder, services: Services, environment: Mapping[str, str], *, demo: bool) -> None:
    """Bring tables, static files and, if wanted, the demo world up to date; what is up to date costs nothing."""
    with _static_files(data, environment):
        _migrate(services, environment)
        if demo and not data.demo_file.exists():
            manage(["demo", "--write", str(data.demo_file)], environment)
            say("The demo world is there")


def manage(arguments: Iterable[str], environment: Mapping[str, str]) -> None:
    """Run a management command to its end. Fails with the end of what it said."""
    words = list(arguments)
    _check(words[0], call([sys.executable, ROOT / "manage.py", *words], environment=environment, folder=ROOT))


def fingerprint(files: Iterable[Path]) -> str:
    """One hash over the names and contents of files."""
    digest = hashlib.sha256()
    for file in sorted(files):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(ROOT)} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def source_files() -> list[Path]:
    """Everything the tables and their guards are made from: our code and the locked packages."""
    packages = [folder.parent for folder in ROOT.glob("*/__init__.py") if folder.parent.name != "tests"]
    code = [file for package in packages for kind in ("py", "sql") for file in package.rglob(f"*.{kind}")]
    return [*code, ROOT / "requirements.lock"]


def _migrate(services: Services, environment: Mapping[str, str]) -> None:
    wanted = fingerprint(source_files())
    if database.read_mark(services.owner) == wanted:
        return
    manage(["migrate", "--verbosity", "0"], {**environment, "DATABASE_URL": services.owner})
    database.mark(services.owner, wanted)
    say("The tables are up to date")


@contextmanager
def _static_files(data: DataFolder, environment: Mapping[str, str]) -> Iterator[None]:
    """Collect the static files beside the other work, if ours are not the collected ones."""
    wanted, mark = _static_fingerprint(), data.path / "static.mark"
    if mark.exists() and mark.read_text() == wanted:
        yield
        return
    with beside([sys.executable, "-m", "cqms.instance.collect"], environment=environment, folder=ROOT) as child:
        yield
        done = finish(child)
    _check("collectstatic", done)
    mark.write_text(wanted)
    say("The static files are collected")


def _static_fingerprint() -> str:
    ours = [file for file in (ROOT / "static").rglob("*") if file.is_file()]
    return fingerprint([*ours, *source_files()])


def _check(command: str, done: Finished) -> None:
    if not done.code:
        return
    shown = "\n".join(done.output.strip().splitlines()[-_SHOWN:])
    raise Failure(f"manage.py {command} ended with {done.code}:\n{shown}")
