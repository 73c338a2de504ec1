"""Writes .env beside docker-compose.yml: the passwords of one installation, for our eyes only, and only once."""

import os
import secrets
import sys
from pathlib import Path

FILE = Path(__file__).resolve().parents[3] / ".env"
NAMES = ("POSTGRES_PASSWORD", "CQMS_OWNER_PASSWORD", "CQMS_APP_PASSWORD", "CQMS_REDIS_PASSWORD", "CQMS_SECRET_KEY")


def main(file: Path) -> int:
    """Write the file; 2 if there is one, which is kept."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        print(f"{file} is there already and holds the passwords of this installation: keep it.", file=sys.stderr)
        return 2
    with os.fdopen(descriptor, "w") as stream:
        stream.writelines(f"{name}={secrets.token_hex(32)}\n" for name in NAMES)
    print(f"{file} is made. To serve another name than localhost, add a line such as CQMS_HOST=quality.example.org")
    return 0


if __name__ == "__main__":
    sys.exit(main(FILE))
