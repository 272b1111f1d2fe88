"""What the payer sees of the local gateway: a card's form, a bank, a telephone's button. Plain pages of another house than ours."""

from __future__ import annotations

import html
from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import quote, urlsplit

from aiohttp import web

_STYLE = """
*{box-sizing:border-box}body{font:16px/1.5 system-ui,sans-serif;background:#eef1ee;color:#1c2a22;margin:0;padding:12px}
main{max-width:30rem;margin:1rem auto;background:#fff;border-radius:10px;padding:1.5rem;border-top:5px solid #2d6a4f}
h1{font-size:1.3rem;margin:0 0 .5rem}label{display:block;font-weight:600;margin:.8rem 0 .2rem}
input[type=text]{font:inherit;width:100%;padding:.7rem;border:1px solid #7f9187;border-radius:6px}
fieldset{border:0;padding:0;margin:.5rem 0}fieldset label{font-weight:400;margin:.3rem 0}
button{font:inherit;font-weight:700;width:100%;min-height:48px;margin:.8rem 0 0;border:0;border-radius:6px;background:#2d6a4f;color:#fff;cursor:pointer}
button.plain{background:#e3ebe6;color:#1c4a35}small{color:#4f6157}p.sum{font-size:1.6rem;font-weight:700;margin:.3rem 0}
"""
_BANKS = ("Banco Imaginario de Panamá", "Banco Ficticio del Istmo", "Caja Inventada")


def answer(content: str, status: int = 200) -> web.Response:
    """A whole page around a content."""
    text = (
        '<!doctype html><html lang="es"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>Pasarela de pruebas</title><style>{_STYLE}</style><main>{content}'
        "<p><small>Pasarela de pruebas: aquí no se mueve "
        "dinero.</small></p></main></html>"
    )
    return web.Response(text=text, status=status, content_type="text/html", headers={"Cache-Control": "no-store"})


def refused() -> str:
    """The order is not one of our shop."""
    return "<h1>Esta orden no es válida</h1><p>Vuelva al comercio e inténtelo de nuevo.</p>"


def paying(values: Mapping[str, str], state: str) -> str:
    """The page on which the payer acts."""
    form = {"card": _CARD, "bank": _bank_choice()}.get(values["takes"], _BUTTON)
    if state == "pending":
        form = "<p>Su banco está revisando este pago.</p>"
    return (
        f"<h1>{_shop(values)}</h1>{_sum(values)}"
        f'<form method="post" action="/pagar/{quote(values["order"], safe="")}">{form}'
        '<button class="plain" name="do" value="cancel" formnovalidate>Cancelar</button></form>'
    )


def bank(values: Mapping[str, str], state: str) -> str:
    """The desk of the bank: what is pending is decided."""
    words = {"pending": "Pendiente", "approved": "Aprobado", "rejected": "Rechazado"}
    buttons = (
        '<form method="post"><button name="state" value="approved">Aprobar</button>'
        '<button class="plain" name="state" value="rejected">Rechazar</button></form>'
    )
    return f"<h1>Banco: {_shop(values)}</h1>{_sum(values)}<p>{words.get(state, state)}</p>{buttons if state == 'pending' else ''}"


def _shop(values: Mapping[str, str]) -> str:
    return html.escape(f"Orden {values['order']} de {urlsplit(values['back']).hostname or ''}")


def _sum(values: Mapping[str, str]) -> str:
    return f'<p class="sum">{html.escape(values["currency"])} {Decimal(values["amount"]):,.2f}</p>'


_CARD = """
<fieldset><legend>Tarjeta</legend>
<label><input type="radio" name="kind" value="debit" required> Débito</label>
<label><input type="radio" name="kind" value="credit"> Crédito</label></fieldset>
<label for="number">Número</label><input type="text" id="number" name="number" inputmode="numeric" autocomplete="off" required>
<label for="until">Vence (mes/año)</label><input type="text" id="until" name="until" autocomplete="off" placeholder="12/30">
<p><small>4111 1111 1111 1111 se aprueba; 4000 0000 0000 0002 se rechaza.</small></p>
<button name="do" value="pay">Pagar</button>
"""
_BUTTON = """
<label for="phone">Teléfono</label><input type="text" id="phone" name="phone" inputmode="tel" autocomplete="off" placeholder="6000-0000">
<button name="do" value="approve">Confirmar en el teléfono</button>
<button class="plain" name="do" value="reject">Rechazar en el teléfono</button>
"""


def _bank_choice() -> str:
    choices = "".join(
        f'<label><input type="radio" name="bank" value="{n}" required> {name}</label>' for n, name in enumerate(_BANKS)
    )
    return f'<fieldset><legend>Su banco</legend>{choices}</fieldset><button name="do" value="pay">Autorizar en el banco</button>'
