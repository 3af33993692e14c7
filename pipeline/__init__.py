"""
The engine: from a table to a gated ONNX model, one module per verb.

What numpy and OpenBLAS read only once, when they load, is fixed here, before anything of the house
can import them: a retrain must give the same bytes whatever the machine's threads and cores.
"""

import os

_NUMERICS = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # Kernels of newer cores sum in another order, and the last bits of a fit follow them.
    "OPENBLAS_CORETYPE": "Haswell",
}

os.environ.update(_NUMERICS)
