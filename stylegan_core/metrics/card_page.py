"""The card of a checkpoint as a page of Markdown, written from whatever the card holds."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from stylegan_core.metrics import figures
from stylegan_core.metrics.table import METRICS


def card_page(card: Mapping[str, Any], settings: Mapping[str, Any] = MappingProxyType({})) -> str:
    """Return the page of a card, with a table of those training `settings` that are given."""
    quality = card.get("quality", {})
    lines = [*_summary(card), *_settings(settings)]
    for metric in METRICS:
        if all(key in quality for key in metric.reads):
            lines += [f"## {metric.title}", "", *metric.section(quality), ""]
    psis = ", ".join(f"{psi:g}" for psi in figures.PSIS)
    lines += ["## Truncation", "", f"![psi {psis}](truncation.png)"]
    return "\n".join(lines) + "\n"


def _summary(card: Mapping[str, Any]) -> list[str]:
    training = {
        key.replace("_", " "): value
        for key, value in card.get("training", {}).items()
        if not isinstance(value, Mapping)
    }
    return [
        f"# {card['name']}",
        "",
        str(card.get("description", "")),
        "",
        "| | |",
        "|---|---|",
        f"| architecture | {card['architecture']}, {card['config']['resolution']} px |",
        *(f"| {key} | {value} |" for key, value in training.items()),
        f"| licence | {card.get('licence', 'not stated')} |",
        "",
        f"![Uncurated samples at psi {figures.PSI}](samples.png)",
        "",
    ]


def _settings(settings: Mapping[str, Any]) -> list[str]:
    if not settings:
        return []
    return [
        "## Settings",
        "",
        "The settings of the training run that differ from the defaults.",
        "",
        "| setting | value |",
        "|---|---|",
        *(f"| {name} | {_cell(json.dumps(value))} |" for name, value in settings.items()),
        "",
    ]


def _cell(text: str) -> str:
    """Escape the character that would end a cell of a table."""
    return text.replace("|", "\\|")
