"""Reading, checking and changing workflows in API format, with the names of version 2.0.0.

Nothing here needs a server. A method that changes a workflow gives back a changed copy; what it could
not change is logged as a warning.
"""

from __future__ import annotations

import json
import logging
import os
import random
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Optional, Union

from . import _native
from ._shared import shared

__all__ = ["Workflow", "WorkflowInput", "WorkflowManager", "WorkflowOutput"]

logger = logging.getLogger(__name__)


@dataclass
class WorkflowInput:
    """A value of a workflow that may be changed."""

    node_id: str
    input_name: str
    #: ``BOOLEAN``, ``INT``, ``FLOAT``, ``STRING``, ``OBJECT`` or ``UNKNOWN``.
    input_type: str
    current_value: Any
    #: Title of the node, or its class.
    description: str = ""
    required: bool = True
    options: list[Any] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)


@dataclass
class WorkflowOutput:
    """A node that something comes out of."""

    node_id: str
    #: ``IMAGE``, ``VIDEO``, ``AUDIO``, ``TEXT``, ...
    output_type: str
    #: Title of the node, or its class.
    output_name: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)


@dataclass
class Workflow:
    """A workflow, with what goes in and what comes out."""

    name: str
    #: The graph in API format.
    workflow_json: dict[str, Any]
    inputs: list[WorkflowInput] = field(default_factory=list)
    outputs: list[WorkflowOutput] = field(default_factory=list)
    description: str = ""
    version: str = "1.0"
    source_path: Optional[str] = None

    def to_dict(self) -> dict[str, Any]:
        """The fields by name, those of the inputs and outputs included."""
        return asdict(self)

    def get_api_format(self) -> dict[str, Any]:
        """The graph, as it is posted to a server."""
        return self.workflow_json


class WorkflowManager:
    """Reads, checks and changes workflows.

    >>> manager = WorkflowManager()
    >>> graph = {
    ...     "1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}},
    ...     "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}},
    ... }
    >>> manager.validate_workflow(graph)
    (True, [])
    >>> manager.set_image_input(graph, "b.png")["1"]["inputs"]
    {'image': 'b.png'}
    """

    #: Classes whose inputs are known, and those inputs.
    INPUT_NODE_TYPES: ClassVar[dict[str, list[str]]] = {
        "CLIPTextEncode": ["text"],
        "KSampler": ["seed", "steps", "cfg", "sampler_name", "scheduler", "denoise"],
        "KSamplerAdvanced": [
            "seed",
            "steps",
            "cfg",
            "sampler_name",
            "scheduler",
            "start_at_step",
            "end_at_step",
        ],
        "EmptyLatentImage": ["width", "height", "batch_size"],
        "LoadImage": ["image"],
        "CheckpointLoaderSimple": ["ckpt_name"],
        "LoraLoader": ["lora_name", "strength_model", "strength_clip"],
        "VAELoader": ["vae_name"],
        "ControlNetLoader": ["control_net_name"],
        "LoadImageMask": ["image", "channel"],
    }
    #: Classes that were outputs in version 2.0.0. By now every class is that feeds nothing.
    OUTPUT_NODE_TYPES: ClassVar[dict[str, str]] = {
        "SaveImage": "IMAGE",
        "PreviewImage": "IMAGE",
        "SaveImageWebsocket": "IMAGE",
    }

    def __init__(self, workflows_dir: Optional[Path] = None) -> None:
        """The folder is that of the settings unless another is given."""
        self.workflows_dir = Path(workflows_dir or shared().workflows_folder)

    def parse_workflow(self, workflow_json: dict[str, Any], name: str = "Untitled") -> Workflow:
        """Find what goes in and what comes out. Raise `WorkflowError` for what is no graph."""
        outputs = _native.workflow_outputs(workflow_json)
        inputs = [
            WorkflowInput(node_id, input_name, _type_of(value), value, _title(node))
            for node_id, node in workflow_json.items()
            for input_name, value in node["inputs"].items()
            if input_name in self._known_inputs(node["class_type"]) and not _is_link(value)
        ]
        return Workflow(name, workflow_json, inputs, [_output(view) for view in outputs])

    def _known_inputs(self, class_type: str) -> list[str]:
        # What version 2.0.0 called `seed` is called otherwise there.
        extra = ["noise_seed"] if class_type == "KSamplerAdvanced" else []
        return self.INPUT_NODE_TYPES.get(class_type, []) + extra

    def load_workflow(self, path: Union[str, Path]) -> Workflow:
        """Read a workflow from a file, or from an image that carries one."""
        path = Path(path)
        if not path.exists():
            raise FileNotFoundError(f"there is no workflow file `{path}`")
        workflow = self.parse_workflow(_native.workflow_read(path), path.stem)
        workflow.source_path = str(path)
        return workflow

    def save_workflow(
        self, workflow: Workflow, path: Optional[Union[str, Path]] = None
    ) -> Path:
        """Write the graph to a file: that of its name in the folder, unless a path is given."""
        target = Path(path) if path is not None else self._path_of(workflow.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        # The file is there whole or not at all.
        partial = target.with_name(f".{target.name}.{os.getpid()}")
        partial.write_text(json.dumps(workflow.workflow_json, indent=2), encoding="utf-8")
        os.replace(partial, target)
        return target

    def _path_of(self, name: str) -> Path:
        folder = self.workflows_dir.resolve()
        target = (folder / f"{name}.json").resolve()
        if not target.is_relative_to(folder):
            raise ValueError(f"the name `{name}` leads out of the folder of workflows")
        return target

    def apply_inputs(self, workflow: Workflow, inputs: dict[str, Any]) -> dict[str, Any]:
        """Set inputs, by ``node.name`` or, for the first node that has it, by ``name``."""
        return _report(_native.workflow_set_inputs(workflow.workflow_json, inputs))

    def set_text_prompt(
        self,
        workflow: dict[str, Any],
        prompt: str,
        node_id: Optional[str] = None,
        node_title: Optional[str] = None,
    ) -> dict[str, Any]:
        """Set the positive prompt, or the text of the node of that id or title."""
        if node_id is None and node_title is not None:
            titled = self.find_nodes_by_title(workflow, re.escape(node_title))
            if not titled:
                return _report((dict(workflow), [f"no node is called `{node_title}`"]))
            node_id = titled[0]
        return _report(_native.workflow_set_text(workflow, prompt, node_id))

    def set_image_input(
        self, workflow: dict[str, Any], image_path: str, node_id: Optional[str] = None
    ) -> dict[str, Any]:
        """Set the image of all nodes that load one, or of one node. It must be on the server."""
        return _report(_native.workflow_set_image(workflow, str(image_path), node_id))

    def set_sampler_settings(
        self,
        workflow: dict[str, Any],
        seed: Optional[int] = None,
        steps: Optional[int] = None,
        cfg: Optional[float] = None,
        sampler_name: Optional[str] = None,
        scheduler: Optional[str] = None,
        denoise: Optional[float] = None,
        node_id: Optional[str] = None,
    ) -> dict[str, Any]:
        """Set what is given on all samplers that have it, or on one; a negative seed is drawn.

        What is linked is set where the link comes from.
        """
        if seed is not None and seed < 0:
            seed = random.randrange(2**53)
        settings = {
            "seed": seed,
            "steps": steps,
            "cfg": cfg,
            "sampler_name": sampler_name,
            "scheduler": scheduler,
            "denoise": denoise,
        }
        return _report(_native.workflow_set_sampler(workflow, settings, node_id))

    def set_image_size(
        self,
        workflow: dict[str, Any],
        width: int,
        height: int,
        batch_size: int = 1,
        node_id: Optional[str] = None,
    ) -> dict[str, Any]:
        """Set the size of the empty picture that sampling starts from."""
        return _report(_native.workflow_set_size(workflow, width, height, batch_size, node_id))

    def validate_workflow(self, workflow: dict[str, Any]) -> tuple[bool, list[str]]:
        """Whether a workflow can be run as far as can be told without a server, and why not."""
        errors = _native.workflow_errors(workflow)
        return not errors, errors

    def get_node_connections(self, workflow: dict[str, Any]) -> dict[str, Any]:
        """The links of every node: ``inputs_from`` and ``outputs_to``."""
        return _native.workflow_connections(workflow)

    def find_nodes_by_type(self, workflow: dict[str, Any], class_type: str) -> list[str]:
        """Ids of the nodes of a class."""
        nodes = _nodes(workflow)
        return [id for id, node in nodes if node.get("class_type") == class_type]

    def find_nodes_by_title(self, workflow: dict[str, Any], title_pattern: str) -> list[str]:
        """Ids of the nodes whose title matches a regular expression, in any case."""
        pattern = re.compile(title_pattern, re.IGNORECASE)
        titles = ((id, node.get("_meta", {}).get("title", "")) for id, node in _nodes(workflow))
        return [id for id, title in titles if pattern.search(title)]


def _report(changed: tuple[dict[str, Any], list[str]]) -> dict[str, Any]:
    workflow, problems = changed
    for problem in problems:
        logger.warning("the workflow is not changed: %s", problem)
    return workflow


def _is_link(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str)


def _type_of(value: Any) -> str:
    types = {bool: "BOOLEAN", int: "INT", float: "FLOAT", str: "STRING", dict: "OBJECT"}
    return types.get(type(value), "UNKNOWN")


def _title(node: dict[str, Any]) -> str:
    return str(node.get("_meta", {}).get("title") or node["class_type"])


def _output(view: dict[str, Any]) -> WorkflowOutput:
    return WorkflowOutput(view["node"], view["kind"].upper(), view.get("title") or view["class"])


def _nodes(workflow: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    # What the editor saves holds other things, too.
    return [(id, node) for id, node in workflow.items() if isinstance(node, dict)]
