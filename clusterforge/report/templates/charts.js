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

/** Draw a chart into an SVG of a width; returns it with the scale of its horizontal axis. */
function chartSvg(spec, width) {
  const height = 210, left = 50, right = 18, named = spec.series.some((line) => line.name === spec.y_label), top = named ? 10 : 22, bottom = 34, bars = spec.kind === "bars", tree = spec.kind === "tree";
  const ends = (line, i) => [-1, 1].map((sign) => line.y[i] + sign * (line.error?.[i] ?? 0));
  const xs = spec.series.flatMap((line) => line.x), ys = spec.series.flatMap((line) => line.y.flatMap((y, i) => ends(line, i)));
  for (const mark of spec.marks) (mark.axis === "x" ? xs : ys).push(mark.value);
  let [x0, x1] = extent(xs), [y0, y1] = extent(ys);
  if (x0 === x1) { x0 -= 0.5; x1 += 0.5; }
  if (spec.log) { y0 /= 1.1; y1 *= 1.1; }
  else { const room = (y1 - y0 || Math.abs(y1) || 1) * 0.06; y0 = bars || (y0 >= 0 && y0 < (y1 - y0) * 0.4) ? 0 : y0 - room; y1 += room; }
  const flat = spec.log ? Math.log : (value) => value;
  const px = (x) => left + ((x - x0) / (x1 - x0)) * (width - left - right);
  const py = (y) => height - bottom - ((flat(y) - flat(y0)) / (flat(y1) - flat(y0))) * (height - top - bottom);
  const svg = make("svg", { viewBox: `0 0 ${width} ${height}` });
  const put = (tag, attributes, text) => { const node = make(tag, attributes, text); svg.append(node); return node; };
  for (const y of ticks(y0, y1, spec.log, 4)) {
    put("line", { class: "grid", x1: left, x2: width - right, y1: py(y), y2: py(y) });
    put("text", { x: left - 6, y: py(y) + 4, "text-anchor": "end" }, short(y));
  }
  if (!tree) for (const x of ticks(x0, x1, false, Math.max(2, Math.floor(width / 90))))
    put("text", { x: px(x), y: height - bottom + 15, "text-anchor": "middle" }, short(x));
  put("text", { x: (left + width - right) / 2, y: height - 3, "text-anchor": "middle" }, spec.x_label);
  if (!named) put("text", { x: 2, y: 11 }, spec.y_label);
  spec.series.forEach((line, k) => {
    const colour = DATA.colours[tree ? 0 : k];
    if (bars) return line.y.forEach((y, i) => put("rect", { x: px(line.x[i]), y: py(y), width: Math.max(1, px(line.x[i + 1]) - px(line.x[i]) - 1), height: py(0) - py(y), fill: colour }));
    const path = line.x.map((x, i) => `${i ? "L" : "M"}${px(x).toFixed(1)} ${py(line.y[i]).toFixed(1)}`).join("");
    put("path", { d: path, fill: "none", stroke: colour, "stroke-width": tree ? 1.4 : 2, "stroke-linejoin": "round", ...(line.dashed ? { "stroke-dasharray": "5 4" } : {}) });
    if (line.error) line.x.forEach((x, i) => {
      const [low, high] = ends(line, i).map(py), at = px(x);
      put("path", { d: `M${at} ${low}V${high}M${at - 3} ${low}h6M${at - 3} ${high}h6`, fill: "none", stroke: colour });
    });
    if (line.x.length < 3) line.x.forEach((x, i) => put("circle", { cx: px(x), cy: py(line.y[i]), r: 3, fill: colour }));
  });
  spec.marks.forEach((mark, k) => {
    const along = mark.axis === "x", beyond = px(mark.value) > width * 0.75;
    put("line", along
      ? { class: "chosen", x1: px(mark.value), x2: px(mark.value), y1: top, y2: height - bottom }
      : { class: "chosen", x1: left, x2: width - right, y1: py(mark.value), y2: py(mark.value) });
    // low on the chart, where a curve with its best in the middle leaves room
    put("text", along ? { x: px(mark.value) + (beyond ? -5 : 5), y: height - bottom - 8 - 14 * k, "text-anchor": beyond ? "end" : "start" }
      : { x: left + 6, y: py(mark.value) - 5 }, mark.label);
  });
  const cursor = put("line", { class: "cursor", y1: top, y2: height - bottom, visibility: "hidden" });
  const from = (at) => Math.min(x1, Math.max(x0, x0 + ((at - left) / (width - left - right)) * (x1 - x0)));
  return { svg, cursor, px, from };
}

function extent(values) { return values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]); }

function drawChart(box, spec) {
  box.replaceChildren();
  if (!spec.series.some((line) => line.x.length)) return box.append(make("p", { class: "key" }, "No values."));
  const { svg, cursor, px, from } = chartSvg(spec, Math.max(box.clientWidth, 200)), legend = make("div", { class: "legend" });
  const named = spec.kind === "tree" ? [] : spec.series, values = named.map((line, k) => {
    const entry = make("span"), key = make("svg", { viewBox: "0 0 18 8", "aria-hidden": "true" }), value = make("b");
    key.append(make("line", { x1: 0, x2: 18, y1: 4, y2: 4, stroke: DATA.colours[k], "stroke-width": 2.5, ...(line.dashed ? { "stroke-dasharray": "5 4" } : {}) }));
    entry.append(key, line.name, value);
    legend.append(entry);
    return value;
  });
  const show = (at) => {
    named.forEach((line, k) => {
      let near = at === null ? line.y.length - 1 : 0;
      const middle = (i) => spec.kind === "bars" ? (line.x[i] + line.x[i + 1]) / 2 : line.x[i];
      if (at !== null) line.y.forEach((_, i) => { if (Math.abs(middle(i) - at) < Math.abs(middle(near) - at)) near = i; });
      values[k].textContent = at !== null ? `${short(line.y[near])} at ${short(line.x[near])}${spec.kind === "bars" ? ` to ${short(line.x[near + 1])}` : ""}` : spec.last ? short(line.y[near]) : "";
    });
    cursor.setAttribute("visibility", at === null ? "hidden" : "visible");
    if (at !== null) { cursor.setAttribute("x1", px(at)); cursor.setAttribute("x2", px(at)); }
  };
  svg.addEventListener("pointermove", (event) => show(from(event.clientX - svg.getBoundingClientRect().left)));
  svg.addEventListener("pointerleave", () => show(null));
  show(null);
  box.append(svg, legend);
  saveable(box, spec.name, () => titled(chartSvg(spec, 560).svg, `${spec.owner}: ${spec.title}`, named.map((line, k) => [DATA.colours[k], line.name])));
}

/** Labels by clusters: a square for each pair that has rows, with its number where there is room. */
function matrixSvg(spec) {
  const cut = (name, length) => name.length > length ? name.slice(0, length - 1) + "…" : name;
  const many = Math.max(spec.rows.length, spec.columns.length), cell = many > 40 ? 13 : many > 20 ? 20 : 38;
  const names = spec.rows.map((name) => cut(name, 26)), heads = spec.heads.map((name) => cut(name, 10));
  const left = 24 + 6.4 * Math.max(...names.map((name) => name.length)), top = cell < 38 || heads.some((head) => head.length > 5) ? 20 + 6.4 * Math.max(...heads.map((head) => head.length)) : 30;
  const svg = make("svg", { viewBox: `0 0 ${Math.ceil(left + cell * spec.columns.length + 4)} ${Math.ceil(top + cell * spec.rows.length + 4)}`, role: "img", "aria-label": spec.title });
  const put = (tag, attributes, text) => { const node = make(tag, attributes, text); svg.append(node); return node; };
  put("rect", { class: "ground", x: left, y: top, width: cell * heads.length, height: cell * names.length, rx: 3 });
  heads.forEach((head, c) => {
    const x = left + cell * (c + 0.5);
    put("rect", { x: x - cell * 0.35, y: top - 6, width: cell * 0.7, height: 3, fill: spec.column_colours[c] });
    put("text", top === 30 ? { x, y: top - 11, "text-anchor": "middle" } : { x: 0, y: 0, transform: `translate(${x + 4} ${top - 10}) rotate(-90)` }, head).append(make("title", {}, spec.columns[c]));
  });
  names.forEach((name, r) => {
    const y = top + cell * (r + 0.5);
    put("rect", { x: left - 6, y: y - cell * 0.35, width: 3, height: cell * 0.7, fill: spec.row_colours[r] });
    put("text", { x: left - 11, y: y + 4, "text-anchor": "end" }, name).append(make("title", {}, spec.rows[r]));
    const total = Math.max(1, spec.counts[r].reduce((a, b) => a + b, 0));
    spec.counts[r].forEach((count, c) => {
      const share = count / total, at = { x: left + cell * c + 0.5, y: top + cell * r + 0.5, width: cell - 1, height: cell - 1, rx: 2 };
      if (count) put("rect", { ...at, class: "cell", "fill-opacity": (0.06 + 0.94 * share).toFixed(3) })
        .append(make("title", {}, `${spec.rows[r]} in ${spec.columns[c]}: ${counted(count, "row")}, ${percent(share)} of the label`));
      if (spec.matched[c] === r) put("rect", { ...at, class: "match" });
      if (count && cell === 38) put("text", { x: at.x + cell / 2, y: at.y + cell / 2 + 3, "text-anchor": "middle", class: share > 0.5 ? "on" : "" }, count > 9999 ? `${Math.round(count / 1000)}k` : whole(count));
    });
  });
  return svg;
}

function drawMatrix(box, spec) {
  const scroll = make("div", { class: "scroll tall" }), svg = matrixSvg(spec), [, , width, height] = svg.getAttribute("viewBox").split(" ");
  svg.setAttribute("width", width);
  svg.setAttribute("height", height);
  scroll.append(svg);
  box.append(scroll);
  saveable(box, spec.name, () => titled(matrixSvg(spec), spec.title, []));
}

for (const box of document.querySelectorAll("[data-chart]")) onWidth(box, () => drawChart(box, DATA.charts[box.dataset.chart]));
for (const box of document.querySelectorAll("[data-matrix]")) drawMatrix(box, DATA.matrices[box.dataset.matrix]);
