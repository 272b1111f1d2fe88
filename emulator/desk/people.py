"""The first page: who are you?"""

from __future__ import annotations

from collections import Counter

from aiohttp import web

from emulator.desk.web import COOKIE, Desk, Refused, Visit, add, is_address, local_path, see_other
from emulator.directory import Person
from emulator.drive.access import can_edit
from emulator.forms.access import may_respond
from emulator.forms.model import Form, forms, responses
from emulator.gmail.mailbox import unread_count
from emulator.gmail.model import boxes, messages
from emulator.kernel import Json, World


def add_pages(desk: Desk, app: web.Application) -> None:
    """Register the pages."""
    add(desk, app, "GET", "/", home, open_to_all=True)
    add(desk, app, "POST", "/desk/identity", choose, open_to_all=True)
    add(desk, app, "GET", "/desk/enter", enter, open_to_all=True)
    add(desk, app, "GET", "/desk", to_home, open_to_all=True)
    add(desk, app, "GET", "/desk/forms", form_list)


async def to_home(visit: Visit) -> web.StreamResponse:
    """`/desk` is `/`."""
    return see_other("/")


async def home(visit: Visit) -> web.StreamResponse:
    """The people of the company by group, its mailboxes without a person, and outsiders who have mail."""
    following = local_path(visit.request.query.get("next", ""), "")
    return visit.page(
        "people.html",
        "desk",
        following=following,
        teams=_teams(visit.world),
        senders=[_card(visit.world, one) for one in visit.world.directory.people.values() if one.sender],
        outsiders=_outsiders(visit.world),
        starters=_starters(visit.world),
        form_count=len(open_forms(visit.world, visit.actor)) if visit.actor else 0,
    )


async def enter(visit: Visit) -> web.StreamResponse:
    """Enter as the person `as` (an address, or its part before the at) and go on to `next`; one click says yes."""
    directory = visit.world.directory
    wanted = visit.request.query.get("as", "").strip()
    address = directory.canonical(wanted if "@" in wanted else f"{wanted}@{directory.domain}")
    following = local_path(visit.request.query.get("next", ""), "/")
    if not is_address(address) or directory.is_group(address):
        raise Refused(404, "Esa cuenta no existe", "El enlace nombra a alguien que no está en la empresa de muestra.")
    if visit.actor == address:
        return see_other(following)
    groups = sorted(directory.groups[one].name for one in directory.groups_of(address))
    name = directory.display_name(address)
    return visit.page("enter.html", "desk", address=address, name=name, groups=groups, following=following)


async def choose(visit: Visit) -> web.StreamResponse:
    """Be somebody from now on."""
    given = await visit.request.post()
    address = visit.world.directory.canonical(str(given.get("address", "")))
    if not is_address(address) or visit.world.directory.is_group(address):
        raise Refused(400, "Esa cuenta no existe", "Escriba una dirección de correo completa, de una persona.")
    if visit.world.directory.is_suspended(address):
        raise Refused(403, "Cuenta suspendida", "Esta cuenta está suspendida y no puede entrar.")
    answer = see_other(local_path(str(given.get("next", "")), "/"))
    answer.set_cookie(COOKIE, address, httponly=True, samesite="Lax", path="/", max_age=30 * 86400)
    return answer


async def form_list(visit: Visit) -> web.StreamResponse:
    """The forms that this person may answer, and those that she edits."""
    world = visit.world
    edited = [form for form in forms(world).values() if can_edit(world, visit.actor, form.form_id)]
    counts = Counter(one.form_id for one in responses(world).values())
    return visit.page("forms.html", "forms", forms=open_forms(world, visit.actor), edited=edited, counts=counts)


def open_forms(world: World, actor: str) -> list[Form]:
    """The published forms whose responders include the person."""
    return [form for form in forms(world).values() if form.published and may_respond(world, form, actor)]


def _card(world: World, person: Person) -> Json:
    groups = sorted(world.directory.groups[one].name for one in world.directory.groups_of(person.address))
    return {
        "address": person.address,
        "name": person.name,
        "groups": groups,
        "suspended": person.suspended,
        "admin": person.admin,
        "unread": unread_count(world, person.address),
    }


def _teams(world: World) -> list[Json]:
    """People under the group that holds them directly; those without a group last."""
    directory = world.directory
    teams: list[Json] = []
    placed: set[str] = set()
    for group in directory.groups.values():
        members = [directory.people[one] for one in sorted(group.members) if one in directory.people]
        fresh = [one for one in members if one.address not in placed and not one.sender]
        placed |= {one.address for one in fresh}
        if fresh:
            teams.append({"name": group.name, "address": group.address, "people": [_card(world, one) for one in fresh]})
    alone = [one for one in directory.people.values() if one.address not in placed and not one.sender]
    if alone:
        teams.append({"name": "Sin grupo", "address": "", "people": [_card(world, one) for one in alone]})
    return teams


def _starters(world: World) -> list[Json]:
    """Up to three people with whom it is worth to begin, each with what there is to do."""
    people = [one for one in world.directory.people.values() if not one.suspended and not one.sender]
    found: dict[str, str] = {}
    filling = next((one.address for one in people if open_forms(world, one.address)), None)
    if filling:
        found[filling] = "Puede llenar un formulario"
    known: set[str] = set()
    for one in people:
        groups = world.directory.groups_of(one.address)
        # One of a group is enough: the others have the same to do.
        if unread_count(world, one.address) and not groups & known:
            known |= groups
            found.setdefault(one.address, "Tiene correo por leer")
    return [_card(world, world.directory.people[one]) | {"why": why} for one, why in list(found.items())[:3]]


def _outsiders(world: World) -> list[Json]:
    """Outside addresses whose mailbox holds mail."""
    directory, found = world.directory, []
    for address, box in boxes(world).items():
        inside = address in directory.people or directory.in_domain(address) or directory.is_service_account(address)
        if not inside and len(messages(world, box)):
            found.append({"address": address, "unread": unread_count(world, address)})
    return sorted(found, key=lambda one: str(one["address"]))
