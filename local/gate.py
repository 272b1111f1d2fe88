"""The gate before `page`: asks who you are and adds the signed assertion that Google's identity-aware proxy would add.

`/_gate/enter` lists the people of the company, `/_gate/keys` serves the public keys as Google's `public_key` address does.
Programs say who they are with the header `X-Local-User`. Loopback only: anyone here may be anyone.
Source: Identity-Aware Proxy, "Securing your app with signed headers".
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
from aiohttp import web
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

ISSUER = "https://cloud.google.com/iap"
LIFETIME_SECONDS = 600
COOKIE = "gate_user"
# Names of one connection, and what only the gate may say.
_NOT_PASSED_ON = frozenset(
    ("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade")
)
_HOSTS = frozenset(("127.0.0.1", "localhost", "[::1]"))
_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;background:#f1f4f7;color:#17232e;margin:0}
main{max-width:34rem;margin:2rem auto;background:#fff;border-radius:8px;padding:1.5rem}
button{font:inherit;width:100%;text-align:left;border:1px solid #c3ced8;background:#fff;border-radius:6px;padding:.6rem .8rem;margin:.2rem 0;cursor:pointer}
button:hover,button:focus{background:#dce6ef}small{color:#55636f}
"""


class Signer:
    """Signs as the identity-aware proxy does: ES256, one key of our own making."""

    def __init__(self, audience: str) -> None:
        self._key, self._audience = ec.generate_private_key(ec.SECP256R1()), audience
        self._kid = secrets.token_hex(4)

    def public_keys(self) -> dict[str, str]:
        """Key id -> public key in PEM."""
        form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        return {self._kid: self._key.public_key().public_bytes(*form).decode()}

    def assertion(self, address: str) -> str:
        """A token for that person, good for ten minutes of the real clock."""
        now = int(time.time())
        head = {"alg": "ES256", "typ": "JWT", "kid": self._kid}
        claims = {
            "iss": ISSUER,
            "aud": self._audience,
            "sub": f"accounts.google.com:{_number(address)}",
            "email": address,
            "hd": address.rpartition("@")[2],
            "iat": now - 5,
            "exp": now + LIFETIME_SECONDS,
        }
        signed = b".".join(_base64url(json.dumps(part).encode()) for part in (head, claims))
        r, s = decode_dss_signature(self._key.sign(signed, ec.ECDSA(hashes.SHA256())))
        return (signed + b"." + _base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))).decode()


def _base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _number(address: str) -> str:
    return str(int.from_bytes(hashlib.sha256(address.lower().encode()).digest()[:8], "big"))


class Gate:
    """The proxy in front of one function. people: address -> (name, what the person does)."""

    def __init__(self, target: str, signer: Signer, people: Mapping[str, tuple[str, str]]) -> None:
        self._target, self._signer, self._people = target, signer, people
        self._session: aiohttp.ClientSession | None = None

    def application(self) -> web.Application:
        """The web application of the gate."""
        app = web.Application(client_max_size=40 * 1024 * 1024)
        app.router.add_get("/_gate/keys", self._keys)
        app.router.add_get("/_gate/enter", self._ask)
        app.router.add_post("/_gate/enter", self._enter)
        app.router.add_get("/_gate/leave", self._leave)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        app.cleanup_ctx.append(self._client)
        return app

    async def _client(self, app: web.Application) -> Any:
        self._session = aiohttp.ClientSession(auto_decompress=False, timeout=aiohttp.ClientTimeout(total=120))
        yield
        await self._session.close()

    async def _keys(self, request: web.Request) -> web.Response:
        return web.json_response(self._signer.public_keys())

    async def _ask(self, request: web.Request) -> web.Response:
        target = html.escape(_own_path(request.query.get("next", "/")), quote=True)
        rows = "".join(
            f'<button name="person" value="{html.escape(address, quote=True)}">{html.escape(name)}'
            f"<br><small>{html.escape(does)} · {html.escape(address)}</small></button>"
            for address, (name, does) in self._people.items()
        )
        body = (
            '<!doctype html><html lang="es"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f"<title>¿Quién es usted?</title><style>{_STYLE}</style><main><h1>¿Quién es usted?</h1>"
            "<p>En la empresa, aquí se entra con la cuenta de Google. En esta demostración, elija a la persona.</p>"
            f'<form method="post" action="/_gate/enter"><input type="hidden" name="next" value="{target}">{rows}</form></main></html>'
        )
        return web.Response(text=body, content_type="text/html")

    async def _enter(self, request: web.Request) -> web.Response:
        said = await request.post()
        person, target = str(said.get("person", "")), _own_path(str(said.get("next", "/")))
        if not from_here(request) or person not in self._people:
            return web.Response(status=400, text="Elija a una persona de la lista.")
        answer = web.Response(status=303, headers={"Location": target})
        answer.set_cookie(COOKIE, quote(person), httponly=True, samesite="Lax", path="/")
        return answer

    async def _leave(self, request: web.Request) -> web.Response:
        answer = web.Response(status=303, headers={"Location": "/_gate/enter"})
        answer.del_cookie(COOKIE, path="/")
        return answer

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        person = self._who(request)
        if not person:
            where = urlencode({"next": request.path_qs})
            return web.Response(status=302, headers={"Location": f"/_gate/enter?{where}"})
        assert self._session is not None
        url = self._target + request.path_qs
        headers = self._headers(request, person)
        try:
            async with self._session.request(
                request.method, url, headers=headers, data=await request.read(), allow_redirects=False
            ) as answer:
                body = await answer.read()
                passed = [(name, value) for name, value in answer.headers.items() if name.lower() not in _NOT_PASSED_ON]
                made = web.Response(status=answer.status, body=body)
                made.headers.clear()
                made.headers.extend((name, value) for name, value in passed if name.lower() != "content-length")
                return made
        except (aiohttp.ClientError, TimeoutError):
            return web.Response(status=502, text="La página no responde en este momento. Pruebe otra vez en un minuto.")

    def _who(self, request: web.Request) -> str:
        if not is_local(request):
            return ""
        given = request.headers.get("X-Local-User", "").strip()
        if given:
            return given
        chosen = request.cookies.get(COOKIE, "")
        return next((address for address in self._people if quote(address) == chosen or address == chosen), "")

    def _headers(self, request: web.Request, person: str) -> list[tuple[str, str]]:
        """The person's headers without what only a proxy may say, and with the signed word about who it is."""
        kept = [
            (name, value)
            for name, value in request.headers.items()
            if not name.lower().startswith("x-goog-") and name.lower() not in {*_NOT_PASSED_ON, "x-local-user", "content-length"}
        ]
        return [
            *kept,
            ("x-goog-iap-jwt-assertion", self._signer.assertion(person)),
            ("x-goog-authenticated-user-email", f"accounts.google.com:{person}"),
            ("x-goog-authenticated-user-id", f"accounts.google.com:{_number(person)}"),
        ]


def _own_path(text: str) -> str:
    """A path of this very site: never an address of another one."""
    return text if text.startswith("/") and not text.startswith(("//", "/\\")) else "/"


def is_local(request: web.Request) -> bool:
    """Whether the browser asked for this machine by a name of its own."""
    # A page of another site may have pointed a name of its own at 127.0.0.1.
    return request.host.rpartition(":")[0] in _HOSTS


def from_here(request: web.Request) -> bool:
    """Whether a POST comes from a page of this very site."""
    origin = request.headers.get("Origin")
    return is_local(request) and (origin is None or origin in (f"http://{request.host}", "null"))
