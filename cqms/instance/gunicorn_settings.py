"""How gunicorn serves the portal, alone on a machine and in a container."""

from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 – gunicorn makes unpredictable names there

worker_class = "gthread"
workers = 2
threads = 4
preload_app = True  # one import instead of two; no connection is opened before the workers are there
timeout = 120
graceful_timeout = 2
keepalive = 5
max_requests = 5000
max_requests_jitter = 500
worker_tmp_dir = str(_MEMORY) if _MEMORY.is_dir() else None
control_socket_disable = True
accesslog = None
errorlog = "-"
loglevel = "warning"
