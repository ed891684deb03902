"""Training on a module of memristor crossbars with digital sums of gradients, and what it takes in cells and energy.

    ModuleSettings          levels, noise, converters, threshold, each with its origin; `published_module`, `own_module`
    account                 arrays, operations, latency, energy of a network of `LayerShape`s on arrays of a `TileCost`

With torch (the extra `train`) `evaluator.mixedprecision.layers` has `MemristorLinear` and `MemristorConv2d` in place of
torch.nn's, `.updates` the update rules and `.training` the loop. Wu et al. 2023, doi 10.1002/adma.202305465.
"""

from evaluator.mixedprecision.layershape import NETWORKS, LayerShape, NetworkShape
from evaluator.mixedprecision.ownmodule import own_module
from evaluator.mixedprecision.published import published_cost, published_module
from evaluator.mixedprecision.settings import ModuleSettings, Source
from evaluator.mixedprecision.tileaccount import NetworkAccount, Tile, TileCost, account

__all__ = [
    "NETWORKS",
    "LayerShape",
    "ModuleSettings",
    "NetworkAccount",
    "NetworkShape",
    "Source",
    "Tile",
    "TileCost",
    "account",
    "own_module",
    "published_cost",
    "published_module",
]
