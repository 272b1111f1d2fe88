"""What can be wrong in `sheets_templates/adjustments.yaml`: names that mean nothing, mails and people that the workbook cannot show."""

from __future__ import annotations

from collections.abc import Iterator

from expediente import adjustments, adjustments_layout, templates
from expediente.adjustments_people import HEADS, ROLES
from expediente.errors import ConfigurationError
from expediente.process import Process
from expediente.process_rules import Finding, near
from expediente.templates import AdjustmentsTemplate

FILE = "sheets_templates/adjustments.yaml"


def check_adjustments(process: Process) -> Iterator[Finding]:
    """Every contradiction between the workbook's template and the tables whose values it shows."""
    try:
        template = templates.adjustments(process.folder)
    except ConfigurationError:
        # Told by the look at all sheets.
        return
    yield from _deadlines(process, template)
    yield from _mails(process, template)
    yield from _people(process)


def _deadlines(process: Process, template: AdjustmentsTemplate) -> Iterator[Finding]:
    hours = adjustments.hours_of_day(process)
    for key in template.deadlines:
        if key not in process.deadlines:
            yield Finding(FILE, f"deadlines, {key}", key, "no existe un plazo con esa clave", near(key, process.deadlines))
        elif process.deadlines[key].due_after_working_hours % hours:
            found = f"el libro cuenta en días y el plazo no es de días completos de {hours} horas"
            yield Finding(FILE, f"deadlines, {key}", key, found, "Cambie due_after_working_hours o quite el plazo de este libro.")


def _mails(process: Process, template: AdjustmentsTemplate) -> Iterator[Finding]:
    for key, mail in template.mails.items():
        place = f"mails, {key}"
        if key not in process.mails:
            yield Finding(FILE, place, key, "no existe un correo con esa clave", near(key, process.mails))
            continue
        for name in mail.names:
            if name not in template.placeholders:
                yield Finding(FILE, f"{place}, names", name, "no existe ese dato", near(name, template.placeholders))
        if not adjustments_layout.original(process, template, key):
            remedy = "Quítelo de mails: su párrafo depende del caso."
            yield Finding(FILE, place, key, "el párrafo de ese correo cambia según el caso y no se puede sustituir", remedy)


def _people(process: Process) -> Iterator[Finding]:
    for person in process.company.people:
        if len(person.roles) > len(ROLES) or len(person.head_of) > len(HEADS):
            found = f"el libro Ajustes muestra hasta {len(ROLES)} roles y {len(HEADS)} áreas dirigidas por persona"
            yield Finding("process/company.yaml", f"people, {person.address}", "", found, "Reparta los roles entre más personas.")
