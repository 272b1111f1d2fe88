"""What a client of the company does in the portal: asks for a link, reads it in the mailbox, enters, opens pages, sends forms. Over HTTP."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

import urllib3

from local.person import FILE_FIELDS, Page, PageForm, forms_of
from local.stack import Stack

_POOL = urllib3.PoolManager(maxsize=8, retries=False, timeout=urllib3.Timeout(total=120))
_LINK = re.compile(r"https?://\S+/entrar/[\w-]{20,}")


class PortalError(Exception):
    """A client could not do what was to be done; the sentence says what was found. Spanish."""


@dataclass(frozen=True)
class Answer:
    """What the portal answered, not followed any further."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def page(self) -> Page:
        """The answer as a page."""
        text = self.body.decode("utf-8", "replace")
        return Page(self.url, self.status, text, tuple(forms_of(text)))


@dataclass
class PortalClient:
    """A client's person before the portal. address: of the mailbox; cookies: as the browser keeps them."""

    stack: Stack
    address: str
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the portal is."""
        return str(self.stack.ready["functions"]["portal"])

    # --- requests --------------------------------------------------------------------------------------------------------------

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None, kind: str = ""
    ) -> Answer:
        """One request with the cookies of this client; what the answer sets is kept. path: or a whole address."""
        url = urljoin(self.url + "/", path)
        sent = dict(headers or {})
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            own = {
                "Content-Type": kind or "application/x-www-form-urlencoded",
                "Origin": self.url,
                "Sec-Fetch-Site": "same-origin",
            }
            sent = own | sent
        told = _POOL.request(method, url, body=body, headers=sent, redirect=False)
        for line in told.headers.getlist("Set-Cookie"):
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
                if morsel["max-age"] == "0" or not morsel.value:
                    del self.cookies[name]
        return Answer(url, told.status, dict(told.headers), told.data)

    def open(self, path: str) -> Page:
        """A page, followed to where it leads within the portal."""
        return self._follow(self.ask("GET", path))

    def get(self, path: str) -> Answer:
        """What an address answers: a document, or a page that is not followed any further."""
        return self.ask("GET", path)

    def send(self, page: Page, form: PageForm, choices: Mapping[str, str] | None = None) -> Page:
        """Send a form of a page with what stands in it and what is chosen; gives the page that is shown afterwards."""
        return self._follow(self.submit(page, form, choices))

    def submit(self, page: Page, form: PageForm, choices: Mapping[str, str] | None = None) -> Answer:
        """Send a form as `send` does; gives what was answered, a file or the way to another house, not followed."""
        body = urlencode({**form.fields, **(choices or {})}).encode()
        return self.ask("POST", urljoin(page.url, form.action), body)

    def send_file(self, page: Page, form: PageForm, name: str, data: bytes) -> Page:
        """Send a file by a form of a page; gives the page that is shown afterwards."""
        said = {key: value for key, value in form.fields.items() if key not in FILE_FIELDS}
        fields: dict[str, str | tuple[str, bytes]] = {**said, FILE_FIELDS[-1]: (name, data)}
        body, kind = urllib3.encode_multipart_formdata(fields)
        return self._follow(self.ask("POST", urljoin(page.url, form.action), body, kind=kind))

    def fill(self, path: str, said: Mapping[str, str] | None = None, action: str = "") -> Page:
        """Open a page and send its form. said: name of a field without its `f_` -> text; action: how the form's address ends.

        :raises PortalError: there is no such form.
        """
        page = self.open(path)
        found = [form for form in page.forms if "token" in form.fields and form.action.endswith(action)]
        # The button to leave stands on every page.
        found = [form for form in found if action or not form.action.endswith("/salir")]
        if not found:
            raise PortalError(f"{path} no ofrece el formulario: {page.status} {page.text[:300]}")
        return self.send(page, found[0], {f"f_{name}": text for name, text in (said or {}).items()})

    def _follow(self, answer: Answer) -> Page:
        for _ in range(5):
            where = answer.headers.get("Location", "")
            target = urljoin(answer.url, where)
            if answer.status not in (302, 303) or urlsplit(target).netloc != urlsplit(self.url).netloc:
                break
            answer = self.ask("GET", target)
        return answer.page

    # --- entering --------------------------------------------------------------------------------------------------------------

    def links(self) -> list[str]:
        """The links to enter that have reached the mailbox, oldest first."""
        return [found for mail in self.stack.person(self.address).mails() for found in _LINK.findall(mail.text)]

    def ask_link(self) -> str:
        """Ask for a link and read it from the mailbox. :raises PortalError: none came."""
        before = self.links()
        self.fill("/entrar", {"address": self.address})
        self.stack.settle()
        new = self.links()[len(before) :]
        if not new:
            raise PortalError(f"a {self.address} no le llegó ningún enlace")
        return new[-1]

    def press(self, link: str) -> Page:
        """Open a link and press its button."""
        page = self.open(link)
        if not page.forms:
            raise PortalError(f"el enlace no ofrece entrar: {page.status} {page.text[:300]}")
        return self.send(page, page.forms[0])

    def enter(self) -> Page:
        """Ask for a link, read it, press the button; gives the first page of the account."""
        return self.press(self.ask_link())

    def leave(self) -> Page:
        """Press the button that ends the session."""
        return self.fill("/", action="/salir")
