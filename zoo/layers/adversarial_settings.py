"""Settings that every adversarial family has: the loss and what keeps the two networks in balance; TensorFlow-free."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from zoo.recipe.fields import Settings, setting

AdversarialLoss = Literal["non_saturating", "minimax", "hinge", "wasserstein"]
LOGISTIC = ("non_saturating", "minimax")
PENALTY = 10.0  # of Gulrajani et al. 2017


class AdversarialSettings(Settings):
    """What can be set of two networks that learn from each other. A family's own settings are a subclass."""

    latent: int = setting(100, "numbers that a picture is made from", ge=1, le=4096, search=[32, 64, 100, 128])
    loss: AdversarialLoss = setting(
        "non_saturating", "what the two networks minimise", search=["non_saturating", "hinge"]
    )
    critic_steps: int = setting(1, "steps of the discriminator for one of the generator", ge=1, le=100)
    generator_rate: float = setting(
        1.0,
        "learning rate of the generator as a share of training.learning_rate, which is the discriminator's",
        gt=0.0,
        le=100.0,
        search={"low": 0.25, "high": 4.0, "log": True},
    )
    gradient_penalty: float | None = setting(
        None, "weight of the gradient penalty; 10 for the Wasserstein loss and 0 for others if not given", ge=0.0
    )
    label_smoothing: float = setting(
        0.0, "how far below 1 the discriminator's target for real pictures lies", ge=0.0, lt=0.5, search=[0.0, 0.1]
    )
    instance_noise: float = setting(
        0.0, "standard deviation of noise on what the discriminator sees; pictures lie in -1..1", ge=0.0, le=2.0
    )
    average: float = setting(
        0.0, "decay of the moving average of the generator's weights that is kept; 0: the last ones", ge=0.0, lt=1.0
    )
    spectral_normalization: bool = setting(False, "divide the discriminator's kernels by their largest singular value")
    conditional: bool = setting(False, "whether both networks are told the class")
    judge: str | None = setting(
        None, "recipe with published weights of a classifier, whose features and classes the pictures are scored by"
    )

    @property
    def penalty(self) -> float:
        """Weight of the gradient penalty."""
        if self.gradient_penalty is None:
            return PENALTY if self.loss == "wasserstein" else 0.0
        return self.gradient_penalty

    @model_validator(mode="after")
    def _smoothing_is_of_targets(self) -> AdversarialSettings:
        if self.label_smoothing and self.loss not in LOGISTIC:
            raise ValueError(f"label_smoothing goes with {' and '.join(LOGISTIC)}, received loss = {self.loss!r}")
        return self

    @model_validator(mode="after")
    def _the_critic_is_bounded(self) -> AdversarialSettings:
        if self.loss == "wasserstein" and not self.penalty and not self.spectral_normalization:
            raise ValueError(
                "the Wasserstein loss needs a gradient penalty or spectral normalisation, received gradient_penalty = 0"
            )
        return self
