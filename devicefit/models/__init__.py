"""Compact models of memristors, a file each; `devicefit.models.registry` lists them."""
