/**
 * Points on a canvas, pixel by pixel: far quicker than an arc for each. dress(colours, sizes, order, length)
 * takes sizes in hundredths; draw(width, height, view) takes {ratio, scale, x, y, radius} as the view.
 */
function canvasPoints(canvas, x, y) {
  const context = canvas.getContext("2d"), soft = 20000; // so many points at most get soft edges
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
    dress(...given) { dressed = given; },
    draw(width, height, { ratio, scale, x: middleX, y: middleY, radius }) {
      const [colours, sizes, order, many] = dressed, across = canvas.width, down = canvas.height;
      if (!across || !down) return;
      if (!image || image.width !== across || image.height !== down) { image = context.createImageData(across, down); whole = new Uint32Array(image.data.buffer); }
      whole.fill(0);
      const { data } = image, paints = new Uint32Array(colours.buffer), discs = {}, s = (scale * ratio) / 65535;
      const left = (width * ratio) / 2 - middleX * scale * ratio + 0.5, top = (height * ratio) / 2 + middleY * scale * ratio + 0.5;
      for (let k = 0; k < many; k++) {
        const i = order[k], px = (left + x[i] * s) | 0, py = (top - y[i] * s) | 0;
        const { reach, at, cover, hard } = (discs[sizes[i]] ??= disc((radius * ratio * sizes[i]) / 100, across));
        if (px < reach || py < reach || px >= across - reach || py >= down - reach) continue;
        const middle = py * across + px, opacity = colours[4 * i + 3];
        if (many > soft) {
          if (opacity < 128) { for (let c = 0; c < hard.length; c++) whole[middle + hard[c]] ||= paints[i]; }
          else { const paint = paints[i] | 0xff000000; for (let c = 0; c < hard.length; c++) whole[middle + hard[c]] = paint; }
          continue;
        }
        for (let c = 0; c < at.length; c++) {
          const to = 4 * (middle + at[c]), alpha = (cover[c] * opacity) / 255, under = (data[to + 3] / 255) * (1 - alpha), sum = alpha + under;
          for (let part = 0; part < 3; part++) data[to + part] = (colours[4 * i + part] * alpha + data[to + part] * under) / sum;
          data[to + 3] = 255 * sum;
        }
      }
      context.putImageData(image, 0, 0);
    },
  };
}
