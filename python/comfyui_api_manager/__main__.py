"""``python -m comfyui_api_manager``: the command ``comfyctl``."""

from ._command import main

if __name__ == "__main__":
    main()
