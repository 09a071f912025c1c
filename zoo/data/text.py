"""Text as numbers: line ends and case made alike, a vocabulary learned on the training part, encode and decode."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

import numpy as np

from zoo.data.checks import require

if TYPE_CHECKING:
    from zoo.data.spec import Split

Level = Literal["character", "word"]
UNKNOWN = "\ufffd"  # Unicode's own mark for what could not be represented; always unit 0
# Every character of a text is in exactly one of these, so that joining the pieces gives the text back.
_PIECES = re.compile(r"\w+|\s|[^\w\s]")


def clean(text: str, *, lower_case: bool = False) -> str:
    r"""Make line ends alike, drop a byte order mark and, if asked, write everything in lower case.

    Example:
        >>> clean("One\r\nTwo\rThree", lower_case=True)
        'one\ntwo\nthree'
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return text.lower() if lower_case else text


def pieces(text: str, level: str) -> Iterable[str]:
    """The units of a text in order: its characters, or its words, white space characters and signs.

    Example:
        >>> list(pieces("Is it?", "word"))
        ['Is', ' ', 'it', '?']
    """
    return text if level == "character" else _PIECES.findall(text)


@dataclass(frozen=True)
class Vocabulary:
    r"""The units that a text is made of, each with its code: its place.

    Args:
        units: `UNKNOWN` first, then the units that were learned.
        level: "character" or "word".
        lower_case: Whether texts are written in lower case before they are encoded.

    Raises:
        InvalidData: Units that are not different from one another, or not of the level.

    Example:
        >>> vocabulary = Vocabulary.learn("to be or not")
        >>> codes = vocabulary.encode("robot?")
        >>> vocabulary.decode(codes)
        'robot\ufffd'
    """

    units: tuple[str, ...]
    level: str = "character"
    lower_case: bool = False

    def __post_init__(self) -> None:
        require(self.level in get_args(Level), f"level must be one of {', '.join(get_args(Level))}", self.level)
        require(
            len(self.units) > 1 and self.units[0] == UNKNOWN, f"units must be {UNKNOWN!r}, then others", self.units[:3]
        )
        require(len(set(self.units)) == len(self.units), "units must be different from one another", len(self.units))
        require(
            self.level == "word" or all(len(unit) == 1 for unit in self.units),
            "units of the level character must be single characters",
            max(self.units, key=len),
        )

    @classmethod
    def learn(
        cls, text: str, *, level: str = "character", lower_case: bool = False, size: int | None = None, least: int = 1
    ) -> Self:
        """Learn the units of the training part.

        Args:
            text: The training part.
            level: "character" or "word".
            lower_case: Whether to write everything in lower case.
            size: At most so many units beside the unknown one, the commonest; all if not given.
            least: Units that occur less often are unknown.

        Raises:
            InvalidData: Nothing is left.
        """
        counts = Counter(pieces(clean(text, lower_case=lower_case), level))
        counts.pop(UNKNOWN, None)
        # by falling count and then by code point, so that the choice does not hang on the order of the text
        kept = sorted((unit for unit in counts if counts[unit] >= least), key=lambda unit: (-counts[unit], unit))[:size]
        require(
            bool(kept), f"the training part must hold a {level} that occurs {least} times", f"{len(text)} characters"
        )
        return cls((UNKNOWN, *sorted(kept)), level, lower_case)

    def __len__(self) -> int:
        return len(self.units)

    @property
    def dtype(self) -> str:
        """Numpy name of the smallest dtype that holds the codes."""
        return "uint8" if len(self) <= 256 else "uint16" if len(self) <= 65536 else "int32"

    @cached_property
    def _codes(self) -> dict[str, int]:
        return {unit: code for code, unit in enumerate(self.units)}

    @cached_property
    def _points(self) -> tuple[np.ndarray, np.ndarray]:
        """Code points of the characters in rising order, and the code of each."""
        points = np.array([ord(unit) for unit in self.units], np.uint32)
        order = np.argsort(points)
        return points[order], order

    @cached_property
    def lengths(self) -> np.ndarray:
        """Characters in each unit, int64 (units,)."""
        return np.array([len(unit) for unit in self.units], np.int64)

    def encode(self, text: str) -> np.ndarray:
        """Codes of a text, of the vocabulary's dtype, (units of the text,); what was never seen is 0."""
        text = clean(text, lower_case=self.lower_case)
        if self.level == "word":
            codes = self._codes
            return np.array([codes.get(piece, 0) for piece in pieces(text, "word")], self.dtype)
        wanted = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        points, order = self._points
        places = np.minimum(np.searchsorted(points, wanted), len(points) - 1)
        return np.where(points[places] == wanted, order[places], 0).astype(self.dtype)

    def decode(self, codes: np.ndarray) -> str:
        """The text of codes; `UNKNOWN` where a unit was never seen."""
        return "".join(map(self.units.__getitem__, np.asarray(codes).tolist()))

    def to_json(self) -> dict[str, Any]:
        """Return the fields as a JSON-serialisable dictionary; `from_json` is the inverse."""
        return {"units": list(self.units), "level": self.level, "lower_case": self.lower_case}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """Make a vocabulary from what `to_json` returned.

        Raises:
            InvalidData: A field is missing, unknown or of another type.
        """
        require(
            set(record) == {"units", "level", "lower_case"} and isinstance(record["lower_case"], bool),
            "a vocabulary must have units, level and lower_case",
            sorted(record),
        )
        units = record["units"]
        require(
            isinstance(units, list | tuple) and all(isinstance(unit, str) for unit in units),
            "units must be texts",
            type(units).__name__,
        )
        return cls(tuple(units), record["level"], record["lower_case"])


def check_codes(vocabulary: Vocabulary, name: str, split: Split) -> None:
    """Refuse a split of a text whose codes are not the vocabulary's, or whose targets are not what follows.

    Raises:
        InvalidData: As said.
    """
    for what, codes in (("features", split.features), ("targets", split.targets)):
        require(
            codes.dtype == vocabulary.dtype and int(codes.max()) < len(vocabulary),
            f"{what} of the {name} split must be {vocabulary.dtype} codes below {len(vocabulary)}",
            f"{codes.dtype}, largest {codes.max()}",
        )
    require(
        np.array_equal(split.features[1:], split.targets[:-1]),
        f"targets of the {name} split must be the codes that follow",
        "others",
    )
