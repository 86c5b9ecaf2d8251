"""Where data sets and models come from: a local folder, a mirror, or the Hugging Face Hub."""
