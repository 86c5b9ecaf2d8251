if (DATA.map) (() => {
  const map = DATA.map, count = map.x.length;
  const app = document.getElementById("map-app"), tip = document.getElementById("map-tip");
  const search = document.getElementById("map-search"), found = document.getElementById("map-count");
  const view = { zoom: 1, x: 0.5, y: 0.5 }; // the centre, in units of the map's longer side
  const spanX = Math.max(...map.x) / map.units, spanY = Math.max(...map.y) / map.units;
  const panels = [];
  let hovered = -1, matches = null, redrawing = 0;
  const sheet = map.sheet && new Image();
  if (sheet) { sheet.onload = () => redraw(); sheet.src = map.sheet.source; }

  /** A way to colour the rows: for each row the number of a category, -1 for none. */
  function mode(title, of, categories) {
    const counts = categories.map(() => 0), rows = categories.map(() => []);
    for (let i = 0; i < count; i++) { const c = of(i); if (c >= 0) { counts[c]++; rows[c].push(i); } }
    const shown = categories.map((category, i) => ({ ...category, count: counts[i], rows: rows[i] }));
    return { title, of, categories: shown, off: new Set() };
  }

  const modes = [];
  const nameOf = (of, cluster) => of.matched[cluster] === undefined ? String(cluster) : `${cluster} ≈ ${map.classes[of.matched[cluster]]}`;
  for (const of of map.clusterers) {
    const ids = Object.keys(of.colours).map(Number);
    const place = (cluster) => (of.matched[cluster] ?? Infinity);
    ids.sort((a, b) => place(a) - place(b) || a - b);
    const index = new Map([...ids, -1].map((cluster, i) => [cluster, i]));
    modes.push(mode(`clusters of ${of.name}`, (i) => index.get(of.labels[i]) ?? -1,
      [...ids.map((cluster) => ({ name: nameOf(of, cluster), colour: of.colours[cluster] })), { name: "noise", colour: DATA.noise, noise: true }]));
  }
  if (map.truth) {
    modes.push(mode("true labels", (i) => map.truth[i] < 0 ? map.classes.length : map.truth[i],
      [...map.classes.map((name, i) => ({ name, colour: map.classColours[i] })), { name: "unlabelled", colour: DATA.noise, noise: true }]));
    for (const of of map.clusterers)
      modes.push(mode(`right and wrong of ${of.name}`, (i) => map.truth[i] < 0 || of.labels[i] < -1 ? -1 : of.labels[i] === -1 ? 2 : of.matched[of.labels[i]] === map.truth[i] ? 0 : 1,
        [{ name: "cluster of its label", colour: "#56b4e9" }, { name: "another cluster", colour: "#d55e00" }, { name: "noise", colour: DATA.noise, noise: true }]));
  }
  if (map.splits.length > 1)
    modes.push(mode("splits", (i) => map.split[i], map.splits.map((name, i) => ({ name, colour: map.splitColours[i] }))));
  if (!modes.length) modes.push(mode("rows", () => 0, [{ name: "all rows", colour: "#0072b2" }]));

  function redraw() {
    if (!redrawing) redrawing = requestAnimationFrame(() => { redrawing = 0; panels.forEach(draw); });
  }

  function scale(panel) {
    const room = 26;
    return Math.min((panel.width - room) / (spanX || 1), (panel.height - room) / (spanY || 1)) * view.zoom;
  }
  const toX = (panel, i, s) => panel.width / 2 + (map.x[i] / map.units - view.x) * s;
  const toY = (panel, i, s) => panel.height / 2 - (map.y[i] / map.units - view.y) * s;

  function draw(panel) {
    const { canvas, context } = panel, s = scale(panel), ratio = devicePixelRatio || 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, panel.width, panel.height);
    const radius = Math.max(1.5, Math.min(4.5, 150 / Math.sqrt(count))) * Math.min(2.2, view.zoom ** 0.35);
    const inside = (x, y) => x > -20 && y > -20 && x < panel.width + 20 && y < panel.height + 20;
    const visible = [];
    const paint = (rows, colour, alpha, r) => {
      context.fillStyle = colour;
      context.globalAlpha = alpha;
      for (const i of rows) {
        const x = toX(panel, i, s), y = toY(panel, i, s);
        if (!inside(x, y)) continue;
        visible.push(i);
        context.beginPath();
        context.arc(x, y, r, 0, 7);
        context.fill();
      }
    };
    const { categories, off } = panel.mode;
    const order = [...categories.keys()].sort((a, b) => (categories[b].noise || 0) - (categories[a].noise || 0));
    for (const c of order) {
      const category = categories[c];
      if (off.has(c)) continue;
      const alpha = category.noise ? 0.45 : 0.8;
      if (!matches) paint(category.rows, category.colour, alpha, radius);
      else paint(category.rows.filter((i) => !matches.has(i)), category.colour, 0.07, radius);
    }
    if (matches) {
      visible.length = 0;
      for (const c of order) if (!off.has(c)) paint(categories[c].rows.filter((i) => matches.has(i)), categories[c].colour, 1, radius * 1.25);
    }
    context.globalAlpha = 1;
    if (sheet && sheet.complete && visible.length <= 160 && view.zoom > 1.5) pictures(panel, visible, s);
    panel.visible = visible;
    if (hovered >= 0 && panel.mode.of(hovered) >= 0) {
      context.strokeStyle = getComputedStyle(canvas).color;
      context.lineWidth = 2;
      context.beginPath();
      context.arc(toX(panel, hovered, s), toY(panel, hovered, s), radius + 4, 0, 7);
      context.stroke();
    }
  }

  function picture(context, i, x, y, size) {
    const { tile, columns, place } = map.sheet, at = place[i];
    if (at < 0) return false;
    context.imageSmoothingEnabled = false;
    context.drawImage(sheet, (at % columns) * tile, Math.floor(at / columns) * tile, tile, tile, x, y, size, size);
    return true;
  }

  function pictures(panel, rows, s) {
    const size = 26, { context } = panel;
    for (const i of rows) {
      const x = toX(panel, i, s) - size / 2, y = toY(panel, i, s) - size / 2;
      if (!picture(context, i, x, y, size)) continue;
      context.strokeStyle = panel.mode.categories[panel.mode.of(i)].colour;
      context.lineWidth = 2.5;
      context.strokeRect(x, y, size, size);
    }
  }

  function nearest(panel, x, y) {
    const s = scale(panel);
    let best = -1, least = 14 * 14;
    for (const i of panel.visible || []) {
      const dx = toX(panel, i, s) - x, dy = toY(panel, i, s) - y, d = dx * dx + dy * dy;
      if (d < least) { least = d; best = i; }
    }
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
    if (i === hovered && i < 0) return;
    hovered = i;
    tip.hidden = i < 0;
    redraw();
    if (i < 0) return;
    tip.replaceChildren();
    if (sheet && map.sheet.place[i] >= 0) {
      const canvas = make("canvas", { width: 96, height: 96 });
      picture(canvas.getContext("2d"), i, 0, 0, 96);
      tip.append(canvas);
    }
    if (map.texts && map.texts[i]) tip.append(make("p", { dir: "auto" }, map.texts[i]));
    if (map.truth) tip.append(map.truth[i] < 0 ? line("label", "none") : line("label", map.classes[map.truth[i]], map.classColours[map.truth[i]]));
    for (const of of map.clusterers) {
      const cluster = of.labels[i];
      tip.append(cluster < 0 ? line(of.name, cluster === -1 ? "noise" : "none", DATA.noise) : line(of.name, nameOf(of, cluster), of.colours[cluster]));
    }
    tip.append(line(map.splits[map.split[i]], map.ids[i]));
    const area = app.getBoundingClientRect(), on = panel.canvas.getBoundingClientRect(), s = scale(panel);
    const x = on.left - area.left + toX(panel, i, s), y = on.top - area.top + toY(panel, i, s);
    const right = x + 16 + tip.offsetWidth <= area.width;
    tip.style.left = `${right ? x + 16 : Math.max(0, x - 16 - tip.offsetWidth)}px`;
    tip.style.top = `${Math.max(0, y - tip.offsetHeight / 2)}px`;
  }

  function zoom(factor, panel, x, y) {
    const before = scale(panel), next = Math.min(60, Math.max(1, view.zoom * factor));
    const dx = x - panel.width / 2, dy = y - panel.height / 2;
    view.zoom = next;
    const after = scale(panel);
    move(dx / before - dx / after, -dy / before + dy / after);
  }

  function move(dx, dy) {
    view.x = Math.min(spanX, Math.max(0, view.x + dx));
    view.y = Math.min(spanY, Math.max(0, view.y + dy));
    if (view.zoom === 1) fit();
    for (const { canvas } of panels) canvas.style.touchAction = view.zoom > 1 ? "none" : "pan-y";
    redraw();
  }

  function fit() {
    Object.assign(view, { zoom: 1, x: spanX / 2, y: spanY / 2 });
  }

  function listen(panel) {
    const { canvas } = panel, down = new Map();
    let moved = false, apart = 0;
    const at = (event) => { const area = canvas.getBoundingClientRect(); return [event.clientX - area.left, event.clientY - area.top]; };
    canvas.addEventListener("pointerdown", (event) => {
      down.set(event.pointerId, at(event));
      canvas.setPointerCapture(event.pointerId);
      moved = false;
      apart = 0;
    });
    canvas.addEventListener("pointermove", (event) => {
      const [x, y] = at(event), before = down.get(event.pointerId);
      if (!before) { if (event.pointerType === "mouse") tell(panel, nearest(panel, x, y)); return; }
      down.set(event.pointerId, [x, y]);
      if (down.size === 2) {
        const [a, b] = [...down.values()], now = Math.hypot(a[0] - b[0], a[1] - b[1]);
        if (apart) zoom(now / apart, panel, (a[0] + b[0]) / 2, (a[1] + b[1]) / 2);
        apart = now;
        moved = true;
      } else if (moved || Math.hypot(x - before[0], y - before[1]) > 2) {
        moved = true;
        canvas.classList.add("moving");
        tell(panel, -1);
        move(-(x - before[0]) / scale(panel), (y - before[1]) / scale(panel));
      } else down.set(event.pointerId, before);
    });
    const up = (event) => {
      if (down.delete(event.pointerId) && !moved && event.type === "pointerup") tell(panel, nearest(panel, ...at(event)));
      canvas.classList.remove("moving");
    };
    canvas.addEventListener("pointerup", up);
    canvas.addEventListener("pointercancel", up);
    canvas.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") tell(panel, -1); });
    canvas.addEventListener("dblclick", (event) => zoom(event.shiftKey ? 0.5 : 2, panel, ...at(event)));
    canvas.addEventListener("wheel", (event) => {
      if (document.activeElement !== canvas && !event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      tell(panel, -1);
      zoom(2 ** (-event.deltaY * (event.deltaMode ? 20 : 1) / 240), panel, ...at(event));
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => {
      const step = 40 / scale(panel);
      const keys = {
        ArrowLeft: () => move(-step, 0), ArrowRight: () => move(step, 0), ArrowUp: () => move(0, step), ArrowDown: () => move(0, -step),
        "+": () => zoom(1.5, panel, panel.width / 2, panel.height / 2), "-": () => zoom(1 / 1.5, panel, panel.width / 2, panel.height / 2),
        0: () => { fit(); redraw(); }, Escape: () => tell(panel, -1),
      };
      if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
      event.preventDefault();
      keys[event.key]();
    });
  }

  function legend(panel) {
    const { categories, off } = panel.mode;
    panel.legend.replaceChildren();
    const set = (c, alone) => {
      const live = [...categories.keys()].filter((k) => categories[k].count);
      if (alone) { const only = live.every((k) => (k === c) !== off.has(k)); off.clear(); if (!only) live.forEach((k) => { if (k !== c) off.add(k); }); }
      else if (!off.delete(c)) off.add(c);
      for (const other of panels) if (other.mode === panel.mode) mark(other);
      redraw();
    };
    panel.buttons = new Map();
    categories.forEach((category, c) => {
      if (!category.count) return;
      const button = make("button", { type: "button" });
      button.append(swatch(category.colour), make("bdi", {}, category.name), make("small", {}, String(category.count)));
      button.addEventListener("click", (event) => { if (event.detail < 2) set(c, false); else if (event.detail === 2) { off.delete(c); set(c, true); } });
      panel.buttons.set(c, button);
      panel.legend.append(button);
    });
    mark(panel);
  }

  function mark(panel) {
    for (const [c, button] of panel.buttons) button.setAttribute("aria-pressed", String(!panel.mode.off.has(c)));
  }

  function addPanel(index) {
    const root = make("div", { class: "panel" }), label = make("label", {}, "colour by"), select = make("select");
    const canvas = make("canvas", { tabindex: 0, role: "img", "aria-label": "Map of the rows; arrow keys move it, plus and minus zoom, 0 fits" });
    const panel = { canvas, context: canvas.getContext("2d"), legend: make("div", { class: "legend" }), mode: modes[index], width: 1, height: 1, visible: [] };
    modes.forEach((one, i) => select.append(new Option(one.title, i, false, i === index)));
    select.addEventListener("change", () => { panel.mode = modes[Number(select.value)]; legend(panel); redraw(); });
    label.append(select);
    root.append(label, canvas, panel.legend);
    document.getElementById("map-panels").append(root);
    panels.push(panel);
    legend(panel);
    listen(panel);
    new ResizeObserver(() => requestAnimationFrame(() => {
      const ratio = devicePixelRatio || 1;
      panel.width = canvas.clientWidth || 1;
      panel.height = canvas.clientHeight || 1;
      canvas.width = Math.round(panel.width * ratio);
      canvas.height = Math.round(panel.height * ratio);
      draw(panel);
    })).observe(canvas);
  }

  search.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    matches = wanted ? new Set() : null;
    for (let i = 0; wanted && i < count; i++) {
      const label = map.truth && map.truth[i] >= 0 ? map.classes[map.truth[i]] : "";
      if (`${map.texts ? map.texts[i] : ""}\n${label}\n${map.ids[i]}`.toLowerCase().includes(wanted)) matches.add(i);
    }
    found.textContent = matches ? `${matches.size} of ${count}` : "";
    redraw();
  });
  const middle = (factor) => zoom(factor, panels[0], panels[0].width / 2, panels[0].height / 2);
  document.getElementById("map-in").addEventListener("click", () => middle(1.5));
  document.getElementById("map-out").addEventListener("click", () => middle(1 / 1.5));
  document.getElementById("map-fit").addEventListener("click", () => { fit(); redraw(); });
  for (const query of ["(prefers-color-scheme: dark)", "print"]) matchMedia(query).addEventListener("change", () => panels.forEach(draw));

  app.hidden = false;
  fit();
  const truth = modes.findIndex((one) => one.title === "true labels");
  addPanel(0);
  if (truth > 0) addPanel(truth);
  else if (map.clusterers.length > 1) addPanel(1);
})();
