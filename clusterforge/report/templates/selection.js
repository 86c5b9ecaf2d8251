/** What is selected on the map: how many of which cluster and class, the members, their ids. */
function makeSelection(atlas, map, rows) {
  const box = document.getElementById("map-selection"), step = 40;
  let chosen = [], shown = step;

  function counts(title, of, name, colour) {
    const found = new Map();
    for (const i of chosen) found.set(of(i), (found.get(of(i)) || 0) + 1);
    const sorted = [...found].sort((a, b) => b[1] - a[1]), row = make("div", { class: "count" });
    row.append(make("span", {}, title));
    for (const [key, many] of sorted.slice(0, 8)) {
      const chip = make("span", { class: "chip" });
      chip.append(swatch(colour(key)), make("bdi", {}, name(key)), make("small", {}, whole(many)));
      row.append(chip);
    }
    if (sorted.length > 8) row.append(make("small", {}, `and ${sorted.length - 8} more`));
    return row;
  }

  function member(i) {
    const entry = make("li", { "data-at": i });
    if (atlas.book && atlas.book.has(i)) entry.append(tile(atlas, i, 44));
    const words = make("div"), { id, text } = rows.lines.at(i);
    if (text) words.append(make("p", { dir: "auto" }, text));
    const about = make("small");
    map.clusterers.forEach((of) => { const cluster = of.labels[i]; if (cluster >= -1) about.append(swatch(clusterColour(of, cluster))); });
    about.append(make("bdi", {}, id));
    if (rows.truth && rows.truth[i] >= 0) about.append(" · ", make("bdi", {}, map.classes[rows.truth[i]]));
    words.append(about);
    entry.append(words);
    return entry;
  }

  async function copy(button) {
    await rows.lines.load(chosen);
    const text = Array.from(chosen, (i) => rows.lines.at(i).id).join("\n");
    try { await navigator.clipboard.writeText(text); }
    catch {
      const area = make("textarea", { class: "sr" });
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    button.textContent = `Copied ${whole(chosen.length)}`;
    setTimeout(() => { button.textContent = "Copy ids"; }, 1500);
  }

  /** A cell of csv; a text that a spreadsheet would execute gets ' before it, as in exports. */
  function cell(value) {
    const text = String(value), executed = /^'*[=+\-@\t\r]/.test(text) && !/^[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?$/.test(text);
    return `"${(executed ? `'${text}` : text).replaceAll('"', '""')}"`;
  }

  async function saveRows() {
    await rows.lines.load(chosen);
    const columns = [["split", (i) => map.splits[rows.split[i]]], ["id", (i) => rows.lines.at(i).id]];
    for (const of of map.clusterers) columns.push([of.name, (i) => clusterName(of, of.labels[i])]);
    map.profiles.forEach(({ name, values }, k) => columns.push([name, (i) => values[rows[`profile${k}`][i]] ?? ""]));
    if (rows.truth) columns.push(["label", (i) => map.classes[rows.truth[i]] ?? ""]);
    if (map.texts) columns.push(["text", (i) => rows.lines.at(i).text]);
    const lines = [`${columns.map(([name]) => cell(name)).join(",")}\n`];
    for (const i of chosen) lines.push(`${columns.map(([, of]) => cell(of(i))).join(",")}\n`);
    download(`${DATA.run || "run"}-selection.csv`, new Blob(lines, { type: "text/csv" }));
  }

  const press = (text, id, action) => {
    const button = make("button", { type: "button", ...(id ? { id } : {}) }, text);
    button.addEventListener("click", () => action(button));
    return button;
  };

  function show() {
    box.hidden = !chosen.length;
    box.replaceChildren();
    if (!chosen.length) return;
    const head = make("div", { class: "head" });
    head.append(make("h3", {}, `${counted(chosen.length, "row")} selected`));
    if (chosen.length === 1)
      for (const of of map.clusterers) {
        const cluster = of.labels[chosen[0]];
        if (cluster >= 0) head.append(press(`All of ${of.name} ${cluster}`, "", () => atlas.select(clusterRows(of, cluster))));
      }
    head.append(press("Copy ids", "map-copy", copy), press("Save csv", "map-csv", saveRows), press("Clear", "map-clear", () => atlas.select([])));
    box.append(head);
    if (rows.truth) box.append(counts("labels", (i) => rows.truth[i], (c) => c < 0 ? "none" : map.classes[c], (c) => map.classColours[c] ?? DATA.noise));
    for (const of of map.clusterers) box.append(counts(of.name, (i) => of.labels[i], (c) => clusterName(of, c), (c) => clusterColour(of, c)));
    const list = make("ul", { class: "members" }), listed = chosen.slice(0, shown), fill = () => { for (const i of listed) list.append(member(i)); };
    if (listed.every(rows.lines.at)) fill();
    else rows.lines.load(listed).then(fill);
    box.append(list);
    if (chosen.length > shown) box.append(press(`Show ${Math.min(step, chosen.length - shown)} more${chosen.length - shown > step ? ` of ${whole(chosen.length - shown)}` : ""}`, "", () => { shown += step; show(); }));
  }

  atlas.heard((what, now) => {
    if (what !== "selected") return;
    chosen = now;
    shown = step;
    show();
  });
}

/** The rows of some clusters of a clusterer, in their order. */
function clusterRows(of, ...clusters) {
  const parts = clusters.map((cluster) => of.rowsOf.get(cluster) ?? []);
  if (parts.length === 1) return parts[0];
  const rows = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  for (const part of parts) { rows.set(part, end); end += part.length; }
  return rows.sort();
}

/** The rows of each cluster of a clusterer, noise left out. */
function rowsByCluster(labels) {
  const sizes = new Uint32Array(labels.reduce((most, cluster) => Math.max(most, cluster), -1) + 1);
  for (const cluster of labels) if (cluster >= 0) sizes[cluster]++;
  const rows = Array.from(sizes, (size) => new Uint32Array(size)), ends = new Uint32Array(sizes.length);
  for (let i = 0; i < labels.length; i++) if (labels[i] >= 0) rows[labels[i]][ends[labels[i]]++] = i;
  return new Map(rows.map((list, cluster) => [cluster, list]).filter(([, list]) => list.length));
}

/** A small picture of a row, drawn when its sheet is open. */
function tile(atlas, i, size) {
  const canvas = make("canvas", { class: "tile", width: 2 * size, height: 2 * size });
  canvas.style.width = canvas.style.height = `${size}px`;
  const paint = () => atlas.book.draw(canvas.getContext("2d"), i, 0, 0, 2 * size);
  if (!paint()) atlas.heard((what) => { if (what === "pictures" && canvas.isConnected) paint(); });
  return canvas;
}
