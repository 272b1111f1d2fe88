"""A company with one active client, and how its people ask for changes of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.harness import DOMAIN, Case, Stack, cases, person
from tests.local_workspace import Workspace

CODE = "DEN-000777"
OPERACIONES, SEGURIDAD = person("operaciones"), person("seguridad")
COMERCIAL, CUMPLIMIENTO = f"comercial.uno@{DOMAIN}", f"cumplimiento.uno@{DOMAIN}"
NEW_DAYS = ["LU", "MA", "MI", "JU", "VI"]


@contextmanager
def begun(folder: Path) -> Iterator[Stack]:
    """A company with one client, put aside while its areas confirm and once it is active."""
    workspace = Workspace.start()
    try:
        made = Stack(workspace, folder)
        made.set_up()
        made.hand_over(cases()["C01"], CODE)
        made.keep("confirming")
        made.finish(cases()["C01"])
        made.keep("active")
        yield made
    finally:
        workspace.stop()


def ask(stack: Stack, case: Case, kind: str, who: str = "", response_id: str = "", **said: object) -> str:
    """Somebody sends the change form with the code and RUC that the link brought."""
    common = {
        "dossier__code": CODE,
        "client__ruc": case["cliente"]["ruc"],
        "change__kind": kind,
        "change__reason": "Así se acordó",
    }
    asked_by = {} if kind in ("point_removed", "resumption", "shareholders") else {f"{kind}__asked_by": "client"}
    response = stack.answer("change", who or case["vendedora"], response_id, **{**common, **asked_by, **said})
    stack.live()
    return response


def new_days(stack: Stack, case: Case, **said: object) -> str:
    """The client is to be served on five days."""
    return ask(stack, case, "schedule", change__point="P01", points__schedule__days=NEW_DAYS, **said)


def mails(stack: Stack, address: str, kind: str = "") -> list[str]:
    """Texts of the mails of a kind that somebody got, the oldest first."""
    reads = stack.app.store.query("outbox_of_dossier", equals=stack.dossiers()[0].dossier_id, limit=1000)
    found = [read.data for read in reads if address in (*read.data["to"], *read.data["cc"]) and read.data["state"] == "sent"]
    return [mail["text"] for mail in found if not kind or mail["kind"] == kind]
