"""Who signed what, and evidence that proves itself: whoever gets the exported folder needs nothing of ours to check it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local.travel import Travel


@pytest.fixture(scope="module")
def exported(active: Travel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the administrator exports of the active client."""
    out = tmp_path_factory.mktemp("evidence") / "evidencias"
    done = active.stack.expediente("audit", "export", "--dossier", active.dossier_id, "--out", str(out))
    assert done.returncode == 0, done.stderr
    return out


def _verify(folder: Path) -> tuple[int, str]:
    """Run the exported verifier as a stranger would: another folder, nothing installed, isolated from our code."""
    command = [sys.executable, "-I", "-S", str(folder / "verificar.py")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder.parent, env={}, check=False)
    assert not done.stderr
    return done.returncode, done.stdout


def _lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def _members(active: Travel, role: str) -> list[str]:
    return [address for address, row in active.cast.people.items() if role in row["roles"]]


def test_r12_each_confirmation_names_the_person_the_moment_and_what_was_read(active: Travel, exported: Path) -> None:
    """Every ticked box of the sheet has a person's own address, a time, how it is known, and the hash of what was read."""
    marks = [json.loads(line) for line in _lines(exported / "confirmations.jsonl")]
    people = {address for area in active.cast.areas for address in _members(active, area)}
    signers = {address for address, _ in active.signers}
    assert len(marks) >= len(active.cast.areas)
    assert {mark["person"] for mark in marks} <= people and signers
    assert all(mark["at"] and mark["depends_hash"] and mark["evidence"] in ("attributed", "signed") for mark in marks)


def test_r12_verifier_says_valid_and_after_one_changed_byte_names_the_line(exported: Path, tmp_path: Path) -> None:
    """The evidence is valid as exported; one byte of one confirmation, event or signature later it is not, and the line is named."""
    assert _verify(exported)[0] == 0
    for name in ("events.jsonl", "documents.jsonl", "confirmations.jsonl", "signatures.jsonl"):
        copy = Path(shutil.copytree(exported, tmp_path / name))
        lines = _lines(copy / name)
        assert len(lines) > 1, name
        spoiled = bytearray(lines[1])
        spoiled[len(spoiled) // 2] ^= 1
        (copy / name).write_bytes(b"".join([lines[0], bytes(spoiled), *lines[2:]]))
        code, said = _verify(copy)
        assert code == 1 and f"{name}, línea 2" in said, said


def test_r97_a_deleted_line_of_the_chain_is_detected(exported: Path, tmp_path: Path) -> None:
    """The first, a middle and the last event: each deletion is found at its line, also when the manifest is made to agree."""
    count = len(_lines(exported / "events.jsonl"))
    for number in (1, count // 2, count):
        copy = Path(shutil.copytree(exported, tmp_path / str(number)))
        lines = _lines(copy / "events.jsonl")
        (copy / "events.jsonl").write_bytes(b"".join(lines[: number - 1] + lines[number:]))
        code, said = _verify(copy)
        assert code == 1 and f"events.jsonl, línea {number}: falta" in said, said
        manifest = json.loads((copy / "manifest.json").read_text())
        del manifest["files"]["events.jsonl"]
        (copy / "manifest.json").write_text(json.dumps(manifest))
        code, said = _verify(copy)
        assert code == 1 and f"events.jsonl, línea {number}" in said, said


def test_r97_chains_are_anchored_and_verified_at_the_company(active: Travel, exported: Path) -> None:
    """The night has anchored the chain in the archive bucket, the export bears that anchor, and `audit verify` finds all intact."""
    anchors = [json.loads(line) for line in _lines(exported / "anchors.jsonl")]
    assert [anchor["day"] for anchor in anchors] and anchors[-1]["object"].startswith("anclas/")
    for arguments in ([], ["--dossier", active.dossier_id]):
        done = active.stack.expediente("audit", "verify", *arguments)
        assert done.returncode == 0, done.stdout
        assert "1 cadena(s)" in done.stdout and "0 con problemas" in done.stdout
    assert active.stack.expediente("audit", "verify", "--dossier", "EXP-NADA").returncode == 1


def test_r97_export_tells_nothing_of_cumplimiento(active: Travel, exported: Path) -> None:
    """Neither its people nor its papers stand in a folder that leaves the company."""
    said = b"".join(path.read_bytes() for path in exported.iterdir() if path.suffix == ".jsonl").decode()
    internal = [key for key, paper in active.cast.papers.items() if paper.get("internal")]
    assert internal and not [word for word in (*internal, *_members(active, "cumplimiento")) if word in said]
