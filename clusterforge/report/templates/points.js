/**
 * Points on a canvas, pixel by pixel: far quicker than an arc for each. dress(points) takes them in the order in
 * which they are drawn, sorted by layer and square: {x, y, paints, starts, cells, sizes}; draw(width, height, view)
 * takes {ratio, scale, x, y, radius} as the view, and leaves out squares that lie outside.
 */
function canvasPoints(canvas) {
  const context = canvas.getContext("2d"), soft = 20000, dense = 200000; // up to so many points, edges are soft; beyond, one alone is faint
  let dressed = null, image = null, whole = null;
  /** The pixels of a disc: offsets and how much of each is covered. */
  const disc = (radius, across) => {
    const reach = Math.ceil(radius), cells = [];
    for (let dy = -reach; dy <= reach; dy++) for (let dx = -reach; dx <= reach; dx++) {
      const cover = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(dx, dy)));
      if (cover > 0) cells.push([dy * across + dx, cover]);
    }
    return { reach, at: Int32Array.from(cells, (cell) => cell[0]), cover: Float32Array.from(cells, (cell) => cell[1]), hard: Int32Array.from(cells.filter((cell) => cell[1] > 0.5), (cell) => cell[0]) };
  };
  return {
    dress(points) { dressed = points; },
    draw(width, height, { ratio, scale, x: middleX, y: middleY, radius }) {
      const { x, y, paints, starts, cells, sizes } = dressed, across = canvas.width, down = canvas.height, many = starts[starts.length - 1];
      if (!across || !down) return;
      if (!image || image.width !== across || image.height !== down) { image = context.createImageData(across, down); whole = new Uint32Array(image.data.buffer); }
      whole.fill(0);
      const { data } = image, s = (scale * ratio) / 65535, side = Math.sqrt(cells);
      const left = (width * ratio) / 2 - middleX * scale * ratio + 0.5, top = (height * ratio) / 2 + middleY * scale * ratio + 0.5;
      const square = (value) => Math.min(side - 1, Math.max(0, Math.floor((value / 65535) * side)));
      const [x0, x1, y0, y1] = [square(-left / s), square((across - left) / s), square((top - down) / s), square(top / s)];
      const stamp = (from, to, { reach, at, cover, hard }) => {
        for (let k = from; k < to; k++) {
          const px = (left + x[k] * s) | 0, py = (top - y[k] * s) | 0;
          if (px < reach || py < reach || px >= across - reach || py >= down - reach) continue;
          const middle = py * across + px, paint = paints[k], opacity = paint >>> 24;
          if (many > soft) {
            if (opacity < 128) { for (let c = 0; c < hard.length; c++) whole[middle + hard[c]] ||= paint; }
            else if (many <= dense) { for (let c = 0; c < hard.length; c++) whole[middle + hard[c]] = paint | 0xff000000; }
            else for (let c = 0; c < hard.length; c++) {
              const under = whole[middle + hard[c]] >>> 24;
              whole[middle + hard[c]] = (paint & 0xffffff) | ((under + ((256 - under) >> 1)) << 24);
            }
            continue;
          }
          for (let c = 0; c < at.length; c++) {
            const to = 4 * (middle + at[c]), alpha = (cover[c] * opacity) / 255, under = (data[to + 3] / 255) * (1 - alpha), sum = alpha + under;
            for (let part = 0; part < 3; part++) data[to + part] = (((paint >>> (8 * part)) & 255) * alpha + data[to + part] * under) / sum;
            data[to + 3] = 255 * sum;
          }
        }
      };
      sizes.forEach((size, layer) => {
        const shape = disc(radius * ratio * size, across);
        for (let row = y0; row <= y1; row++) stamp(starts[layer * cells + row * side + x0], starts[layer * cells + row * side + x1 + 1], shape);
      });
      context.putImageData(image, 0, 0);
    },
  };
}
