"""Docstring examples of modules that need the optional extra `train` are run only where PyTorch is installed."""

import importlib.util

collect_ignore = [] if importlib.util.find_spec("torch") else ["evaluator/training.py", "evaluator/training_layers.py"]
