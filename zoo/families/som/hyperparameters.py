"""Hyperparameters of the self-organising map; TensorFlow-free."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from zoo.recipe.fields import Settings, setting

if TYPE_CHECKING:
    from zoo.data.spec import Data

GRID = (10, 10)  # rows and columns where there is no training split to take them from


class Hyperparameters(Settings):
    """What can be set of a self-organising map. Passes are `training.epochs`."""

    rows: int | None = setting(
        None,
        "rows of the grid; with columns by 5 sqrt(n) cells and the two largest eigenvalues if not given",
        ge=1,
        le=1000,
        search=[5, 10, 15, 20],
    )
    columns: int | None = setting(None, "columns of the grid; as many as rows if not given", ge=1, le=1000)
    topology: Literal["rectangular", "hexagonal"] = setting(
        "rectangular", "eight neighbours a cell, or six", search=["rectangular", "hexagonal"]
    )
    toroid: bool = setting(False, "whether opposite edges of the grid meet")
    rule: Literal["batch", "online"] = setting(
        "batch", "batch: cells move to weighted means once a pass; online: a little after each example"
    )
    neighborhood: Literal["gaussian", "bubble", "mexican_hat"] = setting(
        "gaussian", "influence of an example on the cells near its best one", search=["gaussian", "bubble"]
    )
    initialization: Literal["random", "sample", "pca"] = setting(
        "pca", "first codebook: uniform in the range of the features, examples, or along two principal axes"
    )
    sigma: float | None = setting(
        None,
        "width of the neighbourhood in the first epoch, in cells; half the longer side if not given",
        gt=0.0,
        le=1000.0,
        search={"low": 1.0, "high": 10.0, "log": True},
    )
    sigma_end: float = setting(
        0.5, "width in the last epoch", gt=0.0, le=1000.0, search={"low": 0.3, "high": 1.5, "log": True}
    )
    sigma_decay: Literal["exponential", "asymptotic", "linear"] = setting(
        "exponential", "how the width falls", search=["exponential", "asymptotic", "linear"]
    )
    learning_rate_end: float = setting(
        0.01, "learning rate of the online rule at the end; training.learning_rate is the first one", gt=0.0, le=1.0
    )
    learning_rate_decay: Literal["exponential", "asymptotic", "linear"] = setting(
        "exponential", "how the learning rate of the online rule falls"
    )
    trim: float = setting(
        0.0,
        "share of the training examples, the farthest, that each pass of the batch rule leaves out",
        ge=0.0,
        le=0.9,
        search=[0.0, 0.1, 0.3],
    )
    standardize: bool = setting(True, "standardise vectors and the numbers of tables with the training split")
    chunk_size: int | None = setting(
        None, "examples encoded at once, for data larger than memory; all of them if not given (batch rule)", ge=1
    )

    @model_validator(mode="after")
    def _the_grid_can_be(self) -> Hyperparameters:
        if self.rows is None:
            if self.columns is not None:
                raise ValueError(f"columns go with rows, received columns = {self.columns} alone")
        elif self.rows * (self.columns or self.rows) < 2:
            raise ValueError("a map must have at least two cells, received 1 by 1")
        elif self.toroid and self.topology == "hexagonal" and self.rows % 2:
            raise ValueError(f"a hexagonal toroid must have an even number of rows, received {self.rows}")
        return self

    @model_validator(mode="after")
    def _the_width_falls(self) -> Hyperparameters:
        if self.sigma is not None and self.sigma_end > self.sigma:
            raise ValueError(f"sigma_end must not exceed sigma, received {self.sigma_end} > {self.sigma}")
        return self

    @property
    def divides(self) -> bool:
        """Whether several devices can share the examples: of the batch rule, where none is compared with another."""
        return self.rule == "batch" and not self.trim

    @model_validator(mode="after")
    def _the_batch_rule_takes_weights(self) -> Hyperparameters:
        if self.rule == "batch" and self.neighborhood == "mexican_hat":
            raise ValueError("the batch rule takes no negative influence: mexican_hat goes with rule = online")
        if self.rule == "online" and (self.chunk_size is not None or self.trim):
            raise ValueError("chunk_size and trim go with rule = batch: the online rule takes examples one by one")
        if self.chunk_size is not None and self.trim:
            raise ValueError("trim compares all examples with one another: it does not go with chunk_size")
        return self

    def settled(self, data: Data) -> Hyperparameters:
        """The same with the grid that the training split suggests, where none is given."""
        if self.rows is not None:
            return self
        from zoo.families.som.settling import settled_grid

        grid = settled_grid(
            data.train, data.spec, topology=self.topology, toroid=self.toroid, standardize=self.standardize
        )
        return self.model_copy(update={"rows": grid.rows, "columns": grid.columns})

    @property
    def sides(self) -> tuple[int, int]:
        """Rows and columns of the grid, where no training split settles them."""
        if self.rows is None:
            return GRID
        return self.rows, self.columns or self.rows
