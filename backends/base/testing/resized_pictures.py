"""Writes resized_pictures.json: small pictures resized by OpenCV and Pillow. Needs numpy, opencv-python-headless, Pillow."""

import base64
import json
from pathlib import Path

import cv2
import numpy as np
import PIL
from PIL import Image

FILTERS = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
    "nearest": Image.Resampling.NEAREST,
}
SIZES = [((61, 47), (23, 19)), ((61, 47), (61, 20)), ((12, 9), (32, 40)), ((64, 48), (32, 24)), ((200, 3), (7, 5))]


def text(pixels):
    return base64.b64encode(np.ascontiguousarray(pixels).tobytes()).decode()


random = np.random.default_rng(7)
cases = []
for (width, height), (to_width, to_height) in SIZES:
    noise = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    # Full contrast, where filters overshoot most.
    noise[: height // 2] = np.where(noise[: height // 2] > 127, 255, 0)
    results = {"linear": text(cv2.resize(noise, (to_width, to_height), interpolation=cv2.INTER_LINEAR))}
    for name, filter in FILTERS.items():
        results[name] = text(Image.fromarray(noise).resize((to_width, to_height), filter))
    cases.append({"size": [width, height], "to": [to_width, to_height], "pixels": text(noise), "results": results})
about = {"made_by": f"OpenCV {cv2.__version__}, Pillow {PIL.__version__}", "cases": cases}
Path(__file__).with_suffix(".json").write_text(json.dumps(about, indent=1) + "\n")
