"""Celery tasks of the people's side."""

from __future__ import annotations
