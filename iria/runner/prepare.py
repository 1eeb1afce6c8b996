"""Before the two processes start: bring the database up to date and, when it is empty, fill it with the demo institute
and an owner's account. Run by the supervisor as a process of its own, which alone opens the database.

May be run any number of times; a second run changes nothing. Ends with status 2 and one sentence for what the operator
must mend.
"""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections.abc import Callable
from pathlib import Path

import django
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from iria import env


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iria.settings")
    with env.exit_on_bad_environment():
        django.setup()
        folders()
        for step in (reach_database, bring_up_to_date, owner, fill, keep_demo_in):
            wait_while_locked(step)
    return 0


LOCKED_FOR = 120.0  # seconds that a backup or another program may keep the database to itself


def wait_while_locked(step: Callable[[], None]) -> None:
    """Each step is all or nothing, so it may simply be begun again."""
    deadline = time.monotonic() + LOCKED_FOR
    said = False
    while True:
        try:
            step()
        except DatabaseError as error:  # of a migration, too, which has one of its own
            connection.close()
            if "locked" not in str(error):
                raise
            if time.monotonic() > deadline:
                raise env.EnvironmentProblem(
                    "The database is locked by another program. End that program, then start Iria again."
                ) from None
            if not said:
                print("The database is locked by another program. Waiting …", flush=True)
                said = True
            time.sleep(0.5)
        else:
            return


def folders() -> None:
    from django.conf import settings

    for folder in (settings.STATIC_ROOT, settings.MEDIA_ROOT):
        Path(folder).mkdir(parents=True, exist_ok=True)


def reach_database() -> None:
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        if "locked" in str(error):
            raise
        name = "DATABASE_URL" if env.text("DATABASE_URL") else "IRIA_DATA"
        reason = " ".join(str(error).split())
        raise env.EnvironmentProblem(f"The database in {name} can't be opened: {reason}") from None


def bring_up_to_date() -> None:
    """`migrate` looks at every permission and content type, which takes a second: only when there is something new.

    `migrate` also records, every time, that an installation which applied an app's old migrations has applied the one
    that replaces them. So that is done here too: else it would be applied there once the old ones are deleted.
    """
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)
    else:
        executor.check_replacements()


def owner() -> None:
    """The first account, which may do everything. Its password is shown once, when it is made, and kept nowhere."""
    from django.contrib.auth.models import User

    from lib.addresses import BadAddress, normalise

    if User.objects.filter(is_superuser=True).exists():
        return
    try:
        email = normalise(env.text("IRIA_ADMIN_EMAIL", "admin@iria.example"))
    except BadAddress as problem:
        raise env.EnvironmentProblem(f"IRIA_ADMIN_EMAIL: {problem}") from None
    given = env.text("IRIA_ADMIN_PASSWORD")
    password = given or secrets.token_urlsafe(9)
    User.objects.create_superuser(username=email, email=email, password=password)
    shown = "the password in IRIA_ADMIN_PASSWORD" if given else password
    print(f"Login: {email} / {shown}", flush=True)


def fill() -> None:
    """The demo institute, in a database that holds nothing yet: all of it or, on an error, nothing. With DEMO=0 the
    database stays empty, and the first login opens the set-up."""
    from django.conf import settings

    from iria.demo.seed_files import BadSeed
    from iria.demo.seeding import is_empty, load_demo

    if not env.boolean("DEMO", default=True) or not is_empty():
        return
    try:
        load_demo()
    except BadSeed as problem:
        raise env.EnvironmentProblem(str(problem)) from None
    if not settings.INBOX_ENABLED:
        print("The demo's edition stays a draft, and its readers are suppressed, since EMAIL_URL is set.", flush=True)


def keep_demo_in() -> None:
    from iria.demo.keeping_in import keep_demo_in
    from iria.demo.seed_files import BadSeed

    try:
        keep_demo_in()
    except BadSeed as problem:
        raise env.EnvironmentProblem(str(problem)) from None


if __name__ == "__main__":
    sys.exit(main())
