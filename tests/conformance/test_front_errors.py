"""The refusals of the front, member by member as the real services give them, and the headers and text of every answer."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
import requests
from googleapiclient.errors import HttpError

from tests.conformance.conftest import ADMIN, SERVICE_ACCOUNT, Emulator, Service, address

SIGN_IN = (
    "Expected OAuth 2 access token, login cookie or other valid authentication credential. "
    "See https://developers.google.com/identity/sign-in/web/devconsole-project."
)
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"
PLACES = {
    "drive": ("/drive/v3/about?fields=user", "drive.googleapis.com", "google.apps.drive.v3.DriveAbout.Get"),
    "sheets": ("/v4/spreadsheets/x", "sheets.googleapis.com", "google.apps.sheets.v4.SpreadsheetsService.GetSpreadsheet"),
    "forms": ("/v1/forms/x/responses", "forms.googleapis.com", "google.apps.forms.v1.FormsService.ListFormResponses"),
    "gmail": ("/gmail/v1/users/me/messages", "gmail.googleapis.com", "caribou.api.proto.MailboxService.ListMessages"),
    "admin": (
        "/admin/directory/v1/users?customer=my_customer",
        "admin.googleapis.com",
        "ccc.hosted.frontend.directory.v1.DirectoryUsers.List",
    ),
}
LEGACY = ("drive", "gmail", "admin")
NO_JSON = "Invalid JSON payload received. "


def error_of(answer: requests.Response) -> dict[str, Any]:
    """The error object of a refusal."""
    found: dict[str, Any] = answer.json()["error"]
    return found


def with_items(api: str, error: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    """The error with the `errors[]` that the older APIs have beside it."""
    return {**error, "errors": [item]} if api in LEGACY else error


@pytest.mark.parametrize("api", PLACES)
def test_missing_token_is_told_from_a_bad_one(emulator: Emulator, api: str) -> None:
    """No Authorization is `Login Required.`, with the server's name of the method; a strange token is `Invalid Credentials` (google-apis 2.6)."""
    path, service, method = PLACES[api]
    place = {"location": "Authorization", "locationType": "header"}
    missing = emulator.session.get(emulator.url + path)
    info = {
        "@type": ERROR_INFO,
        "reason": "CREDENTIALS_MISSING",
        "domain": "googleapis.com",
        "metadata": {"service": service, "method": method},
    }
    message = "Request is missing required authentication credential. " + SIGN_IN
    expected = {"code": 401, "message": message, "status": "UNAUTHENTICATED", "details": [info]}
    assert error_of(missing) == with_items(
        api, expected, {"message": "Login Required.", "domain": "global", "reason": "required", **place}
    )
    assert missing.headers["WWW-Authenticate"] == 'Bearer realm="https://accounts.google.com/"'
    bad = emulator.session.get(emulator.url + path, headers={"Authorization": "Bearer ya29.strange"})
    message = "Request had invalid authentication credentials. " + SIGN_IN
    expected = {"code": 401, "message": message, "status": "UNAUTHENTICATED"}
    item = {"message": "Invalid Credentials", "domain": "global", "reason": "authError", **place}
    assert error_of(bad) == with_items(api, expected, item)
    assert bad.headers["WWW-Authenticate"].endswith('error="invalid_token"')


@pytest.mark.parametrize("api", PLACES)
def test_wrong_scopes_name_the_servers_method(emulator: Emulator, api: str) -> None:
    """403 with `Insufficient Permission` in errors[] and the reason of google.rpc in details (google-apis 8.4)."""
    path, service, method = PLACES[api]
    answer = emulator.raw("GET", path, scopes="pubsub")
    info = {
        "@type": ERROR_INFO,
        "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        "domain": "googleapis.com",
        "metadata": {"service": service, "method": method},
    }
    message = "Request had insufficient authentication scopes."
    expected = {"code": 403, "message": message, "status": "PERMISSION_DENIED", "details": [info]}
    item = {"message": "Insufficient Permission", "domain": "global", "reason": "insufficientPermissions"}
    assert error_of(answer) == with_items(api, expected, item)
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]


def test_call_without_a_token_may_be_a_403(emulator: Emulator) -> None:
    """Where an API key would do, the live services answer an anonymous call by 403; the documents say 401, so it is a switch."""
    emulator.local("PUT", "behaviour", {"anonymous_is_403": True})
    found = error_of(emulator.session.get(emulator.url + "/v4/spreadsheets/x"))
    assert (found["code"], found["status"]) == (403, "PERMISSION_DENIED")
    assert found["message"].startswith("Method doesn't allow unregistered callers (callers without established identity).")
    assert emulator.session.get(emulator.url + "/gmail/v1/users/me/messages").status_code == 401


def test_every_fault_of_a_body_is_told_at_once(emulator: Emulator) -> None:
    """One line and one field violation each, in the order of the body (google-apis 3.4)."""
    body = {"requests": [{"addSheet": {"properties": {"titel": "x", "index": "one"}}}, {"deleteShet": {}}], "foo": 1}
    texts = [
        "Invalid JSON payload received. Unknown name \"titel\" at 'requests[0].add_sheet.properties': Cannot find field.",
        "Invalid value at 'requests[0].add_sheet.properties.index' (TYPE_INT32), \"one\"",
        "Invalid JSON payload received. Unknown name \"deleteShet\" at 'requests[1]': Cannot find field.",
        'Invalid JSON payload received. Unknown name "foo": Cannot find field.',
    ]
    fields = ["requests[0].add_sheet.properties", "requests[0].add_sheet.properties.index", "requests[1]", None]
    violations = [
        {"field": field, "description": text} if field else {"description": text}
        for field, text in zip(fields, texts, strict=True)
    ]
    assert error_of(emulator.raw("POST", "/v4/spreadsheets/x:batchUpdate", json=body)) == {
        "code": 400,
        "message": "\n".join(texts),
        "status": "INVALID_ARGUMENT",
        "details": [{"@type": BAD_REQUEST, "fieldViolations": violations}],
    }


@pytest.mark.parametrize(
    ("verb", "path", "body", "message"),
    [
        (
            "PUT",
            "/v4/spreadsheets/x/values/A1",
            {"values": ["a"]},
            "Invalid value at 'data.values[0]' (type.googleapis.com/google.protobuf.ListValue), \"a\"",
        ),
        (
            "PUT",
            "/v4/spreadsheets/x/values/A1",
            {"majorDimension": "NOPE"},
            "Invalid value at 'data.major_dimension' (type.googleapis.com/google.apps.sheets.v4.Dimension), \"NOPE\"",
        ),
        ("POST", "/v4/spreadsheets", {"title": "x"}, NO_JSON + "Unknown name \"title\" at 'spreadsheet': Cannot find field."),
        ("POST", "/v1/forms", {"title": "x"}, NO_JSON + "Unknown name \"title\" at 'form': Cannot find field."),
        (
            "POST",
            "/gmail/v1/users/me/drafts",
            {"message": {"ra": ""}},
            NO_JSON + "Unknown name \"ra\" at 'draft.message': Cannot find field.",
        ),
        (
            "POST",
            "/v4/spreadsheets/x:batchUpdate",
            {"requests": [{"addSheet": []}]},
            NO_JSON + "Unknown name \"addSheet\" at 'requests[0]': Proto field is not repeating, cannot start list.",
        ),
        (
            "POST",
            "/v4/spreadsheets/x:batchUpdate",
            {"requests": [{"addSheet": {}, "deleteSheet": {}}]},
            "Invalid value at 'requests[0]' (oneof), oneof field 'kind' is already set. Cannot set 'deleteSheet'",
        ),
        (
            "POST",
            "/v4/spreadsheets/x:batchUpdate",
            [],
            'Invalid JSON payload received. Unknown name "": Root element must be a message.',
        ),
        ("POST", "/drive/v3/files", {"naem": "x"}, NO_JSON + "Unknown name \"naem\" at 'file': Cannot find field."),
    ],
)
def test_places_in_a_body_are_named_as_google_names_them(
    emulator: Emulator, verb: str, path: str, body: Any, message: str
) -> None:
    """A body that is a resource of its own has a name in front of its members, one that is the whole request has none."""
    found = error_of(emulator.raw(verb, path, json=body))
    assert (found["code"], found["message"], found["status"]) == (400, message, "INVALID_ARGUMENT")
    assert found["details"][0]["fieldViolations"][0]["description"] == message


def test_single_value_stands_for_a_list_of_one(emulator: Emulator) -> None:
    """As Google's reader takes it: the refusal is about the range, not about the list."""
    emulator.local("PUT", "behaviour", {"sheets_invisible_is_404": True})
    answer = emulator.raw("POST", "/v4/spreadsheets/x:batchUpdate", json={"requests": {"deleteSheet": {"sheetId": 7}}})
    assert (answer.status_code, error_of(answer)["status"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not json", "Unexpected token.\nnot json\n^"),
        ('{"a": NaN, "b": 1}', 'Unexpected token.\n{"a": NaN, "b": 1}\n      ^'),
        ('{"a": 1', 'Unexpected end of string. Expected , or } after key:value pair.\n{"a": 1\n       ^'),
        ('{"a" 1}', 'Expected : between key:value pair.\n{"a" 1}\n     ^'),
        ('{"a": 1} x', 'Parsing terminated before end of input.\n{"a": 1} x\n         ^'),
    ],
)
def test_body_that_is_no_json_is_shown_with_the_place(emulator: Emulator, text: str, message: str) -> None:
    """The reader's own words, the text around the place and a mark under it."""
    headers = {"Content-Type": "application/json"}
    found = error_of(emulator.raw("POST", "/v4/spreadsheets/x:batchUpdate", data=text.encode(), headers=headers))
    assert found == {"code": 400, "message": f"Invalid JSON payload received. {message}", "status": "INVALID_ARGUMENT"}


@pytest.mark.parametrize(
    ("path", "name", "kind", "value"),
    [
        (
            "/v4/spreadsheets/x/values/A1?majorDimension=NOPE",
            "major_dimension",
            "type.googleapis.com/google.apps.sheets.v4.Dimension",
            "NOPE",
        ),
        ("/v4/spreadsheets/x?includeGridData=maybe", "include_grid_data", "TYPE_BOOL", "maybe"),
        ("/drive/v3/files?pageSize=NOPE", "page_size", "TYPE_INT32", "NOPE"),
        ("/drive/v3/files?pageSize=2147483648", "page_size", "TYPE_INT32", "2147483648"),
        ("/drive/v3/files?supportsAllDrives=on", "supports_all_drives", "TYPE_BOOL", "on"),
        ("/gmail/v1/users/me/messages?includeSpamTrash=2", "include_spam_trash", "TYPE_BOOL", "2"),
    ],
)
def test_wrong_value_in_a_query_is_refused_alike_everywhere(
    emulator: Emulator, path: str, name: str, kind: str, value: str
) -> None:
    """Sentence and field violation are the same; errors[] has no domain."""
    message = f"Invalid value at '{name}' ({kind}), \"{value}\""
    found = error_of(emulator.raw("GET", path))
    expected = {
        "code": 400,
        "message": message,
        "status": "INVALID_ARGUMENT",
        "details": [{"@type": BAD_REQUEST, "fieldViolations": [{"field": name, "description": message}]}],
    }
    assert found == with_items("" if path.startswith("/v4") else "drive", expected, {"message": message, "reason": "invalid"})


@pytest.mark.parametrize("text", ["true", "TRUE", "t", "Yes", "y", "1", "false", "F", "no", "N", "0"])
def test_booleans_have_many_spellings(emulator: Emulator, text: str) -> None:
    """Google's reader takes all of them, in any case (google-apis 8.1)."""
    assert emulator.raw("GET", f"/drive/v3/files?supportsAllDrives={text}").status_code == 200


@pytest.mark.parametrize("size", [0, -1, 1001])
def test_number_out_of_range_is_refused_in_drives_words(emulator: Emulator, size: int) -> None:
    """The range is that of the document; no status, no details."""
    message = f"Invalid value '{size}'. Values must be within the range: [value: 1\n, value: 1000\n]"
    place = {"location": "page_size", "locationType": "parameter"}
    assert error_of(emulator.raw("GET", f"/drive/v3/files?pageSize={size}")) == {
        "code": 400,
        "message": message,
        "errors": [{"message": message, "domain": "global", "reason": "invalidParameter", **place}],
    }


def test_unknown_name_is_refused_unless_drive_passes_over_it(emulator: Emulator) -> None:
    """Sheets refuses; of Drive both are reported, so it is a switch."""
    message = (
        'Invalid JSON payload received. Unknown name "foo": '
        "Cannot bind query parameter. Field 'foo' could not be found in request message."
    )
    expected = {
        "code": 400,
        "message": message,
        "status": "INVALID_ARGUMENT",
        "details": [{"@type": BAD_REQUEST, "fieldViolations": [{"description": message}]}],
    }
    assert error_of(emulator.raw("GET", "/v4/spreadsheets/x?foo=1")) == expected
    item = {"message": message, "reason": "invalid"}
    assert error_of(emulator.raw("GET", "/drive/v3/files?foo=1")) == with_items("drive", expected, item)
    emulator.local("PUT", "behaviour", {"drive_ignores_unknown_names": True})
    assert emulator.raw("GET", "/drive/v3/files?foo=1").status_code == 200
    assert emulator.raw("POST", "/drive/v3/files", json={"naem": "x"}).json()["name"] == "Untitled"


def test_drive_passes_over_the_names_of_its_version_2(emulator: Emulator) -> None:
    """A `title` makes an untitled file, as everybody finds out once."""
    assert emulator.raw("POST", "/drive/v3/files", json={"title": "x"}).json()["name"] == "Untitled"


def test_missing_parameter_is_named(emulator: Emulator) -> None:
    """`required` with its place."""
    text, place = "Required parameter: mimeType", {"location": "mimeType", "locationType": "parameter"}
    assert error_of(emulator.raw("GET", "/drive/v3/files/x/export")) == {
        "code": 400,
        "message": text,
        "errors": [{"message": text, "domain": "global", "reason": "required", **place}],
    }


def test_wrong_mask_names_the_path_from_the_top(emulator: Emulator) -> None:
    """Drive tells the last name; the newer front the whole path, and the whole mask as the field (google-apis 8.1)."""
    drive = error_of(emulator.raw("GET", "/drive/v3/files?fields=files(id,owners(mail))"))
    place = {"location": "fields", "locationType": "parameter"}
    text = "Invalid field selection mail"
    assert drive == {
        "code": 400,
        "message": text,
        "errors": [{"message": text, "domain": "global", "reason": "invalidParameter", **place}],
    }
    mask = "sheets(properties(title,colour)),spreadsheetId"
    text = "Error expanding 'fields' parameter. Cannot find matching fields for path 'sheets.properties.colour'."
    assert error_of(emulator.raw("GET", f"/v4/spreadsheets/x?fields={mask}")) == {
        "code": 400,
        "message": "Request contains an invalid argument.",
        "status": "INVALID_ARGUMENT",
        "details": [{"@type": BAD_REQUEST, "fieldViolations": [{"field": mask, "description": text}]}],
    }


def test_blank_mask_selects_nothing_in_drive(emulator: Emulator) -> None:
    """A mask that is there but empty is not the same as none."""
    assert emulator.raw("GET", "/drive/v3/files?fields=").json() == {}
    assert set(emulator.raw("GET", "/drive/v3/files").json()) >= {"kind", "files"}


def test_version_of_errors_can_be_asked_for(emulator: Emulator) -> None:
    """`$.xgafv=1` adds errors[] to Sheets, `2` takes it from Gmail; another value is refused before the token is looked at."""
    assert "errors" not in error_of(emulator.session.get(emulator.url + "/v4/spreadsheets/x?$.xgafv=2"))
    sheets = emulator.session.get(emulator.url + "/gmail/v1/users/me/labels?$.xgafv=1")
    assert error_of(sheets)["errors"][0]["reason"] == "required"
    text = "Invalid query parameters. Invalid value '3' for system query parameter : $.xgafv"
    refused = emulator.session.get(emulator.url + "/v4/spreadsheets/x?$.xgafv=3")
    assert error_of(refused) == {"code": 400, "message": text, "status": "INVALID_ARGUMENT"}


def test_answers_are_indented_unless_asked_otherwise(emulator: Emulator) -> None:
    """Two blanks and a line at the end; `prettyPrint=false` is compact; refusals are always indented."""
    path = f"/admin/directory/v1/groups/{address('ventas')}?fields=email,name"
    pretty = emulator.raw("GET", path).text
    assert pretty == json.dumps(json.loads(pretty), indent=2, ensure_ascii=False) + "\n"
    compact = emulator.raw("GET", path + "&prettyPrint=false").text
    assert compact == json.dumps(json.loads(pretty), separators=(",", ":"), ensure_ascii=False)
    assert emulator.raw("GET", "/v4/spreadsheets/x?foo=1&prettyPrint=false").text.startswith('{\n  "error": {\n    "code": 400')


def test_angle_brackets_are_escaped(emulator: Emulator) -> None:
    """As Google's writer does; letters and quotes stay as they are."""
    made = emulator.raw("POST", "/drive/v3/files", json={"name": "<b>ñ&'"})
    assert '"name": "\\u003cb\\u003eñ&\'"' in made.text
    assert made.json()["name"] == "<b>ñ&'"


def test_headers_are_those_of_googles_front(emulator: Emulator) -> None:
    """Drive forbids to cache, the others call their answers private."""
    drive, sheets = emulator.raw("GET", "/drive/v3/files").headers, emulator.raw("GET", "/v4/spreadsheets/x").headers
    assert drive["Cache-Control"] == "no-cache, no-store, max-age=0, must-revalidate"
    assert sheets["Cache-Control"] == "private"
    for headers in (drive, sheets):
        assert headers["Content-Type"] == "application/json; charset=UTF-8"
        assert (headers["Vary"], headers["Server"]) == ("Origin, X-Origin, Referer", "ESF")
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_compressed_body_is_read(emulator: Emulator) -> None:
    """`Content-Encoding: gzip` is unpacked."""
    body = gzip.compress(json.dumps({"name": "comprimido"}).encode())
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    assert emulator.raw("POST", "/drive/v3/files", data=body, headers=headers).json()["name"] == "comprimido"


def test_override_of_the_verb(emulator: Emulator) -> None:
    """`x-http-method-override` makes a PATCH or a DELETE of a POST, with its body and its query (google-apis 8.1)."""
    made = emulator.raw("POST", "/drive/v3/files", json={"name": "uno"}).json()["id"]
    patch = {"x-http-method-override": "PATCH"}
    assert emulator.raw("POST", f"/drive/v3/files/{made}", json={"name": "dos"}, headers=patch).json()["name"] == "dos"
    delete = emulator.raw("POST", f"/drive/v3/files/{made}", headers={"x-http-method-override": "DELETE"})
    assert (delete.status_code, delete.content) == (204, b"")


@pytest.mark.parametrize(
    ("kind", "body"),
    [("application/json", b"{}"), ("multipart/mixed", b"x"), ("multipart/mixed; boundary=b", b"nothing like it")],
)
def test_batch_that_cannot_be_read_says_how_much_came(emulator: Emulator, kind: str, body: bytes) -> None:
    """The outer content type, its boundary and at least one part have to be there."""
    text = f"Failed to parse batch request, error:  0 items. Received batch body: ({len(body)}) bytes redacted"
    answer = emulator.raw("POST", "/batch/drive/v3", data=body, headers={"Content-Type": kind})
    assert error_of(answer) == {
        "code": 400,
        "message": text,
        "errors": [{"message": text, "domain": "global", "reason": "badRequest"}],
        "status": "INVALID_ARGUMENT",
    }


def test_part_of_a_batch_has_its_own_token(emulator: Emulator, service: Service) -> None:
    """The token of a part counts more than that of the whole (google-apis 2.6)."""
    part = "--b\r\nContent-Type: application/http\r\nContent-ID: <{n}>\r\n\r\nGET /drive/v3/about?fields=user HTTP/1.1\r\n{token}\r\n\r\n"
    body = part.format(n=1, token="") + part.format(n=2, token=f"Authorization: Bearer local:{SERVICE_ACCOUNT}\r\n") + "--b--"
    answer = emulator.raw("POST", "/batch/drive/v3", data=body, headers={"Content-Type": "multipart/mixed; boundary=b"})
    assert answer.status_code == 200
    assert [call["actor"] for call in emulator.calls()] == [ADMIN, SERVICE_ACCOUNT]
    assert answer.text.index("response-1") < answer.text.index(ADMIN) < answer.text.index("response-2")


def test_unknown_path_in_a_batch_is_a_part_of_its_own(emulator: Emulator) -> None:
    """The other parts are answered (google-apis 8.1)."""
    part = "--b\r\nContent-Type: application/http\r\n\r\nGET {path} HTTP/1.1\r\n\r\n\r\n"
    body = part.format(path="/drive/v3/nothing") + part.format(path="/drive/v3/about?fields=user") + "--b--"
    answer = emulator.raw("POST", "/batch/drive/v3", data=body, headers={"Content-Type": "multipart/mixed; boundary=b"})
    assert [line for line in answer.text.splitlines() if line.startswith("HTTP/1.1")] == [
        "HTTP/1.1 404 Not Found",
        "HTTP/1.1 200 OK",
    ]


def delegated(emulator: Emulator, account: str, subject: str, scopes: str, path: str) -> requests.Response:
    """A call of a service account for a person."""
    who = f"local:{account}@expediente-demo.iam.gserviceaccount.com/as/{address(subject)}|{scopes}"
    return emulator.session.get(emulator.url + path, headers={"Authorization": f"Bearer {who}"})


def test_delegation_goes_as_far_as_the_domain_granted(emulator: Emulator) -> None:
    """A service account acts for a mailbox with the scopes of its delegation; one scope more, or no delegation, is refused (google-apis 5.1)."""
    drafts = "/gmail/v1/users/me/drafts"
    for scopes in ("gmail.compose", "gmail.compose,gmail.metadata"):
        assert delegated(emulator, "expediente-mail", "notificaciones", scopes, drafts).status_code == 200
    assert emulator.calls()[-1]["actor"] == address("notificaciones")
    for account, scopes in (("expediente-mail", "gmail.compose,gmail.readonly"), ("expediente-page", "gmail.compose")):
        refused = delegated(emulator, account, "notificaciones", scopes, drafts)
        assert (refused.status_code, refused.json()["error"]) == (401, "unauthorized_client")
    nobody = delegated(emulator, "expediente-mail", "nadie", "gmail.compose", drafts)
    assert nobody.json() == {"error": "invalid_grant", "error_description": "Invalid email or User ID"}


def test_bare_service_account_has_no_mailbox(service: Service) -> None:
    """Without a subject Gmail answers `Precondition check failed.` (google-apis 8.4)."""
    with pytest.raises(HttpError) as caught:
        service("gmail", "v1", SERVICE_ACCOUNT).users().messages().list(userId="me").execute()
    text = "Precondition check failed."
    assert json.loads(caught.value.content)["error"] == {
        "code": 400,
        "message": text,
        "errors": [{"message": text, "domain": "global", "reason": "failedPrecondition"}],
        "status": "FAILED_PRECONDITION",
    }
