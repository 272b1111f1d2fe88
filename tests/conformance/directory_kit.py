"""What the tests of the Directory API share."""

from __future__ import annotations

import json
from typing import Any

import pytest
from googleapiclient.errors import HttpError


def refusal(call: Any) -> dict[str, Any]:
    """The error that a call ends with."""
    with pytest.raises(HttpError) as caught:
        call.execute()
    error: dict[str, Any] = json.loads(caught.value.content)["error"]
    return error
