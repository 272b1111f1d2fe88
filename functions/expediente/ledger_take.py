"""Rows of Cartera's files into the ledgers of their clients: as many at once as one commit takes, with a text about each.

A row that the ledger refuses changes nothing and says why; what one row says of a client is seen by those behind it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from expediente import codec, identifiers
from expediente.errors import DataError
from expediente.ledger_book import MOST_SETTLED, Book, Change
from expediente.ledger_claims import Claims
from expediente.ledger_data import Account, Allocation, Item, ItemKind, Movement, MovementKind
from expediente.ledger_portal import PortalNumbers
from expediente.ledger_rows import Row, Said
from expediente.ledger_template import CLIENTS, DEBIT_NOTES, INVOICES, MOVEMENTS, LedgerTemplate
from expediente.model import Dossier
from expediente.portal_data import Order
from expediente.store import Write

if TYPE_CHECKING:
    from expediente.bootstrap import App

# How many writes a commit may have when one more row is begun: a movement may settle and set free two hundred items each.
_ENOUGH_WRITES = {MOVEMENTS: 80}
_ENOUGH_ELSE = 380
_RUC_KINDS = ("juridica", "natural", "juridica_nt", "natural_nt")
_ITEMS = {INVOICES: ItemKind.INVOICE, DEBIT_NOTES: ItemKind.DEBIT_NOTE}
WRONG = "wrong"


class _RefusedRow(Exception):
    """A row that cannot be taken. text: what is said beside it."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass
class Batch:
    """What a commit takes in. results: a text for each row that was taken or refused, from the first on.

    unfinished: client and reference of payments that settle more than a commit takes; `ledger.spread` goes on with them.
    """

    writes: list[Write] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    unfinished: list[tuple[str, str]] = field(default_factory=list)


class Clients:
    """Whose code or RUC it is; kept for a run, because a file names few clients often."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._known: dict[str, tuple[str, ...]] = {}

    def read(self, rows: Sequence[Said]) -> None:
        """Look up all that is not known yet, in two round trips."""
        codes = sorted({said.code for said in rows if said.code and f"code {said.code}" not in self._known})
        rucs = sorted({said.ruc for said in rows if said.ruc and f"ruc {said.ruc}" not in self._known})
        keys = {ruc: _keys_of(ruc) for ruc in rucs}
        wanted = [("unique", f"denarius/{code}") for code in codes]
        wanted += [("unique", f"client/{key}") for names in keys.values() for key in names]
        claims = {key: read for key, read in zip(wanted, self._app.store.get_many(wanted), strict=True) if read}
        dossiers = {
            code: str(found.data["dossier_id"]) for code in codes if (found := claims.get(("unique", f"denarius/{code}")))
        }
        reads = self._app.store.get_many([("dossier", dossier_id) for dossier_id in dossiers.values()])
        clients = {read.key: codec.from_data(Dossier, read.data).client_id for read in reads if read}
        for code in codes:
            found_client = clients.get(dossiers.get(code, ""))
            self._known[f"code {code}"] = (found_client,) if found_client else ()
        for ruc, names in keys.items():
            held = [claims[("unique", f"client/{key}")] for key in names if ("unique", f"client/{key}") in claims]
            self._known[f"ruc {ruc}"] = tuple(dict.fromkeys(str(claim.data["client_id"]) for claim in held))

    def of(self, said: Said) -> tuple[str, tuple[str, ...]]:
        """Client id by the code, '' = none; and those by the RUC: more than one when two kinds of person bear that number."""
        by_code = self._known.get(f"code {said.code}", ())
        return by_code[0] if by_code else "", self._known.get(f"ruc {said.ruc}", ())

    def one_of(self, said: Said) -> str:
        """The client that a row names, '' = none or not only one."""
        by_code, by_ruc = self.of(said)
        return by_code or (by_ruc[0] if len(by_ruc) == 1 else "")


def _keys_of(text: str) -> list[str]:
    """The keys of a client with that RUC: its kind cannot be told from the number."""
    found = ((kind, identifiers.ruc(text, kind)) for kind in _RUC_KINDS)
    return [f"{kind}:{ruc.number}" for kind, ruc in found if ruc is not None]


def _copies(said: Said) -> set[str]:
    """The names of an invoice's files, in small letters."""
    return {name.casefold() for name in (said.pdf, said.xml) if name}


def number_of(name: str) -> str:
    """The number of an invoice that the name of a file says."""
    return name.rpartition(".")[0].strip().upper()


class Taker:
    """Takes rows in for one file. clients: shared by all batches of a run; source: what the records bear as their origin."""

    def __init__(self, app: App, template: LedgerTemplate, clients: Clients, source: str) -> None:
        self._app, self._template, self._clients, self._source = app, template, clients, source
        self._currency = app.process.company.currency
        self._book = Book(app.store, app.clock.now(), self._currency)
        self._claims = Claims(app.store)
        self._unfinished: list[tuple[str, str]] = []
        self._portal = PortalNumbers(app.store)

    def take(self, rows: Sequence[Row]) -> Batch:
        """Take the first rows, as many as fit into a commit; at least one."""
        batch = Batch()
        self._read([row for row in rows if row.said])
        for row in rows:
            size = self._book.size + self._claims.size + self._portal.size
            if size >= _ENOUGH_WRITES.get(row.tab, _ENOUGH_ELSE):
                break
            try:
                key, text = self._taken(row)
            except _RefusedRow as refusal:
                key, text = WRONG, refusal.text
            batch.counts[key] += 1
            batch.results.append(text)
        batch.writes = [*self._book.writes(), *self._claims.writes(), *self._portal.writes()]
        batch.unfinished = self._unfinished
        return batch

    def _read(self, rows: Sequence[Row]) -> None:
        said = [row.said for row in rows if row.said]
        self._clients.read(said)
        owners = [self._clients.one_of(row) for row in said]
        keys: list[tuple[str, str]] = []
        claims: set[str] = set()
        for row, one, client_id in zip(rows, said, owners, strict=True):
            if row.tab in _ITEMS:
                keys.append(("item", f"{client_id}/{one.number}"))
                claims |= {f"invoice/{one.number}", *(f"copy/{name}" for name in _copies(one))}
                claims |= {f"invoice/{number_of(name)}" for name in _copies(one)}
            elif row.tab == MOVEMENTS:
                keys.append(("movement", f"{client_id}/{one.reference}"))
                keys += [("item", f"{client_id}/{number}") for number, _ in one.settles or ()]
        self._book.read(filter(None, owners), [key for key in keys if not key[1].startswith("/")])
        self._portal.read(one.order for one in said if one.order)
        self._claims.read(claims)
        self._claims.read_copies(one.number for row, one in zip(rows, said, strict=True) if row.tab in _ITEMS)

    def _taken(self, row: Row) -> tuple[str, str]:
        if row.said is None:
            raise _RefusedRow(" ".join(row.problems))
        client_id = self._client(row.tab, row.said)
        try:
            if row.tab == CLIENTS:
                change, more = self._account(client_id, row.said), ""
            elif row.tab == MOVEMENTS:
                change, more = self._movement(client_id, row.said)
            else:
                change, more = self._item(client_id, row.tab, row.said), ""
        except DataError as error:
            reason = f"{error.field} «{error.written}»: se espera {error.expected}"
            raise self._refused(row.tab, "number", row.said.number, "ledger", reason=reason) from error
        text = self._template.outcomes[change.value]
        if more:
            text = f"{text}; {more}"
        return change.value, text

    def _refused(self, tab: str, column: str, value: str, key: str, **facts: object) -> _RefusedRow:
        columns = self._template.tabs[tab].columns
        return _RefusedRow(self._template.problem(columns[column].label, value, key, **facts))

    def _client(self, tab: str, said: Said) -> str:
        by_code, by_ruc = self._clients.of(said)
        for column, written, found in (("code", said.code, by_code), ("ruc", said.ruc, by_ruc)):
            if written and not found:
                raise self._refused(tab, column, written, "unknown_client")
        if by_code and by_ruc and by_code not in by_ruc:
            raise self._refused(tab, "code", said.code, "two_clients")
        if len(by_ruc) > 1 and not by_code:
            raise self._refused(tab, "ruc", said.ruc, "two_kinds")
        return self._clients.one_of(said)

    def _account(self, client_id: str, said: Said) -> Change:
        account = Account(client_id, self._currency, said.since, said.limit, said.terms_days, said.returned)
        return self._book.put_account(account)

    def _item(self, client_id: str, tab: str, said: Said) -> Change:
        claim = self._claims.get(f"invoice/{said.number}")
        if claim is not None and claim["client_id"] != client_id:
            raise self._refused(tab, "number", said.number, "other_client")
        if not said.voided:
            self._check_copies(client_id, tab, said)
        days, money = (said.issued_on, said.due_on), (said.subtotal, said.tax, said.total)
        item = Item(client_id, said.number, _ITEMS[tab], *days, *money, self._currency, voided=said.voided)
        change = self._book.put_item(replace(item, cufe=said.cufe, concept=said.concept, source=self._source))
        if said.voided:
            self._claims.drop_invoice(client_id, said.number)
        else:
            self._claims.invoice(client_id, said.number, _copies(said))
        return change

    def _check_copies(self, client_id: str, tab: str, said: Said) -> None:
        """Refuse a file that another invoice names, or whose name is another's number: its bytes would go to that client."""
        for column, name in (("pdf", said.pdf), ("xml", said.xml)):
            held, number = self._claims.get(f"copy/{name.casefold()}") if name else None, number_of(name)
            if held is not None and (held["client_id"], held["number"]) != (client_id, said.number):
                self._claims.contest(name.casefold())
                raise self._refused(tab, column, name, "other_copy", number=held["number"])
            if name and number != said.number and self._claims.get(f"invoice/{number}") is not None:
                raise self._refused(tab, column, name, "other_number", number=number)

    def _movement(self, client_id: str, said: Said) -> tuple[Change, str]:
        amount = Decimal("0.00") if said.voided else said.amount
        row = codec.digest(repr((said.movement, said.issued_on, amount, said.settles, said.concept, said.voided)))
        movement = Movement(client_id, said.reference, said.movement, said.issued_on, amount, self._currency, said=row)
        movement = replace(movement, note=said.concept, source=self._source, voided=said.voided)
        before = self._book.movement(client_id, said.reference)
        if said.order and before is None and not self._portal.takes(client_id, said.order, said.movement):
            raise self._refused(MOVEMENTS, "order", said.order, "other_order")
        if said.movement is MovementKind.REFUND:
            return self._book.refund(movement, debts_first=False), ""
        order = self._portal.order(client_id, said.order) if said.order else None
        if before is not None and said.settles is None and not said.voided and before.says_as_much(movement):
            # The row does not say what is settled: that stays as the client, or an earlier row, has said.
            change = self._book.restate(movement)
        else:
            chosen, to_oldest = self._settled_by(said, movement, before, order)
            change = self._book.put_movement(movement, chosen, rest_to_oldest=to_oldest)
        stored = self._book.movement(client_id, said.reference)
        if stored is None or (said.settles is None and len(stored.allocations) >= MOST_SETTLED):
            self._unfinished.append((client_id, said.reference))
            return change, ""
        if change is Change.SAME:
            return change, ""
        if order is not None and not said.voided:
            self._portal.wake(order, self._app.clock.now())
        return change, "; ".join(self._told(stored.rest, movement, order))

    def _told(self, rest: Decimal, movement: Movement, order: Order | None) -> Iterator[str]:
        if rest:
            yield self._template.outcomes["rest"].format(rest=f"{rest:,.2f}")
        if order is not None and not movement.voided and order.amount != movement.amount:
            yield self._template.outcomes["other_amount"].format(amount=f"{order.amount:,.2f}")

    def _settled_by(
        self, said: Said, movement: Movement, before: Movement | None, order: Order | None
    ) -> tuple[list[Allocation], bool]:
        """What a payment settles first, and whether its rest settles the oldest.

        What the row says goes before all. A row of another amount that does not say it settles first what was settled, and a
        payment that the portal asked for what the client had chosen there.
        """
        if said.voided:
            return [], False
        if said.settles is not None:
            return [Allocation(number, part or movement.amount) for number, part in said.settles], False
        if before is not None and not before.voided:
            return list(before.allocations), True
        wanted = order.chosen if order is not None else ()
        items = [(one, self._book.item(movement.client_id, one.number)) for one in wanted]
        return [one for one, item in items if item is not None and not item.voided], True
