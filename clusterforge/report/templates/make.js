"use strict";
const DATA = JSON.parse(document.getElementById("run-data").textContent);

/** Make an element with attributes; text is only ever text. */
function make(tag, attributes = {}, text = "") {
  const svg = ["svg", "g", "path", "line", "text", "circle", "rect", "style", "title", "image"].includes(tag);
  const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== "") node.textContent = text;
  return node;
}

/** A text as searches compare it: lower case, with one form of each character. */
const plain = (text) => text.toLowerCase().normalize("NFKC");

function swatch(colour) {
  const svg = make("svg", { class: "swatch", viewBox: "0 0 10 10", "aria-hidden": "true" });
  svg.append(make("rect", { width: 10, height: 10, rx: 3, fill: colour }));
  return svg;
}

function short(value) {
  const size = Math.abs(value);
  if (value === 0) return "0";
  if (size < 1e-3 || size >= 1e15) return value.toExponential(1).replace("e+", "e").replaceAll("-", "−");
  if (size >= 1e5) return value.toLocaleString("en", { notation: "compact", maximumSignificantDigits: 4 }).replace("-", "−");
  return String(Number(value.toPrecision(4))).replace("-", "−");
}

/** A whole number with commas. */
const commas = new Intl.NumberFormat("en"), whole = (value) => commas.format(value);
const counted = (n, noun) => `${whole(n)} ${noun}${n === 1 ? "" : "s"}`;
const percent = (part) => `${(100 * part).toFixed(part === 1 || part === 0 ? 0 : 1)} %`;

/** Fade the lower edge of a list where it goes on. */
function fadeBelow(box) {
  const look = () => box.classList.toggle("more-below", box.scrollHeight - box.clientHeight - box.scrollTop > 2);
  box.addEventListener("scroll", look, { passive: true });
  new MutationObserver(look).observe(box, { childList: true, subtree: true, attributeFilter: ["hidden", "class"] });
  onWidth(box, look);
}

/** Call back with the width now, though the page may be in the background, and at every change. */
function onWidth(box, draw) {
  let width = -1;
  const look = () => { if (box.clientWidth !== width) { width = box.clientWidth; draw(); } };
  look();
  new ResizeObserver(look).observe(box);
}
