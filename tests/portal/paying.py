"""A client who pays in a stack: chooses in the portal, is led to the gateway, acts there, comes back; and what the gateway is made to say."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import urllib3

from expediente import codec
from expediente.ledger_data import Item
from expediente.model import Dossier
from expediente.store import Delete
from expediente.store_sqlite import SqliteStore
from local.person import Page, forms_of
from local.portal_client import PortalClient
from tests.portal.conftest import Company
from tests.portal.portal_kit import put_item

_POOL = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=60))
APPROVED, DECLINED = "4111 1111 1111 1111", "4000 0000 0000 0002"


@dataclass
class Payer:
    """The contact of a client, inside the portal, before the gateway of the stack."""

    company: Company
    case_id: str
    client: PortalClient

    @classmethod
    def enter(cls, company: Company, case_id: str) -> Payer:
        """Enter the portal as the contact of that case."""
        payer = cls(company, case_id, company.client(case_id))
        payer.client.enter()
        return payer

    # --- the accounting system -------------------------------------------------------------------------------------------------

    def owes(self, number: str, total: str, due: str = "2027-07-15") -> None:
        """Put an invoice into the ledger, as the accounting system's export would."""
        amount = Decimal(total)
        row = {"numero": number, "fecha": "2027-06-15", "vence": due, "subtotal": str(amount), "itbms": "0.00"}
        put_item(self._app(), self.client_id, {**row, "total": str(amount), "saldo": str(amount), "cufe": f"FICTICIO-{number}"})

    def forget(self, number: str) -> None:
        """Take an invoice and what paid it out of the ledger again: other tests count on it as it was."""
        store = self._app().store
        paid = [
            read for read in store.query("movements_of_client", equals=self.client_id) if number in str(read.data["allocations"])
        ]
        store.commit([Delete("item", f"{self.client_id}/{number}"), *(Delete("movement", read.key) for read in paid)])

    def balance(self, number: str) -> Decimal:
        """What is still owed of an invoice."""
        found = self._app().store.get("item", f"{self.client_id}/{number}")
        item = codec.from_data(Item, found.data)
        return item.balance

    @property
    def client_id(self) -> str:
        """The client's id, as the records know it."""
        found = self._app().store.get("dossier", self.company.ways[self.case_id].dossier_id)
        return codec.from_data(Dossier, found.data).client_id

    def _app(self) -> Any:
        lines = Path(self.company.stack.ready["env"]).read_text(encoding="utf-8").splitlines()
        path = dict(line.split("=", 1) for line in lines)["EXPEDIENTE_STORE_PATH"]
        return SimpleNamespace(store=SqliteStore(path))

    # --- the payer -------------------------------------------------------------------------------------------------------------

    def review(self, numbers: tuple[str, ...] = (), amount: str = "", method: str = "tarjeta", decision: str = "") -> Page:
        """Mark invoices, or write an amount, and continue: the page that says what will be paid, or why not."""
        page = self.client.open("/pagos")
        form = next(form for form in page.forms if form.action.endswith("/pagos"))
        said = {f"f_item_{number}": "si" for number in numbers} | {"f_amount": amount, "f_method": method}
        return self.client.send(page, form, said | ({"decision": decision} if decision else {}))

    def go(self, shown: Page) -> str:
        """Press the button that leads to the gateway; gives where it leads."""
        form = next(form for form in shown.forms if form.action.endswith("/pagos/confirmar"))
        return self.client.ask("POST", "/pagos/confirmar", urlencode(form.fields).encode()).headers["Location"]

    def begin(self, numbers: tuple[str, ...] = (), amount: str = "", method: str = "tarjeta") -> AtGateway:
        """Choose, confirm, and arrive at the gateway."""
        return AtGateway(self, self.go(self.review(numbers, amount, method)))

    def receipts(self, order_id: str) -> int:
        """How many mails about a payment have come."""
        self.company.stack.settle()
        mails = self.company.stack.person(self.client.address).mails()
        return len([mail for mail in mails if order_id in mail.text and "Recibo" in mail.subject])

    def wait_for(self, order_id: str, words: str) -> Page:
        """Look at a payment until its page says so; the last page when it never does."""
        give_up_at = time.monotonic() + 20
        while True:
            page = self.client.open(f"/pagos/{order_id}")
            if words in page.text or time.monotonic() > give_up_at:
                return page
            time.sleep(0.2)


@dataclass
class AtGateway:
    """A browser at the gateway. address: where the portal has led it."""

    payer: Payer
    address: str

    @property
    def order_id(self) -> str:
        """The order that the browser brought."""
        return parse_qs(urlsplit(self.address).query)["order"][0]

    def arrive(self) -> str:
        """Open the gateway's page; gives it."""
        return _POOL.request("GET", self.address).data.decode()

    def act(self, said: Mapping[str, str]) -> Page:
        """Fill the gateway's form and send it; gives the page of the portal to which it leads back."""
        form = forms_of(self.arrive())[0]
        body = urlencode({**form.fields, **said})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        target = urljoin(self.address, form.action)
        back = _POOL.request("POST", target, body=body, headers=headers, redirect=False).headers["Location"]
        return self.payer.client.open(back)

    def control(self, **wanted: Any) -> dict[str, Any]:
        """Make the gateway say something of this order; gives what was answered."""
        url = f"{self.payer.company.stack.ready['gateway']}/_local/orders/{self.order_id}"
        reply = _POOL.request("POST", url, body=json.dumps(wanted).encode(), headers={"Content-Type": "application/json"})
        told: dict[str, Any] = json.loads(reply.data)
        return told

    def at_bank(self, state: str) -> None:
        """The bank decides: `approved` or `rejected`."""
        url = f"{self.payer.company.stack.ready['gateway']}/banco/{self.order_id}"
        _POOL.request("POST", url, body=f"state={state}", headers={"Content-Type": "application/x-www-form-urlencoded"})


def losing(company: Company, *, yes: bool) -> None:
    """Whether the gateway tells nothing of what happens from now on."""
    body = json.dumps({"losing": yes}).encode()
    _POOL.request("PUT", f"{company.stack.ready['gateway']}/_local/losing", body=body)
