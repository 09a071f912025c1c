"""Names that recipes choose from: of hyperparameters, in Keras' own spelling, and of metrics."""

from __future__ import annotations

from typing import Literal

Activation = Literal[
    "linear", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "silu", "gelu", "softplus", "softsign", "mish"
]
Initializer = Literal[
    "zeros",
    "random_uniform",
    "random_normal",
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "lecun_uniform",
    "lecun_normal",
    "orthogonal",
    "variance_scaling",
]

# What the runner measures by task, the primary metric first; kept here because naming it needs no TensorFlow.
METRICS = {
    "classification": ("accuracy", "balanced_accuracy", "macro_f1", "log_loss", "auc", "average_precision"),
    "regression": ("mse", "rmse", "mae", "r2"),
    "forecasting": ("closed_loop_mse", "closed_loop_mae", "mse", "rmse", "mae"),
    "mapping": ("quantization_error", "topographic_error", "purity", "accuracy", "balanced_accuracy", "macro_f1"),
    "anomaly_detection": (
        "average_precision",
        "auc",
        "precision_at_100",
        "quantization_error",
        "topographic_error",
    ),
    "text_generation": ("loss", "perplexity", "bits_per_character"),
    "picture_generation": (
        "pixel_frechet_distance",
        "frechet_distance",
        "pixel_frechet_distance_of_training",
        "frechet_distance_of_training",
        "nearest_ratio",
        "modes",
        "smallest_share",
    ),
}
TWO_CLASS_METRICS = ("auc", "average_precision", "precision_at_100")
