"""Texts made into data: divided by position, a vocabulary learned on the training part alone."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from zoo.data.errors import InvalidData
from zoo.data.options import TextOptions, UnitOptions
from zoo.data.spec import SPLIT_NAMES, Data, DataSpec, Split
from zoo.data.text import Vocabulary, clean


def divided(text: str, options: TextOptions) -> dict[str, str]:
    """Cut one text into its beginning to learn from, what follows to choose by, and its end to measure on.

    Args:
        text: The whole text.
        options: Fractions, and how many characters of the beginning are used.

    Returns:
        Split name -> text.

    Example:
        >>> divided("x" * 100, TextOptions())["test"]
        'xxxxxxxxxx'
    """
    text = clean(text)[: options.characters]
    test = round(len(text) * options.test_fraction)
    validation = round(len(text) * options.validation_fraction)
    ends = len(text) - test - validation, len(text) - test
    return {"train": text[: ends[0]], "validation": text[ends[0] : ends[1]], "test": text[ends[1] :]}


def text_data(parts: Mapping[str, str], options: UnitOptions) -> Data:
    """Encode the three parts of a text by the vocabulary of the first.

    Args:
        parts: Split name -> text.
        options: Characters or words, their case, and which are too rare.

    Returns:
        Checked data: features are codes (n,), targets the codes that follow, and the two share their memory.

    Raises:
        InvalidData: A part is too short to predict anything in.
    """
    vocabulary = Vocabulary.learn(
        parts["train"],
        level=options.level,
        lower_case=options.lower_case,
        size=options.vocabulary_size,
        least=options.least_count,
    )
    splits = {name: _split(vocabulary, name, parts[name]) for name in SPLIT_NAMES}
    spec = DataSpec(
        kind="text",
        shape=(),
        dtype=vocabulary.dtype,
        task="text_generation",
        target_name=f"next {vocabulary.level}",
        vocabulary=vocabulary,
    )
    data = Data(spec, splits["train"], splits["validation"], splits["test"], splitting="position")
    data.check()
    return data


def _split(vocabulary: Vocabulary, name: str, text: str) -> Split:
    codes = np.asarray(vocabulary.encode(text))
    if len(codes) < 2:
        raise InvalidData(
            f"the {name} part of a text must hold at least 2 {vocabulary.level}s", received=f"{len(text)} characters"
        )
    return Split(codes[:-1], codes[1:])
