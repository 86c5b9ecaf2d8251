"""Colours of clusters and classes, told apart with any kind of colour vision."""

from __future__ import annotations

import colorsys

# Okabe and Ito's blue, orange, green, vermilion, sky and purple; then greedily the colour of sRGB
# farthest in OKLab from those before it, as seen with normal sight and with each of the three
# dichromacies (matrices of Machado et al. 2009), among those that show on white and on black.
HEXES = (
    "#0072b2 #e69f00 #009e73 #d55e00 #56b4e9 #cc79a7 #b4001e #7800ff #b4c396 #8778ff "
    "#874b69 #d200b4 #0fd2d2 #ff3c69 #d22d3c #6996e1 #875ae1 #c3a569 #a55a87 #b40096 "
    "#780fd2 #96d25a #e17800 #7878d2 #4b5a96 #87b496 #a52d4b #4b875a #ff87ff #f00fc3 "
    "#78b4c3 #3c69ff #b487ff #9600b4 #78964b #87c3b4 #b46996 #5ac32d #4bc3e1 #87693c"
)
COLOURS = tuple(HEXES.split())
NOISE = "#818488"
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
