"""What neurons and columns do, derived from characterization tables."""

from evaluator.column_behaviour import ColumnBehaviour
from evaluator.neuron_behaviour import NeuronBehaviour

__all__ = ["ColumnBehaviour", "NeuronBehaviour"]
