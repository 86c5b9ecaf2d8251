function ticks(low, high, log, most) {
  const result = [];
  if (log) {
    const few = Math.log10(high / low) > 2.5;
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
      for (const part of few ? [1] : [1, 3]) result.push(part * 10 ** power);
    const inside = result.filter((value) => value >= low * 0.999 && value <= high * 1.001);
    return inside.length > 1 ? inside : ticks(low, high, false, most);
  }
  const rough = (high - low) / most;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * [1, 2, 5, 10].find((part) => part * unit >= rough);
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) result.push(i * step);
  return result;
}

function drawChart(box, spec) {
  const width = Math.max(box.clientWidth, 200), height = 210;
  const left = 50, right = 18, top = 10, bottom = 34;
  const all = (axis) => spec.series.flatMap((line) => line[axis]);
  const ends = (line, i) => [-1, 1].map((sign) => line.y[i] + sign * (line.error?.[i] ?? 0));
  const xs = all("x"), ys = spec.series.flatMap((line) => line.y.flatMap((y, i) => ends(line, i)));
  box.replaceChildren();
  if (!xs.length) return box.append(make("p", { class: "key" }, "No values."));
  if (spec.mark !== null) (spec.markAxis === "x" ? xs : ys).push(spec.mark);
  let x0 = Math.min(...xs), x1 = Math.max(...xs), y0 = Math.min(...ys), y1 = Math.max(...ys);
  if (x0 === x1) { x0 -= 0.5; x1 += 0.5; }
  if (spec.log) { y0 /= 1.1; y1 *= 1.1; }
  else { const room = (y1 - y0 || Math.abs(y1) || 1) * 0.06; y0 = y0 >= 0 && y0 < (y1 - y0) * 0.4 ? 0 : y0 - room; y1 += room; }
  const flat = spec.log ? Math.log : (value) => value;
  const px = (x) => left + ((x - x0) / (x1 - x0)) * (width - left - right);
  const py = (y) => height - bottom - ((flat(y) - flat(y0)) / (flat(y1) - flat(y0))) * (height - top - bottom);
  const svg = make("svg", { viewBox: `0 0 ${width} ${height}` });
  const put = (tag, attributes, text) => { const node = make(tag, attributes, text); svg.append(node); return node; };
  for (const y of ticks(y0, y1, spec.log, 4)) {
    put("line", { class: "grid", x1: left, x2: width - right, y1: py(y), y2: py(y) });
    put("text", { x: left - 6, y: py(y) + 4, "text-anchor": "end" }, short(y));
  }
  if (!spec.tree) for (const x of ticks(x0, x1, false, Math.max(2, Math.floor(width / 90))))
    put("text", { x: px(x), y: height - bottom + 15, "text-anchor": "middle" }, short(x));
  put("text", { x: (left + width - right) / 2, y: height - 3, "text-anchor": "middle" }, spec.xLabel);
  if (spec.mark !== null) {
    const along = spec.markAxis === "x";
    put("line", along
      ? { class: "chosen", x1: px(spec.mark), x2: px(spec.mark), y1: top, y2: height - bottom }
      : { class: "chosen", x1: left, x2: width - right, y1: py(spec.mark), y2: py(spec.mark) });
    // low on the chart, where a curve with its best in the middle leaves room
    const beyond = px(spec.mark) > width * 0.75;
    put("text", along ? { x: px(spec.mark) + (beyond ? -5 : 5), y: height - bottom - 8, "text-anchor": beyond ? "end" : "start" }
      : { x: left + 6, y: py(spec.mark) - 5 }, spec.markLabel);
  }
  for (const line of spec.series) {
    const path = line.x.map((x, i) => `${i ? "L" : "M"}${px(x).toFixed(1)} ${py(line.y[i]).toFixed(1)}`).join("");
    put("path", { d: path, fill: "none", stroke: line.colour, "stroke-width": spec.tree ? 1.4 : 2, "stroke-linejoin": "round", ...(line.dashed ? { "stroke-dasharray": "5 4" } : {}) });
    if (line.error) line.x.forEach((x, i) => {
      const [low, high] = ends(line, i).map(py), at = px(x);
      put("path", { d: `M${at} ${low}V${high}M${at - 3} ${low}h6M${at - 3} ${high}h6`, fill: "none", stroke: line.colour });
    });
    if (line.x.length < 3) line.x.forEach((x, i) => put("circle", { cx: px(x), cy: py(line.y[i]), r: 3, fill: line.colour }));
  }
  const cursor = put("line", { class: "cursor", y1: top, y2: height - bottom, visibility: "hidden" });
  const legend = make("div", { class: "legend" });
  const values = spec.series.map((line) => {
    const entry = make("span"), key = make("svg", { viewBox: "0 0 18 8", "aria-hidden": "true" }), value = make("b");
    key.append(make("line", { x1: 0, x2: 18, y1: 4, y2: 4, stroke: line.colour, "stroke-width": 2.5, ...(line.dashed ? { "stroke-dasharray": "5 4" } : {}) }));
    entry.append(key, line.name, value);
    legend.append(entry);
    return value;
  });
  const show = (at) => {
    spec.series.forEach((line, k) => {
      let near = at === null ? line.x.length - 1 : 0;
      if (at !== null) line.x.forEach((x, i) => { if (Math.abs(x - at) < Math.abs(line.x[near] - at)) near = i; });
      values[k].textContent = at !== null ? `${short(line.y[near])} at ${short(line.x[near])}` : spec.last ? short(line.y[near]) : "";
    });
    cursor.setAttribute("visibility", at === null ? "hidden" : "visible");
    if (at !== null) { cursor.setAttribute("x1", px(at)); cursor.setAttribute("x2", px(at)); }
  };
  if (spec.tree) return box.append(svg);
  svg.addEventListener("pointermove", (event) => {
    const x = event.clientX - svg.getBoundingClientRect().left;
    show(Math.min(x1, Math.max(x0, x0 + ((x - left) / (width - left - right)) * (x1 - x0))));
  });
  svg.addEventListener("pointerleave", () => show(null));
  show(null);
  box.append(svg, legend);
}

/** A confusion matrix too large for a table: one pixel a cell, read by pointing at it. */
function drawMatrix(box, spec) {
  const canvas = make("canvas", { width: spec.columns.length, height: spec.rows.length });
  const context = canvas.getContext("2d"), note = make("p", { class: "live" }, "Point at a cell to read it.");
  const sums = spec.counts.map((row) => Math.max(1, row.reduce((a, b) => a + b, 0)));
  context.fillStyle = "#7f8790";
  context.globalAlpha = 0.12;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = "#2a8fd6";
  spec.counts.forEach((row, r) => row.forEach((count, c) => {
    context.globalAlpha = count ? 0.08 + 0.92 * (count / sums[r]) : 0;
    context.fillRect(c, r, 1, 1);
  }));
  canvas.style.height = `${Math.min(560, Math.max(180, spec.rows.length * 9))}px`;
  canvas.addEventListener("pointermove", (event) => {
    const area = canvas.getBoundingClientRect();
    const c = Math.min(spec.columns.length - 1, Math.max(0, Math.floor(((event.clientX - area.left) / area.width) * spec.columns.length)));
    const r = Math.min(spec.rows.length - 1, Math.max(0, Math.floor(((event.clientY - area.top) / area.height) * spec.rows.length)));
    const count = spec.counts[r][c];
    note.textContent = `${spec.rows[r]} in ${spec.columns[c]}: ${count} rows, ${((100 * count) / sums[r]).toFixed(1)} % of the label`;
  });
  box.append(canvas, note);
}

for (const box of document.querySelectorAll("[data-chart]")) onWidth(box, () => drawChart(box, DATA.charts[Number(box.dataset.chart)]));
for (const box of document.querySelectorAll("[data-matrix]")) drawMatrix(box, DATA.matrices[Number(box.dataset.matrix)]);
