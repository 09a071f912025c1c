"""Wine: 13 chemical measurements of 178 wines of one Italian region from three cultivars, inside scikit-learn.

The source gives no units; alcohol is in per cent by volume.
Source: M. Forina et al., PARVUS, Genoa, 1988; S. Aeberhard, M. Forina, Wine, UCI repository, 1991.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.data.columns import Column
from zoo.data.options import SplitOptions

if TYPE_CHECKING:
    from zoo.data.spec import Data

COLUMNS = (
    Column("alcohol", "number", "alcohol", unit="% by volume"),
    Column("malic_acid", "number", "malic acid"),
    Column("ash", "number", "ash"),
    Column("alcalinity_of_ash", "number", "alcalinity of the ash"),
    Column("magnesium", "number", "magnesium"),
    Column("total_phenols", "number", "phenols in all"),
    Column("flavanoids", "number", "flavanoids"),
    Column("nonflavanoid_phenols", "number", "phenols that are no flavanoids"),
    Column("proanthocyanins", "number", "proanthocyanins"),
    Column("color_intensity", "number", "intensity of the colour"),
    Column("hue", "number", "hue"),
    Column("od280_od315_of_diluted_wines", "number", "ratio of the optical densities at 280 and 315 nm, diluted"),
    Column("proline", "number", "proline"),
)
CLASSES = ("cultivar 1", "cultivar 2", "cultivar 3")
HASHES = {
    "train": "4169823aa4528de405069de218a4cec995c5419e043bc70cacec428e5294b324",
    "validation": "495ffd59831d6b86b3a89d56c5d19169c6e74713bf44851a7e35dde05166ded7",
    "test": "c454ebf7861b08d8b2f152f40b0fcc520e3ab46defabd0917131ffc887a0cfc5",
}


class Options(SplitOptions):
    """Options of wine: how it is split."""


def load(options: Options) -> Data:
    """Load the rows as float64 (13,).

    Args:
        options: How to split.

    Returns:
        Data with 3 classes.

    Raises:
        DamagedData: The default splits are not the stored ones.
    """
    from sklearn.datasets import load_wine

    from zoo.data.hashes import check_hashes
    from zoo.data.numbers import number_table

    features, targets = load_wine(return_X_y=True)
    data = number_table(features, targets, COLUMNS, options, classes=CLASSES, target="cultivar")
    if options == Options():
        check_hashes(data.hashes(), HASHES, name="wine")
    return data
