// sharp: a composite of decoded layers, PNG as by default, as many pictures at a time as there are cores.
//
//     node sharp.js WORK.json FOLDER THREADS
//
// The layers are decoded once, beforehand, which most programs with sharp do not do.
const fs = require("fs");
const path = require("path");
const sharp = require("sharp");

const [file, folder, threads] = process.argv.slice(2);

async function main() {
  const { items } = JSON.parse(fs.readFileSync(file));
  const art = new Map();
  const layers = [...new Set(items.flat())];
  await inTurns(layers, async (layer) => {
    const { data, info } = await sharp(layer).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    art.set(layer, { input: data, raw: { width: info.width, height: info.height, channels: 4 } });
  });
  const start = process.hrtime.bigint();
  await inTurns(items, async ([bottom, ...above], index) => {
    const { input, raw } = art.get(bottom);
    await sharp(input, { raw })
      .composite(above.map((layer) => art.get(layer)))
      .png()
      .toFile(path.join(folder, `${index + 1}.png`));
  });
  console.log(`pressing ${Number(process.hrtime.bigint() - start) / 1e9}`);
}

// Calls `work` for each value, so many at a time as there are threads.
async function inTurns(values, work) {
  let next = 0;
  const one = async () => {
    while (next < values.length) {
      const index = next++;
      await work(values[index], index);
    }
  };
  await Promise.all(Array.from({ length: Number(threads) }, one));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
