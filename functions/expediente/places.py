"""Provinces and districts of Panama, from `process/places.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from expediente.texts import fold_name


@dataclass(frozen=True)
class Places:
    """The table. provinces: name -> districts; an empty tuple accepts any district (comarcas)."""

    provinces: Mapping[str, tuple[str, ...]]

    def province(self, written: str) -> str:
        """The province or comarca as the table writes it, whatever the accents and case; '' when it is none."""
        folded = fold_name(written)
        return next((name for name in self.provinces if fold_name(name) == folded), "") if folded else ""

    def district(self, province: str, written: str) -> str:
        """The district of that province as the table writes it; '' when it is none of hers.

        Where the table lists no districts the text comes back as written.
        """
        districts = self.provinces.get(self.province(province))
        if districts is None:
            return ""
        folded = fold_name(written)
        return next((name for name in districts if fold_name(name) == folded), "") if districts else written

    def districts(self, province: str) -> tuple[str, ...]:
        """The districts that the table lists for a province, in its order."""
        return self.provinces.get(self.province(province), ())


def load_places(root: Path) -> Places:
    """Read `process/places.yaml` under `root`. :raises OSError, yaml.YAMLError: missing or malformed file."""
    raw = yaml.safe_load((root / "process" / "places.yaml").read_text(encoding="utf-8"))
    return Places({name: tuple(districts) for name, districts in raw["provinces"].items()})
