"""The front as Google's own client library sees it: routing, identity, parameters, bodies, masks, ledger."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from googleapiclient.errors import HttpError

from tests.conformance.conftest import ADMIN, SERVICE_ACCOUNT, Emulator, Service, address, token

GROUP_READ = "https://www.googleapis.com/auth/admin.directory.group.readonly"


def refusal(call: Any) -> dict[str, Any]:
    """The error body of a call that is refused."""
    import json

    with pytest.raises(HttpError) as caught:
        call.execute()
    error: dict[str, Any] = json.loads(caught.value.content)["error"]
    return error


def test_directory_lists_the_members_of_a_group(service: Service) -> None:
    """A service account reads a group with the Directory client (google-apis 5.1)."""
    answer = (
        service("admin", "directory_v1", SERVICE_ACCOUNT, GROUP_READ).members().list(groupKey=address("operaciones")).execute()
    )
    assert sorted(member["email"] for member in answer["members"]) == [address("operaciones.dos"), address("operaciones.uno")]


def test_fields_cut_the_answer(service: Service) -> None:
    """Only what the mask names comes back (google-apis 8.1)."""
    groups = service("admin", "directory_v1", ADMIN).groups()
    answer = groups.list(customer="my_customer", maxResults=2, fields="groups(email,name),nextPageToken").execute()
    assert set(answer) == {"groups", "nextPageToken"}
    assert all(set(group) == {"email", "name"} for group in answer["groups"])


@pytest.mark.parametrize("header", ["Bearer ya29.real", "Bearer local:", "Basic abc", "Bearer local:nobody"])
def test_unknown_token_is_refused_in_the_shape_of_each_api(emulator: Emulator, header: str) -> None:
    """Drive names authError, Sheets names UNAUTHENTICATED (google-apis 8.4)."""
    headers = {"Authorization": header}
    drive = requests.get(f"{emulator.url}/drive/v3/about?fields=user", headers=headers)
    assert (drive.status_code, drive.json()["error"]["errors"][0]["reason"]) == (401, "authError")
    sheets = requests.get(f"{emulator.url}/v4/spreadsheets/x", headers=headers)
    assert (sheets.status_code, sheets.json()["error"]["status"]) == (401, "UNAUTHENTICATED")
    assert "errors" not in sheets.json()["error"]


def test_scopes_that_share_none_with_the_method_are_refused(service: Service) -> None:
    """A token for mail cannot read a sheet or a folder."""
    sheets = refusal(
        service("sheets", "v4", ADMIN, "https://www.googleapis.com/auth/gmail.send").spreadsheets().get(spreadsheetId="x")
    )
    assert (sheets["code"], sheets["status"]) == (403, "PERMISSION_DENIED")
    assert sheets["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    drive = refusal(service("drive", "v3", ADMIN, "gmail.send").files().get(fileId="x"))
    assert (drive["code"], drive["errors"][0]["reason"]) == (403, "insufficientPermissions")


def test_suspended_account_cannot_call(emulator: Emulator) -> None:
    """A person who left the company gets no token that counts."""
    assert emulator.raw("GET", "/drive/v3/about?fields=user", actor="exempleado").status_code == 401


def test_unknown_name_in_a_body_is_refused_with_its_place(service: Service) -> None:
    """The sentence is Google's, the path in snake case (google-apis 3.4)."""
    body = {"requests": [{"addSheet": {"properties": {"titel": "x"}}}]}
    error = refusal(service("sheets", "v4", ADMIN).spreadsheets().batchUpdate(spreadsheetId="x", body=body))
    expected = "Invalid JSON payload received. Unknown name \"titel\" at 'requests[0].add_sheet.properties': Cannot find field."
    assert (error["code"], error["message"], error["status"]) == (400, expected, "INVALID_ARGUMENT")


@pytest.mark.parametrize(
    ("properties", "place"),
    [
        ({"sheetType": "SHEET"}, '(type.googleapis.com/google.apps.sheets.v4.SheetProperties.SheetType), "SHEET"'),
        ({"title": 5}, "(TYPE_STRING), 5"),
        ({"hidden": "maybe"}, '(TYPE_BOOL), "maybe"'),
        ({"index": 1.5}, "(TYPE_INT32), 1.5"),
        ({"gridProperties": 7}, "(type.googleapis.com/google.apps.sheets.v4.GridProperties), 7"),
    ],
)
def test_wrong_value_in_a_body_is_refused(service: Service, properties: dict[str, Any], place: str) -> None:
    """Types and enums are those of the discovery document."""
    body = {"requests": [{"addSheet": {"properties": properties}}]}
    error = refusal(service("sheets", "v4", ADMIN).spreadsheets().batchUpdate(spreadsheetId="x", body=body))
    assert error["code"] == 400
    assert error["message"].startswith("Invalid value at 'requests[0].add_sheet.properties.")
    assert error["message"].endswith(place)


def test_unknown_query_parameter_is_refused(emulator: Emulator) -> None:
    """As in a typing error that the client library would not let pass."""
    answer = emulator.raw("GET", "/v4/spreadsheets/x?includeGrid=true")
    assert answer.status_code == 400
    assert 'Unknown name "includeGrid": Cannot bind query parameter.' in answer.json()["error"]["message"]
    drive = emulator.raw("GET", "/drive/v3/files?page=1").json()["error"]
    assert (drive["code"], drive["errors"][0]["reason"], drive["status"]) == (400, "invalid", "INVALID_ARGUMENT")


def test_booleans_are_read_case_blind(emulator: Emulator) -> None:
    """gspread writes True with a capital (google-apis 3.5)."""
    path = f"/admin/directory/v1/groups/{address('areas')}/members?includeDerivedMembership="
    assert len(emulator.raw("GET", path + "True").json()["members"]) == 6
    assert len(emulator.raw("GET", path + "false").json()["members"]) == 3
    assert emulator.raw("GET", path + "perhaps").status_code == 400


def test_mask_with_an_unknown_member_is_refused(service: Service, emulator: Emulator) -> None:
    """Drive says which selection is invalid; the newer front says which path."""
    drive = refusal(service("drive", "v3", ADMIN).files().list(fields="files(id,nmae)"))
    assert drive["message"] == "Invalid field selection nmae"
    assert (drive["errors"][0]["reason"], drive["errors"][0]["location"]) == ("invalidParameter", "fields")
    sheets = refusal(service("sheets", "v4", ADMIN).spreadsheets().get(spreadsheetId="x", fields="sheets.foo"))
    assert sheets["message"] == "Request contains an invalid argument."
    assert "Cannot find matching fields for path 'sheets.foo'." in sheets["details"][0]["fieldViolations"][0]["description"]


def test_body_that_is_no_json_is_refused(emulator: Emulator) -> None:
    """Drive calls it a parse error."""
    drive = emulator.raw("POST", "/drive/v3/files", data=b"{", headers={"Content-Type": "application/json"}).json()["error"]
    assert (drive["code"], drive["errors"][0]["reason"]) == (400, "parseError")
    sheets = emulator.raw("POST", "/v4/spreadsheets", data=b"[]", headers={"Content-Type": "application/json"}).json()["error"]
    assert sheets["message"].startswith("Invalid JSON payload received.")


def test_unknown_path_is_not_found(emulator: Emulator) -> None:
    """A path of no method is the 404 page of Google's front, whatever the verb."""
    page = emulator.raw("GET", "/v4/spreadsheets/x/nothing/here")
    assert (page.status_code, page.headers["Content-Type"]) == (404, "text/html; charset=UTF-8")
    assert "The requested URL <code>/v4/spreadsheets/x/nothing/here</code> was not found" in page.text
    assert emulator.raw("DELETE", "/v4/spreadsheets/x").status_code == 404
    assert emulator.raw("GET", "/nothing").status_code == 404


def test_method_without_handler_says_so(emulator: Emulator) -> None:
    """What the local Workspace does not do is 501 and named."""
    answer = emulator.raw("GET", "/admin/directory/v1/customer/my_customer/orgunits")
    assert answer.status_code == 501
    assert "directory.orgunits.list" in answer.json()["error"]["message"]


def test_long_query_comes_as_an_overridden_post(service: Service) -> None:
    """The client library turns an address over 2048 characters into a POST with a form body (google-apis 8.1)."""
    ids = ",".join(f"email:{'x' * 40}" for _ in range(60))
    error = refusal(service("admin", "directory_v1", ADMIN).users().list(customer="my_customer", query=ids, maxResults=1000))
    assert error["code"] == 400
    assert "1000" in error["message"]


def test_ledger_names_method_actor_status(emulator: Emulator, service: Service) -> None:
    """Every Workspace call is noted under its official id, refusals too; `/_local` is not."""
    service("admin", "directory_v1", ADMIN).users().get(userKey=ADMIN).execute()
    refusal(service("admin", "directory_v1", "empleado.sin.rol").groups().get(groupKey=address("ventas")))
    calls = emulator.calls()
    assert [(call["n"], call["method"], call["actor"], call["status"], call["batch"]) for call in calls] == [
        (1, "directory.users.get", ADMIN, 200, None),
        (2, "directory.groups.get", address("empleado.sin.rol"), 403, None),
    ]
    assert all(call["ms"] >= 0 and call["at_ms"] > 1.7e12 for call in calls)
    emulator.local("DELETE", "calls")
    assert emulator.calls() == []


def test_token_scopes_may_be_short_or_full(emulator: Emulator) -> None:
    """`gmail.send` and its full address mean the same."""
    path = f"/admin/directory/v1/users/{ADMIN}"
    for scopes in ("admin.directory.user.readonly", "https://www.googleapis.com/auth/admin.directory.user"):
        assert emulator.raw("GET", path, scopes=scopes).status_code == 200
    assert emulator.raw("GET", path, scopes="").status_code == 403


def test_a_page_of_another_site_calls_nothing(emulator: Emulator) -> None:
    """A token in the address counts for programs, not for what a browser sends on behalf of a foreign page."""
    address = f"{emulator.url}/drive/v3/about?fields=kind&access_token={token(ADMIN)}"
    assert requests.get(address, timeout=30).status_code == 200
    for headers in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert requests.get(address, headers=headers, timeout=30).status_code == 403
