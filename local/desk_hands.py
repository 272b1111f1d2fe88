"""A client's hands in a real browser, counted: clicks, fields, keys, pages, and the seconds for which the portal kept them waiting."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

Json = dict[str, Any]


@dataclass
class Counts:
    """What one request took. keys: typed; words: read of the answer; waited: seconds between an act and the page or file that it brought."""

    clicks: int = 0
    fields: int = 0
    keys: int = 0
    pages: int = 0
    files: int = 0
    words: int = 0
    waited: float = 0.0

    @property
    def interactions(self) -> int:
        """Everything that a person did or had to look at anew."""
        return self.clicks + self.fields + self.pages

    def seconds(self, model: Json) -> float:
        """How long a person takes: the measured waiting, and hands, thought and reading by `person` of desk_baseline.yaml."""
        step = {name: float(Decimal(str(model[name]))) for name in ("think", "point", "press", "hand", "key")}
        click = step["think"] + step["point"] + step["press"]
        # To a field and back to the mouse.
        typing = click + 2 * step["hand"]
        reading = self.words * 60 / float(model["words_a_minute"])
        return self.waited + self.clicks * click + self.fields * typing + self.keys * step["key"] + reading


@dataclass
class Hands:
    """One client before the portal. page: his tab; kept: bodies of the files that he has downloaded in this request, oldest first."""

    page: Page
    counts: Counts = field(default_factory=Counts)
    kept: list[bytes] = field(default_factory=list)

    def begin(self) -> None:
        """A new request: nothing is counted yet."""
        self.counts, self.kept = Counts(), []

    def open(self, address: str) -> None:
        """Go to a page by a bookmark or by the link of a mail: a page, no click within one."""
        with self._waiting():
            self.page.goto(address, wait_until="load")
        self.counts.pages += 1

    def press(self, what: Locator) -> None:
        """Click what leads to another page and wait until it is there."""
        self.counts.clicks += 1
        with self._waiting(), self.page.expect_navigation(wait_until="load"):
            what.click()
        self.counts.pages += 1

    def tick(self, what: Locator) -> None:
        """Click what leads nowhere: a box, a choice."""
        self.counts.clicks += 1
        what.click()

    def type(self, into: Locator, text: str) -> None:
        """Write into a field in place of what stands there."""
        self.counts.fields += 1
        self.counts.keys += len(text)
        into.fill(text)

    def choose(self, into: Locator, value: str) -> None:
        """Choose from a list: open it, take one."""
        self.counts.clicks += 2
        into.select_option(value)

    def download(self, what: Locator) -> bytes:
        """Click what brings a file; gives its bytes."""
        self.counts.clicks += 1
        with self._waiting(), self.page.expect_download() as coming:
            what.click()
        with self._waiting():
            body = coming.value.path().read_bytes()
        self.counts.files += 1
        self.kept.append(body)
        return body

    def read(self, what: Locator) -> str:
        """Read a part of the page."""
        text = what.inner_text()
        self.counts.words += len(re.findall(r"\S+", text))
        return text

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        self.counts.waited += time.perf_counter() - begun
