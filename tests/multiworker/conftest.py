"""What the tests of devices on one host share with those of many hosts."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

if "on_devices" not in sys.modules:
    _spec = importlib.util.spec_from_file_location("on_devices", Path(__file__).parents[1] / "run" / "on_devices.py")
    assert _spec is not None
    assert _spec.loader is not None
    sys.modules["on_devices"] = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(sys.modules["on_devices"])
