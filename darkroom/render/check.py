"""Whether everything that the renderer draws with is there: nothing comes in, names of what is missing go out."""

from __future__ import annotations

import av
from PIL import features


def missing_parts() -> tuple[str, ...]:
    """Names of missing parts, none where all are there. Touches no file but the libraries'."""
    wanted = {
        "the H.264 encoder (libx264 in PyAV)": "libx264" in av.codecs_available,
        "JPEG (Pillow)": bool(features.check("jpg")),
        "WebP (Pillow)": bool(features.check("webp")),
        "complex text layout (raqm in Pillow)": bool(features.check("raqm")),
    }
    return tuple(name for name, there in wanted.items() if not there)
