"""The characterization procedures, one file each."""
