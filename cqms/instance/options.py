"""The options that several commands share."""

import argparse
from pathlib import Path

from cqms.instance.entry import ROOT

DEFAULT_DATA = ROOT / ".data"


def add_data(parser: argparse.ArgumentParser) -> None:
    """`--data DIR`: the data folder, as an absolute path."""
    parser.add_argument(
        "--data",
        type=lambda text: Path(text).absolute(),
        default=DEFAULT_DATA,
        metavar="DIR",
        help="the data folder (default: .data in the project)",
    )
