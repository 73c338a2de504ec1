"""First lines of every command in bin/: the right Python, then the package, then the command.

Old Pythons must be able to read this file, because it is what tells them that they are too old.
"""

import importlib
import sys
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def main(command: str) -> int:
    """Run `cqms.instance.commands.<command>` and return its exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036 – this is for those who have an older one
        here = ".".join(str(number) for number in sys.version_info[:2])
        cure = f"start it with a newer one, such as python3.11 bin/{command}"
        sys.stderr.write(f"Python 3.11 or newer is needed and this is Python {here}: {cure}.\n")
        return 2
    _open_package()
    module = importlib.import_module(f"cqms.instance.commands.{command}")
    return module.main(sys.argv[1:])


def _open_package() -> None:
    """Make `cqms.instance` importable alone: the project's package loads Celery, which may not be installed yet."""
    package = types.ModuleType("cqms")
    package.__path__ = [str(ROOT / "cqms")]
    sys.modules["cqms"] = package
    sys.path.insert(0, str(ROOT))
