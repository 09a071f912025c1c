"""Characters a second of `generate` against `model.predict` a character, and against a PyTorch loop that carries state.

One network, two LSTM layers of 256 units over an embedding of 64 and 66 characters, untrained: what a character costs
does not hang on the weights. Ours draws at a temperature and stays in one compiled loop. The handbook's loop calls
`model.predict` for each character on the 50 before it and takes the most probable one. PyTorch reads one character at a
time under `inference_mode`, carries the state and draws from the softmax, with its usual number of threads and with
one, which suits products of one row. Tracing is not in the seconds and is stated apart. That a character costs the same
however long the text is shown by the last line.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from benchmarks.pairs import alternate, ratio_line, seconds_line
from zoo.data.spec import DataSpec
from zoo.data.text import Vocabulary
from zoo.families.lstm_text.hyperparameters import Hyperparameters
from zoo.families.lstm_text.model import TextGenerator, build
from zoo.use.generate_text import generate_text

UNITS, EMBEDDING, WINDOW, TEMPERATURE = 256, 64, 50, 0.8
LENGTH, PREDICTED = 512, 24  # characters a round: of ours and PyTorch's, of the loop over predict
LONG = 8  # times as long, for the last line
VOCABULARY = Vocabulary.learn("".join(map(chr, range(32, 97))))
PROMPT = "WHEN SHALL WE THREE MEET AGAIN, IN THUNDER, LIGHTNING, OR IN RAIN?"[:WINDOW]


def run(rounds: int = 9) -> None:
    """Print seconds and ratios; the bounds are 50 (predict) and 1.0 (PyTorch) times the characters a second."""
    network = _network()
    spec = DataSpec("text", (), VOCABULARY.dtype, "text_generation", vocabulary=VOCABULARY)

    def ours(length: int = LENGTH) -> None:
        generate_text(network, spec, PROMPT, length=length, temperature=TEMPERATURE, seed=1)

    began = time.perf_counter()
    ours()
    print(f"{'first call, tracing included':<58} {time.perf_counter() - began:.3f} s")
    ways: dict[str, Callable[[], object]] = {
        "ours": ours, "long": lambda: ours(LONG * LENGTH), "predict": lambda: _predicted(network)
    }  # fmt: skip
    try:
        ways |= {"PyTorch": _pytorch(network), "PyTorch, one thread": _pytorch(network, threads=1)}
    except ModuleNotFoundError as missing:
        print(f"PyTorch is not installed ({missing.name}): pip install 'keras-zoo[bench]'")
    times = alternate(ways, rounds)
    lengths = {"ours": LENGTH, "long": LONG * LENGTH, "predict": PREDICTED}
    each = {name: tuple(wall / lengths.get(name, LENGTH) for wall in own.wall) for name, own in times.items()}
    cpu = {name: tuple(seconds / lengths.get(name, LENGTH) for seconds in own.cpu) for name, own in times.items()}
    for name, own in times.items():
        print(seconds_line(f"{name}: {lengths.get(name, LENGTH)} characters", own.wall))
        rate = 1 / float(np.median(each[name]))
        print(f"{f'{name}: characters a second':<58} {rate:,.0f}")
    for other in [name for name in times if name not in ("ours", "long")]:
        print(ratio_line(f"ours / {other}, characters a second (wall)", each[other], each["ours"]))
        print(ratio_line(f"ours / {other}, characters a second (CPU)", cpu[other], cpu["ours"]))
    print(ratio_line(f"a character of a text {LONG} times as long / of the short one", each["long"], each["ours"]))


def _network() -> TextGenerator:
    keras.utils.set_random_seed(0)
    spec = DataSpec("text", (), VOCABULARY.dtype, "text_generation", vocabulary=VOCABULARY)
    return build(Hyperparameters(units=UNITS, layers=2, embedding_size=EMBEDDING), spec)


def _predicted(network: TextGenerator) -> None:
    """The handbook's loop (section 5.6): a whole window through `predict` for one character."""
    window = list(VOCABULARY.encode(PROMPT))
    for _ in range(PREDICTED):
        logits = network.predict(np.array([window[-WINDOW:]], VOCABULARY.dtype), verbose=0)
        window.append(int(logits[0, -1].argmax()))


def _pytorch(network: TextGenerator, threads: int | None = None) -> Callable[[], object]:
    """A loop of its own; with its usual number of threads unless one is given."""
    import torch

    usual = torch.get_num_threads()

    embedding = torch.nn.Embedding(len(VOCABULARY), EMBEDDING)
    lstm = torch.nn.LSTM(EMBEDDING, UNITS, num_layers=2, batch_first=True)
    head = torch.nn.Linear(UNITS, len(VOCABULARY))
    _same_weights(network, embedding, lstm, head)
    prompt = torch.tensor(VOCABULARY.encode(PROMPT).astype(np.int64))[None]

    @torch.inference_mode()
    def write() -> None:
        torch.set_num_threads(threads or usual)
        generator = torch.Generator().manual_seed(1)
        hidden, state = lstm(embedding(prompt))
        written = []
        for _ in range(LENGTH):
            shares = torch.softmax(head(hidden[:, -1]) / TEMPERATURE, dim=-1)
            code = torch.multinomial(shares, 1, generator=generator)
            written.append(code)
            hidden, state = lstm(embedding(code), state)
        torch.cat(written, dim=1)

    with torch.inference_mode():
        theirs = head(lstm(embedding(prompt))[0]).numpy()
    ours = keras.ops.convert_to_numpy(network(VOCABULARY.encode(PROMPT)[None]))
    assert np.abs(theirs - ours).max() < 1e-4, "both have the same weights and must say the same"
    return write


def _same_weights(network: TextGenerator, embedding: Any, lstm: Any, head: Any) -> None:
    """Keras' weights in PyTorch's layout; Keras has one bias where PyTorch adds two, and the same order of gates."""
    import torch

    def put(target: Any, value: np.ndarray) -> None:
        with torch.no_grad():
            target.copy_(torch.tensor(value))

    table, *layers = network.get_weights()
    put(embedding.weight, table)
    for number in range(2):
        kernel, recurrent, bias = layers[3 * number : 3 * number + 3]
        put(getattr(lstm, f"weight_ih_l{number}"), kernel.T)
        put(getattr(lstm, f"weight_hh_l{number}"), recurrent.T)
        put(getattr(lstm, f"bias_ih_l{number}"), bias)
        put(getattr(lstm, f"bias_hh_l{number}"), np.zeros_like(bias))
    put(head.weight, layers[-2].T)
    put(head.bias, layers[-1])
