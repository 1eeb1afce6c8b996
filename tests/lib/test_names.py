"""Names that lead somewhere are refused; names of people are not."""

from __future__ import annotations

import pytest

from lib.names import AddressInName, check_name


@pytest.mark.parametrize(
    "name",
    [
        "http://evil.example", "Win HTTPS://evil.example now", "ftp://x", "www.evil.example", "WWW.evil.example",
        "ｗｗｗ．evil.example", "eve@evil.example", "eve＠evil.example", "Ada (see bit.ly/x)", "evil.example?a=1",
        "http：／／evil.example", "javascript://x", "evil。example/x", "www .evil.example",
    ],
)  # fmt: skip
def test_a_name_that_leads_somewhere_is_refused_in_words(name: str) -> None:
    with pytest.raises(AddressInName, match="web or email address"):
        check_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "Ada", "J.R.R. Tolkien", "St.John Smith", "Dr. Ada Lovelace, Ph.D.", "O’Brien-Müller", "عائشة", "李小龍",
        "Zoë 🎉", "Ada & Co.", "Sammy Davis Jr.", "X Æ A-12", "Anna: editor", "and/or", "",
    ],
)  # fmt: skip
def test_a_name_of_a_person_is_fine(name: str) -> None:
    assert check_name(name) == name
