"""Networks with pre-trained weights: their files, batches and encoders."""
