"""The command ``comfyctl``: hands its arguments to Rust."""

import signal
import sys

from ._native import run_command


def main() -> None:
    """Run the command that the process was started with, and exit with its code."""
    # Python would note Ctrl-C and tell nobody until the command is done.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(run_command(["comfyctl", *sys.argv[1:]]))
