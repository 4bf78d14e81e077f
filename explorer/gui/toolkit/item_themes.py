"""Dear PyGui themes for kinds of items, made of the palette at the current scale."""

from __future__ import annotations

from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui.toolkit import palette
from explorer.gui.toolkit.palette import Colour
from explorer.gui.toolkit.scale import FRAME_PADDING_Y, px

GRAB_WIDTH: Final = 10
"""Width of a slider's grab in design pixels."""
_COLOURS: Final = (
    (dpg.mvThemeCol_Text, palette.TEXT),
    (dpg.mvThemeCol_TextDisabled, palette.FAINT),
    (dpg.mvThemeCol_WindowBg, palette.GROUND),
    (dpg.mvThemeCol_ChildBg, palette.CLEAR),
    (dpg.mvThemeCol_PopupBg, palette.RAISED),
    (dpg.mvThemeCol_Border, palette.LINE),
    (dpg.mvThemeCol_BorderShadow, palette.CLEAR),
    (dpg.mvThemeCol_FrameBg, palette.FRAME),
    (dpg.mvThemeCol_FrameBgHovered, palette.FRAME_HOVER),
    (dpg.mvThemeCol_FrameBgActive, palette.FRAME_ACTIVE),
    (dpg.mvThemeCol_TitleBg, palette.RAISED),
    (dpg.mvThemeCol_TitleBgActive, palette.RAISED),
    (dpg.mvThemeCol_TitleBgCollapsed, palette.RAISED),
    (dpg.mvThemeCol_MenuBarBg, palette.PANEL),
    (dpg.mvThemeCol_ScrollbarBg, palette.CLEAR),
    (dpg.mvThemeCol_ScrollbarGrab, palette.FRAME),
    (dpg.mvThemeCol_ScrollbarGrabHovered, palette.FRAME_HOVER),
    (dpg.mvThemeCol_ScrollbarGrabActive, palette.FRAME_ACTIVE),
    (dpg.mvThemeCol_CheckMark, palette.ACCENT),
    (dpg.mvThemeCol_SliderGrab, palette.ACCENT),
    (dpg.mvThemeCol_SliderGrabActive, palette.TEXT),
    (dpg.mvThemeCol_Button, palette.FRAME),
    (dpg.mvThemeCol_ButtonHovered, palette.FRAME_HOVER),
    (dpg.mvThemeCol_ButtonActive, palette.FRAME_ACTIVE),
    (dpg.mvThemeCol_Header, palette.FRAME),
    (dpg.mvThemeCol_HeaderHovered, palette.FRAME_HOVER),
    (dpg.mvThemeCol_HeaderActive, palette.FRAME_ACTIVE),
    (dpg.mvThemeCol_Separator, palette.LINE),
    (dpg.mvThemeCol_Tab, palette.PANEL),
    (dpg.mvThemeCol_TabHovered, palette.FRAME_HOVER),
    (dpg.mvThemeCol_TabSelected, palette.FRAME),
    (dpg.mvThemeCol_TabSelectedOverline, palette.ACCENT),
    (dpg.mvThemeCol_TextSelectedBg, palette.ACCENT_DEEP),
    (dpg.mvThemeCol_NavCursor, palette.ACCENT),
    (dpg.mvThemeCol_ModalWindowDimBg, palette.SHADE),
    (dpg.mvThemeCol_DragDropTarget, palette.ACCENT),
    (dpg.mvThemeCol_PlotHistogram, palette.ACCENT_DEEP),
)

_STYLES: Final = (
    (dpg.mvStyleVar_WindowPadding, 14, 12),
    (dpg.mvStyleVar_WindowRounding, 8, -1),
    (dpg.mvStyleVar_WindowBorderSize, 1, -1),
    (dpg.mvStyleVar_ChildRounding, 6, -1),
    (dpg.mvStyleVar_ChildBorderSize, 0, -1),
    (dpg.mvStyleVar_PopupRounding, 6, -1),
    (dpg.mvStyleVar_FramePadding, 8, FRAME_PADDING_Y),
    (dpg.mvStyleVar_FrameRounding, 5, -1),
    (dpg.mvStyleVar_FrameBorderSize, 0, -1),
    (dpg.mvStyleVar_ItemSpacing, 6, 6),
    (dpg.mvStyleVar_ItemInnerSpacing, 6, 4),
    (dpg.mvStyleVar_CellPadding, 3, 2),
    (dpg.mvStyleVar_ScrollbarSize, 10, -1),
    (dpg.mvStyleVar_ScrollbarRounding, 5, -1),
    (dpg.mvStyleVar_GrabMinSize, GRAB_WIDTH, -1),
    (dpg.mvStyleVar_GrabRounding, 4, -1),
    (dpg.mvStyleVar_TabRounding, 5, -1),
    (dpg.mvStyleVar_TabBarBorderSize, 0, -1),
)


def base() -> int:
    """Make the theme of all items that have no theme of their own."""
    with dpg.theme() as theme, dpg.theme_component(dpg.mvAll):
        for target, colour in _COLOURS:
            dpg.add_theme_color(target, colour)
        for target, x, y in _STYLES:
            dpg.add_theme_style(target, px(x), px(y) if y >= 0 else -1)
        dpg.add_theme_style(dpg.mvStyleVar_ButtonTextAlign, 0.5, 0.5)
        dpg.add_theme_style(dpg.mvStyleVar_DisabledAlpha, 0.38)
    return int(theme)


def button(rest: Colour, hover: Colour, active: Colour, text: Colour, align: float = 0.5) -> int:
    """Make a theme for buttons; a disabled one shows its text alone."""
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
                dpg.add_theme_color(target, palette.CLEAR)
            dpg.add_theme_color(dpg.mvThemeCol_Text, palette.FRAME_ACTIVE)
            dpg.add_theme_style(dpg.mvStyleVar_FramePadding, px(4), px(4))
    return int(theme)


def place(colour: Colour, pad_x: int, pad_y: int) -> int:
    """Make a theme for a place of the window, with its padding in design pixels."""
    with dpg.theme() as theme, dpg.theme_component(dpg.mvChildWindow):
        dpg.add_theme_color(dpg.mvThemeCol_ChildBg, colour)
        dpg.add_theme_style(dpg.mvStyleVar_WindowPadding, px(pad_x), px(pad_y))
    return int(theme)


def root() -> int:
    """Make the theme of the main window, which has no edges of its own."""
    with dpg.theme() as theme, dpg.theme_component(dpg.mvWindowAppItem):
        dpg.add_theme_style(dpg.mvStyleVar_WindowPadding, 0, 0)
        dpg.add_theme_style(dpg.mvStyleVar_WindowBorderSize, 0)
        dpg.add_theme_style(dpg.mvStyleVar_WindowRounding, 0)
    return int(theme)


def style(target: int, x: int, y: int) -> int:
    """Make a theme that sets one style variable, in design pixels."""
    with dpg.theme() as theme, dpg.theme_component(dpg.mvAll):
        dpg.add_theme_style(target, px(x), px(y))
    return int(theme)


def text(colour: Colour) -> int:
    """Make a theme for text of one colour."""
    with dpg.theme() as theme, dpg.theme_component(dpg.mvAll):
        dpg.add_theme_color(dpg.mvThemeCol_Text, colour)
    return int(theme)


def slider(grab: Colour) -> int:
    """Make a theme for sliders with a grab of one colour."""
    with dpg.theme() as theme, dpg.theme_component(dpg.mvAll):
        dpg.add_theme_color(dpg.mvThemeCol_SliderGrab, grab)
        dpg.add_theme_color(dpg.mvThemeCol_SliderGrabActive, grab)
    return int(theme)


def plot() -> int:
    """Make the theme of the small plots."""
    colours = {
        dpg.mvPlotCol_FrameBg: palette.GROUND,
        dpg.mvPlotCol_PlotBg: palette.CLEAR,
        dpg.mvPlotCol_PlotBorder: palette.CLEAR,
        dpg.mvPlotCol_AxisText: palette.FAINT,
        dpg.mvPlotCol_AxisGrid: palette.LINE,
        dpg.mvPlotCol_AxisTick: palette.CLEAR,
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
    return int(theme)


def line(colour: Colour) -> int:
    """Make a theme for the lines of a plot."""
    with dpg.theme() as theme, dpg.theme_component(dpg.mvLineSeries):
        dpg.add_theme_color(dpg.mvPlotCol_Line, colour, category=dpg.mvThemeCat_Plots)
        dpg.add_theme_style(dpg.mvPlotStyleVar_LineWeight, px(1.5), category=dpg.mvThemeCat_Plots)
    return int(theme)


def tile(rim: Colour) -> int:
    """Make a theme for a small picture with a rim."""
    hover = palette.ACCENT if rim == palette.ACCENT else palette.FRAME_ACTIVE
    with dpg.theme() as theme, dpg.theme_component(dpg.mvAll):
        dpg.add_theme_color(dpg.mvThemeCol_Button, rim)
        dpg.add_theme_color(dpg.mvThemeCol_ButtonHovered, hover)
        dpg.add_theme_color(dpg.mvThemeCol_ButtonActive, palette.ACCENT_DEEP)
        dpg.add_theme_style(dpg.mvStyleVar_FramePadding, px(2), px(2))
    return int(theme)
