const VERTEX = `#version 300 es
in vec2 place; in vec4 colour; in float size;
uniform vec2 middle; uniform vec2 factor; uniform float radius;
out vec4 paint; out float r;
void main() {
  r = radius * size;
  paint = colour;
  gl_Position = vec4((place - middle) * factor, 0.0, 1.0);
  gl_PointSize = 2.0 * r + 2.0;
}`;
const FRAGMENT = `#version 300 es
precision highp float;
in vec4 paint; in float r;
out vec4 result;
void main() {
  float far = length(gl_PointCoord * 2.0 - 1.0) * (r + 1.0);
  float alpha = paint.a * clamp(r + 0.5 - far, 0.0, 1.0);
  result = vec4(paint.rgb * alpha, alpha);
}`;

/**
 * Points by WebGL 2. Places are uploaded once, colours when they change; a frame is one call.
 * Both painters have dress(colours, sizes, order, length) and draw(width, height, view);
 * sizes are in hundredths, view is {ratio, scale, x, y, radius}.
 */
function glPoints(canvas, x, y) {
  const gl = canvas.getContext("webgl2", { antialias: false, premultipliedAlpha: true, failIfMajorPerformanceCaveat: true });
  if (!gl) return null;
  const about = gl.getExtension("WEBGL_debug_renderer_info"), renderer = String(gl.getParameter(about ? about.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  if (/swiftshader|llvmpipe|software|basic render/i.test(renderer)) return null; // no GPU: the plain canvas is quicker
  let set, length = 0, dressed = null;
  const setUp = () => {
    const program = gl.createProgram();
    for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return false;
    gl.useProgram(program);
    const attribute = (name, parts, type, normal, data) => {
      const buffer = gl.createBuffer(), at = gl.getAttribLocation(program, name);
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      gl.enableVertexAttribArray(at);
      gl.vertexAttribPointer(at, parts, type, normal, 0, 0);
      if (data) gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
      return buffer;
    };
    const places = new Uint16Array(2 * x.length);
    for (let i = 0; i < x.length; i++) { places[2 * i] = x[i]; places[2 * i + 1] = y[i]; }
    attribute("place", 2, gl.UNSIGNED_SHORT, true, places);
    set = {
      colour: attribute("colour", 4, gl.UNSIGNED_BYTE, true),
      size: attribute("size", 1, gl.UNSIGNED_BYTE, false),
      order: gl.createBuffer(),
      middle: gl.getUniformLocation(program, "middle"),
      factor: gl.getUniformLocation(program, "factor"),
      radius: gl.getUniformLocation(program, "radius"),
    };
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, set.order);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    return true;
  };
  if (!setUp()) return null;
  const painter = {
    kind: "webgl",
    dress(colours, sizes, order, many) {
      dressed = [colours, sizes, order, many];
      gl.bindBuffer(gl.ARRAY_BUFFER, set.colour);
      gl.bufferData(gl.ARRAY_BUFFER, colours, gl.DYNAMIC_DRAW);
      gl.bindBuffer(gl.ARRAY_BUFFER, set.size);
      gl.bufferData(gl.ARRAY_BUFFER, sizes, gl.DYNAMIC_DRAW);
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, order.subarray(0, many), gl.DYNAMIC_DRAW);
      length = many;
    },
    draw(width, height, { ratio, scale, x: middleX, y: middleY, radius }) {
      gl.viewport(0, 0, canvas.width, canvas.height);
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.uniform2f(set.middle, middleX, middleY);
      gl.uniform2f(set.factor, (2 * scale) / width, (2 * scale) / height);
      gl.uniform1f(set.radius, (radius * ratio) / 100);
      gl.drawElements(gl.POINTS, length, gl.UNSIGNED_INT, 0);
    },
  };
  canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
  canvas.addEventListener("webglcontextrestored", () => { if (setUp() && dressed) { painter.dress(...dressed); canvas.dispatchEvent(new Event("restored")); } });
  return painter;
}

/** Points on a plain canvas, pixel by pixel: far quicker than an arc for each, and than WebGL without a GPU. */
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
    kind: "canvas",
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
