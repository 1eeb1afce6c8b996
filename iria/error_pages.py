"""The pages of last resort: files without a tag, in the language of the address; nothing in them can fail.

A database that is locked, away or being upgraded isn't a fault of the program: 503 with Retry-After, so that a mail
program's one-click unsubscribe, a proxy and a search engine come again.
"""

from __future__ import annotations

import logging
import sqlite3
import sys

from django.db import Error as DatabaseProblem
from django.db import InterfaceError, OperationalError, ProgrammingError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from iria.languages import language_of_path
from lib.problem_details import is_for_a_program, problem
from newsletters.site.look import last_style

logger = logging.getLogger(__name__)

RETRY_AFTER = 10  # seconds
_PASSING_IN_SQLITE = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
}  # fmt: skip
_NO_SUCH_TABLE_OR_COLUMN = {"42P01", "42703"}  # of PostgreSQL: code and tables are of two versions


def is_passing(error: BaseException | None) -> bool:
    """Whether the database refused for now, and not because of what was asked."""
    if not isinstance(error, DatabaseProblem):
        return False
    cause = error.__cause__
    if isinstance(cause, sqlite3.OperationalError):
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # without what extends it
        return code in _PASSING_IN_SQLITE or str(cause).startswith(("no such table", "no such column"))
    if isinstance(error, ProgrammingError):
        return getattr(cause, "sqlstate", None) in _NO_SUCH_TABLE_OR_COLUMN
    return isinstance(error, OperationalError | InterfaceError)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500; called while the error is being handled."""
    error = sys.exc_info()[1]
    if not is_passing(error):
        return _answer(500, request, "Something went wrong here, and is logged.")
    logger.error("503 for %s %s: %s", request.method, request.path, str(error).partition("\n")[0])
    answer = _answer(503, request, f"The database can't answer now. Try again in {RETRY_AFTER} seconds.")
    answer["Retry-After"] = str(RETRY_AFTER)
    answer["Cache-Control"] = "no-store"
    answer._has_been_logged = True  # type: ignore[attr-defined]  # else Django logs it again, with its traceback
    return answer


def _answer(status: int, request: HttpRequest, sentence: str) -> HttpResponse:
    """A program gets the sentence, a visitor a page."""
    if is_for_a_program(request):
        return problem(status, sentence)
    return HttpResponse(_page(str(status), request), status=status)


def _page(name: str, request: HttpRequest) -> str:
    """The file, in the colours of the last page that could be made."""
    code = language_of_path(request.path_info)
    page = render_to_string(f"{name}.{code}.html" if code != "en" else f"{name}.html")
    return page.replace("</style>", f"{last_style()}</style>", 1)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(400, request, "This request can't be read.")
