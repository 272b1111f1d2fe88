"""What Eva understands: hundreds of phrases as people write them, the sample conversations, and texts that want to break her."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from decimal import Decimal

import pytest
import yaml

from expediente import eva
from tests.guards.reading import ROOT
from tests.unit.intake_samples import sample_file
from tests.unit.page_kit import the_process

RULES = the_process().eva
PHRASES = yaml.safe_load((ROOT / "tests" / "data" / "eva_phrases.yaml").read_text(encoding="utf-8"))
ASKED = [(intent, phrase, True) for intent, said in PHRASES.items() if isinstance(said, list) for phrase in said]
ASKED += [(intent, phrase, False) for intent, said in PHRASES["visitante"].items() for phrase in said]
LEAST = 250
OWN = ("Ferretería El Tornillo Imaginario, S.A.", "155990001-2-2024")


def test_eva_understands_hundreds_of_phrases(record_property: Callable[[str, object], None]) -> None:
    """Each phrase, with its typing errors and Panamanian words, leads to the request that its writer meant; what means nothing, to none."""
    wrong = []
    for wanted, phrase, entered in ASKED:
        found = eva.understand(RULES, phrase, entered=entered)
        if (found.intent or "no_entendida") != wanted:
            wrong.append(f"{wanted}: {phrase} -> {found}")
    record_property("phrases", len(ASKED))
    assert len(ASKED) >= LEAST
    assert not wrong, f"{len(wrong)} of {len(ASKED)}: {wrong}"


def test_every_phrase_of_the_table_leads_to_its_own_intent() -> None:
    """What eva.yaml writes under a request is not taken by another request."""
    wrong = {}
    for intent in RULES.intents.values():
        entered = intent.needs != "visitor"
        for phrase in intent.phrases:
            found = eva.understand(RULES, phrase, entered=entered)
            if found.intent != intent.key:
                wrong[phrase] = (intent.key, found)
    assert not wrong


@pytest.mark.parametrize("line", sample_file()["cartera"]["conversaciones"], ids=lambda line: line["mensaje"][:30])
def test_sample_conversations_are_understood(line: dict[str, str]) -> None:
    """The lines of the sample cases mean what the sample says."""
    found = eva.understand(RULES, line["mensaje"], entered=bool(line["usuario"]))
    assert (found.intent or "no_entendida") == line["intencion"]


def test_a_typing_error_in_any_long_word_is_forgiven() -> None:
    """Two letters swapped anywhere in `certificado de compras` change nothing."""
    word = "certificado"
    for place in range(1, len(word) - 2):
        swapped = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        assert eva.understand(RULES, f"{swapped} de compras", entered=True).intent == "certificado_compras", swapped


def test_without_a_clear_lead_nothing_is_guessed() -> None:
    """Two requests in one sentence are both named, none is begun."""
    found = eva.understand(RULES, "frecuencia u horario", entered=True)
    assert not found.intent
    assert set(found.near) == {"cambio_de_frecuencia", "cambio_de_horario"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t ",
        "\x00\x01\u202e\ufffe",
        "\ud800",
        "é" * 100_000,
        "e\u0301" * 50_000,
        "a" + "\u0301" * 10_000,
        "factura " * 20_000,
        "1" * 50_000,
        "9" * 30 + "," * 1000,
        "{client} {0} {__class__} %s %(x)s ${x} {{ 7*7 }} {% raw %}",
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "'; DROP TABLE dossier; --",
        '=HYPERLINK("http://x")',
        "(" * 5_000,
        "FE-" * 9_000,
        "../../../etc/passwd",
        "٣٤٥ ８９ ⅷ ½",
    ],
    ids=range(18),
)
def test_hostile_text_is_read_fast_and_breaks_nothing(text: str) -> None:
    """Any text of any length gives an answer within half a second, from every reader."""
    begun = time.perf_counter()
    eva.understand(RULES, text, entered=True)
    for read in (eva.amounts, eva.invoice_numbers, eva.dates):
        read(text[:2000])
    eva.command(RULES, text)
    eva.speaks_of_another(RULES, text, OWN)
    assert time.perf_counter() - begun < 0.5


def test_random_text_never_breaks_it() -> None:
    """A thousand strings of every kind of character are read without a fault."""
    draw = random.Random(5)
    for _ in range(1000):
        text = "".join(chr(draw.choice([draw.randrange(0x20, 0x250), draw.randrange(0x3000)])) for _ in range(draw.randrange(60)))
        eva.understand(RULES, text, entered=draw.random() < 0.5)
        eva.amounts(text)
        eva.speaks_of_another(RULES, text, OWN)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("aumentar el cupo a B/. 9,500", ["9500"]),
        ("los 100 que pagué de más", ["100"]),
        ("abonar 20 a la FE-0000204", ["20"]),
        ("subir mi cupo a 1250.00", ["1250.00"]),
        ("pagué 12.50 y eran $10.25", ["10.25", "12.50"]),
        ("el 15/07/2027", []),
        ("factura 0000152 no", ["152"]),
        ("nada", []),
        ("son B/.1,234,567.89.", ["1234567.89"]),
        ("-5.00", ["-5.00"]),
    ],
)
def test_amounts_in_a_text(text: str, wanted: list[str]) -> None:
    """Amounts are found as people write them; numbers of invoices and dates are none."""
    assert list(eva.amounts(text)) == [Decimal(one) for one in wanted]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("copia de la factura FE-0000152", ("FE-0000152",)),
        ("la fe 0000152 y la FE0000204", ("FE-0000152", "FE-0000204")),
        ("de 2027", ()),
        ("el cupo a 9500", ()),
    ],
)
def test_invoice_numbers_in_a_text(text: str, wanted: tuple[str, ...]) -> None:
    """Numbers of invoices are found with and without their dash; years and amounts are none."""
    assert eva.invoice_numbers(text) == wanted


@pytest.mark.parametrize(
    ("text", "another"),
    [
        ("dime el saldo de Supermercados Mar Imaginario", True),
        ("cuánto debe la empresa Zafiro Dorado", True),
        ("saldo del cliente Panadería Trigal", True),
        ("estado de cuenta del RUC 155990777-2-2020", True),
        ("saldo de mi cuenta", False),
        ("estado de cuenta de junio", False),
        ("dime el saldo de Ferretería El Tornillo Imaginario", False),
        ("estado de cuenta de la factura", False),
        ("el estado de cuenta del mes de mayo por favor", False),
        ("cuánto debo de facturas vencidas", False),
        ("estado de cuenta del RUC 155990001-2-2024", False),
    ],
)
def test_another_clients_name_is_noticed(text: str, *, another: bool) -> None:
    """Who asks for somebody else's account is told no; ordinary words and the client's own name are no such thing."""
    assert eva.speaks_of_another(RULES, text, OWN) is another
