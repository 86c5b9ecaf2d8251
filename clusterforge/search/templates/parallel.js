/** Parallel coordinates: axes side by side where there is room, else one below the other. */
function parallelSvg(width) {
  const scales = [...AXES, measure()].map(scaleOf), names = [...AXES.map((_, k) => `a${k}`), "measure"], last = scales.length - 1;
  const gaps = scales.some((scale) => scale.places.includes(null)), upright = (width - 150) / Math.max(1, last) >= (last > 2 ? 84 : 60);
  const two = upright && last > 7, top = upright ? (two ? 44 : 28) : 34, end = gaps ? 24 : 0, pitch = width > 600 ? 72 : 84;
  const height = upright ? 380 : top + pitch * last + 44, left = upright ? 26 + 6.4 * Math.min(20, Math.max(4, ...scales[0].ticks.map(([, text]) => text.length))) : 20, right = upright ? 56 : 20, bottom = 16;
  const gap = upright ? (width - left - right) / Math.max(1, last) : pitch;
  // where a value t of axis k is; null lies apart, at the low end
  const along = upright ? (t) => t === null ? height - bottom : height - bottom - end - t * (height - top - bottom - end)
    : (t) => t === null ? left : left + end + t * (width - left - right - end);
  const across = (k) => upright ? (last ? left + k * gap : width / 2) : top + k * gap;
  const xy = (k, t) => upright ? [across(k), along(t)] : [along(t), across(k)];
  const svg = make("svg", { viewBox: `0 0 ${width} ${height}`, width, height }), put = (to, tag, attributes, text) => { const node = make(tag, attributes, text); to.append(node); return node; };
  // trials of equal value lie next to each other, by their grade
  const order = [...Array(COUNT).keys()].sort((a, b) => (grade.parts[a] ?? -1) - (grade.parts[b] ?? -1)), rank = new Float64Array(COUNT);
  order.forEach((i, r) => { rank[i] = COUNT > 1 ? r / (COUNT - 1) - 0.5 : 0; });
  const points = scales.map((scale) => { const band = scale.n ? Math.min(0.6 / scale.n, 0.1) : 0; return Float64Array.from({ length: COUNT }, (_, i) => { const t = scale.at(i); return along(t === null ? t : t + band * rank[i]); }); });
  const path = (i) => scales.map((_, k) => { const a = across(k).toFixed(1), b = points[k][i].toFixed(1); return `${k ? "L" : "M"}${upright ? `${a} ${b}` : `${b} ${a}`}`; }).join("") + (last ? "" : "h.1");
  const lines = put(svg, "g", { class: "base", fill: "none", "stroke-linejoin": "round", "stroke-linecap": "round" }), many = state.kept.reduce((a, b) => a + b, 0);
  for (const { colour, trials } of layers())
    put(lines, "path", { d: trials.map(path).join(""), stroke: colour ?? DATA.noise, "stroke-opacity": colour === null ? Math.min(0.14, 12 / COUNT) : Math.max(0.3, Math.min(0.85, 60 / many)).toFixed(2), "stroke-width": colour === null ? 1 : many > 200 ? 1.2 : 1.8 });
  // the last title ends at the edge, and reaches back to that of the axis before
  const beside = (k) => 36 + gap * (two ? 1.9 : 1) - Math.min(gap, 7.4 * (scales[k - 1]?.title.length ?? 0)) / 2;
  const lit = put(svg, "path", { class: "lit aid", fill: "none", "stroke-linejoin": "round" });
  scales.forEach((scale, k) => {
    const [x0, y0] = xy(k, 0), [x1, y1] = xy(k, 1), ends = k === last;
    put(svg, "line", { class: "axis", x1: x0, y1: y0, x2: x1, y2: y1 });
    const title = upright ? put(svg, "text", { class: "name", x: x1, y: two && k % 2 ? top - 28 : top - 12, "text-anchor": ends ? "end" : "middle", dx: ends ? 50 : 0 }, cut(scale.title, Math.floor(ends ? beside(k) / 7.4 : gap * (two ? 1.9 : 1) / 6.6)))
      : put(svg, "text", { class: "name", x: left, y: y0 - 9 }, cut(scale.title, Math.floor(width / 7)));
    title.append(make("title", {}, scale.key));
    const room = upright ? (height - top - bottom - end) / 14 : Infinity, every = Math.ceil(scale.ticks.length / room);
    const share = upright ? gap - 14 : (width - left - right - end) / Math.max(1, scale.ticks.length - 0.4);
    scale.ticks.forEach(([t, text], o) => {
      if (o % every) return;
      const [x, y] = xy(k, t), anchor = upright ? (ends ? "start" : "end") : t > 0.93 && scale.ticks.length > 1 ? "end" : t < 0.07 && scale.ticks.length > 1 ? "start" : "middle";
      put(svg, "text", { class: "tick", x: upright ? x + (ends ? 8 : -8) : x, y: upright ? y + 4 : y + 16, "text-anchor": anchor }, cut(text, Math.max(3, Math.floor((upright ? Math.min(130, k ? share : left - 14) : share) / 6.4)))).append(make("title", {}, text));
    });
    if (scale.places.includes(null)) { const [x, y] = xy(k, null); put(svg, "text", { class: "tick", x: upright ? x + (ends ? 8 : -8) : x, y: upright ? y + 4 : y + 16, "text-anchor": upright ? (ends ? "start" : "end") : "middle" }, "–").append(make("title", {}, "not set, or no value")); }
    const brush = state.brushes.get(names[k]);
    const box = ([a, b]) => { const [low, high] = [along(a), along(b)].sort((p, q) => p - q); return upright ? { x: across(k) - 7, y: low, width: 14, height: Math.max(3, high - low) } : { x: low, y: across(k) - 7, width: Math.max(3, high - low), height: 14 }; };
    const shown = put(svg, "rect", { class: "brush aid", rx: 3, ...(brush ? box(brush) : { visibility: "hidden" }) });
    const zone = put(svg, "rect", { class: upright ? "zone up aid" : "zone aid", fill: "transparent", ...(upright ? { x: x0 - 14, y: top - 6, width: 28, height: height - top - bottom + 12 } : { x: left - 10, y: y0 - 14, width: width - left - right + 20, height: 30 }) });
    brushing(svg, zone, shown, scale, names[k], box, (p) => upright ? (height - bottom - end - p[1]) / (height - top - bottom - end) : (p[0] - left - end) / (width - left - right - end));
  });
  const nearest = (x, y) => {
    const [far, near] = upright ? [x, y] : [y, x], k = Math.min(last - 1, Math.floor((far - across(0)) / gap));
    if (k < 0 || !last) return -1;
    const part = (far - across(k)) / gap;
    let best = -1, least = 9;
    for (let i = 0; i < COUNT; i++) { const off = state.kept[i] ? Math.abs(points[k][i] + part * (points[k + 1][i] - points[k][i]) - near) : 9; if (off < least) { least = off; best = i; } }
    return best;
  };
  return { svg, nearest, light: (i) => lit.setAttribute("d", i < 0 ? "" : path(i)) };
}

/** Drag along an axis to keep a range of it; a click keeps a value, a second click all. */
function brushing(svg, zone, shown, scale, name, box, place) {
  let from = null;
  const at = (event) => { const [, , width] = svg.getAttribute("viewBox").split(" ").map(Number), area = svg.getBoundingClientRect(), by = width / area.width; return Math.min(1.03, Math.max(-0.03, place([(event.clientX - area.left) * by, (event.clientY - area.top) * by]))); };
  zone.addEventListener("pointerdown", (event) => { from = at(event); zone.setPointerCapture(event.pointerId); });
  zone.addEventListener("pointermove", (event) => {
    if (from === null) return;
    for (const [key, value] of Object.entries({ ...box([from, at(event)]), visibility: "visible" })) shown.setAttribute(key, value);
  });
  zone.addEventListener("pointercancel", () => { from = null; update(); });
  zone.addEventListener("pointerup", (event) => {
    if (from === null) return;
    const range = [from, at(event)].sort((a, b) => a - b), before = state.brushes.get(name);
    from = null;
    if (range[1] - range[0] < 0.025) {
      const slot = Math.min(scale.n - 1, Math.max(0, Math.floor(range[0] * scale.n))), middle = (slot + 0.5) / scale.n;
      if (!scale.n || (before && before[0] <= middle && before[1] >= middle)) state.brushes.delete(name); else state.brushes.set(name, [slot / scale.n, (slot + 1) / scale.n]);
    } else state.brushes.set(name, range);
    update();
  });
  zone.addEventListener("click", (event) => event.stopPropagation());
}

function makeParallel(box) {
  let now = null;
  const chart = { draw() { now = parallelSvg(Math.max(280, box.clientWidth)); box.querySelector("svg.main")?.remove(); now.svg.classList.add("main"); box.prepend(now.svg); pointable(box, now.svg, now.nearest); now.light(state.picked); }, light: (i) => now?.light(i < 0 ? state.picked : i) };
  saveable(box, "parallel", () => titled(parallelSvg(Math.max(760, box.clientWidth)).svg, `${DATA.run}: ${COUNT} trials`, rampEntries()));
  return chart;
}
const rampEntries = () => [0, (STEPS - 1) / 2, STEPS - 1].map((step, k) => [stepColour(step), [`${measure().title} ${short(grade.ends[0])}${grade.clipped ? " or worse" : ""}`, "between", short(grade.ends[1])][k]]);
