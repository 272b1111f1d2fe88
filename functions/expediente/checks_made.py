"""What can be wrong in `process/made_documents/`: names that mean nothing, papers and folders that do not fit. Part of `expediente check`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from expediente import kyc
from expediente.classify import DELIVERY
from expediente.errors import ConfigurationError
from expediente.form_definition import load_forms
from expediente.made_rules import BlockRule, MadeRule, known_names, made_rules, names_in, texts_of
from expediente.process import Process
from expediente.process_rules import Finding, near

_PIECES = ("heading", "text", "lines", "clauses", "table", "each", "signatures")


def check_made(process: Process) -> Iterator[Finding]:
    """Everything that is wrong with the made documents, file by file."""
    try:
        rules = made_rules(process.folder)
    except ConfigurationError as error:
        yield Finding("made_documents", error.where, "", error.problem, error.remedy)
        return
    for rule in rules:
        for look in _LOOKS:
            yield from look(process, rule)
    for rule in rules:
        twice = [other.key for other in rules if other.paper == rule.paper]
        if len(twice) > 1 and rule.key == twice[-1]:
            yield _finding(rule, "paper", rule.paper, "dos documentos se hacen para el mismo papel", "Deje uno solo.")


def _finding(rule: MadeRule, key: str, value: str, problem: str, remedy: str) -> Finding:
    return Finding(f"process/made_documents/{rule.key}.yaml", key, value, problem, remedy)


def _names(process: Process, rule: MadeRule) -> Iterator[Finding]:
    asked = kyc.names(load_forms(process.folder))
    for rows, text in texts_of(rule):
        for name in names_in(text):
            if name not in known_names(rows) | asked:
                yield _finding(rule, rows, name, "el documento usa un dato que no existe", near(name, known_names(rows) | asked))
        if text.count("{") != len(names_in(text)) or text.count("}") != len(names_in(text)):
            yield _finding(rule, rows, text[:60], "una llave no se cierra", "Escriba {dato} completo.")


def _paper(process: Process, rule: MadeRule) -> Iterator[Finding]:
    papers = {one.key: one for one in process.documents}
    known = papers.get(rule.paper)
    if known is None:
        yield _finding(rule, "paper", rule.paper, "no existe un papel con esa clave", near(rule.paper, papers))
    elif known.per != "client" or known.internal or known.given_by != "vendedora":
        remedy = "Elija un papel que trae la vendedora, uno por cliente."
        yield _finding(rule, "paper", rule.paper, "ese papel no se puede hacer con el formulario", remedy)


def _place(process: Process, rule: MadeRule) -> Iterator[Finding]:
    folders = {one.key: one for one in process.access.folders}
    folder = folders.get(rule.place)
    if folder is None:
        yield _finding(rule, "place", rule.place, "no existe una carpeta con esa clave", near(rule.place, folders))
    elif not folder.limited or not folder.grants or folder.drive != "dossiers":
        problem = "esa carpeta no está desde el principio o la lee quien no debe"
        yield _finding(rule, "place", rule.place, problem, "Elija una carpeta con limited: true y permisos propios.")
    elif not rule.attached and rule.place != DELIVERY:
        problem = "la vendedora no recibe el documento ni puede abrir esa carpeta"
        yield _finding(rule, "place", rule.place, problem, f"Escriba attached: true o place: {DELIVERY}.")


def _secrets(process: Process, rule: MadeRule) -> Iterator[Finding]:
    """An operational secret leaves in no mail, not inside a file either."""
    named = {name for _, text in texts_of(rule) for name in names_in(text)}
    for name in sorted(named.intersection(process.operational_secret)) if rule.attached else ():
        problem = "ese dato no viaja por correo y el documento va en uno"
        yield _finding(rule, "attached", name, problem, f"Quite el dato, o escriba attached: false y place: {DELIVERY}.")


def _blocks(process: Process, rule: MadeRule) -> Iterator[Finding]:
    for number, block in enumerate(rule.blocks, start=1):
        said = _pieces_of(block)
        if len(said) != 1:
            yield _finding(
                rule, f"blocks, {number}", ", ".join(said), "un pedazo lleva una sola cosa", f"Use una de: {', '.join(_PIECES)}."
            )
        for kind in block.kinds:
            if kind not in process.kinds_of_person:
                remedy = near(kind, process.kinds_of_person)
                yield _finding(rule, f"blocks, {number}", kind, "no existe ese tipo de persona", remedy)


def _pieces_of(block: BlockRule) -> list[str]:
    return [name for name in _PIECES if getattr(block, name)]


_LOOKS: tuple[Callable[[Process, MadeRule], Iterator[Finding]], ...] = (_names, _paper, _place, _secrets, _blocks)
