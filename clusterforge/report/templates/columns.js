/** Unpack the rows of the map; map_data.py says how they are packed. */
async function unpack() {
  const buffer = await gunzip(document.getElementById("map-rows"));
  const size = new DataView(buffer).getUint32(0, true);
  const columns = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, size)));
  const kinds = { Uint8Array, Uint16Array, Uint32Array, Int8Array, Int16Array, Int32Array };
  for (const [name, of] of Object.entries(columns)) columns[name] = new kinds[of.kind](buffer, 4 + size + of.at, of.length);
  return columns;
}

/** The bytes that an element of the page holds as gzip in base64. */
function gunzip(element) {
  const bytes = fromBase64(element.textContent);
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text), bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** The thumbnails: sheets are opened when they are first needed, and only the last few stay open. */
function pictureBook(about, place, loaded) {
  const open = new Map();
  const sheet = (number) => {
    let image = open.get(number);
    open.delete(number);
    if (!image) {
      image = new Image();
      image.onload = loaded;
      image.src = `data:image/${about.kind};base64,${document.getElementById(`sheet-${number}`).textContent}`;
      if (open.size >= 12) open.delete(open.keys().next().value);
    }
    open.set(number, image);
    return image;
  };
  return {
    has: (i) => place[i] >= 0,
    /** Draw the picture of a row; false while its sheet is being opened. */
    draw(context, i, x, y, size) {
      const at = place[i] % about.each, image = sheet(Math.floor(place[i] / about.each));
      if (!image.complete || !image.naturalWidth) return false;
      context.imageSmoothingEnabled = size < about.tile;
      context.drawImage(image, (at % about.columns) * about.tile, Math.floor(at / about.columns) * about.tile, about.tile, about.tile, x, y, size, size);
      return true;
    },
  };
}
