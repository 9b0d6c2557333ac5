"""The command ``comfyctl``: hands its arguments to Rust."""

import signal
import sys
import threading

from ._native import run_command


def run(arguments: list[str]) -> int:
    """Run a command; give back its exit code."""
    if threading.current_thread() is not threading.main_thread():
        return run_command(["comfyctl", *arguments])
    # Python would note Ctrl-C and tell nobody until the command is done.
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        return run_command(["comfyctl", *arguments])
    finally:
        signal.signal(signal.SIGINT, before)


def main() -> None:
    """Run the command that the process was started with, and exit with its code."""
    sys.exit(run(sys.argv[1:]))
