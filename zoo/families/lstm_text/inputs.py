"""How codes become numbers where they are not embedded: as one of many, or as one number."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable("zoo")
class OneHot(keras.layers.Layer):
    """Codes (...) -> float (..., size), 1 at the place of the code.

    Args:
        size: Number of codes.
    """

    def __init__(self, size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = size

    def call(self, codes: Any) -> Any:
        """Spread codes."""
        return keras.ops.one_hot(keras.ops.cast(codes, "int32"), self.size, dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments."""
        return {**super().get_config(), "size": self.size}


@keras.saving.register_keras_serializable("zoo")
class Scalar(keras.layers.Layer):
    """Codes (...) -> float (..., 1), the code over the number of codes.

    Args:
        size: Number of codes.
    """

    def __init__(self, size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = size

    def call(self, codes: Any) -> Any:
        """Scale codes."""
        return keras.ops.expand_dims(keras.ops.cast(codes, self.compute_dtype) / self.size, -1)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments."""
        return {**super().get_config(), "size": self.size}
