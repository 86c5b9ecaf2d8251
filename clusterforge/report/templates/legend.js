/** The legend of a panel, whose entries hide and show their rows; returns what draws it anew. */
function legendOf(panel, box, panels, changed) {
  const mark = () => { for (const other of panels) for (const [c, button] of other.buttons || []) button.setAttribute("aria-pressed", String(!other.mode.off.has(c))); };
  fadeBelow(box);
  return () => {
    const { categories, off, scale } = panel.mode;
    panel.mode.groups(); // counts them
    box.replaceChildren();
    box.classList.toggle("scale", Boolean(scale));
    if (categories.length > 30 && !scale) {
      const find = make("input", { type: "search", placeholder: "Find in the legend", "aria-label": "Find in the legend" });
      find.addEventListener("input", () => { for (const button of panel.buttons.values()) button.hidden = !button.textContent.toLowerCase().includes(find.value.trim().toLowerCase()); });
      box.append(find);
    }
    const set = (c, alone) => {
      const live = [...categories.keys()].filter((k) => categories[k].count);
      if (alone) { const only = live.every((k) => (k === c) !== off.has(k)); off.clear(); if (!only) live.forEach((k) => { if (k !== c) off.add(k); }); }
      else if (!off.delete(c)) off.add(c);
      mark();
      changed();
    };
    panel.buttons = new Map();
    categories.forEach((category, c) => {
      const step = scale && !category.noise;
      if (!category.count && !step) return;
      const words = `${category.name}: ${counted(category.count, "row")}`;
      const button = make("button", step ? { type: "button", class: "step", title: words, "aria-label": words } : { type: "button" });
      button.append(swatch(category.colour));
      if (!step) button.append(make("bdi", {}, category.name), make("small", {}, whole(category.count)));
      button.addEventListener("click", (event) => { if (event.detail < 2) set(c, false); else if (event.detail === 2) { off.delete(c); set(c, true); } });
      panel.buttons.set(c, button);
      box.append(button);
    });
    if (scale) {
      box.prepend(make("span", { class: "end" }, short(scale.low)));
      const steps = box.querySelectorAll(".step");
      steps[steps.length - 1].after(make("span", { class: "end" }, short(scale.high)));
    }
    mark();
  };
}
