"""Cartera's files taken in beside the pages of the portal: rows as a CSV file, PDFs dropped into a folder that stands for Drive's."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from expediente import codec, ledger_files, ledger_rows, ledger_template
from expediente.errors import NotFoundError
from expediente.ledger_file_data import KIND, FileState, LedgerFile
from expediente.ledger_take import Clients, Taker
from expediente.ledger_values import Look
from expediente.model import Dossier, Site
from expediente.store import Create
from tests.portal.portal_kit import PortalApp

ROOT = Path(__file__).parents[2]
TEMPLATE = ledger_template.template(ROOT)
DAY = date(2027, 6, 30)
LEDGER = {"incoming": "entrada", "done": "procesado", "answered": "revisado"}


class Drop:
    """The folder `Cartera/Entrada`. answers: made workbooks by name; broken: what a download raises, by file id."""

    def __init__(self, app: PortalApp) -> None:
        self.app = app
        self.bytes: dict[str, bytes] = {}
        self.parents: dict[str, str] = {}
        self.answers: dict[str, bytes] = {}
        self.broken: dict[str, Exception] = {}
        app.__dict__["site"] = replace(app.site, ledger=LEDGER) if isinstance(app.site, Site) else app.site
        storage = app.google.storage
        storage.put_once = lambda bucket, name, data, mime: app.objects.setdefault(name, data)
        app.__dict__["google"] = SimpleNamespace(storage=storage, drive=self)
        app.__dict__["publish_ledger"] = lambda: None
        for code in ("C01", "C02"):
            found = next((read for read in _dossiers(app) if read.denarius_code == f"DEN-{code}"), None)
            if found and app.store.get("unique", f"denarius/DEN-{code}") is None:
                app.store.commit([Create("unique", f"denarius/DEN-{code}", {"dossier_id": found.dossier_id})])

    # --- Drive, as far as the import asks it ---------------------------------------------------------------------------------

    def download(self, file_id: str) -> bytes:
        """The bytes that were dropped."""
        if file_id in self.broken:
            raise self.broken[file_id]
        if file_id not in self.bytes:
            raise NotFoundError("drive.files.get", 404, "notFound")
        return self.bytes[file_id]

    def get_file(self, file_id: str) -> Any:
        """Where a file lies."""
        return SimpleNamespace(parents=(self.parents[file_id],))

    def move(self, file_id: str, to: str, _: str) -> None:
        """Put a file elsewhere."""
        self.parents[file_id] = to

    def new_ids(self, count: int) -> list[str]:
        """Ids for files to come."""
        return [f"respuesta-{len(self.answers)}-{n}" for n in range(count)]

    def upload(self, file_id: str, name: str, *said: Any) -> None:
        """Keep an answer."""
        self.answers[name] = said[2]

    # --- what people do ------------------------------------------------------------------------------------------------------

    def put(self, name: str, data: bytes) -> str:
        """Drop a file and have the change feed note it; gives its key."""
        digest = hashlib.sha256(data).hexdigest()
        file_id = f"f{len(self.bytes)}"
        self.bytes[file_id], self.parents[file_id] = data, "entrada"
        now = self.app.clock.now()
        file = LedgerFile(f"{file_id}-{digest[:32]}", file_id, digest, name, "x", "cartera", now, next_look_at=now)
        self.app.store.commit([Create(KIND, file.key, codec.to_data(file))])
        return file.key

    def drop(self, name: str, data: bytes) -> LedgerFile:
        """Drop a file and have the minute work on it; gives how it stands."""
        key = self.put(name, data)
        ledger_files.work(self.app)
        return self.file(key)

    def file(self, key: str) -> LedgerFile:
        """A file as it stands."""
        found = self.app.store.get(KIND, key)
        assert found is not None
        return codec.from_data(LedgerFile, found.data)

    def rows(self, *rows: dict[str, str]) -> list[str]:
        """Take rows of one tab in; gives what is said beside each."""
        look = Look(TEMPLATE, self.app.process.company.currency, DAY)
        pile = list(ledger_rows.read(look, ROOT, csv_of(*rows)).rows())
        clients, told = Clients(self.app), list[str]()
        while pile:
            batch = Taker(self.app, TEMPLATE, clients, "prueba").take(pile)
            assert len(batch.writes) <= 500
            self.app.store.commit(batch.writes)
            told += batch.results
            pile = pile[len(batch.results) :]
        return told


def csv_of(*rows: dict[str, str]) -> bytes:
    """Rows as a CSV file; the columns are those of all rows."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = [columns, *([row.get(name, "") for name in columns] for row in rows)]
    return "\r\n".join(",".join(f'"{cell}"' for cell in line) for line in lines).encode()


def invoice(client: str, number: str, total: str = "100.00", **more: str) -> dict[str, str]:
    """A row of an invoice. client: case; more: by heading, `_` for a blank."""
    amount = Decimal(total)
    said = {"Código de Denarius": f"DEN-{client}", "Factura": number, "Fecha": "01/04/2027", "Vence": "01/05/2027"}
    money = {"Subtotal": f"{amount}", "ITBMS": "0", "Total": f"{amount}"}
    return said | money | {name.replace("_", " "): text for name, text in more.items()}


def payment(client: str, reference: str, amount: str, **more: str) -> dict[str, str]:
    """A row of a payment; as `invoice`."""
    said = {
        "Código de Denarius": f"DEN-{client}",
        "Referencia": reference,
        "Tipo": "Pago",
        "Fecha": "10/04/2027",
        "Monto": amount,
    }
    return said | {name.replace("_", " "): text for name, text in more.items()}


def _dossiers(app: PortalApp) -> list[Dossier]:
    reads = app.store.query("dossiers_by_state", equals="active")
    return [codec.from_data(Dossier, read.data) for read in reads]


__all__ = ["DAY", "LEDGER", "ROOT", "TEMPLATE", "Drop", "FileState", "csv_of", "invoice", "payment"]
