"""A refusal of the API in words for the person who met it. Google's own words stay beside it as the detail."""

from __future__ import annotations

from emulator.kernel import ApiError

_INHERITED = (
    "Acceso heredado",
    "Este acceso viene de una carpeta de arriba o de la unidad compartida: cámbielo allá, o limite el acceso de esta carpeta.",
)
_OUTSIDE = (
    "Fuera de la organización",
    "Esta unidad compartida no admite a personas de fuera de la organización. Pida a quien la administra que lo permita.",
)
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
    "parentNotAFolder": ("No es una carpeta", "El lugar elegido no es una carpeta. Elija una carpeta."),
    "cannotDownloadFile": ("Descarga impedida", "Quien administra el archivo impide que los lectores lo descarguen."),
    "fileNotDownloadable": ("Sin contenido propio", "Los archivos de Google se exportan; no tienen bytes que descargar."),
    "fileNotExportable": ("No se puede exportar", "Este archivo no es de Google: descárguelo tal cual."),
    "exportSizeLimitExceeded": ("Demasiado grande", "El archivo es demasiado grande para exportarlo."),
    "revisionsNotSupported": ("Sin versiones", "Este tipo de archivo no guarda versiones."),
    "cannotModifyInheritedTeamDrivePermission": _INHERITED,
    "cannotModifyInheritedPermission": _INHERITED,
    "organizerOnNonTeamDriveItemNotSupported": (
        "Ese rol es de la unidad",
        "«Administrador» se da en la unidad compartida misma, no en una carpeta ni en un archivo.",
    ),
    "fileOrganizerOnFoldersInSharedDriveOnly": (
        "Ese rol es de carpetas",
        "«Administrador de contenido» se da en carpetas y en la unidad, no en un archivo.",
    ),
    "expirationDatesMustBeInTheFuture": ("Fecha pasada", "El último día de acceso debe estar en el futuro."),
    "cannotSetExpiration": (
        "No puede vencer así",
        "En una carpeta solo el rol Lector puede vencer, y ningún acceso vence a más de un año.",
    ),
    "cannotSetExpirationOnAnyoneOrDomain": ("No puede vencer", "Solo vence el acceso de personas y grupos."),
    "expirationDateNotAllowedForSharedDriveMembers": (
        "No puede vencer",
        "El acceso de un miembro de la unidad compartida no vence. Dé acceso a una carpeta o un archivo.",
    ),
    "cannotShareTeamDriveTopFolderWithAnyoneOrDomains": (
        "Solo personas y grupos",
        "De una unidad compartida son miembros personas o grupos, nunca toda la empresa ni cualquiera.",
    ),
    "cannotRemoveOwner": ("Es el propietario", "El propietario ya tiene todo el acceso; no se le puede dar otro rol."),
    "ownerOnTeamDriveItemNotSupported": ("Sin propietario", "En una unidad compartida los archivos son de la unidad."),
    "invalidSharingRequest": (
        "No se pudo avisar",
        "Esa dirección no tiene cuenta de Google o el correo de aviso no se pudo enviar. Revise la dirección.",
    ),
    "teamDrivesFolderMoveInNotSupported": (
        "Las carpetas no se pasan",
        "Una carpeta de Mi unidad no se pasa a una unidad compartida. Cree la carpeta allá y pase los archivos.",
    ),
    "teamDriveHierarchyTooDeep": ("Demasiadas carpetas", "Hay demasiadas carpetas una dentro de otra."),
    "fileOwnerNotMemberOfTeamDrive": (
        "El propietario no es miembro",
        "El propietario del archivo no es miembro de la unidad de destino: pídale que lo mueva o que se haga miembro.",
    ),
    "cannotAddParent": ("Ya está en otra carpeta", "Un archivo está en una sola carpeta."),
    "cannotCopyFile": ("Copia impedida", "Quien administra el archivo impide copiarlo."),
}
_OUTSIDE_REASONS = frozenset(
    ("teamDriveDomainUsersOnlyRestriction", "teamDriveTeamMembersOnlyRestriction", "ownershipChangeAcrossDomainNotPermitted")
)
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
    if refusal.reason in _OUTSIDE_REASONS:
        return *_OUTSIDE, _own_words(refusal)
    title, text = _BY_REASON.get(refusal.reason) or _BY_CODE.get(refusal.code) or ("No se pudo hacer", "Google lo rechazó.")
    return title, text, _own_words(refusal)


def _own_words(refusal: ApiError) -> str:
    return f"{refusal.code} {refusal.reason or refusal.status or ''} · {refusal.message}".replace("  ", " ")
