/** A chart of dots: trials by two scales; `extra` draws below the dots. */
function dotsSvg(width, height, x, y, yTitle, extra) {
  const left = 48, right = 14, top = 10, wide = x.n > 0, bottom = 34, pad = wide ? 0 : 6;
  const px = (t) => left + pad + t * (width - left - right - 2 * pad), py = (t) => height - bottom - 6 - t * (height - top - bottom - 12);
  const svg = make("svg", { viewBox: `0 0 ${width} ${height}`, width, height }), put = (to, tag, attributes, text) => { const node = make(tag, attributes, text); to.append(node); return node; };
  for (const [t, text] of y.ticks) {
    put(svg, "line", { class: "grid", x1: left, x2: width - right, y1: py(t), y2: py(t) });
    put(svg, "text", { x: left - 6, y: py(t) + 4, "text-anchor": "end" }, text);
  }
  const share = (width - left - right) / Math.max(1, x.ticks.length), every = wide ? Math.ceil(28 / share) : x.ticks.length > width / 60 ? 2 : 1;
  x.ticks.forEach(([t, text], o) => { if (o % every === 0) put(svg, "text", { x: px(t), y: height - bottom + 15, "text-anchor": "middle" }, cut(text, Math.max(3, Math.floor((share * every) / 7)))).append(make("title", {}, text)); });
  put(svg, "text", { x: (left + width - right) / 2, y: height - 5, "text-anchor": "middle" }, cut(x.title, Math.floor(width / 7)));
  const band = wide ? Math.min(40, 0.32 * (width - left - right) / x.n) : 0, at = (i) => {
    const a = x.at(i), b = y.at(i);
    return a === null || b === null ? null : [px(a) + band * (((i * 0.618034) % 1) * 2 - 1), py(b)]; // trials of equal value side by side
  };
  extra?.(svg, put, px, py);
  const dots = put(svg, "g", { class: "base", "stroke-linecap": "round", fill: "none" }), many = COUNT > 300;
  for (const { colour, trials } of layers()) {
    const d = trials.map(at).filter(Boolean).map(([a, b]) => `M${a.toFixed(1)} ${b.toFixed(1)}h.01`).join("");
    if (d) put(dots, "path", { d, stroke: colour ?? DATA.noise, "stroke-width": many ? 5 : 7, "stroke-opacity": colour === null ? 0.15 : many ? 0.6 : 0.85 });
  }
  const lit = put(svg, "circle", { class: "lit aid", r: 6, fill: "none", visibility: "hidden" });
  const nearest = (u, v) => {
    let best = -1, least = 14 ** 2;
    for (let i = 0; i < COUNT; i++) { const place = state.kept[i] && at(i); if (!place) continue; const off = (place[0] - u) ** 2 + (place[1] - v) ** 2; if (off < least) { least = off; best = i; } }
    return best;
  };
  const show = (i) => { const place = i >= 0 && at(i); lit.setAttribute("visibility", place ? "visible" : "hidden"); if (place) { lit.setAttribute("cx", place[0]); lit.setAttribute("cy", place[1]); } };
  return { svg, nearest, light: show };
}

/** The mean of the kept trials at each option. */
function meansOf(x, y) {
  const sums = Array.from({ length: x.n }, () => [0, 0]);
  for (let i = 0; i < COUNT; i++) { const t = state.kept[i] ? y.at(i) : null, place = x.places[i]; if (t !== null && place !== null) { sums[place][0] += t; sums[place][1]++; } }
  return sums.flatMap(([sum, many], o) => many ? [[x.ticks[o][0], sum / many]] : []);
}

/** A chart in a box that is drawn again when its width or the state changes. */
function chartIn(box, name, title, svgOf, { saved = 560, legend = rampEntries } = {}) {
  let now = null;
  const chart = { draw() { now = svgOf(Math.max(220, box.clientWidth)); box.querySelector("svg.main")?.remove(); now.svg.classList.add("main"); box.prepend(now.svg); if (now.nearest) pointable(box, now.svg, now.nearest); now.light?.(state.picked); }, light: (i) => now?.light?.(i < 0 ? state.picked : i) };
  saveable(box, name, () => titled(svgOf(saved).svg, title(), legend()));
  charts.push(chart);
  onWidth(box, chart.draw);
}

function makeSlices(home) {
  AXES.forEach((axis, k) => {
    const figure = make("figure", { class: "chart" }), caption = make("figcaption"), box = make("div", { class: "plot" }), note = make("small");
    caption.append(make("b", {}, axis.title), note);
    caption.title = axis.key;
    figure.append(caption, box);
    home.append(figure);
    chartIn(box, `slice-${axis.key}`, () => `${axis.key}: ${measure().title}`, (width) => {
      const x = scaleOf(axis), y = scaleOf(measure()), part = axis.importance[state.measure];
      note.textContent = part === null ? "too few trials for its share" : `explains ${percent(part)} of ${measure().title}`;
      return dotsSvg(width, 190, x, y, measure().title, x.n > 1 ? (svg, put, px, py) => put(svg, "path", { class: "mean", fill: "none", d: meansOf(x, y).map(([t, mean], o) => `${o ? "L" : "M"}${px(t).toFixed(1)} ${py(mean).toFixed(1)}`).join("") }) : null);
    });
  });
}

function importanceSvg(width) {
  const rows = AXES.map((axis) => [axis, axis.importance[state.measure]]).sort((a, b) => (b[1] ?? -1) - (a[1] ?? -1));
  const left = Math.min(240, width * 0.4), height = 26 * rows.length + 8, scale = width - left - 64;
  const svg = make("svg", { viewBox: `0 0 ${width} ${height}`, width, height });
  rows.forEach(([axis, part], r) => {
    const y = 26 * r + 6;
    const name = make("text", { x: left - 10, y: y + 13, "text-anchor": "end", class: "name" }, cut(axis.key, Math.floor(left / 7.6)));
    name.append(make("title", {}, axis.key));
    svg.append(name, make("rect", { class: "ground", x: left, y, width: scale, height: 18, rx: 4 }));
    if (part) svg.append(make("rect", { class: "base", x: left, y, width: Math.max(1, scale * part), height: 18, rx: 4, fill: "#0072b2" }));
    svg.append(make("text", { x: left + scale + 8, y: y + 13 }, part === null ? "–" : percent(part)));
  });
  return { svg };
}
