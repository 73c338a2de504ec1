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
        if options["write"]:
            text = json.dumps({"accounts": accounts}, indent=2, ensure_ascii=False)
            options["write"].write_text(text, encoding="utf-8")
            options["write"].chmod(0o600)
        self.stdout.write(f"The demo world is built: {len(accounts)} accounts.")
