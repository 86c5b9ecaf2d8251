"""Colours of clusters and classes, told apart with any kind of colour vision."""

from __future__ import annotations

import colorsys

# Okabe and Ito's blue, orange, green, vermilion, sky and purple; then greedily the colour of sRGB
# farthest in OKLab from those before it, as seen with normal sight and with each of the three
# dichromacies (matrices of Machado et al. 2009), among those that show on white and on black.
COLOURS = tuple(
    (
        "#0072b2 #e69f00 #009e73 #d55e00 #56b4e9 #cc79a7 #96001e #4bf0c3 #1e0fe1 #693c69 "
        "#8769ff #e1d269 #5a2da5 #a54b3c #a5d2ff #87c396 #875a78 #d22dd2 #7896ff #ff4b69 "
        "#692dff #d21e96 #ff78d2 #873c4b #b4c369 #00961e #ff96c3 #693cc3 #781e87 #3c78d2 "
        "#78c3ff #962d87 #c3d296 #c3a569 #ffb41e #a52d00 #b478c3 #b4784b #a54bb4 #d20069"
    ).split()
)
NOISE = "#8f959c"
GOLDEN = 0.6180339887498949


def colour(index: int) -> str:
    """Return the colour of a class or cluster as ``#rrggbb``; -1 is noise, and grey."""
    if index < 0:
        return NOISE
    if index < len(COLOURS):
        return COLOURS[index]
    lightness = (0.4, 0.55, 0.7)[index % 3]
    rgb = colorsys.hls_to_rgb(index * GOLDEN % 1, lightness, 0.65)
    return "#" + "".join(f"{round(255 * part):02x}" for part in rgb)
