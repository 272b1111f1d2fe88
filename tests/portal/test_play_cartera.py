"""`python -m local play` plays the accounts, conversations and payments of `cartera`, and tells what is not as expected."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.eva_client import heard_in
from local.play import play

ROOT = Path(__file__).resolve().parents[2]
_PAGE = """<ol><li class="eva"><span>Eva</span><p>Buen día.</p></li><li class="me" id="ultimo"><span>Usted</span><p>a &lt;b&gt;</p></li>
<li class="eva"><span>Eva</span><p>Su saldo es B/. 321.00.<br>Nada vencido.</p></li></ol>
<form class="offers" method="post"><button class="chip" name="f_pick" value="c:yes">Sí, enviar</button>
<a class="chip link" href="/estado-de-cuenta">Ver</a></form>"""


def _sample() -> dict[str, Any]:
    table: dict[str, Any] = yaml.safe_load((ROOT / "tests" / "data" / "sample_cases.yaml").read_text(encoding="utf-8"))
    return table


def _of_one_client() -> dict[str, Any]:
    """The file with the client of C01 alone, and what other clients own that it asks for."""
    table = copy.deepcopy(_sample())
    cartera = table["cartera"]
    cartera["cuentas"] = [one for one in cartera["cuentas"] if one["caso"] == "C01"]
    cartera["conversaciones"] = [one for one in cartera["conversaciones"] if one["usuario"] == "C01"][:1]
    cartera["pagos"] = [one for one in cartera["pagos"] if one["cuenta"] == "C01"]
    return table


def test_what_the_portal_does_not_show_is_a_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong balance, a reason that the rules do not give, another intent, a payment applied twice, a key that nobody knows: each is told."""
    table = _of_one_client()
    account, chat, payment = table["cartera"]["cuentas"][0], table["cartera"]["conversaciones"][0], table["cartera"]["pagos"][0]
    account["esperado"] |= {"saldo": "320.99", "utilizacion": "0.4000", "inventada": 1}
    account["esperado"]["credito"][0]["motivos"] = ["mora_vigente"]
    account["esperado"]["paz_y_salvo"] = {"se_emite": False}
    chat |= {"intencion": "medios_de_pago", "respuesta_contiene": ["999.99"]}
    payment["esperado"]["aplicado_veces"] = 2
    path = tmp_path / "cases.yaml"
    path.write_text(yaml.safe_dump(table, allow_unicode=True), encoding="utf-8")
    assert play(path, ["cartera"]) == 1
    said = capsys.readouterr().out
    for words in (
        "saldo: se espera 320.99 y hay 321.00",
        "utilizacion: se espera 0.4000",
        "inventada: «play» no conoce esta clave",
        "credito: 250.00: mora_vigente: falta",
        "paz_y_salvo: se espera False y hay True",
        "intencion: se espera medios_de_pago",
        "respuesta_contiene: falta '999.99'",
        "aplicado_veces: el saldo bajó 321.00",
    ):
        assert words in said, said
    assert "dias_mora_max" not in said and "estado_intermedio" not in said


def test_what_eva_said_last_is_read_from_her_page() -> None:
    """Her lines since the last one of ours, the buttons by what they send, the links by where they lead."""
    heard = heard_in(_PAGE)
    assert heard.text == "Su saldo es B/. 321.00.\nNada vencido."
    assert (heard.buttons, heard.links) == ({"c:yes": "Sí, enviar"}, {"/estado-de-cuenta": "Ver"})
