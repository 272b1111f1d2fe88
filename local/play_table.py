"""The words of a case file that `play` knows: keys and actions that later issues bring, and what stands for what."""

from __future__ import annotations

from collections.abc import Iterator

# What a check gives: how what came of a case differs from what it expects, in Spanish.
Differences = Iterator[str]

# Of these only the data of the base are taken, as the header of the file of cases says; the others begin from the active base.
DATA_ONLY = frozenset(("C10", "C19", "C25"))

# Actions that only an active client asks for: before them the happy path is played, as where there are no events.
OF_ACTIVE = frozenset(("solicitar_cambio",))

# Keys of a case that describe it or feed it.
CASE_KEYS = frozenset(
    (
        *("id", "titulo", "ficticio", "etiquetas", "nota", "base", "enviado_en", "vendedora", "cliente", "representante_legal"),
        *("accionistas", "orden_trabajo", "documentos", "eventos", "envios", "fallos", "esperado", "reloj", "hoja_actual"),
    )
)

# Keys of cases, of `esperado` and of `listas`, and actions of events, that an open issue names as its work.
LATER: dict[str, str] = {
    # automatic screening, exposed persons
    **dict.fromkeys(
        ("coincidencias", "dictaminar_coincidencia", "nombres_a_consultar_en_listas"), "consulta automática de listas"
    ),
    **dict.fromkeys(
        ("bloquea_activacion_hasta", "detalle_visible_para", "solo_estado_para", "oculto_para", "texto_para_vendedora"),
        "consulta automática de listas",
    ),
    "estado_intermedio": "consulta automática de listas",
    **dict.fromkeys(
        ("riesgo", "pep_vigente_en_fecha_de_envio", "pep_deja_de_contar", "revision_periodica_meses"), "personas expuestas"
    ),
}

# What a file of cases may hold beside its cases; `cartera` is played in the portal.
FILE_KEYS = frozenset(
    (
        "version",
        "ficticio",
        "zona_horaria",
        "moneda",
        "catalogos",
        "personal",
        "ruc_ejemplos",
        "listas_ficticias",
        "casos",
        "cartera",
    )
)

# A mail of a case -> kind of process/mails, where the names differ.
MAILS = {"solicitud_documentos_vendedora": "recibo_vendedora", "solicitud_correccion_vendedora": "correccion"}

# A fault of a case -> the method of Google's that fails. Gmail cannot tell one area's mail from another: the first that leaves is hit.
FAULTS = {
    "crear_carpeta": "drive.files.create",
    "crear_hoja_control": "drive.files.create",
    "construir_hoja_control": "sheets.spreadsheets.batchUpdate",
    "dar_permiso": "drive.permissions.create",
}
MAIL_FAULT = "enviar_correo_"
MAIL_METHOD = "gmail.users.drafts.send"

# Final state of a case -> state of the dossier in `expediente status`; '' = there is none.
STATES = {
    "rechazado_por_validacion": "",
    "incompleto": "collecting",
    "en_revision_cumplimiento": "collecting",
    "rechazado_por_cumplimiento": "collecting",
    "en_proceso": "confirming",
    "activo": "active",
    "cancelado_archivado": "archived",
}
