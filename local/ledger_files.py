"""What the accounting system exports of invented accounts: a CSV a tab of `sheets_templates/ledger.yaml`, and a PDF and an XML an invoice.

Accounts are written like `cartera.cuentas` of the sample cases.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import yaml

from local.printed import printed
from local.tables import ROOT

Json = dict[str, Any]
Row = dict[str, str]


def template() -> Json:
    """sheets_templates/ledger.yaml, as plain YAML."""
    table: Json = yaml.safe_load((ROOT / "sheets_templates" / "ledger.yaml").read_text(encoding="utf-8"))
    return table


def exported(accounts: Iterable[Json], codes: Mapping[str, str], stem: str = "cartera") -> dict[str, bytes]:
    """File name -> bytes, in the order in which a person would drop them. codes: `caso` of an account -> its Denarius code."""
    table, listed = template(), list(accounts)
    rows = {
        "clients": [_terms(codes[one["caso"]], one) for one in listed],
        "invoices": [_invoice(codes[one["caso"]], row) for one in listed for row in one["facturas"]],
        "movements": [row for one in listed for row in _movements(table, codes[one["caso"]], one)],
    }
    return {f"{stem}-{key}.csv": tab_as_csv(table["tabs"][key], found) for key, found in rows.items() if found}


def copies(accounts: Iterable[Json]) -> dict[str, bytes]:
    """PDF and XML of every invoice, under its number, as they come beside an export. Invented, and they say so."""
    found = {}
    for account in accounts:
        for row in account["facturas"]:
            found[f"{row['numero']}.pdf"] = printed(f"Factura {row['numero']} - Total B/. {row['total']}")
            found[f"{row['numero']}.xml"] = _xml(row)
    return found


def _xml(row: Row) -> bytes:
    body = f"<numero>{row['numero']}</numero><cufe>{row['cufe']}</cufe><total>{row['total']}</total>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<facturaFicticia>{body}</facturaFicticia>\n'.encode()


def tab_as_csv(tab: Json, rows: Iterable[Row]) -> bytes:
    """Rows of one tab of the template as a CSV file. rows: key of a column -> text; what is missing is left empty."""
    columns = tab["columns"]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([column["label"] for column in columns.values()])
    writer.writerows([row.get(key, "") for key in columns] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _terms(code: str, account: Json) -> Row:
    terms = str(account["plazo_dias"])
    return {"code": code, "since": account["cliente_desde"], "limit": account["cupo"], "terms_days": terms}


def _invoice(code: str, row: Row) -> Row:
    return {
        "code": code,
        "number": row["numero"],
        "issued_on": row["fecha"],
        "due_on": row["vence"],
        "concept": row.get("concepto", ""),
        "subtotal": row["subtotal"],
        "tax": row["itbms"],
        "total": row["total"],
        "cufe": row["cufe"],
    }


def _movements(table: Json, code: str, account: Json) -> Iterator[Row]:
    """What has been paid: the first invoice by the advances where some are written, else each by a payment of its own."""
    first = account["facturas"][0]["numero"]
    for row in account["anticipos"]:
        yield _payment(table, code, row["referencia"], row["fecha"], row["monto"], f"{first}: {row['aplicado']}")
    for row in account["facturas"][1:] if account["anticipos"] else account["facturas"]:
        paid = Decimal(row["total"]) - Decimal(row["saldo"])
        if paid:
            on = row.get("pagada_el", row["vence"])
            yield _payment(table, code, f"PAGO-{row['numero']}", on, str(paid), f"{row['numero']}: {paid}")


def _payment(table: Json, code: str, reference: str, on: str, amount: str, settles: str) -> Row:
    word = table["choices"]["movement"]["payment"][0]
    return {"code": code, "number": reference, "movement": word, "issued_on": on, "amount": amount, "settles": settles}
