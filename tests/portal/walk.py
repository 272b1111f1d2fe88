"""Walks the portal as somebody who opens every link and presses every button would, whichever pages there are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urljoin, urlsplit

from flask import Response

from expediente.portal import PortalPage
from expediente.portal_pages import PAGES
from local.person import FILE_FIELDS, Page, PageForm, forms_of
from tests.portal.portal_kit import Visitor, origin

# Where everybody may begin; whatever these lead to is found by the walk.
BEGIN = ("/", "/entrar", "/ayuda", "/eva", "/documentos", "/facturas", "/pagos", "/verificar")
_HREF = re.compile(r'<a\b[^>]*?\bhref="([^"]*)"')
_MOST = 400


@dataclass
class Walk:
    """What one visitor has seen. shown: address -> page that was opened; answered: address -> page that a form gave."""

    visitor: Visitor
    shown: dict[str, Page] = field(default_factory=dict)
    answered: dict[str, Page] = field(default_factory=dict)
    documents: dict[str, Response] = field(default_factory=dict)
    _sent: set[tuple[str, ...]] = field(default_factory=set)

    def go(self, *, pressing: bool = True) -> Walk:
        """Open all that can be reached, and press each button once with what stands in its form."""
        waiting = list(BEGIN)
        while waiting and len(self.shown) < _MOST:
            address = waiting.pop()
            if address in self.shown or address in self.documents:
                continue
            page = self._open(address)
            if page is None:
                continue
            waiting += self._links(page)
            for form in page.forms if pressing else ():
                waiting += self._press(page, form)
        return self

    def _open(self, address: str) -> Page | None:
        response = self.visitor.follow(self.visitor.get(address))
        if response.mimetype != "text/html":
            self.documents[address] = response
            return None
        self.shown[address] = page = _page(address, response)
        return page

    def _links(self, page: Page) -> Iterator[str]:
        for href in _HREF.findall(page.html):
            if href.startswith("#"):
                continue
            address = urljoin(page.url, unescape(href)).partition("#")[0]
            if address.startswith("/") and not address.startswith("//"):
                yield address
            elif address.startswith(origin(self.visitor.app)):
                yield urlsplit(address).path

    def _press(self, page: Page, form: PageForm) -> Iterator[str]:
        """Send a form once for each of its buttons; what it answers is a page, a document or a way elsewhere."""
        target = urljoin(page.url, form.action)
        if target.endswith("/salir") or "token" not in form.fields:
            return
        for chosen in _choices(form):
            mark = (target, *sorted({**form.fields, **chosen}.keys() - {"token"}), *chosen.values())
            if mark in self._sent:
                continue
            self._sent.add(mark)
            response = self._send(target, form, chosen)
            where = response.headers.get("Location", "")
            if where.startswith("/"):
                yield where
            elif response.mimetype == "text/html" and not where:
                self.answered[f"POST {target} {' '.join(chosen.values())}".strip()] = answer = _page(target, response)
                yield from self._links(answer)
                for next_form in answer.forms:
                    yield from self._press(answer, next_form)
            else:
                self.documents[f"POST {target}"] = response

    def _send(self, target: str, form: PageForm, chosen: dict[str, str]) -> Response:
        """As a browser sends it; whatever takes a file gets one."""
        said = {name: text for name, text in {**form.fields, **chosen}.items() if name not in FILE_FIELDS}
        if len(said) < len(form.fields):
            return self.visitor.post_files(target, said, [(FILE_FIELDS[-1], "papel.pdf", b"%PDF-1.4 papel de prueba")])
        return self.visitor.post(target, said)

    @property
    def pages(self) -> dict[str, Page]:
        """All pages that were seen."""
        return {**self.shown, **self.answered}

    def unseen(self) -> list[str]:
        """Patterns of pages that this visitor could open and has not."""
        paths = {urlsplit(address).path for address in (*self.shown, *self.documents)}
        return [page.pattern.pattern for page in PAGES if page.get and not any(page.pattern.fullmatch(path) for path in paths)]


def _page(url: str, response: Response) -> Page:
    text = response.get_data(as_text=True)
    return Page(url, response.status_code, text, tuple(forms_of(text)))


def _choices(form: PageForm) -> list[dict[str, str]]:
    """What to choose: of each field the first that can be chosen, and of what can be pressed each one by itself."""
    first = {name: next((value for value in values if value), "") for name, values in form.choices.items()}
    pressed = [{**first, name: value} for name, values in form.choices.items() if not name.startswith("f_") for value in values]
    every = [
        {**first, name: value} for name, values in form.choices.items() if name.startswith("f_") for value in values if value
    ]
    return [*pressed, *every] or [first]


def groups(page: PortalPage) -> list[str]:
    """Names of what stands in the address of a page."""
    return list(page.pattern.groupindex)
