"""The one place that wires: settings, clock, store, Google, tables. Doors and the command line get an `App` from here."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from expediente import adjustments, codec
from expediente.clock import Clock, clock_from
from expediente.errors import ConfigurationError
from expediente.form_definition import FormDefinition, load_forms
from expediente.google import Google
from expediente.model import Site
from expediente.process import Process, load
from expediente.settings import Settings
from expediente.store import Store

if TYPE_CHECKING:
    from expediente.gateway import Gateway

# A change of the workbook Ajustes is in force everywhere within two minutes: the one in which it is read, and this one.
KEEP_UP_EVERY = timedelta(seconds=55)


@dataclass
class Metrics:
    """Counts of this process, for tests and benchmarks."""

    commits: int = 0


@dataclass
class App:
    """Everything that a door needs, made when first used: a door that needs no Google never imports it."""

    settings: Settings
    metrics: Metrics = field(default_factory=Metrics)
    _adjusted: str = field(default="", init=False, repr=False)
    _looked_at: datetime | None = field(default=None, init=False, repr=False)

    @cached_property
    def clock(self) -> Clock:
        """The product's time."""
        return clock_from(self.settings)

    @cached_property
    def store(self) -> Store:
        """SQLite on one machine, Firestore in the cloud."""
        if self.settings.store_kind == "sqlite":
            from expediente.store_sqlite import SqliteStore

            return SqliteStore(self.settings.store_path)
        from expediente.store_firestore import FirestoreStore

        return FirestoreStore(self.settings.project_id)

    @cached_property
    def google(self) -> Google:
        """Google's services over the one transport."""
        return Google(self.settings, self.clock)

    @cached_property
    def tables(self) -> Process:
        """The tables of process/, sheets_templates/ and forms/ alone."""
        return load(self.settings.process_root)

    @cached_property
    def process(self) -> Process:
        """The process in force: the tables with what the company has changed in the workbook Ajustes; `keep_up` renews it."""
        self.take_adjustments()
        process: Process = self.__dict__["process"]
        return process

    def take_adjustments(self) -> None:
        """Take up the version of the adjustments that is stored now; one that is in force already is not built again."""
        found = self.store.get(adjustments.KIND, adjustments.MAIN)
        version = found.version if found else ""
        if "process" in self.__dict__ and version == self._adjusted:
            return
        record = adjustments.read(found.data) if found else None
        self.__dict__["process"] = adjustments.sound(self.tables, record.values) if record else self.tables
        self._adjusted = version

    def keep_up(self) -> None:
        """At the beginning of a door's work: look for a newer version, at most once a minute."""
        now = self.clock.now()
        if self._looked_at is None or not timedelta(0) <= now - self._looked_at < KEEP_UP_EVERY:
            self._looked_at = now
            self.take_adjustments()

    @cached_property
    def forms(self) -> dict[str, FormDefinition]:
        """The forms of forms/ by their names."""
        return load_forms(self.process.folder)

    @property
    def intake_form(self) -> FormDefinition:
        """The intake form of forms/intake.yaml."""
        return self.forms["intake"]

    @cached_property
    def site(self) -> Site:
        """What `setup` made.

        :raises ConfigurationError: setup has not been run against this store.
        """
        found = self.store.get("site", "main")
        if found is None:
            raise ConfigurationError("site", "todavía no se ha preparado el sitio", "Ejecute `expediente setup`.")
        return codec.from_data(Site, found.data)

    @cached_property
    def csrf_secret(self) -> bytes:
        """What the forms of the signed-in pages are proven with.

        :raises ConfigurationError: it is not configured, or too short.
        """
        return self.settings.read_secret("csrf_secret", os.environ)

    @cached_property
    def portal_secret(self) -> bytes:
        """What sessions and forms of the portal are proven with.

        :raises ConfigurationError: it is not configured, or too short.
        """
        return self.settings.read_secret("portal_secret", os.environ)

    @cached_property
    def gateways(self) -> dict[str, Gateway]:
        """The payment gateways by key, as far as this installation has their settings.

        :raises ConfigurationError: a secret that the settings point to is not there.
        """
        from expediente import gateway_table

        def secret(name: str) -> bytes:
            return self.settings.read_secret(name, os.environ) if getattr(self.settings, name) else b""

        return gateway_table.gateways(self.process.payments, self.settings, secret)

    def publish_order(self, order_id: str) -> None:
        """Say "ask what became of this payment"."""
        self.google.pubsub.publish(self.settings.work_topic, {"order_id": order_id})

    def publish_work(self, dossier_id: str) -> None:
        """Say "look at this dossier"."""
        self.google.pubsub.publish(self.settings.work_topic, {"dossier_id": dossier_id})

    def publish_ledger(self) -> None:
        """Say "a file of Cartera waits"."""
        self.google.pubsub.publish(self.settings.work_topic, {"ledger": "due"})

    def publish_mail(self, sender: str) -> None:
        """Say "this sender has mail waiting"."""
        self.google.pubsub.publish(self.settings.mail_topic, {"sender": sender})


def app() -> App:
    """The App of this process, with the process that is in force in this minute; every door begins here."""
    found = _app()
    found.keep_up()
    return found


@lru_cache(maxsize=1)
def _app() -> App:
    """The App of this process, from its environment."""
    return App(Settings.from_env(os.environ))


def setup_logging(level: str) -> None:
    """Structured lines on stdout as Cloud Logging reads them; only ids and keys are ever put into `extra`."""
    import logging

    class Line(logging.Formatter):
        _standard = frozenset(vars(logging.makeLogRecord({})))

        def format(self, record: logging.LogRecord) -> str:
            fields = {key: str(value) for key, value in vars(record).items() if key not in self._standard and key != "message"}
            line = {"severity": record.levelname, "message": record.getMessage(), "logger": record.name, **fields}
            if record.exc_info and record.exc_info[0]:
                line["error"] = record.exc_info[0].__name__
                line["where"] = _where(record.exc_info[2])
            return json.dumps(line, ensure_ascii=True)

    handler = logging.StreamHandler()
    handler.setFormatter(Line())
    logging.basicConfig(level=level, handlers=[handler], force=True)


def _where(trace: object) -> str:
    """File and line of each frame of ours, without values: a traceback's text could hold a client's data."""
    import traceback
    from types import TracebackType

    if not isinstance(trace, TracebackType):
        return ""
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(traceback.extract_tb(trace)))
