"""Export a trained model to a format that other programs read, and compare what was written with Keras."""
