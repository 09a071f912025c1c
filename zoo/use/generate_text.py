"""Texts of a trained text generator: gone on with from a prompt, cut at stop strings, the same for the same seed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import softmax

from zoo.data.errors import InvalidData
from zoo.data.spec import DataSpec
from zoo.data.text import Vocabulary

LARGEST_SEED = 2**63 - 1
MOST_SAMPLES = 4096


def generate_text(network: Any, data_spec: DataSpec, prompt: str, **settings: Any) -> list[str]:
    """What follows a prompt: one text a sample. Arguments and errors as of `stream_text`."""
    texts: list[str] = []
    for parts in stream_text(network, data_spec, prompt, **settings):
        texts = texts or [""] * len(parts)
        texts = [text + part for text, part in zip(texts, parts, strict=True)]
    return texts


def stream_text(
    network: Any,
    data_spec: DataSpec,
    prompt: str,
    *,
    length: int = 500,
    temperature: float | None = None,
    top_k: int | None = None,
    top_p: float | None = None,
    seed: int = 0,
    samples: int = 1,
    stop: Sequence[str] = (),
) -> Iterator[list[str]]:
    """Go on with a prompt, part by part as it is written; the cost of a unit does not grow with the text.

    Args:
        network: A text generator.
        data_spec: Its vocabulary.
        prompt: At least one character; what the training text did not have is read as unknown.
        length: Units to write, characters or words, unless a stop string ends the text before.
        temperature: Below 1 surer, above 1 bolder, 0 the most probable unit each time; the recipe's if not given.
        top_k: Draw from so many most probable units only.
        top_p: Draw from the fewest most probable units that have this probability together.
        seed: The same seed, prompt and settings give the same texts.
        samples: Texts to write side by side.
        stop: Strings that end a text; they are not part of it.

    Yields:
        For each sample the text that comes next; nothing once it has ended.

    Raises:
        InvalidData: The model writes no text, or an argument is out of range.
    """
    vocabulary = _vocabulary(data_spec)
    if temperature is None:
        temperature = float(network.hyperparameters.temperature)
    _check(prompt, length, temperature, top_k, top_p, seed, samples, stop)
    endings = [Ending(tuple(stop)) for _ in range(samples)]
    written = network.generate_codes(
        vocabulary.encode(prompt),
        length=length,
        seed=seed,
        samples=samples,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
    )
    for codes in written:
        yield [ending.add(vocabulary.decode(row)) for ending, row in zip(endings, codes, strict=True)]
        if all(ending.ended for ending in endings):
            return
    yield [ending.rest() for ending in endings]


@dataclass
class Ending:
    """One text on its way to a stop string: what may be the beginning of one is held back.

    Args:
        stop: Strings that end the text.

    Example:
        >>> ending = Ending(("END",))
        >>> ending.add("the E"), ending.add("ND and more"), ending.ended
        ('the', ' ', True)
    """

    stop: tuple[str, ...]
    ended: bool = False
    _held: str = field(default="", repr=False)

    def add(self, text: str) -> str:
        """Take in what was written and return what may be shown."""
        if self.ended:
            return ""
        text = self._held + text
        found = min((place for place in map(text.find, self.stop) if place >= 0), default=None)
        if found is not None:
            self.ended, self._held = True, ""
            return text[:found]
        keep = max(map(len, self.stop), default=1) - 1
        cut = max(0, len(text) - keep)
        self._held = text[cut:]
        return text[:cut]

    def rest(self) -> str:
        """What was held back, once nothing more comes."""
        held, self._held = self._held, ""
        return held


def next_probabilities(network: Any, data_spec: DataSpec, texts: str | Sequence[str]) -> np.ndarray:
    """Probabilities of the unit that follows each text, float32 (texts, vocabulary).

    Args:
        network: A text generator.
        data_spec: Its vocabulary.
        texts: One text or several, each of at least one character.

    Raises:
        InvalidData: They are not texts, or one is empty.
    """
    vocabulary = _vocabulary(data_spec)
    several = [texts] if isinstance(texts, str) else list(texts)
    if not several or not all(isinstance(text, str) and text for text in several):
        raise InvalidData("inputs must be texts of at least one character", received=repr(texts)[:80])
    logits = [np.asarray(network(vocabulary.encode(text)[None], training=False))[0, -1] for text in several]
    return np.asarray(softmax(np.stack(logits), axis=-1), np.float32)


def _vocabulary(data_spec: DataSpec) -> Vocabulary:
    if data_spec.vocabulary is None:
        raise InvalidData(
            "only a model of text goes on with a prompt",
            received=f"a model of {data_spec.kind} data",
            hint="zoo list lstm_text",
        )
    return data_spec.vocabulary


def _check(
    prompt: str,
    length: int,
    temperature: float,
    top_k: int | None,
    top_p: float | None,
    seed: int,
    samples: int,
    stop: Sequence[str],
) -> None:
    for holds, message, received in (
        (isinstance(prompt, str) and prompt != "", "prompt must be a text of at least one character", prompt),
        (length >= 1, "length must be at least 1", length),
        (math.isfinite(temperature) and temperature >= 0, "temperature must be a number from 0 on", temperature),
        (top_k is None or top_k >= 1, "top_k must be at least 1", top_k),
        (top_p is None or 0 < top_p <= 1, "top_p must be above 0 and at most 1", top_p),
        (0 <= seed <= LARGEST_SEED, f"seed must be a whole number from 0 to {LARGEST_SEED}", seed),
        (1 <= samples <= MOST_SAMPLES, f"samples must be 1 to {MOST_SAMPLES}", samples),
        (
            not isinstance(stop, str) and all(isinstance(text, str) and text for text in stop),
            "stop must be a list of texts of at least one character",
            stop,
        ),
    ):
        if not holds:
            raise InvalidData(message, received=repr(received))
