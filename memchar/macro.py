"""The evaluator against the truth: the same small network on tables and, transistor by transistor, in ngspice.

For each image the network is written as one deck (`netlists.network_deck`), simulated, and its spike times, class and
energies are compared with those of the event-driven kernel, which has seen nothing but the tables.
"""
