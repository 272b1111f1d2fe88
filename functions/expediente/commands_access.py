"""`expediente access audit | repair | who | reassign`: what Drive grants beside the table, who sees what, and who passes work on."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from expediente.commands_audit import dossiers, for_app, tell, unknown

if TYPE_CHECKING:
    from expediente.access_who import Sight
    from expediente.bootstrap import App
    from expediente.model import Dossier
    from expediente.process import Person

Parsers = argparse._SubParsersAction
Add = Callable[..., argparse.ArgumentParser]
_ONE = "solo ese expediente; sin esto, todos"


def add(commands: Parsers[argparse.ArgumentParser], add_command: Add) -> None:
    """Put the commands below `access`."""
    says = "Quién puede abrir qué: se compara con la tabla de permisos, se corrige, se consulta y se pasa a otra persona."
    example = "Ejemplo: expediente --env produccion.env access audit"
    parts = commands.add_parser("access", help=says, description=says, epilog=example).add_subparsers(
        required=True, metavar="parte"
    )
    audit = add_command(
        parts,
        "audit",
        _audit,
        "Compara los permisos de Drive con process/access.yaml y dice las diferencias. No cambia nada.",
        "--env produccion.env access audit --dossier EXP-0ABC1DEF",
    )
    repair = add_command(
        parts,
        "repair",
        _repair,
        "Pide corregir los permisos que no son los de la tabla; cada corrección queda en la bitácora y se avisa.",
        "--env produccion.env access repair --dossier EXP-0ABC1DEF",
    )
    for command in (audit, repair):
        command.add_argument("--dossier", default="", metavar="CLAVE", help=_ONE)
    who = add_command(
        parts,
        "who",
        _who,
        "Dice quién puede abrir cada carpeta de un expediente, o qué puede abrir una persona.",
        "--env produccion.env access who --dossier EXP-0ABC1DEF",
    )
    asked = who.add_mutually_exclusive_group(required=True)
    asked.add_argument("--dossier", default="", metavar="CLAVE", help="clave de un expediente")
    asked.add_argument("--person", default="", metavar="CORREO", help="correo de una persona")
    reassign = add_command(
        parts,
        "reassign",
        _reassign,
        "Pasa de una vendedora a otra los expedientes abiertos, sus permisos, sus pendientes y sus formularios devueltos.",
        "--env produccion.env access reassign --from ana@empresa.example.com --to eva@empresa.example.com",
    )
    reassign.add_argument("--from", dest="old", required=True, metavar="CORREO", help="de quién son ahora")
    reassign.add_argument("--to", dest="new", required=True, metavar="CORREO", help="quién los recibe")
    reassign.add_argument("--dry-run", action="store_true", help="solo dice qué pasaría")


# --- audit ---------------------------------------------------------------------------------------------------------------------


def _audit(options: argparse.Namespace) -> int:
    from expediente import access_audit, access_site

    app, count, looked = for_app(), 0, 0
    for dossier in dossiers(app, options.dossier):
        looked += 1
        for one in [*access_audit.look(app, dossier), *access_audit.without_owner(app.process, dossier)]:
            count += 1
            tell(f"{dossier.dossier_id}  {access_audit.told(app.process, dossier, one)}")
    if options.dossier and not looked:
        return unknown(options.dossier)
    if not options.dossier:
        for sentence in access_site.differences(app):
            count += 1
            tell(f"Sitio  {sentence}")
        for address, number in _leavers(app).items():
            tell(
                f"{address} ya no está en company.yaml y tiene {number} expediente(s). Páselos con `expediente access reassign`."
            )
    tell(f"{looked} expediente(s) revisados: {count} diferencia(s).")
    return 1 if count else 0


def _leavers(app: App) -> dict[str, int]:
    """Who is not of the company any more and still has open work: address -> dossiers."""
    from expediente.reassign import is_passed_on

    found: dict[str, int] = {}
    for dossier in dossiers(app, ""):
        if is_passed_on(dossier) and app.process.company.person(dossier.vendedora) is None:
            found[dossier.vendedora] = found.get(dossier.vendedora, 0) + 1
    return found


def _repair(options: argparse.Namespace) -> int:
    from expediente import access_watch, codec

    app = for_app()
    ids = [dossier.dossier_id for dossier in dossiers(app, options.dossier)]
    if options.dossier and not ids:
        return unknown(options.dossier)
    access_watch.request(app, ids, f"repair-{codec.stamp(app.clock.now())}")
    tell(f"Se pidió revisar y corregir {len(ids)} expediente(s). Lo que se corrija se avisa por correo y queda en la bitácora.")
    return 0


# --- who -----------------------------------------------------------------------------------------------------------------------


def _who(options: argparse.Namespace) -> int:
    app = for_app()
    if options.person:
        return _who_person(app, options.person)
    dossier = next(dossiers(app, options.dossier), None)
    return unknown(options.dossier) if dossier is None else _who_dossier(app, dossier)


def _who_dossier(app: App, dossier: Dossier) -> int:
    from expediente import access_who

    place = ""
    for sight in access_who.of_dossier(app, dossier):
        if sight.place != place:
            tell(sight.place)
            place = sight.place
        tell(f"  {_role(app, sight.role)}: {sight.principal}{_people(sight)}")
    tell("Último acto de cada persona en la bitácora")
    for address, at in sorted(access_who.last_acts(app.store, app.process, dossier).items()):
        tell(f"  {address}: {at.date().isoformat()}")
    return 0


def _people(sight: Sight) -> str:
    if not sight.people:
        return " (sus miembros los dice el Directorio)" if "@" in sight.principal else ""
    above = "; heredado" if sight.inherited else ""
    return f" ({', '.join(sight.people)}{above})"


def _role(app: App, role: str) -> str:
    return app.process.labels.get(f"access_role_{role.lower()}", role)


def _who_person(app: App, address: str) -> int:
    person = app.process.company.person(address)
    if person is None:
        return _stranger(app, address)
    count = 0
    for line in _sights(app, person):
        count += 1
        tell(line)
    tell(f"{person.name}: {count} acceso(s).")
    return 0


def _sights(app: App, person: Person) -> Iterator[str]:
    from expediente import access_who

    for dossier, sight in access_who.of_person(app.process, person, dossiers(app, "")):
        how = " (heredado)" if sight.inherited else ""
        yield f"{dossier.dossier_id}  {sight.place}: {_role(app, sight.role)}, por {sight.principal}{how}"


def _stranger(app: App, address: str) -> int:
    """Somebody who is not in company.yaml may still have work, and nothing else."""
    from expediente.reassign import dossiers_of

    tell(f"{address} no es una persona de company.yaml: la tabla no le da ningún acceso.")
    for dossier in dossiers_of(app.store, address):
        tell(f"{dossier.dossier_id}  sigue a su nombre. Páselo con `expediente access reassign`.")
    return 1


# --- reassign ------------------------------------------------------------------------------------------------------------------


def _reassign(options: argparse.Namespace) -> int:
    from expediente import reassign

    app = for_app()
    new = app.process.company.person(options.new)
    if new is None or reassign.ROLE not in new.roles:
        tell(f"{options.new} no es una vendedora de company.yaml. Elija a otra persona.")
        return 2
    if new.address.lower() == options.old.strip().lower():
        tell("Las dos direcciones son la misma. Indique a quién pasan los expedientes.")
        return 2
    if options.dry_run:
        for dossier in reassign.dossiers_of(app.store, options.old):
            tell(f"Pasaría: {dossier.dossier_id}")
        return 0
    passed = reassign.request(app, options.old, new)
    if not (passed.dossiers or passed.forms):
        tell(f"{options.old} no tiene expedientes abiertos ni formularios devueltos; no se cambió nada.")
        return 0
    tell(f"Pasan a {new.address}: {passed.dossiers} expediente(s) y {passed.forms} formulario(s) devuelto(s).")
    return 0
