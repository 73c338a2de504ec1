"""The migrated cluster of an earlier test session, kept beside the checkout: Django's migrations take most of a start.

It is known by a hash of everything that migrations are made of. Whoever takes it migrates again, which builds the walls
and guards of today's models anew and is quick where nothing is left to apply.
"""

import hashlib
import os
import secrets
import shutil
import subprocess
from dataclasses import asdict, replace
from pathlib import Path

from cqms.instance.entry import ROOT
from cqms.instance.folder import DataFolder, write_private

_PLACE = ROOT / "build" / "migrated"
_MADE_OF = ("requirements.lock", "cqms/settings.py", "cqms/settings_test.py", "cqms/history/migration_state.py")
_PATTERNS = ("*/migrations/*.py", "*/*/migrations/*.py", "*/*.sql", "*/*/*.sql", "*/*/*/*.sql")
_PARTS = ("pg", "secrets")


def take(data: DataFolder) -> None:
    """Begin a new data folder with the cluster that is kept and its secrets, if there is one."""
    kept = _PLACE / _name()
    if kept.exists():
        _copy(kept, data.path)
        mine = replace(data.secrets(), instance=secrets.token_hex(8))
        write_private(data.path / "secrets", asdict(mine))


def keep(data: DataFolder) -> None:
    """Keep the stopped cluster of a data folder in the place of others; nothing is kept of one that lies elsewhere."""
    new, kept = _PLACE / f"new-{os.getpid()}", _PLACE / _name()
    if kept.exists() or not (data.path / "pg").exists():
        return
    shutil.rmtree(_PLACE, ignore_errors=True)
    new.mkdir(parents=True)
    _copy(data.path, new)
    new.rename(kept)


def _copy(source: Path, target: Path) -> None:
    """With owners and modes: PostgreSQL asks for them."""
    parts = [str(source / part) for part in _PARTS]
    subprocess.run(["cp", "-a", *parts, str(target)], check=True)


def _name() -> str:
    files = [ROOT / name for name in _MADE_OF] + [file for pattern in _PATTERNS for file in ROOT.glob(pattern)]
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(f"{file.relative_to(ROOT)}\n".encode() + file.read_bytes())
    return digest.hexdigest()[:16]
