"""Pub/Sub: saying "look at this". Source: Pub/Sub REST API v1."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from expediente.google.clients import Resources


class PubSub:
    """Topics of the project. Every method may raise a `GoogleError`."""

    def __init__(self, api: Resources) -> None:
        self._api = api

    def publish(self, topic: str, attributes: Mapping[str, str], data: bytes = b"") -> str:
        """Publish one message and give its id. topic: complete name, `projects/P/topics/T`; ids only, never personal data.

        After a DoubtfulError just publish again: whoever receives it must stand doubles anyway.
        """
        message: dict[str, object] = {"attributes": dict(attributes)} if attributes else {}
        if data:
            message["data"] = base64.b64encode(data).decode()
        answer = self._api.execute(self._api.topics.publish(topic=topic, body={"messages": [message]}))
        return str(answer["messageIds"][0])
