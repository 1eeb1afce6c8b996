"""Where the door listens: as the settings say it, in the words of the server behind it."""

from __future__ import annotations

import pytest

from iria.door.serving import Address
from iria.env import EnvironmentProblem


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("127.0.0.1:8000", "127.0.0.1"),
        ("localhost:8000", "127.0.0.1"),
        ("0.0.0.0:8000", "0.0.0.0"),
        ("[::1]:8000", "::1"),
    ],
)
def test_a_name_is_as_good_as_an_address(value: str, address: str) -> None:
    assert Address.parse("WEB_BIND", value).options() == {"address": address, "port": 8000}


def test_a_host_that_there_is_not_is_named() -> None:
    with pytest.raises(EnvironmentProblem, match="“no host”"):
        Address.parse("WEB_BIND", "no host:8000").options()
