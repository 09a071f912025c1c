"""Typed options that data sets share. A data set's own options are a subclass next to its loader."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from zoo.recipe.fields import Settings, setting


class DataOptions(Settings):
    """Options of a data set that has none: the base of all others. Unknown names are refused."""


class ValidationOptions(DataOptions):
    """Options of a data set whose source has its own test split.

    Example:
        >>> ValidationOptions().split_seed
        0
    """

    validation_fraction: float = setting(0.1, "part of the rows that becomes the validation split", gt=0, lt=1)
    split_seed: int = setting(0, "seed of the draw of the splits", ge=0, lt=2**32)
    stratify: bool = setting(True, "keep the class proportions in every split (classification only)")


class SplitOptions(ValidationOptions):
    """Options of a data set that is split here into train, validation and test.

    Example:
        >>> SplitOptions(test_fraction=0.3).test_fraction
        0.3
    """

    test_fraction: float = setting(0.2, "part of the rows that becomes the test split", gt=0, lt=1)

    @model_validator(mode="after")
    def _rows_are_left_to_train_on(self) -> SplitOptions:
        if self.validation_fraction + self.test_fraction >= 1:
            raise ValueError(
                "validation_fraction and test_fraction must add up to less than 1, "
                f"received {self.validation_fraction} + {self.test_fraction}"
            )
        return self


class UnitOptions(DataOptions):
    """Options of a text whose source divides it: what its units are.

    Example:
        >>> UnitOptions().level
        'character'
    """

    level: Literal["character", "word"] = setting("character", "what is predicted one after the other")
    lower_case: bool = setting(False, "write the whole text in lower case")
    vocabulary_size: int | None = setting(
        None, "most units beside the unknown one, the commonest; all if not given", ge=1, le=2**20
    )
    least_count: int = setting(1, "units that occur less often in the training part are unknown", ge=1)


class TextOptions(UnitOptions):
    """Options of a text that is divided here, by position: its end is the test split, what comes before validation.

    Example:
        >>> TextOptions(test_fraction=0.05).validation_fraction
        0.1
    """

    validation_fraction: float = setting(0.1, "part of the characters that becomes the validation split", gt=0, lt=1)
    test_fraction: float = setting(0.1, "part of the characters that becomes the test split", gt=0, lt=1)
    characters: int | None = setting(None, "use the first so many characters of the text; all if not given", ge=20)

    @model_validator(mode="after")
    def _text_is_left_to_train_on(self) -> TextOptions:
        if self.validation_fraction + self.test_fraction >= 1:
            raise ValueError(
                "validation_fraction and test_fraction must add up to less than 1, "
                f"received {self.validation_fraction} + {self.test_fraction}"
            )
        return self


class SeriesOptions(DataOptions):
    """Options of a series that is known up to where its continuation, the test split, begins.

    Example:
        >>> SeriesOptions(lag=30).gap_or_lag
        30
    """

    lag: int = setting(20, "values in a window: what a forecast is made from", ge=1, le=100_000)
    horizon: int = setting(
        100, "steps of a closed loop, after which it starts again from true values", ge=1, le=100_000
    )
    validation_fraction: float = setting(0.1, "part of the known values, the last ones, that validates", gt=0, lt=1)
    gap: int | None = setting(
        None, "values between training and validation that are a target of neither; the lag if not given", ge=0
    )

    @model_validator(mode="after")
    def _the_gap_is_within_the_lag(self) -> SeriesOptions:
        if self.gap is not None and self.gap > self.lag:
            raise ValueError(f"gap must not exceed lag, received {self.gap} > {self.lag}")
        return self

    @property
    def gap_or_lag(self) -> int:
        """The gap, which is the lag where none is given."""
        return self.lag if self.gap is None else self.gap


class WholeSeriesOptions(SeriesOptions):
    """Options of a series whose last part becomes the continuation."""

    test_fraction: float = setting(0.1, "part of the values, the last ones, that is the continuation", gt=0, lt=1)
