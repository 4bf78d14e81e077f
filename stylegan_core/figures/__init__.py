"""The paper's figures of any model: Karras et al., "A Style-Based Generator Architecture", 2019."""

from stylegan_core.figures.draw import draw
from stylegan_core.figures.kinds import KINDS, FigureKind
from stylegan_core.figures.source import Source

__all__ = ["KINDS", "FigureKind", "Source", "draw"]
