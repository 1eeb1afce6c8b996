"""gunicorn in production: `gunicorn --config deploy/gunicorn.conf.py iria.wsgi`. WEB_BIND and WEB_WORKERS change it."""

from __future__ import annotations

import multiprocessing
import os

bind = os.environ.get("WEB_BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "") or min(multiprocessing.cpu_count() + 1, 8))
threads = 8
timeout = 60
graceful_timeout = 20
keepalive = 30  # longer than a proxy's pause between two requests of one page
max_requests = 20_000  # a worker is replaced now and then, so that no leak lives for months
max_requests_jitter = 2_000
accesslog = None  # the reverse proxy writes one, and addresses of readers belong into as few files as possible
errorlog = "-"
