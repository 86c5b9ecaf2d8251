"""Candidates for nearest neighbours, and the proof that none was missed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from clusterforge.numerics._distance import Centred

_BYTES = 96 * 2**20
_TILE = 65536
_FOLD = 32

Found = tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]


class Nearest:
    """Searches the k nearest of `rows` for blocks of queries; `own` leaves out equal indices."""

    def __init__(self, rows: Centred, asked: npt.NDArray[Any], k: int, own: bool) -> None:
        self.rows, self.asked, self.k, self.own = rows, asked, k, own
        n, d = rows.array.shape
        # The spare candidates set ties in order and make the proof below succeed.
        self.kept = min(k + max(8, k // 4), n - own)
        tile = min(n, _TILE)
        self.fold = _FOLD if tile // _FOLD > 2 * self.kept else 1
        width = -(-tile // self.fold) * self.fold
        self.step = int(np.clip(_BYTES // (4 * width + 20 * self.kept * d), 1, 1024))
        self.points = rows.all(torch.float32)
        # [-2y, |y|²]: its product with [q, 1] is |q - y|² less |q|². Padding is infinitely far.
        square = self.points.square().sum(1, keepdim=True)
        columns = torch.cat([self.points * -2, square], dim=1)
        self.tiles: list[tuple[int, torch.Tensor]] = []
        for start in range(0, n, tile):
            part = columns[start : start + tile]
            missing = -len(part) % self.fold
            if missing:
                far = torch.zeros((missing, d + 1), dtype=part.dtype, device=part.device)
                far[:, -1] = torch.inf
                part = torch.cat([part, far])
            self.tiles.append((start, part))
        # One buffer for all blocks: fresh pages would cost more than the product.
        self.buffer = torch.empty(self.step * width, dtype=torch.float32, device=rows.device)

    def split(self, rows: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
        """Rows in blocks small enough for `careful`."""
        step = max(1, _BYTES // (24 * len(self.rows.array)))
        return [rows[i : i + step] for i in range(0, len(rows), step)]

    def _query(self, part: npt.NDArray[np.int64], dtype: torch.dtype) -> torch.Tensor:
        if self.asked is self.rows.array and dtype == torch.float32:
            return self.points[torch.from_numpy(part).to(self.rows.device)]
        values = (self.asked[part] - self.rows.shift.astype(np.float64)) * self.rows.scale
        return torch.tensor(values, dtype=dtype, device=self.rows.device)

    def candidates(
        self, part: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        """Indices (b, k), distances (b, k), and whether each row is proved right (b,)."""
        q = self._query(part, torch.float32)
        augmented = torch.cat([q, torch.ones_like(q[:, :1])], dim=1)
        values, places = [], []
        for start, columns in self.tiles:
            score = self.buffer[: len(q) * len(columns)].view(len(q), len(columns))
            torch.mm(augmented, columns.T, out=score)
            if self.own:
                inside = (part >= start) & (part < start + len(columns))
                hit = torch.from_numpy(np.flatnonzero(inside))
                score[hit, torch.from_numpy(part[inside] - start)] = torch.inf
            value, place = self._smallest(score)
            values.append(value)
            places.append(place + start)
        value, place = torch.cat(values, 1), torch.cat(places, 1)
        if len(values) > 1:
            value, best = value.topk(self.kept, dim=1, largest=False)
            place = place.gather(1, best)
        indices, gap = self._measure(part, place.cpu().numpy())
        bound = (value.amax(1).double() + q.double().square().sum(1)).cpu().numpy()
        return indices, gap, self._proved(q, gap[:, -1] * self.rows.scale, bound)

    def _smallest(self, score: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Values and columns of the smallest of each row, in any order."""
        kept = min(self.kept, score.shape[1])
        if self.fold == 1 or score.shape[1] // self.fold < kept:  # the last tile may be short
            return score.topk(kept, dim=1, largest=False)
        # The m smallest of a row lie in the m strided groups of least minimum: look only there.
        folded = score.view(len(score), self.fold, -1)
        group = folded.amin(1).topk(kept, dim=1, largest=False, sorted=False)[1]
        stride = torch.arange(self.fold, device=score.device) * folded.shape[2]
        columns = (group[:, None, :] + stride[None, :, None]).view(len(score), -1)
        value, best = score.gather(1, columns).topk(kept, dim=1, largest=False)
        return value, columns.gather(1, best)

    def _proved(
        self, q: torch.Tensor, kth: npt.NDArray[np.float64], bound: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.bool_]:
        # Rows not kept scored at least `bound`. One nearer than the k-th has a norm of at most
        # |q| + kth, so its score errs by at most `noise`.
        if self.kept == len(self.rows.array) - self.own:
            return np.ones(len(q), dtype=np.bool_)
        norm = q.double().square().sum(1).sqrt().cpu().numpy()
        eps = torch.finfo(torch.float32).eps * (8 + q.shape[1] ** 0.5)
        noise = eps * ((norm + kth) ** 2 + norm**2)
        return np.asarray(kth**2 + noise < bound, dtype=np.bool_)

    def careful(self, part: npt.NDArray[np.int64]) -> Found:
        """The k nearest in float64, ties by index; for few rows."""
        n = len(self.rows.array)
        q = self._query(part, torch.float64)
        own = q.square().sum(1, keepdim=True)
        score = torch.empty((len(q), n), dtype=torch.float64, device=q.device)
        reach = 0.0
        for i in range(0, n, 8192):
            y = self.rows.take(i, i + 8192, torch.float64)
            square = y.square().sum(1)
            reach = max(reach, float(square.max()))
            score[:, i : i + 8192] = torch.addmm(square, q, y.T, alpha=-2) + own
        if self.own:
            score[torch.arange(len(q)), torch.from_numpy(part)] = torch.inf
        # Squared distances as whole multiples of a quantum, with the index in the low bits: equal
        # ones sort by index. The quantum must exceed the rounding error of the product.
        quantum = (float(own.max()) + reach) * 2.0 ** -min(46, 60 - n.bit_length())
        level = (score / (quantum or 1.0)).round_().clamp_(0, 2.0 ** (62 - n.bit_length()) - 1)
        key = level.long().mul_(n).add_(torch.arange(n, device=q.device))
        place = key.topk(self.kept, dim=1, largest=False)[1]
        return self._measure(part, place.cpu().numpy())

    def _measure(self, part: npt.NDArray[np.int64], place: npt.NDArray[np.int64]) -> Found:
        """Distances from float64 differences, sorted by distance, then index; the first k."""
        place = np.sort(place, axis=1)
        gap = self.rows.array[place].astype(np.float64)  # (b, kept, d)
        gap -= self.asked[part][:, None, :]
        distance = np.sqrt(np.einsum("bkd,bkd->bk", gap, gap))
        order = np.argsort(distance, axis=1, kind="stable")[:, : self.k]
        return np.take_along_axis(place, order, 1), np.take_along_axis(distance, order, 1)
