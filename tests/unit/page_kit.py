"""Everything around the signed pages: an application over SQLite, a proxy that signs for people, dossiers in each state."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from flask import Request, Response
from werkzeug.test import EnvironBuilder

from expediente import activate, acts, codec, compliance, confirm, marks, page
from expediente.bootstrap import App
from expediente.clock import Clock
from expediente.control_layout import OBSERVED_ROW, REASON_ROW, mark_row
from expediente.google.drive import FileInfo
from expediente.google.sheets import Column, ColumnLookup
from expediente.intake_data import Address, ClientData, Contact, Identity, Intake, Order, Schedule, ServicePoint, Shareholder
from expediente.model import (
    ComplianceState,
    Confirmation,
    DeliveredFile,
    Dossier,
    Event,
    Evidence,
    Fact,
    Paper,
    PaperState,
    Site,
    State,
    StepRecord,
)
from expediente.papers import required_papers
from expediente.point_data import Assignment, Point
from expediente.process import Process, load
from expediente.settings import Settings
from expediente.store import Create, Update
from expediente.store_sqlite import SqliteStore
from expediente.work import Work

AUDIENCE = "/projects/1/locations/us-east1/services/page"
ISSUER = "https://cloud.google.com/iap"
SITE = "https://paginas.blindados-demo.example.com"
DOSSIER = "EXP-7K2M9QXA"
NOW = datetime(2026, 3, 10, 19, 5, tzinfo=UTC)
DOMAIN = "blindados-demo.example.com"
OPERACIONES, SEGURIDAD, SALA = f"operaciones.uno@{DOMAIN}", f"seguridad.uno@{DOMAIN}", f"sala.uno@{DOMAIN}"
EXPEDIENTES, CUMPLIMIENTO, VENDEDORA = f"encargado.uno@{DOMAIN}", f"cumplimiento.uno@{DOMAIN}", f"vendedora.uno@{DOMAIN}"
SIGNING, CLOSING, REVIEW = f"/confirmar/{DOSSIER}/operaciones", f"/cierre/{DOSSIER}", f"/cumplimiento/{DOSSIER}"


# --- the proxy -----------------------------------------------------------------------------------------------------------------


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Proxy:
    """Signs as the identity-aware proxy does. fetches: how often its keys were asked for."""

    keys: dict[str, ec.EllipticCurvePrivateKey] = field(default_factory=lambda: {"k1": ec.generate_private_key(ec.SECP256R1())})
    url: str = ""
    fetches: int = 0
    down: bool = False

    def public_keys(self) -> dict[str, str]:
        """Key id -> public key in PEM, as they are served."""
        form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        return {name: key.public_key().public_bytes(*form).decode() for name, key in self.keys.items()}

    def sign(self, address: str | None, key_id: str = "k1", **changes: Any) -> str:
        """An assertion for that address; changes: claims that differ, None = left out; times among them are seconds from now."""
        now = int(time.time())
        changes |= {name: now + value for name, value in changes.items() if name in ("iat", "exp") and isinstance(value, int)}
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "iat": now - 5,
            "exp": now + 595,
            "sub": "accounts.google.com:1",
            "email": address,
        }
        said = {name: value for name, value in (claims | changes).items() if value is not None}
        return signed(self.keys[key_id], {"alg": "ES256", "typ": "JWT", "kid": key_id}, said)


def signed(key: ec.EllipticCurvePrivateKey, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A token with an ES256 signature, whatever its header says."""
    head = f"{_b64(json.dumps(header).encode())}.{_b64(json.dumps(claims).encode())}"
    r, s = decode_dss_signature(key.sign(head.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{head}.{_b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


@contextmanager
def serving(proxy: Proxy) -> Iterator[Proxy]:
    """Serve the proxy's public keys on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            proxy.fetches += 1
            body = json.dumps(proxy.public_keys()).encode()
            self.send_response(503 if proxy.down else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}/public_key"
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# --- the application -----------------------------------------------------------------------------------------------------------


@dataclass
class HandClock(Clock):
    """A clock that stands where it is put."""

    at: datetime = NOW

    def now(self) -> datetime:
        """The instant at which it stands."""
        return self.at


@dataclass
class Cabinet:
    """Cumplimiento's folder, as Drive would list it when a decision is taken in. The pages never look."""

    files: list[FileInfo] = field(default_factory=list)

    def children(self, parent_id: str, mime: str = "", drive_id: str = "") -> list[FileInfo]:
        """What lies in it."""
        return self.files


@dataclass
class StillSheet:
    """The control sheet exactly as the records have it, as Sheets would give it: nobody has typed anything since.

    dossier: the record that is meant; None = the stored one.
    """

    app: PageApp
    dossier: Dossier | None = None

    def read_columns(self, spreadsheet_id: str, lookups: Sequence[ColumnLookup]) -> list[Column | None]:
        """The hidden keys and the areas' columns."""
        dossier = self.dossier or self._stored()
        keys = list(dict.fromkeys(mark_row(slot.key) for slot in marks.all_slots(self.app.process, dossier)))
        keys += [OBSERVED_ROW, REASON_ROW]
        return [
            Column(lookup, "Control!A:A", tuple(self._cell(dossier, lookup.value, key) for key in keys)) for lookup in lookups
        ]

    def _stored(self) -> Dossier:
        found = self.app.store.get("dossier", DOSSIER)
        assert found is not None
        return codec.from_data(Dossier, found.data)

    def _cell(self, dossier: Dossier, column: str, key: str) -> str | bool:
        area = column.removeprefix("area:")
        observation = dossier.observations.get(area)
        if column == "keys":
            return key
        if key in (OBSERVED_ROW, REASON_ROW):
            return (observation.reason if observation else "") if key == REASON_ROW else observation is not None
        mark = dossier.marks.get(f"{area}/{key.removeprefix('mark:')}")
        return bool(mark and mark.ticked)


class PageApp(App):
    """The application as the pages see it: its own store and clock, what it publishes is kept."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.published: list[str] = []
        self.hand_clock = HandClock()
        self.cabinet = Cabinet()
        self.__dict__["clock"] = self.hand_clock
        self.__dict__["google"] = SimpleNamespace(drive=self.cabinet, sheets=StillSheet(self))
        self.__dict__["site"] = Site("drive-1", "drive-2", {}, {})
        self.__dict__["process"] = the_process()
        self.__dict__["csrf_secret"] = b"s" * 32

    def publish_work(self, dossier_id: str) -> None:
        """Keep what would be published."""
        self.published.append(dossier_id)


@cache
def the_process() -> Process:
    """The tables of the repository."""
    return load()


def new_app(folder: Path, keys_url: str, page_url: str = SITE) -> PageApp:
    """An application with an empty store in `folder`."""
    settings = Settings(
        project_id="demo",
        service_account="robot@demo.iam.gserviceaccount.com",
        store_kind="sqlite",
        store_path=str(folder / "store.db"),
        page_url=page_url,
        page_audience=AUDIENCE,
        page_keys_url=keys_url,
        csrf_secret="env:NOT_READ_HERE",
    )
    app = PageApp(settings)
    app.__dict__["store"] = SqliteStore(settings.store_path)
    return app


@dataclass
class Browser:
    """Asks for pages as a person whom the proxy has recognised; address None = without assertion."""

    app: PageApp
    proxy: Proxy

    def get(self, address: str | None, path: str, method: str = "GET", **more: Any) -> Response:
        """The answer to a request without body."""
        return self.ask(address, method=method, path=path, **more)

    def post(self, address: str | None, path: str, fields: dict[str, str], **headers: str) -> Response:
        """The answer to a form."""
        more = {"Origin": SITE, "Sec-Fetch-Site": "same-origin"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        body = urlencode(fields).encode()
        return self.ask(
            address, method="POST", path=path, data=body, content_type="application/x-www-form-urlencoded", headers=more
        )

    def ask(self, address: str | None, **environ: Any) -> Response:
        """The answer to any request."""
        headers = dict(environ.pop("headers", {}))
        if address is not None:
            headers["x-goog-iap-jwt-assertion"] = self.proxy.sign(address)
        request = Request(EnvironBuilder(headers=headers, **environ).get_environ())
        return page.answer(self.app, request)

    def form(self, address: str, path: str) -> dict[str, str]:
        """The hidden fields of a page's form; {} when it has none."""
        return hidden_fields(self.get(address, path).get_data(as_text=True))

    def sign(self, address: str, path: str, **more: str) -> Response:
        """Open a page and send its form."""
        return self.post(address, path, self.form(address, path) | more)

    def inbox(self) -> list[Fact]:
        """The facts that wait."""
        return [codec.from_data(Fact, read.data) for read in self.app.store.query("waiting_facts")]

    def fold(self) -> None:
        """Take the waiting facts in, as the work door would."""
        folds = {
            "signature": confirm.fold_signature,
            "closing": activate.fold_closing,
            "compliance": compliance.fold,
            "act": acts.fold,
        }
        for fact in self.inbox():
            found = self.app.store.get("dossier", fact.dossier_id)
            assert found is not None
            work = Work(self.app, codec.from_data(Dossier, found.data), found.version)
            folds[fact.kind](work, fact)
            work.forget_fact(fact.event_id)
            work.commit()

    def change(self, **changes: Any) -> None:
        """Change the dossier, as another process might."""
        found = self.app.store.get("dossier", DOSSIER)
        assert found is not None
        dossier = replace(codec.from_data(Dossier, found.data), **changes)
        self.app.store.commit([Update("dossier", DOSSIER, codec.to_data(dossier), found.version)])

    def dossier(self) -> Dossier:
        """The dossier as stored."""
        found = self.app.store.get("dossier", DOSSIER)
        assert found is not None
        return codec.from_data(Dossier, found.data)

    def events(self) -> list[Event]:
        """The dossier's audit events."""
        return [codec.from_data(Event, read.data) for read in self.app.store.query("events_of_dossier", equals=DOSSIER)]


def hidden_fields(html: str) -> dict[str, str]:
    """Names and values of the hidden fields of a page."""
    import re

    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', html))


def put(app: App, dossier: Dossier) -> None:
    """Store a dossier."""
    app.store.commit([Create("dossier", dossier.dossier_id, codec.to_data(dossier))])


# --- dossiers ------------------------------------------------------------------------------------------------------------------

_ADDRESS = Address("Panamá", "Panamá", "Bella Vista", "Calle 50, edificio Torre Sur, local 3", "Frente a la plaza")
_CONTACT = Contact("main", "Rosa Elena Pinilla", "Gerente de tienda", "+50761230001", "rosa.pinilla@comercial-istmo.example.com")


def a_point(code: str, name: str, **changes: Any) -> ServicePoint:
    """A service point."""
    plain = ServicePoint(
        code,
        name,
        _ADDRESS,
        Contact(code, "Julio Batista", "Encargado de caja", "+50762340002"),
        Schedule(("LU", "MI", "VI"), "09:00", "11:30"),
        Decimal(1800),
        Decimal(25000),
        ("billetes", "monedas"),
        {"bolsas_seguridad": 40, "precintos": 40},
        "Entrada de servicio por el sótano.",
        "Estacionamiento angosto.",
    )
    return replace(plain, **changes)


def an_intake(**client: Any) -> Intake:
    """A client with two points and two shareholders. client: fields of its data that differ."""
    data = ClientData(
        "juridica",
        "Comercial del Istmo, S.A.",
        "Istmo Express",
        "155990001-2-2024",
        "78",
        "Venta al por menor",
        "155990001-2-2024-1",
        "155990001",
        "contacto@comercial-istmo.example.com",
        "+5072001234",
        _ADDRESS,
        _CONTACT,
    )
    owner = Identity("Alcibíades Rodríguez Poveda", "cedula", "8-9901-1234", "Presidente", "Panamá")
    other = Identity("Inversiones Río Abajo, S.A.", "ruc", "155990002-2-2024")
    services = ("recoleccion", "entrega_cambio")
    order = Order("OT-2026-0142", services, date(2026, 3, 16), "Cambio los lunes.", "Tarifa según anexo A.", Decimal(5000))
    points = (a_point("P01", "Tienda Calle 50"), a_point("P02", "Sucursal Albrook"))
    holders = (Shareholder(owner, Decimal(60)), Shareholder(other, Decimal(40), is_company=True))
    return Intake(replace(data, **client), replace(owner, position="Representante legal"), holders, order, points)


def collecting(**changes: Any) -> Dossier:
    """A dossier whose papers are being brought."""
    steps = {f"folder/{key}": StepRecord("done", "create_folder", f"id-{key}") for key in ("root", "legal", "compliance")}
    plain = Dossier(
        DOSSIER, "CLI-1", "juridica:155990001-2-2024", State.COLLECTING, VENDEDORA, NOW, an_intake(), "r1", steps=steps
    )
    return replace(plain, **changes)


def evidence(**changes: Any) -> FileInfo:
    """The dated evidence of a search, as it lies in Cumplimiento's folder."""
    name = "Lista Clinton · Comercial del Istmo.pdf"
    return replace(FileInfo("f-1", name, "application/pdf", modified_at=NOW, by=CUMPLIMIENTO, size_bytes=900), **changes)


def confirming(**changes: Any) -> Dossier:
    """A dossier that the areas confirm: papers, code and review are there; nothing is ticked yet."""
    start = collecting(state=State.CONFIRMING, state_since=NOW)
    slots = [slot for slot in required_papers(the_process(), start.intake) if slot.rule.gate == "handover"]
    steps = {**start.steps, "control_sheet/create": StepRecord("done", "create_spreadsheet", "id-sheet")}
    return replace(
        start,
        **{
            "papers": {slot.key: Paper(PaperState.VERIFIED) for slot in slots},
            "denarius_code": "DEN-000142",
            "physical_location": "Archivador 3, gaveta B",
            "acknowledged_by": EXPEDIENTES,
            "compliance": ComplianceState.PASSED,
            "compliance_by": CUMPLIMIENTO,
            "steps": steps,
        }
        | changes,
    )


def ticked(dossier: Dossier, evidence: Evidence, *keys: str, person: str = "", areas: tuple[str, ...] = ()) -> Dossier:
    """The dossier with those boxes, or all of those areas, ticked; signed where the rule asks for more than an attributed tick."""
    process, found = the_process(), dict(dossier.marks)
    for slot in marks.all_slots(process, dossier):
        if slot.key in keys or slot.area.key in areas:
            who = person or ("" if evidence is Evidence.NONE else process.company.with_role(slot.area.key)[0].address)
            asks = evidence is Evidence.ATTRIBUTED and slot.rule.evidence == "signature"
            found[slot.key] = Confirmation(
                True, Evidence.SIGNED if asks else evidence, who, NOW, marks.read_hash(process, dossier, slot)
            )
    return replace(dossier, marks=found)


def inspected(dossier: Dossier) -> Dossier:
    """The dossier with the inspection of each point delivered."""
    files = {
        f"f-{point.code}": DeliveredFile(
            f"f-{point.code}",
            "Inspección.pdf",
            "application/pdf",
            "security",
            SEGURIDAD,
            NOW,
            (f"inspeccion_seguridad:{point.code}",),
        )
        for point in dossier.intake.points
    }
    return replace(dossier, files={**dossier.files, **files})


def waiting_for_signature(**changes: Any) -> Dossier:
    """All boxes of Operaciones are ticked with a name chosen in the sheet, which needs a signature."""
    return ticked(confirming(**changes), Evidence.DECLARED, areas=("operaciones",))


def assigned() -> Point:
    """A point with its resources."""
    return Point(assignment=Assignment("estandar", "RUTA-1", "TRIP-1", "UNI-1", OPERACIONES, NOW, 1))


def complete(**changes: Any) -> Dossier:
    """Nothing is missing but the closing."""
    areas = tuple(area.key for area in the_process().areas)
    changes = {"points": {code: assigned() for code in ("P01", "P02")}} | changes
    return ticked(inspected(confirming(**changes)), Evidence.ATTRIBUTED, areas=areas)
