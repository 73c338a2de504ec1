"""pytest with one promise more: the last line says how many tests passed, failed and were skipped.

A run in which no test passed is a failure, whatever the reason.
"""

import sys
from typing import Any

import pytest

_NOTHING_RAN = int(pytest.ExitCode.NO_TESTS_COLLECTED)


class Count:
    """Keeps what the terminal report counted."""

    def __init__(self) -> None:
        self.passed = self.failed = self.skipped = 0

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Count what pytest filed under its categories; an error in a fixture is a failure."""
        filed = {category: len(reports) for category, reports in terminalreporter.stats.items()}
        self.passed = filed.get("passed", 0) + filed.get("xpassed", 0)
        self.failed = filed.get("failed", 0) + filed.get("error", 0)
        self.skipped = filed.get("skipped", 0) + filed.get("xfailed", 0)


def main(arguments: list[str]) -> int:
    """Run pytest and return its exit code."""
    count = Count()
    code = int(pytest.main(arguments, plugins=[count]))
    print(f"{count.passed} passed, {count.failed} failed, {count.skipped} skipped", flush=True)
    return _NOTHING_RAN if code == 0 and not count.passed else code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
