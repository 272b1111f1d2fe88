"""What people find in the Workspace and what the records say, without ids and instants: equal for runs with the same end.

`footprint` is compared with that of a run that nothing disturbed; `faults_of` states what must hold of any run by itself.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import PurePath
from typing import Any

from expediente import codec, events
from expediente.access import principal_of, sheet_grants, wanted_grants
from expediente.ledger_data import Movement
from expediente.model import Dossier, Event, OutgoingMail, State
from tests.harness import DOMAIN, FOLDER, SENDERS, SHEET, Case, Stack
from tests.local_workspace import SERVICE_ACCOUNT, Json
from tests.staging_bucket import ARCHIVE, CLIENT

Footprint = dict[str, Any]
_INSTANT = re.compile(r"\d\d/\d\d/\d{4},? \d\d:\d\d")

# The workbooks of a dossier besides `documents`, as their steps are called.
SHEETS = ("control_sheet", "exchange")
# Tabs of the register that tell the hour, and the working days, which are the same in all.
OF_THE_HOUR = ("Salud", "Calendario")


def footprint(stack: Stack, case: Case) -> Footprint:
    """Tree, grants, cells, mailboxes and records of a case."""
    files = [file for file in stack.workspace.files() if not file.get("trashed")]
    paths = _paths(files)
    ours = [file for file in files if file["mimeType"] in (FOLDER, SHEET) or "Entregar" in paths[file["id"]]]
    books = [file["id"] for file in files if file["mimeType"] == SHEET]
    return {
        "tree": sorted((paths[file["id"]], file["mimeType"], _locked(file)) for file in files),
        "grants": sorted((paths[file["id"]], *grant) for file in ours for grant in stack.workspace.grants(file["id"])),
        "cells": sorted((paths[book], tab, _cells(stack, book, tab, paths)) for book in books for tab in _tabs(stack, book)),
        "mail": mailboxes(stack),
        "record": _record(stack.dossier(case)),
        "ledger": _ledger(stack, case),
        "issued": len(stack.bucket.names(CLIENT)) if stack.bucket else 0,
        "archive": sorted(Counter(PurePath(name).suffix for name in archived(stack)).items()),
    }


def _ledger(stack: Stack, case: Case) -> list[tuple[str, str, str]]:
    """What was paid and given back: reference, amount, what is left of it."""
    reads = stack.app.store.query("movements_of_client", equals=stack.dossier(case).client_id)
    found = [codec.from_data(Movement, read.data) for read in reads]
    return sorted((one.reference, str(one.amount), str(one.rest)) for one in found)


def archived(stack: Stack) -> list[str]:
    """Names of the objects in the archive bucket."""
    return stack.bucket.names(ARCHIVE) if stack.bucket else []


def _paths(files: list[Json]) -> dict[str, str]:
    """Id -> names from the top of its drive down."""
    by_id = {file["id"]: file for file in files}

    def path(file_id: str) -> str:
        file = by_id.get(file_id)
        if file is None:
            return ""
        return "/".join(filter(None, (path((file.get("parents") or [""])[0]), file["name"])))

    return {file_id: path(file_id) for file_id in by_id}


def _locked(file: Json) -> bool:
    return any(item.get("readOnly") for item in file.get("contentRestrictions", ()))


def _tabs(stack: Stack, book: str) -> list[tuple[str, int]]:
    """Titles of the tabs, with the number of protected ranges: what was built twice is protected twice."""
    path = f"/v4/spreadsheets/{book}?fields=sheets(properties.title,protectedRanges.protectedRangeId)"
    told = stack.workspace.request(SERVICE_ACCOUNT, "GET", path)["sheets"]
    shown = [sheet for sheet in told if sheet["properties"]["title"] not in OF_THE_HOUR]
    return [(sheet["properties"]["title"], len(sheet.get("protectedRanges", ()))) for sheet in shown]


def _cells(stack: Stack, book: str, tab: tuple[str, int], paths: dict[str, str]) -> list[list[Any]]:
    rows = stack.workspace.rows(SERVICE_ACCOUNT, book, tab[0])
    if tab[0] == "Registro" or (len(rows) > 1 and str(rows[1][:1]).startswith("['Actualizado")):
        rows = rows[:1] + rows[2:]
    return [[_cell(cell, paths) for cell in row] for row in rows]


def _cell(cell: Any, paths: dict[str, str]) -> Any:
    """A cell without ids and instants: a run that was disturbed comes to the same end a few minutes later."""
    return _INSTANT.sub("…", paths.get(cell, cell)) if isinstance(cell, str) else cell


def mailboxes(stack: Stack) -> dict[str, list[str]]:
    """Every mailbox that has received something, with how each mail begins. A group has none: its people have."""
    reads = [read for found in stack.dossiers() for read in stack.app.store.query("outbox_of_dossier", equals=found.dossier_id)]
    outside = {a for read in reads for a in (*read.data["to"], *read.data["cc"]) if not a.endswith(f"@{DOMAIN}")}
    people = {one.address for one in stack.app.process.company.people}
    found = {who: stack.workspace.inbox(who) for who in sorted(outside | people)}
    return {who: mails for who, mails in found.items() if mails}


def _record(dossier: Dossier) -> Json:
    """What the dossier says, without ids and times."""
    return {
        "state": dossier.state.value,
        "parked": dossier.parked,
        "attempts": dossier.attempts,
        "code": dossier.denarius_code,
        "acknowledged": bool(dossier.acknowledged_by),
        "compliance": dossier.compliance.value,
        "papers": sorted(
            (key, paper.state.value, paper.reason, paper.returns, paper.by) for key, paper in dossier.papers.items()
        ),
        "arrivals": sorted((a.paper, a.name, a.by, a.state.value, a.round) for a in dossier.arrivals.values()),
        "files": sorted((f.name, f.place, f.papers, f.listed, f.filed, f.refused) for f in dossier.files.values()),
        "marks": sorted((key, m.ticked, m.evidence.value, m.person) for key, m in dossier.marks.items()),
        "observations": sorted((key, seen.reason, seen.round) for key, seen in dossier.observations.items()),
        "refusals": sorted((key, r.reason, r.person, r.round, r.put_back) for key, r in dossier.refusals.items()),
        "notes": dossier.notes,
        "notices": sorted(key.split("/")[0] for key in dossier.notices),
        "grants": sorted((grant.place, grant.principal, grant.role) for grant in dossier.grants.values()),
        "steps": sorted(record.state for record in dossier.steps.values() if record.state != "done"),
        "closed": dossier.closed_by,
        "changes": sorted((key, one.kind, one.state.value) for key, one in dossier.changes.items()),
        "asked_again": sorted(dossier.asked_again),
        "data_version": dossier.data_version,
        "requests": sorted((key, one.state.value, one.tries) for key, one in dossier.service_requests.items()),
        "cancellations": sorted((key, one.agreed, one.done_at is not None) for key, one in dossier.cancellations.items()),
        "cases": sorted((key, one.state.value, len(one.decisions)) for key, one in dossier.cases.items()),
        "case_files": sorted((one.paper, one.state.value, bool(one.file_id), one.cleared) for one in dossier.case_files.values()),
        "withdrawals": [(one.reason, one.by, one.reopened) for one in dossier.withdrawals],
    }


# --- what must hold of any run -------------------------------------------------------------------------------------------------


def faults_of(stack: Stack, case: Case) -> list[str]:
    """Whatever is wrong with a case at rest: doubled, missing, parked, open to somebody, or a broken audit chain."""
    dossier = stack.dossier(case)
    files = [file for file in stack.workspace.files() if not file.get("trashed")]
    found = [f"pending: {what}" for what in stack.pending()]
    found += [f"parked: {dossier.parked}"] if dossier.parked else []
    found += _tree_faults(stack, dossier, files) + _grant_faults(stack, dossier, files) + _mail_faults(stack, dossier)
    found += [f"poison: {key}" for key in _poison(stack)]
    found += [f"stored twice: {digest}" for digest, count in Counter(_hashes(stack)).items() if count > 1]
    found += [f"left in the staging bucket: {name}" for name in (stack.bucket.names() if stack.bucket else ())]
    store = stack.app.store
    chain = [
        codec.from_data(Event, read.data) for read in store.query("events_of_dossier", equals=dossier.dossier_id, limit=10_000)
    ]
    return found + [str(fault) for fault in events.verify(chain, dossier.chain_head)]


def _hashes(stack: Stack) -> list[str]:
    """What each retained copy is named after: its hash, or the id of the file that it was exported from."""
    return [PurePath(name).stem for name in archived(stack) if "/archivos/" in name]


def _poison(stack: Stack) -> list[str]:
    """Facts that were set aside."""
    kinds = {"fact_set_aside"}
    reads = [r for d in stack.dossiers() for r in stack.app.store.query("events_of_dossier", equals=d.dossier_id, limit=10_000)]
    return [read.key for read in reads if read.data["kind"] in kinds]


def _tree_faults(stack: Stack, dossier: Dossier, files: list[Json]) -> list[str]:
    site, access = stack.app.site, stack.app.process.access
    roots = [f for f in files if dossier.dossier_id in f["name"] and f["mimeType"] == FOLDER]
    state_parents = set(site.parents.values())
    at_home = [f for f in roots if (f.get("parents") or [""])[0] in state_parents]
    found = [] if len(at_home) == 1 else [f"{len(at_home)} root folders"]
    names = Counter((f["name"], (f.get("parents") or [""])[0]) for f in files)
    found += [f"{count} times {name}" for (name, _), count in names.items() if count > 1]
    expected = {rule.name for rule in access.folders if dossier.done(f"folder/{rule.key}") and rule.drive != "compliance"}
    inside = {f["name"] for f in files if at_home and f.get("parents") == [at_home[0]["id"]]}
    found += [f"sub-folders {inside} instead of {expected}"] if inside != expected else []
    known = {dossier.file_id(f"{sheet}/create") for sheet in ("documents", *SHEETS)} | set(site.registers.values())
    return found + [f"orphan workbook {f['name']}" for f in files if f["mimeType"] == SHEET and f["id"] not in known]


def _grant_faults(stack: Stack, dossier: Dossier, files: list[Json]) -> list[str]:
    process = stack.app.process
    wanted: dict[str, set[tuple[str, str]]] = {}
    for grant in wanted_grants(process, dossier):
        wanted.setdefault(dossier.file_id(f"folder/{grant.place}"), set()).add((grant.principal, grant.role))
    if dossier.state in (State.CONFIRMING, State.ACTIVE):
        shared = {(grant.principal, grant.role) for grant in sheet_grants(process, dossier, "control_sheet")}
        wanted[dossier.file_id("control_sheet/create")] = shared
        rules = [(principal_of(process, rule, dossier)[0], rule.role) for rule in process.access.exchange_grants]
        wanted[dossier.file_id("exchange/create")] = set(rules)
    ids = {record.file_id for record in dossier.steps.values() if record.file_id} | set(dossier.files)
    found = []
    for file in files:
        have = set(stack.workspace.grants(file["id"])) if file["id"] in ids else set()
        if file["id"] in ids and have != wanted.get(file["id"], set()):
            found.append(f"grants on {file['name']}: {have} instead of {wanted.get(file['id'], set())}")
    return found


def _mail_faults(stack: Stack, dossier: Dossier) -> list[str]:
    """Each queued mail is sent, and the senders' mailboxes hold as many to each address as were queued for it."""
    store = stack.app.store
    keys = {found.dossier_id for found in stack.dossiers()} | {dossier.dossier_id}
    reads = [read for key in sorted(keys) for read in store.query("outbox_of_dossier", equals=key, limit=1000)]
    mails = [codec.from_data(OutgoingMail, read.data) for read in reads]
    found = [f"mail {mail.mail_id} is {mail.state} {mail.parked}" for mail in mails if mail.state != "sent"]
    found += [
        f"notice without mail: {key}" for key, mail_id in dossier.notices.items() if mail_id not in {m.mail_id for m in mails}
    ]
    queued = Counter(address for mail in mails for address in (*mail.to, *mail.cc))
    sent = Counter(address for sender in SENDERS for address in _written_to(stack, sender))
    return found + [f"{sent[a]} mails to {a} instead of {queued[a]}" for a in sorted(queued | sent) if queued[a] != sent[a]]


def _written_to(stack: Stack, sender: str) -> list[str]:
    """To whom a sender has written, each address as often as it was written to."""
    ask, path = stack.workspace.request, "/gmail/v1/users/me/messages"
    listed = ask(sender, "GET", f"{path}?labelIds=SENT&maxResults=500").get("messages", [])
    shape = "?format=metadata&metadataHeaders=To&metadataHeaders=Cc"
    addresses: list[str] = []
    for item in listed:
        heads = {h["name"]: h["value"] for h in ask(sender, "GET", f"{path}/{item['id']}{shape}")["payload"]["headers"]}
        addresses += [a.strip() for name in ("To", "Cc") for a in heads.get(name, "").split(",") if a.strip()]
    return addresses
