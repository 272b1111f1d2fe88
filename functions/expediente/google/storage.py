"""Buckets: evidence is written once and never again, what people hand in waits until it lies in Drive.

Source: Cloud Storage JSON API v1, generation preconditions; "IAM permissions for JSON methods".
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from expediente.errors import AlreadyExistsError, NotFoundError, RefusedError

if TYPE_CHECKING:
    from expediente.google.clients import Resources

_CHUNK_BYTES = 8 * 1024 * 1024


class Storage:
    """Objects of Cloud Storage. Every method may raise a `GoogleError`."""

    def __init__(self, api: Resources) -> None:
        self._api = api

    def put_once(self, bucket: str, name: str, data: bytes, content_type: str) -> None:
        """Store an object that must not exist. The same bytes under the same name again are done already.

        crc32c goes along, so Google refuses bytes that were damaged on the way.

        :raises RefusedError: (412 `other_content`) the name holds something else; evidence is never replaced.
        """
        try:
            self._insert(bucket, name, data, content_type)
        except AlreadyExistsError as error:
            # 412 also answers a repeat of a call of ours whose answer was lost.
            if self.checksum(bucket, name) != crc32c(data):
                raise RefusedError(error.method, 412, "other_content", "the name holds something else") from error

    def put_first(self, bucket: str, name: str, data: bytes, content_type: str) -> bytes:
        """Store an object unless its name holds one already, and give what the name holds: of all attempts the first one counts."""
        try:
            self._insert(bucket, name, data, content_type)
        except AlreadyExistsError:
            return self.read(bucket, name)
        return data

    def stage(self, bucket: str, name: str, data: bytes, content_type: str) -> None:
        """Store an object whose name is made of its content: one that is there already is the same. Asks for no right but to create."""
        try:
            self._insert(bucket, name, data, content_type)
        except AlreadyExistsError:
            return

    def _insert(self, bucket: str, name: str, data: bytes, content_type: str) -> None:
        """Create an object. :raises AlreadyExistsError: the name is taken, which Google may tell by what replacing would need."""
        media = import_module("googleapiclient.http").MediaIoBaseUpload(
            io.BytesIO(data), content_type, _CHUNK_BYTES, resumable=False
        )
        body = {"name": name, "contentType": content_type, "crc32c": crc32c(data)}
        with _meant("storage.objects.delete", AlreadyExistsError):
            self._api.execute(
                self._api.objects.insert(bucket=bucket, body=body, media_body=media, ifGenerationMatch=0, fields="crc32c")
            )

    def checksum(self, bucket: str, name: str) -> str:
        """The crc32c of a stored object, as `crc32c` gives it. :raises NotFoundError: no such object."""
        with _meant("storage.objects.list", NotFoundError):
            return str(self._api.execute(self._api.objects.get(bucket=bucket, object=name, fields="crc32c")).get("crc32c", ""))

    def read(self, bucket: str, name: str) -> bytes:
        """The bytes of an object. :raises NotFoundError: no such object."""
        with _meant("storage.objects.list", NotFoundError):
            return self._api.fetch(self._api.objects.get_media(bucket=bucket, object=name))

    def delete(self, bucket: str, name: str) -> None:
        """Remove an object; one that is gone already is fine."""
        try:
            with _meant("storage.objects.list", NotFoundError):
                self._api.execute(self._api.objects.delete(bucket=bucket, object=name))
        except NotFoundError:
            return


@contextmanager
def _meant(permission: str, meaning: type[AlreadyExistsError | NotFoundError]) -> Iterator[None]:
    """Raise a 403 that names a permission we never ask for as what it tells: to whoever lacks it Google says no more of a name."""
    try:
        yield
    except RefusedError as error:
        if error.status != 403 or permission not in str(error):
            raise
        raise meaning(error.method, error.status, error.reason) from error


def crc32c(data: bytes) -> str:
    """The Castagnoli checksum as Cloud Storage writes it: base64 of four bytes, big end first."""
    value: int = import_module("google_crc32c").value(data)
    return base64.b64encode(value.to_bytes(4, "big")).decode()
