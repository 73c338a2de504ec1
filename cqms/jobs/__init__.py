"""Jobs: slow, wide or external work. The row is the truth; Celery only brings it to a worker."""
