"""How much processor it takes to verify a log: `bin/bench trail-verify [entries]`. See trail_seal."""

import sys

from tests.bench.trail_seal import ENTRIES, measure

MOST_CPU_SECONDS = 60
PROMISED_FOR = 1_000_000


def main(count: int) -> int:
    """1 when the promise, taken in proportion, is broken."""
    most = MOST_CPU_SECONDS * count / PROMISED_FOR
    _, seconds = measure(count)
    print(f"promised: at most {most:.1f} CPU s for {count}" + (": kept" if seconds <= most else ": BROKEN"))
    return int(seconds > most)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES))
