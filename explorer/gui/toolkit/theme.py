"""How the window looks: colours, font, spacing, and the one function that turns design pixels into
screen pixels.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import dearpygui.dearpygui as dpg

Colour = tuple[int, int, int, int]
Item = Any
"""What Dear PyGui calls an item: a number or a name. Its functions are untyped."""


def _rgb(code: str, alpha: int = 255) -> Colour:
    return int(code[0:2], 16), int(code[2:4], 16), int(code[4:6], 16), alpha


# One accent for "active", one colour for each face. Everything else is a shade of one cool grey.
GROUND: Final = _rgb("131418")
PANEL: Final = _rgb("1b1d22")
RAISED: Final = _rgb("24272e")
FRAME: Final = _rgb("2d313a")
FRAME_HOVER: Final = _rgb("383d48")
FRAME_ACTIVE: Final = _rgb("444a57")
LINE: Final = _rgb("33373f")
TEXT: Final = _rgb("e7e8ec")
DIM: Final = _rgb("a2a8b4")
FAINT: Final = _rgb("7b8290")
ACCENT: Final = _rgb("9d8cff")
ACCENT_DEEP: Final = _rgb("6a5acd")
FACE_A: Final = _rgb("f2a65a")
FACE_B: Final = _rgb("4fc9bb")
WARNING: Final = _rgb("ff8f7a")
LABEL: Final = _rgb("131418", 215)
CLEAR: Final = (0, 0, 0, 0)

FONT_SIZE: Final = 15
MIX_STEPS: Final = 9
_FRAME_PADDING_Y: Final = 4

_scale = 1.0


def set_scale(scale: float) -> None:
    """Sets the size of the whole interface: 1.0 is a 96 dpi screen."""
    global _scale
    _scale = min(max(scale, 0.75), 4.0)


def scale() -> float:
    """The present size of the interface."""
    return _scale


def px(design_pixels: float) -> int:
    """Screen pixels for a length given at scale 1. Every length in the window goes through here."""
    return round(design_pixels * _scale)


def menu_height() -> int:
    """Height of the menu bar, screen pixels."""
    return px(FONT_SIZE) + 2 * px(_FRAME_PADDING_Y)


@cache
def assets() -> Path:
    """The folder with font and icon: in the installed package, or in the work tree."""
    packaged = Path(__file__).parents[2] / "_data" / "assets"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "assets"


def blend(a: Colour, b: Colour, t: float) -> Colour:
    """The colour between a (t = 0) and b (t = 1)."""
    r, g, blue, alpha = (
        round(x + (y - x) * min(max(t, 0.0), 1.0)) for x, y in zip(a, b, strict=True)
    )
    return r, g, blue, alpha


class Theme:
    """Fonts and item themes, made once per interface scale. Themes are bound by attribute:
    `theme.quiet`.
    """

    def __init__(self) -> None:
        with dpg.font_registry() as self._registry:
            self.font = _font("explorer-regular.ttf", FONT_SIZE)
            self.heading = _font("explorer-semibold.ttf", FONT_SIZE)
            self.small = _font("explorer-regular.ttf", FONT_SIZE - 2)
            self.large = _font("explorer-semibold.ttf", FONT_SIZE + 5)
        self._base = _base_theme()
        dpg.bind_font(self.font)
        dpg.bind_theme(self._base)
        self.quiet = _button_theme(CLEAR, FRAME_HOVER, FRAME_ACTIVE, DIM)
        self.on = _button_theme(ACCENT_DEEP, ACCENT, ACCENT, TEXT)
        self.primary = _button_theme(ACCENT_DEEP, ACCENT, ACCENT_DEEP, TEXT)
        self.face_a = _button_theme(FACE_A, FACE_A, FACE_A, GROUND)
        self.face_b = _button_theme(FACE_B, FACE_B, FACE_B, GROUND)
        self.root = _root_theme()
        self.ground = _window_theme(GROUND, 0, 0)
        self.panel = _window_theme(PANEL, 12, 10)
        self.bar = _window_theme(PANEL, 12, 5)
        self.raised = _window_theme(RAISED, 10, 8)
        self.well = _window_theme(GROUND, 6, 4)
        self.tight = _style_theme(dpg.mvStyleVar_ItemSpacing, 6, 1)
        self.dense = _style_theme(dpg.mvStyleVar_CellPadding, 3, 0)
        self.menu = _style_theme(dpg.mvStyleVar_WindowPadding, 10, 8)
        self.tab = _button_theme(CLEAR, FRAME_HOVER, FRAME, DIM)
        self.tab_on = _button_theme(FRAME, FRAME, FRAME, TEXT)
        self.fold = _button_theme(CLEAR, FRAME_HOVER, FRAME_ACTIVE, TEXT, align=0.0)
        self.dim_text = _text_theme(DIM)
        self.text_a = _text_theme(FACE_A)
        self.text_b = _text_theme(FACE_B)
        self.accent_text = _text_theme(ACCENT)
        self.warning_text = _text_theme(WARNING)
        self.mixed = _slider_theme(FAINT)
        self.mix = tuple(
            _slider_theme(blend(FACE_A, FACE_B, step / (MIX_STEPS - 1)))
            for step in range(MIX_STEPS)
        )
        self.plot = _plot_theme()
        self.lines = {colour: _line_theme(colour) for colour in (ACCENT, FACE_A, FACE_B)}
        self.tile = _tile_theme(RAISED)
        self.tile_on = _tile_theme(ACCENT)

    def mix_slider(self, t: float) -> Item:
        """The slider theme whose grab has the colour between the faces A (0) and B (1)."""
        return self.mix[round(min(max(t, 0.0), 1.0) * (MIX_STEPS - 1))]


def _font(file: str, size: float) -> Item:
    return dpg.add_font(str(assets() / "fonts" / file), px(size))


def _base_theme() -> Item:
    with dpg.theme() as theme, dpg.theme_component(dpg.mvAll):
        for target, colour in _COLOURS:
            dpg.add_theme_color(target, colour)
        for target, x, y in _STYLES:
            dpg.add_theme_style(target, px(x), px(y) if y >= 0 else -1)
        dpg.add_theme_style(dpg.mvStyleVar_ButtonTextAlign, 0.5, 0.5)
        dpg.add_theme_style(dpg.mvStyleVar_DisabledAlpha, 0.38)
    return theme


_COLOURS: Final = (
    (dpg.mvThemeCol_Text, TEXT),
    (dpg.mvThemeCol_TextDisabled, FAINT),
    (dpg.mvThemeCol_WindowBg, GROUND),
    (dpg.mvThemeCol_ChildBg, CLEAR),
    (dpg.mvThemeCol_PopupBg, RAISED),
    (dpg.mvThemeCol_Border, LINE),
    (dpg.mvThemeCol_BorderShadow, CLEAR),
    (dpg.mvThemeCol_FrameBg, FRAME),
    (dpg.mvThemeCol_FrameBgHovered, FRAME_HOVER),
    (dpg.mvThemeCol_FrameBgActive, FRAME_ACTIVE),
    (dpg.mvThemeCol_TitleBg, RAISED),
    (dpg.mvThemeCol_TitleBgActive, RAISED),
    (dpg.mvThemeCol_TitleBgCollapsed, RAISED),
    (dpg.mvThemeCol_MenuBarBg, PANEL),
    (dpg.mvThemeCol_ScrollbarBg, CLEAR),
    (dpg.mvThemeCol_ScrollbarGrab, FRAME),
    (dpg.mvThemeCol_ScrollbarGrabHovered, FRAME_HOVER),
    (dpg.mvThemeCol_ScrollbarGrabActive, FRAME_ACTIVE),
    (dpg.mvThemeCol_CheckMark, ACCENT),
    (dpg.mvThemeCol_SliderGrab, ACCENT),
    (dpg.mvThemeCol_SliderGrabActive, TEXT),
    (dpg.mvThemeCol_Button, FRAME),
    (dpg.mvThemeCol_ButtonHovered, FRAME_HOVER),
    (dpg.mvThemeCol_ButtonActive, FRAME_ACTIVE),
    (dpg.mvThemeCol_Header, FRAME),
    (dpg.mvThemeCol_HeaderHovered, FRAME_HOVER),
    (dpg.mvThemeCol_HeaderActive, FRAME_ACTIVE),
    (dpg.mvThemeCol_Separator, LINE),
    (dpg.mvThemeCol_Tab, PANEL),
    (dpg.mvThemeCol_TabHovered, FRAME_HOVER),
    (dpg.mvThemeCol_TabSelected, FRAME),
    (dpg.mvThemeCol_TabSelectedOverline, ACCENT),
    (dpg.mvThemeCol_TextSelectedBg, ACCENT_DEEP),
    (dpg.mvThemeCol_NavCursor, ACCENT),
    (dpg.mvThemeCol_ModalWindowDimBg, (8, 9, 11, 150)),
    (dpg.mvThemeCol_DragDropTarget, ACCENT),
    (dpg.mvThemeCol_PlotHistogram, ACCENT_DEEP),
)

_STYLES: Final = (
    (dpg.mvStyleVar_WindowPadding, 14, 12),
    (dpg.mvStyleVar_WindowRounding, 8, -1),
    (dpg.mvStyleVar_WindowBorderSize, 1, -1),
    (dpg.mvStyleVar_ChildRounding, 6, -1),
    (dpg.mvStyleVar_ChildBorderSize, 0, -1),
    (dpg.mvStyleVar_PopupRounding, 6, -1),
    (dpg.mvStyleVar_FramePadding, 8, _FRAME_PADDING_Y),
    (dpg.mvStyleVar_FrameRounding, 5, -1),
    (dpg.mvStyleVar_FrameBorderSize, 0, -1),
    (dpg.mvStyleVar_ItemSpacing, 6, 6),
    (dpg.mvStyleVar_ItemInnerSpacing, 6, 4),
    (dpg.mvStyleVar_CellPadding, 3, 2),
    (dpg.mvStyleVar_ScrollbarSize, 10, -1),
    (dpg.mvStyleVar_ScrollbarRounding, 5, -1),
    (dpg.mvStyleVar_GrabMinSize, 10, -1),
    (dpg.mvStyleVar_GrabRounding, 4, -1),
    (dpg.mvStyleVar_TabRounding, 5, -1),
    (dpg.mvStyleVar_TabBarBorderSize, 0, -1),
)


def _button_theme(
    rest: Colour, hover: Colour, active: Colour, text: Colour, align: float = 0.5
) -> Item:
    with dpg.theme() as theme:
        with dpg.theme_component(dpg.mvAll):
            dpg.add_theme_color(dpg.mvThemeCol_Button, rest)
            dpg.add_theme_color(dpg.mvThemeCol_ButtonHovered, hover)
            dpg.add_theme_color(dpg.mvThemeCol_ButtonActive, active)
            dpg.add_theme_color(dpg.mvThemeCol_Text, text)
            dpg.add_theme_style(dpg.mvStyleVar_FramePadding, px(4), px(4))
            dpg.add_theme_style(dpg.mvStyleVar_ButtonTextAlign, align, 0.5)
        with dpg.theme_component(dpg.mvButton, enabled_state=False):
            for target in (
                dpg.mvThemeCol_Button,
                dpg.mvThemeCol_ButtonHovered,
                dpg.mvThemeCol_ButtonActive,
            ):
                dpg.add_theme_color(target, CLEAR)
            dpg.add_theme_color(dpg.mvThemeCol_Text, FRAME_ACTIVE)
            dpg.add_theme_style(dpg.mvStyleVar_FramePadding, px(4), px(4))
    return theme


def _window_theme(colour: Colour, pad_x: int, pad_y: int) -> Item:
    with dpg.theme() as theme, dpg.theme_component(dpg.mvChildWindow):
        dpg.add_theme_color(dpg.mvThemeCol_ChildBg, colour)
        dpg.add_theme_style(dpg.mvStyleVar_WindowPadding, px(pad_x), px(pad_y))
    return theme


def _root_theme() -> Item:
    with dpg.theme() as theme, dpg.theme_component(dpg.mvWindowAppItem):
        dpg.add_theme_style(dpg.mvStyleVar_WindowPadding, 0, 0)
        dpg.add_theme_style(dpg.mvStyleVar_WindowBorderSize, 0)
        dpg.add_theme_style(dpg.mvStyleVar_WindowRounding, 0)
    return theme


def _style_theme(target: int, x: int, y: int) -> Item:
    with dpg.theme() as theme, dpg.theme_component(dpg.mvAll):
        dpg.add_theme_style(target, px(x), px(y))
    return theme


def _text_theme(colour: Colour) -> Item:
    with dpg.theme() as theme, dpg.theme_component(dpg.mvAll):
        dpg.add_theme_color(dpg.mvThemeCol_Text, colour)
    return theme


def _slider_theme(grab: Colour) -> Item:
    with dpg.theme() as theme, dpg.theme_component(dpg.mvAll):
        dpg.add_theme_color(dpg.mvThemeCol_SliderGrab, grab)
        dpg.add_theme_color(dpg.mvThemeCol_SliderGrabActive, grab)
    return theme


def _plot_theme() -> Item:
    colours = {
        dpg.mvPlotCol_FrameBg: GROUND,
        dpg.mvPlotCol_PlotBg: CLEAR,
        dpg.mvPlotCol_PlotBorder: CLEAR,
        dpg.mvPlotCol_AxisText: FAINT,
        dpg.mvPlotCol_AxisGrid: LINE,
        dpg.mvPlotCol_AxisTick: CLEAR,
    }
    paddings = {
        dpg.mvPlotStyleVar_PlotMinSize: (80, 60),
        dpg.mvPlotStyleVar_PlotPadding: (8, 6),
        dpg.mvPlotStyleVar_LabelPadding: (4, 3),
        dpg.mvPlotStyleVar_FitPadding: (0, 0.08),
    }
    with dpg.theme() as theme, dpg.theme_component(dpg.mvPlot):
        for target, colour in colours.items():
            dpg.add_theme_color(target, colour, category=dpg.mvThemeCat_Plots)
        for target, (x, y) in paddings.items():
            scaled = (px(x), px(y)) if y >= 1 else (x, y)
            dpg.add_theme_style(target, *scaled, category=dpg.mvThemeCat_Plots)
    return theme


def _line_theme(colour: Colour) -> Item:
    with dpg.theme() as theme, dpg.theme_component(dpg.mvLineSeries):
        dpg.add_theme_color(dpg.mvPlotCol_Line, colour, category=dpg.mvThemeCat_Plots)
        dpg.add_theme_style(dpg.mvPlotStyleVar_LineWeight, px(1.5), category=dpg.mvThemeCat_Plots)
    return theme


def _tile_theme(rim: Colour) -> Item:
    with dpg.theme() as theme, dpg.theme_component(dpg.mvAll):
        dpg.add_theme_color(dpg.mvThemeCol_Button, rim)
        dpg.add_theme_color(dpg.mvThemeCol_ButtonHovered, FRAME_ACTIVE if rim != ACCENT else ACCENT)
        dpg.add_theme_color(dpg.mvThemeCol_ButtonActive, ACCENT_DEEP)
        dpg.add_theme_style(dpg.mvStyleVar_FramePadding, px(2), px(2))
    return theme
