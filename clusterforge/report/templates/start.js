/** Search: a part of a text, a label (one of just that name before those that hold it), a whole id. */
function makeSearch(atlas, map, rows) {
  const search = document.getElementById("map-search"), found = document.getElementById("map-count");
  const names = map.classes.map(plain);
  let latest = 0;
  search.addEventListener("input", async () => {
    const wanted = plain(search.value.trim()), turn = ++latest;
    if (!wanted) { found.textContent = ""; return atlas.find(null); }
    const exact = names.includes(wanted), named = names.map((name) => exact ? name === wanted : name.includes(wanted));
    const marks = new Uint8Array(map.rows);
    let many = 0;
    found.textContent = "searching …";
    await rows.lines.visit((i, line) => {
      const tab = line.indexOf("\t");
      if (named[rows.truth?.[i]] || (tab >= 0 && line.includes(wanted, tab + 1)) || (tab < 0 ? line : line.slice(0, tab)) === wanted) { marks[i] = 1; many++; }
      return turn === latest;
    });
    if (turn !== latest) return;
    atlas.find(marks);
    found.textContent = `${whole(many)} of ${whole(map.rows)}`;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (document.activeElement === search && search.value) { search.value = ""; search.dispatchEvent(new Event("input")); }
    else atlas.clear();
  });
}

async function start() {
  const map = DATA.map;
  if (!map) return makeEditor(null, null, null);
  const note = document.getElementById("map-note");
  if (typeof DecompressionStream === "undefined") { note.textContent = "The map needs a newer browser. As a picture: clusterforge report --figures."; return makeEditor(null, null, null); }
  const rows = await unpack(), modes = allModes(map, rows);
  rows.lines = makeLines(map.each, map.rows);
  if (map.rows <= map.each) await rows.lines.load();
  const app = document.getElementById("map-app");
  app.hidden = false;
  document.body.classList.add("live");
  const atlas = makeMap(map, rows, modes);
  makeSelection(atlas, map, rows);
  linkCards(atlas, map);
  makeSearch(atlas, map, rows);
  makeEditor(atlas, map, rows);
  const best = Math.max(0, map.clusterers.findIndex((of) => of.name === DATA.best)), { layers } = map.clusterers[best] ?? { layers: [] };
  const grouped = layers.length ? modes.findIndex((one) => one.of === map.clusterers[best] && one.layer === layers.length - 1) : best;
  atlas.addPanel(grouped);
  const truth = modes.findIndex((one) => one.title === "true labels");
  if (truth > 0) atlas.addPanel(truth);
  else if (modes.length > 1 && !layers.length) atlas.addPanel(best ? 0 : 1);
  note.textContent = "";
  document.body.dataset.map = "drawn";
  window.atlas = atlas;
  performance.mark("interactive");
}

addEventListener("beforeprint", () => { for (const node of document.querySelectorAll(".caveats details")) node.open = true; });
start().catch((error) => {
  document.getElementById("map-note").textContent = "The map could not be drawn. As a picture: clusterforge report --figures.";
  console.error(error);
});
