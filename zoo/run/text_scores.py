"""What probabilities of a text are worth, beside those of single units and of an interpolated 5-gram model.

The outputs for a text of n units are float32 (n,): the natural logarithm of the probability that each target had.
"""

from __future__ import annotations

import math

import numpy as np

from zoo.data.spec import Data, DataSpec, Split
from zoo.run.ngrams import log_probabilities

ORDER = 5
MEASURED = ("validation", "test")  # of the text that it counted itself, an n-gram model says nothing of interest


def text_score(data_spec: DataSpec, outputs: np.ndarray, targets: np.ndarray) -> dict[str, float]:
    """The metrics of a text generator.

    Args:
        data_spec: The vocabulary.
        outputs: (n,), see above.
        targets: (n,) codes.

    Returns:
        loss (nats for each unit), perplexity (its exponential), bits_per_character (of words: all bits over all
        characters; an unknown word counts as one character, and its spelling costs nothing).
    """
    total = -float(np.sum(outputs, dtype=np.float64))
    vocabulary = data_spec.vocabulary
    characters = len(targets) if vocabulary is None else int(vocabulary.lengths[targets].sum())
    loss = total / len(targets)
    return {"loss": loss, "perplexity": math.exp(loss), "bits_per_character": total / math.log(2) / characters}


def unigram_score(data: Data, split: str, outputs: np.ndarray) -> dict[str, float]:
    """The same of a model that knows how often each unit occurs in the training text."""
    return _of_order(data, data.splits[split], 1)


def five_gram_scores(data: Data) -> dict[str, dict[str, dict[str, float]]]:
    """The same, by split, of an interpolated 5-gram model of the training text, under its name."""
    return {"interpolated_5_gram": {name: _of_order(data, data.splits[name], ORDER) for name in MEASURED}}


def _of_order(data: Data, split: Split, order: int) -> dict[str, float]:
    assert data.spec.vocabulary is not None
    train, text = whole(data.train), whole(split)
    outputs = log_probabilities(train, text, units=len(data.spec.vocabulary), order=order)
    return text_score(data.spec, outputs, split.targets)


def whole(split: Split) -> np.ndarray:
    """All codes of a split, the last target included."""
    return np.concatenate([split.features, split.targets[-1:]])
