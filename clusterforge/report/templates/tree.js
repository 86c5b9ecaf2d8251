/** Fold and unfold branches: rows of a table, or a list under its heading. */
function foldable(button) {
  const branch = button.closest("tbody, li");
  const set = (open) => { button.setAttribute("aria-expanded", String(open)); branch.classList.toggle("folded", !open); };
  button.addEventListener("click", () => set(button.getAttribute("aria-expanded") !== "true"));
  return set;
}

const MANY_ROWS = 30;
for (const home of document.querySelectorAll(".sizes, .tree > ul")) {
  const folds = [...home.querySelectorAll(".fold")].map(foldable);
  if (home.querySelectorAll("[data-cluster]").length > MANY_ROWS) for (const set of folds) set(false);
}

/** A link to a cluster or a group opens what it is folded in. */
function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  let closed = false;
  for (let box = target; box; box = box.parentElement) if (box.tagName === "DETAILS" && !box.open) closed = box.open = true;
  if (closed) target.scrollIntoView();
}
addEventListener("hashchange", reveal);
addEventListener("click", (event) => { const link = event.target instanceof Element && event.target.closest('a[href^="#"]'); if (link && link.hash === location.hash) reveal(); });
reveal();
