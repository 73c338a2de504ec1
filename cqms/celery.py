"""The Celery application. Job rows are the truth, so there is no result backend."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cqms.settings")

app = Celery("cqms")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
