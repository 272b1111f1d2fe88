"""A client's way in the demo: found by its folder, with papers to look at."""

from __future__ import annotations

import re
from collections.abc import Iterable

from local.cases import Answer, answers_for, load_definition
from local.person import FILE_FIELDS, FOLDER, Page, PageForm
from local.printed import PrintedPaper
from local.tables import ROOT
from local.travel import Delivery, Travel, TravelError, kind_of

# How a dossier's folder is named: the client's name, this, and the dossier's code.
_BEFORE_ID = " · "
_DOSSIER_ID = re.compile(r"EXP-[0-9A-Z]+")
# A box that was signed may open the next one of its area.
_ROUNDS = 3


class Way(Travel):
    """A client's way with printed papers. Its dossier is found by its folder, as a person would, whoever sent the form."""

    def find(self) -> str:
        """The dossier of this client, '' while there is no folder of it; lets a minute pass where there is none yet."""
        if not self.seen():
            self.stack.look()
            self.seen()
        return self.dossier_id

    def answers(self) -> dict[str, Answer]:
        """What the vendedora writes into the form."""
        return answers_for(self.case, load_definition(ROOT))

    def seen(self) -> bool:
        """Whether Expedientes sees a folder of this client; its id and the dossier's are kept."""
        name = self.case["cliente"]["razon_social"]
        found = self.encargado.files(f"name contains '{name}' and mimeType = '{FOLDER}'")
        for item in found:
            client, _, dossier_id = item["name"].rpartition(_BEFORE_ID)
            if client and _DOSSIER_ID.fullmatch(dossier_id):
                self.dossier_id, self.root_id = dossier_id, item["id"]
        return bool(self.dossier_id)

    @property
    def papers(self) -> list[Delivery]:
        """What the vendedora delivers."""
        return [PrintedPaper(one.kind, one.person, one.file) for one in super().papers]

    # --- on the pages ----------------------------------------------------------------------------------------------------------

    @property
    def delivery_page(self) -> str:
        """Where the vendedora hands in papers."""
        return f"/entregar/{self.dossier_id}"

    def hand_in(self, papers: Iterable[Delivery]) -> None:
        """The vendedora hands the papers in on the page, each under its own title. :raises TravelError: the page does not take one."""
        rows = self.paper_rows()
        for one in papers:
            fitting = [row for row in rows if kind_of(row) == one.kind]
            key = next((row["key"] for row in fitting if one.person and row["about"] == one.person), fitting[0]["key"])
            page = self.vendedora.open(self.delivery_page)
            shown = self.vendedora.send_file(page, self._sending(page, key), one.file, one.mime, one.content)
            if shown.status >= 400:
                raise TravelError(f"la página no recibió «{one.file}»: {shown.status} {shown.text[:300]}")
        self.stack.settle()
        self.stack.look()

    @staticmethod
    def _sending(page: Page, key: str) -> PageForm:
        for form in page.forms:
            if form.action.endswith(f"/{key}") and set(FILE_FIELDS) & set(form.fields):
                return form
        raise TravelError(f"la página de entrega no pide «{key}»: {page.status} {page.text[:300]}")

    def signing_page(self, area: str) -> str:
        """Where an area reviews and signs what is its own."""
        return f"/confirmar/{self.dossier_id}/{area}"

    def review(self, area: str) -> None:
        """A person of the area follows her mail to the page, ticks all that it offers and signs; the sheet is not touched.

        :raises TravelError: no mail of hers leads there.
        """
        person, path = self.stack.person(self.cast.first(area)), self.signing_page(area)
        if not any(path in mail.text for mail in self.mails_of(person)):
            raise TravelError(f"ningún correo lleva a {person.address} a la página de {area}")
        self.assign(person)
        for _ in range(_ROUNDS):
            offered = [form for form in person.open(path).forms if "token" in form.fields]
            if not offered:
                break
            self.sign_page(person, path, {name: "si" for name in offered[0].choices if name.startswith("f_")})
            self.stack.look()
        self.signers.append((area, person.address))
