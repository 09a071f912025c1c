"""The help texts of the Python language, as `help("for")` shows them: the standard library's own pydoc_data.topics.

The texts change with the version of Python, so what is promised of them is promised of a version. Versions that were
measured are checked against their sha256; others are refused unless `data.any_version` is true.

Source: Python Software Foundation, The Python Language Reference.
"""

from __future__ import annotations

import hashlib
import platform
from typing import TYPE_CHECKING

from zoo.data.options import TextOptions
from zoo.recipe.fields import setting

if TYPE_CHECKING:
    from zoo.data.spec import Data

RAW = "English about Python with examples of code, plain text"
# sha256 of the whole text by version of Python
TEXTS = {
    "3.11.7": "d9dc35bce5ab1a24ed7f4c3c9b7c22450410e9d68279e3426db458c6be371621",
    "3.12.1": "a783e3b11f1e1fb3f70beed4f70fd49df4e94fad6677a2850094360e352928cd",
    "3.13.0": "725c3a769923a7c03be3df3685e00577c449780f70f5798948ea8fc396b2a88a",
}


class Options(TextOptions):
    """Options of python_docs: how the text is divided, and whether that of any Python will do."""

    any_version: bool = setting(
        False, "take the texts of this Python whatever its version; nothing is promised of them"
    )


def load(options: Options) -> Data:
    """Load the help texts, in the order of their names, as codes of their characters.

    Args:
        options: How to divide them.

    Returns:
        Data of kind text.

    Raises:
        DataUnavailable: This Python is of a version whose texts were not measured, or has none.
        DamagedData: Its texts are not those that were measured.
    """
    from zoo.data.text_split import divided, text_data

    text = _text()
    if not options.any_version:
        check_version(text, platform.python_version())
    return text_data(divided(text, options), options)


def check_version(text: str, version: str) -> None:
    """Refuse help texts that are not those measured.

    Args:
        text: The whole text.
        version: Of Python, such as "3.11.7".

    Raises:
        DataUnavailable: The version was not measured.
        DamagedData: It was, and had other texts.
    """
    from zoo.data.errors import DamagedData, DataUnavailable

    if version not in TEXTS:
        raise DataUnavailable(
            "the help texts must be of a Python that they were measured with",
            received=f"Python {version}",
            near=sorted(TEXTS),
            hint="data.any_version=true takes them as they are; promises are about Python 3.11",
        )
    digest = hashlib.sha256(text.encode()).hexdigest()
    if digest != TEXTS[version]:
        raise DamagedData(
            f"the help texts of Python {version} must have sha256 {TEXTS[version]}",
            received=digest,
            hint="a distribution may have changed pydoc_data/topics.py; data.any_version=true takes it as it is",
        )


def _text() -> str:
    from zoo.data.errors import DataUnavailable

    try:
        from pydoc_data.topics import topics
    except ImportError:
        raise DataUnavailable(
            "the Python that runs the zoo must have its help texts, the module pydoc_data.topics",
            received="none",
            hint="distributions keep it in a package of its own, such as python3-doc or libpython3-stdlib",
        ) from None
    return "\n\n".join(topics[name].strip() for name in sorted(topics))
