"""`python -m local desk-test`: each request played as a client would in a real Chromium, counted and timed, beside what it takes today."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from local.accounts import Clients, stand_in
from local.cast import Cast
from local.desk_figures import baseline, document, figures, terminal
from local.desk_hands import Counts, Hands
from local.desk_requests import REQUESTS, Desk, DeskError, enter
from local.processes import say
from local.situation import MONTHS
from local.stack import HttpError, Stack, StackError
from local.tables import ROOT
from local.travel import TravelError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Json = dict[str, Any]

DOCUMENT = ROOT / "docs" / "desk-test.md"
# The portal issues so many documents a month to one client, and two of the requests are asked by the same one.
MOST_RUNS = 30
_BEGIN, _TODAY = "2026-03-02T09:00:00-05:00", datetime.fromisoformat("2027-06-30T09:00:00-05:00")
# Who asks for what: three clients, each with an account of its own.
ASKED_BY = {
    "Pagos": ("estado_de_cuenta", "medios_de_pago", "copia_factura_electronica", "pago_en_linea"),
    "Documentos": ("certificado_compras", "paz_y_salvo"),
    "Saldo": ("actualizacion_datos", "devolucion_saldo_a_favor", "certificacion_comercial"),
}
# So many cases wait at the same time, and so many data change in an hour, before the portal takes no more: between runs Cartera
# answers and an hour passes, unmeasured.
_REST_EVERY, _REST_SECONDS = 5, 3660


@dataclass
class DeskTest:
    """A desk test while it runs. runs: how often each request is played; counted: what each run took."""

    clients: Clients
    browser: Browser
    runs: int
    counted: dict[str, list[Counts]] = field(default_factory=dict)

    def play(self, name: str, keys: Sequence[str]) -> None:
        """One client plays its requests, run by run. :raises DeskError: the portal did not give what was asked."""
        context = self.browser.new_context(viewport={"width": 1280, "height": 900}, locale="es-PA", accept_downloads=True)
        page = context.new_page()
        page.set_default_timeout(20_000)
        desk = Desk(Hands(page), self.clients.stack.ready["functions"]["portal"])
        for key in keys:
            # A session lasts some hours, and the hours of the rests go by.
            desk.hands.begin()
            enter(desk, self.clients.client(name).ask_link())
            self.counted.setdefault("entrar", []).append(desk.hands.counts)
            for number in range(self.runs):
                desk.hands.begin()
                desk.number, desk.invoice = number, number_of(name, number)
                _play_once(desk, key)
                self.counted.setdefault(key, []).append(desk.hands.counts)
                if number % _REST_EVERY == _REST_EVERY - 1:
                    self._rest(name)
            self._rest(name)
            say(f"  {key}: {self.runs} veces")
        context.close()

    def _rest(self, name: str) -> None:
        self.clients.refuse_cases(name)
        self.clients.stack.advance(_REST_SECONDS)
        self.clients.stack.settle()


def _play_once(desk: Desk, key: str) -> None:
    """One request. :raises DeskError: it could not be played; it says what the page showed."""
    from playwright.sync_api import Error

    try:
        REQUESTS[key](desk)
    except Error as problem:
        said = " ".join(desk.page.locator("body").inner_text().split())
        raise DeskError(
            f"{key}, vez {desk.number + 1}: {str(problem).splitlines()[0]} La página dice: {said[:1500]}"
        ) from problem


def number_of(name: str, number: int) -> str:
    """The number of a client's invoice."""
    return f"FE-{list(ASKED_BY).index(name) + 1}{number:06d}"


def accounts(runs: int) -> Iterator[Json]:
    """Accounts like `cartera.cuentas`: one with an invoice to pay for every run, one with nothing owed, one with a credit."""
    yield _account("Pagos", runs + 2, paid=False)
    yield _account("Documentos", 6, paid=True)
    credit = {"referencia": "ACH-DEMO-1", "fecha": "2027-05-20", "monto": "607.00", "aplicado": "107.00", "disponible": "500.00"}
    yield {**_account("Saldo", 6, paid=True), "anticipos": [credit]}


def _account(name: str, invoices: int, *, paid: bool) -> Json:
    return {
        "caso": name,
        "cliente_desde": "2026-03-06",
        "cupo": "5000.00",
        "plazo_dias": 30,
        "facturas": [_invoice(name, number, paid=paid) for number in range(invoices)],
        "anticipos": [],
    }


def _invoice(name: str, number: int, *, paid: bool) -> Json:
    """Issued this June, so that nothing is overdue."""
    issued = _TODAY.date() - timedelta(days=2 + number % 20)
    total = Decimal("107.00")
    row = {
        "numero": number_of(name, number),
        "fecha": issued.isoformat(),
        "vence": (issued + timedelta(days=30)).isoformat(),
        "subtotal": "100.00",
        "itbms": "7.00",
        "total": str(total),
        "saldo": "0.00" if paid else str(total),
        "cufe": f"FICTICIO-{number_of(name, number)}",
    }
    return row | ({"pagada_el": (_TODAY.date() - timedelta(days=1)).isoformat()} if paid else {})


def desk_test(runs: int, out: Path = DOCUMENT, only: Sequence[str] = ()) -> int:
    """Play, print the table, write the page. Gives 0, 1 when something could not be played, 2 for a wrong call."""
    from playwright.sync_api import Error, sync_playwright  # heavy, and only pictures and this need it

    from local.pictures import ARGUMENTS, chromium

    unknown = [key for key in only if key not in REQUESTS]
    if unknown or not 1 <= runs <= MOST_RUNS:
        say(f"No se conoce {', '.join(unknown)}." if unknown else f"-n va de 1 a {MOST_RUNS}.")
        return 2
    program = chromium()
    if not program:
        say("NO HAY CHROMIUM: la prueba necesita uno. Instálelo (apt-get install chromium) o diga CHROMIUM=/ruta/al/programa.")
        return 1
    log = ROOT / "build" / "desk-test.log"
    log.parent.mkdir(exist_ok=True)
    try:
        with Stack.start(log=log, now=_BEGIN) as stack, sync_playwright() as tool:
            test = DeskTest(prepared(stack, runs), tool.chromium.launch(executable_path=program, args=ARGUMENTS), runs)
            for name, keys in ASKED_BY.items():
                test.play(name, [key for key in keys if not only or key in only])
            test.browser.close()
            return _tell(test, out, whole=not only)
    except (StackError, TravelError, HttpError, DeskError, Error) as problem:
        say(f"La prueba no llegó al final: {problem}. Vea {log}")
        return 1


def prepared(stack: Stack, runs: int) -> Clients:
    """Three active clients and what accounting says of them."""
    table = yaml.safe_load((ROOT / "tests" / "data" / "sample_cases.yaml").read_text(encoding="utf-8"))
    model, clients = table["casos"][0], Clients(stack, Cast.load())
    for number, name in enumerate(ASKED_BY):
        say(f"· {name}: del formulario al servicio activo")
        clients.activate(name, stand_in(model, name, number))
    stack.set_clock(_TODAY)
    clients.drop(list(accounts(runs)))
    return clients


def _tell(test: DeskTest, out: Path, *, whole: bool) -> int:
    table = baseline()
    rows = figures(table, test.counted)
    for line in terminal(rows):
        print(line)
    if whole:
        today = datetime.now(UTC)
        when = f"{today.day} de {MONTHS[today.month - 1]} de {today.year}"
        out.write_text(document(table, rows, test.counted["entrar"], test.runs, when), encoding="utf-8")
        say(f"· Página: {out}")
    return 0
