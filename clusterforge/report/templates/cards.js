/** Link the cards, and every listed row, with the map: pointing lights up, a click selects. */
function linkCards(atlas, map) {
  const home = document.getElementById("map");
  const linked = [...document.querySelectorAll("[data-cluster], [data-members]")].flatMap((node) => {
    const of = map.clusterers.find((one) => one.name === node.dataset.clusterer);
    return of ? [{ node, of, clusters: (node.dataset.members ?? node.dataset.cluster).split(" ").map(Number) }] : [];
  });
  for (const { node, of, clusters } of linked) {
    let members = null;
    const rows = () => (members ??= clusterRows(of, ...clusters));
    const empty = !clusters.some((cluster) => of.rowsOf.get(cluster));
    node.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") atlas.light(rows()); });
    node.addEventListener("pointerleave", () => atlas.light(null));
    for (const button of node.querySelectorAll("button.pick")) {
      button.disabled = empty;
      button.addEventListener("click", () => {
        atlas.light(null);
        atlas.select(rows());
        if (node.closest(".tree")) atlas.fit(); // its rows may be out of view
        if (!node.closest("table, .tree")) home.scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
      });
    }
  }
  const twigs = linked.filter(({ node }) => node.closest(".tree")).map((one) => ({ ...one, paint: one.node.querySelector(".swatch rect") }));
  for (const twig of twigs) twig.own = twig.paint.getAttribute("fill");
  atlas.heard((what, panel) => {
    if (what !== "coloured" || panel !== atlas.panels[0]) return;
    const { of: shown, layer } = panel.mode;
    for (const { of, clusters, paint, own } of twigs) {
      const { groups, colours } = (of === shown && of.layers[layer]) || { colours: of.colours }, [one, ...others] = new Set(clusters.map((cluster) => groups ? groups[cluster] : cluster));
      paint.setAttribute("fill", others.length ? own : colours[one] ?? own);
    }
  });
  atlas.heard((what, chosen) => {
    if (what !== "selected") return;
    const counts = new Map(map.clusterers.map((of) => [of, new Map()]));
    for (const i of chosen) for (const [of, found] of counts) found.set(of.labels[i], (found.get(of.labels[i]) || 0) + 1);
    for (const { node, of, clusters } of linked) {
      const many = clusters.reduce((sum, cluster) => sum + (counts.get(of).get(cluster) || 0), 0), note = node.querySelector(".touched");
      node.classList.toggle("marked", many > 0);
      if (note) note.textContent = many ? `${whole(many)} selected` : "";
    }
  });
  document.addEventListener("pointerover", (event) => {
    const node = event.target instanceof Element && event.target.closest("[data-at]");
    if (node && event.pointerType === "mouse") atlas.hover(Number(node.dataset.at));
  });
  document.addEventListener("pointerout", (event) => { if (event.target instanceof Element && event.target.closest("[data-at]")) atlas.hover(-1); });
  for (const node of document.querySelectorAll("[data-at]:not(#map-selection *)")) node.addEventListener("click", () => atlas.select([Number(node.dataset.at)]));
  if (atlas.book) for (const node of document.querySelectorAll("[data-tile]")) if (atlas.book.has(Number(node.dataset.tile))) node.prepend(tile(atlas, Number(node.dataset.tile), 40));
}
