"""``Manager`` and ``AsyncManager``: the same methods, to wait for and to await."""

from __future__ import annotations

import atexit
import json
import os
import weakref
from datetime import datetime, timezone
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, AsyncIterator, Generator, Iterator, Literal, Mapping, Sequence, Union

from ._images import to_arrays, to_pillow, upload_of
from ._job import Event, JobRecord, raise_for
from ._native import Call, NativeManager, stop_delivering
from ._options import SubmitOptions

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray
    from PIL.Image import Image as PillowImage
    from typing_extensions import Unpack

__all__ = ["AsyncJob", "AsyncManager", "Job", "Manager", "job_filter"]

#: A graph in either format, a file that is or carries one, or the name of a saved workflow.
Workflow = Union[Mapping[str, Any], str, "PathLike[str]"]
Path = Union[str, "PathLike[str]"]
#: What to count by.
StatisticsBy = Literal["all", "day", "workflow", "connection", "class"]

_open: weakref.WeakSet[NativeManager] = weakref.WeakSet()


if hasattr(os, "register_at_fork"):
    # What the parent looks after is not the child's to close.
    os.register_at_fork(after_in_child=_open.clear)


@atexit.register
def _close_all() -> None:
    # Other processes take over at once what this one lets go of.
    for native in list(_open):
        native.close().wait()
    stop_delivering()


class _Base:
    """What both managers have in common."""

    def __init__(
        self, *, settings_file: Path | None = None, data_folder: Path | None = None
    ) -> None:
        self._native = NativeManager(settings_file, data_folder)
        _open.add(self._native)

    def _close(self) -> Call:
        _open.discard(self._native)
        return self._native.close()

    def __repr__(self) -> str:
        settings_file, data_folder = self._native.locations
        return f"<{type(self).__name__} settings_file='{settings_file}' data_folder='{data_folder}'>"

    def _submit(self, workflow: Workflow, options: SubmitOptions) -> Call:
        given: dict[str, Any] = {n: value for n, value in options.items() if value is not None}
        _refuse_unknown(given)
        images = given.pop("images", {}).items()
        uploads = [(selector, *upload_of(image)) for selector, image in images]
        return self._native.submit(_source_of(workflow), given, uploads)


class _BaseJob:
    """What both kinds of job have in common."""

    def __init__(self, native: NativeManager, record: JobRecord, seed: int | None = None) -> None:
        self._native = native
        #: What was last seen of the job.
        self.record = record
        #: The seed that was set, when one was asked for.
        self.seed = seed

    @property
    def id(self) -> str:
        """Its id, by which any process finds it."""
        return self.record.id

    @property
    def status(self) -> str:
        """Where it stood when it was last looked at."""
        return self.record.status

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} {self.status}>"

    def _seen(self, view: dict[str, Any]) -> JobRecord:
        self.record = JobRecord._read(view)
        return self.record

    def _outputs(self, kind: str) -> list[int]:
        outputs = enumerate(self.record.outputs)
        return [at for at, output in outputs if output.kind == kind and output.filename]


class Job(_BaseJob):
    """A job in the history, whichever process looks after it."""

    def refresh(self) -> JobRecord:
        """Look how the job stands."""
        return self._seen(self._native.job(self.id).wait())

    def wait(self, timeout: float | None = None) -> JobRecord:
        """Wait until the job has ended, well or not, for at most ``timeout`` seconds.

        Ctrl-C ends the wait; the job goes on.
        """
        return self._seen(self._native.follow(self.id, timeout).wait())

    def result(self, timeout: float | None = None) -> JobRecord:
        """Wait until the job has ended; raise `JobFailed` if it did not end well."""
        record = self.wait(timeout)
        raise_for(record)
        return record

    def events(self, after: int = 0) -> Iterator[Event]:
        """Go through the story of the job, then follow it until its end."""
        watch = self._native.watch(self.id, after)
        while (view := watch.next().wait()) is not None:
            yield Event._read(view)

    def cancel(self) -> None:
        """Have the job stopped, wherever it is. Returns before it has."""
        self._native.cancel(self.id).wait()

    def save(self, folder: Path) -> list[str]:
        """Fetch the files of the ended job into a folder; give back their paths."""
        record = self._seen(self._native.save(self.id, folder).wait())
        return [output.path for output in record.outputs if output.path]

    def images(self) -> list[bytes]:
        """Fetch the images of the ended job as they are on the server: PNG, as a rule."""
        return [self._native.output(self.id, at).wait() for at in self._outputs("images")]

    def pillow_images(self) -> list[PillowImage]:
        """Fetch the images of the ended job as Pillow images."""
        return to_pillow(self.images())

    def arrays(self, *, alpha: bool = False) -> list[NDArray[float32]]:
        """Fetch the images of the ended job as arrays ``[height, width, channels]`` from 0 to 1."""
        return to_arrays(self.images(), alpha)


class AsyncJob(_BaseJob):
    """A job in the history, whichever process looks after it.

    ``await job`` is ``await job.result()``, and ``async for event in job`` follows it.
    """

    def __await__(self) -> Generator[Any, None, JobRecord]:
        return self.result().__await__()

    def __aiter__(self) -> AsyncIterator[Event]:
        return self.events()

    async def refresh(self) -> JobRecord:
        """Look how the job stands."""
        return self._seen(await self._native.job(self.id))

    async def wait(self, timeout: float | None = None) -> JobRecord:
        """Wait until the job has ended, well or not, for at most ``timeout`` seconds."""
        return self._seen(await self._native.follow(self.id, timeout))

    async def result(self, timeout: float | None = None) -> JobRecord:
        """Wait until the job has ended; raise `JobFailed` if it did not end well."""
        record = await self.wait(timeout)
        raise_for(record)
        return record

    async def events(self, after: int = 0) -> AsyncIterator[Event]:
        """Go through the story of the job, then follow it until its end."""
        watch = self._native.watch(self.id, after)
        while (view := await watch.next()) is not None:
            yield Event._read(view)

    async def cancel(self) -> None:
        """Have the job stopped, wherever it is. Returns before it has."""
        await self._native.cancel(self.id)

    async def save(self, folder: Path) -> list[str]:
        """Fetch the files of the ended job into a folder; give back their paths."""
        record = self._seen(await self._native.save(self.id, folder))
        return [output.path for output in record.outputs if output.path]

    async def images(self) -> list[bytes]:
        """Fetch the images of the ended job as they are on the server: PNG, as a rule."""
        return [await self._native.output(self.id, at) for at in self._outputs("images")]

    async def pillow_images(self) -> list[PillowImage]:
        """Fetch the images of the ended job as Pillow images."""
        return to_pillow(await self.images())

    async def arrays(self, *, alpha: bool = False) -> list[NDArray[float32]]:
        """Fetch the images of the ended job as arrays ``[height, width, channels]`` from 0 to 1."""
        return to_arrays(await self.images(), alpha)


class Manager(_Base):
    """Settings, connections and jobs of this user, the same as those of ``comfyctl``.

    Safe to use from any thread, and where an event loop runs.
    """

    def __enter__(self) -> Manager:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of all jobs, which other processes may go on with, and close the history."""
        self._close().wait()

    def submit(self, workflow: Workflow, **options: Unpack[SubmitOptions]) -> Job:
        """Store a job and look after it from now on. Returns before it runs.

        ``workflow`` is a graph in either format, a file that is or carries one, or the name of a saved
        one; the options are those of `SubmitOptions`.
        """
        submitted = self._submit(workflow, options).wait()
        job = self.job(submitted["job_id"])
        job.seed = submitted["seed"]
        return job

    def run(
        self,
        workflow: Workflow,
        *,
        timeout: float | None = None,
        **options: Unpack[SubmitOptions],
    ) -> Job:
        """Submit a workflow and wait for its end; raise `JobFailed` if it does not end well."""
        job = self.submit(workflow, **options)
        job.result(timeout)
        return job

    def job(self, id: str) -> Job:
        """Find a job by its id or by the start of it."""
        return Job(self._native, JobRecord._read(self._native.job(id).wait()))

    def jobs(
        self,
        *,
        status: str | Sequence[str] | None = None,
        workflow: str | None = None,
        connection: str | None = None,
        source: str | None = None,
        tag: str | None = None,
        words: str | None = None,
        since: datetime | None = None,
    ) -> Iterator[Job]:
        """Go through the history, newest first. All that is given must be true of a job.

        ``words`` are looked for in prompts and names. Pages are fetched as they are needed.
        """
        filter = job_filter(locals())
        while True:
            page = self._native.jobs(filter).wait()
            yield from (Job(self._native, JobRecord._read(view)) for view in page["jobs"])
            if page["next"] is None:
                return
            filter["after"] = page["next"]

    def statistics(self, by: StatisticsBy = "all") -> list[dict[str, Any]]:
        """How ended jobs fared, also those that were removed from the history."""
        return list(self._native.statistics(by).wait())


class AsyncManager(_Base):
    """`Manager` for asyncio: the same methods, to be awaited. Never blocks the event loop."""

    async def __aenter__(self) -> AsyncManager:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of all jobs, which other processes may go on with, and close the history."""
        await self._close()

    async def submit(self, workflow: Workflow, **options: Unpack[SubmitOptions]) -> AsyncJob:
        """Store a job and look after it from now on. Returns before it runs."""
        submitted = await self._submit(workflow, options)
        job = await self.job(submitted["job_id"])
        job.seed = submitted["seed"]
        return job

    async def run(
        self,
        workflow: Workflow,
        *,
        timeout: float | None = None,
        **options: Unpack[SubmitOptions],
    ) -> AsyncJob:
        """Submit a workflow and await its end; raise `JobFailed` if it does not end well."""
        job = await self.submit(workflow, **options)
        await job.result(timeout)
        return job

    async def job(self, id: str) -> AsyncJob:
        """Find a job by its id or by the start of it."""
        return AsyncJob(self._native, JobRecord._read(await self._native.job(id)))

    async def jobs(
        self,
        *,
        status: str | Sequence[str] | None = None,
        workflow: str | None = None,
        connection: str | None = None,
        source: str | None = None,
        tag: str | None = None,
        words: str | None = None,
        since: datetime | None = None,
    ) -> AsyncIterator[AsyncJob]:
        """Go through the history, newest first. All that is given must be true of a job."""
        filter = job_filter(locals())
        while True:
            page = await self._native.jobs(filter)
            for view in page["jobs"]:
                yield AsyncJob(self._native, JobRecord._read(view))
            if page["next"] is None:
                return
            filter["after"] = page["next"]

    async def statistics(self, by: StatisticsBy = "all") -> list[dict[str, Any]]:
        """How ended jobs fared, also those that were removed from the history."""
        return list(await self._native.statistics(by))


def job_filter(given: dict[str, Any]) -> dict[str, Any]:
    """What of the keyword arguments of `jobs` was given, as Rust takes it."""
    filter = {name: value for name, value in given.items() if name != "self" and value is not None}
    if isinstance(filter.get("status"), str):
        filter["status"] = [filter["status"]]
    if "since" in filter:
        filter["since"] = filter["since"].astimezone(timezone.utc).isoformat()
    return filter


def _source_of(workflow: Workflow) -> bytes | str:
    """The graph as JSON, or the file or the name."""
    if isinstance(workflow, Mapping):
        return json.dumps(workflow).encode()
    try:
        return fspath(workflow)
    except TypeError:
        kind = type(workflow).__name__
        raise TypeError(
            f"a workflow is a dictionary, a file, or the name of a saved one, not {kind}"
        ) from None


def _refuse_unknown(options: Mapping[str, Any]) -> None:
    known = SubmitOptions.__annotations__
    for name in options:
        if name not in known:
            from difflib import get_close_matches

            nearest = get_close_matches(name, known, 1)
            meant = f": did you mean '{nearest[0]}'?" if nearest else ""
            raise TypeError(f"submit() got an unexpected keyword argument '{name}'{meant}")
