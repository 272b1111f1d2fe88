"""Google's services as plain values in and out, made from the settings when first used."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING

from expediente.google.clients import Clients, Scopes

if TYPE_CHECKING:
    from expediente.clock import Clock
    from expediente.google.drive import Drive
    from expediente.google.forms import Forms
    from expediente.google.gmail import Gmail, Inbox
    from expediente.google.pubsub import PubSub
    from expediente.google.sheets import Sheets
    from expediente.google.storage import Storage
    from expediente.settings import Settings

__all__ = ["Google"]


class Google:
    """All adapters of one process. Each identity holds the scopes of its own row in `Scopes` and no other."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clients = Clients(settings, clock)
        self._mailboxes: dict[str, Gmail] = {}
        self._lock = threading.Lock()

    @cached_property
    def drive(self) -> Drive:
        """Drive as the service account."""
        from expediente.google.drive import Drive

        return Drive(self._clients.resources(Scopes.WORK))

    @cached_property
    def sheets(self) -> Sheets:
        """Sheets as the service account."""
        from expediente.google.sheets import Sheets

        return Sheets(self._clients.resources(Scopes.WORK))

    @cached_property
    def forms(self) -> Forms:
        """Responses and watches as the forms' owner. :raises ConfigurationError: no owner is configured."""
        return self._forms(Scopes.FORMS)

    @cached_property
    def forms_setup(self) -> Forms:
        """Making and publishing forms as their owner; for `setup` alone. :raises ConfigurationError: no owner is configured."""
        return self._forms(Scopes.FORMS_SETUP)

    @cached_property
    def forms_drive(self) -> Drive:
        """The owner's Drive, for who may answer a form that `setup` made. :raises ConfigurationError: no owner is configured."""
        from expediente.google.drive import Drive

        self._settings.need("forms_owner")
        return Drive(self._clients.resources(Scopes.FORMS_SETUP, self._settings.forms_owner))

    def gmail(self, sender: str) -> Gmail:
        """Mail as one of the configured senders. :raises ConfigurationError: not one of them."""
        from expediente.google.gmail import Gmail

        with self._lock:
            key = sender.lower()
            if key not in self._mailboxes:
                self._mailboxes[key] = Gmail(self._clients.resources(Scopes.MAIL, key), key)
            return self._mailboxes[key]

    def inbox(self, sender: str) -> Inbox:
        """The headers of what comes to one of the configured senders. :raises ConfigurationError: not one of them."""
        from expediente.google.gmail import Inbox

        return Inbox(self._clients.resources(Scopes.MAIL_HEADERS, sender))

    @cached_property
    def storage(self) -> Storage:
        """The buckets for evidence and for what is handed in."""
        from expediente.google.storage import Storage

        return Storage(self._clients.resources(Scopes.STORAGE))

    @cached_property
    def pubsub(self) -> PubSub:
        """Pub/Sub topics of the project."""
        from expediente.google.pubsub import PubSub

        return PubSub(self._clients.resources(Scopes.PUBSUB))

    def _forms(self, scopes: tuple[str, ...]) -> Forms:
        from expediente.google.forms import Forms

        self._settings.need("forms_owner")
        return Forms(self._clients.resources(scopes, self._settings.forms_owner))
