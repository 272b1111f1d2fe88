"""What lies above the dossiers, beside the table: members of the shared drives, grants of the state folders, the register and Ajustes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from expediente.access import principal_of

if TYPE_CHECKING:
    from expediente.bootstrap import App
    from expediente.process import GrantRule


def differences(app: App) -> Iterator[str]:
    """A Spanish sentence for each grant that the table does not give there, and for each that is missing. Reads alone.

    Nothing of it is mended here: `expediente setup` gives what is missing, and what is too much only an organizer should take away.
    """
    access, site = app.process.access, app.site
    places: list[tuple[str, str, Sequence[GrantRule]]] = [
        (access.drive("dossiers").name, site.dossier_drive_id, access.drive("dossiers").members),
        (access.drive("compliance").name, site.compliance_drive_id, access.drive("compliance").members),
        *((parent.name, site.parents[parent.key], parent.grants) for parent in access.parents),
    ]
    if site.ledger:
        places.append((access.ledger.name, site.ledger["root"], access.ledger.grants))
    for audience, file_id in site.registers.items():
        register = app.google.drive.get_file(file_id)
        places.append((register.name, file_id, access.register_grants.get(audience, ())))
    if site.adjustments_id:
        workbook = app.google.drive.get_file(site.adjustments_id)
        places.append((workbook.name, site.adjustments_id, access.adjustments_grants))
    for name, file_id, rules in places:
        yield from _of_place(app, name, file_id, rules)


def _of_place(app: App, name: str, file_id: str, rules: Sequence[GrantRule]) -> Iterator[str]:
    labels = app.process.labels
    wanted = {(principal_of(app.process, rule, None)[0].lower(), rule.role) for rule in rules}
    have = set()
    for grant in app.google.drive.list_grants(file_id):
        address = grant.address.lower() or grant.kind
        if not grant.inherited and not grant.view and address != app.settings.service_account:
            have.add((address, grant.role))
    for address, role in sorted(have - wanted):
        said = labels.get(f"access_role_{role.lower()}", role)
        yield f"{name} · {address} ({said}): {labels['access_foreign']}; quítelo en Drive quien administra la unidad"
    for address, role in sorted(wanted - have):
        said = labels.get(f"access_role_{role.lower()}", role)
        yield f"{name} · {address} ({said}): {labels['access_missing']}; lo da `expediente setup`"
