/** Ids and texts of the rows, in blocks of `each` rows, unpacked when a row of theirs is first needed; lines.py packs them. */
function makeLines(each, count) {
  const blocks = Math.ceil(count / each), open = new Array(blocks), opening = new Array(blocks);
  const load = (block) => opening[block] ??= gunzip(document.getElementById(`lines-${block}`)).then((bytes) => {
    open[block] = { lines: new TextDecoder().decode(bytes).split("\n"), plain: null };
  });
  const parts = (line) => { const tab = line.indexOf("\t"); return tab < 0 ? { id: line, text: "" } : { id: line.slice(0, tab), text: line.slice(tab + 1) }; };
  /** Id and text of a row; undefined until its block is open. */
  const at = (i) => { const block = open[Math.floor(i / each)]; return block && parts(block.lines[i % each]); };
  return {
    at,
    /** Open what some rows stand in, all of them by default. */
    async load(rows) {
      const wanted = rows ? new Set() : [...open.keys()];
      if (rows) for (const i of rows) wanted.add(Math.floor(i / each));
      for (const block of wanted) await load(block);
    },
    /** Visit id and text of every row as searches compare them, until told to stop. */
    async visit(heard) {
      for (let block = 0; block < blocks; block++) {
        if (!open[block]) await load(block);
        if (block % 16 === 15) await new Promise((next) => setTimeout(next)); // keep the page alive
        const found = open[block];
        found.plain ??= plain(found.lines.join("\n")).split("\n");
        for (let k = 0; k < found.plain.length; k++) if (heard(block * each + k, found.plain[k]) === false) return;
      }
    },
  };
}
