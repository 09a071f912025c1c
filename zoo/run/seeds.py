"""Every random draw comes from the run's seed."""

from __future__ import annotations

import keras


def start_from(seed: int) -> None:
    """Forget what was built before and seed Python, NumPy and TensorFlow: a run does not depend on earlier ones."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
