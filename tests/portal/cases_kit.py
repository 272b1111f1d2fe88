"""Cases without a stack: the portal and the signed pages over one store, and the work door's share of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

from flask import Response

from expediente import case_papers, cases, change, codec, notify, page_facts, portal_facts, templates
from expediente.arrivals import ArrivalState
from expediente.case_data import Case
from expediente.ledger import Position, position
from expediente.ledger_data import Account, Movement
from expediente.model import DeliveredFile, Dossier, Fact, StepRecord
from expediente.reconcile import FOLDS
from expediente.store import Create, Update
from expediente.tally import tally_of
from expediente.work import Work
from tests.portal.portal_kit import DOMAIN, PortalApp, put_account, put_item
from tests.unit.page_kit import AUDIENCE, CUMPLIMIENTO, Browser, Proxy
from tests.unit.page_kit import SITE as PAGES

CARTERA, OTHER = f"cartera.uno@{DOMAIN}", f"cartera.dos@{DOMAIN}"
# A client that can be active and of whose account the samples say nothing.
_WITHOUT_ACCOUNT = "C03"
BANK = {
    "bank": "Banco Ficticio del Istmo",
    "account_kind": "Corriente",
    "account_number": "04-72-00-123456-7",
    "account_holder": "Empresa",
}


class CasesApp(PortalApp):
    """The portal's application, with the signed pages beside it."""

    def __init__(self, folder: Path, keys_url: str) -> None:
        super().__init__(folder)
        pages = {"page_url": PAGES, "page_audience": AUDIENCE, "page_keys_url": keys_url, "csrf_secret": "env:NOT_READ_HERE"}
        self.settings = replace(self.settings, **pages)  # type: ignore[arg-type]
        self.__dict__["csrf_secret"] = b"s" * 32
        self.__dict__["forms"] = {}

    def fold(self, dossier_id: str) -> Dossier:
        """Take the waiting facts of a dossier in and let happen what follows, as the work door would, but for Drive."""
        found = self.store.get("dossier", dossier_id)
        assert found is not None
        work = Work(self, codec.from_data(Dossier, found.data), found.version)
        for read in self.store.query("inbox_of_dossier", equals=dossier_id):
            fact = codec.from_data(Fact, read.data)
            FOLDS[fact.kind](work, fact)
            work.forget_fact(fact.event_id)
        cases.move_on(work)
        change.move_on(work)
        cases.move_on(work)
        notify.tell(work)
        work.commit()
        return work.dossier


class Desk:
    """A client with its cases, and the employees who settle them on the signed pages."""

    def __init__(self, folder: Path, proxy: Proxy, account: str, **changes: Any) -> None:
        """account: the sample case whose account the client has."""
        self.app = CasesApp(folder, proxy.url)
        self.pages = Browser(self.app, proxy)  # type: ignore[arg-type]
        steps = {"documents/build": StepRecord("done", "build_spreadsheet")}
        dossier = self.app.add_client(_WITHOUT_ACCOUNT, steps=steps, **changes)
        self.key = dossier.dossier_id
        put_account(self.app, dossier.client_id, account)

    @property
    def dossier(self) -> Dossier:
        """As stored."""
        return self.app.dossier(self.key)

    @property
    def position(self) -> Position:
        """What the client owes."""
        return position(self.app, self.dossier.client_id, self.app.clock.now().date())

    def fact(self, what: str, event_id: str = "", **payload: Any) -> None:
        """What the portal stores when the client asks; taken in at once."""
        said = {"what": what, **payload}
        event = event_id or f"portal-{what}-{codec.digest(repr(said))}"
        contact = self.dossier.portal_email or ""
        page_facts.keep(self.app, Fact(event, self.key, portal_facts.KIND, self.app.clock.now(), contact, said))
        self.app.fold(self.key)

    def ask(self, kind: str, amount: str | None = None, said: Mapping[str, str] | None = None, **more: Any) -> str:
        """The client opens a case and hands in the papers without which nobody approves it; gives its number. papers=False: none."""
        case_id, papers = cases.new_case_id(), more.pop("papers", True)
        self.fact("case", case_id=case_id, kind=kind, amount=amount, said=dict(said or {}), **more)
        for slot in (
            case_papers.missing(case_papers.of_case(self.app.process, self.dossier, self.case(case_id))) if papers else ()
        ):
            self.hand_in(case_id, slot.key)
        if papers:
            self.place()
        return case_id

    def place(self) -> None:
        """What was handed in lies in Drive."""
        files = self.dossier.case_files
        staged = {key: one for key, one in files.items() if one.state is ArrivalState.STAGED}
        placed = {
            key: replace(one, state=ArrivalState.PLACED, file_id=f"file-{key}", cleared=True) for key, one in staged.items()
        }
        self.app.change(self.key, case_files={**files, **placed})

    def hand_in(self, case_id: str, paper: str, content: bytes = b"%PDF-1.4 papel", name: str = "papel.pdf") -> None:
        """What the portal stores when the client hands in a file; its bytes lie in the staging bucket."""
        sha256 = hashlib.sha256(content).hexdigest()
        self.app.staged[f"{self.key}/{case_id}/{paper}/{sha256}/1"] = content
        said = {"sha256": sha256, "mime_type": "application/pdf", "size_bytes": str(len(content)), "name": name, "round": "1"}
        self.fact(case_papers.HANDED_IN, case_id=case_id, paper=paper, **said)

    def case(self, case_id: str) -> Case:
        """A case as stored."""
        return self.dossier.cases[case_id]

    def path(self, act: str, case_id: str) -> str:
        """The page on which it is settled."""
        return f"/acto/{self.key}/{act}/{case_id}"

    def sign(self, who: str, act: str, case_id: str, **answers: str) -> Response:
        """An employee opens the page, fills it and signs; taken in at once."""
        answer = self.pages.sign(who, self.path(act, case_id), **{f"f_{name}": text for name, text in answers.items()})
        self.app.fold(self.key)
        return answer

    def decide(self, who: str, case_id: str, decision: str = "approved", reason: str = "") -> Response:
        """Approve or refuse."""
        return self.sign(who, "decidir_caso", case_id, decision=decision, reason=reason)

    def read(self, who: str, act: str, case_id: str, since: str = "") -> str:
        """What the page says. since: the address to which a signature has led, for what became of it."""
        query = {"query_string": {"desde": since.partition("=")[2]}} if since else {}
        return unescape(self.pages.get(who, self.path(act, case_id), **query).get_data(as_text=True))

    def outcome(self, who: str, act: str, case_id: str, signed: Response) -> str:
        """What the page tells after signing."""
        return self.read(who, act, case_id, signed.headers["Location"])

    def mails_of(self, kind: str, case_id: str) -> list[str]:
        """Texts of the mails of a kind about a case, oldest first."""
        return [mail.text for mail in self.app.mails() if mail.kind == kind and case_id in mail.mail_id]

    def put_returned(self, *days: date) -> None:
        """The bank gave payments back unpaid on those days, as the accounting system's export says it."""
        found = self.app.store.get("account", self.dossier.client_id)
        assert found is not None
        account = replace(codec.from_data(Account, found.data), returned=days)
        self.app.store.commit([Update("account", found.key, codec.to_data(account), found.version)])

    def count(self) -> None:
        """What the register counts of the client, as its turn would leave it."""
        process = self.app.process
        tally = tally_of(process, templates.register(process.folder), self.dossier, 0, {}, None)
        self.app.store.commit([Create("tally", self.key, codec.to_data(tally))])

    def movements(self) -> list[Movement]:
        """What lowers the client's debt, and what was given back."""
        reads = self.app.store.query("movements_of_client", equals=self.dossier.client_id)
        return [codec.from_data(Movement, read.data) for read in reads]

    def invoice(self, number: str, total: str) -> None:
        """A new invoice of the accounting system."""
        day = self.app.clock.now().date().isoformat()
        row = {"numero": number, "fecha": day, "vence": day, "subtotal": total, "itbms": "0.00", "total": total, "saldo": total}
        put_item(self.app, self.dossier.client_id, {**row, "cufe": f"FICTICIO-{number}"})

    def approve_change(self, change_id: str) -> None:
        """Cumplimiento files its evidence and approves a legal change."""
        kinds = tuple(rule.key for rule in self.app.process.documents if rule.internal)
        now = self.app.clock.now()
        files = {"f1": DeliveredFile("f1", "constancia.pdf", "application/pdf", "compliance", CUMPLIMIENTO, now, kinds)}
        self.app.change(self.key, files={**self.dossier.files, **files})
        self.pages.sign(CUMPLIMIENTO, f"/acto/{self.key}/decidir_modificacion_legal/{change_id}", f_decision="approved")
        self.app.fold(self.key)

    def has_account(self) -> str:
        """The client has an account that two persons of Cartera have approved."""
        case_id = self.ask("actualizacion_datos_bancarios", said=BANK)
        self.decide(CARTERA, case_id)
        self.decide(OTHER, case_id)
        return case_id
