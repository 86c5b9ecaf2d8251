"""Numeric methods: arrays in, arrays or small frozen records out.

Enters: NumPy arrays, a seed, a device. Leaves: the same, with equal results for equal input. It knows no
plugin, recipe or run, and may import NumPy, SciPy and torch, and nothing of clusterforge.

- With torch, in blocks of bounded memory: ``kmeans``, ``silhouette``, ``neighbors``, ``radius``,
  ``choose``, ``precision``.
- Without torch, so that reading and comparing runs starts at once: ``contingency`` (accuracy, purity,
  NMI, ARI of tables), ``moments`` (and Davies-Bouldin, Calinski-Harabasz of them), ``standing`` (rows
  that stand for a cluster).
"""
