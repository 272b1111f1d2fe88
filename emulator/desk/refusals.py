"""A refusal of the API in words for the person who met it. Google's own words stay beside it as the detail."""

from __future__ import annotations

from emulator.kernel import ApiError

_BY_REASON = {
    "insufficientFilePermissions": (
        "No tiene permiso",
        "Puede ver este elemento, pero su acceso no alcanza para hacer esto. Google también lo impediría.",
    ),
    "cannotModifyRestrictedContent": (
        "Archivo bloqueado",
        "El archivo está bloqueado: su contenido y su nombre no se pueden cambiar.",
    ),
    "protected": (
        "Celda protegida",
        "Intenta editar una celda o un objeto protegidos. Comuníquese con quien administra la hoja si necesita editarla.",
    ),
    "storageQuotaExceeded": ("Sin espacio", "Esta cuenta no tiene espacio propio: use una unidad compartida."),
    "parentNotAFolder": ("No es una carpeta", "El lugar elegido no es una carpeta."),
    "cannotDownloadFile": ("Descarga impedida", "Quien administra el archivo impide que los lectores lo descarguen."),
    "fileNotDownloadable": ("Sin contenido propio", "Los archivos de Google se exportan; no tienen bytes que descargar."),
}
_BY_CODE = {
    400: ("No se pudo hacer", "Lo que se pidió no es válido."),
    401: ("Elija quién es", "Esta cuenta no puede entrar."),
    403: ("No tiene acceso", "Con esta cuenta no se puede ver ni hacer esto. Google también lo impediría."),
    404: ("No lo encontramos", "No existe, o no se ha compartido con esta cuenta."),
}


def reason_text(refusal: ApiError) -> tuple[str, str, str]:
    """Title, explanation and Google's own words."""
    if refusal.reason == "validation":
        return "Dato no permitido", refusal.message, ""
    title, text = _BY_REASON.get(refusal.reason) or _BY_CODE.get(refusal.code) or ("No se pudo hacer", "Google lo rechazó.")
    return title, text, f"{refusal.code} {refusal.reason or refusal.status or ''} · {refusal.message}".replace("  ", " ")
