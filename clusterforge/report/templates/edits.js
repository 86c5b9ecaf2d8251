/** A TOML value on one line. Strings as JSON writes them, which TOML reads but for DEL and lone surrogates. */
function toml(value) {
  if (Array.isArray(value)) return `[${value.map(toml).join(", ")}]`;
  if (typeof value === "object") return `{${Object.entries(value).map(([key, one]) => `${key} = ${toml(one)}`).join(", ")}}`;
  return typeof value === "string" ? JSON.stringify(value.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd")).replaceAll("\x7f", "\\u007f") : String(value);
}

/** The clusters after some edits: each with the numbers that it is made of; `parts` where it will be split. */
function afterEdits(clusters, edits) {
  let groups = clusters.map((of) => ({ members: [of], name: "", parts: 0 }));
  const holds = (number) => groups.find((group) => group.members.some((of) => of.number === number));
  for (const edit of edits) {
    const named = edit.clusters.map(holds).filter(Boolean);
    if (!named.length) continue;
    if (edit.do === "merge") {
      const joined = { members: named.flatMap((group) => group.members), name: edit.name || named.find((group) => group.name)?.name || "", parts: 0 };
      joined.members.sort((a, b) => b.rows - a.rows);
      groups = groups.filter((group) => !named.includes(group)).concat(joined);
    } else if (edit.do === "rename") named[0].name = edit.name;
    else if (edit.do === "split") named[0].parts = edit.into;
    else if (edit.do === "to-noise") groups = groups.filter((group) => !named.includes(group));
  }
  const rows = (group) => group.members.reduce((sum, of) => sum + of.rows, 0);
  return groups.map((group) => ({ ...group, rows: rows(group) })).sort((a, b) => b.rows - a.rows);
}

/** Merge, split, rename, pin on the page; what is saved is a file for `clusterforge edit`. */
function makeEditor(atlas, map, rows) {
  const part = (id) => document.getElementById(`edit-${id}`), home = document.getElementById("edits");
  const clusterings = DATA.editing, choice = part("of").querySelector("select"), ticked = new Set();
  let current = clusterings.find((of) => of.clusters.length), edits = [];
  if (!current) return;
  home.hidden = false;
  part("of").hidden = clusterings.length < 2;
  clusterings.forEach((of, i) => { if (of.clusters.length) choice.append(make("option", { value: i }, of.name)); });
  choice.value = clusterings.indexOf(current);

  const title = (group) => group.name || group.members.map((of) => `${of.number} ${of.name}`.trim()).join(" + ");
  const refer = (group) => ({ rows: group.members[0].standing, number: group.members[0].number, ...(group.name || group.members[0].name ? { name: group.name || group.members[0].name } : {}) });
  const groups = () => afterEdits(current.clusters, edits);
  const about = (group) => [title(group), ...group.members.flatMap((of) => of.groups)].join("\n").toLowerCase();
  /** The folder of the run, as a shell takes it: where this page lies, if that is still there. */
  const runFolder = () => {
    const path = decodeURIComponent(location.pathname).split("/").slice(0, -1), here = path.at(-1) === DATA.folder && location.protocol === "file:";
    const folder = here ? path.join("/") : DATA.folder;
    return /^[\w./:-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", "'\\''")}'`;
  };
  const say = (text) => { part("said").textContent = text; };

  function show() {
    const now = groups(), wanted = part("find").value.trim().toLowerCase();
    part("find").hidden = part("all").hidden = current.clusters.length <= 12;
    part("all").disabled = wanted === "";
    part("clusters").replaceChildren(...now.map((group) => {
      const entry = make("li"), label = make("label"), number = group.members[0].number, box = make("input", { type: "checkbox" });
      box.checked = ticked.has(number);
      box.disabled = group.parts > 0;
      box.addEventListener("change", () => { if (box.checked) ticked.add(number); else ticked.delete(number); say(""); });
      label.append(box, ...group.members.slice(0, 3).map((of) => swatch(of.colour)), make("bdi", {}, title(group)), make("small", {}, `${counted(group.rows, "row")}${group.parts ? ` → ${group.parts} parts` : ""}`));
      entry.append(label);
      entry.hidden = wanted !== "" && !about(group).includes(wanted);
      return entry;
    }));
    part("list").replaceChildren(...edits.map((edit, i) => {
      const entry = make("li"), drop = make("button", { type: "button", "aria-label": `Delete edit ${i + 1}` }, "×");
      drop.addEventListener("click", () => { edits.splice(i, 1); changed(); });
      entry.append(make("bdi", {}, edit.text), drop);
      return entry;
    }));
    part("count").textContent = edits.length ? counted(edits.length, "edit") : "No edits yet";
    part("undo").disabled = part("save").disabled = !edits.length;
    choice.disabled = edits.length > 0;
    part("command").textContent = edits.length ? `clusterforge edit ${runFolder()} edits.toml${current.option}` : "";
  }
  function changed() { ticked.clear(); say(""); show(); }

  function text() {
    const lines = [`# Edits of ${current.name}, applied in this order; undo one by deleting it.`.replace(/[\x00-\x1f\x7f]/g, " "), ""];
    for (const edit of edits) {
      lines.push("[[edit]]", `do = ${toml(edit.do)}`);
      for (const [key, value] of Object.entries(edit.keys)) {
        if (key === "clusters") lines.push("clusters = [", ...value.map((one) => `    ${toml(one)},`), "]");
        else lines.push(`${key} = ${toml(value)}`);
      }
      lines.push("");
    }
    return lines.join("\n");
  }

  const wishes = {
    merge: (chosen, name) => chosen.length < 2 ? "Tick two clusters or more" : { keys: { clusters: chosen.map(refer), ...(name ? { name } : {}) }, name, text: `merge ${chosen.map(title).join(" and ")}${name ? `, as ${name}` : ""}` },
    rename: (chosen, name) => chosen.length !== 1 ? "Tick one cluster" : !name ? "Write the new name" : { keys: { cluster: refer(chosen[0]), name }, name, text: `rename ${title(chosen[0])} to ${name}` },
    split: (chosen) => {
      const into = Number(part("parts").value);
      if (chosen.length !== 1) return "Tick one cluster";
      return Number.isInteger(into) && into >= 2 && into <= 1000 ? { keys: { cluster: refer(chosen[0]), into }, into, text: `split ${title(chosen[0])} into ${into}` } : "The number of parts is 2 to 1000";
    },
    "to-noise": (chosen) => !chosen.length ? "Tick a cluster" : { keys: { clusters: chosen.map(refer) }, text: `${chosen.map(title).join(" and ")} to noise` },
    pin: async (chosen) => {
      const picked = atlas ? atlas.selection() : [];
      if (!picked.length || chosen.length !== 1) return "Select rows on the map, and tick one cluster";
      await rows.lines.load(picked);
      const ids = picked.map((i) => rows.lines.at(i).id), cut = ids.filter((id) => id.endsWith("…"));
      if (cut.length) return `The id of ${cut.length} row${cut.length === 1 ? " is" : "s is"} too long for the page: write this edit into the file`;
      const named = picked.map((i, k) => { const split = map.splits[rows.split[i]]; return split === "train" ? ids[k] : [split, ids[k]]; });
      return { keys: { rows: named, cluster: refer(chosen[0]) }, text: `pin ${counted(picked.length, "row")} to ${title(chosen[0])}` };
    },
  };
  for (const button of home.querySelectorAll("[data-do]"))
    button.addEventListener("click", async () => {
      const chosen = groups().filter((group) => ticked.has(group.members[0].number)), name = part("name").value.trim();
      const wish = await wishes[button.dataset.do](chosen, name);
      if (typeof wish === "string") return say(wish);
      edits.push({ do: button.dataset.do, clusters: chosen.map((group) => group.members[0].number), ...wish });
      part("name").value = "";
      changed();
    });
  part("undo").addEventListener("click", () => { edits.pop(); changed(); });
  part("save").addEventListener("click", () => download("edits.toml", new Blob([text()], { type: "application/toml" })));
  part("find").addEventListener("input", show);
  part("all").addEventListener("click", () => {
    for (const box of part("clusters").querySelectorAll("li:not([hidden]) input:enabled:not(:checked)")) box.click();
  });
  choice.addEventListener("change", () => { current = clusterings[Number(choice.value)]; changed(); });
  show();
}
