const NAME_FONT = "600 12px system-ui, sans-serif", NAME_HEIGHT = 17;

/** Where the names of a clusterer stand, from its clusters to the coarsest groups: at a row amid their rows. */
function levelsOf(of, x, y) {
  const finest = { group: (cluster) => cluster, names: of.about };
  const layers = of.layers.map((layer) => ({ group: (cluster) => layer.groups[cluster], names: layer.names }));
  return [finest, ...layers].map(({ group, names }) => {
    const members = new Map();
    for (const [cluster, rows] of of.rowsOf) {
      const key = group(cluster);
      if (key !== undefined) members.set(key, [...(members.get(key) ?? []), rows]);
    }
    return [...members].map(([key, parts]) => ({ key, parts, size: parts.reduce((sum, rows) => sum + rows.length, 0) })).sort((a, b) => b.size - a.size)
      .map(({ key, parts, size }) => ({ text: names[key] ?? "", row: amid(thinned(parts, size), x, y) }));
  });
}

/** All of some lists of rows, or evenly chosen ones where there are many. */
function thinned(parts, size, most = 5000) {
  const step = Math.max(1, Math.ceil(size / most)), rows = [];
  for (const part of parts) for (let k = 0; k < part.length; k += step) rows.push(part[k]);
  return rows;
}

/** The row nearest to the median place of some rows. */
function amid(rows, x, y) {
  const middle = (of) => rows.map((i) => of[i]).sort((a, b) => a - b)[rows.length >> 1], mx = middle(x), my = middle(y);
  let best = rows[0], least = Infinity;
  for (const i of rows) { const d = (x[i] - mx) ** 2 + (y[i] - my) ** 2; if (d < least) { least = d; best = i; } }
  return best;
}

const ruler = document.createElement("canvas").getContext("2d");

/** The finest level of which few enough are in view; of its names those that overlap no larger one's. */
function namesThatFit(levels, inView, place, { width, height }) {
  const most = Math.max(6, Math.floor((width * height) / 16000));
  let seen = [];
  for (const level of levels) { seen = level.filter(inView); if (seen.length <= most) break; }
  ruler.font = NAME_FONT;
  const longest = width < 420 ? 20 : 28, boxes = [];
  for (const { text, row } of seen) {
    const shown = text.length > longest ? `${text.slice(0, longest - 1).replace(/[\s·]+$/, "")}…` : text;
    if (!shown) continue;
    const wide = ruler.measureText(shown).width + 8, [px, py] = place(row);
    const x = Math.min(width - wide / 2 - 2, Math.max(wide / 2 + 2, px)), y = Math.min(height - NAME_HEIGHT, Math.max(NAME_HEIGHT, py));
    if (boxes.some((other) => Math.abs(other.x - x) < (other.wide + wide) / 2 && Math.abs(other.y - y) < NAME_HEIGHT)) continue;
    boxes.push({ text: shown, row, x, y, wide });
  }
  return boxes;
}

/** Write names over points, with a halo in the colour of the page. */
function writeNames(context, names, over, faded) {
  const style = getComputedStyle(over), halo = getComputedStyle(over.parentElement).backgroundColor;
  context.font = NAME_FONT;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.lineWidth = 4;
  for (const { text, row, x, y } of names) {
    context.globalAlpha = faded(row) ? 0.3 : 1;
    context.strokeStyle = halo;
    context.strokeText(text, x, y);
    context.fillStyle = style.color;
    context.fillText(text, x, y);
  }
  context.globalAlpha = 1;
}
