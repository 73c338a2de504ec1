"""`manage.py demo`: build the demo world into an empty portal and write its accounts to a file."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from cqms.portal import demo


class Command(BaseCommand):
    """Safe to run again: a portal that has people is left alone."""

    help = "Build the demo world into an empty portal."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the accounts are written."""
        parser.add_argument("--write", type=Path, help="file for the demo accounts, as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Build, all or nothing."""
        if not demo.is_empty():
            self.stdout.write("The portal is in use; the demo world was not built.")
            return
        with transaction.atomic():
            accounts = demo.build()
            ready = _written(options["write"], accounts) if options["write"] else None
        if ready:
            ready.replace(options["write"])
        self.stdout.write(f"The demo world is built: {len(accounts)} accounts.")


def _written(file: Path, accounts: list[dict[str, str]]) -> Path:
    """The accounts in a file beside `file` that takes its place once the world is kept: whole or not at all."""
    ready = file.with_name(f"{file.name}.new")
    ready.touch(mode=0o600)
    ready.write_text(json.dumps({"accounts": accounts}, indent=2, ensure_ascii=False), encoding="utf-8")
    return ready
