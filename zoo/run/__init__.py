"""The shared runner: trains a bound recipe into a run folder, resumes it, scores it; it reports by events alone."""
