"""Who plays which part, and the words on the sheets: read from `process/` and `sheets_templates/` as people would read them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local.tables import ROOT, process_table


@dataclass(frozen=True)
class Cast:
    """The people and words of the company. people: address -> row of company.yaml; areas: key -> row of areas.yaml."""

    people: dict[str, dict[str, Any]]
    areas: dict[str, dict[str, Any]]
    roles: dict[str, dict[str, Any]]
    papers: dict[str, dict[str, Any]]
    access: dict[str, Any]
    documents_sheet: dict[str, Any]
    control_sheet: dict[str, Any]

    @classmethod
    def load(cls, root: Path = ROOT) -> Cast:
        """Read the tables."""
        areas = process_table("areas", root)

        def template(name: str) -> dict[str, Any]:
            table: dict[str, Any] = yaml.safe_load((root / "sheets_templates" / f"{name}.yaml").read_text(encoding="utf-8"))
            return table

        return cls(
            people=process_table("company", root)["people"],
            areas=areas["areas"],
            roles=areas["roles"],
            papers=process_table("documents", root)["documents"],
            access=process_table("access", root),
            documents_sheet=template("documents"),
            control_sheet=template("control_sheet"),
        )

    def first(self, role: str) -> str:
        """The first person of an area or role. :raises StopIteration: it has none."""
        return next(address for address, row in self.people.items() if role in row["roles"])

    def actor(self, address: str) -> str:
        """Who acts for an address: a shared mailbox of an area or role acts as its first person, because mailboxes never sign."""
        for key, row in {**self.areas, **self.roles}.items():
            if row["group"] == address and address not in self.people:
                return self.first(key)
        return address

    def name(self, address: str) -> str:
        """A person's name."""
        return str(self.people[address]["name"])

    def folder_name(self, key: str) -> str:
        """Name of a folder of access.yaml."""
        return str(self.access["folders"][key]["name"])
