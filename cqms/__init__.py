"""The platform of the quality portal: it carries records, people and evidence, and knows no clinical word.

Importing it loads the Celery application, so that tasks find their broker wherever the project runs.
"""

from cqms.celery import app as celery_app

__all__ = ["celery_app"]
