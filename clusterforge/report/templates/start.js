/** Search among texts, labels and ids; the text to look in is joined when it is first needed. */
function makeSearch(atlas, map, rows) {
  const search = document.getElementById("map-search"), found = document.getElementById("map-count");
  let haystack = null;
  search.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    haystack ??= rows.ids.map((id, i) => `${rows.texts ? rows.texts[i] : ""}\n${rows.truth && rows.truth[i] >= 0 ? map.classes[rows.truth[i]] : ""}\n${id}`.toLowerCase());
    const many = atlas.find(wanted ? (i) => haystack[i].includes(wanted) : null);
    found.textContent = wanted ? `${whole(many)} of ${whole(map.rows)}` : "";
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (document.activeElement === search && search.value) { search.value = ""; search.dispatchEvent(new Event("input")); }
    else atlas.clear();
  });
}

async function start() {
  const map = DATA.map;
  if (!map) return;
  const note = document.getElementById("map-note");
  if (typeof DecompressionStream === "undefined") { note.textContent = "The live map needs a newer browser; this is its picture."; return; }
  const rows = await unpack(), modes = allModes(map, rows);
  const app = document.getElementById("map-app");
  app.hidden = false;
  document.body.classList.add("live");
  const atlas = makeMap(map, rows, modes);
  makeSelection(atlas, map, rows);
  linkCards(atlas, map);
  makeSearch(atlas, map, rows);
  const best = Math.max(0, map.clusterers.findIndex((of) => of.name === DATA.best));
  atlas.addPanel(best);
  const truth = modes.findIndex((one) => one.title === "true labels");
  if (truth > 0) atlas.addPanel(truth);
  else if (modes.length > 1) atlas.addPanel(best ? 0 : 1);
  note.textContent = "";
  document.body.dataset.map = atlas.panels[0].painter.kind;
  window.atlas = atlas;
  performance.mark("interactive");
}

start().catch((error) => {
  document.getElementById("map-note").textContent = "The live map could not be opened; this is its picture.";
  console.error(error);
});
