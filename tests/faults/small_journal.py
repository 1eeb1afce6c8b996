"""Imported by workers whose journal's disk fills up: they make room in small pieces, so that a small send needs more of
it in the middle, as a large one does in life."""

from __future__ import annotations

import os

from newsletters.delivery.engine.journal import writing

writing.SEGMENT = int(os.environ["FAULTS_JOURNAL_SEGMENT"])  # bytes
