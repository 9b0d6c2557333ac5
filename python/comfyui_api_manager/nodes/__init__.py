"""The nodes, by key."""

from . import api, comfyui, images, json_array, json_value, settings, text

__all__ = ["NODE_CLASS_MAPPINGS", "NODE_DISPLAY_NAME_MAPPINGS"]

_MODULES = (api, images, text, json_value, json_array, comfyui, settings)

NODE_CLASS_MAPPINGS = {key: node for module in _MODULES for key, (node, _) in module.NODES.items()}
NODE_DISPLAY_NAME_MAPPINGS = {
    key: name for module in _MODULES for key, (_, name) in module.NODES.items()
}
