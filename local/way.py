"""A client's way in the demo: found by its folder, with papers to look at."""

from __future__ import annotations

import re

from local.cases import Answer, answers_for, load_definition
from local.person import FOLDER
from local.printed import PrintedPaper
from local.tables import ROOT
from local.travel import Delivery, Travel

# How a dossier's folder is named: the client's name, this, and the dossier's code.
_BEFORE_ID = " · "
_DOSSIER_ID = re.compile(r"EXP-[0-9A-Z]+")


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
