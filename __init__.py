"""What ComfyUI loads when this repository lies in its ``custom_nodes`` folder."""

WEB_DIRECTORY = "./python/comfyui_api_manager/web"
NODE_CLASS_MAPPINGS: dict = {}
NODE_DISPLAY_NAME_MAPPINGS: dict = {}

__all__ = ["NODE_CLASS_MAPPINGS", "NODE_DISPLAY_NAME_MAPPINGS", "WEB_DIRECTORY"]


def _load() -> None:
    """Take over what the installed package has; without it, say what to do and leave ComfyUI alone."""
    global WEB_DIRECTORY, NODE_CLASS_MAPPINGS, NODE_DISPLAY_NAME_MAPPINGS
    import logging
    import sys
    from pathlib import Path

    logger = logging.getLogger("comfyui_api_manager")
    try:
        from comfyui_api_manager import pack

        pack.load(Path(__file__).parent)
        NODE_CLASS_MAPPINGS = pack.NODE_CLASS_MAPPINGS
        NODE_DISPLAY_NAME_MAPPINGS = pack.NODE_DISPLAY_NAME_MAPPINGS
        WEB_DIRECTORY = pack.WEB_DIRECTORY
    except ModuleNotFoundError as error:
        WEB_DIRECTORY = None  # type: ignore[assignment]
        if (error.name or "").partition(".")[0] != "comfyui_api_manager":
            logger.error("API Manager is not loaded: %s", error)
            return
        requirements = Path(__file__).with_name("requirements.txt")
        command = f'"{sys.executable}" -m pip install -r "{requirements}"'
        logger.error("API Manager is not loaded, its package is missing: %s", command)
    except Exception as error:
        WEB_DIRECTORY = None  # type: ignore[assignment]
        logger.error("API Manager is not loaded: %s: %s", type(error).__name__, error)


_load()
