"""The way of a client cut into stages: what people do, then what the product makes of it. Each stage begins from a kept state."""

from __future__ import annotations

import copy
import hashlib
import io
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

from expediente import case_papers, codec, issued, page_delivery, portal_facts, staging
from expediente.arrivals import Arrival, arrival_key
from expediente.deadlines import local_day
from expediente.form_build import question_ids
from expediente.issued_facts import Asked
from expediente.issued_rules import issued_rules
from expediente.ledger_data import Account, Movement, MovementKind
from expediente.page_form import SentFile
from expediente.portal_data import Issued
from expediente.store import Create
from tests.footprint import Footprint, faults_of, footprint
from tests.harness import DOMAIN, ENCARGADO, Case, Death, Killed, Stack, cases, person

ADMINISTRATOR = f"administrador@{DOMAIN}"
CODE = "DEN-000101"
REASON = "Ilegible"
LETTER, WRONG_LETTER = "constancia_bancaria", b"%PDF-1.4 carta equivocada"
BANK_CASE, REFUND_CASE, CREDIT_CASE = "KAAAAAA1", "KAAAAAA2", "KAAAAAA3"
# Odd, so prime to the eight faults of a call and the two of a death: every kind is met at every stage.
STRIDE = 19
# A tick that failed knows nothing of what it did not see: rest only counts after a second look.
LEAST_TICKS = 2


@dataclass(frozen=True)
class Stage:
    """What people do before the product's turn, and the state in which the dossier then rests.

    after: the stage whose end it begins from, '' = the one before it; stride: every how manieth disturbance `make test` plays.
    """

    name: str
    people: Callable[[Stack, Case], None]
    state: str
    after: str = ""
    stride: int = STRIDE


@dataclass(frozen=True)
class Clean:
    """A stage that nothing disturbed: calls by method, number of calls and commits of the process, what people then find."""

    stage: Stage
    methods: Counter[str]
    calls: int
    commits: int
    footprint: Footprint


@dataclass(frozen=True)
class Disturbance:
    """One thing that goes wrong in a stage: a fault of a method's nth call, or a death at the nth call or commit."""

    stage: str
    what: str
    method: str
    nth: int
    when: str

    def __str__(self) -> str:
        return f"{self.stage}-{self.method}-{self.nth}-{self.when}-{self.what}"


def _returns(stack: Stack, case: Case) -> None:
    book = {"paper:contrato": "Devuelto"}
    stack.documents(case, lambda key: REASON if key in book else None, column="F")
    stack.documents(case, book.get)


def _brings_again(stack: Stack, case: Case) -> None:
    folder_id = stack.dossier(case).file_id("folder/delivery")
    stack.workspace.upload(case["vendedora"], folder_id, "contrato firmado.pdf")


def _hands_in_on_the_page(stack: Stack, case: Case) -> None:
    sent = {"anexo.pdf": b"%PDF-1.4 anexo", "otra hoja.jpg": b"\xff\xd8\xff hoja", "otra vez la hoja.jpg": b"\xff\xd8\xff hoja"}
    for name, content in sent.items():
        file = SentFile("file", name, io.BytesIO(content), len(content))
        page_delivery.hand_in(stack.app, stack.dossier(case), case["vendedora"], "contrato", file)


def _takes_back(stack: Stack, case: Case) -> None:
    arrivals = stack.dossier(case).arrivals.values()
    key = next(arrival.key for arrival in arrivals if arrival.name == "otra hoja.jpg")
    stack.sign(stack.dossier(case), "taken_back", case["vendedora"], {"arrival": key})


def _ticks_too_early(stack: Stack, case: Case) -> None:
    stack.tick(case, "seguridad", only="inspeccion_realizada")


def _others_tick(stack: Stack, case: Case) -> None:
    for area in ("servicio_al_cliente", "operaciones"):
        stack.tick(case, area)
        stack.minute()


def _security_ticks(stack: Stack, case: Case) -> None:
    _others_tick(stack, case)
    stack.tick(case, "seguridad")


def _areas_sign(stack: Stack, case: Case) -> None:
    for area in stack.areas(case):
        stack.sign_area(case, area)
        stack.minute()


def _shares_by_hand(stack: Stack, case: Case) -> None:
    """The administrator opens Seguridad's folder to a stranger and closes the papers to Cumplimiento."""
    dossier, path = stack.dossier(case), "/drive/v3/files/{}/permissions{}?supportsAllDrives=true"
    stranger = {"type": "user", "role": "reader", "emailAddress": f"empleado.sin.rol@{DOMAIN}"}
    shared = path.format(dossier.file_id("folder/security"), "")
    stack.workspace.request(ADMINISTRATOR, "POST", f"{shared}&sendNotificationEmail=false", stranger)
    held = next(g for g in dossier.grants.values() if g.place == "legal" and "cumplimiento" in g.principal)
    closed = path.format(dossier.file_id("folder/legal"), f"/{held.permission_id}")
    stack.workspace.request(ADMINISTRATOR, "DELETE", closed)


def _sends_the_form(stack: Stack, case: Case) -> None:
    stack.send_form(case)


def _edits_the_form(stack: Stack, case: Case) -> None:
    edited = copy.deepcopy(case)
    edited["cliente"]["actividad"] = "Venta de repuestos náuticos"
    stack.send_form(edited, response_id=stack.dossier(case).submission_id)


def _expires_soon(stack: Stack, case: Case) -> None:
    """The Encargado copies a date that lies within the time in which a renewal is asked for."""
    stack.documents(case, lambda key: "20/03/2026" if key.startswith("paper:cedula_representante") else None, column="K")


def _renews(stack: Stack, case: Case) -> None:
    folder_id = stack.dossier(case).file_id("folder/delivery")
    stack.workspace.upload(case["vendedora"], folder_id, "cedula representante nueva.pdf")


def _verifies_the_new_one(stack: Stack, case: Case) -> None:
    stack.documents(case, lambda key: "20/03/2036" if key.startswith("paper:cedula_representante") else None, column="K")
    stack.documents(case, lambda key: "Verificado" if key.startswith("paper:cedula_representante") else None)


def _asks_for_a_change(stack: Stack, case: Case) -> None:
    """The vendedora sends the change form."""
    change = {
        "change__kind": "schedule",
        "change__point": "P01",
        "change__reason": "Abre más días",
        "schedule__asked_by": "client",
        "points__schedule__days": ["LU", "MA", "MI", "JU", "VI"],
    }
    stack.answer("change", case["vendedora"], **_named(stack, case), **change)


def _named(stack: Stack, case: Case) -> dict[str, str]:
    """What names the client in a form."""
    return {"dossier__code": stack.dossier(case).denarius_code, "client__ruc": case["cliente"]["ruc"]}


def _approves(stack: Stack, case: Case) -> None:
    stack.act(case, person("operaciones"), "decidir_modificacion", "M01", decision="approved")


def _writes_twice(stack: Stack, case: Case) -> None:
    """The client sends two requests from the links of its welcome mail."""
    reads = stack.app.store.query("outbox_of_dossier", equals=stack.dossier(case).dossier_id, limit=1000)
    (text,) = [read.data["text"] for read in reads if read.data["kind"] == "bienvenida_cliente"]
    name = f"entry.{int(question_ids(stack.app.forms['service_request'])['request.token'], 16)}"
    token = parse_qs(urlsplit(re.findall(r"https?://\S+usp=pp_url\S+", text)[0]).query)[name][0]
    for kind, said in (("supplies", "Veinte bolsas más"), ("support", "Llámenme, por favor")):
        stack.answer(
            "service_request", "", request__token=token, request__kind=kind, request__text=said, request__name="Quien sea"
        )


def _calls_back(stack: Stack, case: Case) -> None:
    said = {"outcome": "confirmed", "becomes": "note", "note": "Se le llevan"}
    stack.act(case, person("servicio_al_cliente"), "devolver_llamada", "S01", **said)


def _asks_for_documents(stack: Stack, case: Case) -> None:
    """The client has documents issued in the portal; one whose service has ended, the same."""
    app, dossier = stack.app, stack.dossier(case)
    app.__dict__["portal_secret"] = b"p" * 32
    rules, day = issued_rules(app.process.folder), local_day(app.process, app.clock.now())
    for kind, asked in (("paz_y_salvo", Asked()), ("estado_de_cuenta", Asked(day, day))):
        assert isinstance(
            issued.issue(app, issued.Wanted(dossier, rules[kind], asked, case["cliente"]["correo"], dossier.state)), Issued
        )


def _asks_for_a_refund(stack: Stack, case: Case) -> None:
    """The client has paid too much, tells in the portal where it has its account, and asks for its money and for more credit."""
    client_id, app = stack.dossier(case).client_id, stack.app
    account = Account(client_id, "B/.", date(2026, 3, 2), Decimal("1000.00"), 30, version=1)
    paid = Movement(
        client_id, "ACH-1", MovementKind.PAYMENT, date(2026, 3, 2), Decimal("100.00"), "B/.", "1/ACH-1", open_for=client_id
    )
    app.store.commit(
        [Create("account", client_id, codec.to_data(account)), Create("movement", f"{client_id}/ACH-1", codec.to_data(paid))]
    )
    asked = (
        (BANK_CASE, "actualizacion_datos_bancarios", None),
        (REFUND_CASE, "devolucion_saldo_a_favor", "100.00"),
        (CREDIT_CASE, "aumento_de_cupo", "250.00"),
    )
    for case_id, kind, amount in asked:
        payload = {"what": "case", "case_id": case_id, "kind": kind, "amount": amount, "said": {"account_number": "04-72"}}
        stack.sign(stack.dossier(case), portal_facts.KIND, case["cliente"]["correo"], payload)
    _hands_papers_in(stack, case)


def _hands_papers_in(stack: Stack, case: Case) -> None:
    """The letter of the bank, twice, and a wrong one."""
    who, dossier, name = case["cliente"]["correo"], stack.dossier(case), case_papers.paper_name(BANK_CASE, LETTER)
    for content in (b"%PDF-1.4 carta del banco", WRONG_LETTER, b"%PDF-1.4 carta del banco"):
        sha256 = hashlib.sha256(content).hexdigest()
        arrival = Arrival(name, sha256, "application/pdf", len(content), "carta.pdf", who, stack.app.clock.now())
        staging.stage(stack.app, dossier.dossier_id, arrival, content)
        said = {
            "sha256": sha256,
            "mime_type": "application/pdf",
            "size_bytes": str(len(content)),
            "name": "carta.pdf",
            "round": "1",
        }
        stack.sign(
            dossier, portal_facts.KIND, who, {"what": case_papers.HANDED_IN, "case_id": BANK_CASE, "paper": LETTER, **said}
        )


def _takes_a_letter_back(stack: Stack, case: Case) -> None:
    """Before anybody has signed."""
    who, dossier = case["cliente"]["correo"], stack.dossier(case)
    key = arrival_key(case_papers.paper_name(BANK_CASE, LETTER), hashlib.sha256(WRONG_LETTER).hexdigest(), 1)
    stack.sign(dossier, portal_facts.KIND, who, {"what": case_papers.TAKEN_BACK, "case_id": BANK_CASE, "arrival": key})


def _cartera_decides(stack: Stack, case: Case) -> None:
    """Two persons approve the account, one the credit, one the refund: the last signature is what the product takes up."""
    first, second = f"cartera.uno@{DOMAIN}", f"cartera.dos@{DOMAIN}"
    for who, case_id in ((first, BANK_CASE), (second, BANK_CASE), (first, CREDIT_CASE), (first, REFUND_CASE)):
        stack.act(case, who, "decidir_caso", case_id, decision="approved")
        stack.minute()
    stack.act(case, second, "decidir_caso", REFUND_CASE, decision="approved")


def _cancels(stack: Stack, case: Case) -> None:
    """The vendedora sends the cancellation form."""
    said = {"scope": "whole", "last_service": "2026-04-10", "reason": "Cierre del local", "supplies": "returned"}
    answers = {f"cancel__{key}": value for key, value in said.items()}
    stack.answer("cancellation", case["vendedora"], **_named(stack, case), **answers)


def _agree(stack: Stack, case: Case) -> None:
    stack.act(case, ENCARGADO, "firmar_cancelacion", "C1", supplies="si")
    # Cartera reads that the Encargado has signed.
    stack.minute()
    stack.act(case, f"cartera.uno@{DOMAIN}", "saldo_revisado", "C1", balance="none")


def _last_day_passes(stack: Stack, case: Case) -> None:
    stack.workspace.set_clock("2026-04-11T13:00:00Z")


STAGES = (
    Stage("intake", _sends_the_form, "collecting"),
    Stage("edited", _edits_the_form, "collecting"),
    Stage("papers", lambda stack, case: stack.bring_papers(case), "collecting"),
    Stage("return", _returns, "collecting"),
    Stage("again", _brings_again, "collecting"),
    Stage("handed_in", _hands_in_on_the_page, "collecting"),
    Stage("taken_back", _takes_back, "collecting"),
    Stage("compliance", lambda stack, case: stack.comply(case), "collecting"),
    Stage("filing", lambda stack, case: stack.verify(case), "collecting"),
    Stage("hand_over", lambda stack, case: stack.receive(case, CODE), "confirming"),
    Stage("too_early", _ticks_too_early, "confirming"),
    Stage("report", lambda stack, case: stack.inspect(case), "confirming"),
    Stage("shared", _shares_by_hand, "confirming"),
    Stage("ticks", _security_ticks, "confirming"),
    Stage("signs", _areas_sign, "confirming"),
    Stage("closing", lambda stack, case: stack.close(case), "active"),
    Stage("expires", _expires_soon, "active"),
    Stage("renews", _renews, "active"),
    Stage("renewed", _verifies_the_new_one, "active"),
    Stage("change", _asks_for_a_change, "active", stride=23),
    Stage("in_force", _approves, "active", stride=43),
    Stage("request", _writes_twice, "active", stride=29),
    Stage("called", _calls_back, "active", stride=23),
    Stage("issued", _asks_for_documents, "active", stride=23),
    Stage("case", _asks_for_a_refund, "active", stride=31),
    Stage("letter", _takes_a_letter_back, "active", stride=23),
    Stage("refunded", _cartera_decides, "active", stride=23),
    Stage("cancel", _cancels, "active", stride=23),
    Stage("agreed", _agree, "active", stride=23),
    Stage("ended", _last_day_passes, "archived", stride=101),
    Stage("parting", _asks_for_documents, "archived", stride=43),
    # The sale that comes to nothing, from where areas had begun to confirm, and that goes on after all.
    Stage(
        "withdrawn",
        lambda stack, case: stack.act(case, case["vendedora"], "desistir", reason="Eligió a otra empresa"),
        "withdrawn",
        after="ticks",
        stride=47,
    ),
    Stage("taken_up", lambda stack, case: stack.act(case, ENCARGADO, "retomar"), "confirming", stride=37),
)


class Theatre:
    """A stack on which every stage has been played once and can be played again, disturbed."""

    def __init__(self, stack: Stack, case: Case | None = None, stages: Sequence[Stage] = STAGES) -> None:
        self.stack, self.case, self.stages = stack, case or cases()["C01"], stages
        self.clean: dict[str, Clean] = {}

    def prepare(self) -> None:
        """Play the way once, undisturbed; keep where each stage begins and what it should come to."""
        stack = self.stack
        stack.set_up()
        starts = {stage.after for stage in self.stages}
        for stage in self.stages:
            if stage.after:
                stack.take(f"{stage.after} done")
            stage.people(stack, self.case)
            stack.keep(stage.name)
            # What a page has published is lost as well: the clock must find every signature.
            stack.take(stage.name)
            stack.live(LEAST_TICKS)
            made = Counter(call["method"] for call in stack.workspace.calls() if call["actor"] not in self._people())
            counts = stack.app.death.counts.copy()
            seen = self.look()
            assert not stack.failures, (stage.name, stack.failures)
            assert not faults_of(stack, self.case), (stage.name, faults_of(stack, self.case))
            assert stack.dossier(self.case).state == stage.state, (stage.name, stack.dossier(self.case).state)
            if stage.name in starts:
                stack.keep(f"{stage.name} done")
            self.clean[stage.name] = Clean(stage, made, counts["call"], counts["commit"], seen)

    def _people(self) -> set[str]:
        """Whoever is not the product."""
        ours = {self.stack.settings.service_account, self.stack.settings.forms_owner, *self.stack.settings.senders}
        return {call["actor"] for call in self.stack.workspace.calls()} - ours

    def look(self) -> Footprint:
        """What people find once the register has had its five minutes."""
        self.stack.workspace.advance(301)
        self.stack.try_door(self.stack.on_tick)
        # A look into the welcome's inbox may have been due in these minutes.
        self.stack.settle()
        return footprint(self.stack, self.case)

    def play(self, disturbance: Disturbance) -> list[str] | None:
        """Play a stage disturbed, let it recover by the normal doors alone, and say what is wrong then; [] = nothing.

        None: the stage came to its end before anything was to go wrong.
        """
        clean, stack = self.clean[disturbance.stage], self.stack
        death = Death(disturbance.method, disturbance.nth, disturbance.when) if disturbance.what == "death" else Death()
        stack.take(disturbance.stage, death)
        if disturbance.what != "death":
            rule = {"method": disturbance.method, "nth": disturbance.nth, "when": disturbance.when, "do": disturbance.what}
            stack.workspace.fault(rule)
        self.survive()
        took_place = death.dead if disturbance.what == "death" else stack.workspace.was_struck()
        return self.judge(clean) if took_place else None

    def play_stage(self, stage: str, stride: int) -> dict[str, list[str]]:
        """Play every so manieth disturbance of a stage, print how many there were, give what is wrong.

        A stage in which nothing went wrong shows nothing: that is wrong as well.
        """
        every = every_disturbance(self.clean)
        chosen = [found for number, found in enumerate(every) if number % stride == 0 and found.stage == stage]
        played = {one: self.play(one) for one in chosen}
        disturbed = [one for one, found in played.items() if found is not None]
        wrong = {str(one): found for one, found in played.items() if found}
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(Counter(one.what for one in disturbed).items()))
        print(f"{stage}: {len(disturbed)} of {len(chosen)} disturbances took place ({kinds}), {len(wrong)} wrong")
        assert disturbed, f"{stage}: none of {len(chosen)} disturbances took place with a stride of {stride}"
        return wrong

    def survive(self) -> None:
        """Let minutes pass; a process that dies takes with it what was published and not delivered, and another one begins."""
        try:
            self.stack.live(LEAST_TICKS)
        except Killed:
            self.stack.bus.waiting.clear()
            self.stack.restart()
            self.stack.live(LEAST_TICKS)

    def judge(self, clean: Clean) -> list[str]:
        """What is wrong with the end that was reached, by itself and beside the undisturbed one."""
        found = faults_of(self.stack, self.case)
        state = self.stack.dossier(self.case).state
        found += [] if state == clean.stage.state else [f"state {state}"]
        seen = self.look()
        return found + [
            f"{key}: {_difference(clean.footprint[key], seen[key])}" for key in seen if seen[key] != clean.footprint[key]
        ]


def _difference(wanted: object, seen: object) -> str:
    """The parts of two values that are not in both."""
    if isinstance(wanted, dict) and isinstance(seen, dict):
        keys = [key for key in wanted.keys() | seen.keys() if wanted.get(key) != seen.get(key)]
        return "; ".join(f"{key}: {_difference(wanted.get(key), seen.get(key))}" for key in sorted(keys))
    if isinstance(wanted, list) and isinstance(seen, list):
        missing, surplus = [x for x in wanted if x not in seen], [x for x in seen if x not in wanted]
        return f"missing {missing}, surplus {surplus}, {len(wanted)} -> {len(seen)}"
    return f"{wanted!r} -> {seen!r}"


FAULTS = (
    ("before", "close"),
    ("before", "500"),
    ("before", "503"),
    ("before", "429"),
    ("before", "403-rate"),
    ("after", "close"),
    ("after", "500"),
    ("after", "cut"),
)


def every_disturbance(clean: dict[str, Clean]) -> list[Disturbance]:
    """One for each call of each stage and each fault, and one for each death before and after each call and commit."""
    found = []
    for name, played in clean.items():
        for method, count in sorted(played.methods.items()):
            found += [Disturbance(name, what, method, n, when) for n in range(1, count + 1) for when, what in FAULTS]
        for kind, count in (("call", played.calls), ("commit", played.commits)):
            found += [Disturbance(name, "death", kind, n, when) for n in range(1, count + 1) for when in ("before", "after")]
    return found


__all__ = ["CODE", "FAULTS", "STAGES", "Clean", "Disturbance", "Stage", "Theatre", "every_disturbance"]
