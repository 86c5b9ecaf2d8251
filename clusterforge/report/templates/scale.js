const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
/** From vermilion over sand to blue: told apart with any kind of colour vision, on light and on dark. */
const SCALE = ["#c1440e", "#e0793a", "#e8b078", "#a9b3b8", "#64a1cf", "#2a7fc4", "#1557a8"].map(rgb);
const BINS = 10;

function onScale(part) {
  const at = Math.min(Math.max(part, 0), 1) * (SCALE.length - 1), low = Math.min(Math.floor(at), SCALE.length - 2);
  return SCALE[low].map((value, k) => Math.round(value + (SCALE[low + 1][k] - value) * (at - low)));
}
const hex = (colour) => "#" + colour.map((value) => value.toString(16).padStart(2, "0")).join("");
const dark = matchMedia("(prefers-color-scheme: dark)");
/** A colour as the style sheet shows it: in the dark, mixed with white. */
const lightened = (colour) => hex(colour.map((value) => dark.matches ? Math.round(0.7 * value + 0.3 * 255) : value));
