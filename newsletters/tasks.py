"""Celery tasks: load by id, call one function of a stage. Each may run twice, may be lost, and is made again by
`reconcile`."""

from __future__ import annotations
