"""The commands of `memchar`, one file a stage; each module adds its own with `register`."""
