"""The built-in encoders: ``trained`` are those that the core trains, the others stand in a file each."""
