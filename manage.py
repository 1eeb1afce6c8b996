#!/usr/bin/env python
"""Iria's command line. `python manage.py up` runs everything; `python manage.py help` lists the rest."""

from __future__ import annotations

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iria.settings")
    from iria.env import exit_on_bad_environment

    if sys.argv[1:2] == ["up"] and not {"-h", "--help"} & set(sys.argv[2:]):
        # The supervisor stays without Django: it must be small, and quick to start and to stop.
        from iria.up.supervisor import main as up

        with exit_on_bad_environment():
            sys.exit(up(sys.argv[2:]))

    from django.core.management import execute_from_command_line

    with exit_on_bad_environment():
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
