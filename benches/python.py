"""What the Python package costs: calls into Rust, awaited calls, and many jobs at once.

`make bench-python` runs it against a simulated server.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Iterator

from comfyui_api_manager import AsyncManager, _native

WORKFLOW = {
    "1": {
        "class_type": "EmptyImage",
        "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0},
    },
    "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
}


def per_call(work: Callable[[], Any], repeat: int, number: int) -> tuple[float, float]:
    """Microseconds of one call: median and fastest of several rounds."""
    rounds = []
    for _ in range(repeat):
        start = time.perf_counter()
        for _ in range(number):
            work()
        rounds.append((time.perf_counter() - start) / number * 1e6)
    return statistics.median(rounds), min(rounds)


async def awaited(repeat: int, number: int) -> tuple[float, float]:
    """The same of an awaited one."""
    rounds = []
    for _ in range(repeat):
        start = time.perf_counter()
        for _ in range(number):
            await _native.nothing()
        rounds.append((time.perf_counter() - start) / number * 1e6)
    return statistics.median(rounds), min(rounds)


def memory() -> float:
    """Resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@contextmanager
def simulator() -> Iterator[str]:
    """A simulated server in a process of its own."""
    command = [sys.executable, "-m", "comfyui_api_manager", "simulator"]
    command += ["--port", "0", "--json", "--step-time", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
        process.terminate()


async def many(url: str, jobs: int) -> tuple[float, float, float]:
    """Seconds for so many jobs awaited at once, and the most memory before and during that."""
    async with AsyncManager() as manager:
        await manager.run(WORKFLOW, url=url)
        before = most = memory()
        ended = threading.Event()

        def watch() -> None:
            nonlocal most
            while not ended.wait(0.02):
                most = max(most, memory())

        watcher = threading.Thread(target=watch)
        watcher.start()
        start = time.perf_counter()

        async def run() -> str:
            return (await manager.run(WORKFLOW, url=url)).status

        statuses = await asyncio.gather(*(run() for _ in range(jobs)))
        seconds = time.perf_counter() - start
        ended.set()
        watcher.join()
        assert statuses == ["completed"] * jobs
        return seconds, before, most


def main() -> None:
    """Measure, and print a line for each figure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, nargs="*", default=[250, 1000, 2000])
    arguments = parser.parse_args()
    median, fastest = per_call(_native.nothing, 20, 20_000)
    print(f"a call into Rust: {median:.2f} µs (fastest {fastest:.2f})")
    median, fastest = asyncio.run(awaited(20, 1000))
    print(f"an awaited call: {median:.1f} µs (fastest {fastest:.1f})")
    with tempfile.TemporaryDirectory() as folder, simulator() as url:
        os.environ["COMFYCTL_CONFIG"] = f"{folder}/settings.json"
        os.environ["COMFYCTL_DATA"] = f"{folder}/data"
        for jobs in arguments.jobs:
            seconds, before, most = asyncio.run(many(url, jobs))
            print(
                f"{jobs} jobs awaited at once: {seconds:.2f} s, {jobs / seconds:.0f} jobs/s, "
                f"memory {before:.0f} MB before, {most:.0f} MB at most"
            )


if __name__ == "__main__":
    main()
