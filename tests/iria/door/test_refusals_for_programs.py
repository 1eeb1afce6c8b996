"""What the door refuses below the API's address is answered for a program."""

from __future__ import annotations

import json

import pytest

from iria.door.refusals import RefusedRequest, refusal


@pytest.mark.parametrize("status", [400, 413, 503])
def test_a_program_gets_problem_details(status: int) -> None:
    found, headers, body = refusal(RefusedRequest(status, "1 MB"), "/api/v1/editions/")
    assert (found, dict(headers)["content-type"]) == (status, "application/problem+json")
    assert json.loads(body)["status"] == status
    assert "<html" in refusal(RefusedRequest(status, "1 MB"), "/")[2]
