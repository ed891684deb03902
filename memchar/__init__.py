"""memchar: from measurements of a memristor to the energy, delay and accuracy of a network built from it.

The main path is `memchar.pipeline`; the command line is `memchar.cli`. Everything heavy is imported where it is
used, so that `import memchar` and `memchar --help` stay quick.
"""

from __future__ import annotations

__version__ = "0.1.0"
