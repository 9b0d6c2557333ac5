"""Runs comfy-cli's converter over a folder, for the benchmark `rivals`, which calls this.

Usage: rivals.py FOLDER ROUNDS, with FOLDER/definitions.json and FOLDER/inputs/*.json. Writes
what comes out to FOLDER/made/, and prints {"version", "parsed": [seconds], "bytes": [seconds]}: the
processor time of each round over the whole set, from parsed workflow to prompt and from bytes to
bytes.
"""

import importlib.metadata
import json
import logging
import pathlib
import sys
import time

from comfy_cli.workflow_to_api import convert_ui_to_api


def seconds(rounds, work, items):
    """Times of whole rounds, after one that does not count."""
    times = []
    for _ in range(rounds + 1):
        start = time.process_time()
        for item in items:
            work(item)
        times.append(time.process_time() - start)
    return times[1:]


def main():
    logging.disable()
    folder, rounds = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    definitions = json.loads((folder / "definitions.json").read_bytes())
    files = {path.name: path.read_bytes() for path in sorted((folder / "inputs").glob("*.json"))}
    workflows = {name: json.loads(text) for name, text in files.items()}

    def convert(workflow):
        try:
            return convert_ui_to_api(workflow, definitions)
        except Exception:  # A workflow that it cannot convert is one that it gets wrong.
            return None

    def from_bytes(text):
        return json.dumps(convert(json.loads(text))).encode()

    (folder / "made").mkdir()
    for name, workflow in workflows.items():
        (folder / "made" / name).write_text(json.dumps(convert(workflow)))
    print(json.dumps({
        "version": importlib.metadata.version("comfy-cli"),
        "parsed": seconds(rounds, convert, workflows.values()),
        "bytes": seconds(rounds, from_bytes, files.values()),
    }))


main()
