"""Google's own Firestore emulator, for `serve --store firestore`: the Java program that gcloud's component installs."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import aiohttp

_JAR = "cloud-firestore-emulator/cloud-firestore-emulator.jar"
_MAIN = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
HOW_TO_INSTALL = "Instale gcloud con su componente cloud-firestore-emulator, y Java 17 o más nuevo; o use --store sqlite."


def program() -> Path | None:
    """The emulator on this machine, or None where it or Java is missing."""
    gcloud = shutil.which("gcloud")
    if gcloud is None or shutil.which("java") is None:
        return None
    sdk = Path(os.path.realpath(gcloud)).parents[1]
    places = (sdk / "platform", sdk / "lib/google-cloud-sdk/platform", Path("/usr/lib/google-cloud-sdk/platform"))
    return next((place / _JAR for place in places if (place / _JAR).is_file()), None)


def command(jar: Path, port: int) -> list[str]:
    """How to start it, as its own script does it: gcloud would leave a shell and a JVM behind when it is ended."""
    return ["java", "-Duser.language=en", "-cp", str(jar), _MAIN, "start", "--host=127.0.0.1", f"--port={port}"]


async def answers(session: aiohttp.ClientSession, url: str) -> bool:
    """Whether it is up: it says Ok over HTTP, and its port opens earlier."""
    try:
        async with session.get(url) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, OSError):
        return False
