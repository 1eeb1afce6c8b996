"""The secret that signs every link: the operator's, or one that an embedded installation makes for itself."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from iria.env import EnvironmentProblem


def secret_key(*, production: bool, data: Path) -> str:
    """`SECRET_KEY`; when embedded and unset, one that was made on the first start and is kept in the data folder."""
    value = os.environ.get("SECRET_KEY", "").strip()  # as it is, quotes too: links were signed with it
    if value:
        if production and (len(value) < 32 or len(set(value)) < 8 or "insecure" in value or "changeme" in value):
            raise EnvironmentProblem(
                "SECRET_KEY is too weak for production. Use 50 random characters, for example from "
                "`python -c 'import secrets; print(secrets.token_urlsafe(50))'`."
            )
        return value
    if production:
        raise EnvironmentProblem(
            "SECRET_KEY is not set. In production every sign-up and unsubscribe link depends on it. "
            "Set it to 50 random characters and never change it."
        )
    path = data / "secret_key"
    try:
        data.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        kept = path.read_text().strip()
        if not kept:
            raise EnvironmentProblem(f"{path} is empty. Delete it, and Iria creates a new secret.") from None
        return kept
    except OSError as error:
        raise EnvironmentProblem(f"IRIA_DATA ({data}) isn't writable: {error.strerror}.") from None
    with os.fdopen(handle, "w") as file:
        file.write(made := secrets.token_urlsafe(50))
    return made
