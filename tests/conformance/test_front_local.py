"""Directory, clock, state and the process itself."""

from __future__ import annotations

import ast
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from googleapiclient.errors import HttpError

from emulator.switches import SWITCHES
from tests.conformance.conftest import ADMIN, ROOT, SERVICE_ACCOUNT, Emulator, Service, address


def test_clock_runs_on_from_the_instant_that_was_set(emulator: Emulator) -> None:
    """Unless it is frozen."""
    shown = emulator.local("PUT", "clock", {"now": "2026-11-02T09:00:00-05:00"})
    assert shown["now"].startswith("2026-11-02T14:00:00.")
    frozen = emulator.local("PUT", "clock", {"frozen": True})
    assert emulator.local("GET", "clock") == {"now": frozen["now"], "frozen": True}
    assert frozen["now"] > "2026-11-02T14:00:00"


@pytest.mark.parametrize("body", [{"now": "yesterday"}, {"now": "2026-11-02T09:00:00"}, {"advance": 3}, {"frozen": "yes"}, []])
def test_clock_refuses_what_it_does_not_understand(emulator: Emulator, body: object) -> None:
    """A wrong body is 400 with a reason."""
    answer = emulator.session.put(f"{emulator.url}/_local/clock", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_local_interface_is_closed_to_other_origins(emulator: Emulator) -> None:
    """A page of another origin, open in a browser on this machine, cannot turn anything."""
    answer = emulator.session.post(f"{emulator.url}/_local/reset", headers={"Origin": "https://example.com"})
    assert answer.status_code == 403


def test_behaviour_is_replaced_as_a_whole(emulator: Emulator) -> None:
    """What is left out has its default again; the answer tells every switch, and may be put back as it came."""
    emulator.local("PUT", "behaviour", {"writer_may_move": True})
    shown = emulator.local("PUT", "behaviour", {"list_lag_s": 3})
    assert (shown["writer_may_move"], shown["list_lag_s"]) == (False, 3)
    assert emulator.local("PUT", "behaviour", emulator.local("GET", "behaviour")) == shown


@pytest.mark.parametrize(
    "body",
    [
        {"writer_may_mvoe": True},
        {"writer_may_move": "yes"},
        {"list_lag_s": -1},
        {"message_id": "lost"},
        {"bouncing_addresses": "a@b"},
        [],
    ],
)
def test_behaviour_refuses_a_switch_that_is_unknown_or_wrong(emulator: Emulator, body: object) -> None:
    """400 that names what there is; nothing is changed by it."""
    before = emulator.local("GET", "behaviour")
    answer = emulator.session.put(f"{emulator.url}/_local/behaviour", json=body)
    assert answer.status_code == 400 and answer.json()["error"]
    assert emulator.local("GET", "behaviour") == before


def test_behaviour_table_says_what_every_switch_does(emulator: Emulator) -> None:
    """Name, value, default, what it takes and one sentence."""
    table = emulator.local("GET", "behaviour/table")
    assert {tuple(sorted(row)) for row in table} == {("allowed", "default", "name", "says", "value")}
    assert {row["name"]: row["value"] for row in table} == emulator.local("GET", "behaviour")


def test_every_switch_that_is_read_is_in_the_table_with_its_default() -> None:
    """A switch that the table lacks could not be set, and one that nothing reads would do nothing."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "emulator").rglob("*.py") if path.name != "switches.py")
    read = dict(re.findall(r'behaviour\.get\("(\w+)"(?:, ([^)]*))?\)', text))
    assert set(read) == set(SWITCHES)
    plain = {name: literal for name, literal in read.items() if re.fullmatch(r"True|False|None|\d+|\"\w+\"|\[\]|", literal)}
    assert {name: ast.literal_eval(literal or "None") for name, literal in plain.items()} == {
        name: SWITCHES[name].default for name in plain
    }


def test_reset_brings_the_seed_back(emulator: Emulator, service: Service) -> None:
    """Groups made meanwhile are gone, knobs are turned back."""
    groups = service("admin", "directory_v1", ADMIN).groups()
    groups.insert(body={"email": address("nuevo")}).execute()
    emulator.local("PUT", "latency", {"ms": 5})
    emulator.local("POST", "reset")
    assert emulator.local("GET", "latency") == {"ms": 0}
    assert address("nuevo") not in [group["email"] for group in groups.list(customer="my_customer").execute()["groups"]]


def test_nested_groups_hold_their_members_people(service: Service) -> None:
    """areas@ holds three areas; Sala belongs to the control sheets' umbrella only."""
    members = service("admin", "directory_v1", SERVICE_ACCOUNT).members()
    for who, group, inside in (
        ("operaciones.uno", "areas", True),
        ("sala.uno", "areas", False),
        ("sala.uno", "areas.control", True),
        ("exempleado", "areas.control", False),
    ):
        assert members.hasMember(groupKey=address(group), memberKey=address(who)).execute() == {"isMember": inside}


def test_member_is_put_in_once_and_taken_out(service: Service) -> None:
    """Twice is 409 duplicate, a stranger of the domain 404, a circle 400."""
    members = service("admin", "directory_v1", ADMIN).members()
    group = address("cartera")
    assert members.insert(groupKey=group, body={"email": address("vendedora.uno")}).execute()["type"] == "USER"
    for email, status in ((address("vendedora.uno"), 409), (address("nadie"), 404)):
        with pytest.raises(HttpError) as caught:
            members.insert(groupKey=group, body={"email": email}).execute()
        assert caught.value.status_code == status
    with pytest.raises(HttpError) as circle:
        members.insert(groupKey=address("operaciones"), body={"email": address("areas")}).execute()
    assert circle.value.status_code == 400
    members.delete(groupKey=group, memberKey=address("vendedora.uno")).execute()
    with pytest.raises(HttpError) as gone:
        members.get(groupKey=group, memberKey=address("vendedora.uno")).execute()
    assert gone.value.status_code == 404


def test_only_administrators_write_the_directory(service: Service) -> None:
    """A vendedora may look up a colleague's public profile and nothing else."""
    client = service("admin", "directory_v1", "vendedora.uno")
    assert "suspended" not in client.users().get(userKey=ADMIN, viewType="domain_public").execute()
    for call in (
        client.users().get(userKey=ADMIN),
        client.groups().insert(body={"email": address("mio")}),
        client.members().insert(groupKey=address("gerencia"), body={"email": address("vendedora.uno")}),
    ):
        with pytest.raises(HttpError) as caught:
            call.execute()
        assert caught.value.status_code == 403


def test_users_are_searched_and_paged(service: Service) -> None:
    """`query` filters, `nextPageToken` goes on."""
    users = service("admin", "directory_v1", ADMIN).users()
    suspended = users.list(customer="my_customer", query="isSuspended=true").execute()["users"]
    assert [user["primaryEmail"] for user in suspended] == [address("exempleado")]
    first = users.list(domain="blindados-demo.example.com", maxResults=20).execute()
    second = users.list(domain="blindados-demo.example.com", maxResults=20, pageToken=first["nextPageToken"]).execute()
    assert "nextPageToken" not in second
    assert len({user["id"] for user in first["users"] + second["users"]}) == 26


def test_killed_emulator_goes_on_from_its_state(start_emulator: Callable[..., Emulator], tmp_path: Path) -> None:
    """What was acknowledged survives SIGKILL: rows, clock, switches."""
    first = start_emulator("--state", str(tmp_path))
    first.local("PUT", "clock", {"now": "2027-01-02T14:00:00Z", "frozen": True})
    first.local("PUT", "behaviour", {"list_lag_s": 1})
    first.service("admin", "directory_v1", ADMIN).groups().insert(body={"email": address("nuevo")}).execute()
    folder = (
        first.service("drive", "v3", ADMIN)
        .files()
        .create(body={"name": "C", "mimeType": "application/vnd.google-apps.folder"})
        .execute()
    )
    first.stop(signal.SIGKILL)
    second = start_emulator("--state", str(tmp_path))
    assert second.local("GET", "clock") == {"now": "2027-01-02T14:00:00.000Z", "frozen": True}
    assert second.local("GET", "behaviour")["list_lag_s"] == 1
    client = second.service("admin", "directory_v1", ADMIN)
    assert client.groups().get(groupKey=address("nuevo")).execute()["email"] == address("nuevo")
    assert second.service("drive", "v3", ADMIN).files().get(fileId=folder["id"]).execute()["name"] == "C"
    second.local("POST", "reset")
    second.stop(signal.SIGKILL)
    third = start_emulator("--state", str(tmp_path))
    assert third.raw("GET", f"/admin/directory/v1/groups/{address('nuevo')}").status_code == 404


def test_terminated_emulator_ends_cleanly(start_emulator: Callable[..., Emulator]) -> None:
    """SIGTERM ends it with exit code 0."""
    emulator = start_emulator()
    emulator.local("GET", "clock")
    assert emulator.stop() == 0


def test_own_seed_makes_another_company(start_emulator: Callable[..., Emulator], tmp_path: Path) -> None:
    """`--seed` replaces the invented company."""
    seed = tmp_path / "seed.yaml"
    seed.write_text(
        "domain: otra.example.com\ngroups: {g: {name: G}}\npeople: {jefa: {given: Ana, family: Paz, admin: true, groups: [g]}}\n"
    )
    emulator = start_emulator("--seed", str(seed))
    users = (
        emulator.service("admin", "directory_v1", "jefa@otra.example.com").users().list(customer="my_customer").execute()["users"]
    )
    assert [user["primaryEmail"] for user in users] == ["jefa@otra.example.com"]
