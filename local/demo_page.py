"""The page that the demo leaves behind: what happened when, who signed what, every mail as it was received."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from local.person import Mail
from local.stack import Stack
from local.tables import ROOT, process_table
from local.travel import Travel

_EVIDENCE = {
    "attributed": "en la hoja",
    "declared": "por firmar",
    "signed": "firmada",
}
# How a box is written where it cannot be drawn.
_MARKS: dict[Any, str] = {True: "☑", False: "☐"}
# Where a client of each state stands in the flowchart.
_PLACES = {"collecting": "C", "confirming": "J", "active": "K"}
_STYLE = """
:root{--ink:#17232e;--soft:#55636f;--line:#c3ced8;--head:#12304a;--paper:#fff;--back:#f1f4f7;--good:#1d7a46}
*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--ink);font:16px/1.55 system-ui,"Segoe UI",sans-serif}
header{background:var(--head);color:#fff;padding:2rem 1rem}header>div,main{max-width:60rem;margin:0 auto}
header h1{margin:0 0 .3rem;font-size:1.7rem}header p{margin:.2rem 0;opacity:.9}.state{display:inline-block;background:#ddf3e4;color:#0f4d2b;
border-radius:99px;padding:.15rem .8rem;font-weight:600}main{padding:1rem}section{background:var(--paper);border:1px solid #dce6ef;border-radius:10px;
padding:1.2rem 1.4rem;margin:1rem 0}h2{margin:0 0 .8rem;color:var(--head);font-size:1.2rem}
ol.time{list-style:none;margin:0;padding:0 0 0 1.1rem;border-left:3px solid var(--line)}ol.time li{position:relative;margin:0 0 .6rem}
ol.time li::before{content:"";position:absolute;left:-1.62rem;top:.4rem;width:.8rem;height:.8rem;border-radius:50%;background:var(--good)}
ol.time li.day{color:var(--soft);font-weight:600}ol.time li.day::before{background:var(--line)}time{margin-right:.4rem}
.how{display:inline-block;background:#ddf3e4;color:#0f4d2b;border-radius:99px;padding:0 .6rem;font-size:.85rem;white-space:nowrap}
tr.area th{padding-top:1rem;border-bottom:2px solid var(--head);color:var(--head)}td.state-of{white-space:nowrap;text-align:right}
.chart svg{width:100%;min-width:46rem;height:auto;display:block}
.pictures{display:grid;gap:1.2rem;grid-template-columns:repeat(auto-fit,minmax(min(24rem,100%),1fr))}
figure{margin:0}figure div{max-height:30rem;overflow:auto;border:1px solid var(--line);border-radius:8px}figure img{width:100%;display:block}
figcaption{color:var(--soft);font-size:.9rem;margin-top:.3rem}
nav{display:flex;flex-wrap:wrap;gap:.4rem 1rem}nav a{color:var(--head)}
@media(max-width:34rem){main{padding:.5rem}section{padding:1rem .9rem}table.who,table.who tbody,table.who tr,table.who td,table.who th{display:block}
table.who td{border:0;padding:.05rem 0}table.who tr{border-bottom:1px solid #dce6ef;padding:.45rem 0}table.who td:first-child{font-weight:600}
table.who tr.area th{padding-left:0}
table.who tr.area{border:0;padding:.4rem 0 0}td,th{padding:.45rem .2rem}
summary{padding:.6rem .5rem}summary small{overflow-wrap:anywhere}}
time{color:var(--soft);font-variant-numeric:tabular-nums;font-size:.9rem}table{border-collapse:collapse;width:100%;font-size:.95rem}
th,td{text-align:left;padding:.45rem .6rem;border-bottom:1px solid #dce6ef;vertical-align:top}th{color:var(--soft);font-weight:600}
details{border:1px solid #dce6ef;border-radius:8px;margin:.5rem 0}summary{cursor:pointer;padding:.6rem .8rem}summary small{color:var(--soft)}
.cells td{min-width:7rem;white-space:pre-line;border:1px solid #dce6ef}.cells tr:first-child td{font-weight:600;color:var(--head)}
iframe{width:100%;height:34rem;border:0;border-top:1px solid #dce6ef;background:#fff}.wide{overflow-x:auto}
"""


@dataclass(frozen=True)
class Moment:
    """Something that a person did, with the Workspace's instant at which it was done."""

    at: datetime
    who: str
    what: str


@dataclass
class Life:
    """A client of whom the whole life is told. moments: the state after each act stands for who did it; state: the last one."""

    name: str
    state: str = ""
    moments: list[Moment] = field(default_factory=list)


@dataclass(frozen=True)
class Report:
    """What the page is made from. status: `expediente status --json` of the dossier; pictures: caption and PNG.

    early_mails: those about the client that left before there was a dossier; earlier: another client's whole life.
    """

    stack: Stack
    travel: Travel
    status: dict[str, Any]
    moments: Sequence[Moment]
    pictures: Sequence[tuple[str, bytes]] = ()
    early_mails: Sequence[Mail] = ()
    earlier: Life | None = None


def write(path: Path, report: Report) -> None:
    """Write the page; it stands alone, without anything from elsewhere."""
    status = report.status
    parts = [
        _timeline("Qué pasó", report.moments),
        _signatures(report),
        _pictures(report),
        _flowchart(report),
        _papers(report),
        _mails(report),
    ]
    if report.earlier:
        parts.insert(1, _timeline(f"Del formulario a la cancelación: {report.earlier.name}", report.earlier.moments))
    path.write_text(
        '<!doctype html><html lang="es"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{_text(status['client'])} · {_text(status['dossier'])}</title><style>{_STYLE}</style>"
        f"<header><div><p>Demostración con datos inventados</p><h1>{_text(status['client'])}</h1>"
        f"<p>Expediente {_text(status['dossier'])} · Código {_text(status['code'])}</p>"
        f'<p><span class="state">{_text(status["label"])}</span></p></div></header><main>{"".join(parts)}</main></html>\n',
        encoding="utf-8",
    )


def _text(value: object) -> str:
    return html.escape(str(value), quote=True)


def _section(title: str, body: str) -> str:
    return f"<section><h2>{_text(title)}</h2>{body}</section>"


def _timeline(title: str, moments: Sequence[Moment]) -> str:
    zone, day, rows = ZoneInfo(process_table("company")["timezone"]), "", ""
    for moment in moments:
        at = moment.at.astimezone(zone)
        if f"{at:%d/%m/%Y}" != day:
            day = f"{at:%d/%m/%Y}"
            rows += f'<li class="day">{day}</li>'
        rows += f"<li><time>{at:%H:%M}</time> <strong>{_text(moment.who)}</strong> {_text(moment.what)}</li>"
    return _section(title, f'<ol class="time">{rows}</ol>')


def _flowchart(report: Report) -> str:
    """The company's procedure with the place of this client; nothing where the drawing is not there."""
    drawing, here = ROOT / "docs" / "flujograma.svg", _PLACES.get(report.status["state"], "")
    if not here or not drawing.exists():
        return ""
    svg = drawing.read_text(encoding="utf-8")
    style = f"#node-{here} rect{{fill:#1d7a46;stroke:#0f4d2b;stroke-width:4}}#node-{here}>text{{fill:#fff}}"
    note = f"<p>En verde, donde está este cliente: <strong>{_text(report.status['label'])}</strong>.</p>"
    return _section("En el flujograma", f'{note}<style>{style}</style><div class="wide chart">{svg}</div>')


def _pictures(report: Report) -> str:
    figures = "".join(
        f'<figure><div tabindex="0"><img alt="{_text(caption)}" src="data:image/png;base64,{base64.b64encode(png).decode()}"></div>'
        f"<figcaption>{_text(caption)}</figcaption></figure>"
        for caption, png in report.pictures
    )
    return _section("Cómo se ve", f'<div class="pictures">{figures}</div>') if figures else _sheet_as_table(report)


def _sheet_as_table(report: Report) -> str:
    """The control sheet's cells, where there is no browser to take pictures with."""
    travel = report.travel
    rows = travel.encargado.tab(travel.control_sheet(), travel.cast.control_sheet["tab"], "UNFORMATTED_VALUE")
    width = max((len(row) for row in rows), default=1)
    body = "".join(
        "<tr>"
        + "".join(f"<td>{_text(_MARKS.get(value, value))}</td>" for value in [*row[1:], *[""] * (width - len(row))])
        + "</tr>"
        for row in rows
        if any(str(value).strip() for value in row[1:])
    )
    return _section("La hoja de control", f'<div class="wide"><table class="cells">{body}</table></div>')


def _signatures(report: Report) -> str:
    cast, common = report.travel.cast, process_table("areas")["common"]["marks"]
    rows, last = "", ""
    for key, mark in report.status["marks"].items():
        area, name, *point = key.split("/")
        labels = {**common, **cast.areas[area].get("marks", {})}
        label = labels[name]["label"] + (f" · {point[0]}" if point else "")
        who = cast.people.get(mark["person"], {}).get("name", mark["person"])
        if area != last:
            color = _text(cast.areas[area]["color"])
            rows += f'<tr class="area"><th colspan="3" style="border-color:{color};color:{color}">{_text(cast.areas[area]["label"])}</th></tr>'
            last = area
        evidence = _text(_EVIDENCE.get(mark["evidence"], mark["evidence"]))
        rows += f'<tr><td>{_text(label)}</td><td>{_text(who)}</td><td><span class="how">{evidence}</span></td></tr>'
    closing = (
        '<tr class="area"><th colspan="3">Cierre</th></tr><tr><td>Servicio activo</td>'
        f'<td>{_text(cast.name(report.travel.encargado.address))}</td><td><span class="how">{_text(_EVIDENCE["signed"])}</span></td></tr>'
    )
    return _section("Quién confirmó qué", f'<div class="wide"><table class="who">{rows}{closing}</table></div>')


def _papers(report: Report) -> str:
    states = {"verified": "Verificado", "pending": "Entregado", "returned": "Devuelto"}
    rows = "".join(
        f'<tr><td>{_text(paper["title"])}</td><td class="state-of">{states[paper["state"]]}</td></tr>'
        for paper in report.status["papers"]
    )
    return _section("Papeles", f"<table>{rows}</table>")


def _mails(report: Report) -> str:
    sent = [mail for mail in report.status["mails"] if mail["state"] == "sent"]
    mails = [*report.early_mails, *[report.stack.person(mail["sender"]).mail(mail["message"]) for mail in sent]]
    parts = [_mail(mail) for mail in mails]
    return _section(f"Correos que salieron ({len(parts)})", "".join(parts))


def _mail(mail: Mail) -> str:
    files = f" · adjunta {_text(', '.join(mail.attachments))}" if mail.attachments else ""
    first = next((line for line in mail.text.splitlines() if line.strip()), "")
    return (
        f"<details><summary><strong>{_text(first)}</strong><br><small>Para {_text(mail.to)} · {_text(mail.subject)}{files}</small></summary>"
        f'<iframe sandbox title="{_text(mail.subject)}" loading="lazy" srcdoc="{_text(mail.html)}"></iframe></details>'
    )
