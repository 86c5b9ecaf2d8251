/** A way to colour the rows. `of` gives the number of a row's category, -1 for none. */
function mode(title, count, of, categories, more = {}) {
  let group = null;
  /** The category of each row, worked out when the mode is first shown. */
  const groups = () => {
    if (group) return group;
    group = new (categories.length < 1 << 15 ? Int16Array : Int32Array)(count);
    const counts = new Uint32Array(categories.length);
    for (let i = 0; i < count; i++) { group[i] = of(i); if (group[i] >= 0) counts[group[i]]++; }
    categories.forEach((category, c) => { category.count = counts[c]; });
    return group;
  };
  return { title, groups, off: new Set(), categories, ...more };
}

const SHADES = 255;

/** Colour by a value of each row: steps from 1 to the most that their type holds, 0 where it is unknown. */
function scaleMode(title, count, steps, range) {
  const edge = (bin) => range.low + (bin / BINS) * (range.high - range.low);
  const bins = [...Array(BINS).keys()].map((bin) => ({ name: `${short(edge(bin))} to ${short(edge(bin + 1))}`, colour: hex(onScale((bin + 0.5) / BINS)) }));
  const part = (i) => (steps[i] - 1) / (256 ** steps.BYTES_PER_ELEMENT - 2);
  const shades = [DATA.noise, ...[...Array(SHADES).keys()].map((k) => hex(onScale(k / (SHADES - 1))))].map(rgb);
  return mode(title, count, (i) => steps[i] ? Math.min(BINS - 1, Math.floor(part(i) * BINS)) : BINS,
    [...bins, { name: "unknown", colour: DATA.noise, noise: true }],
    { scale: range, shades, shade: (i) => steps[i] ? 1 + Math.round(part(i) * (SHADES - 1)) : 0, read: (i) => steps[i] ? range.low + part(i) * (range.high - range.low) : null });
}

const clusterName = (of, cluster) => cluster === -1 ? "noise" : cluster < 0 ? "none"
  : of.names[cluster] ?? String(cluster);
const clusterColour = (of, cluster) => of.colours[cluster] ?? DATA.noise;

/** All ways to colour the map; `values` of a clusterer are the modes that show one value a row. */
function allModes(map, rows) {
  const modes = [], count = map.rows;
  map.clusterers.forEach((of, k) => {
    of.labels = rows[`labels${k}`];
    of.rowsOf = rowsByCluster(of.labels);
    const ids = Object.keys(of.colours).map(Number), place = (cluster) => of.matched[cluster] ?? Infinity;
    ids.sort((a, b) => place(a) - place(b) || a - b);
    const index = new Map([...ids, -1].map((cluster, i) => [cluster, i]));
    modes.push(mode(`clusters of ${of.name}`, count, (i) => index.get(of.labels[i]) ?? -1,
      [...ids.map((cluster) => ({ name: clusterName(of, cluster), colour: clusterColour(of, cluster) })), { name: "noise", colour: DATA.noise, noise: true }], { of }));
  });
  for (const of of map.clusterers)
    of.layers.forEach((layer, k) => {
      const groups = Object.keys(layer.names).map(Number), noise = groups.length;
      const index = new Map(groups.sort((a, b) => layer.order.indexOf(a) - layer.order.indexOf(b)).map((group, i) => [group, i]));
      modes.push(mode(`${groups.length} groups of ${of.name}`, count, (i) => of.labels[i] === -1 ? noise : index.get(layer.groups[of.labels[i]]) ?? -1,
        [...groups.map((group) => ({ name: layer.names[group], colour: layer.colours[group] })), { name: "noise", colour: DATA.noise, noise: true }], { of, layer: k }));
    });
  const { truth } = rows;
  if (truth) {
    modes.push(mode("true labels", count, (i) => truth[i] < 0 ? map.classes.length : truth[i],
      [...map.classes.map((name, i) => ({ name, colour: map.classColours[i] })), { name: "unlabelled", colour: DATA.noise, noise: true }]));
    for (const of of map.clusterers)
      modes.push(mode(`right and wrong of ${of.name}`, count, (i) => truth[i] < 0 || of.labels[i] < -1 ? -1 : of.labels[i] === -1 ? 2 : of.matched[of.labels[i]] === truth[i] ? 0 : 1,
        [{ name: "cluster of its label", colour: "#56b4e9" }, { name: "another cluster", colour: "#d55e00" }, { name: "noise", colour: DATA.noise, noise: true }]));
  }
  map.clusterers.forEach((of, k) => {
    of.values = ["silhouette", "stability"].filter((kind) => of[kind] && rows[`${kind}${k}`]).map((kind) => {
      const made = scaleMode(`${kind} of ${of.name}`, count, rows[`${kind}${k}`], of[kind]);
      modes.push(made);
      return { kind, mode: made };
    });
  });
  map.profiles.forEach(({ name, values, colours }, k) => {
    const codes = rows[`profile${k}`];
    modes.push(mode(name, count, (i) => codes[i] < 0 ? values.length : codes[i],
      [...values.map((value, i) => ({ name: value, colour: colours[i] })), { name: "no value", colour: DATA.noise, noise: true }]));
  });
  if (map.splits.length > 1)
    modes.push(mode("splits", count, (i) => rows.split[i], map.splits.map((name, i) => ({ name, colour: map.splitColours[i] }))));
  if (!modes.length) modes.push(mode("rows", count, () => 0, [{ name: "all rows", colour: "#0072b2" }]));
  return modes;
}
