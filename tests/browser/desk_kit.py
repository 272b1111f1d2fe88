"""A small company at work, for looking at its desk: folders with access by role, a control sheet, a form, mails."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from tests.conformance.conftest import Emulator

DOMAIN = "blindados-demo.example.com"
BOT = "expediente-work@expediente-demo.iam.gserviceaccount.com"
FORMS_OWNER = f"formularios@{DOMAIN}"
CLIENT = "gerencia@ferreteria-el-roble.example.net"
FOLDER = "application/vnd.google-apps.folder"
SPREADSHEET = "application/vnd.google-apps.spreadsheet"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAFUlEQVR4nGP8z4APMOGVHbHSjAAAHbEBDxR1cZsAAAAASUVORK5CYII=")
AREAS = ("Servicio al Cliente", "Operaciones", "Seguridad", "Sala de Procesamiento")
GROUPS = ("servicio.cliente", "operaciones", "seguridad", "sala.procesamiento")
MARKS = ("Recibido", "Comprendido", "Ruta asignada")


def address(name: str) -> str:
    """The address of somebody of the company."""
    return f"{name}@{DOMAIN}"


@dataclass
class Scene:
    """What was put up: the ids of its parts."""

    emulator: Emulator
    drive_id: str
    dossier: str
    inbox: str
    legal: str
    paper: str
    sheet: str
    form: str
    public: str
    questions: dict[str, str]

    def entry(self, title: str) -> str:
        """The name of a question's field in the browser."""
        return f"entry.{int(self.questions[title], 16)}"


def furnish(emulator: Emulator) -> Scene:
    """Put everything up by the API, as programs do."""
    drive = emulator.service("drive", "v3", BOT)
    drive_id = drive.drives().create(requestId="desk", body={"name": "Clientes"}).execute()["id"]
    grant(drive, drive_id, "areas", "reader", "group")
    grant(drive, drive_id, "expedientes", "writer", "group")
    root = make(drive, "En proceso", drive_id)
    dossier = make(drive, "2026-0042 Ferretería El Roble, S.A.", root)
    inbox = make(drive, "00 Entregar aquí", dossier, limited=True)
    grant(drive, inbox, "vendedora.uno", "writer")
    grant(drive, inbox, "expedientes", "writer", "group")
    legal = make(drive, "01 Legal", dossier, limited=True)
    grant(drive, legal, "expedientes", "writer", "group")
    for name in ("02 Servicio", "04 Hojas de control", "06 Correspondencia"):
        make(drive, name, dossier)
    paper = drop(emulator, inbox, "Aviso de operación.pdf", "application/pdf", PDF)
    drop(emulator, inbox, "IMG_2031.png", "image/png", PNG)
    sheet = control_sheet(emulator, dossier)
    form, public, questions = intake_form(emulator)
    scene = Scene(emulator, drive_id, dossier, inbox, legal, paper, sheet, form, public, questions)
    mails(scene)
    return scene


def grant(drive: Any, item: str, name: str, role: str, kind: str = "user") -> None:
    """Give somebody a role on an item."""
    body = {"type": kind, "role": role, "emailAddress": address(name)}
    drive.permissions().create(fileId=item, body=body, supportsAllDrives=True, sendNotificationEmail=False).execute()


def make(drive: Any, name: str, parent: str, *, mime_type: str = FOLDER, limited: bool = False) -> str:
    """A folder or native file."""
    body: dict[str, Any] = {"name": name, "mimeType": mime_type, "parents": [parent]}
    if limited:
        body["inheritedPermissionsDisabled"] = True
    made: str = drive.files().create(body=body, supportsAllDrives=True, fields="id").execute()["id"]
    return made


def drop(emulator: Emulator, folder: str, name: str, mime_type: str, data: bytes) -> str:
    """Upload a file as the vendedora."""
    answer = emulator.raw(
        "POST",
        "/upload/drive/v3/files?uploadType=media&supportsAllDrives=true",
        address("vendedora.uno"),
        data=data,
        headers={"Content-Type": mime_type},
    ).json()
    body = {"name": name}
    before = answer_parent(emulator, answer["id"])
    path = f"/drive/v3/files/{answer['id']}?supportsAllDrives=true&addParents={folder}&removeParents={before}"
    moved = emulator.raw("PATCH", path, address("vendedora.uno"), json=body)
    assert moved.status_code == 200, moved.text
    return str(answer["id"])


def answer_parent(emulator: Emulator, file_id: str) -> str:
    """The folder that holds a file."""
    answer = emulator.raw("GET", f"/drive/v3/files/{file_id}?fields=parents", address("vendedora.uno")).json()
    return str(answer["parents"][0])


def colour(text: str) -> dict[str, float]:
    """A Color of #rrggbb."""
    return {name: int(text[at : at + 2], 16) / 255 for name, at in (("red", 1), ("green", 3), ("blue", 5))}


def area(r0: int, r1: int, c0: int, c1: int) -> dict[str, int]:
    """A GridRange of the first sheet."""
    return {"sheetId": 0, "startRowIndex": r0, "endRowIndex": r1, "startColumnIndex": c0, "endColumnIndex": c1}


def control_sheet(emulator: Emulator, parent: str) -> str:
    """A control sheet with a protected column for each area, checkboxes, a drop-down, a conditional format and a note."""
    drive, sheets = emulator.service("drive", "v3", BOT), emulator.service("sheets", "v4", BOT)
    sheet = make(drive, "Hoja de control · Ferretería El Roble · 2026-0042", parent, mime_type=SPREADSHEET)
    grant(drive, sheet, "areas.control", "writer", "group")
    rows = [
        ["Ferretería El Roble, S.A."],
        ["Área", *AREAS],
        ["Estado", *[f'=IF(COUNTIF({c}5:{c}7;TRUE)=3;"Confirmado";"Pendiente: "&(3-COUNTIF({c}5:{c}7;TRUE)))' for c in "BCDE"]],
        ["Para confirmar: marque solo la columna de su área"],
        *[[mark] for mark in MARKS],
        ["Observado"],
        ["Motivo de la observación"],
        ["Confirma"],
        ["Contrato", '=HYPERLINK("https://drive.google.com/drive/folders/' + parent + '";"Abrir la carpeta")', "Monto", 1250.5],
    ]
    whole = {
        "title": "Control",
        "gridProperties": {"rowCount": 30, "columnCount": 6, "frozenRowCount": 2, "frozenColumnCount": 1},
    }
    box = {"dataValidation": {"condition": {"type": "BOOLEAN"}, "strict": True}, "userEnteredValue": {"boolValue": False}}
    head = {"backgroundColor": colour("#12304A"), "textFormat": {"bold": True, "foregroundColor": colour("#FFFFFF")}}
    requests: list[dict[str, Any]] = [
        {"updateSpreadsheetProperties": {"properties": {"locale": "es_PA"}, "fields": "locale"}},
        {"updateSheetProperties": {"properties": {"sheetId": 0, **whole}, "fields": "title,gridProperties"}},
        {"mergeCells": {"range": area(0, 1, 1, 5), "mergeType": "MERGE_ALL"}},
        {"mergeCells": {"range": area(3, 4, 1, 5), "mergeType": "MERGE_ALL"}},
        {
            "repeatCell": {
                "range": area(0, 1, 0, 5),
                "cell": {"userEnteredFormat": {"textFormat": {"fontSize": 14, "bold": True}}},
                "fields": "userEnteredFormat",
            }
        },
        {"repeatCell": {"range": area(1, 2, 0, 5), "cell": {"userEnteredFormat": head}, "fields": "userEnteredFormat"}},
        {
            "repeatCell": {
                "range": area(3, 4, 0, 5),
                "cell": {"userEnteredFormat": {"backgroundColor": colour("#DCE6EF"), "textFormat": {"bold": True}}},
                "fields": "userEnteredFormat",
            }
        },
        {"repeatCell": {"range": area(4, 8, 1, 5), "cell": box, "fields": "dataValidation,userEnteredValue"}},
        {
            "repeatCell": {
                "range": area(8, 9, 1, 5),
                "cell": {"userEnteredFormat": {"wrapStrategy": "WRAP"}},
                "fields": "userEnteredFormat",
            }
        },
        {
            "updateDimensionProperties": {
                "range": {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 0, "endIndex": 1},
                "properties": {"pixelSize": 230},
                "fields": "pixelSize",
            }
        },
        {
            "updateDimensionProperties": {
                "range": {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 1, "endIndex": 5},
                "properties": {"pixelSize": 170},
                "fields": "pixelSize",
            }
        },
        {"addSheet": {"properties": {"title": "Notas", "sheetId": 7}}},
    ]
    for number, group in enumerate(GROUPS):
        names = [{"userEnteredValue": who} for who in ("Persona uno", "Persona dos")]
        listed = {"condition": {"type": "ONE_OF_LIST", "values": names}, "strict": True, "showCustomUi": True}
        editors = {"users": [BOT], "groups": [address(group)]}
        column = number + 1
        requests += [
            {"setDataValidation": {"range": area(9, 10, column, column + 1), "rule": listed}},
            {"addProtectedRange": {"protectedRange": {"range": area(4, 10, column, column + 1), "editors": editors}}},
        ]
    requests += [
        {"addProtectedRange": {"protectedRange": {"range": area(0, 4, 0, 5), "editors": {"users": [BOT]}}}},
        {"addProtectedRange": {"protectedRange": {"range": area(4, 11, 0, 1), "editors": {"users": [BOT]}}}},
        {
            "repeatCell": {
                "range": area(7, 8, 0, 1),
                "cell": {"note": "Márquelo si algo debe corregirse antes de seguir."},
                "fields": "note",
            }
        },
    ]
    for text, fill in (("Confirmado", "#DDF3E4"), ("Pendiente", "#FFF4D6")):
        condition = {"type": "TEXT_STARTS_WITH", "values": [{"userEnteredValue": text}]}
        rule = {
            "ranges": [area(2, 3, 1, 5)],
            "booleanRule": {"condition": condition, "format": {"backgroundColor": colour(fill)}},
        }
        requests.append({"addConditionalFormatRule": {"rule": rule, "index": 0}})
    sheets.spreadsheets().batchUpdate(spreadsheetId=sheet, body={"requests": requests}).execute()
    body = {"values": rows}
    sheets.spreadsheets().values().update(
        spreadsheetId=sheet, range="Control!A1", valueInputOption="USER_ENTERED", body=body
    ).execute()
    return sheet


def question(title: str, kind: str, required: bool = False, description: str = "", **inner: Any) -> dict[str, Any]:
    """A form item with one question."""
    body: dict[str, Any] = {kind: inner}
    if required:
        body["required"] = True
    item: dict[str, Any] = {"title": title, "questionItem": {"question": body}}
    return item | ({"description": description} if description else {})


def choices(*values: str, kind: str = "RADIO", **gone: Any) -> dict[str, Any]:
    """A choiceQuestion body."""
    return {"type": kind, "options": [{"value": value} for value in values]} | gone


def intake_form(emulator: Emulator) -> tuple[str, str, dict[str, str]]:
    """A form in four sections with a branch, and every kind of question."""
    forms = emulator.service("forms", "v1", FORMS_OWNER)
    made = forms.forms().create(body={"info": {"title": "Entrada de cliente nuevo", "documentTitle": "Entrada"}}).execute()
    form = made["formId"]
    about = "Tenga a mano el aviso de operación y la cédula del representante.\nToma unos 8 minutos."
    items: list[dict[str, Any]] = [
        question(
            "Nombre del cliente",
            "textQuestion",
            True,
            "Como aparece en el aviso de operación. Ejemplo: Ferretería El Roble, S.A.",
        ),
        question("Tipo de persona", "choiceQuestion", True, **choices("Natural", "Jurídica")),
        {"itemId": "0000aaaa", "title": "Persona natural", "description": "Datos de la cédula.", "pageBreakItem": {}},
        question("Cédula", "textQuestion", True, "Ejemplo: 8-123-456"),
        question("Fecha de nacimiento", "dateQuestion", includeYear=True),
        {"itemId": "0000bbbb", "title": "Persona jurídica", "pageBreakItem": {}},
        question("RUC", "textQuestion", True, "Ejemplo: 155612345-2-2015"),
        question("DV", "textQuestion", True),
        {"itemId": "0000cccc", "title": "Servicio", "description": "Lo que el cliente pide.", "pageBreakItem": {}},
        question(
            "Servicios",
            "choiceQuestion",
            True,
            type="CHECKBOX",
            options=[{"value": "Recolección"}, {"value": "Cambio"}, {"isOther": True}],
        ),
        question("Provincia", "choiceQuestion", **choices("Panamá", "Colón", "Chiriquí", kind="DROP_DOWN")),
        question("Comentarios", "textQuestion", paragraph=True),
        question("Urgencia", "scaleQuestion", low=1, high=5, lowLabel="Puede esperar", highLabel="Es urgente"),
        question("Satisfacción", "ratingQuestion", ratingScaleLevel=5, iconType="STAR"),
        question("Hora de apertura", "timeQuestion"),
        question("Aniversario", "dateQuestion"),
        question("Duración de la carga", "timeQuestion", duration=True),
        {
            "title": "Horario de recolección",
            "questionGroupItem": {
                "questions": [{"rowQuestion": {"title": day}} for day in ("Lunes", "Miércoles", "Viernes")],
                "grid": {"columns": {"type": "RADIO", "options": [{"value": "Mañana"}, {"value": "Tarde"}]}},
            },
        },
        {
            "title": "Aviso de privacidad",
            "description": "Ley 81 de 2019: los datos se usan solo para el servicio.",
            "textItem": {},
        },
    ]
    requests: list[dict[str, Any]] = [{"updateFormInfo": {"info": {"description": about}, "updateMask": "description"}}]
    requests += [{"createItem": {"item": item, "location": {"index": place}}} for place, item in enumerate(items)]
    forms.forms().batchUpdate(formId=form, body={"requests": requests}).execute()
    whole = forms.forms().get(formId=form).execute()
    branch = whole["items"][1]
    branch["questionItem"]["question"]["choiceQuestion"]["options"] = [
        {"value": "Natural", "goToSectionId": "0000aaaa"},
        {"value": "Jurídica", "goToSectionId": "0000bbbb"},
    ]
    # Whoever is a natural person does not pass the section for companies.
    skip = question(
        "¿Es contribuyente?",
        "choiceQuestion",
        True,
        type="RADIO",
        options=[{"value": "Sí", "goToSectionId": "0000cccc"}, {"value": "No", "goToSectionId": "0000cccc"}],
    )
    more = [
        {"updateItem": {"item": branch, "location": {"index": 1}, "updateMask": "questionItem.question.choiceQuestion.options"}},
        {"createItem": {"item": skip, "location": {"index": 5}}},
    ]
    forms.forms().batchUpdate(formId=form, body={"requests": more}).execute()
    whole = forms.forms().get(formId=form).execute()
    questions = {
        item["title"]: item["questionItem"]["question"]["questionId"] for item in whole["items"] if "questionItem" in item
    }
    return form, str(whole["responderUri"]).split("/d/e/")[1].split("/")[0], questions


def mails(scene: Scene) -> None:
    """A mail to an area with button, script and links of Google's shape; one to the client with an attachment."""
    sheet = f"https://docs.google.com/spreadsheets/d/{scene.sheet}/edit#gid=0"
    form = f"https://docs.google.com/forms/d/e/{scene.public}/viewform?usp=pp_url"
    form += f"&{scene.entry('Nombre del cliente')}=Ferreter%C3%ADa+El+Roble"
    button = "background:#12304A;color:#fff;padding:12px 20px;border-radius:6px;text-decoration:none"
    html = f"""<div style="max-width:600px">
<h2 style="color:#12304A">Confirme las medidas de seguridad antes del viernes 27 de noviembre</h2>
<p><a href="{sheet}" style="{button}">Abrir la hoja de control</a></p>
<table><tr><td>Cliente</td><td><b>Ferretería El Roble, S.A.</b></td></tr><tr><td>Código</td><td>D-1042</td></tr></table>
<p>Si un dato está mal, <a href="{form}">corríjalo aquí</a>.</p>
<script>parent.document.title='roto'</script><img src="http://example.invalid/x.png"></div>"""
    post(
        scene.emulator,
        "notificaciones",
        address("seguridad"),
        "Ferretería El Roble: confirme su parte",
        f"Confirme su parte:\n{sheet}\n",
        html,
    )
    attached = ("Bienvenida.pdf", "application/pdf", PDF)
    text = "Estimado cliente:\n\nLe damos la bienvenida. Para un cambio escriba a servicio.\n"
    post(scene.emulator, "bienvenida", CLIENT, "Bienvenidos a Blindados Demo", text, f"<p>{text}</p>", attached)


def post(
    emulator: Emulator, sender: str, to: str, subject: str, text: str, html: str, attached: tuple[str, str, bytes] | None = None
) -> None:
    """Send a mail through the Gmail API."""
    mail = EmailMessage()
    mail["To"], mail["Subject"] = to, subject
    mail.set_content(text)
    mail.add_alternative(html, subtype="html")
    if attached:
        name, kind, data = attached
        mail.add_attachment(data, maintype=kind.split("/")[0], subtype=kind.split("/")[1], filename=name)
    raw = base64.urlsafe_b64encode(mail.as_bytes()).decode()
    emulator.service("gmail", "v1", address(sender)).users().messages().send(userId="me", body={"raw": raw}).execute()
