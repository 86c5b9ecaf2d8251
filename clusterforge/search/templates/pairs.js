/** Fill a select with names; groups of measures have a heading. */
function fill(select, entries, chosen) {
  let group = null;
  entries.forEach(([text, heading], value) => {
    if (heading && group?.label !== heading) { group = make("optgroup", { label: heading }); select.append(group); }
    (heading ? group : select).append(make("option", { value }, text));
  });
  select.value = chosen;
}
const KINDS = { chooses: "objectives", record: "for the record", labels: "with labels", size: "size and cost" };
const measureEntries = () => MEASURES.map((of) => [of.title, KINDS[of.kind]]);

/** Two keys: a cell for each pair of values, with the mean or the best of its trials. */
function heatSvg(width, x, y, best) {
  const cells = new Map(), of = measure(), sign = of.direction === "lower" ? -1 : 1;
  for (let i = 0; i < COUNT; i++) {
    if (!state.kept[i] || of.values[i] === null || x.bin(i) === null || y.bin(i) === null) continue;
    const key = x.bin(i) * 1000 + y.bin(i);
    if (!cells.has(key)) cells.set(key, []);
    cells.get(key).push(of.values[i]);
  }
  const value = (values) => best ? sign * Math.max(...values.map((v) => sign * v)) : values.reduce((a, b) => a + b, 0) / values.length;
  const shown = [...cells].map(([key, values]) => [Math.floor(key / 1000), key % 1000, value(values), values.length]);
  const [low, high] = extentOf(shown.map(([, , v]) => v)), part = (v) => high > low ? (of.direction === "lower" ? high - v : v - low) / (high - low) : 1;
  const left = 16 + Math.min(width * 0.3, 6.6 * Math.max(4, ...y.names.map((name) => name.length))), cell = Math.min(110, (width - left - 6) / x.names.length), tall = Math.min(44, Math.max(24, cell)), top = 22;
  const height = top + tall * y.names.length + 40, svg = make("svg", { viewBox: `0 0 ${width} ${height}`, width, height });
  const put = (tag, attributes, text) => { const node = make(tag, attributes, text); svg.append(node); return node; };
  put("text", { x: 0, y: 14, class: "name" }, y.title);
  put("text", { x: left + cell * x.names.length / 2, y: height - 4, "text-anchor": "middle", class: "name" }, x.title);
  put("rect", { class: "ground", x: left, y: top, width: cell * x.names.length, height: tall * y.names.length, rx: 4 });
  const every = Math.ceil(30 / cell);
  x.names.forEach((name, c) => { if (c % every === 0) put("text", { x: left + cell * (c + 0.5), y: height - 24, "text-anchor": "middle" }, cut(x.brief?.[c] ?? name, Math.max(3, Math.floor(cell * every / 6.8)))).append(make("title", {}, name)); });
  y.names.forEach((name, r) => put("text", { x: left - 8, y: top + tall * (y.names.length - r - 0.5) + 4, "text-anchor": "end" }, cut(name, Math.floor((left - 10) / 6.3))).append(make("title", {}, name)));
  for (const [c, r, v, many] of shown) {
    const at = { x: left + cell * c + 1, y: top + tall * (y.names.length - r - 1) + 1, width: Math.max(1, cell - 2), height: tall - 2, rx: 3 }, step = stepOf(part(v));
    put("rect", { ...at, class: "base", fill: stepColour(step) }).append(make("title", {}, `${x.title} ${x.names[c]}, ${y.title} ${y.names[r]}: ${short(v)}, ${best ? "best" : "mean"} of ${many === 1 ? "1 trial" : `${whole(many)} trials`}`));
    if (cell >= 40) put("text", { x: at.x + at.width / 2, y: at.y + at.height / 2 + 4, "text-anchor": "middle", class: step === 0 || step >= STEPS - 2 ? "on" : "dark" }, String(Number(v.toPrecision(3))).replace("-", "−"));
  }
  return { svg };
}

/** A key in classes: its options, or a range in eight parts, which are called by where they begin where room is short. */
function binned(axis) {
  if (axis.options.length) return { title: axis.title, names: axis.options, bin: (i) => axis.places[i] };
  const scale = scaleOf(axis), [low, high] = extentOf(axis.places), bins = 8;
  const edge = (b) => short(axis.log ? low * (high / low) ** (b / bins) : low + (high - low) * b / bins);
  return { title: axis.title, names: Array.from({ length: bins }, (_, b) => `${edge(b)} to ${edge(b + 1)}`), brief: Array.from({ length: bins }, (_, b) => `${edge(b)}…`), bin: (i) => { const t = scale.at(i); return t === null ? null : Math.min(bins - 1, Math.floor(t * bins)); } };
}

function makeHeat(box) {
  const [xs, ys, of] = ["heat-x", "heat-y", "heat-of"].map((id) => document.getElementById(id)), names = AXES.map((axis) => [axis.title]);
  const order = [...AXES.keys()].sort((a, b) => (AXES[b].importance[0] ?? -1) - (AXES[a].importance[0] ?? -1));
  fill(xs, names, order[0]);
  // a key that varies where the first is set: a clusterer does not, where it alone has that key
  const varies = (k) => new Set(AXES[k].places.filter((place, i) => place !== null && AXES[order[0]].places[i] !== null)).size > 1;
  fill(ys, names, order.slice(1).find(varies) ?? order[1]);
  chartIn(box, "heat", () => `${measure().title}: ${AXES[xs.value].title} and ${AXES[ys.value].title}`, (width) => heatSvg(width, binned(AXES[xs.value]), binned(AXES[ys.value]), of.value === "best"), { legend: () => [] });
  for (const select of [xs, ys, of]) select.addEventListener("change", charts[charts.length - 1].draw);
}

/** The trials that no other beats by two measures, from left to right. */
function frontOf(x, y) {
  const gain = (of, i) => of.direction === "lower" ? -of.values[i] : of.values[i];
  const known = [...Array(COUNT).keys()].filter((i) => state.kept[i] && x.values[i] !== null && y.values[i] !== null).sort((a, b) => gain(x, b) - gain(x, a) || gain(y, b) - gain(y, a));
  let most = -Infinity;
  return known.filter((i) => gain(y, i) > most && (most = gain(y, i), true));
}

function makePair(box) {
  const [xs, ys] = ["pair-x", "pair-y"].map((id) => document.getElementById(id)), chosen = [...MEASURES.keys()].filter((k) => MEASURES[k].kind === "chooses");
  const truth = MEASURES.findIndex((of) => of.kind === "labels"), other = chosen[1] ?? (truth > 0 ? truth : Math.min(1, MEASURES.length - 1));
  fill(xs, measureEntries(), 0);
  fill(ys, measureEntries(), other);
  const turned = (scale, of) => of.direction === "lower" ? { ...scale, at: (i) => { const t = scale.at(i); return t === null ? t : 1 - t; }, ticks: scale.ticks.map(([t, text]) => [1 - t, text]) } : scale;
  chartIn(box, "pair", () => `${MEASURES[ys.value].title} by ${MEASURES[xs.value].title}`, (width) => {
    const of = [MEASURES[xs.value], MEASURES[ys.value]], [x, y] = of.map((one) => turned(scaleOf(one), one));
    const directed = of[0] !== of[1] && of.every((one) => one.direction !== "none");
    return dotsSvg(width, 340, { ...x, title: of[0].title }, y, of[1].title, directed ? (svg, put, px, py) => put(svg, "path", { class: "mean", fill: "none", d: frontOf(...of).map((i, k) => `${k ? "L" : "M"}${px(x.at(i)).toFixed(1)} ${py(y.at(i)).toFixed(1)}`).join("") }) : null);
  }, { saved: 640 });
  for (const select of [xs, ys]) select.addEventListener("change", charts[charts.length - 1].draw);
}
