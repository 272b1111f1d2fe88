"""What an installation decides, read once from environment variables; nothing else in the code reads the environment.

Each field names its variable and says in Spanish what to write there: the administrator's reference page is made from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

from expediente.errors import ConfigurationError
from expediente.google.clients import IAP_ISSUER, IAP_KEYS_URL

_SECRET_BYTES = 32
_ADDRESS = re.compile(r"[^@\s,|]+@[^@\s,|]+\.[^@\s,|]+")


class _Wrong(ValueError):
    """What a variable should hold, in Spanish."""


def _text(value: str) -> str:
    return value


def _address(value: str) -> str:
    if value and not _ADDRESS.fullmatch(value):
        raise _Wrong("una dirección de correo, como robot@empresa.com")
    return value.lower()


def _addresses(value: str) -> tuple[str, ...]:
    return tuple(_address(part.strip()) for part in value.split(",") if part.strip())


def _url(value: str) -> str:
    if value and not re.match(r"https?://[^\s/]+", value):
        raise _Wrong("una dirección que empiece por http:// o https://")
    return value.rstrip("/")


def _clock(value: str) -> str:
    return value if value == "system" else _url(value)


def _topic(value: str) -> str:
    if value and not re.fullmatch(r"(projects/[^/\s]+/topics/)?[A-Za-z][A-Za-z0-9._~+%-]{2,254}", value):
        raise _Wrong("el nombre de un tema de Pub/Sub, como `work` o `projects/mi-proyecto/topics/work`")
    return value


def _flag(value: str) -> bool:
    if value.lower() not in ("", "0", "1", "no", "si", "sí", "true", "false"):
        raise _Wrong("1 o 0")
    return value.lower() in ("1", "si", "sí", "true")


def _folder(value: str) -> Path | None:
    if value and not Path(value).is_dir():
        raise _Wrong("una carpeta que exista")
    return Path(value) if value else None


def _secret(value: str) -> str:
    if value and not re.fullmatch(r"(env:[A-Za-z_]\w*|file:\S.*)", value):
        raise _Wrong("dónde está el secreto, no el secreto: `file:/ruta` o `env:NOMBRE`")
    return value


def _one_of(*allowed: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in allowed:
            raise _Wrong("uno de: " + ", ".join(allowed))
        return value

    return read


def _variable(name: str, read: Callable[[str], Any], explains: str) -> dict[str, Any]:
    """What is known of the variable `EXPEDIENTE_<name>`; a field without a default needs it."""
    return {"variable": f"EXPEDIENTE_{name}", "read": read, "explains": explains}


@dataclass(frozen=True)
class Settings:
    """The settings of one process. Addresses are lower case, topics complete names, URLs without a final slash."""

    project_id: str = field(metadata=_variable("PROJECT_ID", _text, "Identificador del proyecto de Google Cloud."))
    service_account: str = field(
        metadata=_variable("SERVICE_ACCOUNT", _address, "Dirección de la cuenta de servicio con la que se trabaja.")
    )
    impersonate: bool = field(
        default=False,
        metadata=_variable(
            "IMPERSONATE", _flag, "1 cuando un administrador ejecuta órdenes desde su equipo y actúa como la cuenta de servicio."
        ),
    )
    forms_owner: str = field(
        default="",
        metadata=_variable("FORMS_OWNER", _address, "Usuario dueño de los formularios, en cuyo nombre se leen sus respuestas."),
    )
    senders: tuple[str, ...] = field(
        default=(),
        metadata=_variable(
            "SENDERS", _addresses, "Direcciones desde las que este proceso puede enviar correo, separadas por comas."
        ),
    )
    workspace_url: str = field(
        default="",
        metadata=_variable(
            "WORKSPACE_URL", _url, "Dirección del Workspace local; vacío para el verdadero. Nunca se escribe en la nube."
        ),
    )
    storage_url: str = field(
        default="", metadata=_variable("STORAGE_URL", _url, "Dirección del almacén local de objetos; vacío para el de Google.")
    )
    store_kind: str = field(
        default="firestore", metadata=_variable("STORE", _one_of("firestore", "sqlite"), "Dónde se guardan los expedientes.")
    )
    store_path: str = field(
        default="", metadata=_variable("STORE_PATH", _text, "Archivo de la base de datos; solo con `sqlite`.")
    )
    clock: str = field(
        default="system", metadata=_variable("CLOCK", _clock, "`system`, o la dirección del reloj de un Workspace local.")
    )
    work_topic: str = field(
        default="work", metadata=_variable("WORK_TOPIC", _topic, "Tema de Pub/Sub que pide mirar un expediente.")
    )
    mail_topic: str = field(
        default="mail", metadata=_variable("MAIL_TOPIC", _topic, "Tema de Pub/Sub que pide enviar el correo de un remitente.")
    )
    forms_topic: str = field(
        default="forms", metadata=_variable("FORMS_TOPIC", _topic, "Tema de Pub/Sub donde Google avisa de respuestas.")
    )
    archive_bucket: str = field(
        default="", metadata=_variable("ARCHIVE_BUCKET", _text, "Depósito con retención donde se guardan las evidencias.")
    )
    staging_bucket: str = field(
        default="",
        metadata=_variable(
            "STAGING_BUCKET",
            _text,
            "Depósito donde esperan los archivos entregados por la página hasta pasar a Drive; vacío para entregar solo por Drive.",
        ),
    )
    page_url: str = field(default="", metadata=_variable("PAGE_URL", _url, "Dirección pública de la página de confirmación."))
    page_audience: str = field(
        default="",
        metadata=_variable(
            "PAGE_AUDIENCE", _text, "Destinatario de las firmas del proxy: /projects/NÚMERO/locations/REGIÓN/services/SERVICIO."
        ),
    )
    page_issuer: str = field(default=IAP_ISSUER, metadata=_variable("PAGE_ISSUER", _text, "Quién firma por el proxy."))
    page_keys_url: str = field(
        default=IAP_KEYS_URL, metadata=_variable("PAGE_KEYS_URL", _url, "Dirección de las llaves públicas del proxy.")
    )
    csrf_secret: str = field(
        default="",
        metadata=_variable(
            "CSRF_SECRET", _secret, "Dónde está el secreto de los formularios de la página: `file:/ruta` o `env:NOMBRE`."
        ),
    )
    portal_url: str = field(default="", metadata=_variable("PORTAL_URL", _url, "Dirección pública del portal de clientes."))
    portal_secret: str = field(
        default="",
        metadata=_variable(
            "PORTAL_SECRET", _secret, "Dónde está el secreto de las sesiones del portal: `file:/ruta` o `env:NOMBRE`."
        ),
    )
    client_bucket: str = field(
        default="",
        metadata=_variable("CLIENT_BUCKET", _text, "Depósito con las facturas en PDF y XML que el portal entrega a su cliente."),
    )
    gateway_url: str = field(
        default="",
        metadata=_variable("GATEWAY_URL", _url, "Dirección de la pasarela de pruebas; vacío donde se cobra de verdad."),
    )
    gateway_secret: str = field(
        default="",
        metadata=_variable(
            "GATEWAY_SECRET", _secret, "Dónde está el secreto de la pasarela de pruebas: `file:/ruta` o `env:NOMBRE`."
        ),
    )
    yappy_merchant: str = field(
        default="", metadata=_variable("YAPPY_MERCHANT", _text, "Yappy: ID del comercio; vacío si no se cobra con Yappy.")
    )
    yappy_secret: str = field(
        default="",
        metadata=_variable(
            "YAPPY_SECRET", _secret, "Yappy: dónde está la clave secreta, tal como la dio: `file:/ruta` o `env:NOMBRE`."
        ),
    )
    wompi_public_key: str = field(
        default="",
        metadata=_variable("WOMPI_PUBLIC_KEY", _text, "Wompi: llave pública del comercio; vacío si no se cobra con Wompi."),
    )
    wompi_integrity: str = field(
        default="",
        metadata=_variable(
            "WOMPI_INTEGRITY", _secret, "Wompi: dónde está el secreto de integridad: `file:/ruta` o `env:NOMBRE`."
        ),
    )
    wompi_events: str = field(
        default="",
        metadata=_variable("WOMPI_EVENTS", _secret, "Wompi: dónde está el secreto de eventos: `file:/ruta` o `env:NOMBRE`."),
    )
    wompi_private: str = field(
        default="",
        metadata=_variable(
            "WOMPI_PRIVATE",
            _secret,
            "Wompi: dónde está la llave privada, con la que se pregunta por pagos: `file:/ruta` o `env:NOMBRE`.",
        ),
    )
    log_level: str = field(
        default="INFO", metadata=_variable("LOG_LEVEL", _one_of("DEBUG", "INFO", "WARNING", "ERROR"), "Detalle del registro.")
    )
    quota_profile: str = field(
        default="2026",
        metadata=_variable(
            "QUOTA_PROFILE",
            _one_of("2026", "older", "off"),
            "Cuotas de Google que se respetan: `2026` (proyectos desde mayo de 2026), `older` u `off`.",
        ),
    )
    process_root: Path | None = field(
        default=None,
        metadata=_variable(
            "PROCESS_ROOT",
            _folder,
            "Carpeta que contiene process/, forms/ y sheets_templates/; vacío para la que vino con el código.",
        ),
    )

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read the settings.

        :raises ConfigurationError: names every variable that is missing, wrong or unknown, at once, in Spanish.
        """
        values: dict[str, Any] = {}
        problems: list[str] = []
        for item in fields(cls):
            variable, written = item.metadata["variable"], environ.get(item.metadata["variable"], "").strip()
            try:
                if written:
                    values[item.name] = item.metadata["read"](written)
                elif item.default is MISSING:
                    problems.append(f"falta {variable}: {item.metadata['explains']}")
            except _Wrong as error:
                told = "" if item.metadata["read"] is _secret else f"se escribió «{written}» y "
                problems.append(f"{variable}: {told}se espera {error}")
        problems += _unknown(environ)
        if values.get("store_kind") == "sqlite" and not values.get("store_path"):
            problems.append("falta EXPEDIENTE_STORE_PATH: con `sqlite` hay que decir en qué archivo")
        if values.get("storage_url") and not values.get("workspace_url"):
            problems.append("EXPEDIENTE_STORAGE_URL solo va junto a EXPEDIENTE_WORKSPACE_URL")
        if problems:
            remedy = "Corrija estas variables de entorno y vuelva a empezar; el manual del administrador explica cada una."
            raise ConfigurationError("variables de entorno", "; ".join(problems), remedy)
        return cls(**values)

    def __post_init__(self) -> None:
        """Complete the names of topics with the project."""
        for name in ("work_topic", "mail_topic", "forms_topic"):
            topic = getattr(self, name)
            if topic and "/" not in topic:
                object.__setattr__(self, name, f"projects/{self.project_id}/topics/{topic}")

    def need(self, *names: str) -> None:
        """Check that these fields, optional elsewhere, are set. :raises ConfigurationError: names every empty one at once."""
        known = {item.name: item.metadata for item in fields(self)}
        missing = [known[name] for name in names if not getattr(self, name)]
        if missing:
            problem = "; ".join(f"falta {data['variable']}: {data['explains']}" for data in missing)
            raise ConfigurationError("variables de entorno", problem, "Escríbalas donde se despliega esta función.")

    def read_secret(self, name: str, environ: Mapping[str, str]) -> bytes:
        """The secret that a field such as `csrf_secret` points to.

        :raises ConfigurationError: the field is empty, or what it points to is missing or shorter than 32 bytes.
        """
        self.need(name)
        kind, _, place = str(getattr(self, name)).partition(":")
        try:
            secret = environ.get(place, "").encode() if kind == "env" else Path(place).read_bytes().strip()
        except OSError:
            secret = b""
        if len(secret) < _SECRET_BYTES:
            remedy = f"Guarde ahí al menos {_SECRET_BYTES} caracteres al azar."
            raise ConfigurationError(f"EXPEDIENTE_{name.upper()}", f"en {kind}:{place} no hay un secreto suficiente", remedy)
        return secret


def _unknown(environ: Mapping[str, str]) -> list[str]:
    """A sentence for each EXPEDIENTE_ variable that no field reads: most likely misspelt. TEST_ ones belong to the suites."""
    known = {item.metadata["variable"] for item in fields(Settings)}
    ours = [name for name in environ if name.startswith("EXPEDIENTE_") and not name.startswith("EXPEDIENTE_TEST_")]
    secrets = {value.removeprefix("env:") for value in environ.values() if value.startswith("env:")}
    return [f"{name} no es una variable conocida" for name in sorted(ours) if name not in known | secrets]
