"""The weights file: what is in it, and which files are refused."""

from __future__ import annotations

import io
import pickle
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest

from registry import Registry
from zoo.use.create import create
from zoo.weights.errors import WeightsError
from zoo.weights.files import load_weights, save_weights, weights_bytes
from zoo.weights.verified import verified_bytes

Change = Callable[[h5py.File], Any]


@pytest.fixture(scope="module")
def model(registry: Registry) -> keras.Model:
    return small(registry)


@pytest.fixture(scope="module")
def content(model: keras.Model) -> bytes:
    return weights_bytes(model)


def small(registry: Registry, units: tuple[int, ...] = (6, 5)) -> keras.Model:
    return create(registry, "mlp", num_classes=3, input_shape=(4,), units=list(units))


def changed(content: bytes, change: Change) -> bytes:
    file = io.BytesIO(content)
    with h5py.File(file, "r+") as opened:
        change(opened)
    return file.getvalue()


def refusal(model: keras.Model, content: bytes) -> str:
    before = model.get_weights()
    with pytest.raises(WeightsError) as caught:
        load_weights(model, content, where="some.weights.h5")
    assert caught.value.exit_code == 2
    assert all(np.array_equal(one, two) for one, two in zip(before, model.get_weights(), strict=True))
    return str(caught.value)


def test_a_compiled_and_fitted_model_leaves_no_optimiser_in_the_file(registry: Registry, tmp_path: Path) -> None:
    model = create(registry, "mlp", num_classes=10, input_shape=(64,))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    model.fit(np.zeros((8, 64), np.float32), np.zeros(8), verbose=0)
    stated = save_weights(model, tmp_path / "model.weights.h5")
    assert stated["file"] == "model.weights.h5"
    assert stated["bytes"] == (tmp_path / "model.weights.h5").stat().st_size
    # the rest is HDF5's own, about 2 KiB a variable; Adam would add twice the parameters again
    assert 0 < stated["bytes"] - 4 * model.count_params() < 3000 * len(model.variables)


def test_equal_weights_make_equal_bytes_whenever_they_are_saved(registry: Registry) -> None:
    one, two = small(registry), small(registry)
    assert one.layers[2].name != two.layers[2].name
    assert weights_bytes(one) != weights_bytes(two)
    two.set_weights(one.get_weights())
    first = weights_bytes(one)
    time.sleep(1.1)  # HDF5 can note times, in whole seconds
    assert weights_bytes(two) == first


def test_keras_itself_can_load_the_file(registry: Registry, model: keras.Model, content: bytes, tmp_path: Path) -> None:
    (tmp_path / "model.weights.h5").write_bytes(content)
    other = small(registry)
    other.load_weights(tmp_path / "model.weights.h5")
    assert all(np.array_equal(one, two) for one, two in zip(model.get_weights(), other.get_weights(), strict=True))


def test_a_file_is_read_when_it_is_the_one_recorded(model: keras.Model, tmp_path: Path) -> None:
    stated = save_weights(model, tmp_path / "w")
    assert len(verified_bytes(tmp_path / "w", sha256=str(stated["sha256"]), size=int(stated["bytes"]))) > 0


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (
            lambda path: path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:]),
            "must have the sha256",
        ),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "must have the size"),
        (lambda path: path.write_bytes(path.read_bytes() + b"\0"), "must have the size"),
        (lambda path: path.write_bytes(b""), "0 bytes instead of"),
        (lambda path: path.unlink(), "must be readable"),
        (lambda path: (path.unlink(), path.mkdir()), "weights file must"),
    ],
    ids=["flipped bit", "cut off", "longer", "empty", "missing", "a folder"],
)
def test_another_file_than_the_recorded_one_is_refused(
    model: keras.Model, tmp_path: Path, damage: Callable[[Path], Any], message: str
) -> None:
    path = tmp_path / "w"
    stated = save_weights(model, path)
    damage(path)
    with pytest.raises(WeightsError, match=message) as caught:
        verified_bytes(path, sha256=str(stated["sha256"]), size=int(stated["bytes"]))
    assert caught.value.where == str(path) or str(path) in str(caught.value)


def test_the_weights_of_a_larger_network_are_refused_naming_the_missing_variable(
    registry: Registry, model: keras.Model
) -> None:
    message = refusal(model, weights_bytes(small(registry, (6,))))
    assert "2 missing (layers/dense_2/vars/0 first)" in message
    assert "where: some.weights.h5" in message


def test_surplus_variables_are_refused_by_name(registry: Registry, model: keras.Model) -> None:
    assert "2 surplus (layers/dense_3/vars/0 first)" in refusal(model, weights_bytes(small(registry, (6, 5, 4))))


def test_another_shape_is_refused_by_name(registry: Registry, model: keras.Model) -> None:
    message = refusal(model, weights_bytes(small(registry, (6, 7))))
    assert "the variable layers/dense_1/vars/0 must have the network's shape and dtype, (6, 5) float32" in message
    assert "received: (6, 7) float32" in message


def test_another_dtype_is_refused(model: keras.Model, content: bytes) -> None:
    def to_integers(file: h5py.File) -> None:
        values = file["layers/dense/vars/0"][()]
        del file["layers/dense/vars/0"]
        file["layers/dense/vars/0"] = values.astype("int32")

    assert "received: (4, 6) int32" in refusal(model, changed(content, to_integers))


def replaced(make: Callable[[h5py.File], Any]) -> Change:
    """Puts something else in the place of a variable."""

    def change(file: h5py.File) -> None:
        del file["layers/dense/vars/0"]
        make(file)

    return change


PLACE = "layers/dense/vars/0"
LAYOUT = h5py.VirtualLayout((4, 6), "float32")
LAYOUT[:] = h5py.VirtualSource("other.h5", "secret", (4, 6))


@pytest.mark.parametrize(
    "make",
    [
        lambda file: file.__setitem__(PLACE, h5py.ExternalLink("other.h5", "/secret")),
        lambda file: file.__setitem__(PLACE, h5py.SoftLink("/layers/dense_1/vars/0")),
        lambda file: file.create_dataset(PLACE, (4, 6), "float32", external=[("other.bin", 0, 96)]),
        lambda file: file.create_virtual_dataset(PLACE, LAYOUT),
        lambda file: file.__setitem__(PLACE, np.dtype("float32")),
    ],
    ids=["external link", "soft link", "external storage", "virtual dataset", "named type"],
)
def test_what_leads_out_of_the_file_is_refused_by_name(
    model: keras.Model, content: bytes, make: Callable[[h5py.File], Any]
) -> None:
    message = refusal(model, changed(content, replaced(make)))
    assert "no links and no data of other files" in message
    assert f"received: {PLACE}" in message


def test_groups_in_a_circle_hold_no_variables(model: keras.Model, content: bytes) -> None:
    circular = changed(content, lambda file: file["layers"].__setitem__("again", file["/"]))
    load_weights(model, circular, where="some.weights.h5")


def test_an_absurd_shape_is_refused_before_there_is_room_for_it(model: keras.Model, content: bytes) -> None:
    absurd = changed(
        content, replaced(lambda file: file.create_dataset(PLACE, (2**40, 2**20), "float32", chunks=(64, 64)))
    )
    assert len(absurd) < len(content) + 10_000
    assert "received: (1099511627776, 1048576) float32" in refusal(model, absurd)


def test_chunks_far_larger_than_their_variable_are_refused_and_not_unpacked(model: keras.Model, content: bytes) -> None:
    def packed(file: h5py.File) -> None:
        file.create_dataset(
            PLACE, data=np.ones((4, 6), "float32"), maxshape=(None, None), chunks=(2**10, 2**13), compression="gzip"
        )

    bomb = changed(content, replaced(packed))
    assert len(bomb) < len(content) + 100_000  # and 32 MiB unpacked; 4 GiB are possible
    assert f"received: {PLACE} of shape (4, 6) in chunks of (1024, 8192)" in refusal(model, bomb)


def test_groups_nested_so_deeply_that_reading_them_would_not_end_are_refused(
    model: keras.Model, content: bytes
) -> None:
    def nest(file: h5py.File) -> None:
        group = file["layers"]
        for _ in range(2000):
            group = group.create_group("a")

    deep = changed(content, nest)
    began = time.monotonic()
    assert "groups of a weights file must be at most 64 deep" in refusal(model, deep)
    assert time.monotonic() - began < 20  # 1,000 deep take 27 s where nothing limits them


@pytest.mark.parametrize("other", [b"", b"no HDF5", b"PK\x03\x04" + bytes(100)])
def test_what_is_not_hdf5_is_refused(model: keras.Model, other: bytes) -> None:
    assert "a weights file must be a whole HDF5 file" in refusal(model, other)


def test_a_pickle_in_place_of_weights_is_refused_and_not_read(model: keras.Model, tmp_path: Path) -> None:
    class Command:
        def __reduce__(self) -> Any:
            return Path.touch, (tmp_path / "trace",)

    assert "a weights file must be a whole HDF5 file" in refusal(model, pickle.dumps(Command()))
    assert not (tmp_path / "trace").exists()


def test_a_damaged_file_with_a_matching_record_is_refused_or_loads(registry: Registry, content: bytes) -> None:
    rng = np.random.default_rng(0)
    model, refused = small(registry), 0
    for _ in range(50):
        damaged = bytearray(content)
        for place in rng.integers(0, len(content), 3):
            damaged[place] = rng.integers(0, 256)
        try:
            load_weights(model, bytes(damaged), where="some.weights.h5")
        except WeightsError:
            refused += 1
    assert refused > 5


def test_a_file_cut_off_anywhere_is_refused(model: keras.Model, content: bytes) -> None:
    for length in range(0, len(content), len(content) // 12):
        assert "HDF5" in refusal(model, content[:length])


def test_values_that_cannot_be_read_are_refused(registry: Registry, content: bytes) -> None:
    place = 0

    def packed(file: h5py.File) -> None:
        nonlocal place
        values = file[PLACE][()]
        del file[PLACE]
        place = file.create_dataset(PLACE, data=values, compression="gzip").id.get_chunk_info(0).byte_offset

    damaged = bytearray(changed(content, packed))
    damaged[place + 4] ^= 255
    with pytest.raises(WeightsError, match="a weights file must be a whole HDF5 file"):
        load_weights(small(registry), bytes(damaged), where="some.weights.h5")
