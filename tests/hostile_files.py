"""Small hostile files, each of which once hung a command or the window, or ended in a traceback.

components-of-slashes.pkl, modules-of-dots.pkl: names that collide, so that the walk doubles at
each level. legacy-exponential-hash.pt: a key that takes 2^60 steps to hash.
legacy-unhashable-keys.pt: a key that is a list. load_type-exponential-str.pkl: a name that takes
8^60 steps to print.
"""

from pathlib import Path
from typing import Final

HOSTILE: Final = Path(__file__).parent / "hostile"
HOSTILE_FILES: Final = tuple(sorted(HOSTILE.iterdir()))
