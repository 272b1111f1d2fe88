"""The same work as the tutorials of gspread and google-api-python-client do it: one call after the other, where it is needed.

It keeps no record of what it has done, so it may do things twice, and nobody can tell; it is here to be measured against.
"""

from __future__ import annotations

import base64
import io
import json
from email.message import EmailMessage
from typing import Any

import gspread
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build_from_document
from googleapiclient.discovery_cache import get_static_doc
from googleapiclient.http import MediaIoBaseUpload

from tests.harness import CUMPLIMIENTO, DOMAIN, ENCARGADO, FOLDER, FORMS_OWNER, SENDERS, person
from tests.local_workspace import SERVICE_ACCOUNT

AREAS = ("servicio_al_cliente", "operaciones", "seguridad")
STATES = ["Pendiente", "Verificado", "Devuelto"]
REASONS = ["Ilegible", "Vencido", "Falta firma", "Falta página", "No corresponde", "Otro"]


class _Transport(gspread.http_client.HTTPClient):  # type: ignore[misc]
    base_url = ""

    def request(self, method: str, endpoint: str, *rest: Any, **more: Any) -> Any:
        """Send one request to the local Workspace instead of Google."""
        for host in ("https://sheets.googleapis.com", "https://www.googleapis.com"):
            endpoint = self.base_url + endpoint[len(host) :] if endpoint.startswith(host) else endpoint
        return super().request(method, endpoint, *rest, **more)


class Naive:
    """The script. url: of the local Workspace; form_id, parent_id, compliance_drive_id: what set-up has made."""

    def __init__(self, url: str, form_id: str, parent_id: str, compliance_drive_id: str) -> None:
        self.url, self.form_id, self.parent_id, self.compliance_drive_id = url, form_id, parent_id, compliance_drive_id
        transport = type("Local", (_Transport,), {"base_url": url})
        self.gspread = gspread.Client(auth=Credentials(token=f"local:{SERVICE_ACCOUNT}"), http_client=transport)
        self.drive = self._service("drive", "v3", SERVICE_ACCOUNT)
        self.forms = self._service("forms", "v1", FORMS_OWNER)
        self.gmail = self._service("gmail", "v1", SENDERS[0])

    def _service(self, api: str, version: str, who: str) -> Any:
        document = json.loads(get_static_doc(api, version))
        document["rootUrl"] = self.url + "/"
        document.pop("mtlsRootUrl", None)
        return build_from_document(document, credentials=Credentials(token=f"local:{who}"))

    def close(self) -> None:
        """Let go of the connections."""
        for service in (self.drive, self.forms, self.gmail):
            service.close()
        self.gspread.http_client.session.close()

    # --- intake --------------------------------------------------------------------------------------------------------------

    def intake(self, client: str, papers: list[str], vendedora: str) -> None:
        """A response has come: folders, grants, workbook, four mails."""
        self.forms.forms().responses().list(formId=self.form_id).execute()
        root = self._folder(client, self.parent_id)
        delivery = self._folder("00 Entregar aquí", root, limited=True)
        legal = self._folder("01 Legal", root, limited=True)
        security = self._folder("03 Seguridad", root, limited=True)
        self._folder(client, self.compliance_drive_id)
        self._share(delivery, "expedientes", "writer")
        self._share(delivery, vendedora, "writer")
        self._share(legal, "expedientes", "writer")
        self._share(legal, "cumplimiento", "reader")
        self._share(security, "seguridad", "writer")
        self._share(security, "operaciones", "reader")
        self._share(security, "expedientes", "reader")
        self._documents(client, papers, legal)
        for name, folder in (("Orden de Trabajo", delivery), ("Contrato", legal), ("Conozca", legal), ("Accionistas", legal)):
            self._keep(f"{name}.pdf", folder)
        for who in (vendedora, person("servicio"), person("seguridad"), CUMPLIMIENTO):
            self._mail(who, client)

    def _folder(self, name: str, parent: str, *, limited: bool = False) -> str:
        body = {"name": name, "mimeType": FOLDER, "parents": [parent], "inheritedPermissionsDisabled": limited}
        return str(self.drive.files().create(body=body, fields="id", supportsAllDrives=True).execute()["id"])

    def _keep(self, name: str, parent: str) -> None:
        media = MediaIoBaseUpload(io.BytesIO(b"%PDF-1.4 x"), "application/pdf")
        create = self.drive.files().create
        create(body={"name": name, "parents": [parent]}, media_body=media, fields="id", supportsAllDrives=True).execute()

    def _share(self, file_id: str, who: str, role: str) -> None:
        kind, address = ("user", who) if "@" in who else ("group", f"{who}@{DOMAIN}")
        body = {"type": kind, "role": role, "emailAddress": address}
        create = self.drive.permissions().create
        create(fileId=file_id, body=body, sendNotificationEmail=False, supportsAllDrives=True).execute()

    def _documents(self, client: str, papers: list[str], folder_id: str) -> None:
        book = self.gspread.create(f"Documentos {client}", folder_id=folder_id)
        sheet = book.sheet1
        sheet.update_title("Expediente")
        sheet.update([["Código Denarius"], ["Ubicación física"], ["Recibí el expediente"]], "A1")
        sheet.update([["Papel", "De quién", "Estado", "Motivo", "Detalle", "Emitido", "Vence"]], "A5")
        sheet.update([[paper, "", "Pendiente"] for paper in papers], "A6")
        sheet.format("A5:G5", {"textFormat": {"bold": True}})
        sheet.freeze(rows=5)
        last = 5 + len(papers)
        sheet.add_validation(f"C6:C{last}", gspread.utils.ValidationConditionType.one_of_list, STATES)
        sheet.add_validation(f"D6:D{last}", gspread.utils.ValidationConditionType.one_of_list, REASONS)
        sheet.add_validation("B3", gspread.utils.ValidationConditionType.boolean, [])
        sheet.add_protected_range(f"A5:B{last}", [SERVICE_ACCOUNT])
        files = book.add_worksheet("Archivos", rows=100, cols=6)
        files.update([["Archivo", "Entregado por", "Fecha", "Es el papel"]], "A1")
        files.format("A1:D1", {"textFormat": {"bold": True}})
        files.add_validation("D2:D100", gspread.utils.ValidationConditionType.one_of_list, papers)

    def _mail(self, who: str, client: str) -> None:
        mail = EmailMessage()
        mail["To"], mail["From"], mail["Subject"] = who, SENDERS[0], f"Expediente de {client}"
        mail.set_content("Hay un expediente nuevo.")
        raw = base64.urlsafe_b64encode(mail.as_bytes()).decode()
        self.gmail.users().messages().send(userId="me", body={"raw": raw}).execute()

    # --- hand-over -----------------------------------------------------------------------------------------------------------

    def hand_over(self, book_id: str, root: str, client: str, marks: dict[str, list[str]]) -> None:
        """The code was entered: read the workbook, make the control sheet with a column per area, share it, four mails."""
        rows = self.gspread.open_by_key(book_id).worksheet("Expediente").get_all_values()
        assert any("Verificado" in row for row in rows)
        home = self._folder("04 Hojas de control", root)
        book = self.gspread.create(f"Hoja de control {client}", folder_id=home)
        sheet = book.sheet1
        sheet.update_title("Control")
        sheet.update([["Área", *AREAS]], "A1")
        sheet.update([["Detalles de servicio"], ["Contacto"], ["Insumos"], ["Frecuencias"], ["Observaciones"]], "A2")
        boxes = sorted({mark for wanted in marks.values() for mark in wanted})
        sheet.update([[mark] for mark in boxes], "A8")
        sheet.format("A1:D1", {"textFormat": {"bold": True}})
        sheet.freeze(rows=1, cols=1)
        last = 7 + len(boxes)
        for area, column in zip(AREAS, "BCD", strict=True):
            sheet.add_validation(f"{column}8:{column}{last}", gspread.utils.ValidationConditionType.boolean, [])
            names = [person(area), person(area).replace("uno", "dos")]
            sheet.add_validation(f"{column}{last + 2}", gspread.utils.ValidationConditionType.one_of_list, names)
            sheet.add_protected_range(f"{column}1:{column}{last + 3}", [person(area), SERVICE_ACCOUNT])
        self._share(book.id, "areas.control", "writer")
        for who in (*(person(area) for area in AREAS), ENCARGADO):
            self._mail(who, client)
