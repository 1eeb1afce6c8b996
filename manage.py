#!/usr/bin/env python
"""Iria's command line. `python manage.py up` runs everything; `python manage.py help` lists the rest."""

from __future__ import annotations

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iria.settings")
    from iria.env import exit_on_bad_environment
    from iria.private_files import write_privately

    write_privately()
    if sys.argv[1:2] == ["up"] and not {"-h", "--help"} & set(sys.argv[2:]):
        # The supervisor stays without Django: it must be small, and quick to start and to stop.
        from iria.runner.supervisor import main as up

        with exit_on_bad_environment():
            sys.exit(up(sys.argv[2:]))

    from django.core.management import execute_from_command_line
    from django.db import DatabaseError

    with exit_on_bad_environment():
        try:
            execute_from_command_line(sys.argv)
        except DatabaseError as error:
            explain(error)
            raise


def explain(error: Exception) -> None:
    """End with a sentence where it is not the program's fault: no tables yet, or no database there."""
    from django.db import connection

    from iria.env import EnvironmentProblem

    text = str(error)
    if "no such table" in text or ("relation" in text and "does not exist" in text):
        raise EnvironmentProblem(
            "The database has no tables yet. Run `python manage.py migrate`, or `python manage.py "
            "up`, which does it for you."
        ) from None
    if connection.connection is None:
        reason = " ".join(text.split())
        where = "DATABASE_URL" if os.environ.get("DATABASE_URL", "").strip() else "IRIA_DATA"
        raise EnvironmentProblem(f"The database in {where} can't be reached: {reason}") from None


if __name__ == "__main__":
    main()
