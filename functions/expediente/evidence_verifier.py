"""Verifies a folder of evidence by itself: one file, the standard library alone, nothing of ours beside it.

`expediente audit export` puts a copy of this file, named `verificar.py`, into what it writes, so that anybody can run it years
later: `python3 verificar.py`. Therefore it imports nothing of Expediente and repeats how an event is hashed; a test keeps both equal.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

MANIFEST, EVENTS, ANCHORS = "manifest.json", "events.jsonl", "anchors.jsonl"
FORMAT = 1
_HASHED = ("dossier_id", "seq", "at", "actor", "kind", "data", "previous", "schema")


def canonical(value: object) -> bytes:
    """JSON with sorted keys, without spaces, in ASCII: the same value always gives the same bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")


def sha256(data: bytes) -> str:
    """The SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def event_hash(event: dict[str, Any]) -> str:
    """The hash that an event of the chain must bear."""
    return sha256(canonical({name: event.get(name) for name in _HASHED}))


def seal(manifest: dict[str, Any]) -> str:
    """What a manifest bears as `seal`: the hash of all the rest of it."""
    return sha256(canonical({name: value for name, value in manifest.items() if name != "seal"}))


def faults(folder: Path, head: str = "") -> list[str]:
    """Everything that is wrong, the first fault of each file, Spanish sentences; [] = the evidence is valid.

    :param head: the head of the chain as known from elsewhere, '' = only what the folder says of itself.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return [f"{MANIFEST}: no está o no se puede leer"]
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        return [f"{MANIFEST}: este verificador no conoce su formato"]
    found = [] if manifest.get("seal") == seal(manifest) else [f"{MANIFEST}: fue alterado"]
    for name, said in manifest["files"].items():
        found += _faults_of_file(folder / name, said)
    found += list(_faults_of_chain(folder, manifest))[:1]
    found += list(_faults_of_anchors(folder))[:1]
    if head and head != manifest["head"]:
        found.append(f"{MANIFEST}: la cadena no termina en {head}")
    return found


def _lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()


def _faults_of_file(path: Path, said: dict[str, Any]) -> list[str]:
    if not path.is_file():
        return [f"{path.name}: falta"]
    if sha256(path.read_bytes()) == said["sha256"]:
        return []
    wanted = said.get("lines")
    if wanted is None:
        return [f"{path.name}: fue alterado"]
    have = [sha256(line) for line in _lines(path)]
    for number, line in enumerate(wanted, 1):
        if number > len(have):
            return [f"{path.name}, línea {number}: falta"]
        if have[number - 1] != line:
            return [f"{path.name}, línea {number}: {_what_happened(have, wanted, number)}"]
    return [f"{path.name}, línea {len(wanted) + 1}: sobra" if len(have) > len(wanted) else f"{path.name}: fue alterado"]


def _what_happened(have: Sequence[str], wanted: Sequence[str], number: int) -> str:
    follows = wanted[number : number + 1]
    return "falta" if len(have) < len(wanted) and list(have[number - 1 : number]) == list(follows) else "fue alterada"


def _faults_of_chain(folder: Path, manifest: dict[str, Any]) -> Iterator[str]:
    """Each event names the hash of the one before it and gives its own; the last one is the head."""
    previous, number = "", 0
    for number, line in enumerate(_read(folder / EVENTS), 1):
        place = f"{EVENTS}, línea {number}"
        if line is None or line.get("hash") != event_hash(line):
            yield f"{place}: su contenido no da su huella"
        elif line["seq"] != number or line["previous"] != previous:
            yield f"{place}: no sigue a la línea anterior de la cadena"
        elif line["dossier_id"] != manifest["dossier"]:
            yield f"{place}: es de otro expediente"
        previous = line["hash"] if line else ""
    if number != manifest["events"] or previous != manifest["head"]:
        yield f"{EVENTS}, línea {number + 1}: la cadena no llega hasta donde dice {MANIFEST}"


def _faults_of_anchors(folder: Path) -> Iterator[str]:
    """What was anchored of this chain, night by night, stands in it at its place."""
    if not (folder / ANCHORS).is_file():
        return
    events = _read(folder / EVENTS)
    for number, anchor in enumerate(_read(folder / ANCHORS), 1):
        at = anchor["events"] if anchor else 0
        event = events[at - 1] if 0 < at <= len(events) else None
        if anchor is None or event is None or event.get("hash") != anchor["head"]:
            yield f"{ANCHORS}, línea {number}: lo que se ancló ese día no está en la cadena"


def _read(path: Path) -> list[dict[str, Any] | None]:
    """The records of a file, one a line; None for a line that is no record."""
    return [_record(line) for line in _lines(path)] if path.is_file() else []


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def main(arguments: Sequence[str]) -> int:
    """`python3 verificar.py [folder] [head]`; exit code 0 = valid, 1 = not."""
    folder = Path(arguments[0]) if arguments else Path(__file__).resolve().parent
    found = faults(folder, arguments[1] if len(arguments) > 1 else "")
    for fault in found:
        sys.stdout.write(f"NO VÁLIDO. {fault}.\n")
    if not found:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        sys.stdout.write(
            f"VÁLIDO. Expediente {manifest['dossier']}: {manifest['events']} asientos, {len(manifest['files'])} archivos.\n"
            f"Cabeza de la cadena: {manifest['head']}\n"
        )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
