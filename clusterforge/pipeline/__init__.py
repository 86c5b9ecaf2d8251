"""The pipeline: data set, encoders, clusterers, metrics, and what they leave in the run folder."""
