"""Pages of the portal without a stack: an application over SQLite, active clients made of sample cases, people who have entered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http.cookies import SimpleCookie
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import urllib3
from flask import Request, Response
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import EnvironBuilder

from expediente import codec, portal, portal_access, portal_session
from expediente.bootstrap import App
from expediente.errors import DoubtfulError, NotFoundError
from expediente.ids import dossier_id_of_response, new_client_id
from expediente.intake_data import Intake
from expediente.ledger_data import ZERO, Account, Allocation, Item, ItemKind, Movement, MovementKind, newest_first
from expediente.model import Client, Dossier, Fact, OutgoingMail, Site, State
from expediente.settings import Settings
from expediente.store import Create, Update
from expediente.store_sqlite import SqliteStore
from local.clients import check_digits
from local.person import PageForm, forms_of
from tests.unit.intake_samples import judged, sample_file
from tests.unit.page_kit import HandClock, the_process

SITE = "https://clientes.blindados-demo.example.com"
# The evening of the day on which the sample accounts are cut off.
NOW = datetime(2027, 6, 30, 22, 0, tzinfo=UTC)
DOMAIN = "blindados-demo.example.com"


class PortalApp(App):
    """The application as the portal sees it: its own store and clock; what it publishes is kept, Google is not there.

    objects: what lies in the bucket of client documents, by name; put it there, pages read it. staged: what was put into the staging bucket.
    """

    def __init__(self, folder: Path, url: str = SITE) -> None:
        settings = Settings(
            project_id="demo",
            service_account="robot@demo.iam.gserviceaccount.com",
            store_kind="sqlite",
            store_path=str(folder / "store.db"),
            portal_url=url,
            portal_secret="env:NOT_READ_HERE",
            client_bucket="cliente-documentos",
            staging_bucket="entregas",
        )
        super().__init__(settings)
        self.published: list[str] = []
        self.mail_for: list[str] = []
        self.objects: dict[str, bytes] = {}
        self.staged: dict[str, bytes] = {}
        self.hand_clock = HandClock(NOW)
        self.__dict__["clock"] = self.hand_clock
        self.__dict__["store"] = SqliteStore(settings.store_path)
        self.__dict__["google"] = SimpleNamespace(storage=_Buckets(self.objects, self.staged))
        self.__dict__["site"] = Site("drive-1", "drive-2", {}, {})
        self.__dict__["process"] = the_process()
        self.__dict__["portal_secret"] = b"p" * 32

    def publish_work(self, dossier_id: str) -> None:
        """Keep what would be published."""
        self.published.append(dossier_id)

    def publish_mail(self, sender: str) -> None:
        """Keep which sender would be woken."""
        self.mail_for.append(sender)

    # --- what is there -------------------------------------------------------------------------------------------------------

    def add_client(self, case_id: str = "C01", **changes: Any) -> Dossier:
        """An active client made of a sample case, with its account as it stands in `cartera`. changes: of its dossier.

        A case that is only an account has the form of its base, or that of C01 with a name, RUC and address of its own.
        """
        intake = intake_of(case_id)
        client_id = new_client_id()
        plain = Dossier(
            dossier_id=dossier_id_of_response("form", client_id),
            client_id=client_id,
            client_key=intake.client.key,
            state=State.ACTIVE,
            vendedora=f"vendedora.uno@{DOMAIN}",
            opened_at=NOW,
            intake=intake,
            submission_id=f"r-{client_id}",
            denarius_code=f"DEN-{case_id}",
        )
        dossier = replace(plain, **{"portal_email": portal_access.contact_of(plain)} | changes)
        client = Client(client_id, intake.client.key, intake.client, (), (dossier.dossier_id,), dossier.vendedora)
        self.store.commit(
            [
                Create("dossier", dossier.dossier_id, codec.to_data(dossier)),
                Create("client", client_id, codec.to_data(client)),
                Create("unique", f"client/{intake.client.key}", {"client_id": client_id}),
            ]
        )
        put_account(self, client_id, case_id)
        return dossier

    def dossier(self, dossier_id: str) -> Dossier:
        """A dossier as stored."""
        found = self.store.get("dossier", dossier_id)
        assert found is not None
        return codec.from_data(Dossier, found.data)

    def change(self, dossier_id: str, **changes: Any) -> Dossier:
        """Change a dossier, as another process might."""
        found = self.store.get("dossier", dossier_id)
        assert found is not None
        dossier = replace(codec.from_data(Dossier, found.data), **changes)
        self.store.commit([Update("dossier", dossier_id, codec.to_data(dossier), found.version)])
        return dossier

    def facts(self) -> list[Fact]:
        """The facts that wait to be folded into a dossier, oldest first."""
        return [codec.from_data(Fact, read.data) for read in self.store.query("waiting_facts")]

    def mails(self) -> list[OutgoingMail]:
        """The mails in the outbox, in any state; oldest first."""
        found = [
            codec.from_data(OutgoingMail, read.data)
            for state in ("new", "drafted", "sent", "parked", "skipped")
            for read in self.store.query("outbox_by_state", equals=state)
        ]
        return sorted(found, key=lambda mail: mail.created_at)

    def visitor(self, address: str = "") -> Visitor:
        """Somebody before the portal who has not entered."""
        return Visitor(self, address)

    def entered(self, dossier: Dossier) -> Visitor:
        """The contact of a client, inside."""
        person = Visitor(self, dossier.portal_email or "")
        lasts = timedelta(hours=self.process.portal.session.hours)
        person.cookies[portal.cookie_name(self)] = portal_session.begin(self, dossier, person.address, lasts)
        return person


@dataclass
class _Buckets:
    """The bucket of client documents and the staging bucket, as far as the portal may use them. broken: the next calls get no answer."""

    objects: dict[str, bytes]
    staged: dict[str, bytes]
    broken: int = 0

    def stage(self, bucket: str, name: str, data: bytes, content_type: str) -> None:
        """Create an object."""
        if self.broken:
            self.broken -= 1
            raise DoubtfulError("storage.objects.insert", 0, "broken")
        self.staged.setdefault(name, data)

    def read(self, bucket: str, name: str) -> bytes:
        """The bytes of an object. :raises NotFoundError: no such object."""
        if name not in self.objects:
            raise NotFoundError("storage.objects.get", 404, "notFound")
        return self.objects[name]


@dataclass
class Visitor:
    """Somebody before the portal. cookies: as a browser keeps them."""

    app: PortalApp
    address: str = ""
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, method: str = "GET", headers: Mapping[str, str] | None = None) -> Response:
        """The answer to a request without body; not followed. path: with its query."""
        return self._ask(path, method, None, dict(headers or {}))

    def post(self, path: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Response:
        """The answer to a form as a browser sends it from our own page; not followed."""
        own = {"Origin": origin(self.app), "Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
        return self._ask(path, "POST", urlencode(dict(fields)).encode(), own | dict(headers or {}))

    def post_files(
        self,
        path: str,
        fields: Mapping[str, str],
        files: Sequence[tuple[str, str, bytes]],
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """The answer to a form that sends files, as a browser sends it; not followed. files: field, name, content."""
        parts = [*fields.items(), *((name, (file, content)) for name, file, content in files)]
        body, kind = urllib3.encode_multipart_formdata(parts)
        own = {"Origin": origin(self.app), "Sec-Fetch-Site": "same-origin", "Content-Type": kind}
        return self._ask(path, "POST", body, own | dict(headers or {}))

    def text(self, path: str) -> str:
        """What a page says, as HTML, followed to where it leads."""
        return self.follow(self.get(path)).get_data(as_text=True)

    def forms(self, path: str) -> list[PageForm]:
        """The forms of a page without the button to leave."""
        return [form for form in forms_of(self.text(path)) if not form.action.endswith("/salir")]

    def send(self, path: str, said: Mapping[str, str] | None = None, action: str = "") -> Response:
        """Open a page, fill its form (the one whose address ends with `action`) and send it; not followed. said: without `f_`."""
        form = next(form for form in self.forms(path) if form.action.endswith(action))
        return self.post(
            urljoin(path, form.action), {**form.fields, **{f"f_{name}": text for name, text in (said or {}).items()}}
        )

    def follow(self, response: Response) -> Response:
        """The page to which an answer leads, within the portal."""
        for _ in range(5):
            if response.status_code not in (302, 303):
                break
            response = self.get(response.headers["Location"])
        return response

    def links(self) -> list[str]:
        """Paths of the links to enter that were sent to this address, oldest first."""
        mails = [mail for mail in self.app.mails() if self.address in mail.to]
        return [found for mail in mails for found in re.findall(r"/entrar/[\w-]{20,}", mail.text)]

    def _ask(self, path: str, method: str, body: bytes | None, headers: dict[str, str]) -> Response:
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        parts = urlsplit(path)
        builder = EnvironBuilder(
            path=parts.path, query_string=parts.query, method=method, data=body, headers=headers, base_url=origin(self.app)
        )
        response = portal.answer(self.app, Request(builder.get_environ()))
        for line in response.headers.getlist("Set-Cookie"):
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
                if not morsel.value:
                    del self.cookies[name]
        return response


@contextmanager
def serving(folder: Path) -> Iterator[PortalApp]:
    """The portal over HTTP on loopback, for a real browser."""

    def answers(environ: dict[str, Any], start: Any) -> Any:
        return portal.answer(app, Request(environ))(environ, start)

    server = make_server("127.0.0.1", 0, answers, threaded=True, request_handler=_Quiet)
    app = PortalApp(folder, f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield app
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Quiet(WSGIRequestHandler):
    """Says nothing of what it serves."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


def origin(app: App) -> str:
    """What a browser names as the site of the portal."""
    site = urlsplit(app.settings.portal_url)
    return f"{site.scheme}://{site.netloc}"


def intake_of(case_id: str) -> Intake:
    """What the form of a case says, or of what stands in for it."""
    case: dict[str, Any] = next((case for case in sample_file()["casos"] if case["id"] == case_id), {})
    changes: dict[str, str | list[str]] = {}
    if not case:
        ruc = f"15599{int(case_id[1:]):04}-2-2020"
        changes = {"client.ruc": ruc, "client.dv": check_digits(ruc), "client.legal_name": f"Cliente {case_id} de Ficción, S.A."}
        changes |= {"client.email": f"contacto@{case_id.lower()}.example.com", "client.business_notice": f"{ruc}-2020-000001"}
    intake = judged(case.get("base", case_id) if case else "C01", changes).intake
    assert intake is not None
    return intake


# --- accounts ------------------------------------------------------------------------------------------------------------------


def account_case(case_id: str) -> dict[str, Any]:
    """What `cartera` says of a case's account; {} when it has none."""
    return next((dict(one) for one in sample_file()["cartera"]["cuentas"] if one["caso"] == case_id), {})


def put_account(app: App, client_id: str, case_id: str) -> None:
    """Store the account of a sample case for a client, as the import would have left it."""
    case = account_case(case_id)
    if not case:
        return
    since = date.fromisoformat(case["cliente_desde"])
    account = Account(client_id, "USD", since, Decimal(case["cupo"]), case["plazo_dias"], version=1, changed_at=NOW)
    app.store.commit([Create("account", client_id, codec.to_data(account))])
    paid_by_advance = {row["factura"]: row for row in case.get("anticipos", ()) if "factura" in row}
    for row in case["facturas"]:
        put_item(app, client_id, row)
        paid = Decimal(row["total"]) - Decimal(row["saldo"])
        if paid and not case["anticipos"] and row["numero"] not in paid_by_advance:
            on = date.fromisoformat(row.get("pagada_el", row["vence"]))
            put_payment(app, client_id, f"PAGO-{row['numero']}", on, paid, {row["numero"]: paid})
    for row in case["anticipos"]:
        used = Decimal(row["aplicado"])
        on = date.fromisoformat(row["fecha"])
        put_payment(app, client_id, row["referencia"], on, Decimal(row["monto"]), {case["facturas"][0]["numero"]: used})


def put_item(app: App, client_id: str, row: Mapping[str, str]) -> Item:
    """Store an invoice as `cartera` writes one."""
    total, balance = Decimal(row["total"]), Decimal(row["saldo"])
    item = Item(
        client_id=client_id,
        number=row["numero"],
        kind=ItemKind.INVOICE,
        issued_on=date.fromisoformat(row["fecha"]),
        due_on=date.fromisoformat(row["vence"]),
        subtotal=Decimal(row["subtotal"]),
        tax=Decimal(row["itbms"]),
        total=total,
        currency="USD",
        order=newest_first(date.fromisoformat(row["fecha"]), row["numero"]),
        due_order=f"{row['vence']}/{row['numero']}",
        settled=total - balance,
        settled_on=date.fromisoformat(row["pagada_el"]) if "pagada_el" in row else None,
        open_for=client_id if balance else None,
        cufe=row["cufe"],
    )
    app.store.commit([Create("item", f"{client_id}/{item.number}", codec.to_data(item))])
    return item


def put_payment(app: App, client_id: str, reference: str, on: date, amount: Decimal, pays: Mapping[str, Decimal]) -> Movement:
    """Store a payment. pays: number of an item -> how much of it."""
    allocations = tuple(Allocation(number, part) for number, part in pays.items())
    rest = amount - sum(pays.values(), ZERO)
    movement = Movement(
        client_id,
        reference,
        MovementKind.PAYMENT,
        on,
        amount,
        "USD",
        newest_first(on, reference),
        allocations,
        client_id if rest else None,
    )
    app.store.commit([Create("movement", f"{client_id}/{reference}", codec.to_data(movement))])
    return movement
