"""Cloud Scheduler on the Workspace's clock: publishes each job at every due instant, however the clock is moved."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Sequence
from datetime import datetime

import aiohttp

from local.processes import say
from local.tables import Job

_LOOK_SECONDS = 0.2
_SCOPE = "https://www.googleapis.com/auth/pubsub"


class Scheduler:
    """Looks at the clock and publishes. A clock moved over several instants of a job publishes it once: jobs look at all that is due."""

    def __init__(self, session: aiohttp.ClientSession, workspace: str, project: str, jobs: Sequence[Job]) -> None:
        self._session, self._workspace, self._project, self._jobs = session, workspace, project, jobs
        self._headers = {"Authorization": f"Bearer local:scheduler@{project}.iam.gserviceaccount.com|{_SCOPE}"}
        self.seen: datetime | None = None

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._look()
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError, KeyError) as problem:
                say(f"! El reloj del Workspace no respondió ({type(problem).__name__}); se mira otra vez.")
            await asyncio.sleep(_LOOK_SECONDS)

    async def _look(self) -> None:
        async with self._session.get(f"{self._workspace}/_local/clock") as answer:
            now = datetime.fromisoformat((await answer.json())["now"])
        if self.seen is not None:
            for job in self._jobs:
                if job.is_due(self.seen, now):
                    await self._publish(job)
        self.seen = now

    async def _publish(self, job: Job) -> None:
        url = f"{self._workspace}/v1/projects/{self._project}/topics/{job.topic}:publish"
        message = {"data": base64.b64encode(json.dumps(job.data).encode()).decode()}
        async with self._session.post(url, json={"messages": [message]}, headers=self._headers) as answer:
            if answer.status != 200:
                say(f"! No se pudo publicar el trabajo {job.name}: {answer.status}")
