/** Charts as files: the SVG as it stands, in print colours; the PNG is drawn from it. */
const PRINTED = "text{fill:#1f2328;font:11px 'DejaVu Sans',Verdana,sans-serif}.grid{stroke:#d9dce0}.chosen{stroke:#5f6670;stroke-dasharray:2 3}.ground{fill:#f3f4f6}.cell{fill:#00548a}.match{fill:none;stroke:#1f2328}.on{fill:#fff}.dark{fill:#1f2328}.title,.name{font-weight:bold}.axis{stroke:#5f6670}.mean{stroke:#1f2328;stroke-opacity:.55}.cursor,.aid{display:none}";

/** Put "SVG" and "PNG" below a chart; `draw` returns a new SVG element of what is to be saved. */
function saveable(box, name, draw) {
  const keep = make("p", { class: "save" });
  for (const kind of ["svg", "png"]) {
    const button = make("button", { type: "button", title: `Save this chart as ${kind.toUpperCase()}` }, kind.toUpperCase());
    button.addEventListener("click", () => save(name, kind, draw()));
    keep.append(button);
  }
  box.append(keep);
}

async function save(name, kind, svg) {
  const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
  for (const [key, value] of Object.entries({ xmlns: "http://www.w3.org/2000/svg", width, height })) svg.setAttribute(key, value);
  svg.prepend(make("style", {}, PRINTED), make("rect", { width, height, fill: "#fff" }));
  const text = new XMLSerializer().serializeToString(svg), file = new Blob([text], { type: "image/svg+xml" });
  download(`${DATA.run || "run"}-${name}.${kind}`, kind === "svg" ? file : await pixels(file, width, height));
}

function pixels(file, width, height) {
  const scale = Math.max(2, Math.min(4, 2400 / width)), canvas = make("canvas", { width: width * scale, height: height * scale });
  const image = new Image(), url = URL.createObjectURL(file);
  return new Promise((done, failed) => {
    image.onload = () => { canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height); URL.revokeObjectURL(url); canvas.toBlob(done); };
    image.onerror = failed;
    image.src = url;
  });
}

function download(name, blob) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name.replace(/[^\w.-]+/g, "_") });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** A title above and the entries [colour, text] below a drawing, for the file. */
function titled(svg, title, entries) {
  const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number), columns = Math.max(1, Math.floor(width / 170));
  const body = make("g", { transform: "translate(0 24)" });
  body.append(...svg.childNodes);
  svg.append(make("text", { x: 8, y: 16, class: "title" }, title), body);
  entries.forEach(([colour, text], i) => {
    const x = 12 + (i % columns) * 170, y = height + 42 + 16 * Math.floor(i / columns);
    svg.append(make("rect", { x, y: y - 8, width: 9, height: 9, rx: 2, fill: colour }), make("text", { x: x + 14, y }, text));
  });
  svg.setAttribute("viewBox", `0 0 ${width} ${height + (entries.length ? 44 : 32) + 16 * Math.ceil(entries.length / columns)}`);
  return svg;
}
