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
    const own = [...members].map(([key, parts]) => ({ key, parts, size: parts.reduce((sum, rows) => sum + rows.length, 0) })).sort((a, b) => b.size - a.size);
    const sizes = new Map(own.map(({ key, size }) => [key, size]));
    return { group, sizes, names: own.map(({ key, parts, size }) => ({ text: names[key] ?? "", row: amid(thinned(parts, size), x, y) })) };
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

/** A name in at most so many characters: its first parts whole, else its first words; "…" for the rest. */
function shortName(text, longest) {
  if (text.length <= longest) return text;
  for (const [mark, rest] of [[" · ", " · …"], [" ", " …"]]) {
    const end = text.lastIndexOf(mark, longest);
    if (end > 0) return text.slice(0, end) + rest;
  }
  return `${text.slice(0, longest - 1)}…`;
}

const BESIDE = [0, -18, 18, -28, 28, -42, 42], FEW = 0.15, MUCH = 0.4; // pixels above and below; parts of the rows under a name

/**
 * The finest level of which few enough are in view; of its names those that overlap no larger one's.
 * `hidden` tells which part of a cluster's and of a group's rows a box hides, at most: a name stands beside
 * its rows where it would hide many of a cluster, and nowhere where it would hide much of a group.
 */
function namesThatFit(levels, inView, place, hidden, { width, height }) {
  const most = Math.max(6, Math.floor((width * height) / 16000));
  let seen = [], level;
  for (level of levels) { seen = level.names.filter(inView); if (seen.length <= most) break; }
  ruler.font = NAME_FONT;
  const longest = width < 420 ? 20 : 28, boxes = [];
  for (const { text, row } of seen) {
    const shown = shortName(text, longest);
    if (!shown) continue;
    const wide = ruler.measureText(shown).width + 8, [px, py] = place(row);
    const x = Math.min(width - wide / 2 - 2, Math.max(wide / 2 + 2, px));
    let best = null, least = Infinity;
    for (const dy of BESIDE) {
      const y = Math.min(height - NAME_HEIGHT, Math.max(NAME_HEIGHT, py + dy));
      if (boxes.some((other) => Math.abs(other.x - x) < (other.wide + wide) / 2 && Math.abs(other.y - y) < NAME_HEIGHT)) continue;
      const part = hidden(x, y, wide, level);
      if (part.group < MUCH && part.cluster < least) { least = part.cluster; best = { text: shown, row, x, y, wide }; }
      if (least < FEW) break;
    }
    if (best) boxes.push(best);
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
