"""Studies: a recipe with axes, every cell of the grid trained with every seed, ending in a table and a plot."""
