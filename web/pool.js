// Reads pools of traitpress (docs/pool.md) in a browser, from any static host, and joins their pictures.
//
//   import { openPool } from './pool.js';
//   const pool = await openPool('drop.pool');              // an address, a Blob, or bytes
//   const png = await pool.picture(17);                    // the bytes that generate writes, as a Uint8Array
//   image.src = URL.createObjectURL(new Blob([png], { type: pool.sizes[0].type }));
//   const document = JSON.parse(await pool.metadata(17));
//
// Only what a picture needs is read, by HTTP range requests: the end of the pool, the index block of the picture's bundle, and
// the spans that were not read before. Many ranges go into one request where the server answers that with
// multipart/byteranges; elsewhere each range is a request, and near ones are read as one. A server that does not answer
// ranges sends the whole pool once.
//
// A pool is data from elsewhere. Everything that is read is checked (CRC-32, bounds, BLAKE3 of each picture where the pool has
// it), so a damaged or hostile pool is a PoolError, and never a wrong picture or a page that hangs.

export { openPool, PoolError };

// What the format allows.
const MAX_SIDE = 16384;
const MAX_ITEMS = 65536;
const MAX_INDEX = 16 << 20;
const MAX_DOCUMENTS = 64 << 20;
const MAX_FOOTER = 16 << 20;
const IDAT_MOST = 64 << 20;
const TAIL = 32;
const BUNDLE = 56;
// Place, two sums, a row and the checksum.
const SHORTEST_RECORD = 12;
// What this reader allows beyond that: a file that is inflated is in memory as a whole, and what describes the pool stays there.
const MAX_FILE = 512 << 20;
const MAX_HELD = 64 << 20;

// What is read first: footer, directory and description fit as a rule.
const FIRST_READ = 16 << 10;
// Bytes of spans, index blocks and documents that are kept.
const CACHE_BYTES = 64 << 20;
// A part of a multipart answer has a header of some 150 bytes: nearer ranges are read as one.
const PART_COST = 160;
// A request is as expensive as these bytes.
const REQUEST_COST = 16 << 10;
// Ranges in a request. Apache refuses more than 200, and many servers refuse headers over 4 KB.
const MAX_PARTS = 150;
const MAX_RANGE_HEADER = 3600;
// Requests for one read.
const MAX_MULTI_REQUESTS = 8;
const MAX_SINGLE_REQUESTS = 64;
// Requests at the same time: as many as browsers open connections to a host.
const PARALLEL = 6;

/** What is wrong with a pool, or with the server that it comes from. */
class PoolError extends Error {
  name = 'PoolError';
}

const hex = (number) => (number >>> 0).toString(16).padStart(8, '0');
const megabytes = (bytes) => (bytes / 1e6).toFixed(1) + ' MB';
const isCount = (value, most) => Number.isInteger(value) && value >= 0 && value <= most;

// --- numbers and texts in bytes ---

/** Reads numbers and bytes one after another; the end of the bytes is an error. */
class Cursor {
  constructor(bytes, what) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = 0;
    this.what = what;
  }

  fail(problem) {
    throw new PoolError(`${this.what} is damaged: ${problem}; copy the pool again`);
  }

  advance(count) {
    const at = this.at;
    if (count > this.bytes.length - at) this.fail('it ends too early');
    this.at = at + count;
    return at;
  }

  u8() { return this.bytes[this.advance(1)]; }
  u16() { return this.view.getUint16(this.advance(2), true); }
  u32() { return this.view.getUint32(this.advance(4), true); }

  u64() {
    const at = this.advance(8);
    const high = this.view.getUint32(at + 4, true);
    if (high >= 1 << 21) this.fail('a number is beyond 2^53');
    return high * 2 ** 32 + this.view.getUint32(at, true);
  }

  take(count) {
    const at = this.advance(count);
    return this.bytes.subarray(at, at + count);
  }

  /** A varint. */
  count() {
    const { bytes } = this;
    let byte = bytes[this.at++];
    if (byte < 128) return byte;
    let value = byte & 127;
    for (let scale = 128; byte >= 128 && scale <= 2 ** 63; scale *= 128) {
      byte = bytes[this.at++];
      value += (byte & 127) * scale;
      if (value > Number.MAX_SAFE_INTEGER) this.fail('a number is beyond 2^53');
    }
    if (byte === undefined) this.fail('it ends too early');
    if (byte >= 128) this.fail('a number is too long');
    return value;
  }

  /** A signed varint. */
  difference() {
    const value = this.count();
    return value % 2 ? -(value + 1) / 2 : value / 2;
  }

  text(count) {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.take(count));
    } catch (error) {
      if (error instanceof PoolError) throw error;
      return this.fail('a text is not UTF-8');
    }
  }

  end() {
    if (this.at !== this.bytes.length) this.fail(`${this.bytes.length - this.at} bytes are left over`);
  }
}

const fromBase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

/** Inflates raw deflate to exactly so many bytes. */
const inflate = async (bytes, length, what) => {
  const fail = (problem) => new PoolError(`${what} is damaged: ${problem}; copy the pool again`);
  const out = new Uint8Array(length);
  let at = 0;
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (at + value.length > length) {
        reader.cancel().catch(() => {});
        throw fail(`it inflates to more than its ${length} bytes`);
      }
      out.set(value, at);
      at += value.length;
    }
  } catch (error) {
    throw error instanceof PoolError ? error : fail('it is no deflate stream');
  }
  if (at !== length) throw fail(`it inflates to ${at} bytes, but ${length} are expected`);
  return out;
};

// --- CRC-32 (as of PNG and zip), eight bytes at a time ---

const CRC = new Int32Array(8 * 256);
for (let byte = 0; byte < 256; byte++) {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  CRC[byte] = value;
}
for (let at = 256; at < CRC.length; at++) CRC[at] = (CRC[at - 256] >>> 8) ^ CRC[CRC[at - 256] & 255];

const crc32 = (bytes, from = 0, to = bytes.length) => {
  let crc = -1;
  let at = from;
  for (; at + 8 <= to; at += 8) {
    crc ^= bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    crc = CRC[1792 + (crc & 255)] ^ CRC[1536 + ((crc >>> 8) & 255)] ^ CRC[1280 + ((crc >>> 16) & 255)] ^ CRC[1024 + (crc >>> 24)]
      ^ CRC[768 + bytes[at + 4]] ^ CRC[512 + bytes[at + 5]] ^ CRC[256 + bytes[at + 6]] ^ CRC[bytes[at + 7]];
  }
  for (; at < to; at++) crc = (crc >>> 8) ^ CRC[(crc ^ bytes[at]) & 255];
  return ~crc >>> 0;
};

const checkCrc = (bytes, expected, what) => {
  const found = crc32(bytes);
  if (found !== expected) throw new PoolError(`${what} is damaged: its CRC-32 is ${hex(found)}, but ${hex(expected)} is expected; copy the pool again`);
};

// --- BLAKE3 (hash mode, 32 bytes) ---

const [CHUNK_START, CHUNK_END, PARENT, ROOT] = [1, 2, 4, 8];
const IV = Int32Array.of(0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19);
// The order in which each round takes the words of the message.
const ORDER = new Uint8Array(7 * 16).map((_, at) => at);
for (let at = 16; at < ORDER.length; at++) ORDER[at] = ORDER[at - 16 - at % 16 + [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8][at % 16]];

/** Compresses the block `m` of so many bytes into the chaining value `cv`. */
const compress = (cv, m, counter, length, flags) => {
  let a0 = cv[0], a1 = cv[1], a2 = cv[2], a3 = cv[3], b0 = cv[4], b1 = cv[5], b2 = cv[6], b3 = cv[7];
  let c0 = IV[0], c1 = IV[1], c2 = IV[2], c3 = IV[3];
  let d0 = counter | 0, d1 = (counter / 2 ** 32) | 0, d2 = length, d3 = flags;
  for (let r = 0; r < 112; r += 16) {
    a0 = (a0 + b0 + m[ORDER[r]]) | 0; d0 ^= a0; d0 = (d0 >>> 16) | (d0 << 16); c0 = (c0 + d0) | 0; b0 ^= c0; b0 = (b0 >>> 12) | (b0 << 20);
    a1 = (a1 + b1 + m[ORDER[r + 2]]) | 0; d1 ^= a1; d1 = (d1 >>> 16) | (d1 << 16); c1 = (c1 + d1) | 0; b1 ^= c1; b1 = (b1 >>> 12) | (b1 << 20);
    a2 = (a2 + b2 + m[ORDER[r + 4]]) | 0; d2 ^= a2; d2 = (d2 >>> 16) | (d2 << 16); c2 = (c2 + d2) | 0; b2 ^= c2; b2 = (b2 >>> 12) | (b2 << 20);
    a3 = (a3 + b3 + m[ORDER[r + 6]]) | 0; d3 ^= a3; d3 = (d3 >>> 16) | (d3 << 16); c3 = (c3 + d3) | 0; b3 ^= c3; b3 = (b3 >>> 12) | (b3 << 20);
    a0 = (a0 + b0 + m[ORDER[r + 1]]) | 0; d0 ^= a0; d0 = (d0 >>> 8) | (d0 << 24); c0 = (c0 + d0) | 0; b0 ^= c0; b0 = (b0 >>> 7) | (b0 << 25);
    a1 = (a1 + b1 + m[ORDER[r + 3]]) | 0; d1 ^= a1; d1 = (d1 >>> 8) | (d1 << 24); c1 = (c1 + d1) | 0; b1 ^= c1; b1 = (b1 >>> 7) | (b1 << 25);
    a2 = (a2 + b2 + m[ORDER[r + 5]]) | 0; d2 ^= a2; d2 = (d2 >>> 8) | (d2 << 24); c2 = (c2 + d2) | 0; b2 ^= c2; b2 = (b2 >>> 7) | (b2 << 25);
    a3 = (a3 + b3 + m[ORDER[r + 7]]) | 0; d3 ^= a3; d3 = (d3 >>> 8) | (d3 << 24); c3 = (c3 + d3) | 0; b3 ^= c3; b3 = (b3 >>> 7) | (b3 << 25);
    a0 = (a0 + b1 + m[ORDER[r + 8]]) | 0; d3 ^= a0; d3 = (d3 >>> 16) | (d3 << 16); c2 = (c2 + d3) | 0; b1 ^= c2; b1 = (b1 >>> 12) | (b1 << 20);
    a1 = (a1 + b2 + m[ORDER[r + 10]]) | 0; d0 ^= a1; d0 = (d0 >>> 16) | (d0 << 16); c3 = (c3 + d0) | 0; b2 ^= c3; b2 = (b2 >>> 12) | (b2 << 20);
    a2 = (a2 + b3 + m[ORDER[r + 12]]) | 0; d1 ^= a2; d1 = (d1 >>> 16) | (d1 << 16); c0 = (c0 + d1) | 0; b3 ^= c0; b3 = (b3 >>> 12) | (b3 << 20);
    a3 = (a3 + b0 + m[ORDER[r + 14]]) | 0; d2 ^= a3; d2 = (d2 >>> 16) | (d2 << 16); c1 = (c1 + d2) | 0; b0 ^= c1; b0 = (b0 >>> 12) | (b0 << 20);
    a0 = (a0 + b1 + m[ORDER[r + 9]]) | 0; d3 ^= a0; d3 = (d3 >>> 8) | (d3 << 24); c2 = (c2 + d3) | 0; b1 ^= c2; b1 = (b1 >>> 7) | (b1 << 25);
    a1 = (a1 + b2 + m[ORDER[r + 11]]) | 0; d0 ^= a1; d0 = (d0 >>> 8) | (d0 << 24); c3 = (c3 + d0) | 0; b2 ^= c3; b2 = (b2 >>> 7) | (b2 << 25);
    a2 = (a2 + b3 + m[ORDER[r + 13]]) | 0; d1 ^= a2; d1 = (d1 >>> 8) | (d1 << 24); c0 = (c0 + d1) | 0; b3 ^= c0; b3 = (b3 >>> 7) | (b3 << 25);
    a3 = (a3 + b0 + m[ORDER[r + 15]]) | 0; d2 ^= a3; d2 = (d2 >>> 8) | (d2 << 24); c1 = (c1 + d2) | 0; b0 ^= c1; b0 = (b0 >>> 7) | (b0 << 25);
  }
  cv[0] = a0 ^ c0; cv[1] = a1 ^ c1; cv[2] = a2 ^ c2; cv[3] = a3 ^ c3;
  cv[4] = b0 ^ d0; cv[5] = b1 ^ d1; cv[6] = b2 ^ d2; cv[7] = b3 ^ d3;
};

const blake3 = (bytes) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = Math.max(1, Math.ceil(bytes.length / 1024));
  const block = new Int32Array(16);
  const cv = new Int32Array(8);
  // The chaining values of whole subtrees, the largest first.
  const stack = new Int32Array(8 * 56);
  let depth = 0;
  const merge = (flags) => {
    depth -= 1;
    block.set(stack.subarray(8 * depth, 8 * depth + 8));
    block.set(cv, 8);
    cv.set(IV);
    compress(cv, block, 0, 64, PARENT | flags);
  };
  for (let chunk = 0; chunk < chunks; chunk++) {
    const start = 1024 * chunk;
    const end = Math.min(bytes.length, start + 1024);
    cv.set(IV);
    for (let at = start, more = true; more; at += 64) {
      const length = Math.min(64, end - at);
      more = at + 64 < end;
      if (length === 64) {
        for (let word = 0; word < 16; word++) block[word] = view.getInt32(at + 4 * word, true);
      } else {
        block.fill(0);
        for (let byte = 0; byte < length; byte++) block[byte >> 2] |= bytes[at + byte] << (8 * (byte & 3));
      }
      const flags = (at === start ? CHUNK_START : 0) | (more ? 0 : CHUNK_END | (chunks === 1 ? ROOT : 0));
      compress(cv, block, chunk, length, flags);
    }
    if (chunk + 1 === chunks) break;
    // As many subtrees are complete as the number of chunks ends with zero bits.
    for (let count = chunk + 1; count % 2 === 0; count /= 2) merge(0);
    stack.set(cv, 8 * depth);
    depth += 1;
  }
  while (depth > 0) merge(depth === 1 ? ROOT : 0);
  const out = new Uint8Array(32);
  const words = new DataView(out.buffer);
  cv.forEach((word, at) => words.setInt32(4 * at, word, true));
  return out;
};

const checkDigest = (bytes, { length, digest }, what) => {
  const isSame = bytes.length === length && blake3(bytes).every((byte, at) => byte === digest[at]);
  if (!isSame) throw new PoolError(`${what} is damaged: it is not the file of the pool's digest; copy the pool again`);
};

// --- where bytes come from ---

/** Ranges `[from, to)`, ascending, as longer ones: those that are no more than `gap` apart become one, and more where there would be over `most`. */
const merged = (ranges, gap, most) => {
  const gaps = ranges.slice(1).map(([from], at) => from - ranges[at][1]);
  const wide = gaps.filter((size) => size > gap).sort((a, b) => b - a);
  const limit = wide.length >= most ? wide[most - 1] : gap;
  const runs = [];
  ranges.forEach(([from, to], at) => {
    if (at > 0 && gaps[at - 1] <= limit) runs[runs.length - 1][1] = to;
    else runs.push([from, to]);
  });
  return runs;
};

/** The bytes of each range out of pieces `{ from, bytes }`, which are ascending and contain one range or more each. */
const cut = (ranges, pieces) => {
  let at = 0;
  return ranges.map(([from, to]) => {
    while (pieces[at].from + pieces[at].bytes.length < to) at++;
    const piece = pieces[at];
    return piece.bytes.slice(from - piece.from, to - piece.from);
  });
};

/** Does `work` for all of `list`, `most` at a time. */
const parallel = async (list, most, work) => {
  const done = new Array(list.length);
  let next = 0;
  const worker = async () => {
    while (next < list.length) {
      const at = next++;
      done[at] = await work(list[at]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, list.length) }, worker));
  return done;
};

/** A pool that is in memory or on a disk. */
class BlobSource {
  constructor(blob, name) {
    this.blob = blob;
    this.name = name;
    this.length = blob.size;
    this.stats = { requests: 0, bytes: 0 };
  }

  async tail(count, signal) {
    return (await this.read([[Math.max(0, this.length - count), this.length]], signal))[0];
  }

  async read(ranges, signal) {
    signal?.throwIfAborted();
    return Promise.all(ranges.map(async ([from, to]) => new Uint8Array(await this.blob.slice(from, to).arrayBuffer())));
  }
}

/** A pool on a server. */
class HttpSource {
  constructor(url, onwarning) {
    this.url = url;
    this.name = url;
    this.onwarning = onwarning;
    this.length = null;
    this.stats = { requests: 0, bytes: 0 };
    this.cache = 'default';
    this.seen = {};
    // Whether several ranges go into one request; null until that was tried.
    this.multi = null;
    // All of it, where the server does not answer ranges.
    this.whole = null;
  }

  fail(problem, isUnreachable = false) {
    return Object.assign(new PoolError(`${this.name}: ${problem}`), { isUnreachable });
  }

  /** Turns what `fetch` throws, other than the reason of a signal, into an error with a text for people. */
  unreachable(error) {
    return error instanceof TypeError ? this.fail('the server cannot be reached, or does not allow this page to read the pool; look at the connection, the address, and the section on CORS in docs/pool.md', true) : error;
  }

  /** Asks for a range. Answers from two versions of the pool are an error. */
  async ask(range, signal, cache = this.cache) {
    const response = await fetch(this.url, { headers: { Range: range }, signal, cache }).catch((error) => { throw this.unreachable(error); });
    this.stats.requests += 1;
    if (!response.ok) return response;
    for (const name of ['ETag', 'Last-Modified']) {
      const value = response.headers.get(name);
      if (value === null) continue;
      this.seen[name] ??= value;
      if (this.seen[name] === value) continue;
      abandon(response);
      if (this.cache === 'no-store') throw this.fail('the pool has changed on the server since it was opened; open it again');
      // The browser's own cache can have kept another version.
      this.cache = 'no-store';
      return this.ask(range, signal);
    }
    return response;
  }

  /** Reads the body of an answer, which has no more than so many bytes. */
  async body(response, most) {
    const reader = response.body.getReader();
    const parts = [];
    let length = 0;
    for (;;) {
      const { done, value } = await reader.read().catch((error) => { throw this.unreachable(error); });
      if (done) break;
      length += value.length;
      this.stats.bytes += value.length;
      if (length > most) {
        reader.cancel().catch(() => {});
        throw this.fail(`the server sends more than the ${most} bytes that it was asked for; use another server`);
      }
      parts.push(value);
    }
    if (parts.length === 1) return parts[0];
    const out = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }

  refused(response) {
    return this.fail(`the server answers ${response.status} ${response.statusText}`.trimEnd() + '; look at the address of the pool');
  }

  /** Compares a Content-Range with what was asked for. Gives its first and last byte. */
  range(text, what) {
    const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/i.exec(text.trim());
    if (!match) throw this.fail(`${what} has the range "${text.slice(0, 60)}", which cannot be read; use another server`);
    const [from, last] = [Number(match[1]), Number(match[2])];
    if (match[3] !== '*') {
      this.length ??= Number(match[3]);
      if (Number(match[3]) !== this.length) throw this.fail('the pool has changed on the server since it was opened; open it again');
    }
    return [from, last];
  }

  /** The last `count` bytes, or all if there are fewer. Its end says how long the pool is, also where other origins hide Content-Range. */
  async tail(count, signal) {
    // Not from the browser's cache, for all else is compared with this answer.
    let response = await this.ask(`bytes=-${count}`, signal, 'no-cache').catch((error) => {
      // Other origins can forbid what is not a simple range.
      if (error.isUnreachable) return null;
      throw error;
    });
    if (response?.status === 206) {
      const text = response.headers.get('Content-Range');
      const bytes = await this.body(response, count);
      if (text !== null && this.range(text, 'the answer')[0] !== this.length - bytes.length) throw this.fail('the server sends another range than the one that it was asked for; use another server');
      return bytes;
    }
    abandon(response);
    if (response && response.status >= 400 && response.status !== 416) throw this.refused(response);
    // Some servers do not answer ranges that count from the end.
    response = await this.ask('bytes=0-15', signal, 'no-cache');
    if (response.status === 206) {
      const text = response.headers.get('Content-Range');
      abandon(response);
      if (text !== null) this.range(text, 'the answer');
      this.length ??= await this.head(signal);
      return (await this.read([[Math.max(0, this.length - count), this.length]], signal))[0];
    }
    if (response.status !== 200) {
      abandon(response);
      throw this.refused(response);
    }
    const length = Number(response.headers.get('Content-Length') ?? NaN);
    this.onwarning(`${this.name}: the server does not answer range requests, so the whole pool is read${length > 0 ? ', ' + megabytes(length) : ''}`);
    this.whole = await response.blob().catch((error) => { throw this.unreachable(error); });
    this.stats.bytes += this.whole.size;
    this.length = this.whole.size;
    return new BlobSource(this.whole, this.name).tail(count, signal);
  }

  /** The length, where ranges do not say it. */
  async head(signal) {
    const response = await fetch(this.url, { method: 'HEAD', signal }).catch((error) => { throw this.unreachable(error); });
    this.stats.requests += 1;
    const length = Number(response.headers.get('Content-Length') ?? NaN);
    if (!response.ok || !isCount(length, Number.MAX_SAFE_INTEGER)) throw this.fail('the server does not send the length of the pool; let it expose the header Content-Range');
    return length;
  }

  /** Reads ranges `[from, to)`, which are ascending and do not overlap. */
  async read(ranges, signal) {
    if (this.whole) return new BlobSource(this.whole, this.name).read(ranges, signal);
    if (this.multi !== false) {
      const runs = merged(ranges, PART_COST, MAX_MULTI_REQUESTS * MAX_PARTS);
      const pieces = runs.length > 1 ? await this.readParts(runs, signal) : null;
      if (pieces) return cut(ranges, pieces);
    }
    const runs = merged(ranges, REQUEST_COST, MAX_SINGLE_REQUESTS);
    return cut(ranges, await parallel(runs, PARALLEL, (run) => this.readRun(run, signal)));
  }

  async readRun([from, to], signal) {
    const response = await this.ask(`bytes=${from}-${to - 1}`, signal);
    if (response.status !== 206) {
      abandon(response);
      throw response.ok ? this.fail('the server does not answer range requests any more; open the pool again') : this.refused(response);
    }
    const text = response.headers.get('Content-Range');
    const bytes = await this.body(response, to - from);
    const [first, last] = text === null ? [from, to - 1] : this.range(text, 'the answer');
    if (first !== from || last !== to - 1 || bytes.length !== to - from) throw this.fail('the server sends another range than the one that it was asked for; use another server');
    return { from, bytes };
  }

  /** Reads ranges, many in a request. Gives nothing if the server does not support that. */
  async readParts(runs, signal) {
    const most = Math.min(MAX_PARTS, Math.floor(MAX_RANGE_HEADER / (2 * String(this.length).length + 2)));
    const count = Math.ceil(runs.length / most);
    const requests = Array.from({ length: count }, (_, at) => runs.slice(Math.floor(at * runs.length / count), Math.floor((at + 1) * runs.length / count)));
    // One alone, before all are sent to a server that answers each with the whole pool.
    const first = this.multi === null ? requests.splice(0, 1) : [];
    const pieces = [];
    for (const batch of [first, requests]) {
      const answers = await parallel(batch, PARALLEL, (request) => (this.multi === false ? null : this.readMulti(request, signal)));
      if (answers.includes(null)) return null;
      pieces.push(...answers.flat());
    }
    return pieces;
  }

  async readMulti(runs, signal) {
    const response = await this.ask('bytes=' + runs.map(([from, to]) => `${from}-${to - 1}`).join(','), signal).catch((error) => {
      if (error.isUnreachable && this.multi === null) return null;
      throw error;
    });
    const type = response?.status === 206 ? response.headers.get('Content-Type') ?? '' : '';
    const boundary = /^multipart\/byteranges\s*;.*\bboundary=("?)([^";]{1,70})\1/i.exec(type)?.[2];
    if (boundary === undefined) {
      abandon(response);
      this.multi = false;
      return null;
    }
    const wanted = runs.reduce((sum, [from, to]) => sum + to - from, 0);
    const parts = this.parts(await this.body(response, wanted + 1024 * runs.length + 4096), boundary);
    this.multi = true;
    // Servers may join ranges and send them in any order (RFC 9110, 15.3.7.2).
    parts.sort((a, b) => a.from - b.from);
    return runs.map(([from, to]) => {
      const part = parts.findLast((one) => one.from <= from);
      if (!part || part.from + part.bytes.length < to) throw this.fail(`the server leaves out bytes ${from} to ${to - 1}; use another server`);
      return { from, bytes: part.bytes.subarray(from - part.from, to - part.from) };
    });
  }

  /** The parts of a multipart/byteranges body, as `{ from, bytes }`. */
  parts(body, boundary) {
    const text = (from, count) => String.fromCharCode(...body.subarray(from, from + count));
    const mark = '--' + boundary;
    const parts = [];
    let at = text(0, 256).indexOf(mark);
    while (at >= 0 && text(at, mark.length) === mark) {
      at += mark.length;
      if (text(at, 2) === '--') return parts;
      const head = text(at, 1024);
      const end = head.indexOf('\r\n\r\n');
      const line = /^content-range:(.*)$/im.exec(head.slice(0, end));
      if (end < 0 || !line) break;
      const [from, last] = this.range(line[1], 'a part of an answer');
      at += end + 4;
      if (last < from || at + last - from + 1 > body.length) break;
      parts.push({ from, bytes: body.subarray(at, at + last - from + 1) });
      at += last - from + 3;
    }
    throw this.fail('the server sends several ranges in a form that cannot be read; use another server');
  }
}

/** Reads no more of an answer. */
const abandon = (response) => { response?.body?.cancel().catch(() => {}); };

/** Work that several callers wait for, and that ends when all of them gave up. */
class Shared {
  constructor(work) {
    this.controller = new AbortController();
    this.waiting = 0;
    this.result = work(this.controller.signal);
    this.result.catch(() => {});
  }

  get isEnded() { return this.controller.signal.aborted; }

  wait(signal) {
    this.waiting += 1;
    if (!signal) return this.result;
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.waiting -= 1;
        if (this.waiting === 0) this.controller.abort(signal.reason);
        reject(signal.reason);
      };
      if (signal.aborted) return void leave();
      signal.addEventListener('abort', leave);
      this.result.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
    });
  }
}

/** What was used last, up to so many bytes. */
class Cache {
  constructor(most) {
    this.most = most;
    this.bytes = 0;
    this.entries = new Map();
  }

  get(key) {
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.value;
  }

  set(key, value, bytes) {
    this.bytes += bytes - (this.entries.get(key)?.bytes ?? 0);
    this.entries.delete(key);
    this.entries.set(key, { value, bytes });
    for (const [oldest, entry] of this.entries) {
      if (this.bytes <= this.most) break;
      this.bytes -= entry.bytes;
      this.entries.delete(oldest);
    }
  }
}

// --- pictures from spans ---

/** A length or distance of deflate as its symbol, its extra bits, and how many these are (RFC 1951, 3.2.5). */
const lengthSymbol = (length) => {
  if (length === 258) return [285, 0, 0];
  const l = length - 3;
  if (l < 8) return [257 + l, 0, 0];
  const extra = 29 - Math.clz32(l);
  return [257 + 4 * extra + (l >> extra), l & ((1 << extra) - 1), extra];
};
const distanceSymbol = (distance) => {
  const d = distance - 1;
  if (d < 4) return [d, 0, 0];
  const extra = 30 - Math.clz32(d);
  return [2 * extra + (d >> extra), d & ((1 << extra) - 1), extra];
};

/** The codes of a Huffman code with these lengths, each with its first bit lowest (RFC 1951, 3.2.2). */
const codesOf = (lengths, what) => {
  const codes = new Uint16Array(lengths.length);
  let next = 0;
  for (let length = 1; length <= 15; length++) {
    next *= 2;
    lengths.forEach((own, symbol) => {
      if (own !== length) return;
      for (let bit = 0; bit < length; bit++) codes[symbol] |= ((next >> (length - 1 - bit)) & 1) << bit;
      next += 1;
    });
  }
  if (next !== 1 << 15) throw new PoolError(`the description is damaged: the code lengths of "${what}" are no complete code; copy the pool again`);
  return codes;
};

const FILTERS = ['none', 'sub', 'up', 'average', 'paeth'];
const BYTES_PER_PIXEL = { indexed: 1, rgb: 3, rgba: 4 };
const TYPES = { png: 'image/png', webp: 'image/webp', jpg: 'image/jpeg', jpeg: 'image/jpeg' };
const ADLER = 65521;
// Fields of a row of a span: where its bits begin, how many, what comes before and after them (pixels times 2, and 1 if they repeat the
// pixel to the left), its first and its last pixel.
const [AT, BITS, BEFORE, AFTER, FIRST, LAST, FIELDS] = [0, 1, 2, 3, 4, 5, 6];
// Differs from all pixels.
const NO_PIXEL = -1;

const paeth = (left, above, corner) => {
  const fromLeft = Math.abs(above - corner);
  const fromAbove = Math.abs(left - corner);
  const fromCorner = Math.abs(left + above - 2 * corner);
  const other = fromAbove <= fromCorner ? above : corner;
  return fromLeft <= fromAbove && fromLeft <= fromCorner ? left : other;
};

/** Joins pictures of one size from their spans. */
class Joiner {
  constructor(size, [tileWidth, tileHeight]) {
    const fail = (problem) => { throw new PoolError(`the description is damaged: ${problem}; copy the pool again`); };
    this.width = size.width;
    this.height = size.height;
    this.tileWidth = tileWidth;
    this.tileHeight = tileHeight;
    this.columns = Math.ceil(size.width / tileWidth);
    this.tileRows = Math.ceil(size.height / tileHeight);
    this.bpp = BYTES_PER_PIXEL[size.color];
    this.filter = size.filter;
    if (!this.bpp || !FILTERS.includes(size.filter)) fail(`it has a size of color "${size.color}" and filter "${size.filter}"`);
    this.looksLeft = size.filter === 'sub' || size.filter === 'average' || size.filter === 'paeth';
    this.stride = size.width * this.bpp + 1;
    this.head = fromBase64(size.head);
    this.checkHead(size, fail);
    this.block = fromBase64(size.block);
    this.blockBits = size.block_bits;
    if (!isCount(this.blockBits, 8 * this.block.length)) fail(`the block header has ${this.blockBits} bits`);
    for (const [name, count] of [['literals', 286], ['distances', 30]]) {
      const lengths = size[name];
      if (!Array.isArray(lengths) || lengths.length !== count || !lengths.every((length) => isCount(length, 15))) fail(`"${name}" is no list of ${count} code lengths`);
    }
    this.lengths = Uint8Array.from(size.literals);
    this.codes = codesOf(this.lengths, 'literals');
    this.distanceLengths = Uint8Array.from(size.distances);
    this.distanceCodes = codesOf(this.distanceLengths, 'distances');
    this.shortest = Math.ceil(3 / this.bpp);
    this.longest = Math.floor(258 / this.bpp);
    const raw = this.stride * size.height;
    this.rawLength = raw;
    // What is beside the bits of a row has 32 bytes at most.
    this.longestRecord = 64 + tileHeight * (8 * this.columns * tileWidth + 32);
    this.storedLength = 2 + raw + 5 * Math.ceil(raw / 65535) + 4;
  }

  /** The bytes before the data must be a PNG's of this size. */
  checkHead({ width, height, color }, fail) {
    const { head } = this;
    const type = { rgb: 2, indexed: 3, rgba: 6 }[color];
    const start = [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52];
    const end = [width >> 24, width >> 16 & 255, width >> 8 & 255, width & 255, height >> 24, height >> 16 & 255, height >> 8 & 255, height & 255, 8, type, 0, 0, 0];
    if (![...start, ...end].every((byte, at) => head[at] === byte)) fail('"head" does not begin like a PNG file of the size');
    const view = new DataView(head.buffer);
    let at = 8;
    while (at + 12 <= head.length) {
      const length = view.getUint32(at);
      if (length > head.length - at - 12 || crc32(head, at + 4, at + 8 + length) !== view.getUint32(at + 8 + length)) break;
      at += 12 + length;
    }
    if (at !== head.length) fail('"head" is not made of whole chunks');
  }

  rowsOf(tileRow) {
    return Math.min(this.tileHeight, this.height - tileRow * this.tileHeight);
  }

  /** The filter of a row below the top of its tile row, as its byte. */
  filterAt(position) {
    if (this.filter === 'none' || this.filter === 'up') return position === 0 || this.filter === 'none' ? 0 : 2;
    return position === 0 ? 1 : FILTERS.indexOf(this.filter);
  }

  /** Reads a span's record. Its rows go into `table` from place `base` on. */
  span(bytes, tileRow, firstTile, table, base) {
    const { bpp } = this;
    const cursor = new Cursor(bytes.subarray(0, bytes.length - 4), 'a span');
    const [row, first, tiles] = [cursor.count(), cursor.count(), cursor.count()];
    if (row !== tileRow || first !== firstTile || tiles < 1 || first + tiles > this.columns) cursor.fail('it lies elsewhere than in its picture');
    const [sum, weighted] = [cursor.u16(), cursor.u16()];
    if (sum >= ADLER || weighted >= ADLER) cursor.fail('its sums are not those of a checksum');
    const x = first * this.tileWidth;
    const width = Math.min(this.width, (first + tiles) * this.tileWidth) - x;
    const rows = this.rowsOf(tileRow);
    const pixel = () => {
      let value = 0;
      for (let at = 0; at < bpp; at++) value += cursor.u8() * 2 ** (8 * at);
      return value;
    };
    const bitsOf = [];
    for (let done = 0; done < rows;) {
      const flags = cursor.u8();
      const to = base + done * FIELDS;
      const above = to - FIELDS;
      const kind = flags & 3;
      if (kind >= 2 && done === 0) cursor.fail('its first row is like one above');
      if (kind === 3) {
        const again = 1 + (flags >> 2);
        if (again > rows - done) cursor.fail('it has too many rows');
        for (let at = 0; at < again * FIELDS; at++) table[to + at] = table[above + at % FIELDS];
        done += again;
        continue;
      }
      if (kind === 2) {
        if (flags & 60) cursor.fail('a row has two heads or tails');
        for (const field of [AT, BITS, BEFORE, AFTER]) table[to + field] = table[above + field];
      } else {
        const bits = kind === 1 ? cursor.count() : 0;
        const before = flags & 4 ? cursor.count() : 0;
        const after = flags & 16 ? cursor.count() : 0;
        if (bits > 64 * width || (kind === 1 && bits === 0)) cursor.fail('a row has no bits, or more than its pixels can have');
        if (before + after > width || (flags & 4 && before === 0) || (flags & 16 && after === 0) || (this.looksLeft && flags & 20)) cursor.fail('a row begins or ends with pixels that cannot be there');
        if (kind === 1) bitsOf.push([done, bits]);
        table[to + AT] = 0;
        table[to + BITS] = bits;
        table[to + BEFORE] = before > 0 ? 2 * before + ((flags >> 3) & 1) : 0;
        table[to + AFTER] = after > 0 ? 2 * after + ((flags >> 5) & 1) : 0;
      }
      table[to + FIRST] = flags & 64 ? pixel() : done > 0 ? table[above + FIRST] : 0;
      table[to + LAST] = flags & 128 ? pixel() : done > 0 ? table[above + LAST] : 0;
      done += 1;
    }
    // Rows that repeat others have the place of the bits, which comes only now, from these.
    let own = 0;
    for (let row = 0; row < rows; row++) {
      const to = base + row * FIELDS;
      if (own < bitsOf.length && bitsOf[own][0] === row) {
        table[to + AT] = cursor.advance(Math.ceil(bitsOf[own][1] / 8));
        own += 1;
      } else if (row > 0 && table[to + BITS] > 0) table[to + AT] = table[to - FIELDS + AT];
    }
    cursor.end();
    return { view: cursor.view, sum, weighted, x, end: first + tiles, base };
  }

  /** Joins a picture from its tile rows, each a list of the records of its spans. */
  join(tileRows) {
    const { stride, bpp } = this;
    const records = tileRows.reduce((sum, row) => row.reduce((bytes, record) => bytes + record.length, sum), 0);
    const out = new Stream(this, records);
    out.copy(new DataView(this.block.buffer), 0, this.blockBits);
    let [plain, weighted] = [0, 0];
    let table = new Uint32Array(0);
    tileRows.forEach((list, tileRow) => {
      const rows = this.rowsOf(tileRow);
      if (table.length < list.length * rows * FIELDS) table = new Uint32Array(list.length * rows * FIELDS);
      let end = 0;
      let [here, hereWeighted] = [0, 0];
      const spans = list.map((record, at) => {
        const span = this.span(record, tileRow, end, table, at * rows * FIELDS);
        end = span.end;
        here += span.sum;
        hereWeighted += span.weighted;
        return span;
      });
      if (end !== this.columns) throw new PoolError('a picture is damaged: the spans of a tile row do not fill it; copy the pool again');
      for (let position = 0; position < rows; position++) {
        const filter = this.filterAt(position);
        const start = position * stride % ADLER;
        here += filter;
        hereWeighted += filter * start;
        out.beginRow(filter);
        if (!this.looksLeft) {
          for (const span of spans) out.row(span.view, table, span.base + position * FIELDS);
          continue;
        }
        let [left, aboveLeft] = [0, 0];
        for (const span of spans) {
          const at = span.base + position * FIELDS;
          const above = position > 0 ? table[at - FIELDS + FIRST] : 0;
          const pixel = this.filtered(filter, table[at + FIRST], left, above, aboveLeft);
          out.literal(pixel);
          for (let byte = 0; byte < bpp; byte++) {
            const value = (pixel >>> (8 * byte)) & 255;
            here += value;
            hereWeighted += value * ((start + 1 + span.x * bpp + byte) % ADLER);
          }
          out.copy(span.view, table[at + AT], table[at + BITS]);
          left = table[at + LAST];
          aboveLeft = position > 0 ? table[at - FIELDS + LAST] : 0;
        }
      }
      out.flush();
      plain += here;
      weighted += hereWeighted % ADLER + (tileRow * this.tileHeight * stride % ADLER) * (here % ADLER) % ADLER;
    });
    const n = this.rawLength % ADLER;
    const low = (1 + plain) % ADLER;
    const high = (n + n * (plain % ADLER) + ADLER - weighted % ADLER) % ADLER;
    return this.file(out.end(high * 65536 + low));
  }

  /** A pixel by a filter that looks to the left. */
  filtered(filter, pixel, left, above, corner) {
    let value = 0;
    for (let shift = 0; shift < 8 * this.bpp; shift += 8) {
      const a = (left >>> shift) & 255;
      const b = (above >>> shift) & 255;
      const predicted = filter === 1 ? a : filter === 3 ? (a + b) >> 1 : paeth(a, b, (corner >>> shift) & 255);
      value |= (((pixel >>> shift) - predicted) & 255) << shift;
    }
    return value >>> 0;
  }

  /** The PNG file of a zlib stream. */
  file(zlib) {
    const chunks = Math.ceil(zlib.length / IDAT_MOST);
    const out = new Uint8Array(this.head.length + zlib.length + 12 * (chunks + 1));
    const view = new DataView(out.buffer);
    out.set(this.head);
    let at = this.head.length;
    const chunk = (name, data) => {
      view.setUint32(at, data.length);
      [...name].forEach((c, place) => { out[at + 4 + place] = c.charCodeAt(0); });
      out.set(data, at + 8);
      view.setUint32(at + 8 + data.length, crc32(out, at + 4, at + 8 + data.length));
      at += 12 + data.length;
    };
    for (let from = 0; from < zlib.length; from += IDAT_MOST) chunk('IDAT', zlib.subarray(from, from + IDAT_MOST));
    chunk('IEND', new Uint8Array(0));
    return out;
  }
}

/** A zlib stream that rows of spans are appended to; what ends one span and goes on in the next is written as one. */
class Stream {
  constructor(joiner, records) {
    this.joiner = joiner;
    this.bytes = new Uint8Array(Math.min(joiner.storedLength, records + records / 4) + 65536);
    this.view = new DataView(this.bytes.buffer);
    this.view.setUint16(0, 0x7801);
    this.at = 2;
    this.partial = 0;
    this.fill = 0;
    this.waiting = 0;
    this.waitingLeft = false;
    this.last = NO_PIXEL;
    const { codes, lengths, distanceCodes, distanceLengths, bpp, stride } = joiner;
    const back = (distance) => {
      const [symbol, extra, extraBits] = distanceSymbol(distance);
      return { code: distanceCodes[symbol], length: distanceLengths[symbol], extra, extraBits };
    };
    this.runs = back(bpp);
    // Deflate does not reach the row above of very wide pictures.
    this.copies = stride <= 32768 ? back(stride) : { code: 0, length: 0, extra: 0, extraBits: 0 };
    // By the pixels of a match the code of its length with its extra bits, and how many these are; none where there is no code.
    this.matches = new Uint32Array(joiner.longest + 1);
    this.matchBits = new Uint8Array(joiner.longest + 1);
    for (let pixels = joiner.shortest; pixels <= joiner.longest; pixels++) {
      const [symbol, extra, extraBits] = lengthSymbol(pixels * bpp);
      if (lengths[symbol] === 0) continue;
      this.matches[pixels] = codes[symbol] | (extra << lengths[symbol]);
      this.matchBits[pixels] = lengths[symbol] + extraBits;
    }
    this.codes = codes;
    this.lengths = lengths;
  }

  /** Room for so many more bytes. A stream longer than stored blocks is no stream of a pool. */
  reserve(count) {
    if (this.at + count + 8 <= this.bytes.length) return;
    if (this.at > this.joiner.storedLength) throw new PoolError('a picture is damaged: its stream is longer than its pixels; copy the pool again');
    const more = new Uint8Array(2 * this.bytes.length + count);
    more.set(this.bytes.subarray(0, this.at));
    this.bytes = more;
    this.view = new DataView(more.buffer);
  }

  /** Appends up to 25 bits. There is room for them. */
  put(bits, count) {
    let partial = this.partial | (bits << this.fill);
    let fill = this.fill + count;
    while (fill >= 8) {
      this.bytes[this.at++] = partial;
      partial >>>= 8;
      fill -= 8;
    }
    this.partial = partial;
    this.fill = fill;
  }

  /** Appends so many bits of `from`, from a byte on; four bytes at a time. */
  copy(from, start, count) {
    const whole = count >> 3;
    this.reserve(whole + 1);
    const { view, fill } = this;
    let { at, partial } = this;
    let place = start;
    const end = start + whole;
    for (; place + 4 <= end; place += 4, at += 4) {
      const word = from.getInt32(place, true);
      view.setInt32(at, partial | (word << fill), true);
      // In two steps, because a shift by 32 is none.
      partial = (word >>> 1) >>> (31 - fill);
    }
    for (; place < end; place++) {
      const byte = from.getUint8(place);
      view.setUint8(at++, partial | (byte << fill));
      partial = byte >> (8 - fill);
    }
    this.at = at;
    this.partial = partial;
    const rest = count & 7;
    if (rest) this.put(from.getUint8(end) & ((1 << rest) - 1), rest);
  }

  symbol(symbol) {
    const length = this.lengths[symbol];
    if (length === 0) throw new PoolError('a picture is damaged: it needs a symbol that has no code; copy the pool again');
    this.put(this.codes[symbol], length);
  }

  literal(pixel) {
    this.reserve(8);
    for (let byte = 0; byte < this.joiner.bpp; byte++) this.symbol((pixel >>> (8 * byte)) & 255);
  }

  beginRow(filter) {
    this.flush();
    this.reserve(8);
    this.symbol(filter);
    this.last = NO_PIXEL;
  }

  /** Writes what waits, as matches. */
  flush() {
    let pixels = this.waiting;
    if (pixels === 0) return;
    const { shortest, longest } = this.joiner;
    const { code, length, extra, extraBits } = this.waitingLeft ? this.runs : this.copies;
    if (length === 0 || pixels < shortest) throw new PoolError('a picture is damaged: it has a copy that cannot be; copy the pool again');
    this.reserve(8 * (Math.ceil(pixels / (longest - shortest)) + 1));
    while (pixels > 0) {
      const piece = pixels <= longest ? pixels : pixels - longest < shortest ? longest - shortest : longest;
      if (this.matchBits[piece] === 0) throw new PoolError('a picture is damaged: it needs a symbol that has no code; copy the pool again');
      this.put(this.matches[piece], this.matchBits[piece]);
      this.put(code, length);
      this.put(extra, extraBits);
      pixels -= piece;
    }
    this.waiting = 0;
  }

  /** Appends the row of a span at place `at` of `table`. */
  row(view, table, at) {
    const bits = table[at + BITS];
    const before = table[at + BEFORE];
    const after = table[at + AFTER];
    const first = table[at + FIRST];
    const pixels = before >> 1;
    const left = (before & 1) === 1;
    // Another colour begins here: its first pixel is written, and the others repeat it.
    const other = left && first !== this.last;
    if (other || (pixels > 0 && this.waiting > 0 && left !== this.waitingLeft)) {
      this.flush();
      if (other) this.literal(first);
    }
    this.waiting += other ? pixels - 1 : pixels;
    if (pixels > 0) this.waitingLeft = left;
    this.last = table[at + LAST];
    if (bits > 0 || after > 0) {
      this.flush();
      this.copy(view, table[at + AT], bits);
      this.waiting = after >> 1;
      this.waitingLeft = (after & 1) === 1;
    }
  }

  /** Ends the block. Gives the whole zlib stream with this checksum. */
  end(adler) {
    this.flush();
    this.reserve(16);
    this.symbol(256);
    if (this.fill > 0) this.put(0, 8 - this.fill);
    this.view.setUint32(this.at, adler);
    this.at += 4;
    if (this.at > this.joiner.storedLength) throw new PoolError('a picture is damaged: its stream is longer than its pixels; copy the pool again');
    return this.bytes.subarray(0, this.at);
  }
}

// --- the pool ---

/** Opens a pool at an address (relative ones count from the page), in a Blob or File, or in bytes. */
const openPool = async (from, { signal, onwarning = (text) => console.warn(text), cacheBytes = CACHE_BYTES } = {}) => {
  let source;
  if (from instanceof Blob) source = new BlobSource(from, from.name || 'the pool');
  else if (from instanceof ArrayBuffer || ArrayBuffer.isView(from)) source = new BlobSource(new Blob([from]), 'the pool');
  else {
    const { protocol, href } = new URL(from, globalThis.document?.baseURI);
    if (protocol === 'file:') throw new PoolError(`${href}: a page that is opened from a disk cannot read other files; put page and pool on a web server`);
    source = new HttpSource(href, onwarning);
  }
  const pool = new Pool(source, cacheBytes);
  await pool.open(signal);
  return pool;
};

class Pool {
  #source;
  #cache;
  #tail;
  #digest;
  #sections = new Map();
  #description;
  #bundles = [];
  #joiners = [];
  #shared = new Map();
  #spans = new Map();

  constructor(source, cacheBytes) {
    this.#source = source;
    this.#cache = new Cache(cacheBytes);
  }

  /** Number of items. */
  get items() { return this.#description.items; }

  /** The sizes of the pictures: `{ folder, extension, type, width, height }`, and `color` and `filter` where pictures are joined from spans. */
  get sizes() {
    return this.#description.sizes.map(({ folder, extension, width, height, color, filter }) => ({ folder, extension, type: TYPES[extension] ?? 'application/octet-stream', width, height, color, filter }));
  }

  /** Names of the files that are not of one item, for example `plan.json`. */
  get files() { return [...this.#sections.keys()].filter((name) => !name.startsWith('.')); }

  /** BLAKE3 of the pool without its footer, in hexadecimal. It is not compared with the pool, of which all would have to be read. */
  get digest() { return this.#digest; }

  /** Requests sent and bytes received so far. */
  stats() { return { ...this.#source.stats }; }

  /** The bytes of a picture. `size` is a place in `sizes`, or the folder of one. */
  async picture(edition, { size = 0, signal } = {}) {
    const place = this.#size(size);
    const { index, item } = await this.#item(edition, signal);
    const what = `${this.#source.name}: picture ${edition} in ${this.#description.sizes[place].folder}`;
    const picture = item.pictures[place];
    let bytes;
    if (picture.rows) {
      const lists = Array.from(picture.rows, (list, row) => index.list(place, row, list));
      const spans = await this.#read(index, new Set(lists.flatMap((list) => [...list])), signal);
      signal?.throwIfAborted();
      bytes = this.#within(what, () => this.#joiners[place].join(lists.map((list) => Array.from(list, (span) => spans.get(span)))));
    } else {
      bytes = await this.#stored(picture.address, picture.length, picture.crc, `picture ${edition}`, signal);
    }
    if (item.digests) checkDigest(bytes, item.digests[place], what);
    return bytes;
  }

  /** The metadata document of an item as text; null if the collection has none. */
  async metadata(edition, { signal } = {}) {
    const { index, item } = await this.#item(edition, signal);
    if (!item.document) return null;
    const documents = await this.#documents(index, signal);
    const { at, length, digest } = item.document;
    const bytes = documents.subarray(at, at + length);
    const what = `${this.#source.name}: the metadata of item ${edition}`;
    if (digest) checkDigest(bytes, { length, digest }, what);
    return new Cursor(bytes, what).text(length);
  }

  /** The name of an item's picture, for example `17.png`. */
  async fileName(edition, { size = 0, signal } = {}) {
    const { extension } = this.#description.sizes[this.#size(size)];
    const { item } = await this.#item(edition, signal);
    return `${item.name ?? edition}.${extension}`;
  }

  /** The numbers of all items, in order. Reads index blocks where numbers are missing. */
  async editions({ signal } = {}) {
    const lists = await parallel(this.#bundles, PARALLEL, async (bundle) => {
      if (bundle.last - bundle.first + 1 === bundle.items) return Array.from({ length: bundle.items }, (_, at) => bundle.first + at);
      return [...(await this.#index(bundle, signal)).items.keys()];
    });
    return lists.flat();
  }

  /** The bytes of a file that is not of one item. */
  async file(name, { signal } = {}) {
    const section = this.#sections.get(name);
    if (!section || name.startsWith('.')) throw new PoolError(`${this.#source.name} has no file ${name}; it has ${this.files.join(', ') || 'none'}`);
    return this.#section(section, signal);
  }

  /** Reads what describes the pool. */
  async open(signal) {
    const source = this.#source;
    this.#tail = await source.tail(FIRST_READ, signal);
    if (this.#tail.length < TAIL + 16) throw new PoolError(`${source.name} is no pool: it has ${this.#tail.length} bytes; look at the address`);
    const cursor = new Cursor(this.#tail.subarray(this.#tail.length - TAIL), `the end of ${source.name}`);
    const [offset, length, crc, whole] = [cursor.view.getBigUint64(0, true), cursor.view.getUint32(8, true), cursor.view.getUint32(12, true), cursor.view.getBigUint64(16, true)].map(Number);
    if (String.fromCharCode(...cursor.bytes.subarray(24)) !== 'TPOOLEND') throw new PoolError(`${source.name} is no pool, or its end is missing; look at the address, or copy the pool again`);
    source.length ??= whole;
    if (whole !== source.length) throw new PoolError(`${source.name} is damaged: it has ${source.length} bytes, but ${whole} are expected; copy the pool again`);
    if (length > MAX_FOOTER) throw new PoolError(`${source.name} is damaged: its footer has ${length} bytes, and the most is ${MAX_FOOTER}; copy the pool again`);
    const footer = await this.#stored(offset, length, crc, 'the footer', signal);
    this.#readFooter(new Cursor(footer, `${source.name}: the footer`));
    const parts = ['.description', '.directory'].map((name) => this.#sections.get(name) ?? this.#missing(name));
    const [description, directory] = await Promise.all(parts.map((section) => this.#section(section, signal)));
    this.#within(source.name, () => this.#readDescription(description));
    this.#readDirectory(new Cursor(directory, `${source.name}: the directory`));
  }

  #missing(name) {
    throw new PoolError(`${this.#source.name} is damaged: the section ${name} is missing; copy the pool again`);
  }

  #readFooter(cursor) {
    this.#digest = Array.from(cursor.take(32), (byte) => byte.toString(16).padStart(2, '0')).join('');
    const count = cursor.u32();
    for (let at = 0; at < count; at++) {
      const form = cursor.u8();
      const name = cursor.text(cursor.u8());
      const section = { name, form, offset: cursor.u64(), stored: cursor.u64(), length: cursor.u64(), crc: cursor.u32() };
      if (form > 1) cursor.fail(`the section ${name} has the form ${form}`);
      if (form === 0 && section.stored !== section.length) cursor.fail(`the section ${name} has two lengths`);
      if (this.#sections.has(name)) cursor.fail(`the section ${name} is there twice`);
      this.#sections.set(name, section);
    }
    cursor.end();
  }

  #readDescription(bytes) {
    const fail = (problem) => { throw new PoolError(`the description is damaged: ${problem}; copy the pool again`); };
    let description;
    try {
      description = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    } catch {
      fail('it is no JSON');
    }
    if (description?.format !== 'traitpress-pool/1') throw new PoolError(`the pool has the format "${description?.format}", and this reader reads traitpress-pool/1; use a newer pool.js`);
    const { items, tile, sizes } = description;
    if (!isCount(items, 2 ** 32)) fail(`it has ${items} items`);
    if (!Array.isArray(tile) || tile.length !== 2 || !tile.every((side) => isCount(side, MAX_SIDE) && side > 0)) fail('its tiles have no size');
    if (!Array.isArray(sizes) || sizes.length === 0) fail('it has no sizes');
    this.#description = description;
    this.#joiners = sizes.map((size) => {
      const { folder, extension, width, height } = size ?? {};
      if (typeof folder !== 'string' || typeof extension !== 'string') fail('a size has no folder');
      if (![width, height].every((side) => isCount(side, MAX_SIDE) && side > 0)) fail(`a size is ${width}x${height}`);
      if (size.filter === undefined) return null;
      try {
        return new Joiner(size, tile);
      } catch (error) {
        if (error instanceof PoolError) throw error;
        return fail(`the size ${folder} is not whole`);
      }
    });
  }

  #readDirectory(cursor) {
    const count = cursor.bytes.length / BUNDLE;
    let [before, items] = [-1, 0];
    for (let number = 0; number < count; number++) {
      const [first, last, own, indexLength] = [cursor.u32(), cursor.u32(), cursor.u32(), cursor.u32()];
      const [indexOffset, documentsOffset, documentsStored, documentsLength] = [cursor.u64(), cursor.u64(), cursor.u32(), cursor.u32()];
      const bundle = { number, first, last, items: own, indexLength, indexOffset, documentsOffset, documentsStored, documentsLength, base: cursor.u64(), indexCrc: cursor.u32(), documentsCrc: cursor.u32() };
      if (first <= before || last < first || own < 1 || own > MAX_ITEMS || own > last - first + 1) cursor.fail(`bundle ${number} has ${own} items from ${first} to ${last}`);
      if (indexLength > MAX_INDEX || documentsLength > MAX_DOCUMENTS || documentsStored > MAX_DOCUMENTS) cursor.fail(`bundle ${number} is beyond the limits of the format`);
      this.#bundles.push(bundle);
      before = last;
      items += own;
    }
    cursor.end();
    if (items !== this.items) cursor.fail(`it has ${items} items, but the description has ${this.items}`);
  }

  /** Adds the subject to errors that `work` throws. */
  #within(what, work) {
    try {
      return work();
    } catch (error) {
      throw error instanceof PoolError ? new PoolError(`${what}: ${error.message}`) : error;
    }
  }

  #size(size) {
    const { sizes } = this.#description;
    const place = typeof size === 'number' ? size : sizes.findIndex(({ folder }) => folder === size);
    if (!sizes[place]) throw new PoolError(`${this.#source.name} has no size ${size}; it has ${sizes.map(({ folder }) => folder).join(', ')}`);
    return place;
  }

  /** Ranges `[from, to)` of the pool, which ascend; what was read at the beginning is not read again. */
  async #bytes(ranges, signal) {
    const tail = this.#source.length - this.#tail.length;
    const before = ranges.filter(([from]) => from < tail);
    const read = before.length > 0 ? await this.#source.read(before, signal) : [];
    for (const [from, to] of ranges.slice(before.length)) read.push(this.#tail.slice(from - tail, to - tail));
    return read;
  }

  /** Bytes of the pool with a checksum. */
  async #stored(offset, length, crc, what, signal) {
    const { name, length: whole } = this.#source;
    if (!(offset + length <= whole)) throw new PoolError(`${name}: ${what} is damaged: it lies outside the pool; copy the pool again`);
    const [bytes] = length > 0 ? await this.#bytes([[offset, offset + length]], signal) : [new Uint8Array(0)];
    checkCrc(bytes, crc, `${name}: ${what}`);
    return bytes;
  }

  async #section({ name, form, offset, stored, length, crc }, signal) {
    const most = name.startsWith('.') ? MAX_HELD : MAX_FILE;
    if (length > most) throw new PoolError(`${this.#source.name}: ${name} has ${megabytes(length)}, and a browser reads up to ${megabytes(most)}; use traitpress unpack`);
    const bytes = await this.#stored(offset, stored, crc, name, signal);
    return form === 0 ? bytes : inflate(bytes, length, `${this.#source.name}: ${name}`);
  }

  /** The value for a key of the cache: from there, or by work that all who ask for it at the same time share. */
  async #once(key, signal, work) {
    const kept = this.#cache.get(key);
    if (kept) return kept;
    let shared = this.#shared.get(key);
    if (!shared || shared.isEnded) {
      shared = new Shared(async (own) => {
        try {
          const { value, bytes } = await work(own);
          this.#cache.set(key, value, bytes);
          return value;
        } finally {
          if (this.#shared.get(key) === shared) this.#shared.delete(key);
        }
      });
      this.#shared.set(key, shared);
    }
    return shared.wait(signal);
  }

  #index(bundle, signal) {
    return this.#once(`index ${bundle.number}`, signal, async (own) => {
      const what = `the index block of the items ${bundle.first} to ${bundle.last}`;
      const bytes = await this.#stored(bundle.indexOffset, bundle.indexLength, bundle.indexCrc, what, own);
      const index = new Index(new Cursor(bytes, `${this.#source.name}: ${what}`), bundle, this.#joiners, this.#source.length, this.#description.digests);
      return { value: index, bytes: index.memory };
    });
  }

  #documents({ bundle, documentsLength }, signal) {
    return this.#once(`documents ${bundle.number}`, signal, async (own) => {
      const what = `the documents of the items ${bundle.first} to ${bundle.last}`;
      if (documentsLength !== bundle.documentsLength) throw new PoolError(`${this.#source.name}: ${what} are damaged: they have ${bundle.documentsLength} bytes, but ${documentsLength} are expected; copy the pool again`);
      const stored = await this.#stored(bundle.documentsOffset, bundle.documentsStored, bundle.documentsCrc, what, own);
      const value = await inflate(stored, documentsLength, `${this.#source.name}: ${what}`);
      return { value, bytes: value.length };
    });
  }

  async #item(edition, signal) {
    const bundle = this.#bundles.find(({ first, last }) => first <= edition && edition <= last);
    const index = bundle && (await this.#index(bundle, signal));
    const item = index?.items.get(edition);
    if (!item) {
      const [first, last] = [this.#bundles[0]?.first, this.#bundles.at(-1)?.last];
      throw new PoolError(`${this.#source.name} has no item ${edition}; its ${this.items} items have numbers from ${first} to ${last}`);
    }
    return { index, item };
  }

  /** The records of spans by their numbers in an index block. Those that another picture is waiting for are not read twice. */
  async #read(index, numbers, signal) {
    const found = new Map();
    const waits = new Set();
    const missing = [];
    for (const number of numbers) {
      const address = index.addresses[number];
      const kept = this.#cache.get(address);
      const shared = this.#spans.get(address);
      if (kept) found.set(number, kept);
      else if (shared && !shared.isEnded) waits.add(shared);
      else missing.push({ from: address, to: address + index.lengths[number] });
    }
    if (missing.length > 0) {
      missing.sort((a, b) => a.from - b.from);
      const shared = new Shared((own) => this.#readSpans(missing, own).finally(() => {
        for (const { from } of missing) if (this.#spans.get(from) === shared) this.#spans.delete(from);
      }));
      for (const { from } of missing) this.#spans.set(from, shared);
      waits.add(shared);
    }
    const read = await Promise.all([...waits].map((shared) => shared.wait(signal)));
    for (const number of numbers) {
      if (found.has(number)) continue;
      const address = index.addresses[number];
      const record = read.find((records) => records.has(address)).get(address);
      if (record.length !== index.lengths[number]) throw new PoolError(`${this.#source.name}: a span is damaged: it has two lengths; copy the pool again`);
      found.set(number, record);
    }
    return found;
  }

  async #readSpans(spans, signal) {
    const records = await this.#bytes(spans.map(({ from, to }) => [from, to]), signal);
    const read = new Map();
    records.forEach((record, at) => {
      const end = record.length - 4;
      const view = new DataView(record.buffer, record.byteOffset);
      checkCrc(record.subarray(0, end), view.getUint32(end, true), `${this.#source.name}: the span at ${spans[at].from}`);
      read.set(spans[at].from, record);
      this.#cache.set(spans[at].from, record, record.length + 128);
    });
    return read;
  }
}

/** An index block: where the spans of a bundle are, and what its items are made of. */
class Index {
  constructor(cursor, bundle, joiners, poolLength, hasDigests) {
    this.bundle = bundle;
    const count = this.#count(cursor, cursor.bytes.length, 'spans');
    // Where each span begins, and how long its record is.
    this.addresses = new Float64Array(count);
    this.lengths = new Float64Array(count);
    const longest = Math.max(0, ...joiners.map((joiner) => joiner?.longestRecord ?? 0));
    let end = bundle.base;
    for (let span = 0; span < count; span++) {
      this.addresses[span] = end + cursor.count();
      this.lengths[span] = cursor.count();
      end = this.addresses[span] + this.lengths[span];
      if (this.lengths[span] < SHORTEST_RECORD || this.lengths[span] > longest) cursor.fail(`a span has ${this.lengths[span]} bytes`);
      if (end > poolLength) cursor.fail('a span lies outside the pool');
    }
    const items = this.#count(cursor, MAX_ITEMS, 'items');
    // For each size and tile row, the places of its different lists in `spans`, one more than there are.
    this.spans = new Int32Array(cursor.bytes.length);
    this.used = 0;
    this.places = joiners.map((joiner) => joiner && Array.from({ length: joiner.tileRows }, () => this.#lists(cursor, count, joiner)));
    this.spans = this.spans.slice(0, this.used);
    // Items by their numbers.
    this.items = new Map();
    this.documentsLength = 0;
    let [edition, pictures] = [bundle.first - 1, 0];
    for (let at = 0; at < items; at++) {
      edition += cursor.count() + 1;
      const item = this.#item(cursor, bundle, poolLength, hasDigests);
      this.items.set(edition, item);
      pictures += item.pictures.reduce((sum, { rows }) => sum + (rows?.length ?? 10), 0);
    }
    cursor.end();
    if (items !== bundle.items || edition !== bundle.last) cursor.fail(`it has ${items} items up to ${edition}, but the directory has ${bundle.items} up to ${bundle.last}`);
    this.memory = cursor.bytes.length + 16 * count + 4 * this.used + 4 * pictures + 200 * items;
  }

  #count(cursor, most, what) {
    const count = cursor.count();
    if (count > most) cursor.fail(`it has ${count} ${what}`);
    return count;
  }

  /** The different lists of spans of a tile row. */
  #lists(cursor, spans, joiner) {
    const count = this.#count(cursor, cursor.bytes.length, 'tile rows');
    const starts = new Int32Array(count + 1);
    starts[0] = this.used;
    for (let list = 0; list < count; list++) {
      const length = this.#count(cursor, joiner.columns, 'spans in a tile row');
      let number = 0;
      for (let at = 0; at < length; at++) {
        number += cursor.difference();
        if (!(number >= 0 && number < spans)) cursor.fail('a tile row has a span that does not exist');
        this.spans[this.used++] = number;
      }
      starts[list + 1] = this.used;
    }
    return starts;
  }

  #item(cursor, { base }, poolLength, hasDigests) {
    const flags = cursor.u8();
    if (flags > 7 || (hasDigests && !(flags & 2))) cursor.fail(`an item has the flags ${flags}`);
    const item = { name: null, pictures: [], digests: null, document: null };
    if (flags & 1) item.name = cursor.text(this.#count(cursor, 4096, 'bytes in a name'));
    for (const starts of this.places) {
      const kind = cursor.count();
      if (kind === 1) {
        const picture = { address: base + cursor.count(), length: cursor.count(), crc: cursor.u32() };
        if (picture.length > MAX_FILE || picture.address + picture.length > poolLength) cursor.fail('a picture is too long, or lies outside the pool');
        item.pictures.push(picture);
      } else if (kind === 0 && starts) {
        const rows = new Uint32Array(starts.length);
        for (let row = 0; row < rows.length; row++) {
          rows[row] = cursor.count();
          if (rows[row] + 1 >= starts[row].length) cursor.fail('a picture has a tile row that does not exist');
        }
        item.pictures.push({ rows });
      } else cursor.fail(`a picture has the kind ${kind}`);
    }
    if (flags & 2) item.digests = this.places.map(() => ({ length: cursor.count(), digest: cursor.take(32) }));
    if (flags & 4) {
      const length = this.#count(cursor, MAX_DOCUMENTS, 'bytes in a document');
      item.document = { at: this.documentsLength, length, digest: flags & 2 ? cursor.take(32) : null };
      this.documentsLength += length;
      if (this.documentsLength > MAX_DOCUMENTS) cursor.fail('its documents are too long');
    }
    return item;
  }

  /** The numbers of the spans of a tile row, left to right. */
  list(size, row, list) {
    const starts = this.places[size][row];
    return this.spans.subarray(starts[list], starts[list + 1]);
  }
}
