"""`expediente check`: everything that is wrong in the tables, at once, in Spanish, before anybody meets it at work.

Four looks: each YAML file against the schema that its first line names; the tables against each other (`process_rules.py`);
every mail rendered once; the sheets read once. Slow to import (jsonschema): only the command line, CI and a failed start
come here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from jinja2 import TemplateError, TemplateSyntaxError, nodes
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from expediente import act_rules, fields, ledger_template, mails, payment_rules, point_rules, sniff, templates
from expediente.checks_adjustments import check_adjustments
from expediente.checks_cases import check_cases
from expediente.checks_eva import check_eva
from expediente.checks_forms import check_forms
from expediente.checks_issued import check_issued
from expediente.checks_ledger import check_ledger
from expediente.checks_made import check_made
from expediente.checks_register import check_register
from expediente.cover_sheet import check_cover
from expediente.errors import ConfigurationError
from expediente.mails import ClientLines, Digest, DigestLine, Line, MailContext, Table
from expediente.model import Problem, Rank
from expediente.portal_data import OrderState
from expediente.process import MailRule, Process
from expediente.process_rules import Finding, check_rules, near
from expediente.tables import read_table

__all__ = ["Finding", "check"]

_FOLDERS = ("process", "process/mails", "process/made_documents", "process/issued_documents", "forms", "sheets_templates")
_SCHEMA_LINE = "# yaml-language-server: $schema="
_WORDS = {
    "string": "un texto",
    "integer": "un número entero",
    "boolean": "true o false",
    "array": "una lista",
    "object": "un bloque con claves",
}


def check(root: Path) -> list[Finding]:
    """Every problem of the tables under `root` (the folder that holds `process/`); an empty list means that all is well."""
    findings = [finding for path in _tables(root) for finding in _schema(root, path)]
    if not findings:
        process = _process(root, findings)
        return [*findings, *_of_process(root, process)] if process else findings
    # With wrong values mended in memory the rules are looked at too, so that nobody has to come back for the second half.
    process = _mended_process(root)
    return findings + (_of_process(root, process, slow=False) if process else [])


def _of_process(root: Path, process: Process, *, slow: bool = True) -> list[Finding]:
    rules = [replace(finding, file=_full_name(root, finding.file)) for finding in check_rules(process)]
    return rules + (
        [
            *_fields(process),
            *_labels(process),
            *_types(process),
            *_mails(process),
            *_sheets(process),
            *check_register(process),
            *check_made(process),
            *check_cover(process),
            *check_issued(process),
            *check_forms(process),
            *check_eva(process),
            *check_adjustments(process),
            *check_ledger(process),
            *_acts(process),
            *_points(process),
            *check_cases(process),
            *payment_rules.problems(process.payments, {state.value for state in OrderState}),
        ]
        if slow
        else []
    )


def _full_name(root: Path, file: str) -> str:
    """The file with its folder, as the schemas' findings name it."""
    return next((f"{folder}/{file}" for folder in _FOLDERS if (root / folder / file).is_file()), file)


def _mended_process(root: Path) -> Process | None:
    from expediente import process_reader
    from expediente.checks_mend import mended

    try:
        tables = process_reader.read_tables(root)
        for stem, table in tables.items():
            path = root / "process" / ("mails/mails.yaml" if stem == "mails" else f"{stem}.yaml")
            schema = _schema_of(path)
            if schema is not None and schema.is_file():
                tables[stem] = mended(path, root, Draft202012Validator(json.loads(schema.read_text(encoding="utf-8"))), table)
        return process_reader.build(root, tables)
    except (ConfigurationError, ValueError):
        return None


def _tables(root: Path) -> list[Path]:
    return [path for folder in _FOLDERS for path in sorted((root / folder).glob("*.yaml"))]


# --- schemas -------------------------------------------------------------------------------------------------------------------


def _schema(root: Path, path: Path) -> Iterator[Finding]:
    name = path.relative_to(root).as_posix()
    schema = _schema_of(path)
    if schema is None:
        yield Finding(name, "", "", "la primera línea no dice su esquema", f"Empiece con {_SCHEMA_LINE}schemas/….schema.json")
        return
    if not schema.is_file():
        yield Finding(name, "", schema.name, "el esquema que nombra no está", "Corrija la primera línea del archivo.")
        return
    try:
        table = read_table(path)
    except ConfigurationError as error:
        yield Finding(name, error.where.partition(", ")[2], "", error.problem, error.remedy)
        return
    validator = Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))
    for problem in sorted(validator.iter_errors(_plain(table)), key=lambda error: [str(part) for part in error.absolute_path]):
        yield from _explained(name, problem)


def _schema_of(path: Path) -> Path | None:
    with path.open(encoding="utf-8", errors="replace") as stream:
        first = stream.readline().strip()
    return (path.parent / first.removeprefix(_SCHEMA_LINE)) if first.startswith(_SCHEMA_LINE) else None


def _plain(value: Any) -> Any:
    """The table as JSON knows it: dates as text, keys as text."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _explained(file: str, error: ValidationError) -> Iterator[Finding]:
    """A schema's complaint in words that say what to do."""
    key, value = ", ".join(str(part) for part in error.absolute_path), _short(error.instance)
    known = list((error.schema.get("properties") or {}) if isinstance(error.schema, dict) else {})
    wanted: Any = error.validator_value
    found: Any = error.instance
    if error.validator == "additionalProperties":
        for unknown in sorted(set(found) - set(known)):
            yield Finding(file, ", ".join(filter(None, (key, unknown))), "", "la clave no se conoce", near(unknown, known))
    elif error.validator == "required":
        for missing in sorted(set(wanted) - set(found)):
            yield Finding(file, key, "", f"falta la clave «{missing}»", "Escríbala como en los bloques vecinos.")
    elif error.validator == "type":
        yield Finding(file, key, value, f"se espera {_WORDS.get(str(wanted), str(wanted))}", "Cambie el valor.")
    elif error.validator == "enum":
        yield Finding(file, key, value, "el valor no es de los permitidos", near(str(found), map(str, wanted)))
    elif error.validator == "pattern":
        described = error.schema.get("description", "") if isinstance(error.schema, dict) else ""
        yield Finding(file, key, value, "no tiene la forma pedida", f"Debe ser: {described or wanted}")
    else:
        yield Finding(file, key, value, _rule_in_words(error), "Compárelo con los bloques vecinos.")


def _rule_in_words(error: ValidationError) -> str:
    words = {
        "minLength": "el texto está vacío",
        "maxLength": f"el texto pasa de {error.validator_value} letras",
        "minItems": f"la lista lleva al menos {error.validator_value}",
        "maxItems": f"la lista lleva como mucho {error.validator_value}",
        "minProperties": f"el bloque lleva al menos {error.validator_value} clave(s)",
        "minimum": f"el número es menor que {error.validator_value}",
        "maximum": f"el número es mayor que {error.validator_value}",
        "uniqueItems": "hay un valor repetido",
    }
    return words.get(str(error.validator), f"no cumple la regla {error.validator}")


def _short(value: Any) -> str:
    text = str(value)
    return "" if isinstance(value, dict | list) else text if len(text) <= 60 else text[:59] + "…"


def _process(root: Path, findings: list[Finding]) -> Process | None:
    from expediente import process_reader  # it comes back here to explain a failure

    try:
        return process_reader.build(root, process_reader.read_tables(root))
    except ConfigurationError as error:
        findings.append(Finding("process", error.where, "", error.problem, error.remedy))
        return None


# --- mails ---------------------------------------------------------------------------------------------------------------------


def sample_context(process: Process, rule: MailRule) -> MailContext:
    """A context that fills every name a template may use; for checks, tests and pictures."""
    person = "Ñandú & Hijos, S.A."
    task = DigestLine(
        person,
        "EXP-2026-ABC234",
        "Entregue: Contrato.",
        date(2026, 3, 5),
        date(2026, 3, 9),
        overdue=True,
        link="https://example.com/task",
        escalated=True,
        for_whom="Ana Ruiz",
    )
    return MailContext(
        dossier_id="EXP-2026-ABC234",
        client_name=person,
        day=date(2026, 3, 10),
        link="https://example.com/x" if rule.action else "",
        code="DEN-000101",
        area=process.areas[0].label,
        facts=(Line("Orden de Trabajo", "OT-2026-0001"),),
        items=("Contrato",),
        table=Table(("Papel", "Motivo"), (("Contrato", "No se lee bien"),)),
        problems=(Problem("x", Rank.REFUSE, "client.dv", "DV", "78", "08", "08"),),
        needs="Abre los domingos.",
        sheet="https://example.com/hoja",
        reason="Falta una cámara.",
        summary=(Line("Dirección", "P01: Calle 1\nP02: Calle 2"),),
        digest=Digest("Ana Ruiz", (task,), (ClientLines(person, task.dossier_id, (task,), "Buenos días:\n- Contrato"),), (task,)),
        to_sign=("Contrato",),
        form="Modificación",
        forms=(Line("Modificación", "https://example.com/f"),),
        folder="https://example.com/folder" if rule.action == "delivery_page" else "",
    )


def _mails(process: Process) -> Iterator[Finding]:
    folder = process.folder / "process" / "mails"
    for rule in process.mails.values():
        missing = [name for name in ("subject.txt", "body.txt", "body.html") if not (folder / rule.template / name).is_file()]
        for name in missing:
            yield Finding(
                "mails.yaml", rule.key, "", f"falta el archivo mails/{rule.template}/{name}", "Escríbalo o corrija template."
            )
        if not missing:
            yield from _rendered(process, rule)
    used = {rule.template for rule in process.mails.values()}
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in used and not path.name.startswith("_"):
            yield Finding("mails.yaml", path.name, "", "la carpeta no es de ningún correo", "Agréguelo a mails o bórrela.")


def _rendered(process: Process, rule: MailRule) -> Iterator[Finding]:
    """A mail that cannot be written, or whose templates name something that no mail has, even behind an `if`."""
    place = f"process/mails/{rule.template}"
    try:
        unknown = list(_unknown_names(process, rule))
        for name in unknown:
            yield Finding(place, rule.key, name, "el correo usa un dato que no existe", "Corrija el nombre en la plantilla.")
        if not unknown:
            mails.render(process, rule.key, sample_context(process, rule))
    except TemplateError as error:
        line = f", línea {error.lineno}" if isinstance(error, TemplateSyntaxError) else ""
        yield Finding(place, rule.key + line, "", f"la plantilla no se puede usar ({error.message})", "Revise llaves y bloques.")
    except (ConfigurationError, KeyError, ValueError) as error:
        yield Finding(
            place, rule.key, "", f"el correo no se puede escribir ({error})", "Revise la plantilla y las claves que nombra."
        )


def _unknown_names(process: Process, rule: MailRule) -> Iterator[str]:
    environment = mails.environment_for(process)
    known = {*mails.values_for(process, rule, sample_context(process, rule)), "subject", "words", "parts", "self", "loop"}
    parts = {"mail": sample_context(process, rule), "company": process.company, "rule": rule}
    known_parts = {name: set(vars(part)) for name, part in parts.items()}
    for name in ("subject.txt", "body.txt", "body.html"):
        source = (process.folder / "process" / "mails" / rule.template / name).read_text(encoding="utf-8")
        tree = environment.parse(source)
        own = {node.name for node in tree.find_all(nodes.Name) if node.ctx in ("store", "param")}
        yield from (node.name for node in tree.find_all(nodes.Name) if node.ctx == "load" and node.name not in known | own)
        for node in tree.find_all(nodes.Getattr):
            if isinstance(node.node, nodes.Name) and node.attr not in known_parts.get(node.node.name, {node.attr}):
                yield f"{node.node.name}.{node.attr}"


def _acts(process: Process) -> Iterator[Finding]:
    from expediente.acts_table import HANDLERS  # it brings every stage along

    roles = {item.key for item in (*process.areas, *process.roles)}
    for path, value, rule, remedy in act_rules.problems(process.acts, set(HANDLERS), roles, set(process.states)):
        yield Finding("acts.yaml", path, value, rule, remedy)


def _points(process: Process) -> Iterator[Finding]:
    papers = {rule.key for rule in process.documents if rule.per == "point"}
    asked = (("results", "registrar_resultado", "result"), ("classifications", "asignar_recursos", "classification"))
    acts = process.acts.rules
    choices = {place: set(acts[act].asked(name).choices) if act in acts else set() for place, act, name in asked}
    for path, value, remedy in point_rules.problems(process.points, papers, set(process.fields), choices):
        yield Finding("service_points.yaml", path, value, "no concuerda con las otras tablas", remedy)


# --- words and sheets ----------------------------------------------------------------------------------------------------------


def _fields(process: Process) -> Iterator[Finding]:
    for path in process.fields:
        if path not in fields.PATHS:
            yield Finding("process.yaml", f"fields, {path}", path, "el programa no conoce ese dato", near(path, fields.PATHS))


def _types(process: Process) -> Iterator[Finding]:
    """Every type of file that is allowed can be told by its bytes, where it is handed in as a file."""
    for kind in process.allowed_mime_types:
        if kind not in sniff.SUFFIXES and not kind.startswith("application/vnd.google-apps."):
            told = ", ".join(sniff.SUFFIXES)
            yield Finding(
                "process.yaml", "allowed_mime_types", kind, "la página no reconoce ese tipo por dentro", f"Use: {told}."
            )


def _labels(process: Process) -> Iterator[Finding]:
    for key, text in process.labels.items():
        if text.count("{") != text.count("}"):
            yield Finding("process.yaml", f"labels, {key}", text, "una llave no se cierra", "Escriba {nombre} completo.")


def _sheets(process: Process) -> Iterator[Finding]:
    readers = {
        "documents": templates.documents,
        "control_sheet": templates.control_sheet,
        "register": templates.register,
        "adjustments": templates.adjustments,
        "exchange_sheet": templates.exchange_sheet,
        "ledger": ledger_template.template,
    }
    for name, reader in readers.items():
        try:
            reader(process.folder)
        except ConfigurationError as error:
            yield Finding(f"sheets_templates/{name}.yaml", error.where, "", error.problem, error.remedy)
