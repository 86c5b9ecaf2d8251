"""Networks that the trained encoders share."""
