"""The run of the morning: who gets which mail, once, whatever dies in between; and what it costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from expediente import codec, digest, follow_up
from expediente.model import (
    ComplianceState,
    Dossier,
    Evidence,
    Fact,
    FormSite,
    Observation,
    OutgoingMail,
    Paper,
    PaperState,
    Problem,
    Rank,
    Site,
    State,
)
from expediente.papers import required_papers
from expediente.process import Person, Process
from expediente.stand_in import stand_in
from expediente.store import Update, Write
from expediente.work import Work
from tests.unit import page_kit
from tests.unit.page_kit import DOMAIN, NOW, collecting, the_process
from tests.unit.test_follow_up import COLLECTING, CONFIRMING

DAY_2 = datetime(2026, 3, 12, 13, 0, tzinfo=UTC)
DAY_4 = datetime(2026, 3, 16, 13, 0, tzinfo=UTC)


class Died(BaseException):
    """The process is dead."""


class Counting:
    """A store that counts what is asked of it, and dies at its nth commit. when: before | after."""

    def __init__(self, store: Any, nth: int = 0, when: str = "") -> None:
        self.inner, self.nth, self.when, self.counts = store, nth, when, Counter[str]()

    def commit(self, writes: Sequence[Write]) -> list[str]:
        """Commit, unless dead."""
        self.counts["commit"] += 1
        if (self.counts["commit"], self.when) == (self.nth, "before"):
            raise Died
        versions: list[str] = self.inner.commit(writes)
        if (self.counts["commit"], self.when) == (self.nth, "after"):
            raise Died
        return versions

    def query(self, *args: Any, **options: Any) -> Any:
        """Ask, counted with the records that are answered."""
        self.counts["query"] += 1
        found = self.inner.query(*args, **options)
        self.counts["records"] += len(found)
        return found

    def __getattr__(self, name: str) -> Any:
        self.counts[name] += 1
        return getattr(self.inner, name)


class Office:
    """An application with dossiers, and its mornings."""

    def __init__(self, folder: Path, *dossiers: Dossier) -> None:
        folder.mkdir(exist_ok=True)
        self.app = page_kit.new_app(folder, "http://127.0.0.1:9")
        self.app.__dict__["site"] = Site("d1", "d2", {}, {"intake": FormSite("f", "https://forms.example.com/alta", {})})
        self.app.publish_mail = lambda sender: None  # type: ignore[method-assign]
        for dossier in dossiers:
            self.put(dossier)

    def put(self, dossier: Dossier) -> None:
        """Store a dossier as a run leaves it: with its next reminder."""
        page_kit.put(self.app, replace(dossier, next_reminder=follow_up.next_reminder(self.app.process, dossier)))

    def morning(self, at: datetime, *, fold: bool = True) -> list[OutgoingMail]:
        """Run at an instant; gives the mails that were made then."""
        self.app.hand_clock.at = at
        before = {mail.mail_id for mail in self.mails()}
        digest.run(self.app)
        if fold:
            self.fold()
        return [mail for mail in self.mails() if mail.mail_id not in before]

    def fold(self) -> None:
        """Take the facts in, as the work door does."""
        for read in self.app.store.query("waiting_facts"):
            fact = codec.from_data(Fact, read.data)
            found = self.app.store.get("dossier", fact.dossier_id)
            assert found is not None
            work = Work(self.app, codec.from_data(Dossier, found.data), found.version)
            digest.fold(work, fact)
            work.set(next_reminder=follow_up.next_reminder(self.app.process, work.dossier))
            work.forget_fact(fact.event_id)
            work.commit()

    def mails(self) -> list[OutgoingMail]:
        """All that stand in the outbox."""
        reads = self.app.store.query("outbox_of_dossier", equals="", limit=1000)
        return [codec.from_data(OutgoingMail, read.data) for read in reads]

    def change(self, dossier_id: str, **changes: object) -> None:
        """Change a dossier, as a person's doing does."""
        found = self.app.store.get("dossier", dossier_id)
        assert found is not None
        dossier = replace(codec.from_data(Dossier, found.data), **changes)  # type: ignore[arg-type]
        dossier = replace(dossier, next_reminder=follow_up.next_reminder(self.app.process, dossier))
        self.app.store.commit([Update("dossier", dossier_id, codec.to_data(dossier), found.version)])

    def people(self, **changes: dict[str, Any]) -> None:
        """Change people of the company, by the part of the address before the @ with its dot as `_`."""
        process = the_process()
        told = tuple(replace(p, **changes.get(p.address.split("@")[0].replace(".", "_"), {})) for p in process.company.people)
        self.app.__dict__["process"] = replace(process, company=replace(process.company, people=told))


def to(mails: Sequence[OutgoingMail]) -> set[str]:
    """The names before the @ of who is written to; each must be written to once."""
    found = [mail.to[0].split("@")[0] for mail in mails]
    assert len(found) == len(set(found))
    return set(found)


AREAS = {f"{who}.{number}" for who in ("servicio", "operaciones", "seguridad", "sala") for number in ("uno", "dos")}
SUPERIORS = {"gerencia.uno", "gerencia.dos", "encargado.uno", "encargada.dos"}


def of(mails: Sequence[OutgoingMail], who: str) -> OutgoingMail:
    """The mail of somebody."""
    return next(mail for mail in mails if mail.to == (f"{who}@{DOMAIN}",))


def test_only_the_days_of_the_table_bring_a_mail(tmp_path: Path) -> None:
    """Two weeks of mornings: the areas on the second and the fourth working day, their superiors on the fourth, nobody else."""
    office = Office(tmp_path, CONFIRMING)
    told = {}
    for number in range(14):
        at = datetime(2026, 3, 11, 13, 0, tzinfo=UTC) + timedelta(days=number)
        told[at.date().isoformat()] = to(office.morning(at))
    assert {day: people for day, people in told.items() if people} == {"2026-03-12": AREAS, "2026-03-16": AREAS | SUPERIORS}


def test_whoever_has_done_its_part_is_left_alone(tmp_path: Path) -> None:
    """Between the two days Operaciones confirms: the second day finds the others alone, and the closing ends it."""
    office = Office(tmp_path, CONFIRMING)
    office.morning(DAY_2)
    office.change(page_kit.DOSSIER, marks=page_kit.ticked(CONFIRMING, Evidence.ATTRIBUTED, areas=("operaciones",)).marks)
    assert to(office.morning(DAY_4)) == (AREAS | SUPERIORS) - {"operaciones.uno", "operaciones.dos"}


@pytest.mark.parametrize("state", [State.ARCHIVED, State.WITHDRAWN])
def test_a_dossier_that_has_ended_reminds_nobody(tmp_path: Path, state: State) -> None:
    """Even when the index still names it, because nobody has looked at it since."""
    office = Office(tmp_path)
    ended = replace(CONFIRMING, state=state, next_reminder=f"2026-03-12/{CONFIRMING.dossier_id}")
    page_kit.put(office.app, ended)
    assert office.morning(DAY_2) == []


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 3, 12, 12, 50, tzinfo=UTC),
        datetime(2026, 3, 14, 13, 0, tzinfo=UTC),
        datetime(2026, 4, 3, 13, 0, tzinfo=UTC),
    ],
)
def test_no_mail_before_eight_nor_on_a_free_day(tmp_path: Path, at: datetime) -> None:
    """Too early, on a Saturday, on Good Friday: what is due waits for the next working morning."""
    office = Office(tmp_path, CONFIRMING)
    assert office.morning(at) == []
    assert to(office.morning(datetime(2026, 4, 6, 13, 0, tzinfo=UTC))) == AREAS | SUPERIORS


def test_the_same_morning_twice_is_one_mail(tmp_path: Path) -> None:
    """A doubled or late message, before or after the dossiers have taken note, makes no second mail."""
    office = Office(tmp_path, CONFIRMING, COLLECTING_TWO)
    first = office.morning(DAY_2, fold=False)
    assert first and office.morning(DAY_2 + timedelta(minutes=1)) == []
    assert office.morning(DAY_2 + timedelta(hours=6)) == []


COLLECTING_TWO = replace(COLLECTING, dossier_id="EXP-COLLECT2")


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("nth", [1, 2])
def test_a_run_that_dies_is_made_whole_by_the_next(tmp_path: Path, nth: int, when: str) -> None:
    """Whatever commit it dies at, everybody has exactly the one mail of an undisturbed run."""
    wanted = {mail.mail_id: mail.text for mail in Office(tmp_path / "a", CONFIRMING, COLLECTING_TWO).morning(DAY_2)}
    office = Office(tmp_path / "b", CONFIRMING, COLLECTING_TWO)
    store = office.app.store
    office.app.__dict__["store"] = Counting(store, nth, when)
    with pytest.raises(Died):
        office.morning(DAY_2)
    office.app.__dict__["store"] = store
    office.morning(DAY_2 + timedelta(minutes=2))
    assert {mail.mail_id: mail.text for mail in office.mails()} == wanted
    assert office.morning(DAY_2 + timedelta(days=1)) == []


def test_one_mail_holds_all_clients_of_a_person(tmp_path: Path) -> None:
    """The vendedora's mail lists each client with what is missing and a text for the client; what is overdue comes first."""
    older = replace(COLLECTING, dossier_id="EXP-OLDER234", opened_at=page_kit.NOW - timedelta(days=11))
    named = replace(older, intake=page_kit.an_intake(legal_name="Almacén Viejo, S.A."))
    office = Office(tmp_path, COLLECTING, named)
    mail = of(office.morning(DAY_2), "vendedora.uno")
    assert mail.subject.startswith("Sus clientes")
    assert mail.text.index("Almacén Viejo") < mail.text.index("Comercial del Istmo")
    assert "VENCIDO · Almacén Viejo" in mail.text and "VENCIDO · Comercial" not in mail.text
    assert mail.text.count("Buenos días, Rosa Elena Pinilla:") == 2 and "- Contrato" in mail.text
    assert "https://" in mail.text and 'href="https://' in mail.html


def test_a_text_for_the_client_says_nothing_of_the_inside(tmp_path: Path) -> None:
    """What an area observed is told to the vendedora and stands in no text for the client."""
    observed = replace(
        CONFIRMING,
        observations={"operaciones": Observation("Zona peligrosa.", "", page_kit.NOW, 1)},
        papers={**CONFIRMING.papers, "contrato": Paper(PaperState.RETURNED, "Ilegible", at=page_kit.NOW)},
    )
    text = of(Office(tmp_path, observed).morning(DAY_2), "vendedora.uno").text
    assert "Zona peligrosa." in text
    ready = text[text.index("Texto para") :]
    assert "- Contrato" in ready and "Zona peligrosa." not in ready.split("Gracias")[0].split("Vence")[0]


def test_one_dossier_that_cannot_be_told_silences_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stays due, and is told the next working morning once it can be."""
    office = Office(tmp_path, CONFIRMING, replace(CONFIRMING, dossier_id="EXP-BROKEN22"))
    whole = follow_up.FINDERS["confirm_marks"]

    def broken(process: Process, dossier: Dossier) -> Iterator[follow_up.Found]:
        if dossier.dossier_id == "EXP-BROKEN22":
            raise KeyError("gone")
        return whole(process, dossier)

    monkeypatch.setitem(follow_up.FINDERS, "confirm_marks", broken)
    assert "EXP-BROKEN22" not in of(office.morning(DAY_2), "operaciones.uno").text
    monkeypatch.setitem(follow_up.FINDERS, "confirm_marks", whole)
    made = office.morning(DAY_2 + timedelta(days=1))
    assert "EXP-BROKEN22" in of(made, "operaciones.uno").text and page_kit.DOSSIER not in of(made, "operaciones.uno").text


# --- who is away ---------------------------------------------------------------------------------------------------------------

WEEK = ((date(2026, 3, 9), date(2026, 3, 20)),)


def test_a_substitute_gets_the_mail_of_who_is_away(tmp_path: Path) -> None:
    """In the week of her absence her clients go to her substitute, who reads whose they are; she gets no mail."""
    office = Office(tmp_path, COLLECTING)
    office.people(vendedora_uno={"absences": WEEK})
    made = office.morning(DAY_2)
    assert "vendedora.uno" not in to(made)
    assert "En ausencia de Marisol Quintero Vega" in of(made, "vendedora.dos").text


def test_who_is_there_anyway_is_told_once(tmp_path: Path) -> None:
    """A colleague of the same area who stands in has one mail with one line, as his own."""
    office = Office(tmp_path, CONFIRMING)
    office.people(operaciones_uno={"absences": WEEK})
    made = office.morning(DAY_2)
    assert "operaciones.uno" not in to(made)
    mail = of(made, "operaciones.dos")
    assert "En ausencia" not in mail.text and mail.text.count("Comercial del Istmo") == 1


def test_when_everybody_is_away_nothing_is_lost(tmp_path: Path) -> None:
    """Substitutes who stand in for each other and are both away get their own mails."""
    office = Office(tmp_path, CONFIRMING)
    office.people(sala_uno={"absences": WEEK}, sala_dos={"absences": WEEK})
    assert {"sala.uno", "sala.dos"} <= to(office.morning(DAY_2))


def test_chains_of_substitutes_are_followed() -> None:
    """The substitute of the substitute, where the first is away as well."""
    company = the_process().company
    a = Person("a@x", "A", (), substitute="b@x", absences=WEEK)
    b = Person("b@x", "B", (), substitute="c@x", absences=WEEK)
    c = Person("c@x", "C", ("r",))
    known = replace(company, people=(a, b, c))
    assert stand_in(known, a, date(2026, 3, 12)) == c
    assert stand_in(known, a, date(2026, 3, 12), role="r") == a
    assert stand_in(known, a, date(2026, 3, 21)) == a


# --- what nobody else may know -------------------------------------------------------------------------------------------------


def test_the_lists_are_spoken_of_to_cumplimiento_alone(tmp_path: Path) -> None:
    """On no day does another mail name them, not even the second one that goes to the superiors; the review escalates inside."""
    office = Office(tmp_path, COLLECTING)
    for at in (DAY_2, DAY_4):
        made = office.morning(at)
        naming = {mail.to[0].split("@")[0] for mail in made if "listas" in mail.text or "cumplimiento" in mail.text.lower()}
        assert naming == {"cumplimiento.uno", "cumplimiento.dos"}


def test_a_refusal_changes_no_mail_of_others(tmp_path: Path) -> None:
    """Refused or under review: everybody but Cumplimiento reads the very same words."""
    texts = []
    for state in (ComplianceState.UNDER_REVIEW, ComplianceState.REJECTED):
        office = Office(tmp_path / state.value, replace(COLLECTING, compliance=state))
        made = [*office.morning(DAY_2), *office.morning(DAY_4)]
        texts.append({mail.mail_id: (mail.subject, mail.text) for mail in made if "cumplimiento" not in mail.to[0]})
    assert texts[0] == texts[1] and texts[0]


def test_secrets_of_the_service_stand_in_no_digest(tmp_path: Path) -> None:
    """Hours, amounts and access notes never leave in a mail."""
    office = Office(tmp_path, CONFIRMING)
    for mail in [*office.morning(DAY_2), *office.morning(DAY_4)]:
        assert not [word for word in ("09:00", "11:30", "25000", "25,000", "sótano") if word in mail.text + mail.html]


# --- what it costs -------------------------------------------------------------------------------------------------------------


def _cost(folder: Path, at_rest: int, due: int) -> Counter[str]:
    office = Office(folder)
    resting = replace(CONFIRMING, reminded_until=date(2026, 12, 31))
    for n in range(at_rest):
        office.put(replace(resting, dossier_id=f"EXP-REST{n:05d}"))
    for n in range(due):
        office.put(replace(CONFIRMING, dossier_id=f"EXP-DUE{n:05d}"))
    store = Counting(office.app.store)
    office.app.__dict__["store"] = store
    office.app.hand_clock.at = DAY_2
    digest.run(office.app)
    return store.counts


def test_a_run_costs_the_same_with_many_dossiers_at_rest(tmp_path: Path) -> None:
    """A hundred or a thousand at rest: one question, a commit each for mails, facts and the note that it ran; eight areas' people, eight mails."""
    few, many = _cost(tmp_path / "few", 100, 3), _cost(tmp_path / "many", 1000, 3)
    assert few == many
    assert (few["query"], few["commit"], few["records"]) == (1, 3, 3)


def test_more_due_dossiers_are_still_one_mail_a_person(tmp_path: Path) -> None:
    """With sixty due there are as many mails as with one, and every dossier is in them, page by page."""
    office = Office(tmp_path, *[replace(CONFIRMING, dossier_id=f"EXP-DUE{n:05d}") for n in range(60)])
    digest_page, digest._PAGE = digest._PAGE, 25
    try:
        made = office.morning(DAY_2)
    finally:
        digest._PAGE = digest_page
    assert to(made) == AREAS
    assert all(f"EXP-DUE{n:05d}" in of(made, "operaciones.uno").text for n in range(60))
    assert office.morning(DAY_2 + timedelta(hours=1)) == []


def test_a_mail_that_would_be_too_long_holds_the_most_urgent(tmp_path: Path) -> None:
    """With a hundred due, and observations as long as a cell, the mails still fit into the store and say how many are left."""
    long = {"operaciones": Observation("largo " * 8000, "", page_kit.NOW, 1)}
    office = Office(tmp_path, *[replace(CONFIRMING, dossier_id=f"EXP-DUE{n:05d}", observations=long) for n in range(100)])
    made = office.morning(DAY_4)
    assert "quedan 20 más" in of(made, "servicio.uno").text
    assert "quedan 70 más" in of(made, "vendedora.uno").text
    assert office.morning(DAY_4 + timedelta(hours=1)) == []


def test_the_text_for_the_client_asks_for_papers_and_open_data_alone() -> None:
    """A returned paper with its reason and not the Encargado's remark; no reserved data; nothing at all when nothing is missing."""
    process, dossier = the_process(), collecting()
    secret, plain = (
        Problem("x", Rank.PENDING, field, question, "", "un valor")
        for field, question in (("points[1].insured_value", "Valor asegurado"), ("client.phone", "Teléfono del cliente"))
    )
    returned = Paper(PaperState.RETURNED, "Ilegible", "Se ve la mano de don Julio.", returns=1)
    text = digest.client_text(process, replace(dossier, problems=(secret, plain), papers={"contrato": returned}))
    assert "- Contrato (hace falta otra vez; motivo: ilegible)" in text and "- Teléfono del cliente" in text
    assert "Valor asegurado" not in text and "don Julio" not in text
    verified = {slot.key: Paper(PaperState.VERIFIED) for slot in required_papers(process, dossier.intake)}
    assert digest.client_text(process, replace(dossier, papers=verified)) == ""
    renewed = replace(verified["contrato"], renews_since=NOW)
    asked = digest.client_text(process, replace(dossier, papers=verified | {"contrato": renewed}))
    assert [line for line in asked.splitlines() if line.startswith("- ")] == [
        "- Contrato (hace falta el nuevo, porque el que tenemos vence o ya venció)"
    ]
