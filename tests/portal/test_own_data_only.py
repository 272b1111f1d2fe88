"""R99: a client enters with a link sent to its mailbox and sees its own things alone; whatever is another's does not exist for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import permutations

import pytest
from flask import Response

from expediente import portal_session
from expediente.issued_rules import issued_common
from expediente.model import Dossier
from expediente.portal_pages import PAGES
from local.person import FILE_FIELDS, PageForm
from local.portal_client import PortalClient
from tests.portal.cases_kit import CasesApp
from tests.portal.conftest import Company
from tests.portal.payment_kit import put_paid_order
from tests.portal.portal_kit import PortalApp, Visitor, account_case
from tests.portal.trespass import Trespasser, Tried, ids_of, like, private_pages
from tests.portal.walk import Walk

CASES = ("C01", "C02", "C13")
# What stands in an address and is no id: any value that the page knows.
OTHERS = {"form": "pdf", "kind": "estado_de_cuenta"}
# Fields that we have filled in ourselves against sending twice.
OURS = ("f_once", "f_shown")
# Ids of one kind are alike to a form; this many of a client are typed into each field.
MOST_TYPED = 8


@dataclass
class Town:
    """Three clients, each with a browser of its own that has opened and pressed everything that it is offered."""

    app: PortalApp
    dossiers: dict[str, Dossier]
    visitors: dict[str, Visitor]
    walks: dict[str, Walk]

    def trespasser(self, who: str, victim: str) -> Trespasser:
        """One client, about to try what is another's."""
        visitor = self.visitors[who]
        entered = portal_session.entered(self.app, next(iter(visitor.cookies.values())), self.app.clock.now())
        assert entered is not None
        own = ids_of(self.app, self.dossiers[who])
        ids = ids_of(self.app, self.dossiers[victim]) - own
        return Trespasser(self.app, visitor, entered.key, ids, secrets_of(self.app, victim, self.dossiers[victim]))


def secrets_of(app: PortalApp, case_id: str, dossier: Dossier) -> tuple[str, ...]:
    """Words that only pages of this client may hold."""
    client, rows = dossier.intake.client, account_case(case_id)["facturas"]
    amounts = {row[name] for row in rows for name in ("total", "subtotal", "saldo")}
    mine = {row["cufe"] for row in rows} | {app.process.company.money(Decimal(one)) for one in amounts}
    others = {
        row[name]
        for case in CASES
        if case != case_id
        for row in account_case(case)["facturas"]
        for name in ("total", "subtotal", "saldo")
    }
    mine -= {app.process.company.money(Decimal(one)) for one in others}
    words = {
        client.legal_name,
        client.ruc,
        client.email,
        dossier.portal_email or client.email,
        dossier.intake.representative.name,
    }
    return tuple(sorted(word for word in mine | words if word))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """Everything that the pages make has been made: documents, orders, conversations, requests; and taken into the dossiers."""
    app = CasesApp(tmp_path_factory.mktemp("town"), "http://127.0.0.1:9/keys")
    dossiers = {case_id: app.add_client(case_id) for case_id in CASES}
    visitors = {case_id: app.entered(dossier) for case_id, dossier in dossiers.items()}
    for case_id, visitor in visitors.items():
        Walk(visitor).go()
        app.fold(dossiers[case_id].dossier_id)
        put_paid_order(app, dossiers[case_id], f"PAG0000000000{case_id[1:]}"[:15], {})
    walks = {case_id: Walk(visitor).go(pressing=False) for case_id, visitor in visitors.items()}
    return Town(app, dossiers, visitors, walks)


def printed(table: dict[str, Tried]) -> str:
    """The table as text: a line a page."""
    head = f"{'page':64} {'requests':>8} {'as nobody':>9} {'own opened':>10} {'wrong':>5}"
    rows = [f"{one.page:64} {one.requests:8} {one.alike:9} {one.own:10} {len(one.wrong):5}" for one in table.values()]
    sums = [
        sum(column)
        for column in zip(*((one.requests, one.alike, one.own, len(one.wrong)) for one in table.values()), strict=True)
    ]
    return "\n".join([head, *rows, f"{'all':64} {sums[0]:8} {sums[1]:9} {sums[2]:10} {sums[3]:5}"])


def test_r99_every_id_of_another_client_is_answered_as_one_of_nobody(town: Town) -> None:
    """Each of three clients puts each id of each other into each address: 404, word for word as for an id that does not exist."""
    table = {page.pattern.pattern: Tried(page.pattern.pattern) for page in private_pages()}
    for who, victim in permutations(CASES, 2):
        trespasser = town.trespasser(who, victim)
        for page in private_pages():
            if set(page.pattern.groupindex) <= set(OTHERS):
                continue
            told, row = trespasser.try_page(page, OTHERS, town.visitors[victim]), table[page.pattern.pattern]
            table[row.page] = replace(
                row, requests=row.requests + told.requests, alike=row.alike + told.alike, own=row.own + told.own,
                wrong=[*row.wrong, *(f"{who} -> {victim}: {one}" for one in told.wrong)],
            )  # fmt: skip
    shown = {page: row for page, row in table.items() if row.requests}
    print("\n" + printed(shown))
    assert [one for row in shown.values() for one in row.wrong] == []
    for page in private_pages():
        if not set(page.pattern.groupindex) <= set(OTHERS):
            row = table[page.pattern.pattern]
            assert row.requests >= 6, row.page
            # What is refused to others is there: its own client opens it.
            assert row.own or not page.get, row.page


def forms_of(walk: Walk) -> dict[tuple[str, ...], PageForm]:
    """The forms that a client is offered, each once."""
    forms = [form for page in walk.pages.values() for form in page.forms if "token" in form.fields]
    names = [(form.action, *sorted({*form.fields, *form.choices})) for form in forms]
    return {name: form for name, form in zip(names, forms, strict=True) if not form.action.endswith(("/salir", "/entrar"))}


def test_r99_an_id_of_another_client_typed_into_a_form_opens_nothing(town: Town) -> None:
    """Ids of another client, typed into each field of each form, are answered as ids of nobody and bring none of its data."""
    trespasser, visitor = town.trespasser("C01", "C02"), town.visitors["C01"]
    numbers = [row["numero"] for row in account_case("C02")["facturas"]]
    ids = sorted(trespasser.ids, key=lambda one: (len(one), one))
    tried = list(dict.fromkeys([*numbers, *ids[:: max(1, len(ids) // MOST_TYPED)]]))
    # A month holds so many documents and no more, whatever is typed.
    full = issued_common(town.app.process.folder).sentences["most_a_month"]
    typed, wrong = 0, []
    for form in forms_of(town.walks["C01"]).values():
        for name in [name for name in (*form.fields, *form.choices) if name.startswith("f_") and name not in OURS]:
            for one in tried:
                answers = [typed_in(visitor, form, name, said) for said in (one, like(one))]
                if any(full in answer.get_data(as_text=True) for answer in answers if answer.status_code == 409):
                    continue
                typed += 1
                # A conversation shows what was typed before.
                leaked = [word for word in trespasser.leaks(answers[0]) if not any(word in said for said in tried)]
                if leaked or answers[0].status_code != answers[1].status_code or answers[0].status_code >= 500:
                    wrong.append(f"{form.action} {name}={one}: {[answer.status_code for answer in answers]} {leaked}")
    print(f"\n{typed} foreign ids typed into the forms of one client, {len(wrong)} wrong")
    assert wrong == []
    assert typed > 80


def typed_in(visitor: Visitor, form: PageForm, name: str, said: str) -> Response:
    """What a form answers in the end that has something in one field, or in the name of one that bears an id."""
    fields = {key: value for key, value in form.fields.items() if key not in (name, *FILE_FIELDS)}
    typed = {f"f_item_{said}": "si"} if name.startswith("f_item_") else {name: said}
    if set(FILE_FIELDS) & set(form.fields):
        file = (FILE_FIELDS[-1], "papel.pdf", b"%PDF-1.4 otro papel")
        return visitor.follow(visitor.post_files(form.action, {**fields, **typed}, [file]))
    return visitor.follow(visitor.post(form.action, {**fields, **typed}))


def test_r99_a_list_is_not_led_into_another_clients(town: Town) -> None:
    """A list that is asked to go on behind something of another client shows its own things and nothing of the other."""
    trespasser = town.trespasser("C01", "C02")
    lists = [page.pattern.pattern for page in PAGES if page.get and page.may and not page.pattern.groupindex]
    for path in lists:
        for one in sorted(trespasser.ids):
            for name in ("desde", "antes", "q", "id", "cliente", "factura"):
                answer = town.visitors["C01"].get(f"{path}?{name}={one.replace('/', '%2F')}")
                assert answer.status_code in (200, 303, 404), (path, name, one)
                assert [word for word in trespasser.leaks(answer) if word != one] == [], (path, name, one)


def test_whoever_has_not_entered_opens_nothing_of_anybody(town: Town) -> None:
    """The same addresses without a session lead to the login, whether what they name exists or not."""
    ids = sorted(ids_of(town.app, town.dossiers["C02"]))
    for page in private_pages():
        trespasser = Trespasser(town.app, town.app.visitor(), "", set(ids), secrets_of(town.app, "C02", town.dossiers["C02"]))
        for path, nobodys, _ in trespasser._paths(page, OTHERS):
            for method in ("GET", "POST"):
                answers = [trespasser.ask(method, address) for address in (path, nobodys)]
                assert {answer.status_code for answer in answers} <= {303, 405}
                assert not trespasser.leaks(answers[0])


def test_r99_the_contact_of_an_active_client_enters_with_a_link_from_its_mailbox(company: Company) -> None:
    """Each client's contact asks for a link, finds it in her own mailbox, and lands in her own account and no other."""
    first, second = (PortalClient(company.stack, company.client(case).address) for case in ("C01", "C02"))
    shown = {case: who.enter().text for case, who in (("C01", first), ("C02", second))}
    for case, other in (("C01", "C02"), ("C02", "C01")):
        assert company.ways[case].case["cliente"]["razon_social"] in shown[case]
        assert company.ways[other].case["cliente"]["razon_social"] not in shown[case]
    assert "entrar" in first.leave().url
