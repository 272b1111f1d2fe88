"""What can be wrong in `process/issued.yaml` and `process/issued_documents/`: names, conditions, reasons and words. Part of `expediente check`."""

from __future__ import annotations

from collections.abc import Iterator

from expediente.errors import ConfigurationError
from expediente.findings import Finding, near, unknown
from expediente.issued_facts import CONTENTS, HOLDS, WORDS, Content
from expediente.issued_layout import NOT, names_in
from expediente.issued_rules import COMMON, FOLDER, IssuedBlock, IssuedCommon, IssuedRule, issued_common, issued_rules
from expediente.process import Process

_PIECES = ("heading", "text", "lines", "table")
# Reasons for which nothing is issued whatever the document is.
_REASONS = (
    *(
        "no_case",
        "no_room",
        "most_a_month",
        "day_missing",
        "day_wrong",
        "period_reversed",
        "period_future",
        "period_long",
        "period_old",
    ),
    *("text_missing", "text_long", "text_wrong"),
)
_CAPTION = frozenset(("company_short", "title", "serial", "code_apart", "verify_page"))


def check_issued(process: Process) -> Iterator[Finding]:
    """Everything that is wrong with the issued documents, file by file."""
    try:
        common, rules = issued_common(process.folder), issued_rules(process.folder)
    except ConfigurationError as error:
        yield Finding("process/issued_documents", error.where, "", error.problem, error.remedy)
        return
    yield from _common(process, common)
    prefixes: dict[str, str] = {}
    for rule in rules.values():
        file = f"{FOLDER.as_posix()}/{rule.key}.yaml"
        if rule.prefix in prefixes:
            problem = f"el número de dos documentos empieza igual (el otro es {prefixes[rule.prefix]})"
            yield Finding(file, "prefix", rule.prefix, problem, "Escriba otras letras.")
        prefixes[rule.prefix] = rule.key
        content = CONTENTS.get(rule.made_from)
        if content is None:
            yield Finding(file, "made_from", rule.made_from, "no existe eso en la contabilidad", near(rule.made_from, CONTENTS))
            continue
        yield from _rule(file, rule, content)
        for block in rule.blocks:
            yield from _block(file, block, content)


def _common(process: Process, common: IssuedCommon) -> Iterator[Finding]:
    file = COMMON.as_posix()
    folders = {one.key for one in process.access.folders if one.drive == "dossiers"}
    yield from unknown(file, "place", [common.place], folders, "una carpeta de los expedientes")
    for key, words, wanted in (("sentences", common.sentences, _REASONS), ("words", common.words, WORDS)):
        for name in sorted(set(wanted) - set(words)):
            yield Finding(file, f"{key}, {name}", "", "falta esa frase", "Escríbala como las demás.")
    for key, text in (("foot", common.foot), ("caption", common.caption)):
        yield from unknown(file, key, names_in(text), _CAPTION, "un dato")
    if common.cufe_lookup and ("{cufe}" not in common.cufe_lookup or not common.cufe_lookup.startswith("https://")):
        remedy = "Empiece con https:// y ponga {cufe} donde va el CUFE."
        yield Finding(file, "cufe_lookup", common.cufe_lookup, "con esa dirección no se encuentra una factura", remedy)


def _rule(file: str, rule: IssuedRule, content: Content) -> Iterator[Finding]:
    for need in content.needs:
        if getattr(rule, need) is None:
            yield Finding(file, need, "", f"un documento hecho de {rule.made_from} lo necesita", "Escriba ese bloque.")
    for reason in sorted(content.reasons - set(rule.refused)):
        yield Finding(file, f"refused, {reason}", "", "falta lo que se le responde al cliente", "Escriba la frase.")
    yield from unknown(file, "refused", rule.refused, content.reasons, "un motivo")
    for key, reasons in (("pay_for", rule.pay_for), ("case_for", rule.case_for)):
        yield from unknown(file, key, reasons, content.reasons, "un motivo")
    if rule.case_for and not rule.case_kind:
        yield Finding(file, "case_kind", "", "se abre una solicitud y no se dice de qué clase", "Escriba case_kind.")
    if rule.holds_while:
        yield from unknown(file, "holds_while", [rule.holds_while], HOLDS, "una condición")
    if rule.habit and not any(step.automatic for step in rule.habit.rules):
        yield Finding(file, "habit, rules", "", "ninguna regla lo emite", "Escriba automatic: true en las que sí.")
    for key, text in (("title", rule.title), ("subtitle", rule.subtitle), ("file_name", rule.file_name)):
        yield from unknown(file, key, names_in(text), content.names, "un dato")
    for reason, text in rule.refused.items():
        yield from unknown(file, f"refused, {reason}", names_in(text), content.names, "un dato")


def _block(file: str, block: IssuedBlock, content: Content) -> Iterator[Finding]:
    said = [name for name in _PIECES if getattr(block, name)]
    if len(said) != 1:
        yield Finding(file, "blocks", ", ".join(said), "un pedazo lleva una sola cosa", f"Use una de: {', '.join(_PIECES)}.")
    yield from unknown(file, "when", [name.removeprefix(NOT) for name in block.when], content.conditions, "una condición")
    for text in (block.heading, block.text, *block.lines.values()):
        yield from unknown(file, "blocks", names_in(text), content.names, "un dato")
        if text.count("{") != len(names_in(text)) or text.count("}") != len(names_in(text)):
            yield Finding(file, "blocks", text[:60], "una llave no se cierra", "Escriba {dato} completo.")
    if block.table is None:
        return
    if block.table.rows not in content.rows:
        yield from unknown(file, "table, rows", [block.table.rows], content.rows, "una tabla")
        return
    for column in block.table.columns:
        yield from unknown(file, f"columns, {column.label}", names_in(column.value), content.rows[block.table.rows], "un dato")
