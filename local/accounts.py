"""Active clients with an account: taken from the sale to the active service, their exports dropped where Cartera drops them."""

from __future__ import annotations

import copy
import json
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local import ledger_files
from local.cast import Cast
from local.clients import check_digits
from local.person import FOLDER, Person
from local.portal_client import PortalClient
from local.stack import Stack
from local.travel import Travel, TravelError

Json = dict[str, Any]

_MIMES = {"csv": "text/csv", "pdf": "application/pdf", "xml": "application/xml"}
_LOOKS = 20
_CASE = re.compile(r"/decidir_caso/(K[0-9A-Z]{7})\b")


@dataclass
class Clients:
    """The clients of one stack. ways: name -> how each came here; codes: name -> its Denarius code.

    accounts: what was dropped for them."""

    stack: Stack
    cast: Cast
    ways: dict[str, Travel] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    accounts: list[Json] = field(default_factory=list)
    _inside: dict[str, PortalClient] = field(default_factory=dict)
    _refused: set[str] = field(default_factory=set)

    def activate(self, name: str, case: Json) -> Travel:
        """Take a case's client to the active service by everybody's acts. :raises TravelError: somebody cannot do their part."""
        travel = Travel(self.stack, self.cast, copy.deepcopy(case))
        travel.submit()
        if not travel.find():
            raise TravelError(f"{name}: el formulario no abrió un expediente")
        travel.deliver()
        travel.classify()
        self.stack.look()
        travel.verify()
        travel.pass_review()
        self.codes[name] = f"DEN-{900500 + len(self.codes):06d}"
        travel.acknowledge(self.codes[name])
        travel.inspect()
        for area, state in travel.area_states().items():
            if state != self.cast.control_sheet["texts"]["not_applicable"]:
                travel.confirm(area)
        travel.close()
        self.ways[name] = travel
        return travel

    def client(self, name: str) -> PortalClient:
        """Whoever enters the portal for a client, in a browser of her own."""
        return PortalClient(self.stack, contact_of(self.ways[name].case))

    def inside(self, name: str) -> PortalClient:
        """The same person, who has entered; a session that is over is begun anew."""
        found = self._inside.setdefault(name, self.client(name))
        if "/entrar" in found.open("/").url:
            found.enter()
        return found

    def events(self, name: str) -> list[Json]:
        """The chain of a client's dossier, as an administrator exports it."""
        dossier_id = self.ways[name].dossier_id
        with tempfile.TemporaryDirectory() as folder:
            done = self.stack.expediente("audit", "export", "--dossier", dossier_id, "--out", folder)
            if done.returncode:
                raise TravelError(f"no se pudo exportar la cadena de {name}: {done.stderr.strip()[-400:]}")
            found = [path for path in Path(folder).rglob("*") if path.name.startswith(("chain", "cadena", "events"))]
            return [json.loads(line) for path in found for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]

    def refuse_cases(self, name: str) -> None:
        """Cartera refuses whatever of a client waits for it, so that there is room for more."""
        travel, person = self.ways[name], self.stack.person(self.cast.first("cartera"))
        self.stack.look()
        told = "\n".join(mail.text for mail in person.mails() if travel.dossier_id in mail.text)
        cases = [case_id for case_id in dict.fromkeys(_CASE.findall(told)) if case_id not in self._refused]
        self._refused |= set(cases)
        for case_id in cases:
            travel.act(person, "decidir_caso", case_id, {"decision": "refused", "reason": "Prueba de escritorio"})
        if cases:
            self.stack.look()

    def drop(self, accounts: Iterable[Json]) -> None:
        """Cartera drops what accounting exported of these accounts, copies of the invoices too, and it is taken.

        :raises TravelError: a file still lies there after many minutes.
        """
        listed = list(accounts)
        self.accounts += listed
        codes = {one["caso"]: self.codes[one["caso"]] for one in listed}
        drop(self.stack, self.cast, {**ledger_files.exported(listed, codes), **ledger_files.copies(listed)})


def contact_of(case: Json) -> str:
    """The address of whoever enters the portal for a case's client."""
    said = case["cliente"]
    contact = said.get("contacto_principal") or said.get("contacto") or {}
    return str(contact.get("correo") or said["correo"]).lower()


def drop(stack: Stack, cast: Cast, files: Mapping[str, bytes]) -> None:
    """Put files where Cartera's exports are read, and wait until they are. :raises TravelError: one still lies there."""
    person = stack.person(cast.first("cartera"))
    folder = incoming(person, cast)
    for name, data in files.items():
        person.upload(folder, name, _MIMES[name.rpartition(".")[2]], data)
    for _ in range(_LOOKS):
        stack.look()
        if not person.children(folder):
            return
    raise TravelError(f"siguen en la entrada: {[row['name'] for row in person.children(folder)]}")


def incoming(person: Person, cast: Cast) -> str:
    """The Drive id of the folder where Cartera drops files, as that person finds it."""
    table = cast.access["ledger"]
    (root,) = [row["id"] for row in person.files(f"name = '{table['name']}' and mimeType = '{FOLDER}'")]
    return person.folder(root, table["folders"]["incoming"])


def stand_in(case: Json, name: str, number: int) -> Json:
    """A client of whom the cases say nothing, made of another's case: a RUC, a notice, a mailbox and a name of its own."""
    made = copy.deepcopy(case)
    ruc = f"{155_994_000 + number}-2-2024"
    called, host = f"Cliente {name} Inventado, S.A.", f"{name.lower()}.example.com"
    made["cliente"] |= {"ruc": ruc, "dv": check_digits(ruc), "aviso_operacion": f"{ruc}-2024-000001", "razon_social": called}
    made["cliente"] |= {"nombre_comercial": called, "folio_registro_publico": ruc.partition("-")[0], "correo": f"pagos@{host}"}
    return made
