"""What may be said of a job when it is submitted: the keyword arguments of `submit` and `run`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any, Literal, TypedDict, Union

__all__ = ["SubmitOptions"]


class SubmitOptions(TypedDict, total=False):
    """Keyword arguments of `submit` and `run`. All may be left out."""

    #: Values for inputs, each by a selector: ``{"6.text": "a fox", "KSampler.cfg": 5}``.
    set: Mapping[str, Any]
    #: Images to upload, each for an input; a node alone means its input ``image``. An image is a file,
    #: its bytes, a Pillow image, or an array or tensor ``[height, width, channels]`` from 0 to 1.
    images: Mapping[str, Any]
    #: For all seeds; ``"random"`` draws one, which is the ``seed`` of the job.
    seed: Union[int, Literal["random"]]
    #: Name of a connection in the settings; ``"any"`` is the least loaded that has what it takes.
    connection: str
    #: Address of a server, which need not be in the settings.
    url: str
    #: Any connection that has all of these labels.
    labels: Sequence[str]
    #: Name of the workflow in the history.
    name: str
    #: Words to find the job by.
    tags: Sequence[str]
    #: Higher ones are sent first; 0 is usual.
    priority: int
    #: Ids of jobs that must complete first.
    after: Sequence[str]
    #: Attempts after an error that may pass.
    retries: int
    #: Seconds within which it must run.
    queue_timeout: float
    #: Seconds that it may run.
    run_timeout: float
    #: The same key gives the same job, however often it is submitted.
    idempotency_key: str
    #: Folder that its files are saved in when it ends.
    output: Union[str, "PathLike[str]"]
