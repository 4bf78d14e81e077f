"""Files of others are opened in one place for each kind, which docs/security.md names.

ruff refuses `PIL.Image.open` in all code, also in tests (pyproject.toml).
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

ALLOWED = {
    "PIL.Image.open": ["stylegan_core/picture_files/opening.py"],
    "PIL.Jpeg2KImagePlugin.Jpeg2KImageFile": ["stylegan_core/picture_files/opening.py"],
    "PIL.JpegImagePlugin.JpegImageFile": ["stylegan_core/picture_files/opening.py"],
    "av.open": ["explorer/export/h264.py", "explorer/export/video_files.py"],
    "zipfile.ZipFile": [
        "stylegan_core/data/archive.py",
        "stylegan_core/importers/latents.py",
        "stylegan_core/importers/torch_zip.py",
    ],
}
"""Where the functions that open files may be called. A new place needs a reason."""

FORBIDDEN = (
    "PIL.ImageFile.Parser",
    "PIL.ImageShow",
    "PIL.ImageTk",
    "PIL.ImageGrab",
    "PIL.ImageMath",
    "imageio.v2",
    "imageio.v3.imread",
    "imageio.v3.imiter",
    "imageio.v3.immeta",
    "imageio.v3.improps",
    "pickle.load",
    "pickle.loads",
    "pickle.Unpickler",
    "marshal",
    "shelve",
    "tarfile",
    "shutil.unpack_archive",
    "yaml",
    "os.system",
    "os.startfile",
    "os.popen",
    "webbrowser",
    "urllib.request",
    "http.client",
    "requests",
    "eval",
    "exec",
    "compile",
)
"""What runs, unpacks or fetches what a file says."""


def sources() -> list[Path]:
    return [
        path
        for package in ("stylegan_core", "explorer")
        for path in sorted((ROOT / package).rglob("*.py"))
    ]


def names_used(tree: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield the full name of everything that is imported or called, and where."""
    full_names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            for alias in node.names:
                yield module + alias.name, node
                if module or alias.asname:
                    full_names[alias.asname or alias.name] = module + alias.name
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            first, dot, rest = ast.unparse(node.func).partition(".")
            yield full_names.get(first, first) + dot + rest, node


def problems(tree: ast.AST, file: str) -> list[str]:
    """Return what a file does that it may not."""
    found = []
    for name, node in names_used(tree):
        if any(name == bad or name.startswith(f"{bad}.") for bad in FORBIDDEN):
            found.append(f"{file} uses {name}")
        if isinstance(node, ast.Call):
            options = {o.arg: ast.unparse(o.value) for o in node.keywords}
            if file not in ALLOWED.get(name, [file]):
                found.append(f"{file} calls {name}")
            if name == "torch.load" and options.get("weights_only") != "True":
                found.append(f"{file} lets torch.load unpickle")
            if options.get("allow_pickle", "False") != "False":
                found.append(f"{file} lets numpy unpickle")
            if options.get("shell", "False") != "False":
                found.append(f"{file} starts a shell")
    return found


def test_no_other_code_opens_files_of_others() -> None:
    found = []
    for path in sources():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found += problems(tree, path.relative_to(ROOT).as_posix())
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        "from PIL import Image\nImage.open('a')",
        "import PIL.Image as P\nP.open('a')",
        "import av\nav.open('a')",
        "from av import open as o\no('a')",
        "import imageio.v3 as iio\niio.imread('a')",
        "from pickle import loads",
        "import torch\ntorch.load('a')",
        "import torch\ntorch.load('a', weights_only=False)",
        "import numpy as np\nnp.load('a', allow_pickle=True)",
        "import subprocess\nsubprocess.run('a', shell=True)",
        "eval('1')",
        "import webbrowser",
    ],
)
def test_the_check_can_fail(code: str) -> None:
    assert problems(ast.parse(code), "explorer/other.py")


def test_ruff_refuses_to_open_pictures_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (tmp_path / "a.py").write_text('from PIL import Image\n\nImage.open("a.png")\n')
    line = [sys.executable, "-m", "ruff", "check", "--no-cache", str(tmp_path / "a.py")]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "PIL.Image.open" in done.stdout
