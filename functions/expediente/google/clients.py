"""Google's clients: the only module that knows a host, an OAuth scope or how a credential is made.

Production and tests run the same code; a local Workspace is reached by rewriting `rootUrl` in the discovery documents that ship
with the client library (`api_endpoint` would leak batches and uploads to the real hosts).
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from functools import cached_property, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from expediente.errors import ConfigurationError
from expediente.google import calls
from expediente.google.quota import Quota

if TYPE_CHECKING:
    import urllib3
    from google.auth.credentials import Credentials

    from expediente.clock import Clock
    from expediente.settings import Settings

IAP_ISSUER = "https://cloud.google.com/iap"
IAP_KEYS_URL = "https://www.gstatic.com/iap/verify/public_key"

_AUTH = "https://www.googleapis.com/auth/"

# Below these levels the libraries write whole answers, with what people wrote in them, into the log.
for _noisy, _level in (("googleapiclient", logging.ERROR), ("google.auth", logging.WARNING), ("urllib3", logging.WARNING)):
    logging.getLogger(_noisy).setLevel(_level)


class Scopes:
    """What each identity may ask of Google: the one table. Domain-wide delegation in the admin console lists the same."""

    WORK = (_AUTH + "drive", _AUTH + "spreadsheets")
    FORMS = (_AUTH + "forms.responses.readonly",)
    FORMS_SETUP = (_AUTH + "forms.body", _AUTH + "drive.file")
    MAIL = (_AUTH + "gmail.compose",)
    MAIL_HEADERS = (_AUTH + "gmail.metadata",)
    PUBSUB = (_AUTH + "pubsub",)
    STORAGE = (_AUTH + "devstorage.read_write",)


# What a delegated subject may be asked for. A token for another person, or with another scope, is never minted.
DELEGATED = frozenset((Scopes.FORMS, Scopes.FORMS_SETUP, Scopes.MAIL, Scopes.MAIL_HEADERS))
_OF_SENDERS = (Scopes.MAIL, Scopes.MAIL_HEADERS)


def folder_link(file_id: str) -> str:
    """The address at which a person opens a Drive folder."""
    return f"https://drive.google.com/drive/folders/{file_id}"


def sheet_link(file_id: str, sheet_id: int | None = None) -> str:
    """The address at which a person opens a spreadsheet, or one tab of it."""
    return f"https://docs.google.com/spreadsheets/d/{file_id}/edit" + ("" if sheet_id is None else f"#gid={sheet_id}")


def file_link(file_id: str) -> str:
    """The address at which a person looks at an uploaded file."""
    return f"https://drive.google.com/file/d/{file_id}/view"


def form_link(form_id: str) -> str:
    """The address at which a person edits a form; where it is answered is the form's `responder_uri`."""
    return f"https://docs.google.com/forms/d/{form_id}/edit"


@lru_cache
def _document(api: str, version: str, base_url: str) -> dict[str, Any]:
    """Google's description of an API, pointed at `base_url` ('' = Google)."""
    text = import_module("googleapiclient.discovery_cache").get_static_doc(api, version)
    document: dict[str, Any] = json.loads(text)
    if base_url:
        document["rootUrl"] = base_url.rstrip("/") + "/"
        document.pop("mtlsRootUrl", None)
    return document


class Clients:
    """Makes credentials and keeps the clients of this process; safe to use from several threads."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._quota = Quota(clock, settings.quota_profile)
        self._kept: dict[tuple[tuple[str, ...], str], Resources] = {}
        self._lock = threading.Lock()

    def resources(self, scopes: tuple[str, ...], subject: str = "") -> Resources:
        """The kept resource objects of one identity. subject: '' = the service account itself.

        :raises ConfigurationError: the subject is not configured, or may not be asked for these scopes.
        """
        key = (scopes, subject.lower())
        with self._lock:
            if key not in self._kept:
                transport = import_module("expediente.google.transport")
                http = transport.OnceHttp(self._pool, self.credentials_for(scopes, subject))
                user = subject.lower() or self._settings.service_account
                self._kept[key] = Resources(lambda api, version: self.service(api, version, http), user, self._quota, self._clock)
            return self._kept[key]

    def service(self, api: str, version: str, http: Any) -> Any:
        """A client of one API over that transport, from the document in the package: nothing is fetched.

        :raises ConfigurationError: a local Workspace without a local object store; never the real one by mistake.
        """
        base_url = self._settings.workspace_url
        if api == "storage" and base_url:
            self._settings.need("storage_url")
            base_url = self._settings.storage_url
        build = import_module("googleapiclient.discovery").build_from_document
        return build(_document(api, version, base_url), http=http)

    def credentials_for(self, scopes: tuple[str, ...], subject: str = "") -> Credentials:
        """Credentials of the service account, or of a configured person in whose name it may act. No key exists anywhere.

        Local: a token that names address and scopes. Cloud: the runtime's account; for a subject, keyless domain-wide delegation.

        :raises ConfigurationError: the subject is not configured, may not be asked for these scopes, or there is no account.
        """
        self._check(scopes, subject)
        if self._settings.workspace_url:
            address = subject.lower() or self._settings.service_account
            token = f"local:{address}|{','.join(scopes)}"
            local: Credentials = import_module("google.oauth2.credentials").Credentials(token=token)
            return local
        if subject or self._settings.impersonate:
            # Neither with_scopes() nor with_quota_project() may ever be called on it: both lose the subject.
            delegated: Credentials = import_module("google.auth.impersonated_credentials").Credentials(
                source_credentials=_runtime_credentials((_AUTH + "cloud-platform",)),
                target_principal=self._settings.service_account,
                target_scopes=list(scopes),
                subject=subject or None,
            )
            return delegated
        return _runtime_credentials(scopes)

    @cached_property
    def _pool(self) -> urllib3.PoolManager:
        pool: urllib3.PoolManager = import_module("expediente.google.transport").new_pool()
        return pool

    def _check(self, scopes: tuple[str, ...], subject: str) -> None:
        if not subject:
            return
        owner, senders = self._settings.forms_owner, self._settings.senders
        allowed = senders if scopes in _OF_SENDERS else (owner,) if owner else ()
        if scopes not in DELEGATED or subject.lower() not in allowed:
            variable = "EXPEDIENTE_SENDERS" if scopes in _OF_SENDERS else "EXPEDIENTE_FORMS_OWNER"
            problem = f"no se puede actuar en nombre de {subject}"
            raise ConfigurationError(
                variable, problem, f"Añádala a {variable} solo si es un remitente o el dueño de los formularios."
            )


def _runtime_credentials(scopes: tuple[str, ...]) -> Credentials:
    auth = import_module("google.auth")
    try:
        found: Credentials = auth.default(scopes=list(scopes))[0]
    except auth.exceptions.DefaultCredentialsError as error:
        remedy = (
            "En la nube, dé a la función su cuenta de servicio; en un equipo, ejecute `gcloud auth application-default login`."
        )
        raise ConfigurationError("credenciales", "este proceso no tiene una cuenta de Google", remedy) from error
    return found


class Resources:
    """Resource objects of one identity, each made when first used and then kept: making one anew costs up to 15 ms a call."""

    def __init__(self, service: Callable[[str, str], Any], user: str, quota: Quota, clock: Clock) -> None:
        self._service, self.user, self._quota, self._clock = service, user, quota, clock

    def execute(self, request: Any) -> dict[str, Any]:
        """Ask the quota, send once, give the JSON answer.

        :raises GoogleError: as `calls.execute`; RetryLaterError (`local_bucket`) when the quota is spent, and nothing was sent.
        """
        self._quota.take(request.methodId, self.user)
        return calls.execute(request, self._clock.now)

    def fetch(self, request: Any) -> bytes:
        """As `execute`, for downloads and exports."""
        self._quota.take(request.methodId, self.user)
        return calls.fetch(request, self._clock.now)

    @cached_property
    def _drive(self) -> Any:
        return self._service("drive", "v3")

    @cached_property
    def _gmail(self) -> Any:
        return self._service("gmail", "v1").users()

    @cached_property
    def files(self) -> Any:
        """drive.files"""
        return self._drive.files()

    @cached_property
    def permissions(self) -> Any:
        """drive.permissions"""
        return self._drive.permissions()

    @cached_property
    def changes(self) -> Any:
        """drive.changes"""
        return self._drive.changes()

    @cached_property
    def revisions(self) -> Any:
        """drive.revisions"""
        return self._drive.revisions()

    @cached_property
    def drives(self) -> Any:
        """drive.drives"""
        return self._drive.drives()

    @cached_property
    def spreadsheets(self) -> Any:
        """sheets.spreadsheets"""
        return self._service("sheets", "v4").spreadsheets()

    @cached_property
    def values(self) -> Any:
        """sheets.spreadsheets.values"""
        return self.spreadsheets.values()

    @cached_property
    def metadata(self) -> Any:
        """sheets.spreadsheets.developerMetadata"""
        return self.spreadsheets.developerMetadata()

    @cached_property
    def forms(self) -> Any:
        """forms.forms"""
        return self._service("forms", "v1").forms()

    @cached_property
    def responses(self) -> Any:
        """forms.forms.responses"""
        return self.forms.responses()

    @cached_property
    def watches(self) -> Any:
        """forms.forms.watches"""
        return self.forms.watches()

    @cached_property
    def messages(self) -> Any:
        """gmail.users.messages"""
        return self._gmail.messages()

    @cached_property
    def drafts(self) -> Any:
        """gmail.users.drafts"""
        return self._gmail.drafts()

    @cached_property
    def topics(self) -> Any:
        """pubsub.projects.topics"""
        return self._service("pubsub", "v1").projects().topics()

    @cached_property
    def objects(self) -> Any:
        """storage.objects"""
        return self._service("storage", "v1").objects()
