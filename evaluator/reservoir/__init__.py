"""Deep delay-feedback reservoirs on the tables of a characterized node, with a readout in memristors."""
