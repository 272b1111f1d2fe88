"""What `setup` makes for Cartera: its folder in the drive of the dossiers, those in it, and the empty workbook that it fills."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from expediente import ledger_answer, ledger_template
from expediente.google.drive import FOLDER

if TYPE_CHECKING:
    from expediente.bootstrap import App
    from expediente.model import Site
    from expediente.process import GrantRule

_MARK = "expediente"


@dataclass(frozen=True)
class Run:
    """What a run of `setup` lends. do: does something and says so, or only says so; alive: the id, unless the file is gone; grants: gives
    what the table says and is missing."""

    app: App
    do: Callable[[str, Callable[[], str | None]], str]
    alive: Callable[[str], str]
    grants: Callable[[str, str, Iterable[GrantRule]], None]


def folders(run: Run, site: Site) -> dict[str, str]:
    """Make or find everything; ids by key of access.yaml, with `root` and `template`. '' is left out: a dry run makes nothing."""
    rule = run.app.process.access.ledger
    root = _folder(run, site, "root", rule.name, site.dossier_drive_id)
    ids = {key: _folder(run, site, key, name, root) for key, name in rule.folders.items()}
    if root:
        run.grants(root, f"la carpeta «{rule.name}»", rule.grants)
    made = {"root": root, **ids, "template": _template(run, site, root)}
    return {key: file_id for key, file_id in made.items() if file_id}


def _folder(run: Run, site: Site, key: str, name: str, parent_id: str) -> str:
    drive = run.app.google.drive

    def make() -> str:
        (folder_id,) = drive.new_ids(1)
        drive.create_folder(folder_id, name, parent_id, False, {_MARK: f"ledger:{key}"})
        return folder_id

    return _found(run, site, key, parent_id, FOLDER) or run.do(f"crear la carpeta «{name}»", make)


def _template(run: Run, site: Site, root: str) -> str:
    table, drive = ledger_template.template(run.app.process.folder), run.app.google.drive

    def make() -> str:
        (file_id,) = drive.new_ids(1)
        drive.upload(
            file_id,
            table.file_name,
            root,
            ledger_answer.XLSX,
            ledger_answer.template_workbook(table),
            {_MARK: "ledger:template"},
        )
        return file_id

    found = _found(run, site, "template", root, ledger_answer.XLSX)
    return found or run.do(f"crear el libro «{table.file_name}»", make)


def _found(run: Run, site: Site, key: str, parent_id: str, mime: str) -> str:
    """What is known or bears the mark of an earlier run."""
    known = run.alive(site.ledger.get(key, ""))
    if known or not parent_id:
        return known
    found = run.app.google.drive.find_child(parent_id, _MARK, f"ledger:{key}", mime, site.dossier_drive_id)
    return found[0] if found else ""
