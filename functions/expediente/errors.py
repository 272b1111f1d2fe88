"""Every error that Expediente raises on purpose. Three questions split the tree: whose fault, may a retry help, whom do we tell.

ExpedienteError
├── DataError            what a person wrote; told to that person in Spanish; never retried
├── ConfigurationError   process/, settings or rights are wrong; told to the administrator; never retried
├── ConflictError        a record changed under us; read again and retry at once
├── LeaseLostError       another worker holds the dossier; stop, write nothing
└── GoogleError          a call to Google failed
    ├── RetryLaterError  quota, rate, outage: try again after `after_seconds`
    ├── DoubtfulError    no answer: the effect may or may not have happened; settle by a read
    ├── NotFoundError    missing, or not visible to us
    ├── AlreadyExistsError
    └── RefusedError     Google will keep refusing: rights, policy, bad request
"""

from __future__ import annotations


class ExpedienteError(Exception):
    """Base of the tree; the message ends with the way out."""


class DataError(ExpedienteError):
    """What a person wrote cannot be used. Example: `DataError("RUC", "12-3", "provincia-tomo-asiento", "8-123-456")`."""

    def __init__(self, field: str, written: str, expected: str, example: str = "") -> None:
        self.field, self.written, self.expected, self.example = field, written, expected, example
        hint = f" Ejemplo: {example}." if example else ""
        super().__init__(f"{field}: se escribió «{written}» y se espera {expected}.{hint}")


class ConfigurationError(ExpedienteError):
    """The process tables, the settings or the rights are wrong. Example: a mail names a sender that company.yaml lacks."""

    def __init__(self, where: str, problem: str, remedy: str) -> None:
        self.where, self.problem, self.remedy = where, problem, remedy
        super().__init__(f"{where}: {problem}. {remedy}")


class ConflictError(ExpedienteError):
    """A conditional write found another version. Example: two workers fold the same inbox."""

    def __init__(self, kind: str, key: str) -> None:
        self.kind, self.key = kind, key
        super().__init__(f"{kind}/{key} has changed or exists; read it again and retry")


class LeaseLostError(ExpedienteError):
    """Another worker has taken the dossier over; this one must stop and write nothing."""

    def __init__(self, dossier_id: str) -> None:
        super().__init__(f"the lease of {dossier_id} is no longer ours; the new holder continues")


class GoogleError(ExpedienteError):
    """A call to Google did not succeed. method: official id (`drive.files.create`); reason: Google's reason code.

    The message never repeats what was sent: only method, status, reason and Google's own sentence without quoted data.
    """

    def __init__(self, method: str, status: int, reason: str, message: str = "") -> None:
        self.method, self.status, self.reason = method, status, reason
        super().__init__(f"{method} answered {status} {reason}: {message}" if message else f"{method} answered {status} {reason}")


class RetryLaterError(GoogleError):
    """Too fast, out of quota, or Google is down. after_seconds: what Google asked for, or our back-off."""

    def __init__(self, method: str, status: int, reason: str, after_seconds: float) -> None:
        self.after_seconds = after_seconds
        super().__init__(method, status, reason)


class DoubtfulError(GoogleError):
    """The connection broke or an answer was cut, or a 5xx came: whether the effect happened is unknown until it is read."""


class NotFoundError(GoogleError):
    """The thing is not there, or we may not see it."""


class AlreadyExistsError(GoogleError):
    """An identity that we gave is taken: our own earlier attempt, most likely."""


class RefusedError(GoogleError):
    """Google refuses and will refuse again: rights, policy, malformed request."""
