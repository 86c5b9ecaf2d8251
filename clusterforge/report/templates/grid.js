/** All rows in an order in which no part of the data always lies on top: a stride that shares no divisor. */
function shuffled(count) {
  const order = new Uint32Array(count), divisor = (a, b) => b ? divisor(b, a % b) : a;
  let stride = Math.max(1, Math.round(count * 0.6180339887));
  while (divisor(stride, count) > 1) stride++;
  for (let k = 0, at = 0; k < count; k++, at = (at + stride) % count) order[k] = at;
  return order;
}

const SIDE = 128; // squares along a side of the map

/** Sort the rows into squares: `cell` is that of each row, `visit` goes over those in a rectangle until told to stop. */
function makeGrid(x, y, units) {
  const side = SIDE, of = (value) => Math.min(side - 1, Math.max(0, Math.floor((value / units) * side)));
  const first = new Uint32Array(side * side + 1), rows = new Uint32Array(x.length), cell = new Uint16Array(x.length);
  for (let i = 0; i < x.length; i++) first[(cell[i] = of(y[i]) * side + of(x[i])) + 1]++;
  for (let k = 0; k < side * side; k++) first[k + 1] += first[k];
  const next = first.slice();
  for (let i = 0; i < x.length; i++) rows[next[cell[i]]++] = i;
  const visit = (x0, x1, y0, y1, heard) => {
    for (let row = of(y0 * units); row <= of(y1 * units); row++)
      for (let k = first[row * side + of(x0 * units)]; k < first[row * side + of(x1 * units) + 1]; k++) {
        const px = x[rows[k]] / units, py = y[rows[k]] / units;
        if (px >= x0 && px <= x1 && py >= y0 && py <= y1 && !heard(rows[k])) return;
      }
  };
  return { cell, visit };
}
