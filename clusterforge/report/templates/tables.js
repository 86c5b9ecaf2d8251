/** Say that a table or a list goes on where it does: its edge fades, and on narrow pages a line says so. */
function scrollHint(box) {
  const list = box.matches("ol"), on = list ? "The list goes on below" : "The table goes on to the right";
  const hint = make("p", { class: "hint", hidden: "" }, `${on}: swipe or scroll.`);
  box.after(hint);
  const look = () => {
    const right = box.scrollWidth - box.clientWidth - box.scrollLeft > 2, below = box.scrollHeight - box.clientHeight - box.scrollTop > 2;
    box.classList.toggle("more-right", right);
    box.classList.toggle("more-below", below);
    hint.hidden = (list ? box.scrollHeight - box.clientHeight : box.scrollWidth - box.clientWidth) <= 2;
  };
  box.addEventListener("scroll", look, { passive: true });
  onWidth(box, look);
  for (const parent of [box.closest("details")]) parent?.addEventListener("toggle", look);
}

/** The search for a cluster: it filters the table and the cards of its clusterer. */
function filterClusters(input) {
  const home = input.closest(".clusterer"), nodes = [...home.querySelectorAll("[data-cluster]")], count = input.nextElementSibling;
  input.addEventListener("input", () => {
    const wanted = plain(input.value.trim()), number = /^\d+$/.test(wanted);
    let many = 0;
    for (const node of nodes) {
      node.hidden = wanted && !(number ? node.dataset.cluster === wanted : plain(node.textContent).includes(wanted));
      if (!node.hidden && node.tagName === "TR") many++;
    }
    home.classList.toggle("filtering", Boolean(wanted));
    for (const branch of home.querySelectorAll(".branch")) branch.hidden = wanted && ![...branch.querySelectorAll("[data-cluster]")].some((node) => !node.hidden);
    count.textContent = wanted ? `${whole(many)} of ${whole(nodes.filter((node) => node.tagName === "TR").length)} clusters` : "";
    if (wanted) for (const details of home.querySelectorAll(".explained, .explained details.branch, .explained > details")) details.open = true;
  });
}

for (const box of document.querySelectorAll(".scroll")) scrollHint(box);
for (const box of document.querySelectorAll(".tree, .ticks, .doubtful")) fadeBelow(box);
for (const input of document.querySelectorAll("input.filter")) filterClusters(input);
