"""Only what tests must have otherwise."""

import os

os.environ.setdefault("CQMS_SECRET_KEY", "only-for-tests-and-never-for-a-portal-that-people-use")
os.environ.setdefault("CQMS_API_RATE", "1000000/min")

from cqms.settings import *  # noqa: F403

PASSWORD_HASHERS = ["tests.hasher.CheapArgon2"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PERSON_RATES = dict.fromkeys(PERSON_RATES, "1000000/h")  # noqa: F405 - everybody of the cast does everything at once
