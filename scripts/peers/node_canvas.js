// node-canvas as HashLips drives it: every layer is loaded for every picture, drawn, and the canvas goes to a buffer.
//
//     node node_canvas.js WORK.json FOLDER PROCESSES
//
// HashLips itself is one process; here each core has one, and the pictures are divided among them.
const { fork } = require("child_process");
const fs = require("fs");
const path = require("path");
const { createCanvas, loadImage } = require("canvas");

const [file, folder, processes, first] = process.argv.slice(2);

async function press(first) {
  const work = JSON.parse(fs.readFileSync(file));
  const [width, height] = work.size;
  const canvas = createCanvas(width, height);
  const context = canvas.getContext("2d");
  for (let index = first; index < work.items.length; index += Number(processes)) {
    const layers = await Promise.all(work.items[index].map((layer) => loadImage(layer)));
    context.clearRect(0, 0, width, height);
    for (const layer of layers) context.drawImage(layer, 0, 0, width, height);
    fs.writeFileSync(path.join(folder, `${index + 1}.png`), canvas.toBuffer("image/png"));
  }
}

async function main() {
  const start = process.hrtime.bigint();
  const ends = [];
  for (let number = 0; number < Number(processes); number++) {
    const child = fork(__filename, [file, folder, processes, String(number)]);
    ends.push(new Promise((done) => child.on("exit", done)));
  }
  const codes = await Promise.all(ends);
  if (codes.some((code) => code !== 0)) process.exit(1);
  console.log(`pressing ${Number(process.hrtime.bigint() - start) / 1e9}`);
}

(first === undefined ? main() : press(Number(first))).catch((error) => {
  console.error(error);
  process.exit(1);
});
