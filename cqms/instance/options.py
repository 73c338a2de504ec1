"""The options that several commands share."""

import argparse
from pathlib import Path

from cqms.instance.entry import ROOT

DEFAULT_DATA = ROOT / ".data"
_HIGHEST_PORT = 65535


def port(text: str) -> int:
    """A port that a program can listen on."""
    number = int(text)
    if not 0 < number <= _HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{number} is no port: choose one from 1 to {_HIGHEST_PORT}")
    return number


def add_data(parser: argparse.ArgumentParser) -> None:
    """`--data DIR`: the data folder, as an absolute path."""
    parser.add_argument(
        "--data",
        type=lambda text: Path(text).absolute(),
        default=DEFAULT_DATA,
        metavar="DIR",
        help="the data folder (default: .data in the project)",
    )
