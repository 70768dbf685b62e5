"""How the embedded model was made, and how to make another: `python -m tools.tiny_ru WORKDIR`."""
