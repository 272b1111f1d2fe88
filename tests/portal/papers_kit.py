"""A client before the page of a request that wants papers, and the steps that follow, without a stack."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html import unescape

from flask import Response

from expediente import case_papers, codec, delivery, page_form, portal_session
from expediente.model import Dossier, Fact, StepRecord
from expediente.page_act import view_of
from expediente.steps import Step
from expediente.work import Work
from tests.portal.cases_kit import Desk
from tests.portal.portal_kit import Visitor

CREDIT, ACCOUNT = "solicitud_credito", "actualizacion_datos_bancarios"
STATEMENTS, RETURN, LETTER = "estados_financieros", "declaracion_renta", "constancia_bancaria"
PDF, JPEG, PNG = b"%PDF-1.4 estados", b"\xff\xd8\xff\xe0\x00\x10JFIF foto", b"\x89PNG\r\n\x1a\n imagen"
# As large as a credit whose statements are required.
LARGE, SMALL = "10000.00", "9999.99"


@dataclass
class Client:
    """A client inside the portal, before the page of a request. desk: its company's side."""

    desk: Desk
    visitor: Visitor
    case_id: str

    @property
    def path(self) -> str:
        """The page of the request."""
        return f"/solicitudes/{self.case_id}"

    @property
    def page(self) -> str:
        """What it says."""
        return unescape(self.visitor.text(self.path))

    def token(self, path: str = "") -> str:
        """A proof for a form of that page and session, whether or not one is offered."""
        entered = portal_session.entered(self.desk.app, next(iter(self.visitor.cookies.values())), self.desk.app.clock.now())
        assert entered is not None
        return page_form.token(self.desk.app.portal_secret, entered.key, path or self.path, "")

    def send(self, *files: tuple[str, bytes], paper: str = STATEMENTS, path: str = "", input_name: str = "file") -> Response:
        """Hand files in, as the form without script does; not followed. files: name and content."""
        fields = {"token": self.token(path), "f_paper": paper}
        return self.visitor.post_files(path or self.path, fields, [(input_name, name, content) for name, content in files])

    def take_back(self, key: str, path: str = "") -> Response:
        """Press *Retirar*."""
        fields = {"token": self.token(path), "decision": "take_back", "f_arrival": key}
        return self.visitor.post(path or self.path, fields)

    def keys(self) -> list[str]:
        """What the page offers to take back."""
        return re.findall(r'name="f_arrival" value="([^"]+)"', self.visitor.text(self.path))

    def fold(self) -> None:
        """The work door takes the waiting facts in."""
        self.desk.app.fold(self.desk.key)

    @property
    def facts(self) -> list[Fact]:
        """What was stored and waits."""
        return [fact for fact in self.desk.app.facts() if fact.payload.get("what") == case_papers.HANDED_IN]


def moved(client: Client, prefix: str, result: dict[str, str] | None = None, dossier: Dossier | None = None) -> Dossier:
    """The dossier after the planned step with that beginning is done, as the engine would keep it."""
    app = client.desk.app
    step = next(step for step in planned(client) if step.key.startswith(prefix))
    found = app.store.get("dossier", client.desk.key)
    assert found is not None
    work = Work(app, codec.from_data(Dossier, found.data), found.version)
    work.set(steps={**work.dossier.steps, step.key: StepRecord("done", step.effect, "file-1", result or {}, work.now)})
    for apply in (delivery.applied, case_papers.applied):
        apply(work, step, result or {})
    work.commit()
    return work.dossier


def planned(client: Client) -> list[Step]:
    """What is wanted of the papers now."""
    seen = replace(view_of(client.desk.app, client.desk.dossier), staging_bucket="entregas")
    return case_papers.plan(seen)
