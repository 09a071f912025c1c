"""Use a model: create a fresh one, load a trained one, predict from raw input."""
