"""Open menus and lists, which Dear PyGui does not report and closes by the mouse alone."""

from __future__ import annotations

import ctypes
from typing import Any, Final

_NEEDED: Final = (
    "_ZN5ImGui11IsPopupOpenEji",
    "_ZN5ImGui16FindWindowByNameEPKc",
    "_ZN5ImGui20IsWindowNavFocusableEP11ImGuiWindow",
    "_ZN5ImGui23ClosePopupsExceptModalsEv",
)
_ANY: Final = 0x400 | 0x800  # ImGuiPopupFlags_AnyPopup
_LIST: Final = b"##Combo_00"  # the window of the open list of a combo


class Popups:
    """Tells whether a menu or a list is open, and closes it. Without Dear ImGui, none ever is."""

    def __init__(self, library: Any = None) -> None:
        found: list[Any] = [getattr(library, name, None) for name in _NEEDED]
        self._close: Any = None
        if None in found:
            return
        self._is_any_open, self._find_window, self._is_shown, self._close = found
        self._is_any_open.argtypes = [ctypes.c_uint, ctypes.c_int]
        self._is_any_open.restype = ctypes.c_bool
        self._find_window.argtypes = [ctypes.c_char_p]
        self._find_window.restype = ctypes.c_void_p
        self._is_shown.argtypes = [ctypes.c_void_p]
        self._is_shown.restype = ctypes.c_bool

    def is_open(self, *, over_dialog: bool) -> bool:
        """Tell whether a menu or a list is open; `over_dialog`: a dialog is open too.

        Dear ImGui counts a dialog as a popup, and dialogs have lists but no menus.
        """
        if self._close is None:
            return False
        if not over_dialog:
            return bool(self._is_any_open(0, _ANY))
        window = self._find_window(_LIST)
        return bool(window) and bool(self._is_shown(window))

    def close(self) -> None:
        """Close all open menus and lists."""
        if self._close is not None:
            self._close()
