"""First lines of every command in bin/: the right Python, then the package, then the command.

Old Pythons must be able to read this file, because it is what tells them that they are too old.
"""

import importlib
import sys
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def main(command):
    """Run `cqms.instance.commands.<command>` and return its exit code."""
    if sys.version_info < (3, 11):
        here = "%d.%d" % sys.version_info[:2]
        message = "Python 3.11 or newer is needed and this is Python %s: start the command with a newer one, such as python3.11 bin/%s.\n"
        sys.stderr.write(message % (here, command))
        return 2
    _open_package()
    return importlib.import_module("cqms.instance.commands." + command).main(sys.argv[1:])


def _open_package():
    """Make `cqms.instance` importable alone: the project package itself loads Celery, which may not be installed yet."""
    package = types.ModuleType("cqms")
    package.__path__ = [str(ROOT / "cqms")]
    sys.modules["cqms"] = package
    sys.path.insert(0, str(ROOT))
