for (const node of document.querySelectorAll(".live-only")) node.hidden = false;
for (const node of document.querySelectorAll(".no-live")) node.hidden = true;

const select = document.getElementById("measure"), find = document.getElementById("find");
function paintRamp() {
  document.getElementById("ramp").replaceChildren(...Array.from({ length: STEPS }, (_, step) => make("rect", { class: "base", x: 20 * step, width: 20, height: 10, fill: stepColour(step) })));
  const none = measure().direction === "none";
  document.getElementById("ramp-low").textContent = `${none ? "" : "worse "}${short(grade.ends[0])}`;
  document.getElementById("ramp-high").textContent = `${short(grade.ends[1])}${none ? "" : " better"}`;
}
fill(select, measureEntries(), 0);
select.addEventListener("change", () => { state.measure = Number(select.value); state.brushes.delete("measure"); grade = grades(measure()); paintRamp(); update(); });
find.addEventListener("input", () => { state.wanted = plain(find.value.trim()); update(); });
document.getElementById("clear").addEventListener("click", () => { state.brushes.clear(); state.wanted = find.value = ""; update(); });
addEventListener("keydown", (event) => { if (event.key === "Escape") pick(-1); });

paintRamp();
sortable();
const parallel = document.getElementById("parallel");
charts.push(makeParallel(parallel));
onWidth(parallel, charts[0].draw);
chartIn(document.getElementById("importance"), "importance", () => `What explains ${measure().title}`, importanceSvg, { legend: () => [] });
makeSlices(document.getElementById("slices"));
if (AXES.length > 1) makeHeat(document.getElementById("heat-plot"));
makePair(document.getElementById("pair-plot"));
document.getElementById("many").textContent = `${whole(COUNT)} trials`;
document.body.dataset.page = "drawn";
performance.mark("interactive");
