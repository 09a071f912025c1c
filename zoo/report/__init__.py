"""Reads a run folder and nothing else; writes its tables, figures and one self-contained page.

The names below are loaded on first use: reading a folder needs no matplotlib, and importing this package needs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoo.report.compare import Comparison, compare_runs
    from zoo.report.compare_page import write_comparison
    from zoo.report.family_figures import figures_of
    from zoo.report.page import write_report
    from zoo.report.read import ReproductionRecord, RunRecord, read_folder, read_reproduction, read_run
    from zoo.report.text import summary_lines

__all__ = [
    "Comparison",
    "ReproductionRecord",
    "RunRecord",
    "compare_runs",
    "figures_of",
    "read_folder",
    "read_reproduction",
    "read_run",
    "summary_lines",
    "write_comparison",
    "write_report",
]

_HOME = {
    "Comparison": "compare",
    "compare_runs": "compare",
    "figures_of": "family_figures",
    "summary_lines": "text",
    "write_comparison": "compare_page",
    "write_report": "page",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME.get(name, 'read')}"), name)
