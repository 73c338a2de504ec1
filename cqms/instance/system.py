"""System packages that no wheel brings: installed where we may, else named with the exact line to type."""

import contextlib
import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass

_PDF_LIBRARIES = {
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "harfbuzz-subset": "libharfbuzz-subset0",
}
_WAIT_FOR_LOCK = ("-o", "DPkg::Lock::Timeout=120")


@dataclass(frozen=True)
class Installation:
    """An installation under way; it is never cut off, because half a system package is worse than a late one."""

    packages: tuple[str, ...]
    process: subprocess.Popen[bytes]

    def succeeded(self) -> bool:
        """Wait for the end."""
        self.process.communicate()
        return self.process.returncode == 0


def missing_for_pdf() -> tuple[str, ...]:
    """The Debian packages whose libraries WeasyPrint would not find here."""
    return tuple(package for library, package in _PDF_LIBRARIES.items() if not _loads(library))


def missing_programs(programs: dict[str, str]) -> tuple[str, ...]:
    """The Debian packages of those programs (name → package) that are not on the path."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    return tuple(package for name, package in programs.items() if not shutil.which(name, path=path))


def begin_install(packages: Iterable[str]) -> Installation | None:
    """Start installing Debian packages beside our other work; None if nothing is missing or we may not."""
    wanted = tuple(packages)
    rights = _rights()
    if not wanted or rights is None:
        return None
    install = f"apt-get {' '.join(_WAIT_FOR_LOCK)} install -qq -y --no-install-recommends {' '.join(wanted)}"
    script = f"{install} || {{ apt-get -qq update && {install}; }}"
    process = subprocess.Popen(
        [*rights, "env", "DEBIAN_FRONTEND=noninteractive", "sh", "-c", script],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return Installation(wanted, process)


def line_to_type(packages: Iterable[str]) -> str:
    """The command with which a person installs the packages."""
    if shutil.which("apt-get"):
        return f"sudo apt-get install -y {' '.join(packages)}"
    return "brew install pango" if shutil.which("brew") else "install Pango and HarfBuzz with your package manager"


def _rights() -> list[str] | None:
    """The words before a command that make it run as root; None where apt is absent or not ours to use."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    with contextlib.suppress(OSError):
        if subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0:
            return ["sudo", "-n"]
    return None


def _loads(library: str) -> bool:
    name = f"lib{library}.so.0" if sys.platform == "linux" else f"lib{library}.0.dylib"
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True
