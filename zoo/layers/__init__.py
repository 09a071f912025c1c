"""Layers, schedules and checks that two or more families share; every object is serialisable by Keras."""
