"""Makes what tests/unit/test_dataset_npz.c reads. Run it in this folder with NumPy."""
import numpy as np

arrays = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "input 1": np.array([7, -8])}
np.savez("stored.npz", **arrays)
np.savez_compressed("deflated.npz", **arrays)
