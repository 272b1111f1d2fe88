"""`python -m local serve`: the whole product on one machine, as processes that speak HTTP: Workspace, object store, functions, gate.

Nothing of `functions/` or `emulator/` is imported here: both are started as they would be anywhere else.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import signal
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from aiohttp import web

from local import firestore, storage, tables
from local.gate import Gate, Signer
from local.processes import Child, StartError, free_port, say, wait_until
from local.scheduler import Scheduler
from local.tables import ROOT, Function

_START_SECONDS = 90.0


@dataclass(frozen=True)
class Options:
    """What was asked for. port: of the Workspace, 0 = any; state: folder to keep everything in, None = forget it at the end.

    now: instant (RFC 3339) at which the Workspace's clock begins, '' = the real one. It is set before anything exists.
    """

    store: str = "sqlite"
    port: int = 0
    page_port: int = 0
    state: Path | None = None
    now: str = ""


@dataclass(frozen=True)
class Site:
    """local/site.yaml, completed with the company's domain and people."""

    project: str
    archive_bucket: str
    staging_bucket: str
    client_bucket: str
    forms_owner: str
    audience: str
    senders: tuple[str, ...]
    people: dict[str, tuple[str, str]]

    def account(self, name: str) -> str:
        """Address of a service account."""
        return f"{name}@{self.project}.iam.gserviceaccount.com"


def read_site() -> Site:
    """The installation that is played."""
    plain = yaml.safe_load((ROOT / "local" / "site.yaml").read_text(encoding="utf-8"))
    company, areas = tables.process_table("company"), tables.process_table("areas")
    labels = {key: body["label"] for key, body in {**areas["areas"], **areas["roles"]}.items()}
    return Site(
        project=plain["project"],
        archive_bucket=plain["archive_bucket"],
        staging_bucket=plain["staging_bucket"],
        client_bucket=plain["client_bucket"],
        forms_owner=f"{plain['forms_owner']}@{company['domain']}",
        audience=f"/projects/{plain['project_number']}/locations/{plain['region']}/services/page",
        senders=tuple(company["senders"].values()),
        people={
            address: (body["name"], ", ".join(labels.get(role, role) for role in body["roles"]))
            for address, body in company["people"].items()
        },
    )


@dataclass
class Places:
    """Addresses of the parts; '' while unknown or left out."""

    workspace: str = ""
    storage: str = ""
    firestore: str = ""
    page: str = ""
    gateway: str = ""
    functions: dict[str, str] = field(default_factory=dict)


class Server:
    """The stack while it runs."""

    def __init__(self, options: Options, folder: Path, session: aiohttp.ClientSession) -> None:
        self._options, self._folder, self._session = options, folder, session
        self._site, self._places = read_site(), Places()
        self._doors, self._children = tables.functions(), list[Child]()
        self._tasks: list[asyncio.Task[None]] = []
        self._runners: list[web.AppRunner] = []
        self.failed = asyncio.Event()

    async def start(self) -> dict[str, Any]:
        """Start everything; gives what the ready line says. :raises StartError: a part did not start."""
        places = self._places
        say("· Workspace local y almacén de objetos…")
        # The object store counts retention by the Workspace's clock.
        await self._start_workspace()
        await asyncio.gather(self._start_storage(), self._start_firestore(), self._start_gateway())
        places.functions = {door.name: f"http://127.0.0.1:{free_port()}" for door in self._doors}
        await self._start_gate()
        env_file = self._folder / "expediente.env"
        self._write_env(env_file, self._admin_env())
        say("· Funciones y preparación del sitio (formulario, carpetas, permisos)…")
        setup, *_ = await asyncio.gather(self._setup(env_file), *[self._start_function(door) for door in self._doors])
        await self._subscribe()
        scheduler = Scheduler(self._session, places.workspace, self._site.project, tables.jobs())
        self._tasks.append(asyncio.create_task(scheduler.run()))
        self._scheduler = scheduler
        return {
            "ready": True,
            "workspace": places.workspace,
            "functions": places.functions,
            "storage": places.storage,
            "page": places.page,
            "gateway": places.gateway,
            "forms": setup["forms"],
            "env": str(env_file),
        }

    async def end(self) -> None:
        """End every part, whatever state it is in."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for runner in self._runners:
            await runner.cleanup()
        await asyncio.gather(*[child.end() for child in self._children])

    # --- parts -----------------------------------------------------------------------------------------------------------------

    def _child(self, name: str, command: list[str], environment: Mapping[str, str]) -> Child:
        child = Child(name, command, environment, self._folder / f"{name}.log")
        self._children.append(child)
        return child

    async def _start_workspace(self) -> None:
        command = [sys.executable, "-m", "emulator", "--port", str(self._options.port)]
        if self._options.state is not None:
            command += ["--state", str(self._folder / "workspace")]
        child = self._child("workspace", command, _base_env())
        url = self._places.workspace = (await child.ready_line())["url"]
        if self._options.now:
            async with self._session.put(f"{url}/_local/clock", json={"now": self._options.now}) as answer:
                if answer.status != 200:
                    raise StartError(f"El reloj no aceptó --now {self._options.now}: {await answer.text()}")
        self._tasks.append(asyncio.create_task(self._must_live(child)))

    async def _must_live(self, child: Child) -> None:
        """The Workspace is the world: without it nothing goes on."""
        await child.ended()
        say(f"! {child.name} terminó. {child.last_words()}")
        self.failed.set()

    async def _start_storage(self) -> None:
        program = storage.binary()
        if program is None:
            say("!" * 100)
            say("! NO HAY ALMACÉN DE OBJETOS para esta plataforma: las copias de archivo quedan sin guardar fuera de Drive.")
            say("!" * 100)
            return
        port = free_port()
        command = storage.command(program, port, self._folder / "storage", f"{self._places.workspace}/_local/clock")
        child = self._child("storage", command, _base_env())
        await child.start()
        url = f"http://127.0.0.1:{port}"
        await wait_until(lambda: storage.answers(self._session, url), 30, lambda: f"El almacén no arrancó. {child.last_words()}")
        for name in (self._site.archive_bucket, self._site.staging_bucket, self._site.client_bucket):
            await storage.make_bucket(self._session, url, name)
        self._places.storage = url

    async def _start_gateway(self) -> None:
        """Where clients of the portal pay: a house of its own."""
        options = ["--secret-file", str(self._secret_file("gateway")), "--clock", f"{self._places.workspace}/_local/clock"]
        child = self._child("gateway", [sys.executable, "-m", "local.gateway", *options], _base_env())
        self._places.gateway = (await child.ready_line())["url"]

    async def _start_firestore(self) -> None:
        if self._options.store != "firestore":
            return
        jar = firestore.program()
        if jar is None:
            raise StartError(f"No está el emulador de Firestore. {firestore.HOW_TO_INSTALL}")
        port = free_port()
        child = self._child("firestore", firestore.command(jar, port), _base_env())
        await child.start()
        url = f"http://127.0.0.1:{port}"
        await wait_until(
            lambda: firestore.answers(self._session, url), _START_SECONDS, lambda: f"Firestore no arrancó. {child.last_words()}"
        )
        self._places.firestore = f"127.0.0.1:{port}"

    async def _start_function(self, door: Function) -> None:
        url = self._places.functions[door.name]
        program = [sys.executable, "-c", "from functions_framework._cli import _cli; _cli()"]
        command = [*program, "--source", str(ROOT / "functions" / "main.py"), "--target", door.name]
        command += ["--host", "127.0.0.1", "--port", url.rpartition(":")[2]]
        child = self._child(door.name, command, self._function_env(door))
        await child.start()
        await wait_until(
            lambda: _answers(self._session, url), _START_SECONDS, lambda: f"{door.name} no arrancó. {child.last_words()}"
        )
        child.keep(self._restarted)

    async def _restarted(self, name: str) -> None:
        url = self._places.functions[name]
        with contextlib.suppress(StartError):
            await wait_until(lambda: _answers(self._session, url), _START_SECONDS, lambda: name)
            say(f"· {name} responde otra vez.")

    async def _start_gate(self) -> None:
        site = self._site
        gate = Gate(self._places.functions["page"], Signer(site.audience), site.people).application()
        gate.router.add_get("/_gate/jobs", self._jobs_seen)
        gate.router.add_get("/_gate/processes", self._running)
        runner = web.AppRunner(gate, access_log=None)
        await runner.setup()
        listener = web.TCPSite(runner, "127.0.0.1", self._options.page_port)
        await listener.start()
        self._runners.append(runner)
        self._places.page = f"http://127.0.0.1:{runner.addresses[0][1]}"

    async def _jobs_seen(self, request: web.Request) -> web.Response:
        seen = self._scheduler.seen
        return web.json_response({"seen": seen.isoformat() if seen else ""})

    async def _running(self, request: web.Request) -> web.Response:
        """Process id of each function, 0 while it does not run."""
        return web.json_response({child.name: child.pid for child in self._children if child.name in self._places.functions})

    _scheduler: Scheduler

    # --- environment -----------------------------------------------------------------------------------------------------------

    def _common_env(self) -> dict[str, str]:
        places, site = self._places, self._site
        common = {
            "EXPEDIENTE_PROJECT_ID": site.project,
            "EXPEDIENTE_WORKSPACE_URL": places.workspace,
            "EXPEDIENTE_STORAGE_URL": places.storage,
            "EXPEDIENTE_ARCHIVE_BUCKET": site.archive_bucket if places.storage else "",
            "EXPEDIENTE_STAGING_BUCKET": site.staging_bucket if places.storage else "",
            "EXPEDIENTE_CLIENT_BUCKET": site.client_bucket if places.storage else "",
            "EXPEDIENTE_STORE": self._options.store,
            "EXPEDIENTE_CLOCK": f"{places.workspace}/_local/clock",
            "EXPEDIENTE_PAGE_URL": places.page,
            "EXPEDIENTE_PORTAL_URL": places.functions.get("portal", ""),
        }
        if places.firestore:
            return common | {"FIRESTORE_EMULATOR_HOST": places.firestore}
        return common | {"EXPEDIENTE_STORE_PATH": str(self._folder / "store.db")}

    def _admin_env(self) -> dict[str, str]:
        site = self._site
        return self._common_env() | {
            "EXPEDIENTE_SERVICE_ACCOUNT": site.account("expediente-work"),
            "EXPEDIENTE_FORMS_OWNER": site.forms_owner,
            "EXPEDIENTE_SENDERS": ",".join(site.senders),
        }

    def _function_env(self, door: Function) -> dict[str, str]:
        """What one function is given: its own account, and only the delegations of its row."""
        site = self._site
        own = {"EXPEDIENTE_SERVICE_ACCOUNT": site.account(door.account), "THREADS": str(door.concurrency), "WORKERS": "1"}
        if "forms" in door.delegates:
            own["EXPEDIENTE_FORMS_OWNER"] = site.forms_owner
        if "mail" in door.delegates:
            own["EXPEDIENTE_SENDERS"] = ",".join(site.senders)
        if door.ingress == "public" or door.name == "on_work":
            own |= {
                "EXPEDIENTE_GATEWAY_URL": self._places.gateway,
                "EXPEDIENTE_GATEWAY_SECRET": f"file:{self._secret_file('gateway')}",
            }
        if door.ingress == "public":
            own["EXPEDIENTE_PORTAL_SECRET"] = f"file:{self._secret_file('portal')}"
        elif not door.topic:
            own |= {
                "EXPEDIENTE_PAGE_AUDIENCE": site.audience,
                "EXPEDIENTE_PAGE_KEYS_URL": f"{self._places.page}/_gate/keys",
                "EXPEDIENTE_CSRF_SECRET": f"file:{self._secret_file('csrf')}",
            }
        return _base_env() | self._common_env() | own

    def _secret_file(self, name: str) -> Path:
        path = self._folder / f"{name}.secret"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(32), encoding="utf-8")
        return path

    def _write_env(self, path: Path, values: Mapping[str, str]) -> None:
        path.write_text("".join(f"{name}={value}\n" for name, value in values.items()), encoding="utf-8")

    # --- putting together ------------------------------------------------------------------------------------------------------

    async def _setup(self, env_file: Path) -> dict[str, Any]:
        command = [sys.executable, "-m", "expediente", "--env", str(env_file), "setup", "--json"]
        environment = _base_env() | {"PYTHONPATH": str(ROOT / "functions")}
        child = self._child("setup", command, environment)
        process = await child.start(stdout=asyncio.subprocess.PIPE)
        told, _ = await process.communicate()
        if process.returncode != 0:
            raise StartError(f"`expediente setup` no terminó bien. {child.last_words()}")
        made: dict[str, Any] = json.loads(told)
        return made

    async def _subscribe(self) -> None:
        wanted = {door.topic: self._places.functions[door.name] for door in self._doors if door.topic}
        async with self._session.put(f"{self._places.workspace}/_local/subscriptions", json=wanted) as answer:
            if answer.status != 200:
                raise StartError(f"El Workspace no aceptó las suscripciones: {await answer.text()}")


def _base_env() -> dict[str, str]:
    """Our own environment without another installation's settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXPEDIENTE_")}
    kept.pop("FIRESTORE_EMULATOR_HOST", None)
    return kept | {"PYTHONPATH": "", "PYTHONUNBUFFERED": "1"}


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    """Whether a function answers at all; this path reaches the framework, never the function."""
    try:
        async with session.get(f"{url}/robots.txt"):
            return True
    except (aiohttp.ClientError, OSError):
        return False


async def serve(options: Options) -> int:
    """Run the stack until SIGTERM or Ctrl-C. Prints the ready line on stdout. Gives the exit code."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    with contextlib.ExitStack() as stack:
        folder = options.state or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="expediente-")))
        folder.mkdir(parents=True, exist_ok=True)
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
            server = Server(options, folder.resolve(), session)
            try:
                starting = asyncio.create_task(server.start())
                stopped = asyncio.create_task(ended.wait())
                await asyncio.wait((starting, stopped), return_when=asyncio.FIRST_COMPLETED)
                if not starting.done():
                    starting.cancel()
                    return 0
                print(json.dumps(starting.result()), flush=True)
                say("· Todo listo. Termine con Ctrl-C.")
                broken = asyncio.create_task(server.failed.wait())
                await asyncio.wait((broken, stopped), return_when=asyncio.FIRST_COMPLETED)
                return 0 if ended.is_set() else 1
            except StartError as problem:
                say(f"No se pudo arrancar: {problem}")
                return 1
            finally:
                await server.end()
