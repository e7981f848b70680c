"""Wheels for tests, as somebody who got into a package's releases would build them."""

from __future__ import annotations

import os
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parents[2]
UV = ROOT / ".venv-uv" / "bin" / "uv"

_WHEEL = "Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def build_wheel(folder: Path, name: str, files: Mapping[str, str]) -> Path:
    """Write a wheel of version 1.0 that holds `files` by their path; return where it is.

    `{info}` in a path is the folder of the wheel's metadata, `{data}` that of its other files.
    """
    info = f"{name}-1.0.dist-info"
    held = {path.format(info=info, data=f"{name}-1.0.data"): text for path, text in files.items()}
    held |= {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": _WHEEL,
    }
    rows = [f"{path},sha256={_digest(text)},{len(text.encode())}" for path, text in held.items()]
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    with ZipFile(wheel, "w") as archive:
        for path, text in held.items():
            archive.writestr(path, text)
        archive.writestr(f"{info}/RECORD", "\n".join([*rows, f"{info}/RECORD,,", ""]))
    return wheel


def run_uv(*arguments: str | Path, cache: Path) -> subprocess.CompletedProcess[str]:
    """Run the pinned uv by itself: no settings of this machine, a cache of its own."""
    assert UV.is_file(), "make setup-test puts the pinned uv there"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(cache),
        "UV_CACHE_DIR": str(cache),
        "UV_PYTHON": sys.executable,
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_LINK_MODE": "copy",
        "NO_PROXY": "127.0.0.1",
    }
    return subprocess.run(
        [UV, *arguments], env=environment, capture_output=True, text=True, check=False
    )


def _digest(text: str) -> str:
    return urlsafe_b64encode(sha256(text.encode()).digest()).decode().rstrip("=")
