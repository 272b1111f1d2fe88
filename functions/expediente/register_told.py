"""What the register's tabs are filled with, and what each comes to: the two values between those who know and those who lay out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from expediente.register_layout import Chart, Line
from expediente.tally import Figures
from expediente.templates import RegisterTemplate

if TYPE_CHECKING:
    from expediente.bootstrap import App


@dataclass(frozen=True)
class Told:
    """What the tabs are filled with."""

    app: App
    template: RegisterTemplate
    figures: Figures
    now: datetime


@dataclass(frozen=True)
class Content:
    """The lines of a tab below its heading, and its charts."""

    lines: tuple[Line, ...]
    charts: tuple[Chart, ...] = ()
