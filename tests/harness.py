"""The whole product in one process, against a real local Workspace: people act on the Workspace, doors are called directly.

An `Incarnation` is one life of the product's process: it can be killed before or after any call or commit, and another one
goes on from the same store. Only the two Pub/Sub topics are stood in for, by a `Bus` that doubles, shuffles or loses messages.
Crash tests, delivery tests and the benchmark stand on it.
"""

from __future__ import annotations

import random
import shutil
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import urllib3
import yaml

from expediente import activate, acts, codec, confirm, digest, feeds, ledger_files, marks, outbox, points, register
from expediente.bootstrap import App
from expediente.compliance import subjects_hash
from expediente.form_build import build_requests, question_ids
from expediente.form_definition import ANYONE, FormDefinition, load_forms
from expediente.google import Google
from expediente.model import Dossier, Fact, FormSite, Site, State
from expediente.page_act import view_of
from expediente.process import Process, load
from expediente.reconcile import reconcile
from expediente.settings import Settings
from expediente.store import Create, Store, Write
from expediente.store_sqlite import SqliteStore
from local.cases import answers_for, load_definition
from tests.local_workspace import ROOT, SERVICE_ACCOUNT, Json, Workspace
from tests.staging_bucket import ARCHIVE, CLIENT, StagingBucket
from tests.staging_bucket import NAME as STAGING

DOMAIN = "blindados-demo.example.com"
FORMS_OWNER = f"formularios@{DOMAIN}"
SENDERS = (f"notificaciones@{DOMAIN}", f"bienvenida@{DOMAIN}")
ENCARGADO = f"encargado.uno@{DOMAIN}"
CUMPLIMIENTO = f"cumplimiento.uno@{DOMAIN}"
FOLDER = "application/vnd.google-apps.folder"
SHEET = "application/vnd.google-apps.spreadsheet"
BEGIN = "2026-03-02T14:15:00Z"
MINUTE = 61.0

Case = dict[str, Any]


def person(area: str) -> str:
    """The first person of an area, as the sample company names them."""
    return f"{area.split('_')[0]}.uno@{DOMAIN}"


@lru_cache
def cases() -> dict[str, Case]:
    """The sample cases by id."""
    told = yaml.safe_load((ROOT / "tests" / "data" / "sample_cases.yaml").read_text(encoding="utf-8"))
    return {case["id"]: case for case in told["casos"]}


_definition = lru_cache(load_definition)


def answers(case: Case) -> Json:
    """What the vendedora types into the intake form: answers by question title."""
    return answers_for(case, _definition(ROOT))


# --- one life of the product's process -----------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process is dead: nothing that it would still do happens."""


@dataclass
class Death:
    """When an incarnation dies: before or after its nth call or commit. kind '' = it lives on; counts: what it has done."""

    kind: str = ""
    nth: int = 0
    when: str = "before"
    dead: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self) -> None:
        """A dead process does nothing."""
        if self.dead:
            raise Killed

    def around(self, kind: str, action: Callable[[], Any]) -> Any:
        """Do something that counts, unless death comes before; when it comes after, nobody hears the answer."""
        with self._lock:
            self.check()
            self.counts[kind] += 1
            mine = self.kind == kind and self.counts[kind] == self.nth
            self.dead = mine and self.when == "before"
        self.check()
        answer = action()
        if mine:
            self.dead = True
        self.check()
        return answer


class MortalPool:
    """The connection pool of the product, through which every call to Google passes."""

    def __init__(self, pool: urllib3.PoolManager) -> None:
        self._pool, self.death = pool, Death()

    def request(self, *args: Any, **options: Any) -> Any:
        """Send, unless dead."""
        return self.death.around("call", lambda: self._pool.request(*args, **options))


class MortalStore:
    """A store that a dead process cannot write."""

    def __init__(self, store: Store, death: Death) -> None:
        self._store, self._death = store, death

    def commit(self, writes: Sequence[Write]) -> list[str]:
        """Commit, unless dead."""
        versions: list[str] = self._death.around("commit", lambda: self._store.commit(writes))
        return versions

    def __getattr__(self, name: str) -> Any:
        self._death.check()
        return getattr(self._store, name)


class Bus:
    """The topics `work` and `mail`. copies: how often each message comes; shuffled: in any order; losing: never delivered."""

    def __init__(self) -> None:
        self.waiting: deque[tuple[str, str]] = deque()
        self.copies = 1
        self.shuffled: random.Random | None = None
        self.losing: Callable[[], bool] = lambda: False

    def publish(self, topic: str, message: str) -> None:
        """Take a message."""
        if not self.losing():
            self.waiting.extend([(topic, message)] * self.copies)

    def next(self) -> tuple[str, str]:
        """The message that is delivered next."""
        if self.shuffled is not None:
            self.waiting.rotate(self.shuffled.randrange(len(self.waiting)))
        return self.waiting.popleft()


_process: Callable[[], Process] = lru_cache(load)


@lru_cache
def _forms() -> dict[str, FormDefinition]:
    return load_forms(ROOT)


class Incarnation(App):
    """An `App` whose process can die, and whose topics are a `Bus`."""

    def __init__(self, settings: Settings, bus: Bus, death: Death, google: Google | None = None) -> None:
        super().__init__(settings)
        self.bus, self.death, self._google = bus, death, google

    @cached_property
    def store(self) -> Store:
        """SQLite, mortal."""
        return MortalStore(SqliteStore(self.settings.store_path), self.death)  # type: ignore[return-value]

    @cached_property
    def google(self) -> Google:
        """The adapters: they keep nothing but connections and unused ids, so that lives may share them for speed."""
        return self._google or google_for(self.settings)

    @cached_property
    def tables(self) -> Process:
        """The tables, read once for all lives."""
        return _process()

    @cached_property
    def forms(self) -> dict[str, FormDefinition]:
        """The forms, read once for all lives."""
        return _forms()

    def publish_work(self, dossier_id: str) -> None:
        """Say "look at this dossier"."""
        self.death.check()
        self.bus.publish("work", dossier_id)

    def publish_ledger(self) -> None:
        """Say "a file of Cartera waits"."""
        self.death.check()
        self.bus.publish("ledger", "due")

    def publish_mail(self, sender: str) -> None:
        """Say "this sender has mail waiting"."""
        self.death.check()
        self.bus.publish("mail", sender)


def google_for(settings: Settings) -> Google:
    """Adapters whose calls pass a `MortalPool`, found again as `pool_of`."""
    google = Google(settings, App(settings).clock)
    clients = google._clients
    clients.__dict__["_pool"] = MortalPool(clients._pool)
    return google


def pool_of(google: Google) -> MortalPool:
    """The pool through which the calls of these adapters pass."""
    pool: MortalPool = google._clients.__dict__["_pool"]
    return pool


def _buckets(bucket: StagingBucket) -> dict[str, str]:
    """The settings that name both buckets."""
    return {
        "EXPEDIENTE_STORAGE_URL": bucket.url,
        "EXPEDIENTE_STAGING_BUCKET": STAGING,
        "EXPEDIENTE_ARCHIVE_BUCKET": ARCHIVE,
        "EXPEDIENTE_CLIENT_BUCKET": CLIENT,
    }


# --- the stack -----------------------------------------------------------------------------------------------------------------


class Stack:
    """A Workspace, a store, and the product between them. folder: where the store lies; it is begun anew.

    bucket: where papers handed in on the page wait; None = they are brought to Drive alone.
    """

    def __init__(self, workspace: Workspace, folder: Path, bucket: StagingBucket | None = None) -> None:
        self.workspace, self.folder, self.bucket = workspace, folder, bucket
        self.failures: list[str] = []
        self.settings = Settings.from_env(
            {
                "EXPEDIENTE_PROJECT_ID": "expediente-demo",
                "EXPEDIENTE_SERVICE_ACCOUNT": SERVICE_ACCOUNT,
                "EXPEDIENTE_FORMS_OWNER": FORMS_OWNER,
                "EXPEDIENTE_SENDERS": ",".join(SENDERS),
                "EXPEDIENTE_WORKSPACE_URL": workspace.url,
                "EXPEDIENTE_STORE": "sqlite",
                "EXPEDIENTE_STORE_PATH": str(folder / "store.db"),
                "EXPEDIENTE_CLOCK": f"{workspace.url}/_local/clock",
                "EXPEDIENTE_PAGE_URL": "http://127.0.0.1:9/pagina",
                "EXPEDIENTE_QUOTA_PROFILE": "off",
            }
            | (_buckets(bucket) if bucket else {})
        )
        self._google = google_for(self.settings)
        self.bus = Bus()
        self.app = self.restart()

    def restart(self, death: Death | None = None) -> Incarnation:
        """A new life of the process, on the same store."""
        death = death or Death()
        pool_of(self._google).death = death
        self._google.drive._ids.clear()
        self.app = Incarnation(self.settings, self.bus, death, self._google)
        return self.app

    def another(self) -> Incarnation:
        """A second process beside the first, with connections of its own."""
        return Incarnation(self.settings, self.bus, Death())

    def keep(self, name: str) -> None:
        """Put Workspace and store aside under a name; both must be at rest."""
        self._close_store()
        shutil.copyfile(self.folder / "store.db", self.folder / f"{name}.kept")
        self.workspace.keep(name)
        if self.bucket is not None:
            self.bucket.keep(name)

    def take(self, name: str, death: Death | None = None) -> None:
        """Go back to what was put aside, with a new process."""
        self._close_store()
        for old in self.folder.glob("store.db*"):
            old.unlink()
        shutil.copyfile(self.folder / f"{name}.kept", self.folder / "store.db")
        self.workspace.take(name)
        if self.bucket is not None:
            self.bucket.take(name)
        self.bus.waiting.clear()
        self.failures.clear()
        self.restart(death)

    def _close_store(self) -> None:
        store = self.app.__dict__.pop("store", None)
        if store is not None:
            store._store.close()

    # --- doors ---------------------------------------------------------------------------------------------------------------

    def on_tick(self) -> None:
        """The clock's door."""
        self.app.keep_up()
        feeds.tick(self.app)
        register.refresh(self.app)

    def on_morning(self) -> None:
        """The clock's door at eight."""
        self.app.keep_up()
        digest.run(self.app)

    def deliver(self, topic: str, message: str) -> None:
        """The doors of the two topics."""
        self.app.keep_up()
        if topic == "work":
            reconcile(self.app, message)
        elif topic == "ledger":
            ledger_files.work(self.app)
        else:
            outbox.drain(self.app, message)

    def try_door(self, door: Callable[..., None], *args: str) -> None:
        """Call a door; its failure is noted and nobody calls again: only the clock may find what was left."""
        try:
            door(*args)
        except Exception as error:
            self.failures.append(f"{door.__name__} {args}: {type(error).__name__} {error}")

    def settle(self, most: int = 400) -> None:
        """Deliver until nothing is waiting."""
        for _ in range(most):
            if not self.bus.waiting:
                return
            self.try_door(self.deliver, *self.bus.next())
        raise AssertionError(f"messages without end: {list(self.bus.waiting)[:5]}")

    def minute(self, seconds: float = MINUTE) -> None:
        """A minute passes: the clock's door, then whatever it woke."""
        self.workspace.advance(seconds)
        self.try_door(self.on_tick)
        self.settle()

    def live(self, least: int = 1, most: int = 40) -> int:
        """Let minutes pass until nothing waits any more; gives how many ticks that took. Long waits are shortened."""
        for tick in range(1, most + 1):
            self.minute(MINUTE if tick < 6 else 200.0)
            if tick >= least and not self.pending():
                return tick
        return most

    def pending(self) -> list[str]:
        """What still waits: facts, due dossiers, mails."""
        store = self.app.store
        # What a paper's last day brings about in some months waits for nobody now.
        soon = codec.stamp(self.app.clock.now() + timedelta(days=1))
        found = [f"fact {read.key}" for read in store.query("waiting_facts")]
        found += [f"dossier {read.key} at {read.data['next_look_at']}" for read in store.query("due_dossiers", until=soon)]
        found += [f"file {read.key}" for read in store.query("due_ledger_files", until=self.app.clock.now())]
        found += [f"mail {read.key}" for sender in SENDERS for read in store.query("outbox_of_sender", equals=sender)]
        return found + [f"message {message}" for message in self.bus.waiting]

    # --- set-up --------------------------------------------------------------------------------------------------------------

    def set_up(self) -> None:
        """What `expediente setup` makes in the company's Workspace, and the first look at the feed."""
        self.workspace.set_clock(BEGIN)
        app, drive = self.app, self.app.google.drive
        drives = {found.name: found.drive_id for found in drive.list_drives()}
        parents = {}
        for parent in app.process.access.parents:
            (folder_id,) = drive.new_ids(1)
            drive.create_folder(folder_id, parent.name, drives["Expedientes"], False, {})
            for rule in parent.grants:
                what, _, name = rule.principal.partition(":")
                address = app.process.company.groups[name] if what == "group" else app.process.group_of(name)
                drive.add_grant(folder_id, address, "group", rule.role)
            parents[parent.key] = folder_id
        forms = {key: self._make_form(definition) for key, definition in app.forms.items()}
        site = Site(drives["Expedientes"], drives["Cumplimiento"], parents, forms)
        app.__dict__["site"] = site
        registers = {audience: register.create(app, audience) for audience in app.process.access.register_grants}
        del app.__dict__["site"]
        complete = Site(site.dossier_drive_id, site.compliance_drive_id, parents, site.forms, registers)
        app.store.commit([Create("site", "main", codec.to_data(complete))])
        self.on_tick()

    def _make_form(self, definition: FormDefinition) -> FormSite:
        app = self.app
        forms = app.google.forms_setup
        made = forms.create_form(definition.title, definition.document_title)
        forms.batch_update(made.form_id, build_requests(definition, app.process.company))
        forms.set_publish(made.form_id, published=True, accepting=True)
        path = f"/drive/v3/files/{made.form_id}/permissions"
        for respondent in definition.respondents:
            grant = {"type": "group", "role": "reader", "view": "published"}
            if respondent == ANYONE:
                self.workspace.request(FORMS_OWNER, "POST", path, {**grant, "type": ANYONE})
            else:
                grant["emailAddress"] = app.process.group_of(respondent.partition(":")[2])
                self.workspace.request(FORMS_OWNER, "POST", f"{path}?sendNotificationEmail=false", grant)
        uri = forms.get_form(made.form_id).responder_uri
        return FormSite(made.form_id, uri, question_ids(definition))

    # --- people --------------------------------------------------------------------------------------------------------------

    def send_form(self, case: Case, response_id: str = "", **changed: Any) -> str:
        """The vendedora sends the intake form of a case; gives the response's id. changed: other answers by question title.

        response_id: the response that she edits, '' for a new one.
        """
        body = {"respondent": case["vendedora"], "answers": {**answers(case), **changed}}
        body |= {"responseId": response_id} if response_id else {}
        form_id = self.app.site.forms["intake"].form_id
        return str(self.workspace.local("POST", f"forms/{form_id}/responses", body)["responseId"])

    def answer(self, form: str, who: str, response_id: str = "", **said: Any) -> str:
        """Somebody sends a form of a dossier; gives the response's id. said: texts, or keys of options, by key with `__` for a dot."""
        definition = self.app.forms[form]
        answers: Json = {}
        for name, value in said.items():
            question = definition.questions[name.replace("__", ".")]
            labels = [question.label(one) for one in (value if isinstance(value, list) else [value])]
            answers[question.title] = labels if isinstance(value, list) else labels[0]
        body = {"respondent": who, "answers": answers, **({"responseId": response_id} if response_id else {})}
        form_id = self.app.site.forms[form].form_id
        return str(self.workspace.local("POST", f"forms/{form_id}/responses", body)["responseId"])

    def dossiers(self) -> list[Dossier]:
        """Every dossier, whatever became of it."""
        states = [state.value for state in State]
        reads = [read for state in states for read in self.app.store.query("dossiers_by_state", equals=state, limit=10_000)]
        return [codec.from_data(Dossier, read.data) for read in reads]

    def dossier(self, case: Case) -> Dossier:
        """The dossier of a case. :raises AssertionError: there is not exactly one."""
        ours = [found for found in self.dossiers() if found.intake.client.ruc == case["cliente"]["ruc"]]
        assert len(ours) == 1, [found.dossier_id for found in ours]
        return ours[0]

    def bring_papers(self, case: Case) -> None:
        """The vendedora puts the papers of the case into `00 Entregar aquí`."""
        folder_id = self.dossier(case).file_id("folder/delivery")
        for paper in case["documentos"]:
            self.workspace.upload(case["vendedora"], folder_id, paper["archivo"])

    def documents(self, case: Case, values: Callable[[str], Any], column: str = "E") -> None:
        """The Encargado fills the workbook: `values(row key)` gives what goes into that row, None = leave it."""
        book = self.dossier(case).file_id("documents/create")
        keys = [str(row[0]) if row else "" for row in self.workspace.rows(ENCARGADO, book, "Expediente")]
        cells = {f"Expediente!{column}{n}": values(key) for n, key in enumerate(keys, 1) if values(key) is not None}
        self.workspace.type_in(ENCARGADO, book, cells)

    def verify(self, case: Case) -> None:
        """The Encargado marks every paper Verificado."""
        self.documents(case, lambda key: "Verificado" if key.startswith("paper:") else None)

    def receive(self, case: Case, code: str) -> None:
        """The Encargado enters the Denarius code and ticks «Recibí el expediente»."""
        self.documents(case, {"field:denarius_code": code, "field:acknowledged": True}.get)

    def comply(self, case: Case) -> None:
        """Cumplimiento files its search and, a minute later, passes the dossier on its page."""
        dossier = self.dossier(case)
        self.workspace.upload(CUMPLIMIENTO, dossier.file_id("folder/compliance"), "constancia.pdf")
        self.minute()
        self.sign(dossier, "compliance", CUMPLIMIENTO, {"decision": "passed", "subjects": subjects_hash(dossier.intake)})

    def sign(self, dossier: Dossier, kind: str, who: str, payload: Json) -> None:
        """What the signed-in page stores when somebody signs."""
        event_id = f"{kind}-{dossier.dossier_id}-{codec.digest(repr(payload))[:12]}"
        feeds.store_facts(self.app, [Fact(event_id, dossier.dossier_id, kind, self.app.clock.now(), who, payload)])
        self.app.publish_work(dossier.dossier_id)

    def act(self, case: Case, who: str, act: str, subject: str = "", **answers: str) -> None:
        """Somebody signs an act on the page that shows it."""
        dossier = self.dossier(case)
        shown = acts.shown_hash(view_of(self.app, dossier), act, subject)
        said = {"act": act, "subject": subject, "about": acts.about(act, subject), "hash": shown, "answers": answers}
        self.sign(dossier, "act", who, said)

    def inspect(self, case: Case) -> None:
        """Seguridad puts a report for every point into its folder."""
        dossier = self.dossier(case)
        for point in dossier.intake.points:
            self.workspace.upload(person("seguridad"), dossier.file_id("folder/security"), f"inspeccion {point.code}.pdf")

    def areas(self, case: Case) -> list[str]:
        """The areas that take part."""
        return [area.key for area in marks.taking_part(self.app.process, self.dossier(case))]

    def assign(self, case: Case) -> None:
        """Operaciones classifies every point and names its resources, once."""
        said = {"classification": "estandar", "resources": "RUTA-12", "crew": "TRIP-04", "vehicles": "UNI-12"}
        for point in self.dossier(case).intake.points:
            if points.point_of(self.dossier(case), point.code).assignment is None:
                self.act(case, person("operaciones"), "asignar_recursos", point.code, **said)

    def tick(self, case: Case, area: str, value: bool = True, only: str = "") -> None:
        """A person of an area ticks the boxes of its column, after what they require. only: those whose row key contains this."""
        if area == "operaciones" and value:
            self.assign(case)
        book, who = self.dossier(case).file_id("control_sheet/create"), person(area)
        # Column A holds the row keys, B the labels; then a column for each area, taking part or not.
        index = 2 + [found.key for found in self.app.process.areas].index(area)
        cells = {}
        for n, row in enumerate(self.workspace.rows(who, book, "Control"), 1):
            is_box = len(row) > index and isinstance(row[index], bool)
            if is_box and str(row[0]).startswith("mark:") and only in str(row[0]):
                cells[f"Control!{'ABCDEFGHIJ'[index]}{n}"] = value
        self.workspace.type_in(who, book, cells)

    def sign_area(self, case: Case, area: str, who: str = "") -> None:
        """A person of an area, its first or `who`, signs what its page shows: what is ticked, and every box that can be."""
        process, dossier = self.app.process, self.dossier(case)
        known = marks.Known(process, dossier, confirm.mails_sent(self.app.store, process, dossier))
        boxes = [slot.key for slot in marks.signable(known, process.area(area))]
        said = {"area": area, "hash": confirm.signing_hash(known, process.area(area)), "marks": boxes}
        self.sign(dossier, "signature", who or person(area), said)

    def close(self, case: Case) -> None:
        """The Encargado signs the closing."""
        dossier = self.dossier(case)
        self.sign(dossier, "closing", ENCARGADO, {"hash": activate.closing_hash(self.app.process, dossier)})

    # --- the whole way -------------------------------------------------------------------------------------------------------

    def hand_over(self, case: Case, code: str) -> None:
        """From the sent form to the control sheet."""
        self.send_form(case)
        self.live()
        self.bring_papers(case)
        self.live()
        self.comply(case)
        self.live()
        self.verify(case)
        self.live()
        self.receive(case, code)
        self.live()

    def drive(self, case: Case, code: str) -> Dossier:
        """A case from the form to an active service."""
        self.hand_over(case, code)
        return self.finish(case)

    def finish(self, case: Case) -> Dossier:
        """From the control sheet to an active service."""
        self.inspect(case)
        self.live()
        for area in self.areas(case):
            self.tick(case, area)
            self.live()
            self.sign_area(case, area)
            self.live()
        self.close(case)
        self.live()
        return self.dossier(case)
