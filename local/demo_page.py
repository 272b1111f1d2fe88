"""The page that the demo leaves behind: what happened when, who signed what, every mail as it was received."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from local.person import Mail
from local.stack import Stack
from local.tables import process_table
from local.travel import Travel

_EVIDENCE = {
    "attributed": "atribuida a quien editó la hoja",
    "declared": "declarada en la hoja",
    "signed": "firmada en la página",
}
_STYLE = """
:root{--ink:#17232e;--soft:#55636f;--line:#c3ced8;--head:#12304a;--paper:#fff;--back:#f1f4f7;--good:#1d7a46}
*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--ink);font:16px/1.55 system-ui,"Segoe UI",sans-serif}
header{background:var(--head);color:#fff;padding:2rem 1rem}header>div,main{max-width:60rem;margin:0 auto}
header h1{margin:0 0 .3rem;font-size:1.7rem}header p{margin:.2rem 0;opacity:.9}.state{display:inline-block;background:#ddf3e4;color:#0f4d2b;
border-radius:99px;padding:.15rem .8rem;font-weight:600}main{padding:1rem}section{background:var(--paper);border:1px solid #dce6ef;border-radius:10px;
padding:1.2rem 1.4rem;margin:1rem 0}h2{margin:0 0 .8rem;color:var(--head);font-size:1.2rem}
ol.time{list-style:none;margin:0;padding:0 0 0 1.1rem;border-left:3px solid var(--line)}ol.time li{position:relative;margin:0 0 .8rem}
ol.time li::before{content:"";position:absolute;left:-1.55rem;top:.4rem;width:.8rem;height:.8rem;border-radius:50%;background:var(--good)}
time{color:var(--soft);font-variant-numeric:tabular-nums;font-size:.9rem}table{border-collapse:collapse;width:100%;font-size:.95rem}
th,td{text-align:left;padding:.45rem .6rem;border-bottom:1px solid #dce6ef;vertical-align:top}th{color:var(--soft);font-weight:600}
details{border:1px solid #dce6ef;border-radius:8px;margin:.5rem 0}summary{cursor:pointer;padding:.6rem .8rem}summary small{color:var(--soft)}
iframe{width:100%;height:34rem;border:0;border-top:1px solid #dce6ef;background:#fff}.wide{overflow-x:auto}
"""


@dataclass(frozen=True)
class Moment:
    """Something that a person did, with the Workspace's instant at which it was done."""

    at: datetime
    who: str
    what: str


@dataclass(frozen=True)
class Report:
    """What the page is made from. status: `expediente status --json` of the dossier."""

    stack: Stack
    travel: Travel
    status: dict[str, Any]
    moments: Sequence[Moment]


def write(path: Path, report: Report) -> None:
    """Write the page; it stands alone, without anything from elsewhere."""
    status = report.status
    parts = [_timeline(report), _signatures(report), _papers(report), _mails(report)]
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


def _timeline(report: Report) -> str:
    zone = ZoneInfo(process_table("company")["timezone"])
    rows = "".join(
        f"<li><time>{moment.at.astimezone(zone):%d/%m/%Y %H:%M:%S}</time><br><strong>{_text(moment.who)}</strong> {_text(moment.what)}</li>"
        for moment in report.moments
    )
    return _section("Qué pasó", f'<ol class="time">{rows}</ol>')


def _signatures(report: Report) -> str:
    cast, common = report.travel.cast, process_table("areas")["common"]["marks"]
    rows = ""
    for key, mark in report.status["marks"].items():
        area, name, *point = key.split("/")
        labels = {**common, **cast.areas[area].get("marks", {})}
        label = labels[name]["label"] + (f" · {point[0]}" if point else "")
        who = cast.people.get(mark["person"], {}).get("name", mark["person"])
        rows += (
            f"<tr><td>{_text(cast.areas[area]['label'])}</td><td>{_text(label)}</td><td>{_text(who)}</td>"
            f"<td>{_text(_EVIDENCE.get(mark['evidence'], mark['evidence']))}</td></tr>"
        )
    head = "<tr><th>Área</th><th>Casilla</th><th>Persona</th><th>Cómo consta</th></tr>"
    closing = f"<p>Cerró {_text(cast.name(report.travel.encargado.address))}, con su firma en la página de cierre.</p>"
    return _section("Quién firmó qué", f'<div class="wide"><table>{head}{rows}</table></div>{closing}')


def _papers(report: Report) -> str:
    states = {"verified": "Verificado", "pending": "Entregado", "returned": "Devuelto"}
    rows = "".join(
        f"<tr><td>{_text(paper['title'])}</td><td>{paper['files']}</td><td>{states[paper['state']]}</td></tr>"
        for paper in report.status["papers"]
    )
    return _section(
        "Papeles", f'<div class="wide"><table><tr><th>Papel</th><th>Archivos</th><th>Estado</th></tr>{rows}</table></div>'
    )


def _mails(report: Report) -> str:
    sent = [mail for mail in report.status["mails"] if mail["state"] == "sent"]
    parts = [_mail(report.stack.person(mail["sender"]).mail(mail["message"])) for mail in sent]
    return _section(f"Correos que salieron ({len(parts)})", "".join(parts))


def _mail(mail: Mail) -> str:
    files = f" · adjunta {_text(', '.join(mail.attachments))}" if mail.attachments else ""
    first = next((line for line in mail.text.splitlines() if line.strip()), "")
    return (
        f"<details><summary><strong>{_text(first)}</strong><br><small>Para {_text(mail.to)} · {_text(mail.subject)}{files}</small></summary>"
        f'<iframe sandbox title="{_text(mail.subject)}" loading="lazy" srcdoc="{_text(mail.html)}"></iframe></details>'
    )
