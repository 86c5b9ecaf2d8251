/** What all charts share: the measure that colours the trials, those that are kept, and the one pointed at. */
const AXES = DATA.axes, MEASURES = DATA.measures, COUNT = DATA.trials.length, STEPS = 7;
const state = { measure: 0, brushes: new Map(), wanted: "", kept: new Uint8Array(COUNT).fill(1), picked: -1 };
const charts = []; // each has draw(), called when something changed, and light(i), -1 for none
const measure = () => MEASURES[state.measure];
const failed = new Set(DATA.failed);

const cut = (text, length) => text.length > length ? text.slice(0, Math.max(1, length - 1)) + "…" : text;
const axisText = (axis, i) => axis.places[i] === null ? "–" : axis.options.length ? axis.options[axis.places[i]] : short(axis.places[i]);
const measureText = (of, i) => of.values[i] === null ? "–" : of.name === "noise" ? percent(of.values[i]) : short(of.values[i]);
const extentOf = (values) => { const [low, high] = extent(values.filter((v) => v !== null)); return low <= high ? [low, high] : [0, 1]; };

/** A key or a measure as the scale of an axis: where each trial lies, 0 to 1, and the ticks. */
function scaleOf(axis) {
  const n = axis.options?.length, places = axis.places ?? axis.values;
  const even = (place) => (place + 0.5) / n; // each option has a slot of its own
  if (n) return { title: axis.title, key: axis.key, places, n, at: (i) => places[i] === null ? null : even(places[i]), ticks: axis.options.map((text, o) => [even(o), text]) };
  const [low, high] = extentOf(places), flat = axis.log ? Math.log : (value) => value, room = flat(high) - flat(low);
  const at = (value) => room ? (flat(value) - flat(low)) / room : 0.5;
  const turned = axis.direction === "lower" ? (t) => 1 - t : (t) => t;
  return { title: axis.title, key: axis.key ?? axis.name, places, n: 0, at: (i) => places[i] === null ? null : turned(at(places[i])), ticks: (room ? ticks(low, high, axis.log, 7) : [low]).map((value) => [turned(at(value)), short(value)]) };
}

/** How good each trial is by the measure, 0 to 1, null where unknown; the worst twentieth is all 0. */
function grades(of) {
  const known = of.values.filter((value) => value !== null).sort((a, b) => a - b), tail = COUNT < 20 ? 0 : Math.floor(known.length / 20);
  const low = known[of.direction === "higher" ? tail : 0], high = known[known.length - 1 - (of.direction === "lower" ? tail : 0)];
  const part = (value) => high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 1;
  const parts = of.values.map((value) => value === null ? null : of.direction === "lower" ? 1 - part(value) : part(value));
  const ends = of.direction === "lower" ? [high, low] : [low, high];
  return { parts, ends, clipped: tail > 0 && of.direction !== "none" };
}
const stepOf = (part) => Math.min(STEPS - 1, Math.floor(part * STEPS));
const stepColour = (step) => hex(onScale((step + 0.5) / STEPS));
let grade = grades(measure());
const colourOf = (i) => grade.parts[i] === null ? DATA.noise : stepColour(stepOf(grade.parts[i]));

/** The trials by colour, the best last, so that they lie above; those not kept come first, without one. */
function layers() {
  const found = [{ colour: null, trials: [] }, { colour: DATA.noise, trials: [] }, ...Array.from({ length: STEPS }, (_, step) => ({ colour: stepColour(step), trials: [] }))];
  for (let i = 0; i < COUNT; i++) found[!state.kept[i] ? 0 : grade.parts[i] === null ? 1 : 2 + stepOf(grade.parts[i])].trials.push(i);
  return found.filter((layer) => layer.trials.length);
}

const tip = make("div", { class: "tip", hidden: "" });
/** Show what a trial is next to a point of a box; -1 hides it. */
function showTip(box, i, x, y) {
  tip.hidden = i < 0;
  if (i < 0) return;
  box.append(tip);
  const line = (name, text) => { const row = make("div"); row.append(make("span", {}, name), make("b", {}, text)); return row; };
  const keys = AXES.filter((axis) => axis.places[i] !== null), chosen = MEASURES.filter((of) => of.kind === "chooses" || of === measure());
  tip.replaceChildren(make("b", {}, `Trial ${DATA.trials[i]}${failed.has(i) ? ", failed" : ""}`), ...chosen.map((of) => line(of.title, measureText(of, i))), ...keys.slice(0, 14).map((axis) => line(axis.title, cut(axisText(axis, i), 60))));
  tip.style.left = `${Math.max(0, Math.min(x + 14, box.clientWidth - tip.offsetWidth))}px`;
  tip.style.top = `${y + 14}px`;
}
function light(i) { for (const chart of charts) chart.light(i); }

/** Point at trials of a chart: `nearest(x, y)` returns the one there, or -1. */
function pointable(box, svg, nearest) {
  let now = -1;
  const at = (event) => { const place = svg.getBoundingClientRect(); return [event.clientX - place.left, event.clientY - place.top]; };
  const point = (i, x, y) => { showTip(box, i, x, y); if (i !== now) light(now = i); svg.classList.toggle("pointed", i >= 0); };
  svg.addEventListener("pointermove", (event) => { const [x, y] = at(event); point(event.buttons ? -1 : nearest(x, y), x, y); });
  svg.addEventListener("pointerleave", () => point(-1));
  svg.addEventListener("click", (event) => { const i = nearest(...at(event)); if (i >= 0) pick(i); });
}

/** Draw everything again. */
function update() {
  const columns = [...AXES.map((axis, k) => [`a${k}`, scaleOf(axis)]), ["measure", scaleOf(measure())]];
  for (let i = 0; i < COUNT; i++)
    state.kept[i] = Number((!state.wanted || (rowTexts()[i] ?? "").includes(state.wanted)) && columns.every(([name, scale]) => {
      const brush = state.brushes.get(name), t = brush && scale.at(i);
      return !brush || (t !== null && t >= brush[0] - 1e-9 && t <= brush[1] + 1e-9);
    }));
  const many = state.kept.reduce((a, b) => a + b, 0), all = many === COUNT;
  document.getElementById("many").textContent = all ? `${whole(COUNT)} trials` : `${whole(many)} of ${whole(COUNT)} trials`;
  document.getElementById("clear").hidden = all && !state.brushes.size && !state.wanted;
  showRows();
  for (const chart of charts) chart.draw();
}

const table = document.getElementById("table"), tableRows = new Map([...table.tBodies[0].rows].map((row) => [Number(row.dataset.i), row]));
let order = [...tableRows], allRows = false, texts = null;
const rowTexts = () => (texts ??= Object.fromEntries([...tableRows].map(([i, row]) => [i, plain(row.textContent)])));

/** Show the first rows of the trials that are kept; the others once they are asked for, since many rows take long. */
function showRows() {
  const more = document.getElementById("more"), kept = order.filter(([i]) => state.kept[i]), most = allRows ? kept.length : DATA.shown, shown = new Set(kept.slice(0, most));
  for (const entry of order) entry[1].hidden = !shown.has(entry);
  more.hidden = kept.length <= most;
  more.textContent = `Show all ${whole(kept.length)} rows`;
}

/** A click on a heading sorts: the best first, then turned. Trials without a value stay last. */
function sortable() {
  const heads = [...table.tHead.rows[0].cells];
  for (const head of heads) {
    const name = head.dataset.sort, number = Number(name.slice(1));
    const of = name === "trial" ? { values: DATA.trials, direction: "lower" } : name[0] === "a" ? { values: AXES[number].places, direction: "lower" } : MEASURES[number];
    const button = make("button", { type: "button", class: "sort" }, head.textContent);
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const first = of.direction === "lower" ? "ascending" : "descending", turn = head.getAttribute("aria-sort") === first;
      const way = turn === (first === "ascending") ? "descending" : "ascending", sign = way === "ascending" ? 1 : -1;
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", way);
      const value = ([i]) => of.values[i], known = (entry) => value(entry) !== null;
      order = [...tableRows].sort((a, b) => known(a) && known(b) ? sign * (value(a) - value(b)) || a[0] - b[0] : Number(known(b)) - Number(known(a)) || a[0] - b[0]);
      table.tBodies[0].append(...order.map(([, row]) => row));
      showRows();
    });
  }
  const of = (event) => Number(event.target.closest("tr[data-i]")?.dataset.i ?? -1);
  table.addEventListener("pointerover", (event) => light(of(event)));
  table.addEventListener("pointerleave", () => light(-1));
  table.addEventListener("click", (event) => { if (of(event) >= 0 && !getSelection().toString()) pick(of(event)); });
  document.getElementById("more").addEventListener("click", () => { allRows = true; showRows(); });
  showRows();
}

/** Show how a trial is run again. */
function pick(i) {
  const box = document.getElementById("picked"), head = make("div", { class: "head" }), close = make("button", { type: "button" }, "Close");
  for (const [j, row] of tableRows) row.classList.toggle("marked", j === i);
  state.picked = i;
  box.hidden = i < 0;
  if (i < 0) return light(-1);
  // marks of direction as escapes of TOML: they would turn the rest of the command around
  const quoted = (text) => `'${text.replaceAll("'", "'\\''").replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (mark) => `\\u${mark.charCodeAt(0).toString(16)}`)}'`;
  const written = AXES.filter((axis) => axis.places[i] !== null).map((axis) => `--set ${quoted(`${axis.key}=${axis.options.length ? axis.written[axis.places[i]] : axis.places[i]}`)}`);
  const facts = make("dl", { class: "facts" });
  for (const of of MEASURES) { const one = make("div"); one.append(make("dt", {}, of.title), make("dd", {}, measureText(of, i))); facts.append(one); }
  head.append(make("h3", {}, `Trial ${DATA.trials[i]}${failed.has(i) ? ", failed" : ""}`), close);
  close.addEventListener("click", () => pick(-1));
  box.replaceChildren(head, ...(failed.has(i) ? [] : [facts]), make("pre", {}, ["clusterforge run recipe.toml", ...written].join(" \\\n  ")));
  light(i);
}
