"""What a client does for each request of the desk test, page by page, with the hands of desk_hands. A client is inside when a request begins.

Each gives nothing and raises `DeskError` when the portal did not do what was asked: a time is only worth something of what worked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.desk_hands import Hands

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

_CARD = "4111 1111 1111 1111"


class DeskError(Exception):
    """The portal did not give what was asked; the text says what it showed. Spanish."""


@dataclass
class Desk:
    """A client at the portal. url: of the portal; number: of the run, from 0; invoice: the one that is paid or copied this time."""

    hands: Hands
    url: str
    number: int = 0
    invoice: str = ""

    @property
    def page(self) -> Page:
        """The tab."""
        return self.hands.page

    def home(self) -> None:
        """Where every request begins."""
        self.hands.open(f"{self.url}/")

    def section(self, path: str) -> None:
        """Choose a section of the portal by its name in the menu."""
        self.hands.press(self.page.locator(f'nav a[href$="{path}"]').first)

    def button(self, name: str) -> Locator:
        """A button or link by the beginning of its words."""
        return self.page.get_by_role("button", name=name).or_(self.page.get_by_role("link", name=name)).first

    def expect(self, text: str) -> None:
        """The page must say it. :raises DeskError: it does not."""
        said = self.page.locator("main").inner_text()
        if text not in said:
            raise DeskError(f"se esperaba «{text}» y la página dice: {' '.join(said.split())[:300]}")

    # --- Eva -------------------------------------------------------------------------------------------------------------------

    def ask_eva(self, text: str) -> None:
        """Open Eva and write what is wanted."""
        self.home()
        self.section("/eva")
        self.answer(text)

    def answer(self, text: str) -> None:
        """Write to her, send, and read what she says."""
        self.hands.type(self.page.locator("#text"), text)
        self.hands.press(self.page.locator("form.write button"))
        self._read()

    def pick(self, label: str) -> None:
        """Press one of the buttons that she offers, and read what she says."""
        self.hands.press(self.page.locator("form.offers button", has_text=label).first)
        self._read()

    def _read(self) -> None:
        for turn in self.page.locator("#ultimo ~ li.eva").all():
            self.hands.read(turn)

    # --- files -----------------------------------------------------------------------------------------------------------------

    def pdf(self, what: Locator) -> None:
        """Download a PDF. :raises DeskError: what comes is none."""
        if not self.hands.download(what).startswith(b"%PDF-"):
            raise DeskError("lo que se descargó no es un PDF")


def enter(desk: Desk, link: str) -> None:
    """Open the link of a mail and press its button."""
    desk.hands.open(link)
    desk.hands.press(desk.page.locator("main form button").first)
    desk.expect("Su cuenta")


def statement(desk: Desk) -> None:
    """Ask Eva, read the balance, download the PDF."""
    desk.ask_eva("estado de cuenta")
    desk.expect("su saldo es")
    desk.hands.press(desk.page.locator('form.offers a[href*="estado_de_cuenta"]').first)
    desk.hands.press(desk.page.locator("main form button", has_text="Emitir").first)
    desk.pdf(desk.button("Descargar PDF"))


def means(desk: Desk) -> None:
    """Ask Eva how to pay and read it."""
    desk.ask_eva("cómo puedo pagar")
    desk.expect("ódigo de")


def new_phone(desk: Desk) -> None:
    """Tell Eva the new telephone of the contact."""
    desk.ask_eva("quiero actualizar mis datos")
    desk.pick("Teléfono de contacto")
    desk.answer(f"6{500 + desk.number:03d}-12{desk.number % 90 + 10}")
    desk.pick("Sí, enviar")
    desk.expect("Listo. Cambiamos el dato")


def refund(desk: Desk) -> None:
    """Ask Eva for a balboa of the credit; the account in the client's name is asked for the first time alone."""
    desk.ask_eva("quiero la devolución de mi saldo a favor")
    desk.answer("1.00")
    if not desk.page.locator("form.offers button", has_text="Omitir").count():
        desk.answer("Banco Imaginario de Panamá")
        desk.pick("Ahorros")
        desk.answer("04-10-100200")
    desk.pick("Omitir")
    desk.pick("Sí, enviar")
    desk.expect("Envié su solicitud")


def invoice_copy(desk: Desk) -> None:
    """Find an invoice in its list and download its PDF and its XML."""
    desk.home()
    desk.section("/documentos")
    desk.hands.press(desk.button("Ver mis facturas"))
    while not (listed := desk.page.get_by_role("link", name=desk.invoice, exact=True)).count():
        desk.hands.press(desk.button("Ver anteriores"))
    desk.hands.press(listed)
    desk.pdf(desk.button("Descargar PDF"))
    if b"<" not in desk.hands.download(desk.button("Descargar XML"))[:200]:
        raise DeskError("lo que se descargó no es un XML")


def purchases(desk: Desk) -> None:
    """The certificate of the months that are proposed."""
    _at_once(desk, "Certificado de compras")


def paz_y_salvo(desk: Desk) -> None:
    """A paz y salvo for nothing in particular."""
    _at_once(desk, "Paz y salvo comercial")


def _at_once(desk: Desk, label: str) -> None:
    desk.home()
    desk.section("/documentos")
    desk.hands.press(desk.button(f"Emitir ahora: {label}"))
    desk.expect("Vigente")
    desk.pdf(desk.button("Descargar PDF"))


def reference(desk: Desk) -> None:
    """A certification for a bank."""
    desk.home()
    desk.section("/documentos")
    desk.hands.press(desk.page.locator('a[href$="/pedir/certificacion_comercial"]').first)
    desk.hands.type(desk.page.locator("#addressee"), "Banco Imaginario de Panamá")
    desk.hands.press(desk.page.locator("form button", has_text="Emitir").first)
    desk.expect("Vigente")
    desk.pdf(desk.button("Descargar PDF"))


def payment(desk: Desk) -> None:
    """Choose one invoice, pay it with a card at the gateway, come back and read that it was approved."""
    desk.home()
    desk.section("/pagos")
    desk.hands.tick(desk.page.locator(f'input[name="f_item_{desk.invoice}"]'))
    desk.hands.tick(desk.page.locator('input[name="f_method"]').first)
    desk.hands.press(desk.button("Continuar"))
    desk.hands.press(desk.button("Ir a pagar"))
    desk.hands.tick(desk.page.locator('input[name="kind"]').first)
    desk.hands.type(desk.page.locator('input[name="number"]'), _CARD)
    desk.hands.press(desk.page.locator('button:not([value="cancel"])').first)
    desk.hands.read(desk.page.locator("main"))


REQUESTS: dict[str, Callable[[Desk], None]] = {
    "estado_de_cuenta": statement,
    "medios_de_pago": means,
    "actualizacion_datos": new_phone,
    "devolucion_saldo_a_favor": refund,
    "copia_factura_electronica": invoice_copy,
    "certificado_compras": purchases,
    "certificacion_comercial": reference,
    "paz_y_salvo": paz_y_salvo,
    "pago_en_linea": payment,
}
