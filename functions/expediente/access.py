"""Who may see what: the grant rules of `process/access.yaml` turned into addresses for one dossier."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from expediente.marks import taking_part
from expediente.model import Dossier, PaperState, State
from expediente.papers import asked_again, paper, required_papers, waived
from expediente.process import Access, GrantRule, Process
from expediente.stand_in import answering

_SELLER = "person:vendedora"


@dataclass(frozen=True)
class WantedGrant:
    """A direct permission that should exist. place: folder key or `control_sheet`; kind: user | group; role: reader | writer."""

    place: str
    principal: str
    kind: str
    role: str

    @property
    def key(self) -> str:
        """What names the grant in the records."""
        return f"{self.place}/{self.principal}"


def principal_of(process: Process, rule: GrantRule, dossier: Dossier | None) -> tuple[str, str]:
    """The address and kind (user | group) that a rule means. `person:vendedora` is the dossier's own vendedora."""
    what, _, name = rule.principal.partition(":")
    if what == "person":
        # Somebody who left the company keeps nothing, whoever has forgotten to pass on the dossier.
        stays = dossier is not None and process.company.person(dossier.vendedora) is not None
        return (dossier.vendedora if dossier is not None and stays else ""), "user"
    if what == "group":
        return process.company.groups[name], "group"
    return process.group_of(name), "group"


def sheet_grants(process: Process, dossier: Dossier, place: str) -> list[WantedGrant]:
    """Who opens the control sheet: the areas that take part, as one group where one unites exactly them."""
    wanted = []
    for rule in process.access.sheet_grants:
        if rule.principal != "areas:taking_part":
            address, kind = principal_of(process, rule, dossier)
            wanted.append(WantedGrant(place, address, kind, rule.role))
            continue
        areas = taking_part(process, dossier)
        keys = {area.key for area in areas}
        united = [process.company.groups[name] for name, members in process.company.umbrellas.items() if set(members) == keys]
        groups = united[:1] or [area.group for area in areas]
        wanted += [WantedGrant(place, group, "group", rule.role) for group in groups]
    return wanted


def paper_asked(process: Process, dossier: Dossier) -> bool:
    """Whether the vendedora still has something to bring: a paper until the hand-over, then what is returned, observed or renewed."""
    slots = [slot for slot in required_papers(process, dossier.intake) if slot.rule.given_by == "vendedora"]
    known = [paper(dossier, slot.key) for slot in slots if not waived(dossier, slot.key)]
    states = [one.state for one in known]
    if dossier.state in (State.CONFIRMING, State.ACTIVE) and asked_again(process, dossier):
        return True
    if dossier.state is State.COLLECTING:
        return any(state is not PaperState.VERIFIED for state in states)
    served = dossier.state in (State.CONFIRMING, State.ACTIVE)
    renewed = any(one.renews_since is not None for one in known)
    return served and (bool(dossier.observations) or PaperState.RETURNED in states or renewed)


_WHILE = {"": lambda process, dossier: True, "paper_asked": paper_asked}


def wanted_grants(process: Process, dossier: Dossier, day: date | None = None) -> list[WantedGrant]:
    """Every direct permission that the folders of a dossier should have, places in the order of the table.

    day: today, so that a substitute opens what the absent vendedora is asked for; None = nobody is away.
    """
    if dossier.state in (State.ARCHIVED, State.WITHDRAWN):
        return []
    wanted = []
    for folder in process.access.folders:
        for rule in folder.grants:
            if _WHILE[rule.only_while](process, dossier):
                principals = (
                    _sellers(process, dossier, day) if rule.principal == _SELLER else [principal_of(process, rule, dossier)]
                )
                wanted += [WantedGrant(folder.key, address, kind, rule.role) for address, kind in principals]
    return wanted


def _sellers(process: Process, dossier: Dossier, day: date | None) -> list[tuple[str, str]]:
    """The dossier's vendedora and, while she is away, her substitute; nobody once she has left, until her work is passed on."""
    company, address = process.company, dossier.vendedora
    if company.person(address) is None:
        return []
    found = answering(company, address, day) if day else ()
    return [(address, "user"), *((one.address, "user") for one in found if one.address.lower() != address.lower())]


def hidden_places(process: Process) -> frozenset[str]:
    """Folders of Cumplimiento: what lies there is told to nobody else."""
    return frozenset(folder.key for folder in process.access.folders if folder.drive == "compliance")


def parent_key(access: Access, state: State) -> str:
    """The key of the top folder that holds dossiers of that state.

    :raises KeyError: no parent names the state; `expediente check` finds it beforehand.
    """
    for parent in access.parents:
        if state.value in parent.states:
            return parent.key
    raise KeyError(state.value)
