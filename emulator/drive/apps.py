"""What belongs to third-party apps and client-side encryption, neither of which exists here.

`apps.list` is the empty list of an account without apps; encryption tokens are refused as for a domain without it.
"""

from __future__ import annotations

from emulator.drive import refusals
from emulator.kernel import Call, Json, handles


@handles("drive.apps.list")
def list_apps(call: Call) -> Json:
    """`drive.apps.list`: nobody has installed any app."""
    return {
        "kind": "drive#appList",
        "selfLink": "https://www.googleapis.com/drive/v3/apps",
        "items": [],
        "defaultAppIds": [],
    }


@handles("drive.apps.get")
def get(call: Call) -> Json:
    """`drive.apps.get`: 404, for the same reason."""
    raise refusals.not_found("App", call.path["appId"], "appId")


@handles("drive.files.generateCseToken")
def generate_cse_token(call: Call) -> Json:
    """`drive.files.generateCseToken`: 403, the domain has no client-side encryption. The reason is ours."""
    raise refusals.forbidden("cseNotEnabled", "Client-side encryption is not enabled for this user.")
