// DiceBear as a service: an avatar of each text, an SVG of @dicebear/collection, rasterised by sharp.
//
//     node dicebear.mjs PORT PROCESSES
//
// GET /TEXT.png has 512x512 pixels. Each process takes one picture at a time, as many as there are cores in all.
import cluster from "node:cluster";
import http from "node:http";
import { createAvatar } from "@dicebear/core";
import { avataaars } from "@dicebear/collection";
import sharp from "sharp";

const [port, processes] = process.argv.slice(2).map(Number);
const SIDE = 512;

async function picture(seed) {
  const svg = createAvatar(avataaars, { seed, size: SIDE }).toString();
  return sharp(Buffer.from(svg)).png().toBuffer();
}

if (cluster.isPrimary) {
  for (let index = 0; index < processes; index++) cluster.fork();
} else {
  sharp.concurrency(1);
  sharp.cache(false);
  const server = http.createServer(async (request, response) => {
    const text = /^\/(.+)\.png$/.exec(request.url);
    try {
      const file = text ? await picture(decodeURIComponent(text[1])) : null;
      response.writeHead(file ? 200 : 404, file ? { "Content-Type": "image/png", "Content-Length": file.length } : {});
      response.end(file);
    } catch (error) {
      response.writeHead(500);
      response.end(String(error));
    }
  });
  server.listen(port, "127.0.0.1");
}
