/** The map: two panels over one view. What is lit, found or selected is told to all panels. */
function makeMap(map, rows, modes) {
  const { x, y } = rows, count = map.rows, units = map.units;
  const app = document.getElementById("map-app"), tip = document.getElementById("map-tip");
  const spanX = x.reduce((a, b) => Math.max(a, b), 0) / units, spanY = y.reduce((a, b) => Math.max(a, b), 0) / units;
  const view = { zoom: 1, x: spanX / 2, y: spanY / 2 }; // the centre, in units of the map's longer side
  const panels = [], marks = { found: null, selected: null, lit: null }, listeners = [];
  const book = map.sheet && rows.place && pictureBook(map.sheet, rows.place, () => { redraw(false); for (const heard of listeners) heard("pictures"); });
  let hovered = -1, waiting = 0, lasso = false, named = true;
  const turn = shuffled(count), grid = makeGrid(x, y, units), coarse = count <= 50000, HIDDEN = 3; // few rows lie in one square: none is always on top

  /** Draw what lies over the points anew, and the points where the view has changed. */
  function redraw(all = true) {
    if (all) for (const panel of panels) panel.stale = true;
    if (document.hidden) return panels.forEach(draw); // no frames are given to a page in the background
    if (!waiting) waiting = requestAnimationFrame(() => { waiting = 0; panels.forEach(draw); });
  }

  const radius = () => Math.max(count > 200000 ? 0.75 : 1.25, Math.min(4.5, 150 / Math.sqrt(count))) * Math.min(3.2, view.zoom ** 0.4);
  const scale = (panel) => Math.max(1, Math.min((panel.width - 26) / (spanX || 1), (panel.height - 26) / (spanY || 1))) * view.zoom;
  const toX = (panel, i, s) => panel.width / 2 + (x[i] / units - view.x) * s;
  const toY = (panel, i, s) => panel.height / 2 - (y[i] / units - view.y) * s;
  const fromX = (panel, px, s) => (px - panel.width / 2) / s + view.x;
  const fromY = (panel, py, s) => view.y - (py - panel.height / 2) / s;
  const focused = (i) => (marks.lit ? marks.lit[i] : (marks.selected && marks.selected[i]) || (marks.found && marks.found[i])) ? 1 : 0;
  const shown = (panel, i) => { const group = panel.mode.groups()[i]; return group >= 0 && !panel.mode.off.has(group); };

  /** Work out colour, layer and order of all points; needed only when the mode or the focus changes. */
  function dress(panel) {
    const { mode: of } = panel, groups = of.groups(), { shade, categories } = of, focus = marks.lit || marks.selected || marks.found;
    const paints = Uint32Array.from(shade ? of.shades : categories.map((category) => rgb(category.colour)), ([r, g, b]) => r | (g << 8) | (b << 16));
    const under = categories.map((category, c) => of.off.has(c) ? HIDDEN : category.noise ? 0 : 1);
    const layers = new Uint8Array(count), cells = coarse ? 1 : SIDE * SIDE, starts = new Uint32Array(3 * cells + 1);
    // Noise and what is out of focus lie below, then the rest, the focus on top.
    for (let i = 0; i < count; i++) {
      const lowest = groups[i] < 0 ? HIDDEN : under[groups[i]], layer = lowest === HIDDEN || !focus ? lowest : 2 * focused(i);
      layers[i] = layer;
      if (layer !== HIDDEN) starts[layer * cells + (coarse ? 0 : grid.cell[i]) + 1]++;
    }
    for (let k = 0; k < 3 * cells; k++) starts[k + 1] += starts[k];
    const next = starts.slice(), opacity = (focus ? [22, 22, 255] : [115, count < 3000 ? 230 : 200, 255]).map((value) => value << 24);
    for (let k = 0; k < count; k++) {
      const i = turn[k], layer = layers[i];
      if (layer === HIDDEN) continue;
      const to = next[layer * cells + (coarse ? 0 : grid.cell[i])]++;
      panel.order[to] = i;
      panel.x[to] = x[i];
      panel.y[to] = y[i];
      panel.paints[to] = paints[shade ? shade(i) : groups[i]] | opacity[layer];
    }
    panel.layers = [0, 1, 2].map((layer) => starts[(layer + 1) * cells] - starts[layer * cells]);
    panel.shown = starts[3 * cells];
    panel.sizes = [1, 1, focus ? 1.25 : 1];
    panel.painter.dress({ x: panel.x, y: panel.y, paints: panel.paints, starts, cells, sizes: panel.sizes });
    panel.stale = true;
  }
  function dressAll() { panels.forEach(dress); redraw(); }

  function draw(panel) {
    if (!panel.width) return;
    const ratio = devicePixelRatio || 1, s = scale(panel), { context } = panel, r = radius();
    if (panel.stale) panel.painter.draw(panel.width, panel.height, { ratio, scale: s, x: view.x, y: view.y, radius: r });
    panel.stale = false;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, panel.width, panel.height);
    const ink = getComputedStyle(panel.over).color;
    if (book && view.zoom > 1.5) pictures(panel, s);
    writeNames(panel.context, labels(panel, s), panel.over, (i) => (marks.lit || marks.selected || marks.found) && !focused(i));
    if (hovered >= 0 && shown(panel, hovered)) {
      context.strokeStyle = ink;
      context.lineWidth = 2;
      context.beginPath();
      context.arc(toX(panel, hovered, s), toY(panel, hovered, s), r + 4, 0, 7);
      context.stroke();
    }
    if (panel.path) {
      context.beginPath();
      panel.path.forEach(([px, py], k) => k ? context.lineTo(px, py) : context.moveTo(px, py));
      context.closePath();
      context.globalAlpha = 0.1;
      context.fillStyle = ink;
      context.fill();
      context.globalAlpha = 1;
      context.strokeStyle = ink;
      context.lineWidth = 1.5;
      context.setLineDash([5, 4]);
      context.stroke();
      context.setLineDash([]);
    }
  }

  /** The names that fit: of groups, or of clusters where few enough of them are in view. */
  function labels(panel, s) {
    const { of } = panel.mode;
    if (!named || !of) return [];
    of.levels ??= levelsOf(of, x, y);
    const inView = ({ row }) => { const px = toX(panel, row, s), py = toY(panel, row, s); return px > 0 && py > 0 && px < panel.width && py < panel.height && shown(panel, row); };
    return namesThatFit(of.levels, inView, (row) => [toX(panel, row, s), toY(panel, row, s)], (...box) => hidden(panel, s, ...box), panel);
  }

  /** The largest part of a cluster's rows under a name, and of a group's; of very many rows, of the first that are found. */
  function hidden(panel, s, px, py, wide, { group, sizes }) {
    const { labels: own, rowsOf } = panel.mode.of, under = new Map(), groups = new Map(), halfWide = wide / 2, half = NAME_HEIGHT / 2;
    const most = { cluster: 0, group: 0 };
    let left = 3000;
    grid.visit(fromX(panel, px - halfWide, s), fromX(panel, px + halfWide, s), fromY(panel, py + half, s), fromY(panel, py - half, s), (i) => {
      if (own[i] >= 0 && shown(panel, i)) under.set(own[i], (under.get(own[i]) ?? 0) + 1);
      return left--;
    });
    for (const [cluster, n] of under) {
      const key = group(cluster), together = (groups.get(key) ?? 0) + n;
      groups.set(key, together);
      most.cluster = Math.max(most.cluster, n / rowsOf.get(cluster).length);
      most.group = Math.max(most.group, together / (sizes.get(key) ?? Infinity));
    }
    return most;
  }

  /** Where few enough are in view, show what they look like. */
  function pictures(panel, s) {
    const size = 28, few = [], half = size / 2;
    grid.visit(fromX(panel, 0, s), fromX(panel, panel.width, s), fromY(panel, panel.height, s), fromY(panel, 0, s), (i) => {
      if (shown(panel, i) && book.has(i)) few.push(i);
      return few.length <= 220;
    });
    if (few.length > 220) return;
    const focus = marks.lit || marks.selected || marks.found;
    for (const i of few) {
      const px = toX(panel, i, s) - half, py = toY(panel, i, s) - half;
      panel.context.globalAlpha = focus && !focused(i) ? 0.25 : 1;
      if (!book.draw(panel.context, i, px, py, size)) continue;
      const { shade, shades, groups, categories } = panel.mode;
      panel.context.strokeStyle = lightened(shade ? shades[shade(i)] : rgb(categories[groups()[i]].colour));
      panel.context.lineWidth = 2.5;
      panel.context.strokeRect(px, py, size, size);
    }
    panel.context.globalAlpha = 1;
  }

  function nearest(panel, px, py) {
    const s = scale(panel), reach = 14 / s, atX = fromX(panel, px, s), atY = fromY(panel, py, s);
    let best = -1, least = reach * reach;
    grid.visit(atX - reach, atX + reach, atY - reach, atY + reach, (i) => {
      const dx = x[i] / units - atX, dy = y[i] / units - atY, d = dx * dx + dy * dy;
      if (d < least && shown(panel, i)) { least = d; best = i; }
      return true;
    });
    return best;
  }

  function line(name, value, colour) {
    const row = make("div");
    row.append(make("span", {}, name));
    if (colour) row.append(swatch(colour));
    row.append(make("bdi", {}, value));
    return row;
  }

  function tell(panel, i) {
    if (i === hovered) return;
    hovered = i;
    tip.hidden = i < 0;
    redraw(false);
    if (i < 0) return;
    fill(panel, i);
    if (!rows.lines.at(i)) rows.lines.load([i]).then(() => { if (i === hovered) fill(panel, i); });
  }

  function fill(panel, i) {
    const { id, text } = rows.lines.at(i) ?? { id: "…", text: "" };
    tip.replaceChildren();
    if (book && book.has(i)) {
      const canvas = make("canvas", { width: 112, height: 112, class: "tile" });
      const paint = () => book.draw(canvas.getContext("2d"), i, 0, 0, 112);
      if (!paint()) setTimeout(paint, 150);
      tip.append(canvas);
    }
    if (text) tip.append(make("p", { dir: "auto" }, text));
    if (rows.truth) tip.append(rows.truth[i] < 0 ? line("label", "none") : line("label", map.classes[rows.truth[i]], map.classColours[rows.truth[i]]));
    for (const of of map.clusterers) {
      const cluster = of.labels[i];
      const row = line(of.name, clusterName(of, cluster), clusterColour(of, cluster));
      const told = of.values.filter(({ mode: by }) => by.read(i) !== null).map(({ kind, mode: by }) => `${kind} ${by.read(i).toFixed(2)}`);
      if (told.length) row.append(make("small", {}, told.join(", ")));
      tip.append(row);
      const top = of.layers[of.layers.length - 1], group = top && top.groups[cluster];
      if (group !== undefined) tip.append(line("group", top.names[group], top.colours[group]));
    }
    tip.append(line(map.splits[rows.split[i]], id));
    place(panel, i);
  }

  function place(panel, i) {
    const s = scale(panel), area = panel.over.getBoundingClientRect(), home = app.getBoundingClientRect();
    const px = area.left - home.left + toX(panel, i, s), py = area.top - home.top + toY(panel, i, s);
    const left = px + 16 + tip.offsetWidth <= home.width ? px + 16 : Math.max(0, px - 16 - tip.offsetWidth);
    const fits = (y) => home.top + y + tip.offsetHeight <= innerHeight, below = area.bottom - home.top + 6;
    const top = home.width < 600 && fits(below) ? below : fits(py + 16) ? py + 16 : Math.max(0, py - 16 - tip.offsetHeight);
    tip.style.left = `${left}px`;
    tip.style.top = `${top}px`;
  }

  function move(dx, dy) {
    view.x = Math.min(spanX, Math.max(0, view.x + dx));
    view.y = Math.min(spanY, Math.max(0, view.y + dy));
    redraw();
  }

  function zoom(factor, panel, px, py) {
    const before = scale(panel), atX = fromX(panel, px, before), atY = fromY(panel, py, before);
    view.zoom = Math.min(200, Math.max(1, view.zoom * factor));
    if (view.zoom === 1) fit();
    else {
      const after = scale(panel);
      view.x = atX - (px - panel.width / 2) / after;
      view.y = atY + (py - panel.height / 2) / after;
      move(0, 0);
    }
    touch();
    redraw();
  }
  function fit() { Object.assign(view, { zoom: 1, x: spanX / 2, y: spanY / 2 }); touch(); redraw(); }
  function touch() { for (const { over } of panels) over.style.touchAction = view.zoom > 1 || lasso ? "none" : "pan-y"; }

  /** Return the shown rows within a closed line, given in pixels of a panel. */
  function within(panel, path) {
    const s = scale(panel), line = path.map(([px, py]) => [fromX(panel, px, s), fromY(panel, py, s)]), found = [];
    const xs = line.map((p) => p[0]), ys = line.map((p) => p[1]);
    grid.visit(Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys), (i) => {
      const px = x[i] / units, py = y[i] / units;
      let inside = false;
      for (let a = 0, b = line.length - 1; a < line.length; b = a++)
        if (line[a][1] > py !== line[b][1] > py && px < ((line[b][0] - line[a][0]) * (py - line[a][1])) / (line[b][1] - line[a][1]) + line[a][0]) inside = !inside;
      if (inside && shown(panel, i) && (!marks.found || marks.found[i])) found.push(i);
      return true;
    });
    return found.sort((a, b) => a - b);
  }

  function select(chosen) {
    marks.selected = chosen && chosen.length ? new Uint8Array(count) : null;
    if (marks.selected) for (const i of chosen) marks.selected[i] = 1;
    dressAll();
    for (const heard of listeners) heard("selected", chosen || []);
  }
  function selection() {
    const chosen = [];
    if (marks.selected) for (let i = 0; i < count; i++) if (marks.selected[i]) chosen.push(i);
    return chosen;
  }
  function light(chosen) {
    marks.lit = chosen ? new Uint8Array(count) : null;
    if (chosen) for (const i of chosen) marks.lit[i] = 1;
    dressAll();
  }
  /** Show the rows for which `found` holds 1 before the others; all alike with null. */
  function find(found) {
    marks.found = found;
    dressAll();
  }

  function listen(panel) {
    const { over } = panel, down = new Map();
    let moved = false, apart = 0, drawing = false;
    const at = (event) => { const area = over.getBoundingClientRect(); return [event.clientX - area.left, event.clientY - area.top]; };
    over.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      down.set(event.pointerId, at(event));
      over.setPointerCapture(event.pointerId);
      moved = false;
      apart = 0;
      drawing = down.size === 1 && (lasso || event.shiftKey);
      panel.path = drawing ? [at(event)] : null;
    });
    over.addEventListener("pointermove", (event) => {
      const [px, py] = at(event), before = down.get(event.pointerId);
      if (!before) { if (event.pointerType === "mouse") tell(panel, nearest(panel, px, py)); return; }
      if (down.size === 2) {
        down.set(event.pointerId, [px, py]);
        const [a, b] = [...down.values()], now = Math.hypot(a[0] - b[0], a[1] - b[1]);
        if (apart) zoom(now / apart, panel, (a[0] + b[0]) / 2, (a[1] + b[1]) / 2);
        apart = now;
        moved = true;
        panel.path = null;
        drawing = false;
      } else if (moved || Math.hypot(px - before[0], py - before[1]) > 3) {
        moved = true;
        tell(panel, -1);
        if (drawing) { panel.path.push([px, py]); redraw(); return; }
        down.set(event.pointerId, [px, py]);
        over.classList.add("moving");
        move(-(px - before[0]) / scale(panel), (py - before[1]) / scale(panel));
      }
    });
    const up = (event) => {
      if (!down.delete(event.pointerId)) return;
      over.classList.remove("moving");
      const path = panel.path, add = event.ctrlKey || event.metaKey;
      panel.path = null;
      if (event.type !== "pointerup") return redraw();
      if (moved && drawing && path && path.length > 2) {
        const chosen = within(panel, path);
        select(add ? [...new Set([...selection(), ...chosen])].sort((a, b) => a - b) : chosen);
      } else if (!moved) pick(panel, nearest(panel, ...at(event)), add || event.shiftKey, event.pointerType);
      redraw();
    };
    over.addEventListener("pointerup", up);
    over.addEventListener("pointercancel", up);
    over.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") tell(panel, -1); });
    over.addEventListener("dblclick", (event) => { if (!lasso && !event.shiftKey) zoom(2, panel, ...at(event)); });
    over.addEventListener("wheel", (event) => {
      if (document.activeElement !== over && !event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      tell(panel, -1);
      zoom(2 ** (-event.deltaY * (event.deltaMode ? 20 : 1) / 240), panel, ...at(event));
    }, { passive: false });
    over.addEventListener("keydown", (event) => {
      const step = 40 / scale(panel), middle = [panel.width / 2, panel.height / 2];
      const keys = {
        ArrowLeft: () => move(-step, 0), ArrowRight: () => move(step, 0), ArrowUp: () => move(0, step), ArrowDown: () => move(0, -step),
        "+": () => zoom(1.5, panel, ...middle), "-": () => zoom(1 / 1.5, panel, ...middle), 0: fit,
        l: () => setLasso(!lasso), Enter: () => pick(panel, nearest(panel, ...middle), false, "keyboard"),
      };
      if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
      event.preventDefault();
      keys[event.key]();
    });
  }

  function pick(panel, i, add, by) {
    if (by === "touch" || by === "keyboard") tell(panel, i);
    if (i < 0) { if (!add) select([]); return; }
    const before = add ? selection() : [];
    select(before.includes(i) ? before.filter((k) => k !== i) : [...before, i].sort((a, b) => a - b));
  }

  const button = document.getElementById("map-lasso");
  function setLasso(on) {
    lasso = on;
    button.setAttribute("aria-pressed", String(on));
    for (const { over } of panels) over.classList.toggle("lasso", on);
    touch();
  }
  button.addEventListener("click", () => setLasso(!lasso));

  const naming = document.getElementById("map-names");
  naming.addEventListener("click", () => { named = !named; naming.setAttribute("aria-pressed", String(named)); redraw(); });

  function addPanel(index) {
    const root = make("div", { class: "panel" }), label = make("label", {}, "colour by"), choice = make("select");
    const area = make("div", { class: "area" }), over = make("canvas", { class: "over", tabindex: 0, role: "application", "aria-label": "Map of the rows. Arrow keys move it, plus and minus zoom, 0 fits, Enter selects the row in the middle, L turns the lasso on." });
    const base = make("canvas", { class: "base", "aria-hidden": "true" }), painter = canvasPoints(base);
    const panel = {
      root, over, base, painter, context: over.getContext("2d"), mode: modes[index], width: 0, height: 0, path: null,
      order: new Uint32Array(count), x: new Uint16Array(count), y: new Uint16Array(count), paints: new Uint32Array(count), stale: true,
    };
    modes.forEach((one, i) => choice.append(new Option(one.title, i, false, i === index)));
    panel.colourBy = (chosen) => { panel.mode = chosen; choice.value = modes.indexOf(chosen); panel.legend(); dress(panel); redraw(); for (const heard of listeners) heard("coloured", panel); };
    choice.addEventListener("change", () => panel.colourBy(modes[Number(choice.value)]));
    label.append(choice);
    area.append(base, over);
    const keys = make("div", { class: "keys" });
    root.append(label, area, keys);
    saveable(root, "map", () => picture(panel));
    document.getElementById("map-panels").append(root);
    panels.push(panel);
    panel.legend = legendOf(panel, keys, panels, dressAll);
    panel.legend();
    dress(panel);
    for (const heard of listeners) heard("coloured", panel);
    listen(panel);
    onWidth(area, () => {
      const ratio = devicePixelRatio || 1;
      [panel.width, panel.height] = [area.clientWidth, area.clientHeight];
      for (const canvas of [base, over]) { canvas.width = Math.round(panel.width * ratio); canvas.height = Math.round(panel.height * ratio); }
      panel.stale = true;
      draw(panel);
    });
    return panel;
  }

  /** The view of a panel as SVG: a circle for each row in it; where that would be too many, the points as a picture. */
  function picture(panel) {
    const svg = make("svg", { viewBox: `0 0 ${panel.width} ${panel.height}` }), s = scale(panel), r = radius();
    if (panel.shown > 20000) svg.append(make("image", { width: panel.width, height: panel.height, href: panel.base.toDataURL() }));
    else for (let k = 0; k < panel.shown; k++) {
      const i = panel.order[k], cx = toX(panel, i, s), cy = toY(panel, i, s), paint = panel.paints[k], size = panel.sizes[k < panel.layers[0] + panel.layers[1] ? 1 : 2];
      if (cx < 0 || cy < 0 || cx > panel.width || cy > panel.height) continue;
      svg.append(make("circle", { cx: cx.toFixed(1), cy: cy.toFixed(1), r: (r * size).toFixed(2), fill: hex([paint & 255, (paint >> 8) & 255, (paint >> 16) & 255]), "fill-opacity": ((paint >>> 24) / 255).toFixed(2) }));
    }
    for (const { text, x: px, y: py } of labels(panel, s))
      svg.append(make("text", { x: px.toFixed(1), y: py.toFixed(1), "text-anchor": "middle", "dominant-baseline": "middle", "font-size": 12, "font-weight": 600, "font-family": "sans-serif", "paint-order": "stroke", stroke: "#fff", "stroke-width": 3 }, text));
    const listed = panel.mode.categories.filter((category, c) => category.count && !panel.mode.off.has(c));
    return titled(svg, panel.mode.title, listed.map((category) => [category.colour, category.name.slice(0, 26)]));
  }

  const middle = (factor) => zoom(factor, panels[0], panels[0].width / 2, panels[0].height / 2);
  document.getElementById("map-in").addEventListener("click", () => middle(1.5));
  document.getElementById("map-out").addEventListener("click", () => middle(1 / 1.5));
  document.getElementById("map-fit").addEventListener("click", fit);
  dark.addEventListener("change", redraw);
  document.addEventListener("visibilitychange", redraw);
  return {
    panels, view, book, count, select, selection, light, find, addPanel, move, draw,
    hover: (i) => { hovered = i; redraw(false); },
    clear() { if (panels.some((panel) => panel.path)) panels.forEach((panel) => { panel.path = null; }); else select([]); tell(panels[0], -1); redraw(); },
    heard: (listener) => listeners.push(listener),
    fit, names: (panel) => labels(panel, scale(panel)),
    at: (panel, i) => { const s = scale(panel); return [toX(panel, i, s), toY(panel, i, s)]; },
  };
}
