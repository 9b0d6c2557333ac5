"""Threads, forks and Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from typing import Any

import pytest

from comfyui_api_manager import Manager

FORKS = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


def run_program(text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own, which has not used the package yet."""
    # Later versions warn of every fork.
    options = ["-W", "ignore::DeprecationWarning"]
    program = [sys.executable, *options, "-c", textwrap.dedent(text), *arguments]
    return subprocess.run(program, capture_output=True, text=True, timeout=60)


def test_threads_share_a_manager(server: str, workflow: dict[str, Any]) -> None:
    statuses: list[str] = []
    with Manager() as manager:

        def run() -> None:
            statuses.append(manager.run(workflow, url=server).status)

        threads = [threading.Thread(target=run) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert statuses == ["completed"] * 8


@FORKS
def test_a_forked_child_is_refused_with_the_way_out() -> None:
    done = run_program("""
        import os
        from comfyui_api_manager import Manager
        manager = Manager()
        list(manager.jobs())
        child = os.fork()
        if child == 0:
            for use in (lambda: list(manager.jobs()), Manager):
                try:
                    use()
                except RuntimeError as error:
                    assert "spawn" in str(error)
                else:
                    os._exit(1)
            del manager
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        list(manager.jobs())
    """)
    assert done.returncode == 0, done.stderr


@FORKS
def test_a_forked_child_ends_quietly() -> None:
    done = run_program("""
        import os
        from comfyui_api_manager import Manager
        manager = Manager()
        list(manager.jobs())
        child = os.fork()
        if child:
            _, status = os.waitpid(child, 0)
            assert os.waitstatus_to_exitcode(status) == 0
    """)
    assert (done.returncode, done.stderr) == (0, "")


@FORKS
def test_a_child_that_was_forked_before_the_first_use_works() -> None:
    done = run_program("""
        import os
        from comfyui_api_manager import Manager
        child = os.fork()
        list(Manager().jobs())
        if child == 0:
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
    """)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(
    not sys.version_info[:2] == (3, 11), reason="other versions call subinterpreters otherwise"
)
def test_a_second_interpreter_is_refused_with_the_way_out() -> None:
    done = run_program("""
        import sys
        import _xxsubinterpreters as interpreters
        from comfyui_api_manager import Manager
        list(Manager().jobs())
        other = interpreters.create(isolated=False)
        try:
            interpreters.run_string(other, f"import sys; sys.path[:] = {sys.path}; import comfyui_api_manager")
        except interpreters.RunFailedError as error:
            print("a process of its own" in str(error))
        interpreters.destroy(other)
        list(Manager().jobs())
    """)
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr


@pytest.mark.skipif(os.name == "nt", reason="signals are others there")
def test_control_c_ends_a_wait_and_not_the_job(server: str) -> None:
    text = """
        import json, signal, sys
        from comfyui_api_manager import Manager
        # Whoever runs the tests in the background may have it ignored.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        workflow = json.loads(open(sys.argv[2]).read())
        manager = Manager()
        job = manager.submit(workflow, url=sys.argv[1], set={"KSampler.steps": 10_000})
        try:
            print(job.id, flush=True)
            job.wait()
        except KeyboardInterrupt:
            assert job.refresh().status in {"pending", "queued", "running"}
            job.cancel()
            print(job.wait().status, flush=True)
    """
    example = os.path.join(os.path.dirname(__file__), "../../examples/text_to_image.json")
    program = [sys.executable, "-c", textwrap.dedent(text), server, example]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.stdout.read().strip() == "cancelled"
        assert process.wait(60) == 0


@pytest.mark.skipif(os.name == "nt", reason="signals are others there")
def test_control_c_in_a_notebook_ends_a_wait_of_the_client_of_2_0_0(server: str) -> None:
    text = """
        import asyncio, json, signal, sys
        from urllib.parse import urlsplit
        from comfyui_api_manager.comfyui_client import ComfyUIClientSync, ComfyUIConnection

        def interrupt(*_):
            raise KeyboardInterrupt

        async def notebook():
            # Notebooks have a handler of their own, which asyncio leaves alone.
            signal.signal(signal.SIGINT, interrupt)
            workflow = json.loads(open(sys.argv[2]).read())
            workflow["3"]["inputs"].update(steps=10_000, seed=4711)
            client = ComfyUIClientSync(ComfyUIConnection(port=urlsplit(sys.argv[1]).port))
            try:
                print("waits", flush=True)
                client.execute_workflow(workflow)
            except KeyboardInterrupt:
                print("interrupted", flush=True)

        asyncio.run(notebook())
    """
    example = os.path.join(os.path.dirname(__file__), "../../examples/text_to_image.json")
    program = [sys.executable, "-c", textwrap.dedent(text), server, example]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.stdout.read().strip() == "interrupted"
        assert process.wait(60) == 0


def test_nothing_is_left_waiting_when_the_program_ends(server: str) -> None:
    done = run_program(
        """
        import sys
        from comfyui_api_manager import Manager
        manager = Manager()
        try:
            manager.submit({"1": {"class_type": "SaveImage", "inputs": {}}}, url=sys.argv[1])
        except Exception as error:
            print(error.code)
        """,
        server,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "validation_failed\n", "")
