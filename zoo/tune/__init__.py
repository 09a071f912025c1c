"""Tuning: ranges become a space, proposals of KerasTuner become trials, and the best one becomes a recipe."""
