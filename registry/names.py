"""The grammar of names, `family` or `family/recipe`, and the names that are near a misspelt one."""

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from registry.errors import InvalidName

LONGEST_PART = 64  # characters; two parts, a time and an id stay below the 255 bytes that file systems allow
NEAR_ENOUGH = 0.6  # difflib ratio; below it the suggestions look random
_PART = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_RULE = (
    "must start with a lower-case letter and hold only lower-case letters, digits and single underscores "
    f"between them, at most {LONGEST_PART} characters"
)


@functools.total_ordering
@dataclass(frozen=True)
class Name:
    """The name of a family, or of one of its recipes.

    Args:
        family: The family's part, "mlp" in "mlp/digits".
        recipe: The recipe's part, "digits" in "mlp/digits"; None for the family itself.

    Raises:
        InvalidName: A part does not follow the grammar.
    """

    family: str
    recipe: str | None = None

    def __post_init__(self) -> None:
        check_part(self.family, "a family's name")
        if self.recipe is not None:
            check_part(self.recipe, "a recipe's name")

    def __str__(self) -> str:
        return format(self)

    def __lt__(self, other: "Name") -> bool:
        return (self.family, self.recipe or "") < (other.family, other.recipe or "")


def parse(text: str) -> Name:
    """Parse a name.

    Args:
        text: "family" or "family/recipe".

    Returns:
        The name; `format` gives the text back.

    Raises:
        InvalidName: The text does not follow the grammar.

    Example:
        >>> parse("mlp/digits")
        Name(family='mlp', recipe='digits')
        >>> parse("cnn")
        Name(family='cnn', recipe=None)
    """
    if not isinstance(text, str) or text.count("/") > 1:
        raise InvalidName("a name must be family or family/recipe", received=text, near=_repaired(text))
    family, slash, recipe = text.partition("/")
    try:
        return Name(family, recipe if slash else None)
    except InvalidName as error:
        raise InvalidName(error.message, received=text, near=_repaired(text)) from None


def format(name: Name) -> str:
    """Write a name as text, the inverse of `parse`.

    Args:
        name: The name.

    Returns:
        "family" or "family/recipe".

    Example:
        >>> format(Name("mlp", "digits"))
        'mlp/digits'
    """
    return name.family if name.recipe is None else f"{name.family}/{name.recipe}"


def check_part(text: str, what: str) -> str:
    """Check one part of a name, the part of a file name, or any other word under the same grammar.

    Args:
        text: The part.
        what: What it names, for the message: "a family's name".

    Returns:
        The text, unchanged.

    Raises:
        InvalidName: The text does not follow the grammar.
    """
    if not isinstance(text, str) or len(text) > LONGEST_PART or not _PART.fullmatch(text):
        raise InvalidName(f"{what} {_RULE}", received=text, near=_repaired(text))
    return text


def near(text: str, candidates: Iterable[str], count: int = 3) -> list[str]:
    """Find the candidates that a misspelt text may have meant, whatever their case.

    Args:
        text: What was typed.
        candidates: What exists. A whole name is also compared by its recipe part alone.
        count: How many to return at most.

    Returns:
        The nearest candidates, nearest first.

    Example:
        >>> near("digits", ["mlp/digits", "mlp/xor"])
        ['mlp/digits']
        >>> near("mpl", ["cnn", "mlp"])
        ['mlp']
    """
    from difflib import SequenceMatcher  # at use: 5 ms that a run without a mistake need not pay

    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(text.strip().casefold())  # the second sequence is the one that difflib analyses once

    def closeness(form: str) -> float:
        matcher.set_seq1(form.casefold())
        return matcher.ratio()

    scored = []
    for candidate in set(candidates):
        whole = closeness(candidate)
        best = max(whole, closeness(candidate.rpartition("/")[2]))
        if best >= NEAR_ENOUGH:
            scored.append((-best, -whole, candidate))
    return [candidate for _, _, candidate in sorted(scored)[:count]]


def _repaired(text: object) -> list[str]:
    """The well-formed name that a text such as "MLP/My Digits" may have meant, if there is one."""
    parts = [re.sub(r"[^a-z0-9]+", "_", part.lower()).strip("_") for part in str(text).split("/")]
    well_formed = len(parts) <= 2 and all(_PART.fullmatch(part) and len(part) <= LONGEST_PART for part in parts)
    return ["/".join(parts)] if well_formed else []
