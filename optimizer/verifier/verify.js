#!/usr/bin/env node
/*
Recomputes a publication of a double-random campaign from its documents alone, in JavaScript.

    node verify.js DIR [--vkey KEY] [--seen CHECKPOINT] [--witness KEY] [--json]
    node verify.js --plan DIR [--json]
    node verify.js --proof FILE [--vkey KEY] [--json]

or in a browser: verify.html beside this file asks for the folder.

The second verifier: section by section the same checks as verify.py, with the same words, so that
the two can be laid side by side; but another language, another JSON reader, another SHA-256,
another Ed25519. One classic script without modules or dependencies; no network; ES2020: node 14
or a browser of 2020. Exit code 0: everything holds; 1: something does not; 2: wrong usage. What a
verifier cannot know is written at the head of verify.py.
*/
(function (root) {
'use strict';

// =====================================================================================
// Results and faults
// =====================================================================================

/** The first thing that is wrong: file, place in it, what. No Error: no stack is wanted. */
class Fault {
  constructor(file, place, what) {
    this.file = file;
    this.place = place;
    this.what = what;
  }
}

/** What Python would raise where a document makes no sense: its type and words. */
class Senseless {
  constructor(type, words) {
    this.type = type;
    this.words = words;
  }
}

/** An object of a document. Its prototype is empty: any key is a plain property. */
function Rec() {}
Rec.prototype = Object.create(null);

/** A record made here, its keys in the order they were put in. */
function Made() {}
Made.prototype = Object.create(null);

/** Return a record of such pairs, as a document's or, with `Made`, in their own order. */
function rec(pairs, Kind = Rec) {
  const made = new Kind();
  for (const [key, value] of pairs) made[key] = value;
  return made;
}

/** Return a field, or null where there is none. */
function get(record, key) {
  const value = record[key];
  return value === undefined ? null : value;
}

/** Raise a fault unless `condition` holds. */
function need(condition, file, place, what) {
  if (!condition) throw new Fault(file, place, what);
}

/** Return the kind of a value, as Python's types tell them apart. */
function kindOf(value) {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'list';
  return typeof value === 'bigint' ? 'number' : typeof value;
}

/** Return whether two values are equal as in Python, where true is 1 inside lists and records. */
function equal(one, other) {
  if (one === other) return true;
  const kind = kindOf(one);
  const other_kind = kindOf(other);
  if (kind !== other_kind) {
    const numbers = (kind === 'boolean' && other_kind === 'number')
      || (kind === 'number' && other_kind === 'boolean');
    return numbers && Number(one) === Number(other);
  }
  if (kind === 'number') return one == other; // eslint-disable-line eqeqeq -- 1n is 1
  if (kind === 'list') {
    return one.length === other.length && one.every((item, index) => equal(item, other[index]));
  }
  if (kind !== 'object') return kind === 'null';
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length
    && keys.every((key) => other[key] !== undefined && equal(one[key], other[key]));
}

/** Raise a fault unless the published value is the recomputed one, of the same type. */
function same(found, wanted, file, place, what) {
  if (found === wanted) return;
  if (kindOf(found) !== kindOf(wanted) || !equal(found, wanted)) {
    throw new Fault(
      file, place, `${what}: published ${show(found)}, recomputed ${show(wanted)}`);
  }
}

/** Return a short text of a value. */
function show(value) {
  const text = typeof value === 'string' ? value : dumps(value, ', ', ': ');
  return JSON.stringify(pointsIn(text) > 73 ? firstPoints(text, 70) + '…' : text);
}

/** Return JSON with such separators; `keys` says the order of a record's keys. */
function dumps(value, comma, colon, keys) {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) {
    return '[' + value.map((item) => dumps(item, comma, colon, keys)).join(comma) + ']';
  }
  if (typeof value !== 'object') return String(value);
  const lines = (keys || keysOf)(value).map(
    (key) => JSON.stringify(key) + colon + dumps(value[key], comma, colon, keys));
  return '{' + lines.join(comma) + '}';
}

// =====================================================================================
// text: order and length by code points, as Python counts, not by UTF-16 units
// =====================================================================================

const SURROGATE = /[\ud800-\udfff]/;

/** Return the number of code points. */
function pointsIn(text) {
  if (!SURROGATE.test(text)) return text.length;
  let count = 0;
  for (let at = 0; at < text.length; at += text.codePointAt(at) > 0xffff ? 2 : 1) count += 1;
  return count;
}

/** Return the first code points of a text. */
function firstPoints(text, count) {
  return Array.from(text.slice(0, 2 * count)).slice(0, count).join('');
}

/** Compare two texts by code points: below 0 where `one` comes first. */
function compare(one, other) {
  if (one === other) return 0;
  const end = Math.min(one.length, other.length);
  let at = 0;
  while (at < end && one.charCodeAt(at) === other.charCodeAt(at)) at += 1;
  if (at === end) return one.length - other.length;
  let a = one.charCodeAt(at);
  let b = other.charCodeAt(at);
  // Halves of pairs stand for code points above all others.
  if (a >= 0xd800 && a <= 0xdfff) a += 0x10000;
  if (b >= 0xd800 && b <= 0xdfff) b += 0x10000;
  return a - b;
}

/** Return texts in order of code points, sorted anew. */
function sorted(texts) {
  return Array.from(texts).sort(compare);
}

/** Return the keys of a record in the order they stand in its document (RFC 8785). */
function keysOf(record) {
  const keys = Object.keys(record);
  if (!(record instanceof Rec)) return keys;
  // JavaScript puts keys that look like numbers first; canonical order is that of UTF-16 units.
  for (let index = 1; index < keys.length; index += 1) {
    if (!(keys[index - 1] < keys[index])) return keys.sort();
  }
  return keys;
}

/** Compare two lists of texts, element by element. */
function compareLists(one, other) {
  for (let index = 0; index < one.length && index < other.length; index += 1) {
    const order = compare(one[index], other[index]);
    if (order) return order;
  }
  return one.length - other.length;
}

// =====================================================================================
// hashes: SHA-256 and SHA-512 (FIPS 180-4), their constants computed, not copied; SM3
// =====================================================================================

const PRIMES = [];
for (let number = 2; PRIMES.length < 80; number += 1) {
  if (PRIMES.every((prime) => number % prime)) PRIMES.push(number);
}

/** Return the largest whole number whose `power` is at most `value`. */
function wholeRoot(value, power) {
  let low = 0n;
  let high = 1n << 80n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** power <= value) low = middle;
    else high = middle;
  }
  return low;
}

const ONES64 = (1n << 64n) - 1n;
// The first 64 bits behind the point of the primes' square roots and cube roots.
const ROOTS = PRIMES.slice(0, 8).map((p) => wholeRoot(BigInt(p) << 128n, 2n) & ONES64);
const CUBES = PRIMES.map((p) => wholeRoot(BigInt(p) << 192n, 3n) & ONES64);
const upper = (word) => Number(word >> 32n) | 0;
const lower = (word) => Number(word & 0xffffffffn) | 0;
const START256 = Int32Array.from(ROOTS, upper);
const ROUND256 = Int32Array.from(CUBES.slice(0, 64), upper);
const SCHEDULE = new Int32Array(64);

/** SHA-256 of one block of 64 bytes into the state. */
function compress(state, data, from) {
  const w = SCHEDULE;
  const k = ROUND256;
  let at = from;
  for (let i = 0; i < 16; i += 1) {
    w[i] = (data[at] << 24) | (data[at + 1] << 16) | (data[at + 2] << 8) | data[at + 3];
    at += 4;
  }
  for (let i = 16; i < 64; i += 1) {
    const x = w[i - 15];
    const y = w[i - 2];
    const low = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const high = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = (w[i - 16] + low + w[i - 7] + high) | 0;
  }
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let d = state[3];
  let e = state[4];
  let f = state[5];
  let g = state[6];
  let h = state[7];
  for (let i = 0; i < 64; i += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const one = (h + s1 + ((e & f) ^ (~e & g)) + k[i] + w[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  state[0] = (state[0] + a) | 0;
  state[1] = (state[1] + b) | 0;
  state[2] = (state[2] + c) | 0;
  state[3] = (state[3] + d) | 0;
  state[4] = (state[4] + e) | 0;
  state[5] = (state[5] + f) | 0;
  state[6] = (state[6] + g) | 0;
  state[7] = (state[7] + h) | 0;
}

const START_SM3 = Int32Array.of(
  0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e);
// T_j, turned left by j.
const ROUND_SM3 = Int32Array.from({ length: 64 }, (_, j) => {
  const t = j < 16 ? 0x79cc4519 : 0x7a879d8a;
  return (t << (j % 32)) | (j % 32 ? t >>> (32 - (j % 32)) : 0);
});
const SCHEDULE_SM3 = new Int32Array(68);

/** SM3 (GB/T 32905-2016) of one block of 64 bytes into the state. */
function compressSm3(state, data, from) {
  const w = SCHEDULE_SM3;
  let at = from;
  for (let i = 0; i < 16; i += 1) {
    w[i] = (data[at] << 24) | (data[at + 1] << 16) | (data[at + 2] << 8) | data[at + 3];
    at += 4;
  }
  for (let i = 16; i < 68; i += 1) {
    const y = w[i - 3];
    const z = w[i - 13];
    const x = w[i - 16] ^ w[i - 9] ^ ((y << 15) | (y >>> 17));
    w[i] = x ^ ((x << 15) | (x >>> 17)) ^ ((x << 23) | (x >>> 9)) ^ ((z << 7) | (z >>> 25))
      ^ w[i - 6];
  }
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let d = state[3];
  let e = state[4];
  let f = state[5];
  let g = state[6];
  let h = state[7];
  for (let i = 0; i < 64; i += 1) {
    const turned = (a << 12) | (a >>> 20);
    const sum = (turned + e + ROUND_SM3[i]) | 0;
    const one = (sum << 7) | (sum >>> 25);
    const ff = i < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
    const gg = i < 16 ? e ^ f ^ g : (e & f) | (~e & g);
    const first = (ff + d + (one ^ turned) + (w[i] ^ w[i + 4])) | 0;
    const second = (gg + h + one + w[i]) | 0;
    d = c;
    c = (b << 9) | (b >>> 23);
    b = a;
    a = first;
    h = g;
    g = (f << 19) | (f >>> 13);
    f = e;
    e = second ^ ((second << 9) | (second >>> 23)) ^ ((second << 17) | (second >>> 15));
  }
  state[0] ^= a;
  state[1] ^= b;
  state[2] ^= c;
  state[3] ^= d;
  state[4] ^= e;
  state[5] ^= f;
  state[6] ^= g;
  state[7] ^= h;
}

/** A hash function under the name that documents give it; all pad alike. */
class Hash {
  constructor(name, begin, compressBlock) {
    this.name = name;
    this.begin = begin; // the state before the first block
    this.compress = compressBlock; // one block into a state
    this.one = null;
  }

  /** Return the digest of some parts, joined. */
  digest(...parts) {
    const hasher = this.hasher();
    for (const part of parts) hasher.update(part);
    return hasher.finish(new Uint8Array(32), 0);
  }

  /** Return the digest in lower-case hex. */
  hex(data) {
    return hex(this.digest(data));
  }

  /** Return a hasher that has read nothing; the next one asked for is the same object. */
  hasher() {
    if (!this.one) this.one = new Hasher(this);
    return this.one.start();
  }
}

/** A hash that takes its data in parts; one object serves many digests in turn. */
class Hasher {
  constructor(hash) {
    this.hash = hash;
    this.state = new Int32Array(8);
    this.block = new Uint8Array(64);
    this.start();
  }

  start() {
    this.state.set(this.hash.begin);
    this.held = 0; // bytes waiting in the block
    this.length = 0;
    return this;
  }

  update(data, from = 0, to = data.length) {
    const { hash, state } = this;
    let at = from;
    this.length += to - from;
    if (this.held) {
      while (at < to && this.held < 64) this.block[this.held++] = data[at++];
      if (this.held < 64) return this;
      hash.compress(state, this.block, 0);
      this.held = 0;
    }
    for (; at + 64 <= to; at += 64) hash.compress(state, data, at);
    while (at < to) this.block[this.held++] = data[at++];
    return this;
  }

  /** Write the digest into 32 bytes of `out`. */
  finish(out, at) {
    const { hash, block, state } = this;
    block[this.held++] = 0x80;
    if (this.held > 56) {
      block.fill(0, this.held, 64);
      hash.compress(state, block, 0);
      this.held = 0;
    }
    block.fill(0, this.held, 56);
    const high = Math.floor(this.length / 0x20000000);
    const low = (this.length << 3) >>> 0;
    for (let i = 0; i < 4; i += 1) {
      block[56 + i] = high >>> (24 - 8 * i);
      block[60 + i] = low >>> (24 - 8 * i);
    }
    hash.compress(state, block, 0);
    for (let i = 0; i < 32; i += 1) out[at + i] = state[i >> 2] >>> (24 - 8 * (i & 3));
    return out;
  }
}

const SHA256 = new Hash('sha256', START256, compress);
const SM3 = new Hash('sm3', START_SM3, compressSm3);
const HASHES = new Map([SHA256, SM3].map((hash) => [hash.name, hash]));

const HEX_OF = Array.from({ length: 256 }, (_, byte) => (byte + 256).toString(16).slice(1));

/** Return bytes in lower-case hex. */
function hex(data) {
  let text = '';
  for (let index = 0; index < data.length; index += 1) text += HEX_OF[data[index]];
  return text;
}

/** Return the bytes of an even number of hex digits. */
function unhex(text) {
  const data = new Uint8Array(text.length / 2);
  for (let index = 0; index < data.length; index += 1) {
    data[index] = parseInt(text.slice(2 * index, 2 * index + 2), 16);
  }
  return data;
}

const START512 = new Int32Array(16);
const ROUND512 = new Int32Array(160);
ROOTS.forEach((word, i) => START512.set([upper(word), lower(word)], 2 * i));
CUBES.forEach((word, i) => ROUND512.set([upper(word), lower(word)], 2 * i));

/** Return the SHA-512 of some parts, joined. Words of 64 bits are two halves, the upper first. */
function sha512(...parts) {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const data = new Uint8Array(Math.ceil((length + 17) / 128) * 128);
  let end = 0;
  for (const part of parts) {
    data.set(part, end);
    end += part.length;
  }
  data[end] = 0x80;
  let bits = length * 8;
  for (let at = data.length - 1; bits; at -= 1) {
    data[at] = bits % 256;
    bits = Math.floor(bits / 256);
  }
  const state = Int32Array.from(START512);
  const v = new Int32Array(16); // a to h
  const w = new Int32Array(160);
  // The upper half of a word turned right by n bits; the lower half is that of the word swapped.
  const turned = (high, low, n) => (
    n < 32 ? (high >>> n) | (low << (32 - n)) : (low >>> (n - 32)) | (high << (64 - n)));
  const sum = (to, at, highs, lows) => {
    let carry = 0;
    let high = 0;
    for (const low of lows) carry += low >>> 0;
    for (const part of highs) high += part >>> 0;
    to[at + 1] = carry | 0;
    to[at] = (high + Math.floor(carry / 0x100000000)) | 0;
  };
  const pair = new Int32Array(2);
  const other = new Int32Array(2);
  for (let from = 0; from < data.length; from += 128) {
    for (let i = 0; i < 32; i += 1) {
      const at = from + 4 * i;
      w[i] = (data[at] << 24) | (data[at + 1] << 16) | (data[at + 2] << 8) | data[at + 3];
    }
    for (let i = 32; i < 160; i += 2) {
      const [xh, xl, yh, yl] = [w[i - 30], w[i - 29], w[i - 4], w[i - 3]];
      sum(w, i, [
        w[i - 32], w[i - 14],
        turned(xh, xl, 1) ^ turned(xh, xl, 8) ^ (xh >>> 7),
        turned(yh, yl, 19) ^ turned(yh, yl, 61) ^ (yh >>> 6),
      ], [
        w[i - 31], w[i - 13],
        turned(xl, xh, 1) ^ turned(xl, xh, 8) ^ ((xl >>> 7) | (xh << 25)),
        turned(yl, yh, 19) ^ turned(yl, yh, 61) ^ ((yl >>> 6) | (yh << 26)),
      ]);
    }
    v.set(state);
    for (let i = 0; i < 160; i += 2) {
      const [ah, al, bh, bl, ch, cl, , , eh, el, fh, fl, gh, gl, hh, hl] = v;
      sum(pair, 0, [
        hh, turned(eh, el, 14) ^ turned(eh, el, 18) ^ turned(eh, el, 41),
        (eh & fh) ^ (~eh & gh), ROUND512[i], w[i],
      ], [
        hl, turned(el, eh, 14) ^ turned(el, eh, 18) ^ turned(el, eh, 41),
        (el & fl) ^ (~el & gl), ROUND512[i + 1], w[i + 1],
      ]);
      sum(other, 0, [
        pair[0], turned(ah, al, 28) ^ turned(ah, al, 34) ^ turned(ah, al, 39),
        (ah & bh) ^ (ah & ch) ^ (bh & ch),
      ], [
        pair[1], turned(al, ah, 28) ^ turned(al, ah, 34) ^ turned(al, ah, 39),
        (al & bl) ^ (al & cl) ^ (bl & cl),
      ]);
      v.copyWithin(2, 0, 14);
      sum(v, 8, [v[8], pair[0]], [v[9], pair[1]]);
      v.set(other);
    }
    for (let i = 0; i < 16; i += 2) sum(state, i, [state[i], v[i]], [state[i + 1], v[i + 1]]);
  }
  const out = new Uint8Array(64);
  for (let i = 0; i < 64; i += 1) out[i] = state[i >> 2] >>> (24 - 8 * (i & 3));
  return out;
}

// =====================================================================================
// canon: strict JSON, canonical form (RFC 8785)
// =====================================================================================

const MAX_INTEGER = Number.MAX_SAFE_INTEGER;
const DEPTH = 990; // lists and objects inside one another; about what Python reads
const CACHE = 1 << 15;

/** What `CanonicalReader` throws at the first byte that is not canonical. */
const NOT_CANONICAL = { canonical: false };

/**
 * Reads bytes of canonical JSON, and nothing else, into values.
 *
 * Bytes, not one text: a document may be longer than the longest text of the engine. Short texts
 * come from a table, as most of them stand in a document thousands of times.
 */
class CanonicalReader {
  constructor() {
    this.texts = new Array(CACHE).fill('');
    this.units = new Uint16Array(4096);
    this.letters = Array.from({ length: 81 }, (_, length) => new Array(length).fill(0));
  }

  /** Return the value of the bytes from one place to another. */
  read(data, from, to) {
    this.data = data;
    this.at = from;
    this.end = to;
    const value = this.value(0);
    if (this.at !== to) throw NOT_CANONICAL;
    this.data = null;
    return value;
  }

  value(depth) {
    const byte = this.at < this.end ? this.data[this.at] : 0;
    if (byte === 0x22) return this.text();
    if (byte === 0x7b) return this.object(depth + 1);
    if (byte === 0x5b) return this.list(depth + 1);
    if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) return this.number();
    if (byte === 0x74) return this.word('true', true);
    if (byte === 0x66) return this.word('false', false);
    return this.word('null', null);
  }

  word(letters, value) {
    for (let k = 0; k < letters.length; k += 1) this.expect(letters.charCodeAt(k));
    return value;
  }

  expect(byte) {
    if (this.at >= this.end || this.data[this.at] !== byte) throw NOT_CANONICAL;
    this.at += 1;
  }

  next() {
    if (this.at >= this.end) throw NOT_CANONICAL;
    return this.data[this.at++];
  }

  object(depth) {
    if (depth > DEPTH) throw NOT_CANONICAL;
    const made = new Rec();
    this.at += 1;
    if (this.at < this.end && this.data[this.at] === 0x7d) {
      this.at += 1;
      return made;
    }
    let before = null;
    for (;;) {
      if (this.at >= this.end || this.data[this.at] !== 0x22) throw NOT_CANONICAL;
      const key = this.text();
      if (before !== null && !(before < key)) throw NOT_CANONICAL;
      before = key;
      this.expect(0x3a);
      made[key] = this.value(depth);
      const byte = this.next();
      if (byte === 0x7d) return made;
      if (byte !== 0x2c) throw NOT_CANONICAL;
    }
  }

  list(depth) {
    if (depth > DEPTH) throw NOT_CANONICAL;
    const made = [];
    this.at += 1;
    if (this.at < this.end && this.data[this.at] === 0x5d) {
      this.at += 1;
      return made;
    }
    for (;;) {
      made.push(this.value(depth));
      const byte = this.next();
      if (byte === 0x5d) return made;
      if (byte !== 0x2c) throw NOT_CANONICAL;
    }
  }

  number() {
    const { data, end } = this;
    const minus = data[this.at] === 0x2d;
    let at = this.at + (minus ? 1 : 0);
    const first = at;
    let value = 0;
    while (at < end && data[at] >= 0x30 && data[at] <= 0x39 && at - first < 17) {
      value = value * 10 + (data[at] - 0x30); // in this order nothing beyond 2^53 is rounded
      at += 1;
    }
    const digits = at - first;
    if (digits === 0 || (digits > 1 && data[first] === 0x30)) throw NOT_CANONICAL;
    if (value > MAX_INTEGER || (minus && value === 0)) throw NOT_CANONICAL;
    this.at = at;
    return minus ? -value : value;
  }

  text() {
    const { data, end, texts } = this;
    const begin = this.at + 1;
    let at = begin;
    let mark = 0;
    while (at < end) {
      const byte = data[at];
      if (byte === 0x22 || byte === 0x5c || byte < 0x20 || byte > 0x7e) break;
      mark = (Math.imul(mark, 31) + byte) | 0;
      at += 1;
    }
    const length = at - begin;
    if (at >= end || data[at] !== 0x22 || length > 80) return this.longText(begin);
    this.at = at + 1;
    const place = (mark ^ (mark >>> 15)) & (CACHE - 1);
    const kept = texts[place];
    if (kept.length === length) {
      let k = 0;
      while (k < length && kept.charCodeAt(k) === data[begin + k]) k += 1;
      if (k === length) return kept;
    }
    const letters = this.letters[length];
    for (let k = 0; k < length; k += 1) letters[k] = data[begin + k];
    const text = String.fromCharCode.apply(null, letters);
    if (length < 32) texts[place] = text; // longer ones are hashes and salts: each stands once
    return text;
  }

  /** Return a text of any length with any code points and escapes. */
  longText(begin) {
    const { data, end, units } = this;
    const parts = [];
    let held = 0;
    let at = begin;
    for (;;) {
      if (held > 4000) {
        parts.push(String.fromCharCode.apply(null, units.subarray(0, held)));
        held = 0;
      }
      if (at >= end) throw NOT_CANONICAL;
      const byte = data[at];
      if (byte === 0x22) break;
      if (byte < 0x20) throw NOT_CANONICAL;
      if (byte === 0x5c) {
        at = this.escape(at + 1, held);
        held += 1;
      } else if (byte < 0x80) {
        units[held++] = byte;
        at += 1;
      } else {
        const point = pointAt(data, at, end);
        if (point < 0) throw NOT_CANONICAL;
        at += sizeOf(point);
        if (point < 0x10000) {
          units[held++] = point;
        } else {
          units[held++] = 0xd7c0 + (point >> 10);
          units[held++] = 0xdc00 + (point & 0x3ff);
        }
      }
    }
    this.at = at + 1;
    parts.push(String.fromCharCode.apply(null, units.subarray(0, held)));
    return parts.join('');
  }

  /** Read what follows a backslash: the shortest escape of what must be escaped. */
  escape(at, place) {
    const letter = at < this.end ? String.fromCharCode(this.data[at]) : '';
    const short = letter && '"\\bfnrt'.indexOf(letter);
    if (letter && short >= 0) {
      this.units[place] = '"\\\b\f\n\r\t'.charCodeAt(short);
      return at + 1;
    }
    if (letter !== 'u' || at + 5 > this.end) throw NOT_CANONICAL;
    const digits = String.fromCharCode.apply(null, this.data.subarray(at + 1, at + 5));
    const point = /^00[01][0-9a-f]$/.test(digits) ? parseInt(digits, 16) : 8;
    if (point === 8 || point === 9 || point === 10 || point === 12 || point === 13) {
      throw NOT_CANONICAL;
    }
    this.units[place] = point;
    return at + 5;
  }
}

/** Return the code point of two to four bytes of UTF-8, or -1 - the number of good bytes. */
function pointAt(data, at, end) {
  const byte = data[at];
  const more = byte >= 0xc2 && byte < 0xe0 ? 1 : byte >= 0xe0 && byte < 0xf0 ? 2
    : byte >= 0xf0 && byte < 0xf5 ? 3 : 0;
  if (more === 0) return -1;
  let point = byte & (0x3f >> more);
  for (let k = 1; k <= more; k += 1) {
    const next = at + k < end ? data[at + k] : 0;
    // No form longer than needed, no half of a pair, nothing above U+10FFFF.
    const low = k > 1 ? 0x80 : byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80;
    const high = k > 1 ? 0xbf : byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf;
    if (next < low || next > high) return -1 - k;
    point = (point << 6) | (next & 0x3f);
  }
  return point;
}

const READER = new CanonicalReader();

const LARGEST = 500000000; // bytes of one JSON document, or of one line of several
const TOO_LARGE = `is larger than ${LARGEST} bytes: no document is read beyond that`;

/** Read a canonical JSON document; any other bytes are a fault. */
function parse(data, file, place = '', from = 0, to = data.length) {
  need(to - from <= LARGEST, file, place, TOO_LARGE);
  try {
    return READER.read(data, from, to);
  } catch (error) {
    if (error !== NOT_CANONICAL) throw error;
    throw new Fault(file, place, whyNotCanonical(data.subarray(from, to)));
  }
}

// -------------------------------------------------------------------------------------
// what is wrong with bytes that are not canonical: read once more, slowly, as verify.py does
// -------------------------------------------------------------------------------------

/** What is wrong with a JSON text, in Python's words. */
class BadJson {
  constructor(words) {
    this.words = words;
  }
}

/** Return why bytes are no canonical JSON document. */
function whyNotCanonical(data) {
  try {
    mustDecode(data);
    new LaxReader(data).document();
  } catch (error) {
    if (!(error instanceof BadJson)) throw error;
    return 'no strict JSON: ' + firstPoints(error.words, 120);
  }
  return 'the bytes are not the canonical form (RFC 8785) of the value';
}

/** Raise unless bytes are UTF-8. */
function mustDecode(data) {
  for (let at = 0; at < data.length;) {
    if (data[at] < 0x80) {
      at += 1;
    } else {
      const point = pointAt(data, at, data.length);
      if (point < 0) throw new BadJson(undecodable(data, at, -1 - point));
      at += sizeOf(point);
    }
  }
}

/** Return Python's words for bytes that are no UTF-8. */
function undecodable(data, at, good) {
  let what = 'invalid start byte';
  if (good > 0) {
    what = at + good < data.length ? 'invalid continuation byte' : 'unexpected end of data';
  }
  const where = good > 1 ? `bytes in position ${at}-${at + good - 1}`
    : `byte 0x${HEX_OF[data[at]]} in position ${at}`;
  return `'utf-8' codec can't decode ${where}: ${what}`;
}

/** Reads any JSON that Python's reader takes with the hooks of verify.py; only faults come out. */
class LaxReader {
  constructor(data) {
    this.data = data; // UTF-8: places are of bytes, and told as code points
    this.end = data.length;
  }

  fail(words, at) {
    let line = 1;
    let count = 0;
    let begin = 0;
    for (let k = 0; k < at && k < this.end; k += 1) {
      if ((this.data[k] & 0xc0) !== 0x80) count += 1;
      if (this.data[k] === 10) {
        line += 1;
        begin = count;
      }
    }
    throw new BadJson(`${words}: line ${line} column ${count - begin + 1} (char ${count})`);
  }

  is(at, letter) {
    return at < this.end && this.data[at] === letter.charCodeAt(0);
  }

  spells(at, word) {
    for (let k = 0; k < word.length; k += 1) if (!this.is(at + k, word[k])) return false;
    return true;
  }

  space(at) {
    let now = at;
    while (this.is(now, ' ') || this.is(now, '\n') || this.is(now, '\r') || this.is(now, '\t')) {
      now += 1;
    }
    return now;
  }

  document() {
    const end = this.space(this.value(this.space(0), 0));
    if (end !== this.end) this.fail('Extra data', end);
  }

  /** Read a value and return the place behind it. */
  value(at, depth) {
    if (this.is(at, '"')) return this.text(at + 1);
    if (this.is(at, '{') || this.is(at, '[')) {
      const kind = this.is(at, '{') ? 'object' : 'array';
      if (depth >= DEPTH) {
        throw new BadJson('maximum recursion depth exceeded while decoding a JSON '
          + `${kind} from a unicode string`);
      }
      return kind === 'object' ? this.object(at + 1, depth + 1) : this.list(at + 1, depth + 1);
    }
    for (const word of ['null', 'true', 'false']) {
      if (this.spells(at, word)) return at + word.length;
    }
    for (const word of ['NaN', 'Infinity', '-Infinity']) {
      if (this.spells(at, word)) throw new BadJson(`${word} is not an integer`);
    }
    return this.number(at);
  }

  digits(at) {
    let now = at;
    while (now < this.end && this.data[now] >= 0x30 && this.data[now] <= 0x39) now += 1;
    return now;
  }

  number(begin) {
    const first = this.is(begin, '-') ? begin + 1 : begin;
    let at = this.digits(first);
    if (at === first) this.fail('Expecting value', begin);
    if (this.is(first, '0')) at = first + 1;
    const whole = at;
    if (this.is(at, '.') && this.digits(at + 1) > at + 1) at = this.digits(at + 1);
    if (this.is(at, 'e') || this.is(at, 'E')) {
      const sign = this.is(at + 1, '+') || this.is(at + 1, '-') ? at + 2 : at + 1;
      if (this.digits(sign) > sign) at = this.digits(sign);
    }
    const length = at - begin;
    const text = this.slice(begin, begin + Math.min(length, 30));
    if (at > whole) throw new BadJson(`${text} is not an integer`);
    if (length > 17 || text === '-0' || Math.abs(Number(text)) > MAX_INTEGER) {
      throw new BadJson(`integer ${text.slice(0, 20)} is beyond 2^53 - 1 or is -0`);
    }
    return at;
  }

  object(begin, depth) {
    const names = new Set();
    let at = this.space(begin);
    if (this.is(at, '}')) return at + 1;
    let twice = false;
    for (;;) {
      if (!this.is(at, '"')) this.fail('Expecting property name enclosed in double quotes', at);
      const units = [];
      at = this.space(this.text(at + 1, units));
      if (!this.is(at, ':')) this.fail("Expecting ':' delimiter", at);
      at = this.space(this.value(this.space(at + 1), depth));
      const name = units.join('');
      twice = twice || names.has(name);
      names.add(name);
      if (this.is(at, '}')) break;
      if (!this.is(at, ',')) this.fail("Expecting ',' delimiter", at);
      at = this.space(at + 1);
    }
    if (twice) throw new BadJson('an object with a key twice');
    return at + 1;
  }

  list(begin, depth) {
    let at = this.space(begin);
    if (this.is(at, ']')) return at + 1;
    for (;;) {
      at = this.space(this.value(at, depth));
      if (this.is(at, ']')) return at + 1;
      if (!this.is(at, ',')) this.fail("Expecting ',' delimiter", at);
      at = this.space(at + 1);
    }
  }

  /** Read a text and return the place behind it; put its parts into `made`, if that is asked. */
  text(begin, made = null) {
    let at = begin;
    for (;;) {
      const from = at;
      while (at < this.end && this.data[at] !== 0x22 && this.data[at] !== 0x5c) {
        if (this.data[at] < 0x20) this.fail('Invalid control character at', at);
        at += 1;
      }
      if (at + 1 >= this.end && !this.is(at, '"')) {
        this.fail('Unterminated string starting at', begin - 1);
      }
      if (made) made.push(this.slice(from, at));
      if (this.data[at] === 0x22) return at + 1;
      if (this.is(at + 1, 'u')) {
        const unit = this.unit(at);
        if (made) made.push(String.fromCharCode(unit));
        at += 6;
      } else {
        const short = '"\\/bfnrt'.indexOf(String.fromCharCode(this.data[at + 1]));
        if (short < 0) this.fail('Invalid \\escape', at);
        if (made) made.push('"\\/\b\f\n\r\t'[short]);
        at += 2;
      }
    }
  }

  /** Return the number of four hex digits behind a backslash and a u. */
  unit(at) {
    const digits = this.slice(at + 2, Math.min(at + 6, this.end - 1));
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.fail('Invalid \\uXXXX escape', at + 1);
    return parseInt(digits, 16);
  }

  /** Return bytes as a text, each a letter: enough to compare texts and to show digits. */
  slice(from, to) {
    return bytesText(this.data, from, to);
  }
}

/** Return bytes as a text, each a letter. */
function bytesText(data, from, to) {
  const parts = [];
  for (let at = from; at < to; at += 4096) {
    parts.push(String.fromCharCode.apply(null, data.subarray(at, Math.min(to, at + 4096))));
  }
  return parts.join('');
}

/** Return text in UTF-8. */
function readText(data, file) {
  const parts = [];
  const points = new Uint32Array(4096);
  let held = 0;
  for (let at = 0; at < data.length;) {
    const point = data[at] < 0x80 ? data[at] : pointAt(data, at, data.length);
    need(point >= 0, file, '', 'is not text in UTF-8');
    points[held++] = point;
    at += sizeOf(point);
    if (held === 4096 || at >= data.length) {
      parts.push(String.fromCodePoint.apply(null, points.subarray(0, held)));
      held = 0;
    }
  }
  return parts.join('');
}

/** Return the number of bytes of a code point in UTF-8. */
function sizeOf(point) {
  return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

/** Return the bytes of a text in UTF-8; a half of a pair alone is an odd byte of a file's name. */
function utf8(text) {
  const data = new Uint8Array(3 * text.length);
  let size = 0;
  for (let at = 0; at < text.length; at += 1) {
    const point = text.codePointAt(at);
    if (point < 0x80) {
      data[size++] = point;
    } else if (point < 0x800) {
      data[size++] = 0xc0 | (point >> 6);
      data[size++] = 0x80 | (point & 0x3f);
    } else if (point < 0x10000) {
      data[size++] = 0xe0 | (point >> 12);
      data[size++] = 0x80 | ((point >> 6) & 0x3f);
      data[size++] = 0x80 | (point & 0x3f);
    } else {
      at += 1; // the other half of the pair
      data[size++] = 0xf0 | (point >> 18);
      data[size++] = 0x80 | ((point >> 12) & 0x3f);
      data[size++] = 0x80 | ((point >> 6) & 0x3f);
      data[size++] = 0x80 | (point & 0x3f);
    }
  }
  return data.slice(0, size);
}

// =====================================================================================
// shapes: what a document may look like, before anything is read from it
// =====================================================================================

/** A value has not the shape it should have; the path is gathered from the inside out. */
class Wrong {
  constructor(what, ...path) {
    this.what = what;
    this.path = path;
  }

  /** Return the path as text, such as `items[0].rate`. */
  place() {
    let text = '';
    for (const part of this.path.slice().reverse()) {
      if (typeof part === 'number') text += `[${part}]`;
      else text += text ? '.' + part : part;
    }
    return text;
  }
}

/** Apply a rule to what lies inside a value; `part` is the way there. */
function inside(rule, value, part) {
  try {
    rule(value);
  } catch (wrong) {
    if (wrong instanceof Wrong) wrong.path.push(part);
    throw wrong;
  }
}

/** Return a rule: an object with exactly these fields. */
function obj(fields, optional = {}) {
  const names = Object.keys(fields);
  const rules = new Map(Object.entries(Object.assign({}, optional, fields)));
  return (value) => {
    if (!(value instanceof Rec)) throw new Wrong(`must be an object, is ${show(value)}`);
    const missing = names.filter((name) => value[name] === undefined);
    if (missing.length) throw new Wrong('is missing', sorted(missing)[0]);
    const odd = [];
    for (const name in value) if (!rules.has(name)) odd.push(name);
    if (odd.length) throw new Wrong('is not a field of this format', sorted(odd)[0]);
    for (const name in value) inside(rules.get(name), value[name], name);
  };
}

/** Return a rule: an object whose keys and values keep these rules. */
function table(keyRule, rule) {
  return (value) => {
    if (!(value instanceof Rec)) throw new Wrong(`must be an object, is ${show(value)}`);
    for (const name of keysOf(value)) {
      inside(keyRule, name, name);
      inside(rule, value[name], name);
    }
  };
}

/** Return a rule: a list of such items. */
function arr(rule) {
  return (value) => {
    if (!Array.isArray(value)) throw new Wrong(`must be a list, is ${show(value)}`);
    for (let index = 0; index < value.length; index += 1) inside(rule, value[index], index);
  };
}

/** Return a rule: a list of exactly these items. */
function tup(...rules) {
  return (value) => {
    if (!Array.isArray(value) || value.length !== rules.length) {
      throw new Wrong(`must be a list of ${rules.length}, is ${show(value)}`);
    }
    rules.forEach((rule, index) => inside(rule, value[index], index));
  };
}

/** Return a rule: a list of such texts, sorted, none twice. */
function asc(rule) {
  const all = arr(rule);
  return (value) => {
    all(value);
    for (let index = 1; index < value.length; index += 1) {
      if (compare(value[index - 1], value[index]) >= 0) {
        throw new Wrong('must be sorted, none twice', index);
      }
    }
  };
}

/** Return a rule: a list of such texts, none twice. */
function eachOnce(rule) {
  const all = arr(rule);
  return (value) => {
    all(value);
    if (new Set(value).size !== value.length) throw new Wrong('names something twice');
  };
}

const LONGEST = 1000000; // letters of a text
const NESTED = 100; // lists and objects inside one another, where any value may stand

/** Rule: a text that every reader can hold. */
function notTooLong(value) {
  if (value.length > LONGEST && pointsIn(value) > LONGEST) {
    throw new Wrong(`is longer than ${LONGEST} letters`);
  }
}

/** Return a rule: a text, of the pattern if one is given. */
function text(pattern = '', what = 'text') {
  const whole_text = pattern && new RegExp(`^(?:${pattern})$`);
  return (value) => {
    if (typeof value !== 'string' || (whole_text && !whole_text.test(value))) {
      throw new Wrong(`must be ${what}, is ${show(value)}`);
    }
    notTooLong(value);
  };
}

/** Return a rule: an integer in these bounds. */
function whole(low = 0, high = MAX_INTEGER) {
  return (value) => {
    if (typeof value !== 'number' || value < low || value > high) {
      throw new Wrong(`must be a whole number from ${low} to ${high}, is ${show(value)}`);
    }
  };
}

/** Return a rule: one of these values. */
function oneOf(...values) {
  return (value) => {
    if (!values.includes(value)) {
      throw new Wrong(`must be one of ${show(values)}, is ${show(value)}`);
    }
  };
}

/** Return a rule: null or such a value. */
function nullOr(rule) {
  return (value) => {
    if (value !== null) rule(value);
  };
}

/** Rule: true or false. */
function boolean(value) {
  if (typeof value !== 'boolean') throw new Wrong(`must be true or false, is ${show(value)}`);
}

/** Rule: any value, not too long or deep; information that nothing is computed from. */
function anything(value) {
  let level = [value];
  for (let depth = 0; level.length; depth += 1) {
    for (const item of level) {
      const texts = item instanceof Rec ? keysOf(item) : [item];
      for (const some of texts) if (typeof some === 'string') notTooLong(some);
    }
    const nested = level.filter((item) => Array.isArray(item) || item instanceof Rec);
    if (nested.length && depth === NESTED) throw new Wrong(`is nested more than ${NESTED} deep`);
    level = [];
    for (const item of nested) {
      for (const inner of Array.isArray(item) ? item : Object.values(item)) level.push(inner);
    }
  }
}

const TEXT = text();
const HEX = text('[0-9a-f]{64}', '64 lower-case hex digits');
const CAMPAIGN = text('[0-9a-z-]{1,60}', "a campaign's id");
const OTHER_HASH = oneOf(SM3.name); // SHA-256 goes without saying
const ENTERPRISE = text('[0-9A-Z-]{1,55}', "an enterprise's id");
const ID = text('[0-9A-Za-z-]{1,40}', 'an id');
const CHECK_ID = text('[0-9A-Za-z-]{1,100}', "a check's id");
const VISIT_ID = text('V[0-9]{6,}', "a visit's id");
const RATIO = text('(0|[1-9][0-9]{0,14})(/[1-9][0-9]{0,14})?', 'a fraction such as 3/100');
const DECIMAL = text('-?(0|[1-9][0-9]*)\\.[0-9]{6}', 'a decimal with 6 places');

// -------------------------------------------------------------------------------------
// days: ordinals as Python counts them, 0001-01-01 being 1
// -------------------------------------------------------------------------------------

const LAST_DAY = 3652059; // 9999-12-31
const MONTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const DAYS = new Map();

/** Return the number of days of a month. */
function daysIn(year, month) {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && leap ? 29 : MONTHS[month - 1];
}

/** Return the ordinal of a day, or 0 where there is no such day. */
function ordinal(year, month, day) {
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return 0;
  const y = year - 1;
  let number = y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + day;
  for (let m = 1; m < month; m += 1) number += daysIn(year, m);
  return number;
}

/** Return year, month and day of an ordinal. */
function civil(number) {
  let year = Math.floor((number - 1) / 365.2425) + 1;
  while (number < ordinal(year, 1, 1)) year -= 1;
  while (number >= ordinal(year + 1, 1, 1)) year += 1;
  if (year > 9999) throw new Senseless('ValueError', `year ${year} is out of range`);
  let day = number - ordinal(year, 1, 1) + 1;
  let month = 1;
  for (; day > daysIn(year, month); month += 1) day -= daysIn(year, month);
  return [year, month, day];
}

/** Return an ordinal as text, such as 2026-03-01. */
function isoDay(number) {
  const [year, month, day] = civil(number);
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
}

/** Return a number with two digits. */
function two(number) {
  return String(number).padStart(2, '0');
}

/** Return the ordinal of an ISO date. */
function dayNumber(value) {
  let number = DAYS.get(value);
  if (number === undefined) {
    if (typeof value !== 'string' || !/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(value)) {
      throw new Wrong(`must be a date such as 2026-03-01, is ${show(value)}`);
    }
    number = ordinal(+value.slice(0, 4), +value.slice(5, 7), +value.slice(8));
    if (!number) throw new Wrong(`is no date: ${show(value)}`);
    if (DAYS.size < 100000) DAYS.set(value, number);
  }
  return number;
}

/** Rule: an ISO date. */
function aDay(value) {
  dayNumber(value);
}

/** Rule: two dates, in order. */
function span(value) {
  tup(aDay, aDay)(value);
  if (value[0] > value[1]) throw new Wrong('must not end before it begins');
}

// -------------------------------------------------------------------------------------
// numbers: fractions and decimals
// -------------------------------------------------------------------------------------

/** Return the greatest common divisor. */
function gcd(a, b) {
  return b ? gcd(b, a % b) : a;
}

/** Return a / b, rounded down; b is above 0. */
function floorDivide(a, b) {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

/** Return a reduced fraction: numerator over denominator, which is above 0. */
function fraction(over, under) {
  const common = gcd(over, under);
  return { over: over / common, under: under / common };
}

/** Return a fraction read from a text of the shape `RATIO`. */
function readFraction(value) {
  const [over, under] = value.split('/');
  return fraction(BigInt(over), BigInt(under || '1'));
}

/** Return a fraction as text. */
function fractionText(number) {
  return number.under === 1n ? String(number.over) : `${number.over}/${number.under}`;
}

/** Return a fraction that is written reduced. */
function ratio(value, file, place) {
  const number = readFraction(value);
  need(fractionText(number) === value, file, place, `the fraction ${value} is not reduced`);
  return number;
}

/** Return millionths, not below 0, as text with 6 places. */
function decimal(millionths) {
  const number = BigInt(millionths);
  return `${number / 1000000n}.${String(number % 1000000n).padStart(6, '0')}`;
}

// =====================================================================================
// chance: sub-keys, stream, tickets
// =====================================================================================

/** A key, which everything that comes of it is hashed with the hash of. */
class Key {
  constructor(bytes, hash) {
    this.bytes = bytes;
    this.hash = hash;
  }
}

/** Return the key of one use. */
function subKey({ bytes, hash }, label, name) {
  return new Key(hash.digest(utf8(`double-random/${label}/v1:${hex(bytes)}:${name}`)), hash);
}

/** 48-bit words of a key, five from each counted block. */
class Stream {
  constructor(key) {
    this.key = key;
    this.block = 0;
    this.words = [];
  }

  /** Return the next word. */
  word() {
    if (!this.words.length) {
      const counter = new Uint8Array(8);
      let rest = this.block;
      for (let k = 7; rest; k -= 1) {
        counter[k] = rest % 256;
        rest = Math.floor(rest / 256);
      }
      const data = this.key.hash.digest(this.key.bytes, counter);
      this.block += 1;
      for (let from = 24; from >= 0; from -= 6) {
        let word = 0;
        for (let k = from; k < from + 6; k += 1) word = word * 256 + data[k];
        this.words.push(word);
      }
    }
    return this.words.pop();
  }

  /** Return a uniform integer below m, by rejection; m is at most 2^48. */
  below(m) {
    const limit = 2 ** 48 - (2 ** 48 % m);
    for (;;) {
      const word = this.word();
      if (word < limit) return word % m;
    }
  }

  /** Return a uniform integer below m of any size; over 2^48 by several words. */
  belowAny(m) {
    const words = m > 1n ? Math.ceil(bitLength(m - 1n) / 48) : 1;
    const space = 1n << BigInt(48 * words);
    for (;;) {
      let number = 0n;
      for (let k = 0; k < words; k += 1) number = (number << 48n) | BigInt(this.word());
      if (number < space - (space % m)) return number % m;
    }
  }
}

/** Hashes names behind a key whose 64 hex digits are one block, hashed once. */
class Tickets {
  constructor({ bytes, hash }) {
    this.hash = hash;
    this.midstate = new Int32Array(hash.begin);
    hash.compress(this.midstate, utf8(hex(bytes)), 0);
    this.state = new Int32Array(8);
    this.block = new Uint8Array(64);
  }

  /** Write the eight words of a name's ticket; a name is ASCII, at most 55 letters. */
  write(name, out, at) {
    const { block, state } = this;
    const length = name.length;
    for (let k = 0; k < length; k += 1) block[k] = name.charCodeAt(k);
    block[length] = 0x80;
    block.fill(0, length + 1, 62);
    block[62] = (64 + length) >> 5;
    block[63] = (64 + length) << 3;
    state.set(this.midstate);
    this.hash.compress(state, block, 0);
    for (let k = 0; k < 8; k += 1) out[at + k] = state[k];
  }
}

/** Compare two tickets of eight words each. */
function compareTickets(words, one, other) {
  for (let k = 0; k < 8; k += 1) {
    const difference = words[8 * one + k] - words[8 * other + k];
    if (difference) return difference;
  }
  return 0;
}

/** Return a ticket in hex. */
function ticketHex(words, at) {
  let digits = '';
  for (let k = 0; k < 8; k += 1) digits += words[8 * at + k].toString(16).padStart(8, '0');
  return digits;
}

/** Return the names in order of ticket, then name. */
function byTicket(key, names) {
  const words = new Uint32Array(8 * names.length);
  const tickets = new Tickets(key);
  names.forEach((name, index) => tickets.write(name, words, 8 * index));
  const order = names.map((_, index) => index);
  order.sort((a, b) => compareTickets(words, a, b) || compare(names[a], names[b]));
  return order.map((index) => names[index]);
}

// =====================================================================================
// Merkle tree (RFC 9162) and Ed25519 (RFC 8032)
// =====================================================================================

/** The lines of a text that ends in a newline: places of bytes, not copies. */
class Lines {
  constructor(data) {
    this.data = data;
    this.from = [0];
    for (let at = data.indexOf(10); at >= 0; at = data.indexOf(10, at + 1)) this.from.push(at + 1);
  }

  get length() {
    return this.from.length - 1;
  }

  /** Return the value of a line. */
  parse(index, file, place) {
    return parse(this.data, file, place, this.from[index], this.from[index + 1] - 1);
  }

  /** Return the Merkle root over the first lines. */
  root(hash, count = this.length) {
    return merkleRoot(hash, count, (hasher, k) => {
      hasher.update(this.data, this.from[k], this.from[k + 1] - 1);
    });
  }
}

/** Return the Merkle root over so many leaves; `read` lets a hasher read the data of one. */
function merkleRoot(hash, count, read) {
  if (!count) return hash.digest();
  const hasher = new Hasher(hash); // not the one that digests share: `read` may make some
  const level = new Uint8Array(32 * count);
  const leaf = Uint8Array.of(0);
  const node = Uint8Array.of(1);
  for (let k = 0; k < count; k += 1) {
    read(hasher.start().update(leaf), k);
    hasher.finish(level, 32 * k);
  }
  for (let size = count; size > 1; size = (size + 1) >> 1) {
    for (let k = 0; k + 1 < size; k += 2) {
      hasher.start().update(node).update(level, 32 * k, 32 * k + 64);
      hasher.finish(level, 16 * k);
    }
    if (size % 2) level.copyWithin(16 * (size - 1), 32 * (size - 1), 32 * size);
  }
  return level.slice(0, 32);
}

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const D = mod(-121665n * power(121666n, P - 2n));
const BASE = [
  15112221349535400772501151409588531511454012693041857206046113283949847762202n,
  46316835694926478169428394003475163141307993866256225615783033603165251855960n,
  1n,
  46827403850823179245072216630277197565144205554125654976674165829533817101731n,
];

/** Return a number of the field, not below 0. */
function mod(number) {
  const rest = number % P;
  return rest < 0n ? rest + P : rest;
}

/** Return a power in the field. */
function power(base, exponent) {
  let result = 1n;
  let square = base % P;
  for (let rest = exponent; rest; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % P;
    square = (square * square) % P;
  }
  return result;
}

/** Return the sum of two points (x, y, z, t). */
function addPoints(a, b) {
  const e = mod((a[1] - a[0]) * (b[1] - b[0]));
  const f = mod((a[1] + a[0]) * (b[1] + b[0]));
  const g = mod(2n * a[3] * b[3] * D);
  const h = mod(2n * a[2] * b[2]);
  const [p, q, r, s] = [f - e, h - g, h + g, f + e];
  return [mod(p * q), mod(r * s), mod(q * r), mod(p * s)];
}

/** Return a point twice. */
function twice([x, y, z]) {
  const [e, f] = [mod(x * x), mod(y * y)];
  const [h, g] = [e + f, e - f];
  const i = h - mod((x + y) * (x + y));
  const j = mod(2n * z * z) + g;
  return [mod(i * j), mod(g * h), mod(j * g), mod(i * h)];
}

/** Return one · a + other · b, with one row of doublings for both. */
function bothTimes(one, a, other, b) {
  const addends = [null, a, b, addPoints(a, b)];
  let result = [0n, 1n, 1n, 0n];
  for (let bit = 255n; bit >= 0n; bit -= 1n) {
    result = twice(result);
    const addend = addends[Number(((one >> bit) & 1n) + 2n * ((other >> bit) & 1n))];
    if (addend) result = addPoints(result, addend);
  }
  return result;
}

/** Return the number whose bytes these are, the lowest first. */
function littleEndian(data) {
  return BigInt('0x' + hex(Uint8Array.from(data).reverse()));
}

/** Return the point of 32 bytes, or null. */
function pointOf(data) {
  let y = littleEndian(data);
  const sign = y >> 255n;
  y &= 2n ** 255n - 1n;
  if (y >= P) return null;
  const square = mod((y * y - 1n) * power(D * y * y + 1n, P - 2n));
  let x = power(square, (P + 3n) / 8n);
  if (mod(x * x - square)) x = mod(x * power(2n, (P - 1n) / 4n));
  if (mod(x * x - square) || (x === 0n && sign)) return null;
  if ((x & 1n) !== sign) x = P - x;
  return [x, y, 1n, mod(x * y)];
}

/** Return whether an Ed25519 signature holds (RFC 8032, 5.1.7, without cofactor). */
function ed25519Holds(publicKey, message, signature) {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const key = pointOf(publicKey);
  const commitment = pointOf(signature.subarray(0, 32));
  const scalar = littleEndian(signature.subarray(32));
  if (!key || !commitment || scalar >= L) return false;
  const hashed = littleEndian(sha512(signature.subarray(0, 32), publicKey, message)) % L;
  const left = bothTimes(scalar, BASE, hashed, [P - key[0], key[1], key[2], P - key[3]]);
  return mod(left[0] - commitment[0] * left[2]) === 0n
    && mod(left[1] - commitment[1] * left[2]) === 0n;
}

// =====================================================================================
// BLS12-381: the signatures of drand's rounds (RFC 9380, draft-irtf-cfrg-bls-signature)
// =====================================================================================

// Numbers of Fp² are pairs [a, b], a + b·u with u² = -1; those of Fp have b = 0. Points are in
// Jacobian coordinates [x, y, z] over Fp². Fp⁶ is Fp²[v], v³ = 1 + u; Fp¹² is Fp⁶[w], w² = v.

const BLS_X = 0xd201000000010000n; // the curve's parameter is -BLS_X
const BLS_R = BLS_X ** 4n - BLS_X ** 2n + 1n; // the groups' order
const BLS_P = (BLS_X + 1n) ** 2n * BLS_R / 3n - BLS_X; // x ↦ (x - 1)²(x⁴ - x² + 1)/3 + x at -BLS_X
const NIL = [0n, 0n];
const UNIT = [1n, 0n];

/** Return a number below p. */
function rest(number) {
  const left = number % BLS_P;
  return left < 0n ? left + BLS_P : left;
}

/** Return a power below p. */
function restPower(base, exponent) {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % BLS_P;
    if (bit === '1') result = (result * base) % BLS_P;
  }
  return result;
}

/** Return 1 / number below p, by Euclid's algorithm. */
function restInverse(number) {
  let [low, high, a, b] = [rest(number), BLS_P, 1n, 0n];
  while (low > 1n) {
    const times = high / low;
    [low, high, a, b] = [high - times * low, low, b - times * a, a];
  }
  return rest(a);
}

const add2 = (a, b) => [rest(a[0] + b[0]), rest(a[1] + b[1])];
const sub2 = (a, b) => [rest(a[0] - b[0]), rest(a[1] - b[1])];
const mul2 = (a, b) => {
  const [low, high] = [a[0] * b[0], a[1] * b[1]];
  return [rest(low - high), rest((a[0] + a[1]) * (b[0] + b[1]) - low - high)];
};
const sqr2 = (a) => [rest((a[0] + a[1]) * (a[0] - a[1])), rest(2n * a[0] * a[1])];
const scale2 = (k, a) => [rest(k * a[0]), rest(k * a[1])];
const bar2 = (a) => [a[0], rest(-a[1])];
const same2 = (a, b) => a[0] === b[0] && a[1] === b[1];
const twist2 = (a) => [rest(a[0] - a[1]), rest(a[0] + a[1])]; // (1 + u)·a

/** Return 1 / a. */
function inv2(a) {
  return scale2(restInverse(a[0] * a[0] + a[1] * a[1]), bar2(a));
}

/** Return a power. */
function pow2(a, exponent) {
  let result = UNIT;
  for (const bit of exponent.toString(2)) {
    result = sqr2(result);
    if (bit === '1') result = mul2(result, a);
  }
  return result;
}

/** Return a square root in the field of this degree, or null. */
function root2(a, degree) {
  let found;
  if (degree === 1) {
    found = [restPower(a[0], (BLS_P + 1n) / 4n), 0n];
  } else { // Adj and Rodríguez-Henríquez 2012, algorithm 9
    const part = pow2(a, (BLS_P - 3n) / 4n);
    const near = mul2(part, a);
    const sign = mul2(part, near);
    found = same2(sign, [BLS_P - 1n, 0n]) ? [rest(-near[1]), near[0]]
      : mul2(pow2(add2(UNIT, sign), (BLS_P - 1n) / 2n), near);
  }
  return same2(sqr2(found), a) ? found : null;
}

/** Return a point twice. */
function doubleOn([x, y, z]) {
  const [a, b] = [sqr2(x), sqr2(y)];
  const c = sqr2(b);
  const d = scale2(2n, sub2(sub2(sqr2(add2(x, b)), a), c));
  const e = scale2(3n, a);
  const across = sub2(sqr2(e), scale2(2n, d));
  return [across, sub2(mul2(e, sub2(d, across)), scale2(8n, c)), scale2(2n, mul2(y, z))];
}

/** Return the sum of two points. */
function addOn(one, other) {
  if (same2(one[2], NIL)) return other;
  if (same2(other[2], NIL)) return one;
  const [z1, z2] = [sqr2(one[2]), sqr2(other[2])];
  const [u1, u2] = [mul2(one[0], z2), mul2(other[0], z1)];
  const [s1, s2] = [mul2(one[1], mul2(z2, other[2])), mul2(other[1], mul2(z1, one[2]))];
  if (same2(u1, u2)) return same2(s1, s2) ? doubleOn(one) : [UNIT, UNIT, NIL];
  const [h, r] = [sub2(u2, u1), sub2(s2, s1)];
  const h2 = sqr2(h);
  const [h3, v] = [mul2(h, h2), mul2(u1, h2)];
  const x = sub2(sub2(sqr2(r), h3), scale2(2n, v));
  return [x, sub2(mul2(r, sub2(v, x)), mul2(s1, h3)), mul2(h, mul2(one[2], other[2]))];
}

/** Return a multiple of a point. */
function timesOn(number, point) {
  let result = [UNIT, UNIT, NIL];
  for (const bit of number.toString(2)) {
    result = doubleOn(result);
    if (bit === '1') result = addOn(result, point);
  }
  return result;
}

/** Return a point as [x, y], or null at infinity. */
function flat([x, y, z]) {
  if (same2(z, NIL)) return null;
  const over = inv2(z);
  const square = sqr2(over);
  return [mul2(x, square), mul2(y, mul2(square, over))];
}

const minusOn = ([x, y]) => [x, sub2(NIL, y)];
const bigEndian = (data) => BigInt('0x' + hex(data));

/**
 * Return the point [x, y] of 48 or 96 bytes in the group over Fp or Fp², or null.
 *
 * Only the one compressed form counts; the point at infinity and points outside the subgroup of
 * prime order are none.
 */
function blsPoint(data, degree) {
  if (data.length !== 48 * degree || data[0] >> 6 !== 2) return null;
  const first = bigEndian(data.slice(0, 48)) & ((1n << 381n) - 1n);
  const x = degree === 1 ? [first, 0n] : [bigEndian(data.slice(48)), first];
  if (x[0] >= BLS_P || x[1] >= BLS_P) return null;
  let y = root2(add2(mul2(sqr2(x), x), degree === 1 ? [4n, 0n] : [4n, 4n]), degree);
  if (!y) return null;
  const half = (BLS_P - 1n) / 2n;
  const greater = y[1] ? y[1] > half : y[0] > half;
  if (greater !== Boolean(data[0] & 0x20)) y = sub2(NIL, y);
  return flat(timesOn(BLS_R, [x, y, UNIT])) ? null : [x, y];
}

/** Return expand_message_xmd with SHA-256 (RFC 9380, 5.3.1). */
function expandMessage(message, tag, length) {
  const end = Uint8Array.of(...tag, tag.length);
  const size = Uint8Array.of(length >> 8, length & 255, 0);
  const head = SHA256.digest(new Uint8Array(64), message, size, end);
  const made = new Uint8Array(length);
  let block = new Uint8Array(32);
  for (let at = 0; at < length; at += 32) {
    const mixed = block.map((byte, k) => byte ^ head[k]);
    block = SHA256.digest(mixed, Uint8Array.of(at / 32 + 1), end);
    made.set(block.subarray(0, length - at), at);
  }
  return made;
}

// Of each group, as RFC 9380, 8.8 has them: A, B and Z of the curve that SSWU maps to and the
// cofactor. Then of the isogeny from there its degree, the polynomial of its kernel, and what it
// multiplies the differential with: Kohel's formulas make of these the tables of E.2 and E.3.
const GROUPS = {
  1: {
    a: [BigInt('0x144698a3b8e9433d693a02c96d4982b0ea985383ee66a8d8e8981aefd881ac98936f8da0e0f97f5c'
      + 'f428082d584c1d'), 0n],
    b: [BigInt('0x12e2908d11688030018b12e8753eee3b2016c1f0f24f4070a0b9c14fcef35ef55a23215a316ceaa5'
      + 'd1cc48e98e172be0'), 0n],
    z: [11n, 0n],
    cofactor: BLS_X + 1n,
    degree: 11n,
    scale: 11n,
    kernel: [
      ['133341fb0962a34cb0504a9c4fada0a5090d38679b4c040d5d1c3afb023a3409',
        'fcc0815fea66d8b02bbef9c8b5a66e07'],
      ['0264908af037bcede00d054cf5d4775e83eb6cf63c76b969f8ed174fb59fcff7',
        '8d201f46f6cfc4ed6552e59ce75177b0'],
      ['1335c502c1f54c49aceea65e87fd7203ba0f626f305fc0cfd606a5dae9f3c8e8',
        '1a4b3b69600129fabd307c69bf319d39'],
      ['094440f65f408a6e930e16e3e92dd17bf60d6e9679a8d3d58593de55ac23703042d609537eb3549aac234d89',
        '6ca82944'],
      ['04afe09d5cf4956a23b6b71f59d2b3407b415a774b7be81bbb6fa99cbc798e0ac98ba725a5bc328016b1c268',
        'b4766e85'],
    ].map((halves) => [BigInt('0x' + halves.join('')), 0n]),
  },
  2: {
    a: [0n, 240n],
    b: [1012n, 1012n],
    z: [BLS_P - 2n, BLS_P - 1n],
    cofactor: BigInt('0x'
      + 'bc69f08f2ee75b3584c6a0ea91b352888e2a8e9145ad7689986ff031508ffe1329c2f178731db956'
      + 'd82bf015d1212b02ec0ec69d7477c1ae954cbc06689f6a359894c0adebbf6b4e8020005aaa95551'),
    degree: 3n,
    scale: -3n,
    kernel: [[6n, BLS_P - 6n]],
  },
};

const isogenies = new Map();

/** Return numerator, its derivative, kernel and its derivative, each a list of coefficients. */
function isogeny(which) {
  if (isogenies.has(which)) return isogenies.get(which);
  const { a, b, degree, kernel } = GROUPS[which];
  const times = (p, q) => {
    const made = Array.from({ length: p.length + q.length - 1 }, () => NIL);
    p.forEach((c, i) => q.forEach((d, j) => { made[i + j] = add2(made[i + j], mul2(c, d)); }));
    return made;
  };
  const plus = (...many) => Array.from({ length: Math.max(...many.map((p) => p.length)) },
    (_, k) => many.reduce((sum, p) => (p[k] ? add2(sum, p[k]) : sum), NIL));
  const by = (k, p) => p.map((c) => scale2(k, c));
  const slope = (p) => p.slice(1).map((c, k) => scale2(BigInt(k + 1), c));
  const k0 = [...kernel, UNIT];
  const k1 = slope(k0);
  const k2 = k1.length > 1 ? slope(k1) : [NIL];
  const trace = [scale2(2n, kernel[kernel.length - 1]), [degree, 0n]]; // degree·x - 2·sum of roots
  const numerator = by(restInverse(degree * degree), plus(
    times(trace, times(k0, k0)),
    by(-2n, times([a, NIL, [3n, 0n]], times(k1, k0))),
    by(4n, times([b, a, NIL, UNIT], plus(times(k1, k1), by(-1n, times(k0, k2))))),
  ));
  const made = [numerator, slope(numerator), k0, k1];
  isogenies.set(which, made);
  return made;
}

/** Return the point of a number of the field: simplified SWU, then the isogeny. */
function mapToCurve(u, which) {
  const { a, b, z, scale } = GROUPS[which];
  const right = (x) => add2(mul2(add2(sqr2(x), a), x), b);
  const odd = (c) => (c[0] || c[1]) & 1n;
  const zu = mul2(z, sqr2(u));
  const divisor = add2(sqr2(zu), zu);
  let x = same2(divisor, NIL) ? mul2(b, inv2(mul2(z, a)))
    : mul2(mul2(sub2(NIL, b), inv2(a)), add2(UNIT, inv2(divisor)));
  let y = root2(right(x), which);
  if (!y) {
    x = mul2(zu, x);
    y = root2(right(x), which);
  }
  if (odd(y) !== odd(u)) y = sub2(NIL, y);
  const at = (p) => p.reduceRight((sum, c) => add2(mul2(sum, x), c), NIL);
  const [n, n1, k, k1] = isogeny(which).map(at);
  if (same2(k, NIL)) return [UNIT, UNIT, NIL];
  // (n/k², y·(n/k²)'/scale), whose z is k.
  const y2 = scale2(restInverse(scale), mul2(y, sub2(mul2(n1, k), scale2(2n, mul2(n, k1)))));
  return [n, y2, k];
}

/** Return the point [x, y] of a message (RFC 9380: SHA-256, SSWU, random oracle), or null. */
function hashToCurve(message, tag, which) {
  const data = expandMessage(message, tag, 128 * which);
  const number = (k) => rest(bigEndian(data.slice(64 * k, 64 * k + 64)));
  const [one, other] = which === 1 ? [[number(0), 0n], [number(1), 0n]]
    : [[number(0), number(1)], [number(2), number(3)]];
  return flat(timesOn(
    GROUPS[which].cofactor, addOn(mapToCurve(one, which), mapToCurve(other, which))));
}

const add6 = (a, b) => a.map((c, k) => add2(c, b[k]));
const sub6 = (a, b) => a.map((c, k) => sub2(c, b[k]));
const shift6 = ([a, b, c]) => [twist2(c), a, b]; // v·a
const mul6 = ([a0, a1, a2], [b0, b1, b2]) => {
  const [t0, t1, t2] = [mul2(a0, b0), mul2(a1, b1), mul2(a2, b2)];
  const cross = (c, d, e, f, p, q) => sub2(sub2(mul2(add2(c, d), add2(e, f)), p), q);
  return [
    add2(t0, twist2(cross(a1, a2, b1, b2, t1, t2))),
    add2(cross(a0, a1, b0, b1, t0, t1), twist2(t2)),
    add2(cross(a0, a2, b0, b2, t0, t2), t1),
  ];
};
const inv6 = ([a, b, c]) => {
  const made = [
    sub2(sqr2(a), twist2(mul2(b, c))), sub2(twist2(sqr2(c)), mul2(a, b)), sub2(sqr2(b), mul2(a, c)),
  ];
  const norm = add2(mul2(a, made[0]), twist2(add2(mul2(c, made[1]), mul2(b, made[2]))));
  const over = inv2(norm);
  return made.map((d) => mul2(d, over));
};
const ONE12 = [[UNIT, NIL, NIL], [NIL, NIL, NIL]];
const mul12 = ([a, b], [c, d]) => {
  const [low, high] = [mul6(a, c), mul6(b, d)];
  return [
    add6(low, shift6(high)), sub6(sub6(mul6(add6(a, b), add6(c, d)), low), high),
  ];
};
const bar12 = ([a, b]) => [a, b.map((c) => sub2(NIL, c))]; // the power p⁶
const inv12 = ([a, b]) => {
  const over = inv6(sub6(mul6(a, a), shift6(mul6(b, b))));
  return [mul6(a, over), bar12([a, mul6(b, over)])[1]];
};

/** Return the power p. */
function frobenius(f) {
  const turn = pow2([1n, 1n], (BLS_P - 1n) / 6n); // w^p = turn·w
  const moved = [[], []];
  let factor = UNIT;
  for (let k = 0; k < 6; k += 1) {
    moved[k % 2].push(mul2(bar2(f[k % 2][k >> 1]), factor));
    factor = mul2(factor, turn);
  }
  return moved;
}

/** Return the power of the curve's parameter, of a number whose inverse is its bar. */
function power12(f) {
  let result = ONE12;
  for (const bit of BLS_X.toString(2)) {
    result = mul12(result, result);
    if (bit === '1') result = mul12(result, f);
  }
  return bar12(result);
}

/** Return whether the product of e(p, q) is 1, with one final power for all. */
function pairingsCancel(pairs) {
  const at = pairs.map(([, q]) => q);
  let f = ONE12;
  const step = (k, [x, y], rise, run) => {
    const slope = mul2(rise, inv2(run));
    const [here, [px, py]] = [at[k], pairs[k][0]];
    // The line through `here` at p, times w³, which the final power takes to 1.
    f = mul12(f, [
      [sub2(mul2(slope, here[0]), here[1]), scale2(-px[0], slope), NIL], [NIL, py, NIL]]);
    const across = sub2(sub2(sqr2(slope), here[0]), x);
    at[k] = [across, sub2(mul2(slope, sub2(x, across)), y)];
  };
  for (const bit of BLS_X.toString(2).slice(1)) {
    f = mul12(f, f);
    pairs.forEach((_, k) => step(k, at[k], scale2(3n, sqr2(at[k][0])), scale2(2n, at[k][1])));
    if (bit === '1') {
      pairs.forEach(([, q], k) => step(k, q, sub2(q[1], at[k][1]), sub2(q[0], at[k][0])));
    }
  }
  f = mul12(bar12(f), inv12(f)); // p⁶ - 1
  f = mul12(frobenius(frobenius(f)), f); // p² + 1
  // Three times the rest: (x - 1)²(x + p)(x² + p² - 1) + 3 (Hayashida, Hayasaka, Teruya 2020).
  let g = f;
  for (let k = 0; k < 2; k += 1) g = mul12(power12(g), bar12(g));
  g = mul12(power12(g), frobenius(g));
  g = mul12(mul12(power12(power12(g)), frobenius(frobenius(g))), bar12(g));
  g = mul12(g, mul12(mul12(f, f), f));
  return [0, 1].every((k) => g[k].every((c, j) => same2(c, ONE12[k][j])));
}

/** Return the number of hex digits in parts. */
const hexNumber = (...digits) => BigInt('0x' + digits.join(''));
const G1 = [
  [hexNumber(
    '17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905',
    'a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb',
  ), 0n],
  [hexNumber(
    '08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af6',
    '00db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1',
  ), 0n],
];
const G2 = [
  [hexNumber(
    '024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02',
    'b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8',
  ), hexNumber(
    '13e02b6052719f607dacd3a088274f65596bd0d09920b61a',
    'b5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e',
  )],
  [hexNumber(
    '0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a7',
    '6d429a695160d12c923ac9cc3baca289e193548608b82801',
  ), hexNumber(
    '0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af',
    '267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be',
  )],
];

// drand's schemes: degree of the field of the signatures' group, whether a round signs the one
// before. The closed scheme bls-unchained-on-g1 signs on G1 with the tag of G2, against RFC 9380:
// it is not accepted.
const DRAND_SCHEMES = new Map([
  ['pedersen-bls-chained', [2, true]],
  ['pedersen-bls-unchained', [2, false]],
  ['bls-unchained-g1-rfc9380', [1, false]],
]);
const drandRounds = new Map();

/** Return whether a round of a drand chain is signed by the chain's key. `number` is a BigInt. */
function drandHolds(scheme, key, number, signature, before) {
  const asked = [scheme, hex(key), number, hex(signature), hex(before)].join(' ');
  if (!drandRounds.has(asked)) {
    if (drandRounds.size > 63) drandRounds.clear();
    drandRounds.set(asked, drandSigned(scheme, key, number, signature, before));
  }
  return drandRounds.get(asked);
}

function drandSigned(scheme, key, number, signature, before) {
  const [degree, chained] = DRAND_SCHEMES.get(scheme) || [0, false];
  if (!degree || number < 1n || number >> 64n || chained !== before.length > 0) return false;
  const [signed, known] = [blsPoint(signature, degree), blsPoint(key, 3 - degree)];
  if (!signed || !known) return false;
  const round = Uint8Array.from(number.toString(16).padStart(16, '0').match(/../g),
    (byte) => parseInt(byte, 16));
  const tag = utf8(`BLS_SIG_BLS12381G${degree}_XMD:SHA-256_SSWU_RO_NUL_`);
  const hashed = hashToCurve(SHA256.digest(before, round), tag, degree);
  if (!hashed) return false;
  return pairingsCancel(degree === 1 ? [[minusOn(signed), G2], [hashed, known]]
    : [[minusOn(G1), signed], [known, hashed]]);
}

// =====================================================================================
// SM2 signatures with SM3 (GB/T 32918.2-2016), on the curve of GB/T 32918.5-2017
// =====================================================================================

const SM2_P = 2n ** 256n - 2n ** 224n - 2n ** 96n + 2n ** 64n - 1n;
const SM2_N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
const SM2_A = SM2_P - 3n;
const SM2_B = 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n;
const SM2_G = [
  0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
];
// Who signs, as GM/T 0009-2012 says where nobody else is named.
const SM2_ID = utf8('1234567812345678');

/** Return a number modulo the curve's prime, not below 0. */
function sm2Mod(number) {
  const rest = number % SM2_P;
  return rest < 0n ? rest + SM2_P : rest;
}

/** Return a number's inverse modulo the curve's prime, by Euclid's algorithm. */
function sm2Inverse(number) {
  let [one, other] = [sm2Mod(number), SM2_P];
  let [mine, its] = [1n, 0n];
  while (other) {
    const times = one / other;
    [one, other] = [other, one - times * other];
    [mine, its] = [its, mine - times * its];
  }
  return sm2Mod(mine);
}

/** Return the sum of two points [x, y]; null is the point at infinity. */
function sm2Add(a, b) {
  if (!a || !b) return a || b;
  let slope;
  if (a[0] === b[0]) {
    if (sm2Mod(a[1] + b[1]) === 0n) return null;
    slope = sm2Mod((3n * a[0] * a[0] + SM2_A) * sm2Inverse(2n * a[1]));
  } else {
    slope = sm2Mod((b[1] - a[1]) * sm2Inverse(b[0] - a[0]));
  }
  const x = sm2Mod(slope * slope - a[0] - b[0]);
  return [x, sm2Mod(slope * (a[0] - x) - a[1])];
}

/** Return 32 bytes of a number, the highest first. */
function bytes32(number) {
  return unhex(number.toString(16).padStart(64, '0'));
}

/** Return the point of a public key, 04 ‖ x ‖ y, or null if it is none of the curve. */
function sm2Point(publicKey) {
  if (publicKey.length !== 65 || publicKey[0] !== 4) return null;
  const [x, y] = [bigEndian(publicKey.subarray(1, 33)), bigEndian(publicKey.subarray(33))];
  if (x >= SM2_P || y >= SM2_P || sm2Mod(y * y - (x * x + SM2_A) * x - SM2_B)) return null;
  return [x, y]; // the curve's order is prime: every point of it but infinity will do
}

/** Return what is signed: SM3(Z ‖ message), Z = SM3(bits of id ‖ id ‖ a ‖ b ‖ G ‖ public). */
function sm2Hash(publicKey, message, signer = SM2_ID) {
  const bits = 8 * signer.length;
  const curve = [SM2_A, SM2_B, ...SM2_G].map(bytes32);
  const z = SM3.digest(Uint8Array.of(bits >> 8, bits), signer, ...curve, publicKey.subarray(1));
  return SM3.digest(z, message);
}

/** Return whether a signature r ‖ s, 32 bytes each, holds (GB/T 32918.2-2016, 7.1). */
function sm2Holds(publicKey, message, signature, signer = SM2_ID) {
  const key = sm2Point(publicKey);
  if (!key || signature.length !== 64) return false;
  const [r, s] = [bigEndian(signature.subarray(0, 32)), bigEndian(signature.subarray(32))];
  const times = (r + s) % SM2_N;
  if (!(r > 0n && r < SM2_N && s > 0n && s < SM2_N && times)) return false;
  // s · G + times · key, with one row of doublings for both.
  const addends = [null, SM2_G, key, sm2Add(SM2_G, key)];
  let found = null;
  for (let bit = 255n; bit >= 0n; bit -= 1n) {
    found = sm2Add(found, found);
    found = sm2Add(found, addends[Number(((s >> bit) & 1n) + 2n * ((times >> bit) & 1n))]);
  }
  if (!found) return false;
  const hashed = bigEndian(sm2Hash(publicKey, message, signer));
  return (hashed + found[0]) % SM2_N === r;
}

// =====================================================================================
// reading: a folder, or documents in memory
// =====================================================================================

/** A file's bytes, and their digests once somebody asks. */
class Held {
  constructor(bytes) {
    this.bytes = bytes;
    this.digests = new Map();
  }

  digest(hash) {
    if (!this.digests.has(hash)) this.digests.set(hash, hash.hex(this.bytes));
    return this.digests.get(hash);
  }
}

/** A publication in memory: path → `Held`; without bytes where nothing but the digest is asked. */
class Memory {
  constructor(files) {
    this.files = files;
  }

  /** Return all paths. */
  names() {
    return sorted(this.files.keys());
  }

  /** Return a file. */
  read(name) {
    const held = this.files.get(name);
    if (!held) throw new Fault(name, '', 'cannot be read: no such file');
    return held;
  }

  /** Return a file's digest. */
  digest(name, hash) {
    return this.read(name).digest(hash);
  }

  /** Nothing more will be asked of a file. */
  forget() {}
}

/** Return whether a document is read, not only hashed. */
function isRead(name) {
  return /^(transcript|ledger)\/|^(manifest|summary)\.json$/.test(name);
}

/** What has been read and recomputed so far; each section adds to it. */
class Books {
  constructor(source, vkey) {
    this.source = source;
    this.vkey = vkey;
    this.seen = []; // earlier checkpoints that somebody kept
    this.witnesses = []; // verifier keys of whom has cosigned one of them
    this.file = ''; // what is being checked, for faults nobody foresaw
    this.hash = SHA256; // until the manifest names another
    this.listed = SHA256; // what the manifest's own digests are made with
    this.campaign = '';
    this.alone = false; // only the plan: no frame, sample, roster or ledger to compare with
    this.files = null;
    this.digests = new Map();
    this.bodies = new Map();
    this.rows = new Map(); // line of each of these entries
    this.course = new Course();
    this.secret = null; // once it is opened
    this.substitutes = []; // index in the ledger, body
    this.proof = null; // where one enterprise's proof is checked
    this.tree = null; // size and root of the checkpoint in it
    this.stand_ins = []; // the same of inspectors
    this.rounds = []; // of odds
    this.version = 1; // of the plan: what the ledger asks for
    this.parent = ''; // digest of the plan before
    this.exchanged = []; // line, checks in turn, their order and enterprise
    this.final = null; // once all draws are checked
    this.ofFirst = true; // while the first draw of the first odds is looked at
    this.turn = 0; // which of the draws from the odds
    this.rest = null; // odds of what these draws left
    this.times = new Map(); // of the ledger's entries, in microseconds since 1970
    this.rolled = []; // what seeds showed so far
    this.kept = new Set(); // documents of earlier commitments
    this.doc = new Map();
    this.frame = null;
    this.strata = null;
    this.combinations = []; // strata that enterprises are in, and how many
    this.weights = new Map(); // by place in the frame, where an order draws by them
    this.stood = []; // by place in the frame, its combination
    this.earlier = []; // draws before this one, and which count
    this.standsAlone = false; // another draw, without its ledger
    this.separate = []; // draws whose samples are planned here too
    this.campaigns = []; // of other draws
    this.sampled = new Map();
    this.own_plans = 0; // planned checks that no draw made
    this.onsite = new Map();
    this.problem = null;
    this.visits = [];
    this.due = [];
    this.before = new Map(); // person → days drawn before the odds of this round
  }

  /** Return whether what was drawn waits for opening. */
  get shut() {
    const spec = this.doc.get('spec.json');
    const sealed = spec === undefined ? this.course.sealed : spec.mode === 'sealed';
    // Another draw is taken in whole: nothing of it waits.
    return sealed && this.secret === null && !this.alone && !this.standsAlone;
  }

  /** Return what a section waits for, in words, or nothing. */
  waiting(section) {
    const kind = NEEDS.get(section);
    if (this.alone || kind === undefined) return '';
    if (!this.bodies.has(kind)) return `waits: ${kind} is not in the ledger yet`;
    return this.shut && !TOLD_SHUT.includes(section) ? 'waits for opening' : '';
  }

  /** Return what a publication under way waits for, or why it is void. */
  state() {
    if (this.alone) return null;
    if (this.course.void) {
      return rec([['stage', 'void'], ['reason', this.bodies.get('void').reason]], Made);
    }
    const waits = [];
    if (this.shut) waits.push(this.course.sealed ? 'open' : 'seal');
    if (!this.course.whole()) waits.push(this.course.line()[0]);
    return waits.length ? rec([['stage', 'under way'], ['waits', waits]], Made) : null;
  }

  /** Return a file's bytes; its digest must be the manifest's. */
  data(name) {
    this.file = name;
    const held = this.source.read(name);
    const found = held.digest(this.hash);
    if (this.files && this.files[name] !== undefined) {
      same(held.digest(this.listed), this.files[name], name, '', 'digest (manifest.json)');
    }
    this.digests.set(name, found);
    return held.bytes;
  }

  /**
   * Read a document of `transcript/`, check its shape, format and campaign.
   *
   * With `old`, `rule` is the shape of the second version and `old` that of the first.
   */
  open(name, rule, form, old = null) {
    const path = 'transcript/' + name;
    const value = parse(this.data(path), path);
    let wanted = `double-random/${form}/v1`;
    let shape = rule;
    if (old && value instanceof Rec) {
      if (value.format === wanted) {
        shape = old;
      } else {
        wanted = wanted.slice(0, -1) + '2';
        same(get(value, 'format'), wanted, path, 'format', 'format');
      }
    }
    this.shape(path, value, shape);
    same(value.format, wanted, path, 'format', 'format');
    same(value.campaign, this.campaign, path, 'campaign', 'campaign');
    this.doc.set(name, value);
    return value;
  }

  /** Return the key that a document writes in hex. */
  key(written) {
    return new Key(unhex(written), this.hash);
  }

  /** Check that a document names the hash; SHA-256 goes without saying. */
  namesHash(path, value, place = 'hash') {
    const wanted = this.hash === SHA256 ? null : this.hash.name;
    same(get(value, 'hash'), wanted, path, place, 'hash of all else');
  }

  /** Check a shape. */
  shape(path, value, rule, line = '') {
    try {
      rule(value);
    } catch (wrong) {
      if (!(wrong instanceof Wrong)) throw wrong;
      throw new Fault(path, strip(`${line} ${wrong.place()}`), wrong.what);
    }
  }

  /** Check that a document's field is another document's digest. */
  refers(name, field, target) {
    same(this.doc.get(name)[field], this.digests.get('transcript/' + target),
      'transcript/' + name, field, `digest of transcript/${target}`);
  }
}

const SPACES = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029'
  + '\\u202f\\u205f\\u3000';
const SPACE = new RegExp(`[${SPACES}]`);

/** Return a text without what Python takes for white space at its ends. */
function strip(value) {
  let from = 0;
  let to = value.length;
  while (from < to && SPACE.test(value[from])) from += 1;
  while (to > from && SPACE.test(value[to - 1])) to -= 1;
  return value.slice(from, to);
}

// =====================================================================================
// manifest: every file, and nothing else
// =====================================================================================

const MANIFEST = obj({
  format: TEXT,
  campaign: CAMPAIGN,
  files: table(TEXT, HEX),
}, { hash: OTHER_HASH });

/** Every file has the digest of the manifest, and no file is missing or added. */
function checkManifest(books) {
  const name = 'manifest.json';
  books.file = name;
  const value = parse(books.source.read(name).bytes, name);
  books.shape(name, value, MANIFEST);
  same(value.format, 'double-random/manifest/v1', name, 'format', 'format');
  books.campaign = value.campaign;
  books.hash = value.hash === undefined ? SHA256 : HASHES.get(value.hash);
  books.listed = books.hash;
  const { files } = value;
  const listed = keysOf(files);
  for (const path of listed) {
    const odd = /[\\:\0]/.test(path) || path.split('/').some((p) => ['', '.', '..'].includes(p));
    need(!odd, name, 'files.' + path, 'is not a plain path below the folder');
  }
  for (const path of books.source.names()) {
    need(path === name || files[path] !== undefined, path, '', 'is not in manifest.json');
  }
  for (const path of listed) {
    need(path !== name, name, 'files.' + path, 'the manifest cannot list itself');
    const found = books.source.digest(path, books.hash);
    same(found, files[path], path, '', 'digest (manifest.json)');
  }
  books.files = files;
  return `${listed.length} files`;
}

// =====================================================================================
// ledger: entries, order, times, root, signature
// =====================================================================================

const KINDS = [
  ['frame', 'transcript/frame.json'],
  ['spec', 'transcript/spec.json'],
  ['seed-source', ''],
  ['seed', 'transcript/seed.json'],
  ['draw', 'transcript/draw.json'],
  ['checks', 'transcript/checks.json'],
  ['problem', 'transcript/problem.json'],
  ['roster', 'transcript/roster.json'],
  ['plan', 'transcript/plan.json'],
  ['odds', 'transcript/odds.json'],
  ['teams-seed-source', ''],
  ['teams-seed', 'transcript/teams-seed.json'],
  ['teams', 'transcript/teams.json'],
];
const PLACE = new Map(KINDS.map(([kind], place) => [kind, place]));
const DRAWN = KINDS.length; // place after a draw of teams
// Of these the documents are numbered by the draw; of the others after the draw, by the round.
const BY_DRAW = ['teams-seed-source', 'teams-seed-reveals', 'teams-seed', 'teams'];
const REVEALS = new Map([
  ['seed-source', 'seed-reveals'], ['teams-seed-source', 'teams-seed-reveals'],
]);
const ENTRY = obj({
  body: table(TEXT, anything), campaign: TEXT, index: whole(), kind: TEXT, time: TEXT,
});
const TIME = new RegExp('^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})'
  + '(?:\\.([0-9]{1,6}))?(?:Z|([+-])([0-9]{2}):([0-5][0-9]))$');

/** Return the moment of an RFC 3339 text with zone: seconds and millionths. */
function instant(value, file, place) {
  const match = TIME.exec(value);
  let moment = null;
  if (match) {
    const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number);
    const behind = match[8] === '-' ? -1 : 1;
    const zone = behind * (Number(match[9] || 0) * 60 + Number(match[10] || 0));
    const number = ordinal(year, month, day);
    const seconds = number * 86400 + hour * 3600 + minute * 60 + second - zone * 60;
    const possible = number && hour < 24 && minute < 60 && second < 60 && Math.abs(zone) < 1440
      && seconds >= 86400 && seconds < (LAST_DAY + 1) * 86400;
    if (possible) moment = [seconds, Number((match[7] || '0').padEnd(6, '0'))];
  }
  need(moment, file, place, `must be a time with zone, is ${show(value)}`);
  return moment;
}

/** Rule: some words, not too many. */
function aReason(value) {
  TEXT(value);
  const length = pointsIn(value);
  if (length < 2 || length > 500) {
    throw new Wrong(`must be a reason of 2 to 500 letters, is ${show(value)}`);
  }
}

const AGAIN = obj({ reason: aReason });
const DRAWS = arr(span);
const WHY = oneOf('closed', 'not-found', 'moved');
const SUBSTITUTION = obj({
  enterprise: ENTERPRISE, order: ID, reason: WHY, reserve: ENTERPRISE, stratum: TEXT,
});
const STAND_IN = obj({
  absent: ID, reason: aReason, substitute: ID, unit: ID, visit: VISIT_ID,
});
const BODIES = new Map([
  ['seal', obj({ commitment: HEX, open_after: aDay }, { again: AGAIN })],
  ['open', obj({ secret: HEX }, { early: AGAIN })],
  ['void', obj({ reason: aReason })],
]);
const SEALED_BODY = obj({ sealed: HEX });
const ODDS_LEAVES = obj({ root: HEX });
const PLAIN_BODIES = new Map([
  ['substitute', obj({ substitution: SUBSTITUTION })],
  ['team-substitute', obj({ substitution: STAND_IN })],
]);
const SEED_AT = PLACE.get('seed');
const DRAW_AT = PLACE.get('draw');
const ENTRIES = 'ledger/entries.jsonl';
const LINES = 'transcript/frame.jsonl';
const TOLD = 'transcript/draw-sealed.json';
const CHANGES = 'transcript/substitutions.json';
const STAND_INS = 'transcript/team-substitutions.json';

/** How far the ledger has come since the last commitment, and what may come next. */
class Course {
  constructor() {
    this.place = 0;
    this.commitments = 0;
    this.sealed = false;
    this.opened = false;
    this.void = false;
    this.waits = ''; // kind of the reveals that must come before the line goes on
    this.revealed = false; // by the parties of the first seed
    this.source = null; // of the teams' next seed, as announced
    this.reveals = null; // of its parties
    this.restart();
  }

  restart() {
    this.round = 1; // number of the odds that are made or drawn
    this.drawn = 0; // draws of teams in all
    this.left = 0; // draws left of these odds
    this.amended = true; // whether the round has a plan of its own
  }

  /** Return kind, document and number (of round or draw) of the next entry of the line. */
  line() {
    let kind;
    if (this.void) [[kind]] = KINDS;
    else if (this.waits) kind = this.waits;
    else if (this.place === DRAWN) kind = this.left ? 'teams-seed-source' : 'roster';
    else [kind] = KINDS[this.place];
    return [kind, ...this.named(kind)];
  }

  /** Return document and number of an entry that comes now. */
  named(kind) {
    if (kind === 'frame') return ['transcript/frame.json', 1];
    if (!PLACE.has(kind) && !kind.endsWith('-reveals')) return ['', 1];
    const number = BY_DRAW.includes(kind) ? this.drawn + 1 : this.round + Number(this.begins(kind));
    const document = PLACE.has(kind) ? KINDS[PLACE.get(kind)][1] : '';
    const ending = number > 1 ? `-${number}.json` : '.json';
    return [document.replace('.json', ending), number];
  }

  /** Return whether an entry begins a later round of odds. */
  begins(kind) {
    const between = [DRAWN, PLACE.get('teams-seed-source'), PLACE.get('teams-seed')];
    return (kind === 'roster' || kind === 'checks') && between.includes(this.place);
  }

  /** Return the kinds that may come next, that of the line first. */
  allowed() {
    const found = [this.line()[0]];
    if (this.void) return found;
    // Who seals a secret once the parties have revealed might choose it by that.
    if (this.place === SEED_AT && !this.revealed) found.push('seal');
    if (this.place === SEED_AT) found.push('frame');
    for (const kind of ['roster', 'checks']) {
      if (this.begins(kind) && kind !== found[0]) found.push(kind);
    }
    if (this.place > DRAW_AT) {
      found.push('substitute');
      if (this.sealed && !this.opened) found.push('open');
    }
    if (this.drawn) found.push('team-substitute');
    if (this.place >= SEED_AT) found.push('void');
    return found;
  }

  /** Take an entry; after a source with parties what they reveal must come. */
  take(kind, body) {
    if (kind === 'frame') {
      this.place = 1;
      this.commitments += 1;
      this.sealed = this.opened = this.void = this.revealed = false;
      this.waits = '';
      this.restart();
    } else if (kind === 'seal' || kind === 'open' || kind === 'void') {
      this.sealed = this.sealed || kind === 'seal';
      this.opened = this.opened || kind === 'open';
      this.void = this.void || kind === 'void';
    } else if (kind.endsWith('-reveals')) {
      this.waits = '';
      this.revealed = true;
      this.reveals = body;
    } else if (PLACE.has(kind)) {
      if (this.begins(kind)) {
        this.round += 1;
        this.amended = kind === 'checks';
        this.left = 0;
        this.waits = '';
      }
      this.place = PLACE.get(kind) + 1;
      if (kind === 'roster' && !this.amended) this.place = PLACE.get('odds');
      if (kind === 'odds') {
        this.left = Array.isArray(body.draws) && body.draws.length ? body.draws.length : 1;
      } else if (kind === 'teams') {
        this.drawn += 1;
        this.left -= 1;
      } else if (REVEALS.has(kind)) {
        this.waits = hasParties(body) ? REVEALS.get(kind) : '';
        this.source = body;
        this.reveals = null;
      }
    }
  }

  /** Return whether no round of odds is begun, and no draw of the last one left. */
  whole() {
    return this.place === DRAWN && !this.left;
  }
}

const MICROS = 1000000n;

/** Return a moment as microseconds since 1970; its form has been checked. */
function micros(value) {
  const [seconds, millionths] = instant(value, '', '');
  return MICROS * BigInt(seconds - 719163 * 86400) + BigInt(millionths);
}

/** The entries stand in order, name the documents' digests, and are what was signed. */
function checkLedger(books) {
  const name = ENTRIES;
  const data = books.data(name);
  need(data[data.length - 1] === 10, name, '', 'must end in a newline');
  const lines = new Lines(data);
  const attempts = [];
  const { course } = books;
  let before = [-1, 0];
  for (let index = 0; index < lines.length; index += 1) {
    const row = `line ${index + 1}`;
    const entry = lines.parse(index, name, row);
    books.shape(name, entry, ENTRY, row);
    let [kind, document, which] = course.line();
    same(entry.index, index, name, row + ' index', 'index');
    same(entry.campaign, books.campaign, name, row + ' campaign', 'campaign');
    if (!course.allowed().includes(entry.kind)) {
      same(entry.kind, kind, name, row + ' kind', 'kind at this place');
    }
    if (entry.kind !== kind) [document, which] = course.named(entry.kind);
    ({ kind } = entry);
    const moment = instant(entry.time, name, row + ' time');
    const onwards = moment[0] > before[0] || (moment[0] === before[0] && moment[1] >= before[1]);
    need(onwards, name, row + ' time', 'time goes back');
    before = moment;
    checkBeside(books, course, kind, entry, row);
    if (kind === 'frame') attempts.push([]);
    const sealed = kind !== 'frame' && course.sealed && !course.opened;
    attempts[attempts.length - 1].push({
      place: index,
      row,
      kind,
      time: entry.time,
      body: entry.body,
      document,
      which,
      begins: course.begins(kind),
      sealed,
    });
    course.take(kind, entry.body);
  }
  need(course.void || course.place >= SEED_AT, name, '', 'must hold a whole commitment');
  attempts.slice(0, -1).forEach((attempt, k) => checkSuperseded(books, k + 1, attempt));
  checkPublished(books, attempts[attempts.length - 1]);
  checkCheckpoint(books, lines);
  let words = `${lines.length} entries, root and signature hold`;
  if (attempts.length > 1) words += `; ${attempts.length - 1} earlier commitments`;
  if (books.substitutes.length) words += `; ${books.substitutes.length} substitutions`;
  if (books.stand_ins.length) words += `; ${books.stand_ins.length} inspectors replaced`;
  if (course.void) words += '; declared void: ' + books.bodies.get('void').reason;
  return words;
}

/** The body of an entry beside the line, and what a repeated commitment must say. */
function checkBeside(books, course, kind, { body, time }, row) {
  const name = ENTRIES;
  if (BODIES.has(kind)) books.shape(name, body, BODIES.get(kind), row + ' body');
  if (PLAIN_BODIES.has(kind)) {
    const sealed = course.sealed && !course.opened;
    books.shape(name, body, sealed ? SEALED_BODY : PLAIN_BODIES.get(kind), row + ' body');
  }
  if (kind === 'odds' && body.draws !== undefined) {
    books.shape(name, body.draws, DRAWS, row + ' body.draws');
    checkParting(body.draws, name, row + ' body.draws');
  }
  if (kind === 'odds' && body.leaves !== undefined) {
    const shut = course.sealed && !course.opened;
    need(shut, name, row + ' body.leaves', 'stands only where the odds are sealed');
    books.shape(name, body.leaves, ODDS_LEAVES, row + ' body.leaves');
  }
  const begins = course.begins(kind);
  if (kind === 'frame' || kind === 'seal' || begins) {
    let second = kind === 'frame' ? course.commitments > 0 : course.sealed;
    if (begins) second = kind === 'checks' || course.left > 0;
    const given = body.again !== undefined;
    if (second) {
      need(given, name, row + ' body.again', 'a second commitment gives no reason');
      books.shape(name, body.again, AGAIN, row + ' body.again');
    } else {
      need(!given, name, row + ' body.again', 'nothing was committed before');
    }
  }
  if (begins && course.place === PLACE.get('teams-seed')) checkGivenUp(books, course, time, row);
}

/** A draw is given up only before its seed can be known, or where it can have none. */
function checkGivenUp(books, course, moment, row) {
  const { source, reveals } = course;
  books.shape(ENTRIES, source, SEED_SOURCE, row + ' source given up');
  const parts = source.source === 'combined' ? source.parts : [source];
  // What parties committed to they may have revealed, whether that was recorded or not.
  for (const mark of marksOf(source, true)) books.rolled.push(mark);
  if (reveals !== null) {
    books.shape(ENTRIES, reveals, RECORD, row + ' reveals given up');
    const anew = parts.some((part) => part.source === 'parties' && part.absent === 'anew');
    if (anew && reveals.reveals.some((one) => one.outcome !== 'revealed')) return;
  }
  let known = null;
  for (const part of parts) {
    const moments = knownBetween(part);
    if (moments !== null && (known === null || moments[0] < known)) [known] = moments;
  }
  need(known === null || micros(moment) < known, ENTRIES, row + ' time',
    'the seed of the draw given up can be known by then');
}

/** The days of several draws follow each other without a gap. */
function checkParting(draws, file, place) {
  need(draws.length > 1, file, place, 'must be several draws');
  for (let index = 1; index < draws.length; index += 1) {
    const fine = dayNumber(draws[index][0]) === dayNumber(draws[index - 1][1]) + 1;
    need(fine, file, `${place}[${index}]`, 'must begin on the day after the draw before');
  }
}

/** Return the name of an entry of a round or draw. */
function numbered(kind, which) {
  return which === 1 ? kind : `${kind}-${which}`;
}

/** Return the secret that a commitment was opened with: it must be the one sealed. */
function openedSecret(books, attempt) {
  let seal = null;
  for (const entry of attempt) {
    if (entry.kind === 'seal') seal = entry;
    if (entry.kind === 'open' && seal) {
      const secret = books.key(entry.body.secret);
      const found = hex(subKey(secret, 'seal', books.campaign).bytes);
      same(seal.body.commitment, found, ENTRIES, entry.row + ' body.secret',
        `the secret does not match its commitment (${seal.row})`);
      return secret;
    }
  }
  return null;
}

/** The documents of the present commitment are those of the ledger, and no others. */
function checkPublished(books, attempt) {
  const name = ENTRIES;
  books.secret = openedSecret(books, attempt);
  const listed = new Set();
  let begun = null; // the entry with which the present round began
  for (const entry of attempt) {
    const { kind, body, document, row } = entry;
    if (kind === 'open') {
      const after = books.bodies.get('seal').open_after;
      const early = body.early !== undefined;
      const late = entry.time.slice(0, 10) > after;
      need(early || late, name, row + ' body', `opens on or before ${after} without a reason`);
      need(!early || !late, name, row + ' body.early', 'is not early');
    }
    if (entry.begins) begun = entry;
    const { rounds } = books;
    if (kind === 'odds') {
      rounds.push({
        number: entry.which,
        row: (begun || entry).place + 1, // line of its first entry
        amended: entry.which === 1 || begun.kind === 'checks', // whether it has its own plan
        draws: [], // numbers of those whose seed is there
        ended: [], // of those whose teams are there
      });
    }
    if (kind === 'teams-seed') rounds[rounds.length - 1].draws.push(entry.which);
    if (kind === 'teams') rounds[rounds.length - 1].ended.push(entry.which);
    if (kind === 'substitute') {
      books.substitutes.push([entry.place, body]);
    } else if (kind === 'team-substitute') {
      books.stand_ins.push([entry.place, body]);
    } else {
      const key = numbered(kind, entry.which);
      books.bodies.set(key, body);
      books.rows.set(key, entry.place + 1);
      books.times.set(key, micros(entry.time));
    }
    if (document) {
      listed.add(document);
      same(get(body, 'document'), document, name, row + ' body.document', 'document');
      if (!entry.sealed) {
        books.data(document);
        const found = books.digests.get(document);
        books.file = name;
        const field = books.hash.name;
        same(get(body, field), found, name, `${row} body.${field}`, 'digest of ' + document);
      } else {
        checkSealed(books, entry);
      }
    }
  }
  const told = books.bodies.has('draw') && books.course.sealed;
  const opened = (some) => books.secret !== null
    && some.some(([, body]) => body.sealed !== undefined);
  for (const [path, wanted] of [
    [TOLD, told], [CHANGES, opened(books.substitutes)], [STAND_INS, opened(books.stand_ins)],
  ]) {
    const there = books.files[path] !== undefined;
    need(wanted === there, path, '', wanted ? 'is missing' : 'is not in the ledger');
  }
  for (const path of keysOf(books.files)) {
    if (/^transcript\/[a-z-]+(-[0-9]+)?\.json$/.test(path)) {
      const stem = path.replace(/-[0-9]+\.json/, '.json');
      const known = KINDS.some(([, document]) => stem === document);
      need(listed.has(path) || !known, path, '', 'is not in the ledger');
    }
    if (path.startsWith('superseded/')) {
      need(books.kept.has(path), path, '', 'is not in the ledger');
    }
  }
}

/** A document that waits for opening is hidden, or is the one that was sealed. */
function checkSealed(books, { body, document, row }) {
  const name = ENTRIES;
  const place = row + ' body.sealed';
  for (const field of HASHES.keys()) {
    need(body[field] === undefined, name, `${row} body.${field}`, 'tells of a sealed document');
  }
  if (books.secret === null) {
    books.shape(name, get(body, 'sealed'), HEX, place);
    need(books.files[document] === undefined, document, '', 'is sealed: it waits for opening');
    return;
  }
  books.data(document);
  const key = `${document}:${books.digests.get(document)}`;
  books.file = name;
  same(get(body, 'sealed'), hex(subKey(books.secret, 'sealed', key).bytes), name, place,
    'commitment to ' + document);
}

/** What is kept of an earlier commitment is what the ledger holds of it. */
function checkSuperseded(books, number, attempt) {
  const name = ENTRIES;
  const secret = openedSecret(books, attempt);
  for (const entry of attempt) {
    const { kind, body, document, row } = entry;
    const is_seed = kind === 'seed' || kind === 'teams-seed';
    const told = kind === 'draw' ? get(body, 'told') : null;
    for (const [at, path, some] of [['', document, body], ['.told', TOLD, told]]) {
      if (!path || !(some instanceof Rec)) continue;
      same(get(some, 'document'), path, name, `${row} body${at}.document`, 'document');
      const kept = path.replace('transcript/', `superseded/${number}/`);
      books.kept.add(kept);
      let source = get(body, 'source');
      const seed = is_seed && source === null;
      if (books.files[kept] === undefined) {
        const must = kind === 'frame' || kind === 'spec' || seed;
        need(!must, kept, '', 'is missing: an earlier commitment is kept');
      } else if (entry.sealed && some === body) {
        need(secret !== null, kept, '', 'is sealed, and was never opened');
        books.data(kept);
        const key = `${path}:${books.digests.get(kept)}`;
        books.file = name;
        same(get(body, 'sealed'), hex(subKey(secret, 'sealed', key).bytes), name,
          row + ' body.sealed', 'commitment');
      } else {
        books.data(kept);
        const found = books.digests.get(kept);
        books.file = name;
        const field = books.hash.name;
        same(get(some, field), found, name, `${row} body${at}.${field}`, 'digest of ' + kept);
      }
      if (is_seed && some === body) {
        // Rolls that were seen once bind no later commitment.
        if (seed) {
          const shown = parse(books.data(kept), kept);
          source = shown instanceof Rec ? get(shown, 'source') : null;
        }
        for (const mark of marksOf(source)) books.rolled.push(mark);
      }
    }
    // What parties committed to they may have revealed, whether that was recorded or not.
    if (REVEALS.has(kind)) for (const mark of marksOf(body, true)) books.rolled.push(mark);
  }
}

/**
 * Return what a source showed that no later seed may show again, whatever its shape.
 *
 * With `pledges`, only what parties committed to.
 */
function marksOf(source, pledges = false) {
  if (!(source instanceof Rec)) return [];
  const found = pledges ? [] : [get(source, 'rolls')];
  const chain = get(source, 'chain');
  if (chain instanceof Rec && !pledges) {
    found.push(`${get(chain, 'hash')}:${get(source, 'round')}`);
  }
  for (const [field, name] of [['inputs', 'name'], ['parties', 'commitment']]) {
    if (pledges && field !== 'parties') continue;
    const many = get(source, field);
    if (Array.isArray(many)) {
      for (const one of many) if (one instanceof Rec) found.push(get(one, name));
    }
  }
  const parts = get(source, 'source') === 'combined' ? get(source, 'parts') : null;
  if (Array.isArray(parts)) {
    for (const part of parts) {
      const simple = part instanceof Rec && get(part, 'source') !== 'combined';
      if (simple) for (const mark of marksOf(part, pledges)) found.push(mark);
    }
  }
  return found.filter((mark) => typeof mark === 'string');
}

/** Return whether a seed source waits for parties to reveal, whatever its shape. */
function hasParties(source) {
  const parts = source.source === 'combined' ? source.parts : [source];
  return Array.isArray(parts)
    && parts.some((part) => part instanceof Rec && part.source === 'parties');
}

const NAME = `([^${SPACES}+]+)`;
const BASE64 = '([A-Za-z0-9+/]+=*)';
const VKEY = new RegExp(`^${NAME}\\+([0-9a-f]{8})\\+${BASE64}$`);
const SIGNATURE = new RegExp(`^— ${NAME} ${BASE64}$`);

/** The signed note over origin, size and root holds under the log's key. */
function checkCheckpoint(books, lines) {
  const origin = 'double-random/' + books.campaign;
  let file = 'ledger/log.vkey';
  const key = readVkey(readText(books.data(file), file), file, origin, books.vkey);
  file = 'ledger/checkpoint.txt';
  const [size, root_found] = openNote(books.data(file), file, origin, key);
  same(size, String(lines.length), file, 'line 2', 'size');
  same(root_found, base64(lines.root(books.hash)), file, 'line 3', 'root of the entries');
  for (const [seen_file, data] of books.seen) {
    const [kept_size, kept_root] = openNote(data, seen_file, origin, key);
    const asked = /^[1-9][0-9]{0,8}$/.test(kept_size) ? Number(kept_size) : 0;
    const kept = Math.min(asked, lines.length);
    need(String(kept) === kept_size, seen_file, 'line 2', "is no size up to the ledger's");
    same(kept_root, base64(lines.root(books.hash, kept)), seen_file, 'line 3',
      'the ledger was rewritten: root of its first entries');
  }
  for (const witness of books.witnesses) checkWitness(books, witness);
}

/** A witness has cosigned one of the checkpoints (C2SP tlog-cosignature), all of which hold. */
function checkWitness(books, vkey) {
  const match = VKEY.exec(strip(vkey));
  const key = match && unbase64(match[3]);
  if (!key || key.length !== 33 || key[0] !== COSIGNER_TYPE) {
    throw new Fault('--witness', '', 'is no Ed25519 verifier key of a witness');
  }
  const name = match[1];
  const id = hex(keyId(name, key));
  same(match[2], id, '--witness', '', 'key id');
  let found = 0;
  const own = 'ledger/checkpoint.txt';
  for (const [file, data] of [[own, books.data(own)], ...books.seen]) {
    const [signed, signatures] = splitNote(data, file);
    for (const [whose, raw] of signatures) {
      if (whose !== name || hex(raw.subarray(0, 4)) !== id) continue;
      const time = raw.length === 76 ? BigInt('0x' + hex(raw.subarray(4, 12))) : 0n;
      const message = utf8(`cosignature/v1\ntime ${time}\n${signed}`);
      const holds = raw.length === 76
        && ed25519Holds(key.subarray(1), message, raw.subarray(12));
      need(holds, file, 'signature', `the cosignature of ${show(name)} does not hold`);
      found += 1;
    }
  }
  need(found, '--witness', '', `no checkpoint has a cosignature of ${show(name)}`);
}

const COSIGNER_TYPE = 4;
const MOST_SIGNATURES = 100; // of a note: each takes milliseconds
const SM2_TYPE = Uint8Array.of(0xff, ...utf8('double-random/sm2-sm3/v1'));

/** Return what tells whether a signature over a message holds under a key with its type. */
function holdsOf(key) {
  if (key.length === 33 && key[0] === 1) {
    return (message, signature) => ed25519Holds(key.subarray(1), message, signature);
  }
  const publicKey = key.subarray(SM2_TYPE.length);
  if (SM2_TYPE.every((byte, k) => key[k] === byte) && sm2Point(publicKey)) {
    return (message, signature) => sm2Holds(publicKey, message, signature);
  }
  return null;
}

/** Return the key of a verifier key: it must be of this log, and the one given if one is. */
function readVkey(written, file, origin, given) {
  let vkey = written;
  while (vkey.endsWith('\n')) vkey = vkey.slice(0, -1);
  const match = VKEY.exec(vkey);
  const key = match && unbase64(match[3]);
  if (!key || !holdsOf(key)) throw new Fault(file, '', 'is no Ed25519 or SM2 verifier key');
  same(match[1], origin, file, '', 'name of the key');
  same(match[2], hex(keyId(origin, key)), file, '', 'key id');
  if (given !== null) same(vkey, strip(given), file, '', 'the key given with --vkey');
  return key;
}

/** Return the first four bytes of a named key's SHA-256, as C2SP recommends: a name for it. */
function keyId(origin, key) {
  return SHA256.digest(utf8(origin + '\n'), key).slice(0, 4);
}

/** Return the text of a signed note, and name and bytes of each of its signatures. */
function splitNote(data, file) {
  const note = readText(data, file);
  const gap = note.lastIndexOf('\n\n');
  need(gap >= 0 && note.length > gap + 2 && note.endsWith('\n'), file, '', 'is no signed note');
  const signatures = [];
  const written = note.slice(gap + 2, -1).split('\n');
  need(written.length <= MOST_SIGNATURES, file, 'signature', 'has more than 100 signatures');
  for (const line of written) {
    const match = SIGNATURE.exec(line);
    const raw = match && unbase64(match[2]);
    need(raw, file, 'signature', `is no signature line: ${show(line)}`);
    signatures.push([match[1], raw]);
  }
  return [note.slice(0, gap) + '\n', signatures];
}

/** Return size and root, as text, of a checkpoint whose signature holds. */
function openNote(data, file, origin, key) {
  const id = hex(keyId(origin, key));
  const [signed, written] = splitNote(data, file);
  const signatures = written
    .filter(([name, raw]) => name === origin && hex(raw.subarray(0, 4)) === id)
    .map(([, raw]) => raw.subarray(4));
  need(signatures.length, file, 'signature', 'no signature by the key in log.vkey');
  const rows = signed.split('\n');
  need(rows.length === 4 && rows[3] === '', file, '', 'must hold origin, size and root');
  same(rows[0], origin, file, 'line 1', 'origin');
  const holds = holdsOf(key);
  for (const signature of signatures) {
    const found = holds(utf8(signed), signature);
    need(found, file, 'signature', 'the signature does not hold');
  }
  return [rows[1], rows[2]];
}

const DIGITS64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Return the base64 of bytes. */
function base64(data) {
  let written = '';
  for (let at = 0; at < data.length; at += 3) {
    const bits = (data[at] << 16) | ((data[at + 1] || 0) << 8) | (data[at + 2] || 0);
    for (let k = 0; k < 4; k += 1) {
      written += at + k <= data.length ? DIGITS64[(bits >> (18 - 6 * k)) & 63] : '=';
    }
  }
  return written;
}

/** Return the bytes of strict base64, or null. */
function unbase64(value) {
  const digits = value.replace(/=+$/, '');
  const data = new Uint8Array(Math.floor(digits.length * 3 / 4));
  let bits = 0;
  let held = 0;
  let count = 0;
  for (const digit of digits) {
    const six = DIGITS64.indexOf(digit);
    if (six < 0) return null;
    bits = ((bits << 6) | six) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      data[count++] = bits >> held;
    }
  }
  return base64(data) === value ? data : null;
}

// =====================================================================================
// frame and spec: every leaf, the root, the populations
// =====================================================================================

const STRATUM_FIELDS = ['county', 'risk', 'size', 'section', 'zone'];
/** Return a rule: the frame of a campaign with this hash. */
function frameOf({ name }) {
  return obj({
    format: TEXT,
    campaign: TEXT,
    hash: oneOf(name),
    size: whole(),
    root: HEX,
    registers: arr(obj({
      register: TEXT,
      file: TEXT,
      [name]: HEX,
      rows: whole(),
      excluded: arr(tup(whole(1), TEXT)),
    })),
  });
}

const LEAF = obj({
  county: TEXT,
  id: ENTERPRISE,
  industry: TEXT,
  items: asc(ID),
  labels: obj({ county: TEXT, risk: TEXT, size: TEXT, section: TEXT, zone: TEXT }),
  out: table(ID, oneOf('closed', 'capped', 'rested')),
  risk: HEX,
  salt: text('[0-9a-f]{32}', '32 lower-case hex digits'),
  zones: asc(TEXT),
}, { weight: whole(1, 1000000) });

/** Return a rule: a list of such items, so many. */
function few(low, high, rule) {
  const list = arr(rule);
  return (value) => {
    list(value);
    if (value.length < low || value.length > high) {
      throw new Wrong(`must hold ${low} to ${high}, holds ${value.length}`);
    }
  };
}

/** Rule: a time with zone. */
function aMoment(value) {
  TEXT(value);
  try {
    instant(value, '', '');
  } catch (fault) {
    throw fault instanceof Fault ? new Wrong(fault.what) : fault;
  }
}

/** Rule: a name of a drawing. */
function aName(value) {
  TEXT(value);
  const letters = pointsIn(value);
  if (letters < 1 || letters > 200) throw new Wrong(`must have 1 to 200 letters, has ${letters}`);
}

const MISSING = obj({ party: ID, outcome: TEXT });
const REVEAL = obj({
  party: ID, outcome: oneOf('revealed', 'late', 'false'), value: HEX, time: aMoment,
});

/** Rule: what a party revealed, or that it did not. */
function aReveal(value) {
  (value instanceof Rec && value.outcome === 'missing' ? MISSING : REVEAL)(value);
}

const RECORD = obj({ reveals: arr(aReveal) });
// Seed sources: by kind what is announced, then what they show; needed fields, then others.
const POINT = text('[0-9a-f]{96}([0-9a-f]{96})?', 'a compressed point in hex');
const ANNOUNCED = {
  dice: [{ sides: whole(2, 1000) }, { at: aMoment }],
  fixed: [{}, {}],
  drand: [{
    chain: obj({
      public_key: POINT,
      period: whole(1, 10 ** 5),
      genesis_time: whole(0, 10 ** 11),
      hash: HEX,
      groupHash: HEX,
      schemeID: TEXT,
      metadata: obj({ beaconID: ID }),
    }),
    round: whole(1, 10 ** 10),
  }, {}],
  lottery: [{
    inputs: few(1, 20, obj({
      name: aName,
      at: aMoment,
      count: whole(1, 20),
      low: whole(0, 10 ** 6),
      high: whole(0, 10 ** 6),
    })),
  }, {}],
  parties: [{
    parties: few(2, 50, obj({ party: ID, commitment: HEX })),
    deadline: aMoment,
    absent: oneOf('anew', 'go-on'),
  }, { hash: OTHER_HASH }],
};
const SHOWN = {
  dice: [{ rolls: TEXT }, {}],
  fixed: [{ text: TEXT }, {}],
  drand: [{ signature: POINT }, { previous_signature: POINT }],
  lottery: [{ results: arr(few(1, 20, whole(0, 10 ** 6))) }, {}],
  parties: [{ reveals: arr(aReveal) }, {}],
};

/** Return a rule: a seed source, as announced or with what it showed; alone or a part. */
function sourceRule(shown, part = false) {
  const rules = new Map();
  for (const kind of Object.keys(ANNOUNCED)) {
    const [named, more] = ANNOUNCED[kind];
    const [then, later] = shown ? SHOWN[kind] : [{}, {}];
    rules.set(kind, obj({ source: TEXT, ...named, ...then }, { ...more, ...later }));
  }
  if (part) rules.delete('fixed');
  else rules.set('combined', obj({ source: TEXT, parts: few(2, 8, sourceRule(shown, true)) }));
  return (value) => {
    if (!(value instanceof Rec)) throw new Wrong(`must be an object, is ${show(value)}`);
    const kind = get(value, 'source');
    const rule = typeof kind === 'string' ? rules.get(kind) : undefined;
    if (!rule) throw new Wrong(`is no kind of seed source here: ${show(kind)}`, 'source');
    rule(value);
  };
}

const SEED_SOURCE = sourceRule(false);
const SPEC = obj({
  format: TEXT,
  campaign: TEXT,
  frame_root: HEX,
  mode: oneOf('open', 'sealed'),
  seed_source: SEED_SOURCE,
  binds: obj({ calendar: HEX, rules: HEX }),
  items: arr(obj({
    item: ID,
    department: ID,
    strata_by: arr(oneOf(...STRATUM_FIELDS)),
    reserves: whole(),
    window: span,
    strata: arr(obj(
      { stratum: TEXT, population: whole(1) }, { rate: RATIO, size: whole() },
    )),
  }, {
    order: ID,
    levels: obj(
      { by: oneOf(...STRATUM_FIELDS), weights: table(TEXT, RATIO) },
      { rate: RATIO, size: whole() },
    ),
    design: oneOf('pivotal'),
    rounding: oneOf('controlled'),
  })),
}, {
  after: arr(obj(
    { campaign: CAMPAIGN, frame: HEX, spec: HEX, seed: HEX, draw: HEX },
    { counted: oneOf(false) },
  )),
  theta: RATIO,
  draws: arr(obj({ campaign: CAMPAIGN, frame: HEX, spec: HEX, seed: HEX, draw: HEX })),
  hash: OTHER_HASH,
});

/** Return the key of an order: its own id, or its item's. */
function orderKey(order) {
  return order.order === undefined ? order.item : order.order;
}

/** The enterprises in order of id; what a plan needs of each is kept once for all that share it. */
class Frame {
  constructor() {
    this.ids = [];
    this.abouts = [];
    this.known = new Map(); // by county, industry, section, risk, size and zones, one in another
  }

  /** Add an enterprise and return what is known of it: the same for all alike. */
  add(leaf) {
    const { county, industry, zones, labels } = leaf;
    const { section, risk, size } = labels;
    let inner = mapIn(mapIn(this.known, county), industry);
    inner = mapIn(mapIn(mapIn(inner, section), risk), size);
    const joined = zones.length ? JSON.stringify(zones) : '';
    let about = inner.get(joined);
    if (!about) {
      about = { county, industry, section, risk, zones, size, strata: new Map() };
      inner.set(joined, about);
    }
    this.ids.push(leaf.id);
    this.abouts.push(about);
    return about;
  }

  /** Return what is known of an enterprise, or null. */
  about(id) {
    const place = this.place(id);
    return place < 0 ? null : this.abouts[place];
  }

  /** Return the place of an enterprise, or -1. */
  place(id) {
    let low = 0;
    let high = this.ids.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.ids[middle] < id) low = middle + 1;
      else high = middle;
    }
    return this.ids[low] === id ? low : -1;
  }
}

/** Return the map under a key, adding it. */
function mapIn(maps, key) {
  let inner = maps.get(key);
  if (!inner) maps.set(key, inner = new Map());
  return inner;
}

/** The members of strata, each stratum with a number of its own. */
class Strata {
  constructor() {
    this.places = new Map();
    this.members = [];
    this.names = []; // order and stratum of each
  }

  /** Return the number of an order's stratum, adding it. */
  number(item, stratum) {
    const places = mapIn(this.places, item);
    let number = places.get(stratum);
    if (number === undefined) {
      number = this.members.length;
      places.set(stratum, number);
      this.members.push([]);
      this.names.push([item, stratum]);
    }
    return number;
  }

  /** Return the places in the frame of an order's stratum. */
  of(item, stratum) {
    const number = mapIn(this.places, item).get(stratum);
    return number === undefined ? [] : this.members[number];
  }
}

/** Every leaf is well-formed and in order, and their root is the committed one. */
function checkFrame(books) {
  const spec = books.open('spec.json', SPEC, 'spec');
  const frame = books.open('frame.json', frameOf(books.hash), 'frame');
  const name = LINES;
  if (books.shut) {
    need(books.files[name] === undefined, name, '', 'is sealed: it waits for opening');
    checkRegisters(frame, frame.size);
    return `${frame.size} enterprises by frame.json; their lines wait for opening`;
  }
  const data = books.data(name);
  need(!data.length || data[data.length - 1] === 10, name, '', 'must end in a newline');
  const lines = new Lines(data);
  const orders = new Map(spec.items.map((order) => [orderKey(order), order]));
  books.frame = new Frame();
  books.strata = new Strata();
  let before = '';
  for (let index = 0; index < lines.length; index += 1) {
    const row = `line ${index + 1}`;
    const leaf = lines.parse(index, name, row);
    books.shape(name, leaf, LEAF, row);
    readLeaf(books, leaf, orders, before, name, row, index);
    before = leaf.id;
  }
  checkRegisters(frame, lines.length);
  const path = 'transcript/frame.json';
  same(frame.size, lines.length, path, 'size', 'number of lines of frame.jsonl');
  same(frame.root, hex(lines.root(books.hash)), path, 'root', 'root of frame.jsonl');
  books.source.forget(name);
  return `${lines.length} enterprises, root holds`;
}

/** The registers' rows, less those left out, are the frame's. */
function checkRegisters(frame, size) {
  const path = 'transcript/frame.json';
  const named = new Set(frame.registers.map((register) => register.register));
  need(named.has('enterprises'), path, 'registers', 'the register of enterprises is missing');
  frame.registers.forEach((register, index) => {
    const at = `registers[${index}]`;
    need(named.delete(register.register), path, at + '.register', 'stands there twice');
    const left = register.excluded.map(([row]) => row);
    const within = left.every((row) => row > 1 && row <= register.rows + 1);
    need(within, path, at + '.excluded', 'names a row that the register has not');
    if (register.register === 'enterprises') {
      const kept = register.rows - new Set(left).size;
      same(kept, size, path, at + '.rows', 'rows less those excluded, against the frame');
    }
  });
}

/** Hold one leaf to the spec and to the one before, and add it to the frame and its strata. */
function readLeaf(books, leaf, orders, before, name, row, index) {
  const { labels } = leaf;
  if (!(leaf.id > before)) {
    throw new Fault(name, row + ' id', 'the lines must be sorted by id, none twice');
  }
  same(labels.county, leaf.county, name, row + ' labels.county', 'county');
  same(labels.zone, leaf.zones.join('+'), name, row + ' labels.zone', 'joined zones');
  for (const item of keysOf(leaf.out)) {
    need(orders.has(item), name, `${row} out.${item}`, 'is no order of spec.json');
    need(!leaf.items.includes(item), name, `${row} out.${item}`, 'is in items as well');
  }
  const weighed = leaf.items.some((item) => orders.has(item)
    && orders.get(item).design !== undefined);
  const asked = weighed ? 'is missing, but an order draws by it' : 'no order draws by it';
  need(weighed === (leaf.weight !== undefined), name, row + ' weight', asked);
  if (weighed) books.weights.set(index, leaf.weight);
  // Those alike in all labels and items are in the same strata; where members have weights, those
  // alike in weight are alike in chance.
  const about = books.frame.add(leaf);
  const joined = weighed ? `${leaf.weight} ${leaf.items.join(' ')}` : leaf.items.join(' ');
  let combination = about.strata.get(joined);
  if (!combination) {
    const chances = [];
    const numbers = leaf.items.map((item, k) => {
      const order = orders.get(item);
      need(order, name, `${row} items[${k}]`, 'is no order of spec.json');
      const by = order.strata_by;
      const stratum = by.length ? by.map((field) => labels[field]).join('|') : 'all';
      const number = books.strata.number(item, stratum);
      chances.push(order.design === undefined ? String(number) : `${number}/${leaf.weight}`);
      return number;
    });
    const items = leaf.items.join(' ');
    combination = { numbers, chances, items, stood: chances.join(' '), count: 0 };
    books.combinations.push(combination);
    about.strata.set(joined, combination);
  }
  combination.count += 1;
  books.stood.push(combination);
  for (const number of combination.numbers) books.strata.members[number].push(index);
}

/** The spec names the frame, and its populations are those of the frame. */
function checkSpec(books) {
  const name = 'transcript/spec.json';
  books.file = name;
  const spec = books.doc.get('spec.json');
  books.namesHash(name, spec);
  same(spec.frame_root, books.doc.get('frame.json').root, name, 'frame_root', 'root of the frame');
  const source = spec.seed_source;
  const body = books.bodies.get('seed-source');
  const row = `line ${books.rows.get('seed-source')} body`;
  same(body, source, ENTRIES, row, 'seed source of spec.json');
  if (spec.mode === 'open') {
    need(!books.course.sealed, name, 'mode', 'is open, and a secret was sealed');
  } else {
    const unsealed = books.bodies.has('seed') && !books.course.sealed;
    need(!unsealed, name, 'mode', 'is sealed, and no secret was sealed before the seed');
  }
  const seen = new Map();
  let previous = '';
  spec.items.forEach((order, i) => {
    const at = `items[${i}]`;
    const key = orderKey(order);
    need(key > previous, name, at + '.item', 'orders must be sorted by key, none twice');
    need(order.order !== order.item, name, at + '.order', "is the item's own id");
    previous = key;
    const rank = order.strata_by.map((field) => STRATUM_FIELDS.indexOf(field));
    const in_order = rank.every((place, k) => k === 0 || rank[k - 1] < place);
    need(in_order, name, at + '.strata_by', 'fields must be in order, none twice');
    const rated = order.strata.filter((s) => s.rate !== undefined && s.size === undefined).length;
    const sized = order.strata.filter((s) => s.rate === undefined && s.size !== undefined).length;
    const one_way = rated === order.strata.length || sized === order.strata.length;
    need(one_way, name, at + '.strata', 'must all have a rate, or all a size');
    let last = null;
    order.strata.forEach((stratum, j) => {
      const place = `${at}.strata[${j}]`;
      const title = stratum.stratum;
      const after = last === null || compare(title, last) > 0;
      need(after, name, place + '.stratum', 'strata must be sorted, none twice');
      last = title;
      let found = stratum.population;
      if (!books.shut) {
        found = books.strata.of(key, title).length;
        same(stratum.population, found, name, place + '.population', 'enterprises of the frame');
      }
      seen.set(key, (seen.get(key) || 0) + found);
      if (stratum.rate !== undefined) {
        const rate = ratio(stratum.rate, name, place + '.rate');
        need(rate.over <= rate.under, name, place + '.rate', 'a rate is at most 1');
      } else {
        const fits = stratum.size <= stratum.population;
        need(fits, name, place + '.size', 'is larger than the population');
      }
    });
    checkDesign(order, name, at);
  });
  const strata = spec.items.reduce((sum, order) => sum + order.strata.length, 0);
  const words = `${spec.items.length} items, ${strata} strata, populations `;
  if (books.shut) return words + 'wait for opening';
  const total = new Map();
  books.strata.names.forEach(([item], number) => {
    total.set(item, (total.get(item) || 0) + books.strata.members[number].length);
  });
  spec.items.forEach((order, i) => {
    const key = orderKey(order);
    same(seen.get(key) || 0, total.get(key) || 0, name, `items[${i}].strata`,
      'enterprises in all strata');
  });
  return words + 'hold';
}

/** What an order says of levels, weights and rounding goes together; its rates follow. */
function checkDesign(order, name, at) {
  const { levels } = order;
  const rounded = order.rounding !== undefined;
  const sized = order.strata.some((stratum) => stratum.size !== undefined);
  const both = order.design !== undefined && (levels !== undefined || rounded);
  need(!both, name, at + '.design', 'goes with neither levels nor rounding');
  if (levels === undefined) {
    const flat = rounded && (sized || order.strata_by.length < 2);
    need(!flat, name, at + '.rounding', 'needs rates and two fields, or levels');
    return;
  }
  const place = at + '.levels';
  need(order.strata_by.includes(levels.by), name, place + '.by', 'is no field of strata_by');
  need(!sized, name, place, 'gives every level a rate');
  const one = (levels.size !== undefined) !== (levels.rate !== undefined);
  need(one, name, place, 'must have a size or a rate');
  const share = levels.rate === undefined ? fraction(0n, 1n)
    : ratio(levels.rate, name, place + '.rate');
  need(share.over <= share.under, name, place + '.rate', 'a rate is at most 1');
  const weights = new Map();
  for (const level of keysOf(levels.weights)) {
    const where = `${place}.weights.${level}`;
    const weight = ratio(levels.weights[level], name, where);
    const fair = weight.over > 0n && weight.over <= 1000000n * weight.under;
    need(fair, name, where, 'a weight is over 0, at most 1000000');
    weights.set(level, weight);
  }
  const groups = new Map();
  order.strata.forEach((stratum, index) => {
    const [group, level] = cellOf(order, stratum.stratum, name, `${at}.strata[${index}]`);
    const known = weights.has(level);
    need(known, name, place + '.weights', `the level ${show(level)} has no weight`);
    if (!groups.has(group)) groups.set(group, []);
    groups.get(group).push([index, level]);
  });
  for (const group of sorted(Array.from(groups.keys()))) {
    const cells = groups.get(group).map(([index, level]) => (
      [weights.get(level), BigInt(order.strata[index].population)]));
    const population = cells.reduce((sum, [, count]) => sum + count, 0n);
    const total = levels.size !== undefined ? fraction(BigInt(levels.size), 1n)
      : fraction(share.over * population, share.under);
    const fits = total.over <= population * total.under;
    need(fits, name, place + '.size', 'is larger than stratum ' + show(group));
    const [, chances] = proportional(total, cells);
    groups.get(group).forEach(([index], k) => {
      const where = `${at}.strata[${index}].rate`;
      same(order.strata[index].rate, fractionText(chances[k]), name, where, "the level's share");
    });
  }
}

/** Return row and column of a stratum: with levels the stratum and its level. */
function cellOf(order, title, name, at) {
  const labels = title.split('|');
  const by = order.strata_by;
  const fits = labels.length === by.length;
  need(fits, name, at + '.stratum', 'has not a label for each field');
  if (order.levels === undefined) return [labels[0], labels.slice(1).join('|')];
  const [level] = labels.splice(by.indexOf(order.levels.by), 1);
  return [labels.length ? labels.join('|') : 'all', level];
}

/** Share a total by weight among classes of [weight, members], the heaviest certain first. */
function proportional(total, classes) {
  let left = total;
  let mass = fraction(0n, 1n);
  for (const [weight, count] of classes) mass = plus(mass, times(weight, count));
  const certain = new Set();
  const order = classes.map((_, index) => index);
  const apart = (a, b) => a.over * b.under - b.over * a.under;
  order.sort((a, b) => Number(apart(classes[b][0], classes[a][0]) > 0n)
    - Number(apart(classes[b][0], classes[a][0]) < 0n) || a - b);
  for (const index of order) {
    const [weight, count] = classes[index];
    if (left.over * weight.over * mass.under < mass.over * left.under * weight.under) break;
    certain.add(index);
    left = plus(left, fraction(-count, 1n));
    mass = plus(mass, times(weight, -count));
  }
  const share = mass.over ? fraction(left.over * mass.under, left.under * mass.over)
    : fraction(0n, 1n);
  return [share, classes.map(([weight], index) => (certain.has(index) ? fraction(1n, 1n)
    : fraction(share.over * weight.over, share.under * weight.under)))];
}

/** Return the sum of two fractions. */
function plus(one, other) {
  return fraction(one.over * other.under + other.over * one.under, one.under * other.under);
}

/** Return a fraction times a whole number. */
function times(one, count) {
  return fraction(one.over * count, one.under);
}

// =====================================================================================
// earlier draws: recomputed from their own documents, which this one is dealt after
// =====================================================================================

/** The documents of another draw, under the names that they had there. */
class Other {
  constructor(source, below) {
    this.source = source;
    this.below = below;
  }

  /** Return the name of the file that stands under a name. */
  real(name) {
    const inside = name.startsWith('transcript/');
    return inside ? this.below + name.slice('transcript/'.length) : name;
  }

  /** Return a file. */
  read(name) {
    try {
      return this.source.read(this.real(name));
    } catch (fault) {
      // Whoever reads from here knows the file by this name, and says the real one.
      if (fault instanceof Fault) fault.file = name;
      throw fault;
    }
  }

  /** Nothing more will be asked of a file. */
  forget(name) {
    this.source.forget(this.real(name));
  }
}

const OTHER_FILES = ['frame.jsonl', 'frame.json', 'spec.json', 'seed.json', 'draw.json'];

/** No file stands among other draws but those of the draws that the spec names. */
function onlyNamed(books, folder, count) {
  const start = `transcript/${folder}/`;
  for (const path of keysOf(books.files)) {
    if (!path.startsWith(start)) continue;
    const [number, ...rest] = path.slice(start.length).split('/');
    const name = rest.join('/');
    const fits = /^[1-9][0-9]{0,5}$/.test(number) && Number(number) <= count;
    // What a separate draw was dealt after is held in its turn.
    const known = OTHER_FILES.includes(name)
      || (folder === 'draws' && name.startsWith('earlier/'));
    need(fits && known, path, '', 'is of no draw that spec.json names');
  }
}

/** Each earlier draw that the spec names holds, and was dealt after those named before it. */
function checkEarlier(books) {
  const name = 'transcript/spec.json';
  books.file = name;
  const spec = books.doc.get('spec.json');
  const { after } = spec;
  const both = (after !== undefined) === (spec.theta !== undefined);
  need(both, name, 'theta', 'stands with after, and only so');
  need(after === undefined || after.length, name, 'after', 'names no draw');
  onlyNamed(books, 'earlier', after === undefined ? 0 : after.length);
  if (after === undefined) return 'none';
  const theta = ratio(spec.theta, name, 'theta');
  need(theta.over <= theta.under, name, 'theta', 'a share is at most 1');
  need(theta.under <= 1000000n, name, 'theta', 'has a denominator over 1000000');
  const known = new Map();
  after.forEach((named, index) => {
    const earlier = recomputeOther(books, 'after', 'earlier', index, known);
    known.set(named.draw, earlier);
    books.earlier.push([earlier, named.counted === undefined]);
  });
  return othersTold(after, books.earlier.map(([earlier]) => earlier));
}

/** Each separate draw that the spec names holds; what it drew is to be planned here too. */
function checkSeparate(books) {
  const { draws } = books.doc.get('spec.json');
  need(draws === undefined || draws.length, 'transcript/spec.json', 'draws', 'names no draw');
  onlyNamed(books, 'draws', draws === undefined ? 0 : draws.length);
  if (draws === undefined) return 'none';
  draws.forEach((_, index) => {
    books.separate.push(recomputeOther(books, 'draws', 'draws', index, null));
  });
  return othersTold(draws, books.separate);
}

/** Return other draws in words. */
function othersTold(named, others) {
  const told = named.map((one, index) => {
    const fixed = others[index].doc.get('seed.json').test ? ' (a FIXED seed)' : '';
    return `${one.campaign} draw ${one.draw}${fixed}`;
  });
  return `${named.length} draws hold, compare with their publications: ${told.join(', ')}`;
}

/** Return the hash that another draw's frame names; what else is wrong comes in its turn. */
function hashOfFrame(source) {
  const name = 'transcript/frame.json';
  try {
    const frame = parse(source.read(name).bytes, name);
    return (frame instanceof Rec && HASHES.get(frame.hash)) || SHA256;
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    return SHA256;
  }
}

/**
 * Recompute another draw from its documents.
 *
 * What it was dealt after is among `known`, or else stands with it.
 */
function recomputeOther(books, field, folder, index, known) {
  const name = 'transcript/spec.json';
  const at = `${field}[${index}]`;
  books.file = name;
  const named = books.doc.get('spec.json')[field][index];
  const fresh = named.campaign !== books.campaign && !books.campaigns.includes(named.campaign);
  need(fresh, name, at + '.campaign', 'stands there twice');
  books.campaigns.push(named.campaign);
  const source = new Other(books.source, `transcript/${folder}/${index + 1}/`);
  const other = new Books(source, null);
  other.campaign = named.campaign;
  other.standsAlone = true;
  other.hash = hashOfFrame(source);
  other.listed = books.listed;
  other.files = rec(keysOf(books.files).filter((path) => path.startsWith(source.below))
    .map((path) => ['transcript/' + path.slice(source.below.length), books.files[path]]));
  try {
    checkFrame(other);
    const own = other.doc.get('spec.json');
    other.bodies.set('seed-source', own.seed_source);
    other.bodies.set('draw', rec([], Made));
    other.rows.set('seed-source', 3);
    checkSpec(other);
    if (known === null) {
      need(own.draws === undefined, name, 'draws', 'are not taken from there');
      checkEarlier(other);
    } else {
      (own.after || []).forEach((one, place) => {
        const stands = known.has(one.draw);
        const where = `after[${place}].draw`;
        need(stands, name, where, 'is no draw that stands before this one');
        other.earlier.push([known.get(one.draw), one.counted === undefined]);
      });
    }
    if (own.mode === 'sealed') other.secret = toldSecret(other);
    other.bodies.set('seed', rec([], Made));
    checkDrawSeed(other);
    checkDraw(other);
  } catch (fault) {
    if (fault instanceof Fault) fault.file = source.real(fault.file);
    throw fault;
  }
  for (const what of ['frame', 'spec', 'seed', 'draw']) {
    const digested = other.digests.get(`transcript/${what}.json`);
    same(named[what], digested, name, `${at}.${what}`, 'digest of the document');
  }
  for (const mark of other.rolled) books.rolled.push(mark);
  return other;
}

/** Return the secret in a seed's text; that it is the one sealed, its publication shows. */
function toldSecret(books) {
  const seed = books.open('seed.json', SEED, 'seed');
  const found = / secret=([0-9a-f]{64})$/.exec(seed.text);
  if (!found) {
    throw new Fault('transcript/seed.json', 'text', 'holds no secret, and the spec is sealed');
  }
  return books.key(found[1]);
}

/** Deal the tickets anew: in each cell the smallest to those drawn before; return the counts. */
function dealt(books, key, words) {
  const theta = readFraction(books.doc.get('spec.json').theta);
  const { frame } = books;
  const drawn = new Set();
  for (const [earlier, counts] of books.earlier) {
    if (!counts) continue;
    for (const [, id] of earlier.sampled.values()) {
      const place = frame.place(id);
      if (place >= 0) drawn.add(place);
    }
  }
  const stream = new Stream(subKey(key, 'thinning', 'drawn'));
  const [over, under] = [Number(theta.over), Number(theta.under)];
  const first = new Set(Array.from(drawn).sort((a, b) => a - b)
    .filter(() => stream.below(under) < over));
  const cells = new Map();
  books.stood.forEach(({ items }, place) => {
    const stood = books.earlier.map(([earlier]) => {
      const then = earlier.frame.place(frame.ids[place]);
      return then < 0 ? null : earlier.stood[then].stood;
    });
    const cell = JSON.stringify([items, ...stood]);
    if (!cells.has(cell)) cells.set(cell, []);
    cells.get(cell).push(place);
  });
  const fresh = words.slice();
  for (const members of cells.values()) {
    const ordered = members.sort((a, b) => compareTickets(fresh, a, b) || a - b);
    const takers = ordered.filter((place) => first.has(place))
      .concat(ordered.filter((place) => !first.has(place)));
    takers.forEach((taker, k) => {
      words.set(fresh.subarray(8 * ordered[k], 8 * ordered[k] + 8), 8 * taker);
    });
  }
  return rec([['cells', cells.size], ['drawn', drawn.size], ['first', first.size]]);
}

// =====================================================================================
// seeds
// =====================================================================================

const SEED = obj({
  format: TEXT,
  campaign: TEXT,
  purpose: TEXT,
  source: sourceRule(true),
  text: TEXT,
  key: HEX,
  entropy_millibits: whole(),
  test: boolean,
}, { warnings: arr(TEXT) });
// Seconds between a commitment and the first moment at which what it waits for can be known.
const MARGIN = 600;
// The public chains that a seed may come from, and their schemes: any other could be run by who
// wants to know its rounds beforehand.
const DRAND_CHAINS = new Map([
  ['8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce', 'pedersen-bls-chained'],
  ['52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971', 'bls-unchained-g1-rfc9380'],
]);

/** The seed's text binds the commitments, and its hash is the key. */
function checkSeed(books, name, purpose, bound, committed, secret = '') {
  const path = 'transcript/' + name;
  const seed = books.open(name, SEED, 'seed');
  same(seed.purpose, purpose, path, 'purpose', 'purpose');
  const { source } = seed;
  const kind = purpose === 'draw' ? 'seed' : 'teams-seed';
  const [ending, entropy] = checkSource(books, kind, source, committed, path, 'source');
  const wanted = `double-random/v1 campaign=${books.campaign} purpose=${purpose} ${bound} `
    + ending + secret;
  const alone = source.source === 'parties';
  const fixed = source.source === 'fixed';
  same(seed.text, wanted, path, 'text', 'text');
  same(seed.key, books.hash.hex(utf8(wanted)), path, 'key', 'hash of the text');
  same(seed.entropy_millibits, entropy, path, 'entropy_millibits', 'entropy');
  need(fixed || entropy >= 64000, path, 'entropy_millibits', 'is less than 64 bits');
  same(seed.test, fixed, path, 'test', 'whether the seed is a fixed one');
  const warnings = alone ? ['parties-alone'] : null;
  const unsaid = 'what the source does not protect from';
  same(get(seed, 'warnings'), warnings, path, 'warnings', unsaid);
}

/** The source is the one committed to; return the last words of the seed text, and entropy. */
function checkSource(books, kind, source, committed, path, at) {
  same(announcedPart(source), committed, path, at, 'the source committed to before');
  return new Evidence(books, path, kind).read(source, at);
}

/** What a source showed while its seed is sealed, in words. */
function checkShown(books, kind, committed) {
  const source = get(books.bodies.get(kind), 'source');
  const at = `line ${books.rows.get(kind)} body.source`;
  books.file = ENTRIES;
  books.shape(ENTRIES, source, sourceRule(true), at);
  const [, entropy] = checkSource(books, kind, source, committed, ENTRIES, at);
  const test = source.source === 'fixed';
  need(test || entropy >= 64000, ENTRIES, at, 'is less than 64 bits');
  const seed = { test, source, entropy_millibits: entropy };
  if (source.source === 'parties') seed.warnings = ['parties-alone'];
  return seedWords(seed) + '; its text waits for opening';
}

/** What the ledger says a source showed is what the seed says. */
function sameSource(books, kind, name) {
  const body = books.bodies.get(kind);
  if (body.source !== undefined) {
    same(body.source, books.doc.get(name).source, ENTRIES,
      `line ${books.rows.get(kind)} body.source`, 'source of ' + name);
  }
}

const WHAT_IS_SHOWN = [
  'rolls', 'text', 'signature', 'previous_signature', 'results', 'reveals',
];

/** Return a source's document without what it showed. */
function announcedPart(source) {
  const pairs = keysOf(source).filter((key) => !WHAT_IS_SHOWN.includes(key))
    .map((key) => [key, key === 'parts' ? source.parts.map(announcedPart) : source[key]]);
  return rec(pairs, Made);
}

/** Reads what sources showed; each kind gives the words of the seed text and its entropy. */
class Evidence {
  constructor(books, path, kind) {
    this.books = books;
    this.path = path;
    // When another draw was committed and its seed known, its own publication shows.
    this.timed = !books.standsAlone;
    const ever = 10n ** 30n;
    this.committed = this.timed ? books.times.get(kind.replace('seed', 'seed-source')) : -ever;
    const sealed = this.timed && kind === 'seed' ? books.times.get('seal') : undefined;
    // Who seals a secret once the source can be known might choose it by that.
    if (sealed !== undefined && sealed > this.committed) this.committed = sealed;
    this.seed = this.timed ? books.times.get(kind) : ever;
    const reveals = kind.replace('seed', 'seed-reveals');
    this.record = books.bodies.get(reveals);
    this.recorded = books.times.get(reveals) || 0n;
  }

  /** Raise a fault of the seed's document unless `condition` holds. */
  need(condition, place, what) {
    need(condition, this.path, place, what);
  }

  /** Return the last words of the seed text and thousandths of a bit. */
  read(source, at) {
    const kind = source.source;
    if (kind === 'combined') return this.combined(source, at);
    const known = knownBetween(source);
    if (known) {
      this.afterCommitment(known[0], at);
      this.need(known[1] <= this.seed, at, 'cannot be known yet when the seed is published');
    }
    if (kind === 'dice') return this.dice(source, at);
    if (kind === 'drand') return this.drand(source, at);
    if (kind === 'lottery') return this.lottery(source, at);
    if (kind === 'parties') return this.parties(source, at);
    return ['fixed=' + source.text, 0];
  }

  /** A moment lies far enough after the commitment. */
  afterCommitment(moment, at) {
    const after = moment >= this.committed + BigInt(MARGIN) * MICROS;
    this.need(after, at, `can be known less than ${MARGIN} s after its commitment`);
  }

  /** No two seeds of a publication, and no two parts of one, show the same. */
  once(mark, place, what) {
    this.need(!this.books.rolled.includes(mark), place, what);
    this.books.rolled.push(mark);
  }

  /** Rolls are possible, as few as may be, and new. */
  dice(source, at) {
    const { sides, rolls } = source;
    const place = at + '.rolls';
    this.need(pointsIn(rolls) <= 1000, place, 'is too long');
    const shown = sides > 10 ? rolls.split('-') : Array.from(rolls);
    const [low, high] = sides === 10 ? [0, 9] : [1, sides];
    for (const roll of shown) {
      const fair = /^(0|[1-9][0-9]{0,3})$/.test(roll) && low <= Number(roll)
        && Number(roll) <= high;
      this.need(fair, place, `${show(roll)} is no roll of a die with ${sides} sides`);
    }
    // The number is fixed too: whoever dislikes a result cannot roll on, or leave rolls out.
    const rolled = 'number of rolls, the fewest that give 64 bits';
    same(shown.length, fewestRolls(sides), this.path, place, rolled);
    this.once(rolls, place, 'are those of an earlier seed: known before the odds');
    return [`dice${sides}=${rolls}`, millibits(BigInt(sides) ** BigInt(shown.length))];
  }

  /** The chain is a public one, and its key signed the round. */
  drand(source, at) {
    const { chain, round } = source;
    const place = at + '.chain.';
    const beacon = chain.metadata.beaconID;
    // drand's own hash, whatever the campaign's
    const found = hex(SHA256.digest(
      bytesOf(chain.period, 4), bytesOf(chain.genesis_time, 8), unhex(chain.public_key),
      unhex(chain.groupHash), utf8(beacon === 'default' ? '' : beacon),
    ));
    same(chain.hash, found, this.path, place + 'hash', "hash of the chain's information");
    const scheme = DRAND_CHAINS.get(found);
    this.need(scheme, place + 'hash', 'is no public chain that is known here');
    same(chain.schemeID, scheme, this.path, place + 'schemeID', 'scheme of this chain');
    const signature = unhex(source.signature);
    const before = unhex(get(source, 'previous_signature') || '');
    const holds = drandHolds(scheme, unhex(chain.public_key), BigInt(round), signature, before);
    this.need(holds, at + '.signature', 'does not hold for this round of this chain');
    const mark = `${found}:${round}`;
    this.once(mark, at + '.round', 'was used before in this publication');
    return [`drand=${mark}:${SHA256.hex(signature)}`, 256000];
  }

  /** The numbers are such as the drawings show; the text is that of RFC 3797, section 4. */
  lottery(source, at) {
    let written = 'lottery=';
    let entropy = 0;
    const { inputs, results } = source;
    same(results.length, inputs.length, this.path, at + '.results', 'number of results');
    inputs.forEach((one, k) => {
      const numbers = results[k];
      let place = `${at}.inputs[${k}]`;
      const many = one.high - one.low + 1;
      this.need(one.count <= many, place + '.count', 'is more than there are numbers');
      this.once(one.name, place + '.name', 'was used before in this publication');
      place = `${at}.results[${k}]`;
      same(numbers.length, one.count, this.path, place, 'number of numbers');
      const fits = numbers.every((number) => one.low <= number && number <= one.high);
      this.need(fits, place, `must lie from ${one.low} to ${one.high}`);
      const rising = numbers.every((number, j) => j === 0 || numbers[j - 1] < number);
      this.need(rising, place, 'must be sorted, none twice');
      written += numbers.map((number) => `${number}.`).join('') + '/';
      let ways = 1n;
      for (let j = 0; j < one.count; j += 1) ways = ways * BigInt(many - j) / BigInt(j + 1);
      entropy += millibits(ways);
    });
    return [written, entropy];
  }

  /** Each reveal has the outcome it says, and was recorded before the rest was known. */
  parties(source, at, alone = true) {
    const { parties, reveals } = source;
    const anew = source.absent === 'anew';
    this.books.namesHash(this.path, source, at + '.hash');
    this.need(anew || !alone, at + '.absent', 'parties alone must all reveal');
    const place = at + '.reveals';
    const recorded = 'what the ledger recorded of the reveals';
    const deadline = micros(source.deadline);
    if (this.timed) {
      same(this.record, rec([['reveals', reveals]], Made), this.path, place, recorded);
      this.need(this.recorded >= deadline, place, 'were recorded before the deadline');
    }
    same(reveals.length, parties.length, this.path, place, 'number of reveals');
    const values = parties.map((one, k) => {
      const given = reveals[k];
      let where = `${at}.parties[${k}]`;
      const twice = parties.slice(0, k).some((other) => other.party === one.party);
      this.need(!twice, where + '.party', 'stands twice');
      const mark = one.commitment;
      this.once(mark, where + '.commitment', 'was used before in this publication');
      where = `${place}[${k}]`;
      same(given.party, one.party, this.path, where + '.party', 'party');
      let outcome = 'missing';
      if (given.value !== undefined) {
        const label = `double-random/party/v1:${one.party}:${given.value}`;
        const moment = micros(given.time);
        const after = moment >= this.committed;
        this.need(after, where + '.time', 'lies before the commitment that it is for');
        const late = moment > deadline;
        outcome = late ? 'late' : 'revealed';
        if (this.books.hash.hex(utf8(label)) !== mark) outcome = 'false';
      }
      same(given.outcome, outcome, this.path, where + '.outcome', 'outcome');
      const needed = outcome === 'revealed' || !anew;
      this.need(needed, where + '.outcome', 'so the draw must be announced anew');
      return outcome === 'revealed' ? given.value : '-';
    });
    const revealed = values.some((value) => value !== '-');
    return ['parties=' + values.join(':'), revealed ? 256000 : 0];
  }

  /** Commitments, reveals, then what nobody could know before; in the order of time. */
  combined(source, at) {
    let least = null;
    let entropy = 0;
    const written = source.parts.map((part, k) => {
      const place = `${at}.parts[${k}]`;
      const known = knownBetween(part);
      this.need(known, place + '.at', 'is missing');
      const fits = least === null || known[0] >= least;
      this.need(fits, place, 'can be known too early after the part before');
      [least] = known;
      let words;
      let bits;
      if (part.source === 'parties') {
        this.need(k === 0, place, 'parties come first, and once');
        [words, bits] = this.partiesBefore(part, place, source.parts.slice(1));
        least += BigInt(MARGIN) * MICROS;
      } else {
        [words, bits] = this.read(part, place);
      }
      entropy += bits;
      return words;
    });
    return [written.join(' '), Math.min(entropy, 256000)];
  }

  /** Nothing else could be known when the reveals were recorded. */
  partiesBefore(source, at, others) {
    this.afterCommitment(micros(source.deadline), at);
    for (const part of others) {
      const known = knownBetween(part);
      const fits = !known || this.recorded < known[0] || !this.timed;
      this.need(fits, at + '.reveals', 'were recorded when the rest could be known');
    }
    return this.parties(source, at, false);
  }
}

/** Return when the first and the last of a source can be known, in microseconds, or null. */
function knownBetween(source) {
  const kind = source.source;
  let moments;
  if (kind === 'drand') {
    const { genesis_time: genesis, period } = source.chain;
    moments = [MICROS * (BigInt(genesis) + BigInt(source.round - 1) * BigInt(period))];
  } else if (kind === 'lottery') moments = source.inputs.map((one) => micros(one.at));
  else if (kind === 'parties') moments = [micros(source.deadline)];
  else if (kind === 'dice' && source.at !== undefined) moments = [micros(source.at)];
  else return null;
  return [moments.reduce((a, b) => (b < a ? b : a)), moments.reduce((a, b) => (b > a ? b : a))];
}

/** Return a number as so many bytes, the highest first. */
function bytesOf(number, count) {
  return unhex(number.toString(16).padStart(2 * count, '0'));
}

/** Return floor(1000 · log2 ways), in integers: floor(log2 ways^1000). */
function millibits(ways) {
  return bitLength(ways ** 1000n) - 1;
}

/** Return the fewest rolls that give at least 64 bits. */
function fewestRolls(sides) {
  let rolls = 1;
  for (let outcomes = BigInt(sides); outcomes < 1n << 64n; outcomes *= BigInt(sides)) rolls += 1;
  return rolls;
}

/** Return the number of bits of a number above 0. */
function bitLength(number) {
  const digits = number.toString(16);
  return 4 * digits.length - Math.clz32(parseInt(digits[0], 16)) + 28;
}

/** The first seed binds frame and spec, and in sealed mode the secret. */
function checkDrawSeed(books) {
  const spec = books.doc.get('spec.json');
  if (books.shut) return checkShown(books, 'seed', spec.seed_source);
  const bound = `frame=${spec.frame_root} spec=${books.digests.get('transcript/spec.json')}`;
  const secret = books.secret === null ? '' : ' secret=' + hex(books.secret.bytes);
  checkSeed(books, 'seed.json', 'draw', bound, spec.seed_source, secret);
  sameSource(books, 'seed', 'seed.json');
  return seedWords(books.doc.get('seed.json'));
}

/** Return a seed in words. */
function seedWords(seed) {
  if (seed.test) return 'a FIXED seed: for tests only';
  const words = `${sourceWords(seed.source)}, ${Math.floor(seed.entropy_millibits / 1000)} bits`;
  if (seed.warnings === undefined) return words;
  return words + '; WARNING: the last party to reveal could stop the draw';
}

/** Return a source in words. */
function sourceWords(source) {
  const kind = source.source;
  if (kind === 'combined') return source.parts.map(sourceWords).join(', then ');
  if (kind === 'drand') {
    return `round ${source.round} of drand's ${source.chain.metadata.beaconID}, signature holds`;
  }
  if (kind === 'lottery') return `${source.inputs.length} lists of lottery numbers`;
  if (kind === 'parties') {
    const absent = source.reveals.filter((one) => one.outcome !== 'revealed').length;
    return `${source.reveals.length} parties, ${absent} of them absent`;
  }
  return `dice of ${source.sides} sides`;
}

// =====================================================================================
// draw: rounding, tickets, samples
// =====================================================================================

const DRAW = obj({
  format: TEXT,
  campaign: TEXT,
  frame_root: HEX,
  spec: HEX,
  seed: HEX,
  key: HEX,
  items: arr(obj({
    item: ID,
    rounding: nullOr(obj({ denominator: whole(1, 2 ** 40), r: whole() })),
    strata: arr(obj({
      stratum: TEXT,
      population: whole(1),
      probability: RATIO,
      size: whole(),
      cutoff: text('([0-9a-f]{64})?', '64 lower-case hex digits or empty'),
      sample: arr(ENTERPRISE),
      reserves: arr(ENTERPRISE),
    }, { share: RATIO })),
  }, {
    order: ID,
    roundings: arr(obj({ stratum: TEXT, denominator: whole(1, 2 ** 40), r: whole() })),
    controlled: text('[1-9][0-9]{0,149}', 'a whole number'),
  })),
  distinct: obj({
    drawn: whole(),
    enterprises: whole(),
    independent: DECIMAL,
    bound: DECIMAL,
    simulation: obj({ draws: whole(), mean: DECIMAL, standard_error: DECIMAL }),
  }),
}, { dealt: obj({ cells: whole(), drawn: whole(), first: whole() }) });

/** Sizes, tickets, samples, reserves and cut-offs follow from the key. */
function checkDraw(books) {
  const told = books.course.sealed ? checkTold(books) : null;
  if (books.shut) {
    let known = 0;
    for (const item of told.items) for (const stratum of item.strata) known += stratum.size;
    return `${known} drawn; who, waits for opening`;
  }
  const name = 'transcript/draw.json';
  const draw = books.open('draw.json', DRAW, 'draw');
  const spec = books.doc.get('spec.json');
  same(draw.frame_root, spec.frame_root, name, 'frame_root', 'root of the frame');
  books.refers('draw.json', 'spec', 'spec.json');
  books.refers('draw.json', 'seed', 'seed.json');
  same(draw.key, books.doc.get('seed.json').key, name, 'key', 'key of seed.json');
  const key = books.key(draw.key);
  const { ids } = books.frame;
  const words = new Uint32Array(8 * ids.length);
  const tickets = new Tickets(key);
  for (let k = 0; k < ids.length; k += 1) tickets.write(ids[k], words, 8 * k);
  const own_words = spec.after === undefined ? words : words.slice();
  const counts = spec.after === undefined ? null : dealt(books, key, words);
  same(get(draw, 'dealt'), counts, name, 'dealt', 'tickets dealt anew');
  same(draw.items.length, spec.items.length, name, 'items', 'number of items');
  const chance = new Map();
  let drawn = 0;
  const sampled = new Map();
  spec.items.forEach((order, i) => {
    const item = draw.items[i];
    const at = `items[${i}]`;
    const code = orderKey(order);
    same(item.item, order.item, name, at + '.item', 'item of spec.json');
    same(get(item, 'order'), get(order, 'order'), name, at + '.order', 'order of spec.json');
    same(item.strata.length, order.strata.length, name, at + '.strata', 'number of strata');
    const [sizes, rounded] = recomputeSizes(key, order, name, at);
    same(item.rounding, get(rounded, 'rounding'), name, at + '.rounding', 'rounding');
    for (const field of ['roundings', 'controlled']) {
      same(get(item, field), get(rounded, field), name, at + '.' + field, 'rounding');
    }
    order.strata.forEach((planned, j) => {
      const stratum = item.strata[j];
      const place = `${at}.strata[${j}]`;
      const title = planned.stratum;
      same(stratum.stratum, title, name, place + '.stratum', 'stratum of spec.json');
      same(stratum.population, planned.population, name, place + '.population', 'population');
      const pi = planned.rate !== undefined ? readFraction(planned.rate)
        : fraction(BigInt(planned.size), BigInt(planned.population));
      const probability = fractionText(pi);
      same(stratum.probability, probability, name, place + '.probability', 'probability');
      const number = books.strata.number(code, title);
      const members = books.strata.of(code, title);
      let size = sizes[j];
      let best;
      let cutoff = '';
      if (order.design !== undefined) {
        const counts = new Map();
        for (const k of members) {
          const weight = books.weights.get(k);
          counts.set(weight, (counts.get(weight) || 0) + 1);
        }
        const kinds = Array.from(counts.keys()).sort((a, b) => a - b);
        const classes = kinds.map((weight) => (
          [fraction(BigInt(weight), 1n), BigInt(counts.get(weight))]));
        const [share, odds] = proportional(times(pi, BigInt(members.length)), classes);
        kinds.forEach((weight, k) => chance.set(`${number}/${weight}`, odds[k]));
        same(get(stratum, 'share'), fractionText(share), name, place + '.share',
          'share of a weight');
        need(share.under <= 1n << 47n, 'transcript/spec.json', place,
          "the shares' common denominator is over 2^47");
        const [taken, rest] = duels(key, order, title, members, words, books.weights, share);
        size = taken.length;
        best = taken.concat(rest.slice(0, order.reserves));
      } else {
        same(get(stratum, 'share'), null, name, place + '.share', 'share of a weight');
        chance.set(String(number), pi);
        best = smallest(words, members, size + order.reserves);
        if (size) cutoff = ticketHex(words, best[size - 1]);
      }
      const ranked = best.map((k) => ids[k]);
      const first = ranked.slice(0, size);
      same(stratum.size, size, name, place + '.size', 'size');
      sameList(stratum.sample, first, name, place + '.sample', 'smallest tickets');
      sameList(stratum.reserves, ranked.slice(size), name, place + '.reserves', 'next tickets');
      same(stratum.cutoff, cutoff, name, place + '.cutoff', 'ticket of the last sampled');
      drawn += size;
      for (const identity of first) sampled.set(`P-${code}-${identity}`, [order, identity]);
    });
  });
  const distinct = new Set(Array.from(sampled.values(), ([, identity]) => identity)).size;
  same(sampled.size, drawn, name, 'items', 'checks with ids of their own');
  books.sampled = sampled;
  checkDistinct(books, chance, drawn, distinct);
  if (told) sameSizes(told, draw);
  let found = `${drawn} drawn at ${distinct} enterprises`;
  if (books.bodies.get('draw').results !== undefined) {
    checkResults(books, key, own_words);
    found += ', the root of their results holds';
  }
  if (books.substitutes.length) {
    checkSubstitutes(books, draw);
    found += `, ${books.substitutes.length} substituted in turn`;
  }
  books.separate.forEach((other, number) => {
    for (const [check, one] of other.sampled) {
      const once = !sampled.has(check);
      need(once, 'transcript/spec.json', `draws[${number}]`, `draws ${show(check)} once more`);
      sampled.set(check, one);
    }
  });
  return found;
}

const TOLD_DRAW = obj({
  format: TEXT,
  campaign: TEXT,
  frame_root: HEX,
  spec: HEX,
  items: arr(obj({
    item: ID,
    strata: arr(obj({
      stratum: TEXT, population: whole(1), probability: RATIO, size: whole(), reserves: whole(),
    })),
  }, { order: ID })),
});
const ROOT = obj({ root: HEX, size: whole() });

/** The draw without names keeps the spec: sizes are the expected ones, up or down. */
function checkTold(books) {
  const body = books.bodies.get('draw');
  const row = `line ${books.rows.get('draw')} body`;
  books.file = ENTRIES;
  need(body.told !== undefined, ENTRIES, row + '.told', 'is missing');
  const field = books.hash.name;
  books.shape(ENTRIES, body.told, obj({ document: TEXT, [field]: HEX }), row + '.told');
  books.shape(ENTRIES, get(body, 'results'), ROOT, row + '.results');
  const { size: all } = books.doc.get('frame.json');
  same(body.results.size, all, ENTRIES, row + '.results.size', 'size of the frame');
  same(body.told.document, TOLD, ENTRIES, row + '.told.document', 'document');
  const name = TOLD;
  const spec = books.doc.get('spec.json');
  const told = books.open('draw-sealed.json', TOLD_DRAW, 'draw-sealed');
  same(body.told[field], books.digests.get(TOLD), ENTRIES, `${row}.told.${field}`,
    'digest of ' + TOLD);
  same(told.frame_root, spec.frame_root, name, 'frame_root', 'root of the frame');
  books.refers('draw-sealed.json', 'spec', 'spec.json');
  same(told.items.length, spec.items.length, name, 'items', 'number of items');
  spec.items.forEach((order, i) => {
    const item = told.items[i];
    const at = `items[${i}]`;
    same(item.item, order.item, name, at + '.item', 'item of spec.json');
    same(get(item, 'order'), get(order, 'order'), name, at + '.order', 'order of spec.json');
    same(item.strata.length, order.strata.length, name, at + '.strata', 'number of strata');
    let total = fraction(0n, 1n);
    let drawn = 0n;
    order.strata.forEach((planned, j) => {
      const stratum = item.strata[j];
      const place = `${at}.strata[${j}]`;
      const many = planned.population;
      const pi = planned.rate !== undefined ? readFraction(planned.rate)
        : fraction(BigInt(planned.size), BigInt(many));
      const fields = [['stratum', planned.stratum], ['population', many],
        ['probability', fractionText(pi)]];
      for (const [field, wanted] of fields) {
        same(stratum[field], wanted, name, `${place}.${field}`, field);
      }
      const over = pi.over * BigInt(many);
      const size = BigInt(stratum.size);
      const fits = floorDivide(over, pi.under) <= size && size <= -floorDivide(-over, pi.under);
      need(fits, name, place + '.size', 'is not the expected size, rounded up or down');
      const left = Math.min(order.reserves, many - stratum.size);
      same(stratum.reserves, left, name, place + '.reserves', 'number of reserves');
      total = fraction(total.over * pi.under + over * total.under, total.under * pi.under);
      drawn += size;
    });
    // Each stratum of levels is rounded by itself.
    const by_group = order.levels !== undefined && order.rounding === undefined;
    const slack = by_group ? BigInt(order.strata.length) : 0n;
    const fits = floorDivide(total.over, total.under) - slack <= drawn
      && drawn <= -floorDivide(-total.over, total.under) + slack;
    need(fits, name, at + '.strata', 'sizes add up to more or less than expected');
  });
  return told;
}

/** The sizes told before opening are those drawn. */
function sameSizes(told, draw) {
  told.items.forEach((item, i) => item.strata.forEach((stratum, j) => {
    same(stratum.size, draw.items[i].strata[j].size, TOLD, `items[${i}].strata[${j}].size`,
      'size of draw.json');
  }));
}

/** The tree over every enterprise's own result has the root that the ledger holds. */
function checkResults(books, key, words) {
  const row = `line ${books.rows.get('draw')} body.results`;
  const found = books.bodies.get('draw').results;
  books.file = ENTRIES;
  books.shape(ENTRIES, found, ROOT, row);
  const drawn = new Map();
  for (const [order, identity] of books.sampled.values()) {
    if (!drawn.has(identity)) drawn.set(identity, []);
    drawn.get(identity).push(orderKey(order));
  }
  const salts = books.secret === null ? key : books.secret;
  const { ids } = books.frame;
  same(found.size, ids.length, ENTRIES, row + '.size', 'size of the frame');
  // One line at a time: all of them would be too much for a text.
  const root_found = hex(merkleRoot(books.hash, ids.length, (hasher, k) => {
    const id = ids[k];
    hasher.update(utf8(dumps(rec([
      ['drawn', sorted(drawn.get(id) || [])],
      ['id', id],
      ['salt', hex(subKey(salts, 'result', id).bytes).slice(0, 32)],
      ['ticket', ticketHex(words, k)],
    ], Made), ',', ':')));
  }));
  same(found.root, root_found, ENTRIES, row + '.root', 'root of the results');
}

const OPENED = obj({
  format: TEXT,
  campaign: TEXT,
  substitutions: arr(obj({
    entry: whole(), enterprise: ENTERPRISE, order: ID, reason: WHY, reserve: ENTERPRISE,
    stratum: TEXT,
  })),
});

/** Each who gave way held a place, and the next unused reserve of its stratum took it. */
function checkSubstitutes(books, draw) {
  const hidden = books.substitutes.filter(([, body]) => body.sealed !== undefined)
    .map(([place]) => place);
  let opened = [];
  if (hidden.length) {
    opened = books.open('substitutions.json', OPENED, 'substitutions').substitutions;
    sameList(opened.map((one) => one.entry), hidden, CHANGES, 'substitutions', 'entries');
  }
  const strata = new Map();
  books.doc.get('spec.json').items.forEach((order, i) => {
    for (const { stratum, sample, reserves } of draw.items[i].strata) {
      mapIn(strata, orderKey(order)).set(stratum, [sample.slice(), reserves.slice(), order]);
    }
  });
  let turn = 0;
  for (const [place, body] of books.substitutes) {
    let one = body.substitution;
    let file = ENTRIES;
    let at = `line ${place + 1} body.substitution`;
    if (body.sealed !== undefined) {
      one = rec(keysOf(opened[turn]).filter((key) => key !== 'entry')
        .map((key) => [key, opened[turn][key]]));
      file = CHANGES;
      at = `substitutions[${turn}]`;
      turn += 1;
      const key = `substitution/${place}:${books.hash.hex(utf8(dumps(one, ',', ':')))}`;
      same(body.sealed, hex(subKey(books.secret, 'sealed', key).bytes), ENTRIES,
        `line ${place + 1} body.sealed`, `commitment to ${at} of ${file}`);
    }
    const { order: code, stratum: title, enterprise, reserve } = one;
    const held = strata.has(code) && strata.get(code).get(title);
    need(held, file, at + '.stratum', 'is no stratum of the order');
    const [sample, reserves, order] = held;
    need(sample.includes(enterprise), file, at + '.enterprise', 'holds no place to give up');
    need(reserves.length, file, at + '.reserve', 'no reserve of the stratum is left');
    same(reserve, reserves[0], file, at + '.reserve', 'the next unused reserve');
    sample[sample.indexOf(enterprise)] = reserves.shift();
    books.exchanged.push(
      [place + 1, `P-${code}-${enterprise}`, `P-${code}-${reserve}`, [order, reserve]]);
  }
  exchange(books, 0, books.rows.has('checks') ? books.rows.get('checks') : Infinity);
}

/** Put reserves in the place of who gave way between two lines of the ledger. */
function exchange(books, after, before) {
  for (const [line, gone, fresh, held] of books.exchanged) {
    if (after < line && line < before) {
      books.sampled.delete(gone);
      books.sampled.set(fresh, held);
    }
  }
}

/** Return the members with the `count` smallest tickets, in order of ticket. */
function smallest(words, members, count) {
  let some = members;
  if (members.length > 64 && count < members.length / 2) {
    // Only those up to the cut by the first word need be sorted; all with the same word are in.
    const cut = Uint32Array.from(members, (k) => words[8 * k]).sort()[count ? count - 1 : 0];
    some = members.filter((k) => words[8 * k] <= cut);
  }
  return some.slice().sort((a, b) => compareTickets(words, a, b) || a - b).slice(0, count);
}

/** Return who is taken by the ordered pivotal method, and the others; both by ticket. */
function duels(key, order, title, members, words, weights, share) {
  const wholeOne = Number(share.under);
  const stream = new Stream(subKey(key, 'pivotal', `${orderKey(order)}:${title}`));
  const ordered = smallest(words, members, members.length);
  const taken = new Set();
  let holder = -1;
  let held = 0;
  for (const k of ordered) {
    const exact = share.over * BigInt(weights.get(k));
    const part = exact >= share.under ? wholeOne : Number(exact);
    if (part === wholeOne) {
      taken.add(k);
    } else if (part && !held) {
      holder = k;
      held = part;
    } else if (part && held + part <= wholeOne) {
      if (stream.below(held + part) >= held) holder = k;
      held += part;
      if (held === wholeOne) {
        taken.add(holder);
        held = 0;
      }
    } else if (part) {
      held += part;
      if (stream.below(2 * wholeOne - held) < wholeOne - part) {
        taken.add(holder);
        holder = k;
      } else {
        taken.add(k);
      }
      held -= wholeOne;
    }
  }
  if (held && stream.below(wholeOne) < held) taken.add(holder);
  return [ordered.filter((k) => taken.has(k)), ordered.filter((k) => !taken.has(k))];
}

/** Return the whole sizes of an item's strata, and how they were rounded. */
function recomputeSizes(key, order, name, at) {
  const { strata } = order;
  const code = orderKey(order);
  if (order.design !== undefined || !strata.length) return [strata.map(() => 0), rec([])];
  if (!strata.every((stratum) => stratum.rate !== undefined)) {
    return [strata.map((stratum) => stratum.size), rec([])];
  }
  if (order.rounding !== undefined) {
    const places = strata.map((stratum) => cellOf(order, stratum.stratum, name, at));
    const targets = strata.map((stratum) => (
      times(readFraction(stratum.rate), BigInt(stratum.population))));
    const stream = new Stream(subKey(key, 'controlled', code));
    const [sizes, common] = controlled(stream, places, targets, at);
    return [sizes, rec([['controlled', String(common)]])];
  }
  if (order.levels === undefined) {
    const [sizes, common, r] = systematic(key, code, strata, at);
    return [sizes, rec([['rounding', rec([['denominator', common], ['r', r]])]])];
  }
  const groups = new Map();
  strata.forEach((stratum, index) => {
    const [group] = cellOf(order, stratum.stratum, name, at);
    if (!groups.has(group)) groups.set(group, []);
    groups.get(group).push(index);
  });
  const every = strata.map(() => 0);
  const roundings = sorted(Array.from(groups.keys())).map((group) => {
    const its = groups.get(group);
    const cells = its.map((index) => strata[index]);
    const [sizes, common, r] = systematic(key, `${code}:${group}`, cells, at);
    its.forEach((index, k) => { every[index] = sizes[k]; });
    return rec([['denominator', common], ['r', r], ['stratum', group]]);
  });
  return [every, rec([['roundings', roundings]])];
}

/** Return the least common denominator, which is at most 2^most. */
function commonDenominator(parts, most, at) {
  let common = 1n;
  for (const part of parts) {
    common = common * part.under / gcd(common, part.under);
    need(common <= 1n << BigInt(most), 'transcript/spec.json', at + '.strata',
      `the rates' common denominator is over 2^${most}`);
  }
  return common;
}

/** Return sizes by systematic rounding, the common denominator and r. */
function systematic(key, code, strata, at) {
  const rates = strata.map((stratum) => readFraction(stratum.rate));
  const common = commonDenominator(rates, 40, at);
  const r = new Stream(subKey(key, 'rounding', code)).below(Number(common));
  const sizes = [];
  let total = 0n;
  let before = 0n;
  strata.forEach((stratum, index) => {
    const rate = rates[index];
    total += rate.over * BigInt(stratum.population) * (common / rate.under);
    const upto = -floorDivide(BigInt(r) - total, common);
    sizes.push(Number(upto - before));
    before = upto;
  });
  return [sizes, Number(common), r];
}

/** Return sizes by Cox's controlled rounding of a two-way table, and the common denominator. */
function controlled(stream, names, targets, at) {
  const common = commonDenominator(targets, 479, at);
  const rows = sorted(Array.from(new Set(names.map(([row]) => row))));
  const columns = sorted(Array.from(new Set(names.map(([, column]) => column))));
  const wide = columns.length + 1;
  const cells = names.map(([row, column]) => rows.indexOf(row) * wide + columns.indexOf(column));
  const last = (rows.length + 1) * wide - 1;
  const part = new Map();
  cells.forEach((cell, k) => {
    const rest = targets[k].over * (common / targets[k].under) % common;
    const row = Math.floor(cell / wide);
    const slack = [[row * wide + wide - 1, -rest], [last - wide + 1 + (cell % wide), -rest]];
    for (const [place, more] of [[cell, rest], ...slack, [last, rest]]) {
      const sum = ((part.get(place) || 0n) + more) % common;
      part.set(place, sum < 0n ? sum + common : sum);
    }
  });
  const columnsOf = new Map();
  const rowsOf = new Map();
  const open = Array.from(part.keys()).filter((cell) => part.get(cell)).sort((a, b) => a - b);
  for (const cell of open) {
    const row = Math.floor(cell / wide);
    const column = cell % wide;
    if (!columnsOf.has(row)) columnsOf.set(row, []);
    if (!rowsOf.has(column)) rowsOf.set(column, []);
    columnsOf.get(row).push(column);
    rowsOf.get(column).push(row);
  }
  const take = (places, place) => places.splice(places.indexOf(place), 1);
  while (columnsOf.size) {
    // From the first row, always to the first open cell but the one come by, until a line comes
    // again: the cells since then are the cycle.
    let row = Math.min(...columnsOf.keys());
    let column = -1;
    const steps = [];
    const metRows = new Map([[row, 0]]);
    const metColumns = new Map();
    let begun = -1;
    while (begun < 0) {
      const [c0, c1] = columnsOf.get(row);
      column = c0 === column ? c1 : c0;
      steps.push(row * wide + column);
      if (metColumns.has(column)) {
        begun = metColumns.get(column);
        break;
      }
      metColumns.set(column, steps.length);
      const [r0, r1] = rowsOf.get(column);
      row = r0 === row ? r1 : r0;
      steps.push(row * wide + column);
      if (metRows.has(row)) begun = metRows.get(row);
      else metRows.set(row, steps.length);
    }
    const cycle = steps.slice(begun);
    let up = common;
    let down = common;
    cycle.forEach((cell, k) => {
      const [above, below] = [common - part.get(cell), part.get(cell)];
      const [rise, fall] = k % 2 ? [below, above] : [above, below];
      if (rise < up) up = rise;
      if (fall < down) down = fall;
    });
    const step = stream.belowAny(up + down) < down ? up : -down;
    cycle.forEach((cell, k) => {
      const value = part.get(cell) + (k % 2 ? -step : step);
      part.set(cell, value);
      if (value === 0n || value === common) {
        const its = Math.floor(cell / wide);
        take(columnsOf.get(its), cell % wide);
        take(rowsOf.get(cell % wide), its);
        if (!columnsOf.get(its).length) columnsOf.delete(its);
      }
    });
  }
  const sizes = cells.map((cell, k) => (
    Number(targets[k].over / targets[k].under + part.get(cell) / common)));
  return [sizes, common];
}

/** Compare two lists and name the first difference. */
function sameList(found, wanted, file, place, what) {
  const end = Math.min(found.length, wanted.length);
  for (let index = 0; index < end; index += 1) {
    if (found[index] !== wanted[index]) {
      same(found[index], wanted[index], file, `${place}[${index}]`, what);
    }
  }
  same(found.length, wanted.length, file, place, what + ': length');
}

/** The expected numbers of distinct enterprises are those of the formula. */
function checkDistinct(books, chance, drawn, distinct) {
  const name = 'transcript/draw.json';
  const found = books.doc.get('draw.json').distinct;
  same(found.drawn, drawn, name, 'distinct.drawn', 'sum of the sizes');
  same(found.enterprises, distinct, name, 'distinct.enterprises', 'distinct enterprises');
  const unit = 10n ** 12n;
  let independent = 0n;
  let bound = 0n;
  const counts = new Map();
  for (const { chances, count } of books.combinations) {
    const key = chances.join(' ');
    counts.set(key, (counts.get(key) || 0) + count);
  }
  for (const [key, count] of counts) {
    const rates = key ? key.split(' ').map((place) => chance.get(place)) : [];
    let none = 1n; // the chance of no draw at all, over `under`
    let under = 1n;
    let most = { over: 0n, under: 1n };
    for (const rate of rates) {
      none *= rate.under - rate.over;
      under *= rate.under;
      if (rate.over * most.under > most.over * rate.under) most = rate;
    }
    independent += BigInt(count) * ((under - none) * unit / under);
    bound += BigInt(count) * (most.over * unit / most.under);
  }
  same(found.independent, decimal(independent / 1000000n), name, 'distinct.independent',
    'expectation');
  same(found.bound, decimal(bound / 1000000n), name, 'distinct.bound', 'lower bound');
}

// =====================================================================================
// checks: exactly the sample and the triggered ones, routed by the level rule
// =====================================================================================

const OTHER_PLANS = ['special', 'daily']; // planned by a department, not drawn
const PLANNED_SOURCES = ['draw', ...OTHER_PLANS];
const TRIGGERED_SOURCES = ['complaint', 'transferred', 'assigned', 'monitoring', 'application'];
const CHECK = obj({
  id: CHECK_ID,
  enterprise: ENTERPRISE,
  item: ID,
  kind: oneOf('planned', 'triggered'),
  source: TEXT,
  release: aDay,
  due: aDay,
  severity: whole(1, 3),
  level: oneOf('county', 'city', 'joint'),
  reason: TEXT,
  units: arr(ID),
});
const CHECKS = obj({
  format: TEXT, campaign: TEXT, draw: HEX, checks: arr(CHECK), offsite: arr(CHECK),
});

/** The drawn checks are exactly the sampled enterprises; the lists are well-formed. */
function checkChecks(books) {
  const name = 'transcript/checks.json';
  const document = books.open('checks.json', CHECKS, 'checks');
  if (!books.alone) books.refers('checks.json', 'draw', 'draw.json');
  const side = new Map();
  const seen = new Set();
  let planned = 0;
  let other = 0;
  for (const part of ['checks', 'offsite']) {
    let before = '';
    document[part].forEach((check, index) => {
      const at = `${part}[${index}]`;
      const { id, item, units } = check;
      need(id > before, name, at + '.id', 'checks must be sorted by id, none twice');
      before = id;
      need(!seen.has(id), name, at + '.id', 'is on-site and off-site');
      seen.add(id);
      if (!side.has(item)) side.set(item, part);
      const whole_item = side.get(item) === part;
      need(whole_item, name, at + '.item', `the item ${item} is on-site and off-site`);
      need(check.release <= check.due, name, at + '.due', 'lies before the release');
      const known = books.alone || books.frame.about(check.enterprise);
      need(known, name, at + '.enterprise', 'is not in the frame');
      need(units.length, name, at + '.units', 'nobody attends');
      need(new Set(units).size === units.length, name, at + '.units', 'names a unit twice');
      if (books.alone) {
        planned += check.kind === 'planned' ? 1 : 0;
      } else if (check.kind === 'planned' && !OTHER_PLANS.includes(check.source)) {
        checkPlanned(books, name, at, check);
        planned += 1;
      } else {
        other += check.kind === 'planned' ? 1 : 0;
        const fine = check.kind === 'planned' || !PLANNED_SOURCES.includes(check.source);
        need(fine && check.source !== '', name, at + '.source', 'is no triggered source');
        need(!id.startsWith('P-'), name, at + '.id', 'only drawn ids begin with P-');
      }
    });
  }
  if (planned !== books.sampled.size && !books.alone) {
    const lost = sorted(Array.from(books.sampled.keys()).filter((id) => !seen.has(id)))[0];
    throw new Fault(name, 'checks', `the sampled check ${lost} is missing`);
  }
  books.onsite = new Map(document.checks.map((check) => [check.id, check]));
  books.own_plans = other;
  const what = books.alone ? 'planned' : 'drawn';
  return `${document.checks.length} on-site, ${document.offsite.length} off-site, `
    + `${planned} of them ${what}${other ? `, ${other} of special or daily plans` : ''}`;
}

/** A drawn check is one of the sample, with its order's item. */
function checkPlanned(books, name, at, check) {
  const sampled = books.sampled.get(check.id);
  need(sampled, name, at + '.id', 'is not in the sample of draw.json');
  const [order, enterprise] = sampled;
  same(check.enterprise, enterprise, name, at + '.enterprise', 'enterprise of the sample');
  same(check.item, order.item, name, at + '.item', 'item of the order');
  same(check.source, 'draw', name, at + '.source', 'source');
  same(check.severity, 1, name, at + '.severity', 'severity');
  same(check.release, order.window[0], name, at + '.release', 'window of the order');
  same(check.due, order.window[1], name, at + '.due', 'window of the order');
}

// =====================================================================================
// roster and problem: what the plan is held to
// =====================================================================================

const RECUSALS = ['interest', 'family', 'former_employer', 'complaint'];
const CAP_KINDS = ['week', 'month', 'year'];
const VISIT_CAPS = obj({}, { week: whole(), month: whole(), year: whole() });

/** Return the rule of a roster: how a recusal stands in it, and what later ones hold. */
function rosterOf(recusal, more) {
  const inspector = obj({
    id: ID,
    unit: ID,
    valid: span,
    skills: asc(TEXT),
    leave: arr(span),
    recusals: arr(recusal),
    max_half_days: whole(1, 2),
    workload: whole(),
  }, {
    max_visits: VISIT_CAPS, visits: VISIT_CAPS, last_visited: asc(ENTERPRISE), apart: asc(ID),
  });
  return obj({ format: TEXT, campaign: TEXT, inspectors: arr(inspector) }, more);
}

const SINCE = obj({
  roster: HEX, come: asc(ID), gone: asc(ID), changed: table(ID, few(1, 20, TEXT)),
});
const ROSTER_1 = rosterOf(tup(ENTERPRISE, oneOf(...RECUSALS)), {});
const ROSTER = rosterOf(tup(ENTERPRISE, HEX), { since: SINCE });
const COUNTS = arr(whole(0, 10 ** 6));
const DATE = '[0-9]{4}-[0-9]{2}-[0-9]{2}';
const SPAN_TEXT = text(`${DATE}(/${DATE})?`, 'a date or two with / between');
const TEXTS = arr(TEXT);
const ONCE = eachOnce(TEXT);
const UNIT_LEVEL = oneOf('city', 'county', 'township');
const LEVELS = eachOnce(UNIT_LEVEL);
const MONTH_DAYS = tup(whole(1, 31), whole(1, 31));
const WEEKDAYS = eachOnce(whole(1, 7));
const YEARLY = eachOnce(text(
  '[0-9]{2}-[0-9]{2}/[0-9]{2}-[0-9]{2}', 'two days of the year with / between'));
const CAP_KEYS = ['department', 'level', 'area', 'item', 'sector', 'risk'];
const CAP = obj({
  id: TEXT,
  by: eachOnce(oneOf(...CAP_KEYS)),
  limit: whole(),
  limits: table(TEXT, whole()),
  departments: ONCE,
  industries: ONCE,
  source: TEXT,
}, {
  levels: LEVELS,
  areas: ONCE,
  items: ONCE,
  zones: ONCE,
  enterprises: ONCE,
  sizes: ONCE,
  risks: ONCE,
  replaces: ONCE,
});
const QUIET = obj({
  id: TEXT,
  zones: ONCE,
  enterprises: ONCE,
  industries: ONCE,
  month_days: nullOr(MONTH_DAYS),
  spans: eachOnce(SPAN_TEXT),
  exempt: ONCE,
  planned_rides: boolean,
  source: TEXT,
}, { weekdays: WEEKDAYS, yearly: YEARLY, replaces: ONCE });
const CLOSED = obj({
  id: TEXT,
  units: ONCE,
  departments: ONCE,
  levels: LEVELS,
  areas: ONCE,
  month_days: nullOr(MONTH_DAYS),
  spans: eachOnce(SPAN_TEXT),
  weekdays: WEEKDAYS,
  yearly: YEARLY,
  source: TEXT,
});
const LEVEL_WORD = oneOf('county', 'city', 'joint');
const RULES = obj({
  format: oneOf('double-random/rules/v1'),
  name: TEXT,
  source: TEXT,
  caps: arr(CAP),
  quiet: arr(QUIET),
  team: obj(
    { lead: whole(1, 1000), other: whole(1, 1000), source: TEXT }, { not_twice: oneOf(true) }),
  level: obj({
    both: LEVEL_WORD,
    major: LEVEL_WORD,
    cross_county: LEVEL_WORD,
    overrides: table(TEXT, LEVEL_WORD),
    source: TEXT,
  }),
  exempt_sources: ONCE,
  exempt_uses_cap: boolean,
  joint_counts_each: boolean,
  rider_counts: boolean,
  gap_days: whole(0, 10 ** 6),
  offsite_first: boolean,
}, {
  closed: arr(CLOSED),
  exemptions: table(TEXT, obj({ reason: TEXT, source: TEXT })),
  sources: table(TEXT, TEXT),
});
const ITEM = obj({
  department: ID,
  inspectors: whole(2, 1000),
  effort: whole(1, 2),
  skills: asc(TEXT),
  incompatible: asc(ID),
  yearly_cap: nullOr(whole(1)),
});
const CUT = obj({
  unit: ID,
  day: aDay,
  skill: TEXT,
  possible: whole(),
  asked: whole(),
  enterprises: TEXTS,
  reason: TEXT,
});
const PROBLEM = obj({
  format: TEXT,
  campaign: TEXT,
  checks: HEX,
  calendar: obj(
    { start: aDay, working: text('[01]{1,4000}', 'a 0 or 1 for each day') }, { source: TEXT },
  ),
  rules: RULES,
  items: table(ID, ITEM),
  units: table(ID, obj({ department: ID, level: UNIT_LEVEL, area: TEXT })),
  present: table(ID, COUNTS),
  full: table(ID, COUNTS),
  capacity: table(ID, COUNTS),
  skill_present: table(ID, table(TEXT, COUNTS)),
  skill_capacity: table(ID, table(TEXT, COUNTS)),
  enterprises: table(ENTERPRISE, obj(
    { county: TEXT, risk: TEXT, industry: TEXT, section: TEXT, zones: TEXTS }, { size: TEXT },
  )),
  visits_made: arr(obj(
    { enterprise: ENTERPRISE, day: aDay, department: ID, source: TEXT },
    { level: UNIT_LEVEL, area: TEXT, item: ID },
  )),
}, { cuts: arr(CUT), hash: OTHER_HASH, not_before: aDay });
const PROBLEM_FILE = 'transcript/problem.json';
const SERIES = ['present', 'full', 'capacity', 'skill_present', 'skill_capacity'];

// A set of days is a mask: bit n stands for day n of the horizon.

/** Return a mask of flags. */
function maskOf(flags) {
  let digits = '';
  for (let index = flags.length - 1; index >= 0; index -= 1) digits += flags[index] ? '1' : '0';
  return BigInt('0b' + (digits || '0'));
}

/** Return a mask of the days from `low` to `high`. */
function daysFromTo(low, high) {
  return (1n << BigInt(high + 1)) - (1n << BigInt(low));
}

/** Return the lowest bit of a mask that is not empty. */
function lowestDay(mask) {
  return bitLength(mask & -mask) - 1;
}

/** Return the days of a mask. */
function daysOf(mask) {
  const digits = mask.toString(2);
  const days = [];
  for (let at = digits.length - 1; at >= 0; at -= 1) {
    if (digits.charCodeAt(at) === 49) days.push(digits.length - 1 - at);
  }
  return days;
}

/** Return the days, as flags, on which a rule with dated or recurring days is active. */
function activeDays(rule, first, count, place) {
  const spans = rule.spans.map((words) => {
    try {
      const ends = words.split('/').map(dayNumber);
      return [ends[0], ends[ends.length - 1]];
    } catch (wrong) {
      if (!(wrong instanceof Wrong)) throw wrong;
      throw new Fault(PROBLEM_FILE, place + '.spans', wrong.what);
    }
  });
  const month_days = rule.month_days || [32, 32];
  const weekdays = rule.weekdays || [];
  const yearly = (rule.yearly || []).map((words) => words.split('/'));
  const flags = new Uint8Array(count);
  for (let index = 0; index < count; index += 1) {
    const number = first + index;
    const [, month, day] = civil(number);
    const here = `${two(month)}-${two(day)}`;
    const on = spans.some(([a, b]) => a <= number && number <= b)
      || (month_days[0] <= day && day <= month_days[1])
      || weekdays.includes(((number - 1) % 7) + 1)
      // An end before the beginning lies in the next year.
      || yearly.some(([begin, end]) => (
        begin <= end ? here >= begin && here <= end : here >= begin || here <= end));
    flags[index] = on ? 1 : 0;
  }
  return flags;
}

/** A quiet rule, its active days as flags and as a mask over the horizon. */
class Quiet {
  constructor(rule, first, count, place) {
    this.id = rule.id;
    this.zones = new Set(rule.zones);
    this.enterprises = new Set(rule.enterprises);
    this.industries = rule.industries;
    this.exempt = new Set(rule.exempt);
    this.rides = rule.planned_rides;
    this.replaces = rule.replaces || [];
    this.on = activeDays(rule, first, count, place);
    this.active = maskOf(this.on);
  }

  /** Return whether the rule covers an enterprise. */
  covers(enterprise, about) {
    if (!this.zones.size && !this.enterprises.size && !this.industries.length) return true;
    return this.enterprises.has(enterprise)
      || about.zones.some((zone) => this.zones.has(zone))
      || matches(this.industries, about);
  }
}

/** Return whether an enterprise's industry begins with a prefix, or its section is listed. */
function matches(industries, about) {
  return industries.some(
    (prefix) => about.industry.startsWith(prefix) || about.section === prefix);
}

/** The problem document, ready to hold a plan to. */
class Problem {
  constructor(document) {
    const { rules, calendar } = document;
    this.document = document;
    this.first = dayNumber(calendar.start);
    this.count = calendar.working.length;
    this.open = Array.from(calendar.working, (flag) => flag === '1');
    if (document.not_before !== undefined) {
      this.open.fill(false, 0, Math.max(0, dayNumber(document.not_before) - this.first));
    }
    this.working = maskOf(this.open);
    this.caps = rules.caps;
    this.team = [rules.team.lead, rules.team.other];
    this.exempt = new Set(rules.exempt_sources);
    this.exempt_uses_cap = rules.exempt_uses_cap;
    this.joint_counts_each = rules.joint_counts_each;
    this.rider_counts = rules.rider_counts;
    this.gap_days = rules.gap_days;
    this.items = document.items;
    this.units = document.units;
    this.enterprises = document.enterprises;
    this.quiet = rules.quiet.map(
      (rule, index) => new Quiet(rule, this.first, this.count, `rules.quiet[${index}]`));
    this.clash = new Set();
    for (const a of keysOf(this.items)) {
      for (const b of this.items[a].incompatible) this.clash.add(`${a} ${b}`).add(`${b} ${a}`);
    }
    this.leads = new Map(); // of the plan's visits, as published
    this.masks = new Map();
    this.windows = new Map();
    this.covered = new Map();
    this.made = null;
  }

  /** Return whether two checks' items must not share a visit. */
  clashes(one, other) {
    return this.clash.size > 0 && this.clash.has(`${one.item} ${other.item}`);
  }

  /** Return days since the horizon's start. */
  index(day) {
    return dayNumber(day) - this.first;
  }

  /** Return the quiet rules that cover an enterprise. */
  covering(enterprise) {
    let found = this.covered.get(enterprise);
    if (!found) {
      const about = this.enterprises[enterprise];
      const all = this.quiet.filter((rule) => rule.covers(enterprise, about));
      const gone = new Set([].concat(...all.map((rule) => rule.replaces)));
      found = all.filter((rule) => !gone.has(rule.id));
      this.covered.set(enterprise, found);
    }
    return found;
  }

  /** Return a unit's numbers by day; null for a skill nobody has. */
  series(which, unit, skill) {
    const found = this.document[which][unit];
    return which.startsWith('skill') ? get(found, skill) : found;
  }

  /** Return whether a unit has at least so many on a day. */
  has(which, unit, number, skill, offset) {
    const series = this.series(which, unit, skill);
    return series ? series[offset] >= number : number <= 0;
  }

  /** Return the days, as a mask, on which a unit has at least so many. */
  atLeast(which, unit, number, skill = '') {
    const key = `${which} ${unit} ${number} ${skill}`;
    let mask = this.masks.get(key);
    if (mask === undefined) {
      const series = this.series(which, unit, skill) || new Array(this.count).fill(0);
      mask = maskOf(series.map((have) => have >= number));
      this.masks.set(key, mask);
    }
    return mask;
  }

  /** Return the working days of a check's window, as a mask. */
  window(check) {
    const key = check.release + check.due;
    let days = this.windows.get(key);
    if (days === undefined) {
      const low = Math.max(0, this.index(check.release));
      const high = Math.min(this.count - 1, this.index(check.due));
      days = low <= high ? this.working & daysFromTo(low, high) : 0n;
      this.windows.set(key, days);
    }
    return days;
  }

  /** Return the lead and the seats (unit, inspectors, effort, skills) of a visit. */
  seats(checks) {
    const asked = new Map();
    for (const check of checks) {
      const item = this.items[check.item];
      for (const unit of check.units) {
        let ask = asked.get(unit);
        if (!ask) asked.set(unit, ask = { most: 0, effort: 0, skills: new Set() });
        for (const skill of item.skills) ask.skills.add(skill);
        ask.most = Math.max(ask.most, item.inspectors);
        ask.effort = Math.max(ask.effort, item.effort);
      }
    }
    const units = Array.from(asked.keys()).sort();
    let lead = units[0];
    for (const unit of units) if (asked.get(unit).most > asked.get(lead).most) lead = unit;
    const seats = units.map((unit) => {
      const { most, effort, skills } = asked.get(unit);
      const least = unit === lead ? Math.max(most, this.team[0]) : this.team[1];
      return {
        unit, inspectors: Math.max(least, skills.size), effort, skills: sorted(skills),
      };
    });
    return [lead, seats];
  }

  /** Return the days, as a mask, on which a quiet rule keeps out one of these checks. */
  quietDays(checks) {
    let days = 0n;
    for (const rule of this.covering(checks[0].enterprise)) {
      const free = (check) => rule.exempt.has(check.source);
      if (!(checks.every(free) || (rule.rides && checks.some(free)))) days |= rule.active;
    }
    return days;
  }

  /** Return the days, as a mask, on which these checks could be one visit by itself. */
  daysAlone(checks) {
    for (let a = 0; a < checks.length; a += 1) {
      for (let b = 0; b < a; b += 1) if (this.clashes(checks[a], checks[b])) return 0n;
    }
    let days = this.working & ~this.quietDays(checks);
    for (const check of checks) days &= this.window(check);
    if (!days) return 0n;
    for (const { unit, inspectors, effort, skills } of this.seats(checks)[1]) {
      days &= this.atLeast('present', unit, inspectors);
      if (effort === 2) days &= this.atLeast('full', unit, inspectors);
      for (const skill of skills) days &= this.atLeast('skill_present', unit, 1, skill);
    }
    return days;
  }

  /** Return the visits already made at an enterprise. */
  madeAt(enterprise) {
    if (!this.made) {
      this.made = new Map();
      for (const row of this.document.visits_made) push(this.made, row.enterprise, row);
    }
    return this.made.get(enterprise) || [];
  }

  /**
   * Return the days on which these checks could be one visit, the only one of the day.
   *
   * Both lines of *Units on a day* hold, and, unless it is exempt, its gap to visits made.
   */
  daysAsGroup(checks) {
    let days = this.daysAlone(checks);
    if (!days) return 0n;
    for (const { unit, inspectors, effort, skills } of this.seats(checks)[1]) {
      days &= this.atLeast('capacity', unit, inspectors * effort);
      for (const skill of skills) days &= this.atLeast('skill_capacity', unit, effort, skill);
    }
    if (this.gap_days && !checks.some((check) => this.exempt.has(check.source))) {
      for (const row of this.madeAt(checks[0].enterprise)) {
        if (!this.exempt.has(row.source)) {
          const made = this.index(row.day);
          const low = Math.max(0, made - this.gap_days + 1);
          const high = Math.min(this.count - 1, made + this.gap_days - 1);
          if (low <= high) days &= ~daysFromTo(low, high);
        }
      }
    }
    return days;
  }

  /** Return the days on which a check could share any visit at all. */
  daysAtBest(check) {
    let days = this.window(check);
    for (const rule of this.covering(check.enterprise)) {
      if (!rule.rides && !rule.exempt.has(check.source)) days &= ~rule.active;
    }
    const item = this.items[check.item];
    const lead = Math.max(item.inspectors, this.team[0]);
    const least = Math.max(Math.min(lead, this.team[1]), item.skills.length);
    for (const unit of check.units) {
      days &= this.atLeast('present', unit, least);
      if (item.effort === 2) days &= this.atLeast('full', unit, least);
      for (const skill of item.skills) days &= this.atLeast('skill_present', unit, 1, skill);
    }
    return days;
  }
}

/** Add a value to the list of a key. */
function push(lists, key, value) {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

/** Read a roster, which must be sorted. */
function openRoster(books) {
  const name = 'transcript/roster.json';
  const roster = books.open('roster.json', ROSTER, 'roster', ROSTER_1);
  let before = '';
  roster.inspectors.forEach(({ id }, index) => {
    need(id > before, name, `inspectors[${index}].id`, 'must be sorted, none twice');
    before = id;
  });
  if (!isOld(roster)) {
    roster.inspectors.forEach(({ recusals }, index) => {
      const told = recusals.map(([enterprise]) => enterprise);
      need(equal(told, sorted(new Set(told))), name, `inspectors[${index}].recusals`,
        'must be sorted, none twice');
    });
    need((roster.since === undefined) === books.ofFirst, name, 'since',
      books.ofFirst ? 'stands only in a later roster' : 'is missing');
  }
  const apart = new Map(roster.inspectors.map((person) => [person.id, person.apart || []]));
  roster.inspectors.forEach(({ id, apart: others = [] }, index) => {
    for (const other of others) {
      const mutual = other !== id && (apart.get(other) || []).includes(id);
      const place = `inspectors[${index}].apart`;
      need(mutual || !apart.has(other), 'transcript/roster.json', place, 'must stand with both');
    }
  });
  return roster;
}

/** Return whether a roster tells the grounds of recusals, as none does now. */
function isOld(roster) {
  return roster.format === 'double-random/roster/v1';
}

/** The roster is sorted, and the capacities of the problem are those of the roster. */
function checkRoster(books) {
  const roster = openRoster(books);
  const problem = books.open('problem.json', PROBLEM, 'problem');
  books.namesHash(PROBLEM_FILE, problem);
  books.refers('problem.json', 'checks', 'checks.json');
  books.problem = new Problem(problem);
  checkNamed(books);
  checkOrigin(books);
  checkCapacity(books);
  const { binds } = books.doc.get('spec.json');
  for (const part of sorted(keysOf(binds))) {
    const words = dumps(problem[part], ',', ':', (record) => sorted(Object.keys(record)));
    const found = books.hash.hex(utf8(words));
    same(found, binds[part], PROBLEM_FILE, part, 'digest that spec.json binds');
  }
  return `${roster.inspectors.length} inspectors, capacity of ${keysOf(problem.units).length} units`
    + ` on ${books.problem.count} days`;
}

/** The problem of a plan alone is whole in itself; nothing says where it comes from. */
function checkProblem(books) {
  const name = PROBLEM_FILE;
  books.file = name;
  const problem = books.open('problem.json', PROBLEM, 'problem');
  books.namesHash(name, problem);
  books.refers('problem.json', 'checks', 'checks.json');
  const book = new Problem(problem);
  books.problem = book;
  checkNamed(books);
  for (const field of SERIES) {
    sameKeys(keysOf(problem[field]), keysOf(problem.units), name, field,
      'units of the on-site checks');
    for (const unit of sorted(keysOf(problem[field]))) {
      const series = problem[field][unit];
      const at = `${field}.${unit}`;
      let lines = [[at, series]];
      if (field.startsWith('skill')) {
        sameKeys(keysOf(series), keysOf(problem.skill_present[unit]), name, at,
          'skills of the unit');
        lines = keysOf(series).map((skill) => [`${at}.${skill}`, series[skill]]);
      }
      for (const [place, line] of lines) {
        same(line.length, book.count, name, place, 'number of days');
        const off = line.findIndex((have, n) => have && !book.open[n]);
        need(off < 0, name, `${place}[${off}]`, 'is a day off');
      }
    }
  }
  return `capacity of ${keysOf(problem.units).length} units on ${book.count} days`;
}

/** Compare two sets of keys and name the first difference. */
function sameKeys(found, wanted, file, place, what) {
  const have = new Set(found);
  const should = new Set(wanted);
  const missing = Array.from(should).filter((key) => !have.has(key));
  if (missing.length) throw new Fault(file, place, `${sorted(missing)[0]} is missing: ${what}`);
  const odd = Array.from(have).filter((key) => !should.has(key));
  if (odd.length) {
    throw new Fault(file, `${place}.${sorted(odd)[0]}`, `does not belong here: ${what}`);
  }
}

/** Items, units and enterprises are those of the on-site checks. */
function checkNamed(books) {
  const name = PROBLEM_FILE;
  books.file = name;
  const problem = books.doc.get('problem.json');
  const book = books.problem;
  const named = { items: new Set(), units: new Set(), enterprises: new Set() };
  for (const check of books.onsite.values()) {
    named.items.add(check.item);
    for (const unit of check.units) named.units.add(unit);
    named.enterprises.add(check.enterprise);
  }
  for (const field of ['items', 'units', 'enterprises']) {
    sameKeys(keysOf(problem[field]), named[field], name, field,
      `${field} of the on-site checks`);
  }
  const sized = problem.rules.caps.some((rule) => rule.sizes && rule.sizes.length);
  for (const enterprise of keysOf(book.enterprises)) {
    const fits = (book.enterprises[enterprise].size !== undefined) === sized;
    need(fits, name, `enterprises.${enterprise}`, 'size stands where a cap asks for it');
  }
  for (const item of keysOf(book.items)) {
    for (const other of book.items[item].incompatible) {
      need(other !== item, name, `items.${item}.incompatible`, `${item} names itself`);
      const both = book.items[other] !== undefined && book.items[other].incompatible.includes(item);
      const what = `${other} does not name ${item} in turn`;
      need(both, name, `items.${item}.incompatible`, what);
    }
  }
  const made = problem.visits_made.map((v) => [v.enterprise, v.day, v.department]);
  made.forEach((visit, index) => {
    const at = `visits_made[${index}]`;
    const in_order = index === 0 || compareLists(made[index - 1], visit) <= 0;
    need(in_order, name, at, 'must be sorted by enterprise, day, department');
    const known = book.enterprises[visit[0]] !== undefined;
    need(known, name, at + '.enterprise', 'has no on-site check');
  });
}

/** Enterprises are as in the frame, items as in the spec, checks routed by the level rule. */
function checkOrigin(books) {
  const name = PROBLEM_FILE;
  const problem = books.doc.get('problem.json');
  const book = books.problem;
  for (const enterprise of keysOf(book.enterprises)) {
    const about = book.enterprises[enterprise];
    const { county, industry, section, risk, zones, size } = books.frame.about(enterprise);
    const at = `enterprises.${enterprise}`;
    same(about.county, county, name, at + '.county', 'county in the frame');
    same(about.industry, industry, name, at + '.industry', 'industry in the frame');
    same(about.section, section, name, at + '.section', 'section in the frame');
    same(about.risk, risk, name, at + '.risk', 'risk label in the frame');
    same(sorted(about.zones), sorted(zones), name, at + '.zones', 'zones in the frame');
    const own = about.size === undefined ? size : about.size;
    same(own, size, name, at + '.size', 'size in the frame');
  }
  const units = keysOf(problem.units).map((key) => problem.units[key]);
  const cities = sorted(new Set(units.filter((u) => u.level === 'city').map((u) => u.area)));
  need(cities.length <= 1, name, 'units', 'city units of several areas: ' + cities.join(', '));
  const departments = new Map(
    books.doc.get('spec.json').items.map((order) => [order.item, order.department]));
  for (const item of keysOf(book.items)) {
    if (departments.has(item)) {
      same(book.items[item].department, departments.get(item), name, `items.${item}.department`,
        'department in spec.json');
    }
  }
  const last = isoDay(book.first + book.count - 1);
  const first = isoDay(book.first);
  let index = 0;
  for (const check of books.onsite.values()) {
    checkRouted(books, index, check, first, last);
    index += 1;
  }
  checkSources(books);
  checkReasons(books);
}

const FACTS = ['major', 'cross-county', 'both-competent'];

/** Drawn checks can be exempt from nothing, and triggered ones have a source that exists. */
function checkSources(books) {
  const { rules } = books.doc.get('problem.json');
  const named = [['exempt_sources', rules.exempt_sources]];
  rules.quiet.forEach((rule, index) => named.push([`quiet[${index}].exempt`, rule.exempt]));
  if (rules.exemptions !== undefined) {
    sameKeys(keysOf(rules.exemptions), rules.exempt_sources, PROBLEM_FILE, 'rules.exemptions',
      'exemption codes');
  }
  const known = new Set(TRIGGERED_SOURCES);
  for (const [place, sources] of named) {
    for (const word of sources) {
      const fine = !PLANNED_SOURCES.includes(word);
      need(fine, PROBLEM_FILE, 'rules.' + place, `${word} is no source of triggered checks`);
    }
    for (const word of sources) known.add(word);
  }
  for (const part of ['checks', 'offsite']) {
    books.doc.get('checks.json')[part].forEach((check, index) => {
      const fine = check.kind === 'planned' || known.has(check.source);
      const at = `${part}[${index}].source`;
      need(fine, 'transcript/checks.json', at, 'neither the format nor the rules name it');
    });
  }
}

/** What decides the level is the same for all checks of an item or, if its, an enterprise. */
function checkReasons(books) {
  const name = 'transcript/checks.json';
  const document = books.doc.get('checks.json');
  const { rules, items, units } = books.doc.get('problem.json');
  const departments = new Map();
  for (const o of books.doc.get('spec.json').items) departments.set(o.item, o.department);
  for (const item of keysOf(items)) departments.set(item, items[item].department);
  const away = rules.offsite_first || !document.offsite.length;
  need(away, name, 'offsite', 'the rules know no off-site checks (offsite_first is false)');
  const facts = new Map();
  const decided = new Map();
  for (const part of ['checks', 'offsite']) {
    document[part].forEach((check, index) => {
      const at = `${part}[${index}]`;
      const { item, reason } = check;
      const attending = check.level === 'joint' ? 2 : 1;
      same(check.units.length, attending, name, at + '.units', 'units that attend');
      const kind = FACTS.includes(reason) ? ['', ''] : [reason, check.level];
      if (!decided.has(item)) decided.set(item, kind);
      const what = 'what decides the level of ' + item;
      same(kind, decided.get(item), name, at + '.reason', what);
      if (FACTS.includes(reason)) {
        if (!facts.has(check.enterprise)) facts.set(check.enterprise, reason);
        same(reason, facts.get(check.enterprise), name, at + '.reason', 'what the enterprise is');
      }
      if (!departments.has(item)) return;
      const department = departments.get(item);
      check.units.forEach((unit, place) => {
        if (units[unit] !== undefined) {
          const where = `${at}.units[${place}]`;
          same(units[unit].department, department, name, where, 'department');
        }
      });
      if (reason !== 'only-county' && reason !== 'only-city') {
        const ruled = rules.level.overrides[department] !== undefined;
        same(reason === 'sector-override', ruled, name, at + '.reason',
          'whether the department is overridden');
      }
    });
  }
}

/** A check's window lies in the horizon, and its level and units keep the level rule. */
function checkRouted(books, index, check, first, last) {
  const name = 'transcript/checks.json';
  const at = `checks[${index}]`;
  const document = books.doc.get('problem.json');
  if (check.kind === 'triggered') {
    for (const field of ['release', 'due']) {
      const within = first <= check[field] && check[field] <= last;
      need(within, name, `${at}.${field}`, 'lies outside the horizon');
    }
  }
  const { department } = document.items[check.item];
  const { county } = document.enterprises[check.enterprise];
  const levels = check.units.map((unit, place) => {
    const about = document.units[unit];
    const where = `${at}.units[${place}]`;
    same(about.department, department, name, where, 'department of the unit');
    const level = about.level === 'city' ? 'city' : 'county';
    if (level === 'county') same(about.area, county, name, where, 'area of the unit');
    return level;
  });
  const wanted = check.level === 'joint' ? ['county', 'city'] : [check.level];
  same(levels, wanted, name, at + '.units', 'levels of the units');
  const rule = document.rules.level;
  const decided = new Map([
    ['both-competent', rule.both],
    ['major', rule.major],
    ['cross-county', rule.cross_county],
    ['only-county', 'county'],
    ['only-city', 'city'],
    ['item-mode', check.level],
    ['sector-override', get(rule.overrides, department)],
  ]);
  need(decided.has(check.reason), name, at + '.reason', 'is no reason of the level rule');
  same(check.level, decided.get(check.reason), name, at + '.level', 'level by ' + check.reason);
}

/** Present inspectors, full days, half-days and skills are recounted from the roster. */
function checkCapacity(books) {
  const name = PROBLEM_FILE;
  const problem = books.doc.get('problem.json');
  const book = books.problem;
  const units = keysOf(problem.units);
  const asked = new Map(units.map((unit) => [unit, new Set()]));
  const every = new Set();
  for (const check of books.onsite.values()) {
    for (const unit of check.units) {
      for (const skill of book.items[check.item].skills) {
        asked.get(unit).add(skill);
        every.add(skill);
      }
    }
  }
  for (const field of SERIES) {
    sameKeys(keysOf(problem[field]), units, name, field, 'units of the on-site checks');
  }
  const staff = new Map(units.map((unit) => [unit, []]));
  for (const inspector of books.doc.get('roster.json').inspectors) {
    if (staff.has(inspector.unit)) staff.get(inspector.unit).push(inspector);
  }
  const shut = (problem.rules.closed || []).map(
    (rule, index) => [rule, activeDays(rule, book.first, book.count, `rules.closed[${index}]`)]);
  for (const unit of sorted(units)) {
    const closing = shut.filter(([rule]) => isShut(rule, unit, problem.units[unit]));
    const on = Array.from(problem.calendar.working, (flag, index) => (
      flag === '1' && !closing.some(([, days]) => days[index])));
    const tally = tallyOf(book, staff.get(unit), every, on);
    for (const field of SERIES.slice(0, 3)) {
      sameList(problem[field][unit], tally.get(field), name, `${field}.${unit}`,
        'recounted from the roster');
    }
    for (const field of SERIES.slice(3)) {
      const found = problem[field][unit];
      for (const skill of keysOf(found)) {
        const place = `${field}.${unit}.${skill}`;
        need(every.has(skill), name, place, 'no item here asks for it');
        sameList(found[skill], tally.get(`${field} ${skill}`), name, place,
          'recounted from the roster');
      }
      for (const skill of sorted(asked.get(unit))) {
        if (found[skill] === undefined) {
          const missing = tally.get(`${field} ${skill}`).some((count) => count);
          need(!missing, name, `${field}.${unit}`, `the skill ${skill} is missing`);
        }
      }
    }
  }
}

/** Return a unit's numbers by day, as its people's days make them. */
function tallyOf(book, people, skills, on) {
  const tally = new Map();
  const blank = () => new Array(book.count).fill(0);
  for (const field of SERIES.slice(0, 3)) tally.set(field, blank());
  for (const skill of skills) {
    tally.set(`skill_present ${skill}`, blank());
    tally.set(`skill_capacity ${skill}`, blank());
  }
  for (const inspector of people) {
    const half_days = inspector.max_half_days;
    const adds = [[tally.get('present'), 1], [tally.get('capacity'), half_days]];
    if (half_days === 2) adds.push([tally.get('full'), 1]);
    for (const skill of inspector.skills) {
      if (skills.has(skill)) {
        adds.push([tally.get(`skill_present ${skill}`), 1]);
        adds.push([tally.get(`skill_capacity ${skill}`), half_days]);
      }
    }
    for (const index of presentDays(inspector, book.first, book.count)) {
      if (on[index]) for (const [numbers, amount] of adds) numbers[index] += amount;
    }
  }
  return tally;
}

/** Return whether a rule closes a unit: every list that names something names it. */
function isShut(rule, unit, about) {
  const words = [
    ['units', unit],
    ['departments', about.department],
    ['levels', about.level],
    ['areas', about.area],
  ];
  return words.every(([field, word]) => !rule[field].length || rule[field].includes(word));
}

/** Return the indices of the days on which an inspector is present. */
function presentDays(inspector, first, count) {
  const low = Math.max(0, dayNumber(inspector.valid[0]) - first);
  const high = Math.min(count - 1, dayNumber(inspector.valid[1]) - first);
  const away = new Set();
  for (const [begin, end] of inspector.leave) {
    const stop = Math.min(high, dayNumber(end) - first);
    for (let day = Math.max(low, dayNumber(begin) - first); day <= stop; day += 1) away.add(day);
  }
  const days = [];
  for (let index = low; index <= high; index += 1) if (!away.has(index)) days.push(index);
  return days;
}

// =====================================================================================
// plan: every rule of plan.md, for every visit
// =====================================================================================

const SEAT = obj({
  unit: ID, inspectors: whole(1, 10 ** 6), effort: whole(1, 2), skills: asc(TEXT),
});
const REASON = obj({ code: text('[0-9A-Za-z_-]{1,60}', 'a code') });
const REASON_AND_MORE = table(TEXT, anything);
const FIGURES = obj({ unmerged: whole(), department_merged: whole(), visits: whole() });

/** Return the shape of a plan with such a bound and such words for each check left out. */
function planOf(bound, lost) {
  return obj({
    format: TEXT,
    campaign: TEXT,
    problem: HEX,
    checks: HEX,
    version: whole(1),
    parent: nullOr(HEX),
    visits: arr(obj({
      id: VISIT_ID,
      enterprise: ENTERPRISE,
      day: aDay,
      checks: asc(CHECK_ID),
      lead: ID,
      seats: arr(SEAT),
      exempt: TEXT,
    })),
    left_out: arr(obj(Object.assign({}, lost, { check: CHECK_ID, reason: REASON_AND_MORE }))),
    bound,
    unmerged: arr(obj({
      enterprise: ENTERPRISE, visits: tup(VISIT_ID, VISIT_ID), reason: REASON_AND_MORE,
    })),
    comparison: obj({
      unmerged: whole(),
      department_merged: whole(),
      visits: whole(),
      by_department: table(TEXT, FIGURES),
      by_county: table(TEXT, FIGURES),
      by_risk: table(TEXT, FIGURES),
    }),
    solver: anything,
  });
}

const OLD_PLAN = planOf(obj({
  visits: whole(),
  enterprises: table(ENTERPRISE, obj({ lower: whole(2), proof: anything })),
}), {});
const PRICES = {
  of: whole(1),
  prices: arr(tup(ID, oneOf('capacity', 'full', 'pairs', 'skill'), TEXT, aDay, whole(1))),
  lower: whole(),
};
const PRICED = nullOr(obj(PRICES));
const PRICED_LOST = nullOr(
  obj(PRICES, { part: whole(1), leads: oneOf(true), companions: whole(1) }));
const PLAN = planOf(obj({
  visits: whole(),
  enterprises: table(ENTERPRISE, obj(
    { lower: whole(1), proof: anything, left_out: whole() },
    { apart: asc(CHECK_ID) },
  )),
  capacity: PRICED,
  left_out: obj({ enterprises: whole(), capacity: PRICED_LOST, lower: whole() }),
}), { proof: oneOf('enterprise', 'capacity', 'not proved') });
const WEIGHTS = obj({ weights: table(CHECK_ID, whole(1)), of: whole(1) });
const PLAN_FILE = 'transcript/plan.json';
const EXACT_LIMIT = 12; // most checks of an enterprise for "exact"
const CAPS_LIMIT = 10; // for "caps"
const PRICE_LIMIT = 8; // for what its visits cost at prices
const PART_LIMIT = 8; // most checks of an enterprise with more that are looked at for prices
const COMPANIONS_LIMIT = 8; // most of these together with those that let a unit join, each once
const CLASH_LIMIT = 200; // most items of an enterprise that are incompatible, for weights

/** Every check is in one visit or left out, and every visit keeps every rule. */
function checkPlan(books) {
  const plan = books.open('plan.json', PLAN, 'plan', OLD_PLAN);
  books.refers('plan.json', 'problem', 'problem.json');
  books.refers('plan.json', 'checks', 'checks.json');
  if (!books.alone) {
    same(plan.version, books.version, PLAN_FILE, 'version', 'version in the ledger');
  }
  if (books.parent) {
    same(plan.parent, books.parent, PLAN_FILE, 'parent', 'digest of the plan before');
  }
  const first = (plan.version === 1) === (plan.parent === null);
  need(first, PLAN_FILE, 'parent', 'version 1 has no parent, later ones have');
  books.visits = readVisits(books);
  const placed = new Set();
  for (const visit of books.visits) for (const check of visit.checks) placed.add(check.id);
  let before = '';
  plan.left_out.forEach((entry, index) => {
    const at = `left_out[${index}]`;
    const id = entry.check;
    need(id > before, PLAN_FILE, at + '.check', 'must be sorted, none twice');
    before = id;
    need(books.onsite.has(id), PLAN_FILE, at + '.check', 'is no on-site check');
    need(!placed.has(id), PLAN_FILE, at + '.check', 'is in a visit');
    const allowed = reasons(books.problem, [books.onsite.get(id)]);
    const free = ['cap', 'gap', 'capacity'];
    checkReason(books, entry.reason, allowed.length ? allowed : free, at + '.reason');
  });
  if (placed.size + plan.left_out.length !== books.onsite.size) {
    const left = new Set(plan.left_out.map((entry) => entry.check));
    const lost = sorted(
      Array.from(books.onsite.keys()).filter((id) => !placed.has(id) && !left.has(id)))[0];
    throw new Fault(PLAN_FILE, 'left_out', `the check ${lost} is in no visit and not left out`);
  }
  for (const visit of books.visits) checkVisit(books.problem, visit);
  checkDays(books.problem, books.visits);
  checkYears(books.problem, books.visits);
  checkUnmerged(books);
  return `${books.visits.length} visits, ${plan.left_out.length} checks left out, all rules hold`;
}

/** Return the visits, with their checks looked up; numbers, order and checks must be right. */
function readVisits(books) {
  const { problem } = books;
  const used = new Set();
  let before = ['', ''];
  return books.doc.get('plan.json').visits.map((visit, position) => {
    const at = `visits[${position}]`;
    same(visit.id, 'V' + String(position + 1).padStart(6, '0'), PLAN_FILE, at + '.id', 'number');
    const here = [visit.day, visit.enterprise];
    need(compareLists(here, before) > 0, PLAN_FILE, at,
      'visits must be sorted by day, then enterprise, one each');
    before = here;
    need(visit.checks.length, PLAN_FILE, at + '.checks', 'no check');
    const checks = visit.checks.map((id, place) => {
      const where = `${at}.checks[${place}]`;
      need(books.onsite.has(id), PLAN_FILE, where, 'is no on-site check');
      need(!used.has(id), PLAN_FILE, where, 'is in another visit');
      used.add(id);
      const check = books.onsite.get(id);
      same(check.enterprise, visit.enterprise, PLAN_FILE, where, 'enterprise of the check');
      return check;
    });
    const number = dayNumber(visit.day);
    const offset = number - problem.first;
    need(problem.open[offset], PLAN_FILE, at + '.day', 'is no working day of the horizon');
    problem.leads.set(visit.id, visit.lead);
    const { id, enterprise, day, seats, exempt } = visit;
    return { at, id, enterprise, day, number, offset, checks, seats, exempt };
  });
}

/** One visit: compatible items, windows, quiet rules, seats, lead, exemption, people there. */
function checkVisit(problem, visit) {
  const { at, checks, offset } = visit;
  checks.forEach((one, a) => {
    for (let b = 0; b < a; b += 1) {
      need(!problem.clashes(one, checks[b]), PLAN_FILE, `${at}.checks[${a}]`,
        `must not share a visit with checks[${b}]`);
    }
    const within = one.release <= visit.day && visit.day <= one.due;
    need(within, PLAN_FILE, at + '.day', 'lies outside the window of ' + one.id);
  });
  for (const rule of problem.covering(visit.enterprise)) {
    const free = (check) => rule.exempt.has(check.source);
    if (rule.on[offset] && !(rule.rides && checks.some(free))) {
      for (const check of checks) {
        const words = `the quiet rule ${rule.id} keeps out ${check.id}`;
        need(free(check), PLAN_FILE, at + '.day', words);
      }
    }
  }
  const [lead, seats] = problem.seats(checks);
  same(problem.leads.get(visit.id), lead, PLAN_FILE, at + '.lead', 'lead');
  for (let place = 0; place < visit.seats.length && place < seats.length; place += 1) {
    for (const field of ['unit', 'inspectors', 'effort', 'skills']) {
      same(visit.seats[place][field], seats[place][field], PLAN_FILE,
        `${at}.seats[${place}].${field}`, field);
    }
  }
  same(visit.seats.length, seats.length, PLAN_FILE, at + '.seats', 'number of seats');
  const exempt = sorted(checks.map((check) => check.source).filter((s) => problem.exempt.has(s)));
  same(visit.exempt, exempt.length ? exempt[0] : '', PLAN_FILE, at + '.exempt', 'exemption');
  seats.forEach(({ unit, inspectors, effort, skills }, place) => {
    const where = `${at}.seats[${place}]`;
    need(problem.has('present', unit, inspectors, '', offset), PLAN_FILE, where + '.inspectors',
      'more than are present that day');
    need(effort === 1 || problem.has('full', unit, inspectors, '', offset), PLAN_FILE,
      where + '.effort', 'more than may serve the whole day');
    for (const skill of skills) {
      need(problem.has('skill_present', unit, 1, skill, offset), PLAN_FILE, where + '.skills',
        `no holder of ${skill} is present`);
    }
  });
}

/** Units on a day: half-days, full days and skills suffice for all of the day's visits. */
function checkDays(problem, visits) {
  const half = new Map();
  const full = new Map();
  const skilled = new Map();
  const { document } = problem;
  const more = (sums, key, amount) => {
    sums.set(key, (sums.get(key) || 0) + amount);
    return sums.get(key);
  };
  for (const visit of visits) {
    visit.seats.forEach(({ unit, inspectors, effort, skills }, place) => {
      const where = `${visit.at}.seats[${place}]`;
      const key = `${unit} ${visit.offset}`;
      let enough = more(half, key, inspectors * effort) <= document.capacity[unit][visit.offset];
      need(enough, PLAN_FILE, where, `${unit} has no half-days left on ${visit.day}`);
      if (effort === 2) {
        enough = more(full, key, inspectors) <= document.full[unit][visit.offset];
        need(enough, PLAN_FILE, where, `${unit} has no full days left on ${visit.day}`);
      }
      for (const skill of skills) {
        const there = document.skill_capacity[unit][skill][visit.offset];
        enough = more(skilled, `${key} ${skill}`, effort) <= there;
        need(enough, PLAN_FILE, where, `${unit} has no ${skill} left on ${visit.day}`);
      }
    });
  }
}

/** Return visits by enterprise, each in the order of the plan, the enterprises sorted. */
function byEnterprise(visits) {
  const ours = new Map();
  for (const visit of visits) push(ours, visit.enterprise, visit);
  return sorted(ours.keys()).map((enterprise) => [enterprise, ours.get(enterprise)]);
}

/** Caps and yearly caps in each calendar year, and the gap between visits. */
function checkYears(problem, visits) {
  for (const [enterprise, ours] of byEnterprise(visits)) {
    const made = problem.madeAt(enterprise);
    const years = new Map();
    for (const visit of ours) push(years, visit.day.slice(0, 4), visit);
    for (const year of sorted(years.keys())) {
      const past = made.filter((row) => row.day.slice(0, 4) === year);
      checkCaps(problem, enterprise, year, years.get(year), past);
      checkItemCaps(problem, year, years.get(year));
    }
    checkGap(problem, ours, made);
  }
}

/** The cap rules at one enterprise in one year. */
function checkCaps(problem, enterprise, year, planned, past) {
  const about = problem.enterprises[enterprise];
  const rules = problem.caps.filter((rule) => isCapped(rule, enterprise, about));
  for (const rule of rules) {
    const own_limit = rule.limits[about.risk];
    const limit = own_limit === undefined ? rule.limit : own_limit;
    const instead = rules.filter((other) => (other.replaces || []).includes(rule.id));
    const counted = new Map(); // what the cap counts by → its words, checks by visit
    planned.forEach((visit, position) => {
      for (const check of visit.checks) {
        for (const place of placesOf(problem, check)) {
          if (fallsUnder(rule, instead, place)) {
            const key = capKey(rule, place);
            const code = JSON.stringify(key);
            if (!counted.has(code)) counted.set(code, { key, checks: new Map() });
            push(counted.get(code).checks, position, check);
          }
        }
      }
    });
    const rows = rowsUnder(rule, instead, past);
    const found = Array.from(counted.values()).sort((a, b) => compareLists(a.key, b.key));
    for (const { key, checks } of found) {
      let total = 0;
      let used = 0; // by visits that do not count themselves, and by visits made
      let last = planned[0];
      for (const [position, here] of checks) {
        const [counts, spares] = weighVisit(problem, rule, planned[position], here);
        total += counts;
        used += spares;
        if (counts) last = planned[position];
      }
      const [counts, spares] = weighMade(problem, rule, past, rows, key);
      used += counts + spares;
      if (total > 0 && total > Math.max(0, limit - used)) {
        const whom = key.join('/') || 'all departments';
        throw new Fault(PLAN_FILE, last.at, `the cap ${rule.id} (${whom}, ${year}): `
          + `${total} planned, ${used} made, limit ${limit}`);
      }
    }
  }
}

/** Return the visits made that a cap counts, each with what it counts it by. */
function rowsUnder(rule, instead, past) {
  const rows = [];
  for (const row of past) {
    const place = [row.department, row.level || '', row.area || '', row.item || ''];
    if (fallsUnder(rule, instead, place)) rows.push([capKey(rule, place), row]);
  }
  return rows;
}

/** Return what visits made count under one key of a cap, and what they use up freely. */
function weighMade(problem, rule, past, rows, key) {
  const mine = rows
    .filter(([other]) => !other.some((word, k) => word && word !== key[k]))
    .map(([, row]) => row);
  return eachByItself(rule) ? weighMadeEach(problem, mine) : weighMadeAll(problem, past, mine);
}

/** Return whether a cap applies to an enterprise: each list that names something lets it in. */
function isCapped(rule, enterprise, about) {
  if (rule.industries.length && !matches(rule.industries, about)) return false;
  const { zones } = rule;
  if (zones && zones.length && !about.zones.some((zone) => zones.includes(zone))) return false;
  const facts = [['enterprises', enterprise], ['sizes', about.size], ['risks', about.risk]];
  return facts.every(([field, fact]) => isFree(rule, field) || rule[field].includes(fact));
}

/** Return whether a rule's list says nothing: it is not there, or empty. */
function isFree(rule, field) {
  return rule[field] === undefined || !rule[field].length;
}

/** Return department, level, area and item of a check, once for each unit that attends. */
function placesOf(problem, check) {
  const { department } = problem.items[check.item];
  return check.units.map((unit) => {
    const { level, area } = problem.units[unit];
    return [department, level, area, check.item];
  });
}

const PLACE_LISTS = ['departments', 'levels', 'areas', 'items'];

/** Return whether a cap counts a place; what a visit made does not say may be what it means. */
function fallsUnder(rule, instead, place) {
  const fits = PLACE_LISTS.every((field, k) => (
    !place[k] || isFree(rule, field) || rule[field].includes(place[k])));
  const taken = instead.some((other) => PLACE_LISTS.every((field, k) => (
    isFree(other, field) || other[field].includes(place[k]))));
  return fits && !taken;
}

/** Return whether a cap counts departments or items one by one, not visits over them. */
function eachByItself(rule) {
  return rule.by.includes('department') || rule.by.includes('item');
}

/** Return what of a place the cap counts by; an item brings its department. */
function capKey(rule, place) {
  const { by } = rule;
  const wanted = [
    eachByItself(rule), by.includes('level'), by.includes('area'), by.includes('item')];
  return place.filter((_, k) => wanted[k]);
}

/** Return what a planned visit counts under a cap, and what it uses up freely. */
function weighVisit(problem, rule, visit, within) {
  if (eachByItself(rule)) {
    const rides = problem.rider_counts && within.some((c) => !problem.exempt.has(c.source));
    if (!visit.exempt || rides) return [1, 0];
    return [0, problem.exempt_uses_cap ? 1 : 0];
  }
  let weight = 1;
  if (problem.joint_counts_each) {
    weight = new Set(within.map((c) => problem.items[c.item].department)).size;
  }
  if (!visit.exempt) return [weight, 0];
  return [0, problem.exempt_uses_cap ? weight : 0];
}

/** Return the same of visits made, for a cap by department or item. */
function weighMadeEach(problem, mine) {
  const exempt = mine.filter((row) => problem.exempt.has(row.source)).length;
  return [mine.length - exempt, problem.exempt_uses_cap ? exempt : 0];
}

/** Return the same for a cap over departments: rows of one day are one visit. */
function weighMadeAll(problem, past, mine) {
  let counts = 0;
  let spares = 0;
  for (const day of new Set(mine.map((row) => row.day))) {
    let weight = 1;
    if (problem.joint_counts_each) {
      weight = new Set(mine.filter((row) => row.day === day).map((row) => row.department)).size;
    }
    if (past.some((row) => row.day === day && !problem.exempt.has(row.source))) counts += weight;
    else if (problem.exempt_uses_cap) spares += weight;
  }
  return [counts, spares];
}

/** The yearly caps of items at one enterprise. */
function checkItemCaps(problem, year, planned) {
  const times = new Map();
  for (const visit of planned) {
    for (const check of visit.checks) {
      const { item } = check;
      const cap = problem.items[item].yearly_cap;
      if (cap !== null && !problem.exempt.has(check.source)) {
        times.set(item, (times.get(item) || 0) + 1);
        need(times.get(item) <= cap, PLAN_FILE, visit.at + '.checks',
          `${item} more than ${cap} times in ${year}`);
      }
    }
  }
}

/** Visits that are not exempt lie far enough apart. */
function checkGap(problem, planned, past) {
  const row = planned.filter((v) => !v.exempt).map((v) => [v.number, v]);
  for (const r of past) if (!problem.exempt.has(r.source)) row.push([dayNumber(r.day), null]);
  row.sort((a, b) => a[0] - b[0]);
  for (let k = 1; k < row.length; k += 1) {
    const visit = row[k][1] || row[k - 1][1];
    const apart = row[k][0] - row[k - 1][0];
    if (visit && apart < problem.gap_days) {
      throw new Fault(PLAN_FILE, visit.at + '.day', `${apart} days between two visits`);
    }
  }
}

/** The pairs of visits that follow one another at an enterprise are all accounted for. */
function checkUnmerged(books) {
  const { problem } = books;
  const wanted = [];
  for (const [enterprise, ours] of byEnterprise(books.visits)) {
    for (let k = 1; k < ours.length; k += 1) wanted.push([enterprise, ours[k - 1], ours[k]]);
  }
  const entries = books.doc.get('plan.json').unmerged;
  for (let index = 0; index < entries.length && index < wanted.length; index += 1) {
    const entry = entries[index];
    const [enterprise, one, other] = wanted[index];
    const at = `unmerged[${index}]`;
    same(entry.enterprise, enterprise, PLAN_FILE, at + '.enterprise', 'enterprise');
    sameList(entry.visits, [one.id, other.id], PLAN_FILE, at + '.visits',
      'visits that follow one another');
    const allowed = reasons(problem, one.checks.concat(other.checks));
    const free = ['pinned', 'cap', 'gap', 'capacity'];
    checkReason(books, entry.reason, allowed.length ? allowed : free, at + '.reason');
  }
  same(entries.length, wanted.length, PLAN_FILE, 'unmerged', 'number of pairs');
}

/** Return the code of the first rule by which checks can share no visit at all, if any. */
function reasons(problem, checks) {
  if (checks.some((a) => checks.some((b) => problem.clashes(a, b)))) return ['incompatible'];
  let days = problem.working;
  for (const check of checks) days &= problem.window(check);
  if (!days) return [checks.length > 1 ? 'windows' : 'no-day'];
  if (!(days & ~problem.quietDays(checks))) return ['quiet'];
  return problem.daysAlone(checks) ? [] : ['never-staffed'];
}

/** The code of a reason is one of those that the rules leave open. */
function checkReason(books, reason, allowed, at) {
  books.shape(PLAN_FILE, rec([['code', get(reason, 'code')]]), REASON, at);
  const words = `${reason.code} is not the reason: ${allowed.join(' or ')}`;
  need(allowed.includes(reason.code), PLAN_FILE, at + '.code', words);
}

// =====================================================================================
// bound and comparison: the least number of visits, without a solver
// =====================================================================================

// `fits(checks)` says on which days checks could be one visit, as a mask. A set of an enterprise's
// checks, at most 12, is the bits of a small number.

/** Return the number of bits that are set. */
function bitsIn(set) {
  let count = 0;
  for (let rest = set; rest; rest &= rest - 1) count += 1;
  return count;
}

/** Return the place of the lowest bit of a set that is not empty. */
function lowest(set) {
  return 31 - Math.clz32(set & -set);
}

/** Return the numbers from 0. */
function range(count) {
  return Array.from({ length: count }, (_, index) => index);
}

/** Return the checks of a set. */
function members(checks, set) {
  return checks.filter((_, index) => (set >> index) & 1);
}

/** Return checks, by position, of which no two can ever share a visit; many, not the most. */
function clique(problem, checks) {
  const days = checks.map((check) => problem.daysAtBest(check));
  const weight = days.map((mask) => daysOf(mask).length);
  let best = [];
  for (const order of [
    range(checks.length).sort((i, j) => compare(checks[i].due, checks[j].due) || i - j),
    range(checks.length).sort((i, j) => compare(checks[j].release, checks[i].release) || j - i),
    range(checks.length).sort((i, j) => weight[i] - weight[j] || i - j),
  ]) {
    const chosen = [];
    for (const i of order) {
      const apart = (j) => neverShare(problem, checks[i], days[i], checks[j], days[j]);
      if (chosen.every(apart)) chosen.push(i);
    }
    if (chosen.length > best.length) best = chosen;
  }
  return best;
}

/** Return the size of a partition that is possible, found by filling groups by due date. */
function firstFit(checks, fits) {
  const groups = [];
  const order = checks.slice().sort((a, b) => compare(a.due, b.due) || compare(a.id, b.id));
  for (const check of order) {
    const room = groups.find((group) => fits([...group, check]));
    if (room) room.push(check);
    else groups.push([check]);
  }
  return groups.length;
}

/** Return whether two checks can never share a visit. */
function neverShare(problem, one, days, other, other_days) {
  return !(days & other_days) || problem.clashes(one, other);
}

/**
 * Return the least number of groups in a partition of at most 12 checks.
 *
 * `witness` is the size of a partition known to be possible (or the number of checks): where as
 * many checks are pairwise apart, it is the answer at once; else all subsets are tried.
 */
function leastGroups(problem, checks, witness, fits) {
  if (checks.length === 1 || fits(checks)) return 1;
  const apart = clique(problem, checks).length;
  if (apart === witness || apart === firstFit(checks, fits)) return apart;
  return parting(groupsOf(problem, checks, fits), checks.length)((1 << checks.length) - 1);
}

/** Return every set of checks that could be one visit, with its days. */
function groupsOf(problem, checks, fits) {
  const n = checks.length;
  const days = checks.map((check) => problem.daysAtBest(check));
  const together = range(n).map((i) => {
    let set = 0;
    for (let j = 0; j < n; j += 1) {
      if (j !== i && !neverShare(problem, checks[i], days[i], checks[j], days[j])) set |= 1 << j;
    }
    return set;
  });
  const found = new Map();
  const stack = range(n).map((i) => [1 << i, together[i], days[i]]);
  while (stack.length) {
    const [group, allowed, best] = stack.pop();
    // What cannot be a visit may be one with more checks: another lead, a riding rule.
    if (best) {
      const possible = fits(members(checks, group));
      if (possible) found.set(group, possible);
      for (let j = 32 - Math.clz32(group); j < n; j += 1) {
        if ((allowed >> j) & 1) {
          stack.push([group | (1 << j), allowed & together[j], best & days[j]]);
        }
      }
    }
  }
  return found;
}

/** Return a function: the least number of groups and single checks that a set parts into. */
function parting(groups, n) {
  const possible = range(n).map(() => []);
  const every = new Set([...groups.keys(), ...range(n).map((i) => 1 << i)]);
  for (const group of every) possible[lowest(group)].push(group);
  for (const some of possible) some.sort((a, b) => bitsIn(b) - bitsIn(a) || a - b);
  const known = new Map([[0, 0]]);
  const least = (rest) => {
    let found = known.get(rest);
    if (found === undefined) {
      found = n + 1;
      for (const group of possible[lowest(rest)]) {
        if ((group & rest) === group) {
          found = Math.min(found, 1 + least(rest & ~group));
          if (found === 1) break;
        }
      }
      known.set(rest, found);
    }
    return found;
  };
  return least;
}

/** The steps all searches together may still take, so that no document goes on for ever. */
class Work {
  constructor(checks) {
    this.most = 2000000 + 200 * checks;
    this.left = this.most;
  }

  /** Count steps; more than allowed in all are a fault. */
  step(place, steps = 1) {
    this.left -= steps;
    if (this.left < 0) {
      throw new Fault(PLAN_FILE, place,
        `the proofs take more than ${this.most} steps to check, which is the most allowed`);
    }
  }
}

/** An enterprise's checks and what the plan does with them. */
class Site {
  constructor(problem, enterprise, fits) {
    this.problem = problem;
    this.enterprise = enterprise;
    this.fits = fits;
    this.place = `bound.enterprises.${enterprise}`;
    this.checks = [];
    this.visits = [];
    this.lost = [];
    this.possible = null;
  }

  /** Return the groups: sets of checks that could be a visit, with their days. */
  groups() {
    if (!this.possible) this.possible = groupsOf(this.problem, this.checks, this.fits);
    return this.possible;
  }

  /** Return the least number of groups and single checks; the plan's own is a witness. */
  least() {
    const made = this.visits.length + this.lost.length;
    return leastGroups(this.problem, this.checks, made, this.fits);
  }

  /** Return the number of checks in no group; those in a visit of the plan are in one. */
  hopeless(work) {
    return this.inNoGroup(work).length;
  }

  /** Return the checks in no group. */
  inNoGroup(work) {
    return this.lost.filter((check) => !this.grouped(check, work));
  }

  /**
   * Return whether a check is in any group at all.
   *
   * A group that holds it still is one with only that check, one that gives the lead its need,
   * one that makes it exempt and one for each quiet rule it rides on: no more need be tried.
   */
  grouped(one, work) {
    const { problem } = this;
    const days = problem.daysAtBest(one);
    if (!days || this.fits([one])) return Boolean(days);
    const others = new Map();
    for (const check of this.checks) {
      const best = problem.daysAtBest(check) & days;
      if (best && check !== one && !problem.clashes(one, check)) {
        const { item, source, release, due, units } = check;
        const key = JSON.stringify([item, source, release, due, ...units]);
        if (!others.has(key)) others.set(key, [check, best]);
      }
    }
    const rest = Array.from(others.values());
    const most = 3 + problem.covering(this.enterprise).filter((rule) => rule.rides).length;
    const stack = [[[one], days, 0]];
    while (stack.length) {
      const [group, common, begin] = stack.pop();
      for (let place = begin; place < rest.length; place += 1) {
        const [check, best] = rest[place];
        if (common & best) {
          work.step(this.place);
          if (this.fits([...group, check])) return true;
          if (group.length + 1 < most) stack.push([[...group, check], common & best, place + 1]);
        }
      }
    }
    return false;
  }
}

/** The bound and its proofs hold: each is recomputed, by enterprise and with prices. */
function checkBound(books) {
  const { problem } = books;
  const plan = books.doc.get('plan.json');
  const old = plan.format.endsWith('v1');
  const fits = (checks) => (old ? problem.daysAlone(checks) : problem.daysAsGroup(checks));
  const sites = new Map();
  for (const check of books.onsite.values()) {
    const { enterprise } = check;
    if (!sites.has(enterprise)) sites.set(enterprise, new Site(problem, enterprise, fits));
    sites.get(enterprise).checks.push(check);
  }
  for (const visit of books.visits) sites.get(visit.enterprise).visits.push(visit);
  for (const entry of plan.left_out) {
    const check = books.onsite.get(entry.check);
    sites.get(check.enterprise).lost.push(check);
  }
  const { bound } = plan;
  const listed = keysOf(bound.enterprises);
  for (const enterprise of listed) {
    need(sites.has(enterprise), PLAN_FILE, `bound.enterprises.${enterprise}`,
      'has no on-site check');
  }
  const work = new Work(books.onsite.size);
  const least = new Map();
  const lost = new Map();
  for (const enterprise of sorted(sites.keys())) {
    const site = sites.get(enterprise);
    const claim = bound.enterprises[enterprise];
    if (claim === undefined) {
      least.set(enterprise, checkUnlisted(site, old, work));
      lost.set(enterprise, 0);
    } else {
      checkClaim(books, site, claim, old, work);
      least.set(enterprise, claim.lower);
      lost.set(enterprise, claim.left_out || 0);
    }
  }
  let total = sumOf(least.values());
  let what = 'sum over the enterprises';
  let words = `${listed.length} proofs redone`;
  if (!old) {
    const priced = checkPrices(problem, sites, bound.capacity, least, true, work);
    if (priced > total) total = priced;
    what = 'the larger of that sum and the one with prices';
    words += ', ' + checkLeftOut(books, sites, lost, work);
  }
  same(bound.visits, total, PLAN_FILE, 'bound.visits', what);
  const made = books.visits.length + plan.left_out.length;
  need(total <= made, PLAN_FILE, 'bound.visits', 'is more than the visits and checks left out');
  checkComparison(books, fits);
  return `at least ${total} visits; ${made} planned or left out; ${words}`;
}

/** Return the exact sum of whole numbers, which may be beyond what a Number holds. */
function sumOf(numbers) {
  let sum = 0n;
  for (const number of numbers) sum += BigInt(number);
  return sum;
}

/** An enterprise without a proof needs one visit, and none of its checks is in no group. */
function checkUnlisted(site, old, work) {
  if (site.visits.length + site.lost.length > 1 && site.checks.length <= EXACT_LIMIT) {
    const least = site.least();
    need(least === 1, PLAN_FILE, site.place, `is missing: its least number is ${least}`);
  }
  if (!old) {
    const lost = site.hopeless(work);
    need(!lost, PLAN_FILE, site.place, `is missing: ${lost} checks in no group`);
  }
  return 1;
}

/** One enterprise's least numbers of visits and of checks left out are what they are proved. */
function checkClaim(books, site, claim, old, work) {
  const { proof } = claim;
  const { place } = site;
  const limit = proof === 'exact' ? EXACT_LIMIT : proof === 'caps' && !old ? CAPS_LIMIT : 0;
  let lost = null;
  if (limit) {
    const few = site.checks.length <= limit;
    const count = site.checks.length;
    need(few, PLAN_FILE, place + '.proof',
      `${proof} is for at most ${limit} checks, these are ${count}`);
    let least;
    if (proof === 'exact') least = site.least();
    else [least, lost] = new CapsSearch(site, work).least();
    same(claim.lower, least, PLAN_FILE, place + '.lower', 'least number of visits');
  } else if (proof instanceof Rec && !old) {
    checkWeights(books, site, claim, work);
  } else {
    checkApart(books, site, claim, work);
  }
  if (!old) {
    need(lost === null || claim.apart === undefined, PLAN_FILE, place + '.apart',
      'says nothing beside caps, which leave nothing open');
    if (lost === null) lost = site.hopeless(work) + checkKeptOut(site, claim, work);
    same(claim.left_out, lost, PLAN_FILE, place + '.left_out', 'least number left out');
    const bare = claim.lower === 1 && !lost;
    need(!bare, PLAN_FILE, place, 'need not be listed: one visit, no check left out');
  }
}

/** A list of checks proves its length: no two can share a visit. */
function checkApart(books, site, claim, work) {
  const { problem, place } = site;
  const { proof } = claim;
  books.shape(PLAN_FILE, proof, asc(CHECK_ID), place + '.proof');
  const here = new Map(site.checks.map((check) => [check.id, check]));
  same(claim.lower, proof.length, PLAN_FILE, place + '.lower', 'length of the proof');
  const before = [];
  proof.forEach((id, index) => {
    const where = `${place}.proof[${index}]`;
    need(here.has(id), PLAN_FILE, where, 'is no on-site check of the enterprise');
    const check = here.get(id);
    const days = problem.daysAtBest(check);
    if (days) { // else it shares a visit with no check whatever
      work.step(place, Math.floor(before.length / 16) + 1);
      for (const [other, other_days] of before) {
        const apart = neverShare(problem, check, days, other, other_days);
        need(apart, PLAN_FILE, where, 'could share a visit with ' + other.id);
      }
      before.push([check, days]);
    }
  });
}

/**
 * Return how many of a list of planned checks, no two in one visit, caps leave out.
 *
 * Those visited have a visit each. As many of these visits as have an exempt check of their own
 * may be exempt; the others count.
 */
function checkKeptOut(site, claim, work) {
  if (claim.apart === undefined) return 0;
  const { problem } = site;
  const place = site.place + '.apart';
  const here = new Map(site.checks.map((check) => [check.id, check]));
  const none = new Set(site.inNoGroup(work).map((check) => check.id));
  const hosts = site.checks.filter((check) => problem.exempt.has(check.source))
    .map((check) => [check, problem.daysAtBest(check)]);
  const chosen = [];
  const hosts_of = [];
  const years = new Set();
  claim.apart.forEach((id, index) => {
    const where = `${place}[${index}]`;
    need(here.has(id), PLAN_FILE, where, 'is no on-site check of the enterprise');
    const check = here.get(id);
    need(!problem.exempt.has(check.source), PLAN_FILE, where, 'has an exempt source');
    need(!none.has(id), PLAN_FILE, where, 'is in no group, so it is counted already');
    const days = problem.daysAtBest(check);
    work.step(place, Math.floor((chosen.length + hosts.length) / 16) + 1);
    for (const [other, other_days] of chosen) {
      const apart = neverShare(problem, check, days, other, other_days);
      need(apart, PLAN_FILE, where, 'could share a visit with ' + other.id);
    }
    chosen.push([check, days]);
    const own = [];
    hosts.forEach(([host, best], n) => {
      if (!neverShare(problem, check, days, host, best)) own.push(n);
    });
    hosts_of.push(own);
    for (const day of [lowestDay(days), bitLength(days) - 1]) {
      years.add(isoDay(problem.first + day).slice(0, 4));
    }
  });
  need(years.size === 1, PLAN_FILE, place, `has its days in ${years.size} calendar years`);
  const [year] = years;
  const past = problem.madeAt(site.enterprise).filter((row) => row.day.slice(0, 4) === year);
  const about = problem.enterprises[site.enterprise];
  const rules = problem.caps.filter((rule) => isCapped(rule, site.enterprise, about));
  let most = 0;
  for (const rule of rules) {
    const own_limit = rule.limits[about.risk];
    const limit = own_limit === undefined ? rule.limit : own_limit;
    const instead = rules.filter((other) => (other.replaces || []).includes(rule.id));
    const rows = rowsUnder(rule, instead, past);
    const inside = new Map(); // what the cap counts by → its words, places in the list
    chosen.forEach(([check], k) => {
      for (const spot of placesOf(problem, check)) {
        if (fallsUnder(rule, instead, spot)) {
          const key = capKey(rule, spot);
          const code = JSON.stringify(key);
          if (!inside.has(code)) inside.set(code, { key, own: new Set() });
          inside.get(code).own.add(k);
        }
      }
    });
    for (const { key, own } of inside.values()) {
      const [counts, spares] = weighMade(problem, rule, past, rows, key);
      const allowed = Math.max(0, limit - counts - spares);
      let free = 0;
      if (!(eachByItself(rule) && problem.rider_counts)) {
        work.step(place, Math.floor(own.size * hosts.length / 16) + 1);
        free = mostPairs(Array.from(own, (k) => hosts_of[k]));
      }
      most = Math.max(most, own.size - allowed - free);
    }
  }
  need(most > 0, PLAN_FILE, place, 'proves no check left out');
  return most;
}

/** Return the largest number of pairs of a check and one of its hosts, none in two pairs. */
function mostPairs(hosts_of) {
  const guest = new Map();
  let found = 0;
  hosts_of.forEach((_, start) => {
    // A way from a check without a host to a host without a check, changing pairs on it.
    const came = new Map();
    const waiting = [start];
    let end = null;
    while (waiting.length && end === null) {
      const k = waiting.pop();
      for (const host of hosts_of[k]) {
        if (!came.has(host) && end === null) {
          came.set(host, k);
          if (guest.has(host)) waiting.push(guest.get(host));
          else end = host;
        }
      }
    }
    if (end !== null) found += 1;
    while (end !== null) {
      const k = came.get(end);
      const before = Array.from(guest).find(([, other]) => other === k);
      guest.set(end, k);
      end = before === undefined ? null : before[0];
    }
  });
  return found;
}

/** Weights prove their sum over `of`: checks that are possible together weigh at most that. */
function checkWeights(books, site, claim, work) {
  const { problem } = site;
  const place = site.place + '.proof';
  books.shape(PLAN_FILE, claim.proof, WEIGHTS, place);
  const { weights } = claim.proof;
  const most = BigInt(claim.proof.of);
  const here = new Map(site.checks.map((check) => [check.id, check]));
  const alike = new Map(); // days and item → their weight together
  for (const id of sorted(keysOf(weights))) {
    const weight = BigInt(weights[id]);
    const where = `${place}.weights.${id}`;
    need(here.has(id), PLAN_FILE, where, 'is no on-site check of the enterprise');
    need(weight <= most, PLAN_FILE, where, `is ${weight}, more than the ${most} of a visit`);
    const check = here.get(id);
    const days = problem.daysAtBest(check);
    const key = `${days} ${check.item}`;
    const kind = alike.get(key) || { days, item: check.item, weight: 0n };
    const both = problem.clashes(check, check) ? 0n : kind.weight;
    if (both + weight > kind.weight) kind.weight = both + weight;
    alike.set(key, kind);
  }
  const sum = sumOf(keysOf(weights).map((id) => weights[id]));
  same(claim.lower, -floorDivide(-sum, most), PLAN_FILE, site.place + '.lower',
    'sum of the weights over of');
  // Days on which the same checks are possible are one part of the horizon.
  const kinds = Array.from(alike.values()).sort(
    (a, b) => (a.days < b.days ? -1 : a.days > b.days ? 1 : compare(a.item, b.item)));
  let parts = [[(1n << BigInt(problem.count)) - 1n, []]];
  for (const kind of kinds) {
    work.step(place, Math.floor(parts.length / 16) + 1);
    const split = [];
    for (const [part, within] of parts) {
      if (part & kind.days) split.push([part & kind.days, [...within, kind]]);
      if (part & ~kind.days) split.push([part & ~kind.days, within]);
    }
    parts = split;
  }
  for (const [part, within] of parts) {
    work.step(place, Math.floor(kinds.length / 16) + 1);
    if (sumOf(within.map((kind) => kind.weight)) > most) {
      const heavy = heaviest(problem, within, work, place);
      const day = isoDay(problem.first + lowestDay(part));
      need(heavy <= most, PLAN_FILE, place + '.weights',
        `checks that are possible together on ${day} weigh ${heavy}, more than ${most}`);
    }
  }
}

/** Return the largest weight of items of which no two are incompatible, by branching. */
function heaviest(problem, kinds, work, place) {
  const clashes = (one, two) => problem.clash.has(`${one} ${two}`);
  const weight = new Map();
  for (const { item, weight: amount } of kinds) {
    const before = weight.get(item) || 0n;
    const both = clashes(item, item) ? 0n : before;
    weight.set(item, both + amount > before ? both + amount : before);
  }
  const items = sorted(weight.keys());
  const clash = new Map(items.map((one) => [
    one, new Set(items.filter((two) => one !== two && clashes(one, two)))]));
  const mixed = items.filter((item) => clash.get(item).size);
  need(mixed.length <= CLASH_LIMIT, PLAN_FILE, place + '.weights',
    `at most ${CLASH_LIMIT} incompatible items can be weighed, these are ${mixed.length}`);
  const known = new Map();
  // Sets of items are sorted lists.
  const most = (rest) => {
    const key = rest.join(' ');
    if (!known.has(key)) {
      work.step(place);
      let item = rest[0];
      let degree = -1;
      for (const one of rest) {
        const own = rest.filter((two) => clash.get(one).has(two)).length;
        if (own > degree) [item, degree] = [one, own];
      }
      const others = rest.filter((one) => one !== item);
      const without = apart(others);
      const taken = weight.get(item) + apart(others.filter((one) => !clash.get(item).has(one)));
      known.set(key, taken > without ? taken : without);
    }
    return known.get(key);
  };
  // Sum over the parts of `rest` that share no clash, each by itself.
  const apart = (rest) => {
    let total = 0n;
    const left = new Set(rest);
    for (const start of rest) {
      if (!left.delete(start)) continue;
      const part = [start];
      for (let k = 0; k < part.length; k += 1) {
        for (const item of clash.get(part[k])) if (left.delete(item)) part.push(item);
      }
      total += part.length > 1 ? most(sorted(part)) : weight.get(start);
    }
    return total;
  };
  return apart(items);
}

/** The least number of visits and checks left out at an enterprise, caps and gap kept. */
class CapsSearch {
  constructor(site, work) {
    const { problem } = site;
    this.problem = problem;
    this.site = site;
    this.work = work;
    this.groups = site.groups();
    this.whole = (1 << site.checks.length) - 1;
    const flags = new Map();
    for (let index = 0; index < problem.count; index += 1) {
      push(flags, String(civil(problem.first + index)[0]).padStart(4, '0'), index);
    }
    this.years = new Map(Array.from(flags, ([year, days]) => (
      [year, daysFromTo(days[0], days[days.length - 1])])));
    const made = problem.madeAt(site.enterprise);
    this.past = new Map(Array.from(flags.keys(), (year) => (
      [year, made.filter((row) => row.day.slice(0, 4) === year)])));
    this.visits = new Map();
    this.by_lowest = site.checks.map(() => []);
    const order = Array.from(this.groups.keys()).sort((a, b) => bitsIn(b) - bitsIn(a) || a - b);
    for (const group of order) {
      const checks = members(site.checks, group);
      const exempt = sorted(checks.map((c) => c.source).filter((s) => problem.exempt.has(s)));
      this.visits.set(group, { at: '', checks, exempt: exempt.length ? exempt[0] : '' });
      this.by_lowest[lowest(group)].push(group);
    }
    this.parted = parting(this.groups, site.checks.length);
    this.grouped = 0;
    for (const group of this.groups.keys()) this.grouped |= group;
    this.kept = new Map();
    this.dated = new Map();
  }

  /** Return the least number of visits and checks left out, and of checks left out. */
  least() {
    const lost = this.site.lost.length;
    const every = this.search(1, this.parted, this.site.visits.length + lost);
    return [every, this.search(0, (rest) => bitsIn(rest & ~this.grouped), lost)];
  }

  /** Search depth-first; `each` is what a visit costs, `floor` what a rest costs at least. */
  search(each, floor, known) {
    let best = known;
    const end = floor(this.whole);
    const stack = [[this.whole, 0, []]];
    while (stack.length && best > end) {
      const [rest, cost, chosen] = stack.pop();
      this.work.step(this.site.place);
      if (cost + floor(rest) >= best || !this.holds(chosen)) continue;
      if (!rest) {
        best = cost;
        continue;
      }
      const low = rest & -rest;
      stack.push([rest & ~low, cost + 1, chosen]);
      for (const group of this.by_lowest[lowest(low)].slice().reverse()) {
        if ((group & rest) === group) {
          for (const [year, days] of this.years) {
            if (this.groups.get(group) & days) {
              stack.push([rest & ~group, cost + each, [...chosen, [year, group]]]);
            }
          }
        }
      }
    }
    return best;
  }

  /** Return whether these visits keep the caps of their years and can have days. */
  holds(chosen) {
    if (!chosen.length) return true;
    const year = chosen[chosen.length - 1][0]; // the others held before the last one came
    const here = chosen.filter(([when]) => when === year).map(([, group]) => group);
    const key = `${year} ${here.sort((a, b) => a - b).join(' ')}`;
    if (!this.kept.has(key)) this.kept.set(key, this.keeps(year, here));
    if (!this.kept.get(key)) return false;
    const asked = chosen.map(([when, group]) => ({
      days: this.groups.get(group) & this.years.get(when),
      exempt: Boolean(this.visits.get(group).exempt),
    }));
    const dates = asked.map(({ days, exempt }) => days.toString(36) + (exempt ? '*' : ''));
    const code = dates.sort().join(' ');
    if (!this.dated.has(code)) this.dated.set(code, canBeDated(asked, this.problem.gap_days));
    return this.dated.get(code);
  }

  /** Return whether these visits of a year keep the caps. */
  keeps(year, here) {
    const planned = here.map((group) => this.visits.get(group));
    try {
      checkCaps(this.problem, this.site.enterprise, year, planned, this.past.get(year));
      checkItemCaps(this.problem, year, planned);
      return true;
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      return false;
    }
  }
}

/**
 * Return whether visits (their days, exempt) can have days of their own that keep the gap.
 *
 * Visits are dated in order of day, each as early as it can be: for a given order nothing is
 * better. Of all orders of the same visits only the ends matter, the last day of all and the last
 * day of one that is not exempt; those that are not worse in both are kept.
 */
function canBeDated(asked, gap) {
  let reached = new Map([[0, [[0, 0]]]]); // visits → first days free after them
  for (let round = 0; round < asked.length; round += 1) {
    const after = new Map();
    for (const [done, ends] of reached) {
      asked.forEach(({ days, exempt }, k) => {
        if ((done >> k) & 1) return;
        for (const [free, apart] of ends) {
          const begin = exempt ? free : Math.max(free, apart);
          const left = days >> BigInt(begin);
          if (left) {
            const day = begin + lowestDay(left);
            push(after, done | (1 << k), [day + 1, exempt ? apart : day + Math.max(1, gap)]);
          }
        }
      });
    }
    reached = new Map();
    for (const [done, ends] of after) {
      const best = [];
      for (const end of ends.sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
        if (!best.length || end[1] < best[best.length - 1][1]) best.push(end);
      }
      reached.set(done, best);
    }
  }
  return reached.size > 0;
}

/** Where the room stands that a kind of price is of, if not under its own name. */
const ROOM_OF = { pairs: 'capacity', skill: 'skill_capacity' };

/** Prices of what visits share on a day: half-days, pairs of these, full days and skills. */
class Prices {
  constructor(problem, claim, place) {
    this.problem = problem;
    this.of = BigInt(claim.of);
    this.part = claim.part || 0;
    this.leads = claim.leads !== undefined;
    this.companions = claim.companions || 0;
    this.rows = new Map(); // row → prices by day, and their days
    this.units = new Set();
    this.spent = 0n;
    let before = [];
    claim.prices.forEach(([unit, kind, skill, day, price], n) => {
      const at = `${place}.prices[${n}]`;
      const here = [unit, kind, skill, day];
      need(compareLists(before, here) < 0, PLAN_FILE, at, 'must be sorted, none twice');
      before = here;
      need(problem.units[unit] !== undefined, PLAN_FILE, at + '[0]', 'is no unit here');
      const fine = Boolean(skill) === (kind === 'skill');
      need(fine, PLAN_FILE, at + '[2]', 'must be a skill for the kind skill, else empty');
      const line = problem.series(ROOM_OF[kind] || kind, unit, skill);
      need(line, PLAN_FILE, at + '[2]', 'is no skill asked of the unit');
      const index = problem.index(day);
      const within = index >= 0 && index < problem.count;
      need(within, PLAN_FILE, at + '[3]', 'is no day of the horizon');
      const name = `${unit} ${kind} ${skill}`;
      if (!this.rows.has(name)) this.rows.set(name, { name, costs: new Map(), days: 0n });
      const row = this.rows.get(name);
      row.costs.set(index, BigInt(price));
      row.days |= 1n << BigInt(index);
      this.units.add(unit);
      const room = kind === 'pairs' ? Math.floor(line[index] / 2) : line[index];
      this.spent += BigInt(price) * BigInt(room);
    });
    this.known = new Map();
  }

  /** Return the least price of what a group takes, over its days. */
  cheapest(checks, days, work, place) {
    const seats = this.problem.seats(checks)[1].filter(({ unit }) => this.units.has(unit));
    return this.cheapestOf(seats, days, work, place);
  }

  /**
   * Return the least price of what any visit with these checks takes, over some days.
   *
   * Where leads are looked at and no day has enough inspectors, what it costs to leave the checks
   * out. `beside` are the enterprise's checks that are in a group, with the days that each could
   * at best be done on: any of them may come too.
   */
  cheapestPart(checks, days, beside, work, place) {
    const { items, team } = this.problem;
    const asked = new Map();
    for (const check of checks) {
      const item = items[check.item];
      const wanted = new Set(item.skills);
      const least = Math.max(Math.min(Math.max(item.inspectors, team[0]), team[1]), wanted.size);
      for (const unit of check.units) {
        if (this.units.has(unit)) {
          const seat = asked.get(unit) || { unit, inspectors: 0, effort: 0, skills: new Set() };
          seat.inspectors = Math.max(seat.inspectors, least);
          seat.effort = Math.max(seat.effort, item.effort);
          for (const skill of wanted) seat.skills.add(skill);
          asked.set(unit, seat);
        }
      }
    }
    const seats = Array.from(asked.keys()).sort(compare).map((unit) => {
      const seat = asked.get(unit);
      return { ...seat, skills: Array.from(seat.skills).sort(compare) };
    });
    // Less where a unit may join than where it leads: each day by itself. Without `leads`, of
    // pairs alone.
    let ways = [{ some: days, asks: [] }];
    for (const seat of seats) {
      let sent = [[days, { ...seat, pairs: 0 }]];
      if (this.leads || this.rows.has(`${seat.unit} pairs `)) {
        work.step(place, Math.floor(beside.length / 8) + 1);
        sent = this.joinsAndLeads(seat, checks, beside);
      }
      ways = ways.flatMap(({ some, asks }) => sent
        .filter(([own]) => some & own)
        .map(([own, ask]) => ({ some: some & own, asks: [...asks, ask] })));
    }
    if (this.leads && !ways.length) return this.of * BigInt(checks.length);
    let least;
    for (const { some, asks } of ways) {
      const cost = this.cheapestOf(asks, some, work, place);
      if (least === undefined || cost < least) least = cost;
    }
    if (least === undefined) throw new Senseless('ValueError', 'min() arg is an empty sequence');
    return least;
  }

  /** Return the days on which a unit may join, and those on which it leads; each with its seat. */
  joinsAndLeads(seat, checks, beside) {
    const { unit, inspectors, effort } = seat;
    const { items, team } = this.problem;
    const own = checks.filter((check) => check.units.includes(unit));
    const holders = new Set();
    for (const check of own) {
      for (const skill of items[check.item].skills) holders.add(skill);
    }
    const days = this.mayJoin(unit, checks, beside);
    const joins = Math.max(inspectors, holders.size);
    const leads = Math.max(this.asked(unit, checks), team[0], holders.size);
    return [[days, joins], [~days, leads]].map(([some, number]) => (this.leads
      ? [some & this.staffed(unit, number, effort), { ...seat, inspectors: number }]
      : [some, { ...seat, pairs: Math.floor(number * effort / 2) }]));
  }

  /** Return the most inspectors that checks ask of a unit. */
  asked(unit, checks) {
    const { items } = this.problem;
    const own = checks.filter((check) => check.units.includes(unit));
    return own.reduce((most, check) => Math.max(most, items[check.item].inspectors), 0);
  }

  /** Return the days on which a check that may come too has another unit lead. */
  mayJoin(unit, checks, beside) {
    const most = this.asked(unit, checks);
    let days = 0n;
    for (const { check: other, days: own_days } of beside) {
      const asks = this.problem.items[other.item].inspectors;
      const leads = (name) => name !== unit
        && (asks > most || (asks === most && compare(name, unit) < 0));
      if (other.units.some(leads)
          && !checks.some((check) => this.problem.clashes(other, check))) {
        days |= own_days;
      }
    }
    return days;
  }

  /** Return the days on which a unit has so many inspectors for so many half-days. */
  staffed(unit, number, effort) {
    return this.problem.atLeast(effort === 2 ? 'full' : 'present', unit, number);
  }

  cheapestOf(seats, days, work, place) {
    const priced = [];
    const ask = (name, amount) => {
      const row = this.rows.get(name);
      if (row) priced.push({ row, amount });
    };
    for (const { unit, inspectors, effort, skills, pairs } of seats) {
      const two = pairs === undefined ? Math.floor(inspectors * effort / 2) : pairs;
      if (two) ask(`${unit} pairs `, two);
      ask(`${unit} capacity `, inspectors * effort);
      if (effort === 2) ask(`${unit} full `, inspectors);
      for (const skill of skills) ask(`${unit} skill ${skill}`, effort);
    }
    let dear = 0n;
    for (const { row } of priced) dear |= row.days;
    if (days & ~dear) return 0n;
    const key = JSON.stringify(
      [days.toString(36), ...priced.map(({ row, amount }) => [row.name, amount])]);
    let least = this.known.get(key);
    if (least === undefined) {
      const open_days = daysOf(days);
      work.step(place, Math.floor(open_days.length / 8) + 1);
      for (const day of open_days) {
        let cost = 0n;
        for (const { row, amount } of priced) cost += (row.costs.get(day) || 0n) * BigInt(amount);
        if (least === undefined || cost < least) least = cost;
      }
      if (least === undefined) {
        throw new Senseless('ValueError', 'min() arg is an empty sequence');
      }
      if (this.known.size < 100000) this.known.set(key, least);
    }
    return least;
  }

  /** Return the least an enterprise costs, a visit `each` and its price, if above `base`. */
  least(site, base, each, work) {
    const { place } = site;
    if (this.made(site, each, work) <= base) return base;
    const n = site.checks.length;
    const ways = range(n).map((i) => [[1 << i, this.of]]);
    for (const [group, days] of site.groups()) {
      const checks = members(site.checks, group);
      work.step(place);
      const cost = each + this.cheapest(checks, days, work, place);
      if (cost < this.of * BigInt(checks.length)) ways[lowest(group)].push([group, cost]);
    }
    const found = cheapestParting(ways);
    return found > base ? found : base;
  }

  /** Return the least that some of an enterprise's checks cost, if above `base`. */
  leastPart(site, base, work) {
    const { place } = site;
    if (this.made(site, 0n, work) <= base) return base;
    const lost = site.inNoGroup(work);
    const beside = site.checks.filter((check) => !lost.includes(check))
      .map((check) => ({ check, days: this.problem.daysAtBest(check) }));
    let found = this.of * BigInt(lost.length);
    for (const own of this.companions ? this.tied(beside) : [beside]) {
      let paid = this.companions ? this.withCompanions(own, beside, work, place) : null;
      if (paid === null) paid = this.inAnyCompany(own, beside, work, place);
      found += paid;
    }
    return found > base ? found : base;
  }

  /** Return the checks of priced units, those together whose units meet at some check. */
  tied(beside) {
    let groups = [];
    beside.forEach(({ check }, n) => {
      const units = new Set(check.units.filter((unit) => this.units.has(unit)));
      if (!units.size) return;
      const own = [n];
      const here = Array.from(units);
      const met = groups.filter((group) => here.some((unit) => group.units.has(unit)));
      if (met.length === 1) {
        for (const unit of here) met[0].units.add(unit);
        met[0].own.push(n);
        return;
      }
      for (const group of met) {
        for (const unit of group.units) units.add(unit);
        for (const one of group.own) own.push(one);
      }
      groups = groups.filter((group) => !met.includes(group));
      groups.push({ units, own });
    });
    return groups.map(({ own }) => own.sort((a, b) => a - b).map((n) => beside[n]));
  }

  /**
   * Return the least that checks cost, if each companion comes to one visit of theirs.
   *
   * Those that cost something where nobody comes along, and as companions whoever lets a unit
   * join beside one of them. null where these are more than are looked at.
   */
  withCompanions(own, beside, work, place) {
    const part = own.filter((one) => {
      work.step(place);
      return this.cheapestPart([one.check], one.days, [one], work, place);
    });
    if (!part.length) return 0n;
    const every = [...part];
    for (const other of beside) {
      if (every.length > this.companions) return null;
      work.step(place, part.length + 1);
      const lets = ({ check, days }) => days & other.days && check.units.some(
        (unit) => this.units.has(unit) && this.mayJoin(unit, [check], [other]));
      if (!part.includes(other) && part.some(lets)) every.push(other);
    }
    if (every.length > this.companions) return null;
    const ways = every.map((_, k) => (k < part.length ? [] : [[1 << k, 0n]]));
    const stack = part.map(({ check, days }, k) => [1 << k, [check], days]);
    while (stack.length) {
      const [group, checks, common] = stack.pop();
      work.step(place);
      const few = checks.filter((check) => part.some((one) => one.check === check));
      const here = checks.map((check) => ({ check, days: common }));
      const cost = this.cheapestPart(few, common, here, work, place);
      const all = this.of * BigInt(few.length);
      ways[lowest(group)].push([group, cost < all ? cost : all]);
      this.more(stack, every, group, checks, common);
    }
    return cheapestParting(ways);
  }

  /**
   * Return the least that some checks cost, whoever comes to any visit of theirs.
   *
   * They are the first `part` that are on no day free.
   */
  inAnyCompany(own, beside, work, place) {
    const part = [];
    for (const { check, days } of own) {
      if (part.length < this.part) {
        work.step(place);
        if (this.cheapestPart([check], days, beside, work, place)) part.push({ check, days });
      }
    }
    const ways = part.map(() => []);
    const stack = part.map(({ check, days }, k) => [1 << k, [check], days]);
    while (stack.length) {
      const [group, checks, common] = stack.pop();
      work.step(place);
      const cost = this.cheapestPart(checks, common, beside, work, place);
      const all = this.of * BigInt(checks.length);
      ways[lowest(group)].push([group, cost < all ? cost : all]);
      this.more(stack, part, group, checks, common);
    }
    return cheapestParting(ways);
  }

  /** Put on the stack a group with one check more, each of a list after those it has. */
  more(stack, every, group, checks, common) {
    for (let k = 32 - Math.clz32(group); k < every.length; k += 1) {
      const { check, days } = every[k];
      const clash = checks.some((other) => this.problem.clashes(check, other));
      if (common & days && !clash) {
        stack.push([group | (1 << k), [...checks, check], common & days]);
      }
    }
  }

  /** Return what the plan's own visits and checks left out cost, which may do already. */
  made(site, each, work) {
    let cost = this.of * BigInt(site.lost.length);
    for (const visit of site.visits) {
      cost += each + this.cheapest(visit.checks, site.fits(visit.checks), work, site.place);
    }
    return cost;
  }
}

/** Return the least cost of a partition; `ways` has sets, with their cost, by first member. */
function cheapestParting(ways) {
  const costs = [0n];
  for (let rest = 1; rest < 1 << ways.length; rest += 1) {
    let best = null;
    for (const [group, cost] of ways[lowest(rest)]) {
      if ((group & rest) === group) {
        const all = cost + costs[rest & ~group];
        if (best === null || all < best) best = all;
      }
    }
    costs.push(best);
  }
  return costs[costs.length - 1];
}

/** Prices on shared capacity prove their number: what all cost at least, less what there is. */
function checkPrices(problem, sites, claim, least, visits, work) {
  if (claim === null) return 0n;
  const place = visits ? 'bound.capacity' : 'bound.left_out.capacity';
  const prices = new Prices(problem, claim, place);
  for (const [name, most] of [['part', PART_LIMIT], ['companions', COMPANIONS_LIMIT]]) {
    const words = `is ${claim[name] || 0}, more than the ${most} that are looked at`;
    need((claim[name] || 0) <= most, PLAN_FILE, `${place}.${name}`, words);
  }
  const { leads, companions } = prices;
  need(prices.part || !leads, PLAN_FILE, place + '.leads', 'stands only beside a part');
  need(leads || !companions, PLAN_FILE, place + '.companions', 'stands only beside leads');
  let total = -prices.spent;
  for (const [enterprise, site] of sites) {
    let base = prices.of * BigInt(least.get(enterprise));
    const touched = (check) => check.units.some((unit) => prices.units.has(unit));
    if (site.checks.some(touched)) {
      if (site.checks.length <= PRICE_LIMIT) {
        base = prices.least(site, base, visits ? prices.of : 0n, work);
      } else if (prices.part) {
        base = prices.leastPart(site, base, work);
      }
    }
    total += base;
  }
  const found = -floorDivide(-total, prices.of);
  const what = `least cost ${total} over ${prices.of}`;
  same(claim.lower, found, PLAN_FILE, place + '.lower', what);
  return found;
}

/** The least number left out, and which of those left out are proved unavoidable. */
function checkLeftOut(books, sites, least, work) {
  const plan = books.doc.get('plan.json');
  const bound = plan.bound.left_out;
  const place = 'bound.left_out';
  const alone = sumOf(least.values());
  same(bound.enterprises, alone, PLAN_FILE, place + '.enterprises', 'sum over the enterprises');
  const priced = checkPrices(books.problem, sites, bound.capacity, least, false, work);
  const found = priced > alone ? priced : alone;
  same(bound.lower, found, PLAN_FILE, place + '.lower', 'the larger of both numbers');
  const lost = plan.left_out.length;
  need(found <= lost, PLAN_FILE, place + '.lower', 'is more than the checks left out');
  let proved = 0;
  plan.left_out.forEach((entry, index) => {
    const site = sites.get(books.onsite.get(entry.check).enterprise);
    let word = bound.lower === lost ? 'capacity' : 'not proved';
    if (site.lost.length === least.get(site.enterprise)) word = 'enterprise';
    same(entry.proof, word, PLAN_FILE, `left_out[${index}].proof`, 'proof');
    if (word !== 'not proved') proved += 1;
  });
  return `${proved} of ${lost} left out proved unavoidable`;
}

/** The figures without merging, merged inside departments, and of this plan. */
function checkComparison(books, fits) {
  const { problem } = books;
  const found = books.doc.get('plan.json').comparison;
  const names = ['unmerged', 'department_merged', 'visits'];
  const parts = ['by_department', 'by_county', 'by_risk'];
  const sums = new Map(parts.map((part) => [part, new Map()]));
  const overall = [0, 0, 0];
  const add = (enterprise, department, what, amount) => {
    const about = problem.enterprises[enterprise];
    const keys = [department, enterprise && about.county, enterprise && about.risk];
    parts.forEach((part, k) => {
      if (keys[k] === null) return;
      if (!sums.get(part).has(keys[k])) sums.get(part).set(keys[k], [0, 0, 0]);
      sums.get(part).get(keys[k])[what] += amount;
    });
  };
  const done = new Map(); // enterprise and department → their checks in visits, visits
  for (const visit of books.visits) {
    const here = new Set();
    for (const check of visit.checks) {
      const { department } = problem.items[check.item];
      const key = `${visit.enterprise} ${department}`;
      if (!done.has(key)) {
        done.set(key, { enterprise: visit.enterprise, department, checks: [], visits: 0 });
      }
      done.get(key).checks.push(check);
      here.add(department);
    }
    for (const department of here) {
      done.get(`${visit.enterprise} ${department}`).visits += 1;
      add(null, department, 2, 1);
    }
    add(visit.enterprise, null, 2, 1);
    overall[2] += 1;
  }
  for (const { enterprise, department, checks, visits } of done.values()) {
    const least = checks.length > EXACT_LIMIT ? visits
      : leastGroups(problem, checks, checks.length, fits);
    [checks.length, least].forEach((amount, what) => {
      add(enterprise, department, what, amount);
      overall[what] += amount;
    });
  }
  names.forEach((name, k) => same(found[name], overall[k], PLAN_FILE, 'comparison.' + name, name));
  for (const part of parts) {
    const place = 'comparison.' + part;
    const own = sums.get(part);
    sameKeys(keysOf(found[part]), own.keys(), PLAN_FILE, place, 'keys with a check in a visit');
    for (const line of sorted(own.keys())) {
      names.forEach((name, k) => {
        const where = `${place}.${line}.${name}`;
        same(found[part][line][name], own.get(line)[k], PLAN_FILE, where, name);
      });
    }
  }
}

// =====================================================================================
// odds: who may go, with which probability (teams.md)
// =====================================================================================

const WHOLE = 10 ** 9;
const ODDS_FILE = 'transcript/odds.json';
const PART = obj({
  unit: ID,
  effort: whole(0, 2),
  inspectors: asc(ID),
  groups: arr(obj({
    visit: VISIT_ID, skill: TEXT, seats: whole(1), odds: arr(whole(0, WHOLE)),
  })),
});
const REPORT_FIELDS = ['visits', 'seats', 'pairs', 'certain', 'entropy', 'entropy_bound'];

/** Rule: what is recounted is there; the rest is information. */
function worthReport(value) {
  table(TEXT, anything)(value);
  REPORT_FIELDS.forEach((name, index) => {
    if (value[name] === undefined) throw new Wrong('is missing', name);
    inside(index < 4 ? whole() : DECIMAL, value[name], name);
  });
}

const ODDS = obj({
  format: TEXT,
  campaign: TEXT,
  plan: HEX,
  roster: HEX,
  period: span,
  denominator: oneOf(WHOLE),
  kappa: RATIO,
  duty_key: HEX,
  duty: arr(obj({
    unit: ID, day: aDay, rule: oneOf('first', 'fitted'), inspectors: asc(ID),
  }, { lot: whole(1, 31) })),
  parts: arr(PART),
  report: worthReport,
}, {
  bars: obj({
    attempts: arr(obj({ day: aDay, attempt: whole(1, 7) })),
    relieved: arr(obj({ unit: ID, day: aDay })),
    kept_out: table(oneOf('apart', 'twice'), whole(1)),
    change: obj({ pairs: whole(), largest: DECIMAL }),
  }),
  draws: DRAWS,
});
const DUTY_STEPS = 20000; // of the search for the first set that fits a day; rarely more than few
const LOTS = 32; // of full-day duty that may count on a day
const LOT_TESTS = 512; // of the search for the first lots with which a run of days can be filled

const NOBODY = new Set();

/** The roster, ready to ask who may fill a seat. */
class Staff {
  constructor(roster) {
    this.by_id = new Map(roster.inspectors.map((inspector) => [inspector.id, inspector]));
    this.units = new Map();
    this.recused = new Set();
    this.capped = new Set();
    for (const inspector of roster.inspectors) {
      if (capsOf(inspector).length) this.capped.add(inspector.unit);
      push(this.units, inspector.unit, inspector);
      for (const [enterprise] of inspector.recusals) {
        this.recused.add(`${inspector.id} ${enterprise}`);
      }
    }
    this.out = new Map(); // unit and visit → who is kept out by a bar
  }

  /** Return the people of a unit. */
  of(unit) {
    return this.units.get(unit) || [];
  }

  /** Return whether the certificate is valid on the day and there is no leave. */
  present(inspector, day) {
    const { valid, leave } = inspector;
    return valid[0] <= day && day <= valid[1] && !leave.some(([a, b]) => a <= day && day <= b);
  }

  /** Return whether an inspector may fill a seat, duty apart. */
  may(inspector, unit, visit, skill) {
    return inspector.unit === unit
      && (skill === '' || inspector.skills.includes(skill))
      && !this.recused.has(`${inspector.id} ${visit.enterprise}`)
      && !(this.out.get(`${unit} ${visit.id}`) || NOBODY).has(inspector.id)
      && this.present(inspector, visit.day);
  }
}

/** Return the groups (skill, seats) of a seat. */
function seatGroups(seat) {
  const groups = seat.skills.map((skill) => [skill, 1]);
  const rest = seat.inspectors - groups.length;
  return rest ? [...groups, ['', rest]] : groups;
}

/** The odds belong to the plan, keep rules 1 to 6, and duty is as drawn. */
function checkOdds(books) {
  const odds = books.open('odds.json', ODDS, 'odds');
  books.refers('odds.json', 'plan', 'plan.json');
  books.refers('odds.json', 'roster', 'roster.json');
  const kappa = ratio(odds.kappa, ODDS_FILE, 'kappa');
  need(kappa.over <= 3n * kappa.under, ODDS_FILE, 'kappa', 'is more than 3');
  same(odds.duty_key, books.doc.get('draw.json').key, ODDS_FILE, 'duty_key', 'key of draw.json');
  const [begin, end] = odds.period;
  const draws = get(odds, 'draws');
  if (draws !== null) {
    checkParting(draws, ODDS_FILE, 'draws');
    same([draws[0][0], draws[draws.length - 1][1]], odds.period, ODDS_FILE, 'draws',
      'first and last day of the period');
  }
  same(get(books.bodies.get('odds'), 'draws'), draws, ENTRIES,
    `line ${books.rows.get('odds')} body.draws`, 'draws of the odds');
  books.turn = 0;
  books.rest = null;
  const due = books.visits.filter((visit) => begin <= visit.day && visit.day <= end);
  const wanted = new Map(); // unit and effort → their groups
  const staff = new Staff(books.doc.get('roster.json'));
  for (const visit of due) {
    for (const seat of visit.seats) {
      const own = staff.capped.has(seat.unit) ? 0 : seat.effort;
      const key = `${seat.unit} ${own}`;
      if (!wanted.has(key)) wanted.set(key, { unit: seat.unit, effort: own, groups: [] });
      for (const [skill, seats] of seatGroups(seat)) {
        wanted.get(key).groups.push({ visit, skill, seats, effort: seat.effort });
      }
    }
  }
  checkBars(books, staff, due);
  const duty = checkDuty(books, staff, due);
  const { parts } = odds;
  const worth = new Worth();
  same(parts.length, wanted.size, ODDS_FILE, 'parts', 'number of parts');
  const order = Array.from(wanted.values()).sort(
    (a, b) => compare(a.unit, b.unit) || a.effort - b.effort);
  let seats = 0;
  order.forEach(({ unit, effort, groups }, index) => {
    const at = `parts[${index}]`;
    same(parts[index].unit, unit, ODDS_FILE, at + '.unit', 'unit');
    same(parts[index].effort, effort, ODDS_FILE, at + '.effort', 'effort');
    checkPart(parts[index], at, groups, staff, duty, odds.period);
    worth.add(parts[index], groups, staff, duty);
    for (const group of groups) seats += group.seats;
  });
  books.due = due;
  worth.compare(odds.report, due.length, seats);
  return `${due.length} visits, ${seats} seats in ${parts.length} parts; `
    + `${oneDecimal(worth.entropy)} of at most ${oneDecimal(worth.bound)} bits, `
    + `${worth.certain} of ${worth.pairs} odds certain${checkOddsLeaves(books, wanted)}`;
}

/** Odds that were sealed have, leaf by leaf, the root that the ledger held of them. */
function checkOddsLeaves(books, wanted) {
  const told = get(books.bodies.get('odds'), 'leaves');
  if (told === null) return '';
  const { secret } = books;
  const digest = books.digests.get(ODDS_FILE);
  const own = new Map(books.doc.get('roster.json').inspectors.map(({ id }) => [id, []]));
  for (const part of books.doc.get('odds.json').parts) {
    const { groups } = wanted.get(`${part.unit} ${part.effort}`);
    part.groups.forEach((group, g) => {
      const { visit, skill, seats } = groups[g];
      group.odds.forEach((number, k) => {
        if (!number) return;
        const inspector = part.inspectors[k];
        const leaves = own.get(inspector);
        const place = `${digest}/${inspector}/${leaves.length}`;
        leaves.push(utf8(dumps(rec([
          ['day', visit.day],
          ['inspector', inspector],
          ['odds', number],
          ['salt', hex(subKey(secret, 'odds-leaf', place).bytes).slice(0, 32)],
          ['seats', seats],
          ['skill', skill],
          ['unit', part.unit],
          ['visit', visit.id],
        ], Made), ',', ':')));
      });
    });
  }
  const lines = Array.from(own, ([inspector, leaves]) => utf8(dumps(rec([
    ['inspector', inspector],
    ['leaves', leaves.length],
    ['root', hex(merkleRoot(books.hash, leaves.length, (hasher, k) => hasher.update(leaves[k])))],
    ['salt', hex(subKey(secret, 'odds-line', `${digest}/${inspector}`).bytes).slice(0, 32)],
  ], Made), ',', ':')));
  const root = hex(merkleRoot(books.hash, lines.length, (hasher, k) => hasher.update(lines[k])));
  same(told.root, root, ENTRIES, `line ${books.rows.get('odds')} body.leaves.root`,
    'root of the odds, leaf by leaf');
  return ', leaf by leaf as sealed';
}

/** Return a number with one decimal, a half rounded to even as in Python. */
function oneDecimal(number) {
  const quarter = number * 4;
  if (Number.isInteger(quarter) && quarter % 2) {
    const below = Math.floor(number * 10);
    return ((below % 2 ? below + 1 : below) / 10).toFixed(1);
  }
  return number.toFixed(1);
}

/** How unpredictable the odds are: whoever picks the teams by odds of 0 and 1 shows here. */
class Worth {
  constructor() {
    this.entropy = 0;
    this.bound = 0;
    this.certain = 0;
    this.pairs = 0;
  }

  /** Add a part whose odds keep the rules. */
  add(part, wanted, staff, duty) {
    const within = new Map();
    wanted.forEach(({ visit, skill, seats, effort }, g) => {
      part.groups[g].odds.forEach((number, k) => {
        if (number) {
          this.entropy += bits(number / WHOLE);
          if (number === WHOLE) this.certain += 1;
          const key = `${k} ${visit.id}`;
          within.set(key, (within.get(key) || 0) + number);
        }
      });
      const on_duty = duty.get(`${part.unit} ${visit.day}`) || NOBODY;
      const could = staff.of(part.unit).filter((person) => (
        staff.may(person, part.unit, visit, skill)
        && on_duty.has(person.id) === (effort === 2))).length;
      this.pairs += could;
      this.bound += could * (bits(seats / could) + bits(1 - seats / could));
    });
    for (const number of within.values()) this.entropy += bits(1 - number / WHOLE);
  }

  /** The counts of the report are these; its entropies to a thousandth of a bit. */
  compare(report, visits, seats) {
    const counts = { visits, seats, pairs: this.pairs, certain: this.certain };
    for (const name of Object.keys(counts)) {
      same(report[name], counts[name], ODDS_FILE, 'report.' + name, name);
    }
    for (const [name, value] of [['entropy', this.entropy], ['entropy_bound', this.bound]]) {
      const found = report[name];
      const number = /^(0|[1-9][0-9]{0,15})\.[0-9]{6}$/.test(found) ? Number(found) : Infinity;
      need(Math.abs(number - value) < 0.001, ODDS_FILE, 'report.' + name,
        `${name}: published ${show(found)}, recomputed ${value.toFixed(6)}`);
    }
  }
}

/** Return -p log2 p. */
function bits(p) {
  return p > 0 ? -p * Math.log2(p) : 0;
}

/** Groups, sums and limits of one part's odds. */
function checkPart(part, at, wanted, staff, duty, period) {
  const { unit } = part;
  const people = part.inspectors.map((id, k) => {
    need(staff.by_id.has(id), ODDS_FILE, `${at}.inspectors[${k}]`, 'is not in the roster');
    checkNesting(staff.by_id.get(id), period, `${at}.inspectors[${k}]`);
    return staff.by_id.get(id);
  });
  const caps = people.map(capsOf);
  const span_sum = new Map();
  same(part.groups.length, wanted.length, ODDS_FILE, at + '.groups', 'number of groups');
  const any_odds = people.map(() => false);
  let visit_sum = [];
  const day_sum = new Map();
  let before = '';
  wanted.forEach(({ visit, skill, seats, effort }, index) => {
    const group = part.groups[index];
    const here = `${at}.groups[${index}]`;
    same(group.visit, visit.id, ODDS_FILE, here + '.visit', 'visit');
    same(group.skill, skill, ODDS_FILE, here + '.skill', 'skill');
    same(group.seats, seats, ODDS_FILE, here + '.seats', 'seats');
    same(group.odds.length, people.length, ODDS_FILE, here + '.odds', 'length');
    const sum = group.odds.reduce((all, number) => all + number, 0);
    same(sum, seats * WHOLE, ODDS_FILE, here + '.odds', 'sum');
    if (visit.id !== before) {
      before = visit.id;
      visit_sum = people.map(() => 0);
    }
    const on_duty = duty.get(`${unit} ${visit.day}`) || NOBODY;
    group.odds.forEach((number, k) => {
      if (!number) return;
      const place = `${here}.odds[${k}]`;
      const person = people[k];
      any_odds[k] = true;
      const may = staff.may(person, unit, visit, skill)
        && on_duty.has(person.id) === (effort === 2);
      need(may, ODDS_FILE, place, `${person.id} may not fill this seat`);
      visit_sum[k] += number;
      need(visit_sum[k] <= WHOLE, ODDS_FILE, place,
        `more than certain for ${person.id} in this visit`);
      const key = `${k} ${visit.day}`;
      day_sum.set(key, (day_sum.get(key) || 0) + number);
      const cap = effort === 1 ? person.max_half_days : 1;
      need(day_sum.get(key) <= cap * WHOLE, ODDS_FILE, place,
        `more than ${person.id} may serve that day`);
      for (const kind of caps[k]) {
        const ends = calendarSpan(kind, visit.day);
        const span_key = `${k} ${kind} ${ends[0]}`;
        span_sum.set(span_key, (span_sum.get(span_key) || 0) + number);
        need(span_sum.get(span_key) <= visitsLeft(person, kind, ends, period[0]) * WHOLE,
          ODDS_FILE, place, `more than ${person.id} may visit in the ${kind}`);
      }
    });
  });
  any_odds.forEach((some, k) => {
    need(some, ODDS_FILE, `${at}.inspectors[${k}]`, 'has no odds above 0');
  });
}

const BAR_ATTEMPTS = 8;

/** Who is kept out of a visit by an open rule follows from the first draw's key. */
function checkBars(books, staff, due) {
  const odds = books.doc.get('odds.json');
  const once = 'not_twice' in books.doc.get('problem.json').rules.team;
  const apart = new Map();
  for (const person of staff.by_id.values()) {
    if ('apart' in person) apart.set(person.id, new Set(person.apart));
  }
  const asked = once || apart.size > 0;
  need(('bars' in odds) === asked, ODDS_FILE, 'bars',
    asked ? 'is missing' : 'no rule asks for bars');
  if (!asked) return;
  const { bars } = odds;
  const key = books.key(odds.duty_key);
  const again = once ? beenBefore(staff, due, key) : new Map();
  const days = new Map();
  for (const visit of due) push(days, visit.day, visit);
  const attempts = [];
  const relieved = [];
  const counts = rec([['apart', 0], ['twice', 0]], Made);
  for (const day of sorted(Array.from(days.keys()))) {
    let first = null;
    let judged = null;
    for (let attempt = 0; attempt < (apart.size ? BAR_ATTEMPTS : 1); attempt += 1) {
      const parted = apart.size ? keptApart(staff, days.get(day), apart, key, attempt) : new Map();
      judged = judgeBars(staff, days.get(day), key, again, parted);
      first = first || judged;
      if (judged.wholeDay) {
        if (attempt) attempts.push(rec([['day', day], ['attempt', attempt]], Made));
        break;
      }
    }
    if (!judged.wholeDay) judged = first;
    for (const unit of judged.tight) relieved.push(rec([['unit', unit], ['day', day]], Made));
    for (const [place, names] of judged.kept) {
      staff.out.set(place, names);
      for (const name of names) {
        counts[(again.get(place) || NOBODY).has(name) ? 'twice' : 'apart'] += 1;
      }
    }
  }
  relieved.sort((a, b) => compare(a.unit, b.unit) || compare(a.day, b.day));
  for (const rule of ['apart', 'twice']) if (!counts[rule]) delete counts[rule];
  same(bars.attempts, attempts, ODDS_FILE, 'bars.attempts', 'ways of parting');
  same(bars.relieved, relieved, ODDS_FILE, 'bars.relieved',
    'units and days with too few others');
  same(bars.kept_out, counts, ODDS_FILE, 'bars.kept_out', 'numbers kept out');
}

/** Return who would go to an enterprise twice running, by unit and visit. */
function beenBefore(staff, due, key) {
  const visits = new Map();
  for (const visit of due) {
    for (const { unit } of visit.seats) {
      const place = `${unit} ${visit.enterprise}`;
      if (!visits.has(place)) visits.set(place, { unit, enterprise: visit.enterprise, known: [] });
      visits.get(place).known.push(visit.id);
    }
  }
  const last = new Map();
  for (const person of staff.by_id.values()) {
    for (const enterprise of person.last_visited || []) {
      push(last, `${person.unit} ${enterprise}`, person.id);
    }
  }
  const found = new Map();
  const add = (place, names) => {
    const known = found.get(place) || new Set();
    for (const name of names) known.add(name);
    found.set(place, known);
  };
  for (const [place, { unit, enterprise, known }] of visits) {
    if (last.has(place)) add(`${unit} ${known[0]}`, last.get(place));
    if (known.length === 1) continue;
    const own = subKey(key, 'twice', `${unit}/${enterprise}`);
    const order = byTicket(own, staff.of(unit).map((person) => person.id));
    known.forEach((visit, index) => {
      add(`${unit} ${visit}`, order.filter((_, rank) => rank % 2 === 1 - (index % 2)));
    });
  }
  return found;
}

/** Return whom each visit of a day goes without so that nobody goes with whom they must not. */
function keptApart(staff, visits, apart, key, attempt) {
  const found = new Map();
  for (const visit of visits) {
    const home = new Map();
    for (const { unit } of visit.seats) {
      for (const person of staff.of(unit)) {
        const recused = staff.recused.has(`${person.id} ${visit.enterprise}`);
        if (apart.has(person.id) && !recused && staff.present(person, visit.day)) {
          home.set(person.id, unit);
        }
      }
    }
    const meets = (name, others) => Array.from(apart.get(name)).some((other) => others.has(other));
    const asked = Array.from(home.keys()).filter((name) => meets(name, home));
    const own = subKey(key, 'apart', `${visit.enterprise}/${visit.day}/${attempt}`);
    const stays = new Set();
    for (const name of byTicket(own, asked)) {
      if (meets(name, stays)) {
        const place = `${home.get(name)} ${visit.id}`;
        if (!found.has(place)) found.set(place, new Set());
        found.get(place).add(name);
      } else {
        stays.add(name);
      }
    }
  }
  return found;
}

/** Return who is out, units with too few others, and whether the first on duty fill all. */
function judgeBars(staff, visits, key, again, parted) {
  const units = new Map();
  for (const visit of visits) {
    for (const seat of visit.seats) {
      for (const [skill, seats] of seatGroups(seat)) {
        push(units, seat.unit, { visit, skill, seats, effort: seat.effort });
      }
    }
  }
  const kept = new Map();
  const tight = [];
  let wholeDay = true;
  for (const [unit, groups] of units) {
    const places = Array.from(new Set(groups.map((group) => `${unit} ${group.visit.id}`)));
    let out = new Map();
    for (const place of places) {
      const names = [...(again.get(place) || []), ...(parted.get(place) || [])];
      if (names.length) out.set(place, new Set(names));
    }
    if (out.size && !filled(staff, unit, groups, key, out)) {
      if (places.some((place) => again.has(place) && again.get(place).size)) tight.push(unit);
      out = new Map(places.filter((place) => parted.has(place))
        .map((place) => [place, parted.get(place)]));
      wholeDay = filled(staff, unit, groups, key, out) && wholeDay;
    }
    for (const [place, names] of out) kept.set(place, names);
  }
  return { kept, tight, wholeDay };
}

/** Return whether a unit's day can be filled without some, the first by ticket on duty. */
function filled(staff, unit, groups, key, out) {
  const before = staff.out;
  const count = (effort) => groups.filter((group) => group.effort === effort)
    .reduce((sum, group) => sum + group.seats, 0);
  const full = count(2);
  const { day } = groups[0].visit;
  const duty = new Set(full ? firstOnDuty(staff, unit, day, count(1), full, key).first : []);
  staff.out = out;
  try {
    return canFill(staff, unit, groups, duty, duty);
  } finally {
    staff.out = before;
  }
}

/** Return the first by ticket for full-day duty in a lot, and all who could serve, in order. */
function firstOnDuty(staff, unit, day, half, full, key, lot = 0) {
  const able = staff.of(unit)
    .filter((person) => person.max_half_days === 2 && staff.present(person, day))
    .map((person) => person.id);
  const share = lot % 2 ? 0 : Math.floor((able.length * 2 * full) / (2 * full + half));
  const number = Math.min(able.length, Math.max(full, share));
  const place = lot ? `${unit}/${day}/${lot}` : `${unit}/${day}`;
  const order = byTicket(subKey(key, 'duty', place), able);
  return { first: order.slice(0, number), order };
}

/** A week that lies in two months, or years, has no place under both caps. */
function checkNesting(person, period, at) {
  const caps = capsOf(person);
  for (const kind of caps.includes('week') ? caps : []) {
    need(kind === 'week' || period[1] <= calendarSpan(kind, period[0])[1], ODDS_FILE, at,
      `${person.id} is capped by week and ${kind} in a period over several`);
  }
}

/** Return how often an inspector may visit in a week, month or year, from its first day on. */
function visitsLeft(person, kind, ends, start) {
  const made = ends[0] <= start && start <= ends[1] ? visitsMade(person, kind) : 0;
  return Math.max(0, person.max_visits[kind] - made);
}

/** Who is on full-day duty follows from the first draw's key. */
function checkDuty(books, staff, due) {
  const odds = books.doc.get('odds.json');
  const key = books.key(odds.duty_key);
  const asked = new Map(); // unit and day → half-day and full-day seats, groups
  for (const visit of due) {
    for (const seat of visit.seats) {
      const place = `${seat.unit} ${visit.day}`;
      if (!asked.has(place)) {
        asked.set(place, { unit: seat.unit, day: visit.day, half: 0, full: 0, groups: [] });
      }
      const ask = asked.get(place);
      ask[seat.effort === 1 ? 'half' : 'full'] += seat.inspectors;
      for (const [skill, seats] of seatGroups(seat)) {
        ask.groups.push({ visit, skill, seats, effort: seat.effort });
      }
    }
  }
  const places = Array.from(asked.values()).filter((ask) => ask.full)
    .sort((a, b) => compare(a.unit, b.unit) || compare(a.day, b.day));
  same(odds.duty.length, places.length, ODDS_FILE, 'duty', 'unit-days with full-day seats');
  const duty = new Map();
  places.forEach(({ unit, day, half, full, groups }, index) => {
    const entry = odds.duty[index];
    const at = `duty[${index}]`;
    same(entry.unit, unit, ODDS_FILE, at + '.unit', 'unit');
    same(entry.day, day, ODDS_FILE, at + '.day', 'day');
    const lot = get(entry, 'lot') || 0;
    need(!lot || staff.capped.has(unit), ODDS_FILE, at + '.lot', 'nobody there is capped');
    const { first, order } = firstOnDuty(staff, unit, day, half, full, key, lot);
    if (entry.rule === 'first') {
      sameList(entry.inspectors, sorted(first), ODDS_FILE, at + '.inspectors', 'smallest tickets');
    } else {
      const where = at + '.inspectors';
      same(entry.inspectors.length, full, ODDS_FILE, where, 'number on duty');
      entry.inspectors.forEach((id, k) => {
        need(order.includes(id), ODDS_FILE, `${where}[${k}]`, 'cannot serve the whole day');
      });
      const held = new Set(first);
      const possible = canFill(staff, unit, groups, held, held);
      need(!possible, ODDS_FILE, at + '.rule', 'the first by ticket would do');
      const fitting = firstFitting(staff, unit, groups, order, full);
      if (fitting) {
        sameList(entry.inspectors, sorted(fitting), ODDS_FILE, where, 'first set that fits');
      }
    }
    duty.set(`${unit} ${day}`, new Set(entry.inspectors));
  });
  checkLots(staff, odds, Array.from(asked.values()), key);
  return duty;
}

/**
 * Where later lots of full-day duty count, earlier ones could not be staffed.
 *
 * That those of number 0 can, where they count, the odds themselves show.
 */
function checkLots(staff, odds, asked, key) {
  const told = new Map(odds.duty.map((entry, index) => (
    [`${entry.unit} ${entry.day}`, [get(entry, 'lot') || 0, index]])));
  const units = new Set(odds.duty.filter((entry) => get(entry, 'lot')).map((entry) => entry.unit));
  for (const unit of sorted(Array.from(units))) {
    const own = asked.filter((ask) => ask.unit === unit).sort((a, b) => compare(a.day, b.day));
    for (const run of runsOf(staff, unit, own)) {
      const full = run.filter((ask) => ask.full);
      const places = full.map((ask) => told.get(`${unit} ${ask.day}`));
      if (!places.some(([lot]) => lot)) continue;
      const found = new FirstLots(staff, unit, run, full, key, odds.period[0]).find();
      if (found === null) continue; // it takes too long, as a fitted day's search may
      need(found.length, ODDS_FILE, 'duty', `no lots with which ${unit} can be staffed`);
      places.forEach(([lot, index], k) => {
        const what = 'first lot with which all can be staffed';
        same(lot, found[k], ODDS_FILE, `duty[${index}].lot`, what);
      });
    }
  }
}

/** Return a unit's days parted into runs that caps over time join. */
function runsOf(staff, unit, days) {
  const kinds = new Set(staff.of(unit).flatMap(capsOf));
  const runs = [];
  for (const ask of days) {
    const run = runs[runs.length - 1];
    const joined = run && Array.from(kinds).some((kind) => {
      const [first, last] = calendarSpan(kind, run[run.length - 1].day);
      return first <= ask.day && ask.day <= last;
    });
    if (joined) run.push(ask);
    else runs.push([ask]);
  }
  return runs;
}

/** The search for the first lots of full-day duty with which a run can be staffed. */
class FirstLots {
  constructor(staff, unit, run, full, key, start) {
    Object.assign(this, { staff, unit, run, full, key, start });
    this.tests = 0;
    this.known = new Map(); // day and lot → who is on duty
  }

  /**
   * Return the lot of each day with full-day seats.
   *
   * Empty where none are found in so many tests, null where who is on duty in some lot takes too
   * long to find.
   */
  find() {
    const first = new Map();
    for (const ask of this.full) {
      const duty = this.duty(ask, 0);
      if (duty === null) return null;
      first.set(ask.day, duty);
    }
    if (this.filled(first)) return this.full.map(() => 0);
    const found = this.search([], new Map());
    return this.tooLong ? null : found || [];
  }

  /** Return the lots, with these of the first days. */
  search(lots, chosen) {
    const ask = this.full[lots.length];
    const tried = new Set();
    for (let lot = 0; lot < LOTS; lot += 1) {
      if (this.tests === LOT_TESTS || this.tooLong) return null;
      const duty = this.duty(ask, lot);
      if (duty === null) return null;
      const names = sorted(Array.from(duty)).join(' ');
      if (tried.has(names)) continue;
      tried.add(names);
      this.tests += 1;
      const here = new Map(chosen).set(ask.day, duty);
      if (this.filled(here)) {
        const now = [...lots, lot];
        const found = now.length === this.full.length ? now : this.search(now, here);
        if (found) return found;
      }
    }
    return null;
  }

  /** Return who is on full-day duty by a lot: the first by ticket, or the first that fit. */
  duty(ask, lot) {
    const place = `${ask.day} ${lot}`;
    if (!this.known.has(place)) {
      const { staff, unit, key } = this;
      const { first, order } = firstOnDuty(staff, unit, ask.day, ask.half, ask.full, key, lot);
      let held = new Set(first);
      if (!canFill(staff, unit, ask.groups, held, held)) {
        const fitting = firstFitting(staff, unit, ask.groups, order, ask.full);
        this.tooLong = this.tooLong || !fitting;
        held = fitting ? new Set(fitting) : null;
      }
      this.known.set(place, held);
    }
    return this.known.get(place);
  }

  /**
   * Return whether all seats of the run can be filled, by augmenting paths.
   *
   * On days without duty that has full-day seats these count as half-days. Flow from a group over
   * (inspector, visit), (inspector, day) and (inspector, week, month, year) to the sink.
   */
  filled(duty) {
    const ahead = new Map(); // node → neighbour → how much more may flow
    const near = (node) => {
      if (!ahead.has(node)) ahead.set(node, new Map());
      return ahead.get(node);
    };
    const arc = (tail, head, most) => {
      near(tail).set(head, most);
      if (!near(head).has(tail)) near(head).set(tail, 0);
    };
    const sources = [];
    for (const { day, groups } of this.run) {
      const onDuty = duty.get(day) || NOBODY;
      groups.forEach(({ visit, skill, seats, effort: asked }, place) => {
        const effort = duty.has(day) ? asked : 1;
        const source = `group ${day} ${place}`;
        near(source);
        sources.push([source, seats]);
        for (const person of this.staff.of(this.unit)) {
          const { id } = person;
          if (onDuty.has(id) !== (effort === 2)
            || !this.staff.may(person, this.unit, visit, skill)) continue;
          arc(source, `visit ${id} ${visit.id}`, 1);
          arc(`visit ${id} ${visit.id}`, `day ${id} ${day}`, 1);
          let below = `day ${id} ${day}`;
          let most = effort === 2 ? 1 : person.max_half_days;
          for (const kind of ['week', 'month', 'year']) {
            if (!capsOf(person).includes(kind)) continue;
            const ends = calendarSpan(kind, day);
            const above = `${kind} ${id} ${ends[0]}`;
            arc(below, above, most);
            below = above;
            most = visitsLeft(person, kind, ends, this.start);
          }
          arc(below, 'sink', most);
        }
      });
    }
    for (const [source, seats] of sources) {
      for (let seat = 0; seat < seats; seat += 1) {
        const came = new Map([[source, null]]); // node → where it was reached from
        const queue = [source];
        for (let next = 0; next < queue.length && !came.has('sink'); next += 1) {
          for (const [other, room] of near(queue[next])) {
            if (room && !came.has(other)) {
              came.set(other, queue[next]);
              queue.push(other);
            }
          }
        }
        if (!came.has('sink')) return false;
        for (let node = 'sink'; came.get(node) !== null; node = came.get(node)) { // one more flows
          const from = came.get(node);
          near(from).set(node, near(from).get(node) - 1);
          near(node).set(from, near(node).get(from) + 1);
        }
      }
    }
    return true;
  }
}

/**
 * Return the first `number` people in order whose duty lets all seats be filled.
 *
 * Tries people in order, each on duty before off it, and turns back where even with everybody
 * undecided free for both kinds of seats some seat stays empty. Null when the search takes too
 * long.
 */
function firstFitting(staff, unit, groups, order, number) {
  let steps = 0;
  const search = (chosen, place) => {
    steps += 1;
    const left = order.slice(place);
    if (steps > DUTY_STEPS || chosen.length + left.length < number) return null;
    const done = chosen.length === number;
    const full = new Set(done ? chosen : chosen.concat(left));
    if (!canFill(staff, unit, groups, full, new Set(chosen))) return null;
    if (done) return chosen;
    const found = search([...chosen, left[0]], place + 1);
    return found && found.length ? found : search(chosen, place + 1);
  };
  const found = search([], 0);
  return steps > DUTY_STEPS ? null : found;
}

/** Return whether a unit's day can be filled, full days by `full`, half-days without `busy`. */
function canFill(staff, unit, groups, full, busy) {
  return fill(staff, unit, groups.filter((g) => g.effort === 2), (person) => full.has(person))
    && fill(staff, unit, groups.filter((g) => g.effort === 1), (person) => !busy.has(person));
}

/**
 * Return whether all seats of some groups of one day can be filled, by augmenting paths.
 *
 * Flow from seats over (inspector, visit) to the inspector, who serves at most one full day, or
 * as many half-day visits as they may.
 */
function fill(staff, unit, groups, allowed) {
  const seats = [];
  for (const { visit, skill, seats: count, effort } of groups) {
    const options = staff.of(unit)
      .filter((person) => allowed(person.id) && staff.may(person, unit, visit, skill))
      .map((person) => person.id);
    for (let k = 0; k < count; k += 1) seats.push({ visit: visit.id, options, effort });
  }
  const holder = seats.map(() => null);
  const load = new Map();
  const room = (person, effort) => (effort === 1 ? staff.by_id.get(person).max_half_days : 1);
  for (let start = 0; start < seats.length; start += 1) {
    // Breadth first over seats: `came` says from which seat, and by whom, a seat was reached.
    const came = new Map([[start, null]]);
    const queue = [start];
    let end = null;
    for (let next = 0; next < queue.length && !end; next += 1) {
      const { visit, options, effort } = seats[queue[next]];
      for (const person of options) {
        const taken = load.get(person) || [];
        const same_visit = taken.filter((s) => seats[s].visit === visit);
        if (!same_visit.length && taken.length < room(person, effort)) {
          end = [queue[next], person];
          break;
        }
        for (const other of same_visit.length ? same_visit : taken) {
          if (!came.has(other)) {
            came.set(other, [queue[next], person]);
            queue.push(other);
          }
        }
      }
    }
    if (!end) return false;
    for (let step = end; step; step = step[0] === start ? null : came.get(step[0])) {
      const [seat, person] = step;
      const old = holder[seat];
      if (old !== null) load.get(old).splice(load.get(old).indexOf(seat), 1);
      holder[seat] = person;
      push(load, person, seat);
    }
  }
  return true;
}

// =====================================================================================
// teams: the rounding, in integers
// =====================================================================================

const TEAMS_FILE = 'transcript/teams.json';
const TEAMS = obj({
  format: TEXT,
  campaign: TEXT,
  odds: HEX,
  key: HEX,
  teams: table(VISIT_ID, table(ID, arr(ID))),
}, {
  days: span,
  stood_in: few(1, MAX_INTEGER, obj({
    visit: VISIT_ID,
    unit: ID,
    absent: ID,
    substitute: nullOr(ID),
    ground: oneOf('week', 'month', 'year', 'twice'),
  })),
});
const OTHERS_FIRST = 'the first odds were given up before a draw';

/** Return first and last day of the present draw. */
function drawDays(books) {
  const odds = books.doc.get('odds.json');
  return (get(odds, 'draws') || [odds.period])[books.turn];
}

/** The second seed binds the odds. */
function checkTeamsSeed(books) {
  const committed = books.bodies.get('teams-seed-source');
  if (books.shut) return checkShown(books, 'teams-seed', committed);
  if (books.ofFirst && !books.rounds[0].draws.includes(1)) return OTHERS_FIRST;
  let bound = 'odds=' + books.digests.get(ODDS_FILE);
  if (books.turn) bound += ` days=${drawDays(books).join('/')}`;
  checkSeed(books, 'teams-seed.json', 'teams', bound, committed);
  sameSource(books, 'teams-seed', 'teams-seed.json');
  return seedWords(books.doc.get('teams-seed.json'));
}

/** The teams are what the seed makes of the odds. */
function checkTeams(books) {
  if (books.ofFirst && !books.rounds[0].ended.includes(1)) return OTHERS_FIRST;
  const document = books.open('teams.json', TEAMS, 'teams');
  const { key: written, days: told } = document;
  books.refers('teams.json', 'odds', 'odds.json');
  const several = get(books.doc.get('odds.json'), 'draws') !== null;
  const [first, last] = drawDays(books);
  same(told, several ? [first, last] : undefined, TEAMS_FILE, 'days', 'days drawn');
  same(written, books.doc.get('teams-seed.json').key, TEAMS_FILE, 'key', 'key of teams-seed.json');
  const key = books.key(written);
  const days = new Map(books.due.map((visit) => [visit.id, visit.day]));
  const due = books.due.filter((visit) => first <= visit.day && visit.day <= last);
  const wanted = new Map(due.map((visit) => [visit.id, new Map()]));
  const parts = books.rest === null ? books.doc.get('odds.json').parts : books.rest;
  books.rest = [];
  const by_id = new Map(books.doc.get('roster.json').inspectors.map((i) => [i.id, i]));
  const efforts = new Map();
  for (const visit of books.due) {
    for (const seat of visit.seats) {
      if (!efforts.has(seat.unit)) efforts.set(seat.unit, new Map());
      efforts.get(seat.unit).set(visit.id, seat.effort);
    }
  }
  const [start] = books.doc.get('odds.json').period;
  for (const part of parts) {
    const own = subKey(key, 'teams', `${part.unit}/${part.effort}`);
    const people = part.inspectors.map((id) => by_id.get(id));
    const terms = { days, efforts: efforts.get(part.unit), people, start };
    const [seated, rest] = new Lottery(part, terms, own, last).draw();
    if (rest !== null) books.rest.push(rest);
    const groups = part.groups.filter((group) => days.get(group.visit) <= last);
    groups.forEach((group, g) => {
      const units = wanted.get(group.visit);
      if (!units.has(part.unit)) units.set(part.unit, []);
      units.get(part.unit).push(...seated[g].map((k) => part.inspectors[k]));
    });
  }
  const named = asDrawn(document);
  sameKeys(named.keys(), wanted.keys(), TEAMS_FILE, 'teams', 'visits of the period');
  let drawn = 0;
  for (const { id } of due) {
    const at = `teams.${id}`;
    const units = wanted.get(id);
    const found = named.get(id);
    sameKeys(found.keys(), units.keys(), TEAMS_FILE, at, 'units of the visit');
    for (const unit of sorted(units.keys())) {
      sameList(found.get(unit), units.get(unit), TEAMS_FILE, `${at}.${unit}`, 'inspectors drawn');
      drawn += units.get(unit).length;
    }
  }
  return `${wanted.size} teams, ${drawn} inspectors drawn`;
}

/** Return the teams as the lottery named them, without who goes in the place of others. */
function asDrawn({ teams, stood_in: moved = [] }) {
  const copy = (units) => new Map(keysOf(units).map((unit) => [unit, units[unit].slice()]));
  const found = new Map(keysOf(teams).map((visit) => [visit, copy(teams[visit])]));
  for (let index = moved.length - 1; index >= 0; index -= 1) {
    const { visit, unit, absent, substitute } = moved[index];
    if (substitute !== null) {
      const members = (found.get(visit) || new Map()).get(unit) || [];
      need(members.includes(substitute), TEAMS_FILE, `stood_in[${index}].substitute`,
        'is not in this team');
      members[members.indexOf(substitute)] = absent;
    }
  }
  return found;
}

/** Return numbers from 0 in an order drawn from a stream. */
function shuffled(count, stream) {
  const order = range(count);
  for (let k = count - 1; k > 0; k -= 1) {
    const j = stream.below(k + 1);
    [order[k], order[j]] = [order[j], order[k]];
  }
  return order;
}

const GRAIN = 65536; // of the trades
const MOST_WEIGHT = 8000000;

/**
 * One draw of a part: its network and the moves, as teams.md states them step by step.
 *
 * A part is one of odds.json, or what a draw left of it: then with the groups as committed. The
 * terms are what must be known beside the odds: days (of every visit), efforts (of the unit's
 * seat in each visit), people (roster entries, in the part's order), start (of the period).
 */
class Lottery {
  constructor(part, terms, key, last) {
    this.part = part;
    this.terms = terms;
    this.groups = part.groups;
    this.whole = part.committed || part.groups;
    this.stream = new Stream(key);
    this.day = this.groups.map((group) => terms.days.get(group.visit));
    this.now = this.day.map((day) => day <= last);
    const stream = new Stream(subKey(key, 'order', ''));
    this.group_order = shuffled(this.groups.length, stream);
    this.people_order = shuffled(terms.people.length, stream); // of pairs
    this.row_order = shuffled(terms.people.length, stream); // of rows and roots
    this.starts = this.group_order.filter((g) => this.now[g]);
    this.tails = [];
    this.heads = [];
    this.values = [];
    this.up = this.groups.map(() => -1); // node above a row or root
    this.owner = this.groups.map(() => -1); // whose root or longer row a node is
    this.row_of = []; // by inspector: visit → lowest node above a pair
    this.pair_arc = this.groups.map(() => new Map());
    this.arcs(this.rows());
  }

  node(above, owner = -1) {
    this.owner.push(owner);
    return this.up.push(above) - 1;
  }

  /** Make the nodes; for each inspector and kind return [day, node]. */
  rows() {
    const { days, efforts, people, start } = this.terms;
    this.sink = this.node(-1);
    const seen = people.map(() => new Map());
    for (const { visit, odds } of this.whole) {
      odds.forEach((number, k) => {
        if (number) seen[k].set(visit, (seen[k].get(visit) || 0) + 1);
      });
    }
    return seen.map((mine, k) => {
      const person = people[k];
      const made = new Map();
      for (const visit of mine.keys()) push(made, days.get(visit), visit);
      const dates = sorted(made.keys());
      const kinds = [[], [], [], [], [], []];
      const root = this.node(this.sink, k);
      kinds[5].push(['', root]);
      const above = new Map(dates.map((day) => [day, root]));
      const caps = this.part.effort === 0 ? capsOf(person) : [];
      for (const level of [2, 1, 0]) {
        const kind = CAP_KINDS[level];
        if (!caps.includes(kind)) continue;
        const spans = new Map();
        for (const day of dates) push(spans, calendarSpan(kind, day).join(' '), day);
        for (const [ends, within] of spans) {
          const count = within.reduce((sum, day) => sum + made.get(day).length, 0);
          if (count > visitsLeft(person, kind, ends.split(' '), start)) {
            const node = this.node(above.get(within[0]), k);
            for (const day of within) above.set(day, node);
            kinds[2 + level].push([within[0], node]);
          }
        }
      }
      const lowest = new Map();
      for (const day of dates) {
        const visits = made.get(day);
        const full = efforts.get(visits[0]) === 2;
        if (visits.length > (full ? 1 : person.max_half_days)) {
          above.set(day, this.node(above.get(day)));
          kinds[1].push([day, above.get(day)]);
        }
        for (const visit of visits) {
          lowest.set(visit, above.get(day));
          if (mine.get(visit) > 1) {
            lowest.set(visit, this.node(above.get(day)));
            kinds[0].push([day, lowest.get(visit)]);
          }
        }
      }
      this.row_of.push(lowest);
      return kinds;
    });
  }

  /** Number the arcs: now, rows and roots; then the later ones. */
  arcs(rows) {
    const inflow = this.up.map(() => 0);
    this.under = this.up.map(() => 0);
    this.groups.forEach(({ visit, odds }, g) => {
      odds.forEach((number, k) => {
        if (!number) return;
        const row = this.row_of[k].get(visit);
        inflow[row] += number;
        if (!this.now[g]) this.under[row] += 1;
      });
    });
    for (let kind = 0; kind < 5; kind += 1) {
      for (const kinds of rows) {
        for (const [, node] of kinds[kind]) {
          inflow[this.up[node]] += inflow[node];
          this.under[this.up[node]] += this.under[node];
        }
      }
    }
    this.out = this.up.map(() => -1);
    const days_now = new Set(this.day.filter((_, g) => this.now[g]));
    const days_later = new Set(this.day.filter((_, g) => !this.now[g]));
    const row = (node) => {
      this.out[node] = this.values.length;
      this.arc(node, this.up[node], inflow[node]);
    };
    this.pairs(true);
    for (const k of this.row_order) {
      rows[k].forEach((listed, kind) => {
        for (const [day, node] of listed) if (kind > 1 || days_now.has(day)) row(node);
      });
    }
    this.first_later = this.values.length;
    for (const k of this.row_order) {
      for (const kind of [0, 1]) {
        for (const [day, node] of rows[k][kind]) if (days_later.has(day)) row(node);
      }
    }
    this.pairs(false);
    this.at = this.up.map(() => []);
    for (let arc = 0; arc < this.values.length; arc += 1) {
      this.at[this.tails[arc]].push(arc);
      this.at[this.heads[arc]].push(arc);
    }
    this.aside = new Uint8Array(this.values.length);
  }

  arc(tail, head, value) {
    this.tails.push(tail);
    this.heads.push(head);
    this.values.push(value);
  }

  pairs(now) {
    for (const g of this.group_order) {
      if (this.now[g] !== now) continue;
      const { odds, visit } = this.groups[g];
      for (const k of this.people_order) {
        if (odds[k]) {
          this.pair_arc[g].set(k, this.values.length);
          this.arc(g, this.row_of[k].get(visit), odds[k]);
        }
      }
    }
  }

  /** Return for each group drawn now the positions of its inspectors; and what is left. */
  draw() {
    const later = this.first_later < this.values.length;
    this.setAside(later);
    this.walk();
    if (later) {
      this.setAside(true);
      this.trade();
      this.setAside(false);
      this.close();
    }
    const seated = [];
    const left = [];
    this.groups.forEach((group, g) => {
      if (this.now[g]) {
        const chosen = [];
        for (const [k, arc] of this.pair_arc[g]) {
          const value = this.values[arc];
          need(value === 0 || value === WHOLE, ODDS_FILE, 'parts',
            'the rounding does not come to an end');
          if (value) chosen.push(k);
        }
        seated.push(chosen.sort((a, b) => a - b));
      } else {
        const odds = group.odds.map(() => 0);
        for (const [k, arc] of this.pair_arc[g]) odds[k] = this.values[arc];
        left.push({ visit: group.visit, skill: group.skill, seats: group.seats, odds });
      }
    });
    const { unit, effort, inspectors } = this.part;
    const rest = { unit, effort, inspectors, groups: left, committed: this.whole };
    return [seated, left.length ? rest : null];
  }

  setAside(later) {
    this.aside.fill(0);
    if (later) this.aside.fill(1, this.first_later);
    this.skip = this.at.map(() => 0); // arcs at a node's front that are closed or set aside
  }

  /** Return the open arc of least number at a node that is not the last one; or -1. */
  next(node, last) {
    const { values, aside } = this;
    const arcs = this.at[node];
    let k = this.skip[node];
    while (k < arcs.length && (aside[arcs[k]] || values[arcs[k]] % WHOLE === 0)) k += 1;
    this.skip[node] = k;
    for (; k < arcs.length; k += 1) {
      if (arcs[k] !== last && values[arcs[k]] % WHOLE && !aside[arcs[k]]) return arcs[k];
    }
    return -1;
  }

  /** Return the other end of an arc. */
  across(arc, node) {
    return this.tails[arc] === node ? this.heads[arc] : this.tails[arc];
  }

  /** Walks: along cycles of open arcs. */
  walk() {
    for (const start of this.starts) {
      const nodes = [start];
      const arcs = [];
      const place = new Map([[start, 0]]);
      for (;;) {
        const node = nodes[nodes.length - 1];
        const arc = this.next(node, arcs.length ? arcs[arcs.length - 1] : -1);
        if (arc < 0) {
          if (!arcs.length) break;
          this.aside[arcs.pop()] = 1;
          place.delete(nodes.pop());
          continue;
        }
        arcs.push(arc);
        const other = this.across(arc, node);
        if (!place.has(other)) {
          place.set(other, nodes.length);
          nodes.push(other);
          continue;
        }
        const begin = place.get(other);
        this.move(nodes.slice(begin), arcs.slice(begin), WHOLE);
        for (const gone of nodes.splice(begin + 1)) place.delete(gone);
        arcs.length = begin;
      }
    }
  }

  /** Return the signs of a path's or cycle's arcs, and how far up and down they may go. */
  steps(nodes, arcs) {
    const signs = arcs.map((arc, k) => (this.tails[arc] === nodes[k] ? 1 : -1));
    let up = WHOLE;
    let down = WHOLE;
    arcs.forEach((arc, k) => {
      const part = this.values[arc] % WHOLE;
      up = Math.min(up, signs[k] > 0 ? WHOLE - part : part);
      down = Math.min(down, signs[k] > 0 ? part : WHOLE - part);
    });
    return [signs, up, down];
  }

  /** Draw between the two moves and make one; return it. Neither is more than `most`. */
  move(nodes, arcs, most) {
    const [signs, rise, fall] = this.steps(nodes, arcs);
    const up = Math.min(rise, most);
    const down = Math.min(fall, most);
    const step = this.stream.below(up + down) < down ? up : -down;
    arcs.forEach((arc, k) => {
      this.values[arc] += signs[k] * step;
    });
    return step;
  }

  toDeadEnd(start) {
    const nodes = [start];
    const arcs = [];
    for (;;) {
      const node = nodes[nodes.length - 1];
      const arc = this.next(node, arcs.length ? arcs[arcs.length - 1] : -1);
      if (arc < 0) return [nodes, arcs];
      arcs.push(arc);
      nodes.push(this.across(arc, node));
    }
  }

  /** Trades: what is drawn now is made up for by all later days. */
  trade() {
    for (const start of this.starts) {
      for (;;) {
        const [ahead, open] = this.toDeadEnd(start);
        if (!open.length) break;
        const [nodes, arcs] = this.toDeadEnd(ahead[ahead.length - 1]);
        const one = this.owner[nodes[0]];
        const other = this.owner[nodes[nodes.length - 1]];
        if (one < 0) {
          this.aside[arcs[0]] = 1;
          continue;
        }
        const shares = other < 0 || other === one ? [] : this.room(one, other, nodes);
        const total = shares.reduce((sum, { weight }) => sum + weight, 0);
        const most = total * (GRAIN - 1);
        const [, up, down] = this.steps(nodes, arcs);
        if (total === 0 || (most < up && most < down)) {
          this.aside[arcs[arcs.length - 1]] = 1;
          continue;
        }
        const step = this.move(nodes, arcs, most);
        let reached = this.stream.below(total);
        let before = 0;
        for (const { weight, gains, loses } of shares) {
          reached += Math.abs(step) * weight;
          const whole = (reached - (reached % total)) / total;
          const change = Math.sign(step) * (whole - before);
          before = whole;
          for (const arc of gains) this.values[arc] += change;
          for (const arc of loses) this.values[arc] -= change;
        }
      }
    }
  }

  /** Return the weights above 0 of the later groups, each with the arcs of both. */
  room(one, other, nodes) {
    const found = [];
    const path = new Set(nodes);
    let left = MOST_WEIGHT;
    this.pair_arc.forEach((mine, g) => {
      if (this.now[g] || !mine.has(one) || !mine.has(other)) return;
      const [gains, room] = this.way(mine.get(one), nodes[0], path);
      const [loses, other_room] = this.way(mine.get(other), nodes[nodes.length - 1], path);
      const weight = Math.min(Math.floor(Math.min(room, other_room) / GRAIN), left);
      if (weight > 0) {
        left -= weight;
        found.push({ weight, gains, loses });
      }
    });
    return found;
  }

  /** Return the arcs from a pair up to a node, and how far all of them may go. */
  way(first, end, path) {
    const rest = this.values[first] % WHOLE;
    const arcs = [first];
    let room = Math.min(rest, WHOLE - rest);
    let node = this.heads[first];
    while (node !== end) {
      if (node === this.sink || path.has(node)) return [[], 0];
      const arc = this.out[node];
      const part = this.values[arc] % WHOLE;
      room = Math.min(room, Math.floor(Math.min(part, WHOLE - part) / this.under[node]));
      arcs.push(arc);
      node = this.heads[arc];
    }
    return [arcs, room];
  }

  /** Rest: along shortest cycles. */
  close() {
    for (const start of this.starts) {
      for (;;) {
        const chosen = this.next(start, -1);
        if (chosen < 0) break;
        const other = this.heads[chosen];
        const came = new Map([[start, -1]]);
        const queue = [start];
        for (let k = 0; k < queue.length && !came.has(other); k += 1) {
          for (const arc of this.at[queue[k]]) {
            if (arc !== chosen && this.values[arc] % WHOLE) {
              const to = this.across(arc, queue[k]);
              if (!came.has(to)) {
                came.set(to, arc);
                queue.push(to);
                if (to === other) break;
              }
            }
          }
        }
        need(came.has(other), ODDS_FILE, 'parts', 'the rounding does not come to an end');
        const nodes = [start];
        const arcs = [chosen];
        for (let node = other; node !== start; node = this.across(came.get(node), node)) {
          nodes.push(node);
          arcs.push(came.get(node));
        }
        this.move(nodes, arcs, WHOLE);
      }
    }
  }
}

// =====================================================================================
// later draws and rounds of teams, and who stood in
// =====================================================================================

const ROSTER_FILE = 'transcript/roster.json';
const OPENED_STAND_INS = obj({
  format: TEXT,
  campaign: CAMPAIGN,
  substitutions: arr(obj({
    absent: ID, entry: whole(), reason: aReason, substitute: ID, unit: ID, visit: VISIT_ID,
  })),
});

/** Return first and last day of the week (ISO 8601), month or year that holds a day. */
function calendarSpan(kind, day) {
  if (kind === 'week') {
    const first = dayNumber(day) - ((dayNumber(day) - 1) % 7);
    return [isoDay(first), isoDay(first + 6)];
  }
  if (kind === 'month') return [day.slice(0, 8) + '01', day.slice(0, 8) + '31'];
  return [day.slice(0, 5) + '01-01', day.slice(0, 5) + '12-31'];
}

/** Return the kinds of caps that an inspector has. */
function capsOf(person) {
  return person.max_visits === undefined ? [] : sorted(keysOf(person.max_visits));
}

/** Return the visits of a kind that the roster says were made before. */
function visitsMade(person, kind) {
  return (person.visits !== undefined && get(person.visits, kind)) || 0;
}

/** A publication whose documents of a later round stand under the names of the first. */
class Round {
  constructor(source, names) {
    this.source = source;
    this.files = new Map();
    for (const [name, which] of names) {
      if (which > 1) this.files.set(`transcript/${name}.json`, `transcript/${name}-${which}.json`);
    }
  }

  /** Return the name of the file that stands under a name. */
  real(name) {
    return this.files.get(name) || name;
  }

  /** Return a file. */
  read(name) {
    return this.source.read(this.real(name));
  }
}

/** Goes through all that came after the first draw, in the order of the ledger. */
class Later {
  constructor(books) {
    this.books = books; // the publication
    this.now = books; // its present round
    this.first = ''; // day from which teams are drawn
    this.last = ''; // and up to which
    this.due = 0; // visits drawn in later rounds
    this.names = new Map(); // document → number of the round or draw it stands for
    this.teams = new Map(); // visit → unit → people, as they stand
    this.by = new Map(); // visit → round and key that drew it
    this.on_day = new Map(); // day → visits drawn
    this.away = new Map(); // day → who was given as absent
    this.opened = []; // stand-ins that were sealed
    this.stood_in = 0;
    this.came = new Set(); // seats (visit, unit, person) taken since the odds that stand
    // Person → last entry, half-days and days drawn by then, first day of that period.
    this.known = new Map();
    this.people = [0, 0, 0]; // on later rosters: come, gone, otherwise than before
    this.moved = 0; // seats given to another by a draw
    this.open = 0; // for which nobody else may go
  }

  /** Check every round and every draw; return words. */
  run() {
    const { books } = this;
    this.remember(books, new Map(), new Map());
    this.openStandIns();
    for (const one of books.rounds) {
      if (one.number > 1) {
        this.standIns(one.row);
        this.round(one);
      }
      for (const which of one.draws) {
        this.standIns(books.rows.get(numbered('teams-seed', which)));
        if (which > 1 || one.number > 1) this.draw(one, which);
        if (one.ended.includes(which)) this.take(one, which);
      }
    }
    this.standIns(Infinity);
    books.final = this;
    let draws = 0;
    for (const one of books.rounds) draws += one.ended.length;
    const until = this.now.visits.filter((visit) => visit.day <= this.last).length;
    let words = `${books.rounds.length - 1} later rounds, ${this.due} visits; `
      + `${until - this.teams.size} visits up to ${this.last} have no drawn team`;
    const several = books.rounds.some(
      (one) => books.bodies.get(numbered('odds', one.number)).draws !== undefined);
    if (several) words += `; drawn in ${draws} draws`;
    const own = this.now.own_plans;
    if (own) words += `; ${own} checks of special or daily plans`;
    if (this.stood_in) words += `; ${this.stood_in} inspectors replaced`;
    const [come, gone, changed] = this.people;
    if (come || gone || changed) {
      words += `; later rosters: ${come} come, ${gone} gone, ${changed} changed`;
    }
    if (this.moved) words += `; ${this.moved} drawn beyond a rule and replaced`;
    const open = `; OPEN: ${this.open} drawn beyond a rule whom nobody else may replace`;
    return words + (this.open ? open : '');
  }

  /** Return the books as they stand, with documents and entries of other numbers. */
  view(kinds) {
    const { books, now } = this;
    const later = Object.assign(new Books(null, books.vkey), now);
    const source = new Round(books.source, this.names);
    later.source = source;
    later.ofFirst = false;
    later.files = rec(keysOf(books.files).map((name) => [name, books.files[source.real(name)]]));
    for (const field of ['digests', 'doc', 'bodies', 'rows', 'times']) {
      later[field] = new Map(now[field]);
    }
    for (const field of ['bodies', 'rows', 'times']) {
      for (const [kind, which] of kinds) {
        later[field].delete(kind);
        const key = numbered(kind, which);
        if (books[field].has(key)) later[field].set(kind, books[field].get(key));
      }
    }
    return later;
  }

  /** Check a part of a view; faults name the real file. */
  within(later, act) {
    try {
      act(later);
    } catch (fault) {
      if (fault instanceof Fault) fault.file = later.source.real(fault.file);
      throw fault;
    }
  }

  /** The odds of a later round: for days after those drawn, in the place of what is left. */
  round(one) {
    const documents = one.amended ? ['checks', 'problem', 'plan'] : [];
    for (const name of [...documents, 'roster', 'odds']) this.names.set(name, one.number);
    const before = this.now;
    const later = this.view([['odds', one.number]]);
    this.now = later;
    if (one.amended) this.within(later, () => this.amend(later, before, one));
    else this.within(later, openRoster);
    this.within(later, checkOdds);
    this.within(later, () => this.follow(later, before));
    this.came.clear();
  }

  /** A plan of its own: the same sample and rules, and what is drawn as it was. */
  amend(later, before, one) {
    const plan = before.doc.get('plan.json');
    later.version = plan.version + 1;
    later.parent = before.digests.get(PLAN_FILE);
    later.sampled = new Map(before.sampled);
    exchange(later, before.rows.get('checks'), one.row);
    later.rows.set('checks', one.row);
    checkChecks(later);
    checkRoster(later);
    checkPlan(later);
    checkBound(later);
    const { visits } = later.doc.get('plan.json');
    const kept = plan.visits.filter((visit) => visit.day <= this.last);
    const count = visits.filter((visit) => visit.day <= this.last).length;
    same(count, kept.length, PLAN_FILE, 'visits',
      `number of visits up to ${this.last}, whose teams are drawn`);
    kept.forEach((visit, index) => {
      need(equal(visits[index], visit), PLAN_FILE, `visits[${index}]`,
        'is not as before, and its team is drawn');
    });
  }

  /** The period lies after what is drawn, and the roster carries that over. */
  follow(later, before) {
    const [first] = later.doc.get('odds.json').period;
    need(first > this.last, ODDS_FILE, 'period[0]', 'must lie after the days drawn before');
    const about = new Map(later.visits.map((visit) => [visit.id, visit]));
    const served = new Map();
    const when = new Map();
    const latest = new Map(); // unit and enterprise → day, people
    for (const [id, units] of this.teams) {
      const visit = about.get(id);
      for (const [unit, people] of units) {
        const { effort } = visit.seats.find((seat) => seat.unit === unit);
        const place = `${unit} ${visit.enterprise}`;
        if (!latest.has(place) || latest.get(place).day < visit.day) {
          latest.set(place, { day: visit.day, people });
        }
        for (const person of people) {
          served.set(person, (served.get(person) || 0) + effort);
          push(when, person, visit.day);
        }
      }
    }
    later.before = when;
    const once = 'not_twice' in later.doc.get('problem.json').rules.team;
    later.doc.get('roster.json').inspectors.forEach((person, index) => {
      const at = `inspectors[${index}].`;
      if (once) {
        const held = new Set(person.last_visited || []);
        for (const [place, { people }] of latest) {
          const [unit, enterprise] = place.split(' ');
          need(unit !== person.unit || held.has(enterprise) === people.includes(person.id),
            ROSTER_FILE, at + 'last_visited', `is not as drawn for ${enterprise}`);
        }
      }
      let least = served.get(person.id) || 0;
      need(person.workload >= least, ROSTER_FILE, at + 'workload',
        `is less than the half-days drawn so far, ${least}`);
      for (const kind of capsOf(person)) {
        const [low, high] = calendarSpan(kind, first);
        const days = when.get(person.id) || [];
        least = days.filter((day) => low <= day && day <= high).length;
        need(visitsMade(person, kind) >= least, ROSTER_FILE, `${at}visits.${kind}`,
          `is less than the visits drawn so far, ${least}`);
      }
    });
    const [was, is] = [before, later].map((books) => isOld(books.doc.get('roster.json')));
    need(was || !is, ROSTER_FILE, 'format',
      'tells grounds of recusals, as the roster before does not');
    if (!is) this.since(later, before, served, once ? latest : new Map());
    this.remember(later, served, when);
  }

  /** Keep the entries of a roster, with what was drawn by then. */
  remember(now, served, when) {
    const [start] = now.doc.get('odds.json').period;
    for (const entry of now.doc.get('roster.json').inspectors) {
      this.known.set(entry.id, { entry, served, when, start });
    }
  }

  /** The roster is the one before and what was drawn since, or says where it is not. */
  since(later, before, served, latest) {
    const file = 'transcript/roster.json';
    const { since: found, inspectors } = later.doc.get('roster.json');
    same(found.roster, before.digests.get(file), file, 'since.roster', 'digest of roster before');
    const there = before.doc.get('roster.json').inspectors.map(({ id }) => id);
    const here = inspectors.map(({ id }) => id);
    const [old, young] = [new Set(there), new Set(here)];
    const come = here.filter((id) => !old.has(id));
    const gone = there.filter((id) => !young.has(id));
    same(found.come, come, file, 'since.come', 'who was not on the roster before');
    same(found.gone, gone, file, 'since.gone', 'who is not on the roster any more');
    const been = new Map();
    for (const [place, { people }] of latest) {
      const [unit, enterprise] = place.split(' ');
      for (const id of people) push(been, `${unit} ${id}`, enterprise);
    }
    const changed = new Map();
    for (const entry of inspectors) {
      if (this.known.has(entry.id)) {
        const wanted = this.carried(later, entry, served);
        const kept = (wanted.get('last_visited') || []).filter(
          (enterprise) => !latest.has(`${entry.unit} ${enterprise}`));
        const past = new Set(kept.concat(been.get(`${entry.unit} ${entry.id}`) || []));
        wanted.delete('last_visited');
        if (past.size) wanted.set('last_visited', sorted(past));
        const bare = new Map(keysOf(entry).map((key) => [key, entry[key]]));
        bare.set('leave', merged(entry.leave));
        if (wanted.get('recusals').length && typeof wanted.get('recusals')[0] === 'string') {
          bare.set('recusals', sorted(new Set(entry.recusals.map(([enterprise]) => enterprise))));
        }
        const fields = sorted(new Set([...bare.keys(), ...wanted.keys()])).filter((key) => (
          !bare.has(key) || !wanted.has(key) || !equal(bare.get(key), wanted.get(key))));
        if (fields.length) changed.set(entry.id, fields);
      }
    }
    const at = 'since.changed';
    sameKeys(keysOf(found.changed), changed.keys(), file, at,
      'who is not as before and drawn since');
    for (const [name, fields] of changed) {
      same(found.changed[name], fields, file, `${at}.${name}`,
        'fields not as before and drawn since');
    }
    [come.length, gone.length, changed.size].forEach((many, index) => {
      this.people[index] += many;
    });
  }

  /** Return the last entry of a person with what was drawn since, enterprises aside, as a map. */
  carried(later, entry, served) {
    const { id } = entry;
    const [first] = later.doc.get('odds.json').period;
    const { entry: before, served: then, when, start } = this.known.get(id);
    const wanted = new Map(keysOf(before).map((key) => [key, before[key]]));
    wanted.set('leave', merged(before.leave));
    wanted.set('workload', before.workload + (served.get(id) || 0) - (then.get(id) || 0));
    const visits = [];
    for (const kind of capsOf(entry)) {
      const [low, high] = calendarSpan(kind, first);
      const inside = (days) => (days || []).filter((day) => low <= day && day <= high).length;
      let made = inside(later.before.get(id));
      if (capsOf(before).includes(kind) && low <= start && start <= high) {
        made += visitsMade(before, kind) - inside(when.get(id));
      }
      if (made) visits.push([kind, made]);
    }
    wanted.delete('visits');
    if (visits.length) wanted.set('visits', rec(visits));
    if (before.recusals.some(([, kind]) => RECUSALS.includes(kind))) {
      wanted.set('recusals', sorted(new Set(before.recusals.map(([enterprise]) => enterprise))));
    }
    return wanted;
  }

  /** A later draw: its seed and its teams. */
  draw(one, which) {
    this.names.set('teams-seed', which);
    this.names.set('teams', which);
    const { now } = this;
    const later = this.view(BY_DRAW.map((kind) => [kind, which]));
    now.turn = one.draws.indexOf(which);
    later.turn = now.turn;
    this.within(later, checkTeamsSeed);
    if (one.ended.includes(which)) {
      this.within(later, checkTeams);
      now.rest = later.rest;
      now.doc.set('teams.json', later.doc.get('teams.json'));
    }
  }

  /** Take the teams of a draw, which hold, as those that stand. */
  take(one, which) {
    const { now } = this;
    const document = now.doc.get('teams.json');
    const { teams, key: written, stood_in: found = [] } = document;
    const [first, last] = drawDays(now);
    this.first = this.first || first;
    this.last = last;
    const key = now.key(written);
    const drawn = asDrawn(document);
    const visits = now.visits.filter(({ id }) => drawn.has(id));
    for (const visit of visits) {
      this.teams.set(visit.id, drawn.get(visit.id));
      this.by.set(visit.id, [now, key]);
      push(this.on_day, visit.day, visit);
    }
    if (one.number > 1) this.due += drawn.size;
    const wanted = this.overruns(visits);
    const file = `transcript/${numbered('teams', which)}.json`;
    const end = Math.min(found.length, wanted.length);
    for (let index = 0; index < end; index += 1) {
      same(found[index], wanted[index], file, `stood_in[${index}]`,
        'who goes in the place of others');
    }
    same(found.length, wanted.length, file, 'stood_in', 'who goes in the place of others: length');
    for (const { id } of visits) {
      const units = Array.from(this.teams.get(id));
      same(teams[id], rec(units), file, `teams.${id}`, 'who goes');
    }
    const moved = wanted.filter(({ substitute }) => substitute !== null).length;
    this.moved += moved;
    this.open += wanted.length - moved;
  }

  /** Give seats to others where the lottery took a stand-in beyond a rule; return them. */
  overruns(drawn) {
    const found = [];
    if (!this.came.size) return found;
    const later = new Set(drawn.map(({ id }) => id));
    const { bars } = this.now.doc.get('odds.json');
    const relieved = new Set(
      bars === undefined ? [] : bars.relieved.map(({ unit, day }) => `${unit} ${day}`));
    const once = 'not_twice' in this.now.doc.get('problem.json').rules.team;
    for (const visit of drawn) {
      const { id, day } = visit;
      later.delete(id);
      const team = this.teams.get(id);
      for (const unit of sorted(team.keys())) {
        const names = new Set(Array.from(this.came, (seat) => seat.split(' ')[2]));
        const members = team.get(unit);
        members.slice().forEach((name, place) => {
          if (!names.has(name)) return;
          const [before, after] = this.near(visit, unit);
          let ground = this.capped(visit, name, later);
          if (!ground && once && before && !relieved.has(`${unit} ${day}`)
            && this.came.has(`${before} ${unit} ${name}`)
            && this.teams.get(before).get(unit).includes(name)) ground = 'twice';
          if (!ground) return;
          const shun = new Set();
          for (const other of ground === 'twice' ? [before, after] : []) {
            for (const near of other ? this.teams.get(other).get(unit) : []) shun.add(near);
          }
          const substitute = this.pick(id, unit, name, shun);
          if (substitute !== null) {
            members[place] = substitute;
            this.came.add(`${id} ${unit} ${substitute}`);
          }
          found.push(rec([
            ['absent', name], ['ground', ground], ['substitute', substitute], ['unit', unit],
            ['visit', id],
          ]));
        });
      }
    }
    return found;
  }

  /** Return the unit's drawn visits at the enterprise just before and just after a visit. */
  near(visit, unit) {
    const near = ['', ''];
    const days = ['', ''];
    for (const other of Array.from(this.on_day.values()).flat()) {
      const { id, day } = other;
      if (other.enterprise === visit.enterprise && this.teams.get(id).has(unit)) {
        if (day < visit.day && day > days[0]) [near[0], days[0]] = [id, day];
        if (day > visit.day && (!days[1] || day < days[1])) [near[1], days[1]] = [id, day];
      }
    }
    return near;
  }

  /** Return the first kind of cap that a visit takes somebody past, the later ones aside. */
  capped(visit, name, later) {
    const { inspectors } = this.now.doc.get('roster.json');
    const person = inspectors.find(({ id }) => id === name);
    const passed = ['week', 'month', 'year'].filter((kind) => capsOf(person).includes(kind)
      && this.counted(this.now, person, kind, visit.day, later) > person.max_visits[kind]);
    return passed.length ? passed[0] : '';
  }

  /** Read the stand-ins that were sealed. */
  openStandIns() {
    const { books } = this;
    const hidden = books.stand_ins.filter(([, body]) => body.sealed !== undefined)
      .map(([place]) => place);
    if (!hidden.length) return;
    const path = STAND_INS.split('/')[1];
    this.opened = books.open(path, OPENED_STAND_INS, 'team-substitutions').substitutions;
    sameList(this.opened.map((one) => one.entry), hidden, STAND_INS, 'substitutions', 'entries');
  }

  /** Check the stand-ins up to a line of the ledger. */
  standIns(before) {
    const { books } = this;
    while (this.stood_in < books.stand_ins.length) {
      const [place, body] = books.stand_ins[this.stood_in];
      if (place + 1 >= before) return;
      let one = body.substitution;
      let file = ENTRIES;
      let at = `line ${place + 1} body.substitution.`;
      if (body.sealed !== undefined) {
        const turn = books.stand_ins.slice(0, this.stood_in)
          .filter(([, other]) => other.sealed !== undefined).length;
        const opened = this.opened[turn];
        one = rec(keysOf(opened).filter((key) => key !== 'entry').map((key) => [key, opened[key]]));
        file = STAND_INS;
        at = `substitutions[${turn}].`;
        const told = `team-substitution/${place}:${books.hash.hex(utf8(dumps(one, ',', ':')))}`;
        same(body.sealed, hex(subKey(books.secret, 'sealed', told).bytes), ENTRIES,
          `line ${place + 1} body.sealed`, `commitment to ${at.slice(0, -1)} of ${file}`);
      }
      this.standIn(one, file, at);
      this.stood_in += 1;
    }
  }

  /** The first by ticket of those free takes the seat. */
  standIn(one, file, at) {
    const { visit: id, unit, absent } = one;
    need(this.teams.has(id), file, at + 'visit', 'has no drawn team');
    const team = this.teams.get(id);
    need(team.has(unit), file, at + 'unit', 'sends nobody to this visit');
    const members = team.get(unit);
    need(members.includes(absent), file, at + 'absent', 'is not in this team');
    const place = members.indexOf(absent);
    const day = this.dayOf(id);
    push(this.away, day, absent);
    const wanted = this.pick(id, unit, absent, new Set(this.away.get(day)));
    need(wanted !== null, file, at + 'absent', 'nobody is free in this place');
    same(one.substitute, wanted, file, at + 'substitute', 'first by ticket of those free');
    members[place] = wanted;
    this.came.add(`${id} ${unit} ${wanted}`);
  }

  /** Return the day of a drawn visit. */
  dayOf(id) {
    return this.by.get(id)[0].visits.find((visit) => visit.id === id).day;
  }

  /** Return the first by ticket of those free for a seat, some aside; null: nobody is. */
  pick(id, unit, absent, out) {
    const [now, key] = this.by.get(id);
    const team = this.teams.get(id);
    const members = team.get(unit);
    const staff = new Staff(now.doc.get('roster.json'));
    const day = this.dayOf(id);
    const today = this.on_day.get(day);
    const visit = today.find((other) => other.id === id);
    const seat = visit.seats.find((other) => other.unit === unit);
    const place = members.indexOf(absent);
    const skill = place < seat.skills.length ? seat.skills[place] : '';
    const served = new Map();
    for (const other of today) {
      for (const { unit: sends, effort } of other.seats) {
        for (const person of this.teams.get(other.id).get(sends)) {
          served.set(person, (served.get(person) || 0) + effort);
        }
      }
    }
    const beside = Array.from(team.values()).flat().filter((name) => name !== absent);
    const free = staff.of(unit).filter((person) => (
      !out.has(person.id)
      && !members.includes(person.id)
      && staff.may(person, unit, visit, skill)
      && !(person.apart || []).some((name) => beside.includes(name))
      && (served.get(person.id) || 0) + seat.effort <= person.max_half_days
      && capsOf(person).every((kind) => this.hasRoom(now, person, kind, day))
    )).map((person) => person.id);
    if (!free.length) return null;
    const ahead = this.chances();
    const again = new Set();
    const { enterprise } = visit;
    if ('not_twice' in now.doc.get('problem.json').rules.team) {
      // Who was, will be or may be at the enterprise comes only where nobody else may.
      for (const name of free) {
        if ((staff.by_id.get(name).last_visited || []).includes(enterprise)) again.add(name);
      }
      for (const other of Array.from(this.on_day.values()).flat()) {
        if (other.enterprise === enterprise && other.id !== id) {
          for (const name of this.teams.get(other.id).get(unit) || []) again.add(name);
        }
      }
      for (const { visit: other, unit: sends, names } of ahead) {
        if (other.enterprise === enterprise && sends === unit) {
          for (const name of names) again.add(name);
        }
      }
    }
    for (const name of free) {
      const person = staff.by_id.get(name);
      for (const kind of capsOf(person)) {
        const [low, high] = calendarSpan(kind, day);
        const open = new Set();
        for (const { visit: other, names } of ahead) {
          if (low <= other.day && other.day <= high && names.has(name)) open.add(other.id);
        }
        if (!this.hasRoom(now, person, kind, day, open.size)) again.add(name);
      }
    }
    const others = free.filter((name) => !again.has(name));
    const own = subKey(key, 'substitute', `${id}/${unit}/${absent}`);
    return byTicket(own, others.length ? others : free)[0];
  }

  /** Return visits whose teams are not drawn, with a unit and whom the odds that stand name. */
  chances() {
    const found = [];
    const about = new Map(this.now.visits.map((visit) => [visit.id, visit]));
    for (const { unit, inspectors, groups } of this.now.doc.get('odds.json').parts) {
      for (const { visit: id, odds } of groups) {
        const visit = about.get(id);
        if (visit.day > this.last) {
          found.push({ visit, unit, names: new Set(inspectors.filter((_, k) => odds[k])) });
        }
      }
    }
    return found;
  }

  /** Return whether one visit on a day, and some more, keep a cap of an inspector. */
  hasRoom(now, person, kind, day, more = 0) {
    return this.counted(now, person, kind, day) + more < person.max_visits[kind];
  }

  /** Return the visits that a cap of an inspector counts with a day's, by a round's roster. */
  counted(now, person, kind, day, without = NOBODY) {
    const [low, high] = calendarSpan(kind, day);
    const [start] = now.doc.get('odds.json').period;
    let count = 0;
    if (low <= start && start <= high) {
      const drawn = (now.before.get(person.id) || []).filter((then) => low <= then && then <= high);
      count = visitsMade(person, kind) - drawn.length;
    }
    for (const [other, visits] of this.on_day) {
      for (const { id } of low <= other && other <= high ? visits : []) {
        const units = Array.from(this.teams.get(id).values());
        if (!without.has(id) && units.some((members) => members.includes(person.id))) count += 1;
      }
    }
    return count;
  }
}

/** Return spans of days as the fewest that hold the same days. */
function merged(spans) {
  const found = [];
  const order = ([a, b], [c, d]) => (a < c || (a === c && b < d) ? -1 : 1);
  for (const [first, last] of spans.slice().sort(order)) {
    const end = found[found.length - 1];
    if (end && dayNumber(first) <= dayNumber(end[1]) + 1) {
      if (last > end[1]) end[1] = last;
    } else {
      found.push([first, last]);
    }
  }
  return found;
}

/** Each later draw and round keeps the rules of the first, for days after those drawn. */
function checkLater(books) {
  if (books.shut) {
    for (let which = 2; which <= books.course.drawn; which += 1) {
      const committed = books.bodies.get(`teams-seed-source-${which}`);
      checkShown(books, `teams-seed-${which}`, committed);
    }
    return `${books.rounds.length - 1} later rounds; their teams wait for opening`;
  }
  return new Later(books).run();
}

// =====================================================================================
// summary: the figures people quote
// =====================================================================================

/** The figures of summary.json, where it has them, are those recomputed. */
function checkSummary(books) {
  const name = 'summary.json';
  books.file = name;
  if (books.files[name] === undefined) return 'none published';
  const summary = parse(books.data(name), name);
  books.shape(name, summary, table(TEXT, anything));
  const { doc } = books.final === null ? books : books.final.now;
  const checks = doc.get('checks.json');
  const plan = doc.get('plan.json');
  const { distinct } = books.doc.get('draw.json');
  const both = checks.checks.concat(checks.offsite);
  const planned = both.filter((check) => check.kind === 'planned').length;
  const codes = plan.left_out.map((entry) => entry.reason.code);
  const times = new Map();
  for (const code of sorted(codes)) times.set(code, (times.get(code) || 0) + 1);
  const bound = plan.bound.visits;
  const above = plan.visits.length + codes.length - bound;
  const gap = bound ? Math.floor((2000000 * above + bound) / (2 * bound)) : 0;
  const figures = new Map(Object.entries({
    campaign: books.campaign,
    enterprises: books.frame.ids.length,
    inspectors: books.doc.get('roster.json').inspectors.length,
    checks_planned: planned,
    checks_triggered: both.length - planned,
    checks_offsite: checks.offsite.length,
    drawn: distinct.drawn,
    distinct_independent_expected: distinct.independent,
    distinct_enterprises: distinct.enterprises,
    distinct_lower_bound: distinct.bound,
    visits_unmerged: plan.comparison.unmerged,
    visits_department_merged: plan.comparison.department_merged,
    visits: plan.visits.length,
    lower_bound: bound,
    gap: decimal(gap),
    left_out_reasons: rec(times),
    left_out: plan.left_out.length,
    seed_test: books.doc.get('seed.json').test,
  }));
  if (books.final !== null) {
    // The figures are those of the first round, or of all.
    const { period, draws } = books.doc.get('odds.json');
    figures.set('teams', books.final.teams.size);
    figures.set('teams_period', [books.final.first, books.final.last]);
    const told = get(summary, 'teams_period');
    if (draws === undefined && told !== null && equal(told, period)) {
      figures.set('teams', books.due.length);
      figures.set('teams_period', period);
    }
  }
  let known = 0;
  for (const [key, figure] of figures) {
    if (summary[key] !== undefined) {
      same(summary[key], figure, name, key, key);
      known += 1;
    }
  }
  return `${known} figures`;
}

// =====================================================================================
// an enterprise's own proof (C2SP tlog-proof)
// =====================================================================================

const PROOF_HEADER = 'c2sp.org/tlog-proof@v1';
const PROOF = obj({
  format: TEXT,
  campaign: text('[0-9a-z-]{1,60}', "a campaign's id"),
  of: oneOf('frame', 'result', 'odds'),
  entry: TEXT,
  leaf: TEXT,
  index: whole(),
  size: whole(1),
  path: arr(TEXT),
  vkey: TEXT,
}, { hash: OTHER_HASH, leaves: arr(TEXT), spec: TEXT });
const SALT = text('[0-9a-f]{32}', '32 lower-case hex digits');
const RESULT = obj({
  drawn: asc(ID),
  id: ENTERPRISE,
  salt: SALT,
  ticket: HEX,
});
const ODDS_LINE = obj({ inspector: ID, leaves: whole(), root: HEX, salt: SALT });
const ODDS_LEAF = obj({
  day: aDay,
  inspector: ID,
  odds: whole(1, WHOLE),
  salt: SALT,
  seats: whole(1),
  skill: TEXT,
  unit: ID,
  visit: VISIT_ID,
});

/** Return the root that an audit path leads to (RFC 9162, 2.1.3.2), in hex; null if it cannot. */
function pathRoot(index, size, leaf, path, hash) {
  if (index < 0 || index >= size) return null;
  let number = BigInt(index); // sizes may be over 2^32
  let last = BigInt(size) - 1n;
  let node = leaf;
  for (const sibling of path) {
    if (last === 0n) return null;
    if (number & 1n || number === last) {
      node = hash.digest(Uint8Array.of(1), sibling, node);
      while (!(number & 1n) && number) {
        number >>= 1n;
        last >>= 1n;
      }
    } else {
      node = hash.digest(Uint8Array.of(1), node, sibling);
    }
    number >>= 1n;
    last >>= 1n;
  }
  return last === 0n ? hex(node) : null;
}

/** Return hashes written in base64, at most 63 of them. */
function hashesOf(texts, file, place) {
  need(texts.length <= 63, file, place, 'is longer than any path');
  return texts.map((value, n) => {
    const raw = unbase64(value);
    need(raw && raw.length === 32, file, `${place}[${n}]`, 'is no hash in base64');
    return raw;
  });
}

/** Read the text: header, extra, index, hashes, an empty line, the checkpoint. */
function readProof(books) {
  const name = 'proof';
  books.file = name;
  const data = books.source.read(name).bytes;
  let gap = 0;
  while (gap + 1 < data.length && !(data[gap] === 10 && data[gap + 1] === 10)) gap += 1;
  const whole_text = gap + 2 < data.length;
  need(whole_text, name, '', 'no checkpoint follows an empty line');
  const lines = readText(data.subarray(0, gap), name).split('\n');
  same(lines[0], PROOF_HEADER, name, 'line 1', 'header');
  const extra = lines.length > 1 ? lines[1] : '';
  const raw = extra.startsWith('extra ') ? unbase64(extra.slice(6)) : null;
  need(raw, name, 'line 2', 'must be extra and base64');
  const index = /^index (0|[1-9][0-9]{0,14})$/.exec(lines.length > 2 ? lines[2] : '');
  need(index, name, 'line 3', 'must be index and a number');
  const path = hashesOf(lines.slice(3), name, 'path');
  const value = parse(raw, name, 'extra');
  books.shape(name, value, PROOF, 'extra');
  same(value.format, 'double-random/proof/v1', name, 'extra format', 'format');
  return { place: Number(index[1]), path, checkpoint: data.subarray(gap + 2), extra: value };
}

/** The text is a tlog-proof, and its extra names the campaign. */
function checkProofText(books) {
  books.proof = readProof(books);
  books.campaign = books.proof.extra.campaign;
  books.hash = HASHES.get(books.proof.extra.hash || SHA256.name);
  return `${books.proof.extra.of} of campaign ${books.campaign}`;
}

/** The checkpoint is signed by the log's key. */
function checkProofCheckpoint(books) {
  const { checkpoint, extra } = books.proof;
  const name = 'proof';
  const origin = 'double-random/' + books.campaign;
  const key = readVkey(extra.vkey, name, origin, books.vkey);
  const [size, written] = openNote(checkpoint, name, origin, key);
  const raw = unbase64(written);
  const told = /^[1-9][0-9]{0,14}$/.test(size) && raw && raw.length === 32;
  need(told, name, 'checkpoint', 'must hold a size and a root');
  books.tree = [Number(size), hex(raw)];
  const compared = books.vkey ? '' : ', its key not compared with another';
  return `${size} entries, signature holds${compared}`;
}

/** The entry of the ledger is under the checkpoint. */
function checkProofEntry(books) {
  const { place, path, extra } = books.proof;
  const name = 'proof';
  const line = utf8(extra.entry);
  const entry = parse(line, name, 'extra entry');
  books.shape(name, entry, ENTRY, 'extra entry');
  same(entry.index, place, name, 'extra entry.index', 'index');
  same(entry.campaign, books.campaign, name, 'extra entry.campaign', 'campaign');
  const kind = { frame: 'spec', result: 'draw', odds: 'odds' }[extra.of];
  same(entry.kind, kind, name, 'extra entry.kind', 'kind');
  const [size, wanted] = books.tree;
  const found = pathRoot(place, size, books.hash.digest(Uint8Array.of(0), line), path, books.hash);
  need(found === wanted, name, 'path', "does not lead from the entry to the checkpoint's root");
  books.bodies.set(kind, entry.body);
  return `entry ${place}, ${kind}, of ${entry.time}`;
}

/** The own line of an enterprise or inspector is under the root that the entry holds. */
function checkProofLeaf(books) {
  const { extra } = books.proof;
  const name = 'proof';
  const line = utf8(extra.leaf);
  const leaf = parse(line, name, 'extra leaf');
  let wanted;
  let words;
  if (extra.of === 'frame') {
    [wanted, words] = provedFrame(books, leaf);
  } else if (extra.of === 'odds') {
    [wanted, words] = provedOdds(books, leaf);
  } else {
    books.shape(name, leaf, RESULT, 'extra leaf');
    const found = get(books.bodies.get('draw'), 'results');
    books.shape(name, found, ROOT, 'extra entry.body.results');
    same(extra.size, found.size, name, 'extra size', 'size of the results');
    wanted = found.root;
    words = leaf.drawn.length ? 'drawn for ' + leaf.drawn.join(', ') : 'not drawn';
    words = `${leaf.id}: ${words}; ticket ${leaf.ticket}`;
  }
  const path = hashesOf(extra.path, name, 'extra path');
  const { hash } = books;
  const led = pathRoot(extra.index, extra.size, hash.digest(Uint8Array.of(0), line), path, hash);
  need(led === wanted, name, 'extra path', 'does not lead from the leaf to its root');
  return words;
}

/** Return the frame's root by the spec, and what the leaf can be drawn for, in words. */
function provedFrame(books, leaf) {
  const name = 'proof';
  const { extra } = books.proof;
  books.shape(name, leaf, LEAF, 'extra leaf');
  need(extra.spec !== undefined, name, 'extra spec', 'is missing');
  const data = utf8(extra.spec);
  const field = books.hash.name;
  const found = get(books.bodies.get('spec'), field);
  same(found, books.hash.hex(data), name, `extra entry.body.${field}`, 'digest of the spec');
  const spec = parse(data, name, 'extra spec');
  books.shape(name, spec, SPEC, 'extra spec');
  books.namesHash(name, spec, 'extra spec.hash');
  same(spec.campaign, books.campaign, name, 'extra spec.campaign', 'campaign');
  const orders = new Map(spec.items.map((order) => [orderKey(order), order]));
  const can = leaf.items.map((item) => {
    need(orders.has(item), name, 'extra leaf.items', `${item} is no order of the spec`);
    const by = orders.get(item).strata_by;
    const stratum = by.length ? by.map((field) => leaf.labels[field]).join('|') : 'all';
    const named = orders.get(item).strata.filter((one) => one.stratum === stratum);
    need(named.length === 1, name, 'extra leaf.labels', 'is in no stratum of ' + item);
    const [{ rate, size = 0, population }] = named;
    let pi = rate === undefined ? fraction(0n, 1n) : readFraction(rate);
    if (!pi.over) pi = fraction(BigInt(size), BigInt(population));
    return `${item} with ${fractionText(pi)}`;
  });
  let words = can.length ? 'can be drawn for ' + can.join(', ') : 'can be drawn for nothing';
  for (const item of sorted(keysOf(leaf.out))) words += `; not for ${item}: ${leaf.out[item]}`;
  return [spec.frame_root, `${leaf.id}: ${words}`];
}

/** Return the root of the lines by the entry, and an inspector's own odds, in words. */
function provedOdds(books, line) {
  const name = 'proof';
  const { extra } = books.proof;
  books.shape(name, line, ODDS_LINE, 'extra leaf');
  const found = get(books.bodies.get('odds'), 'leaves');
  books.shape(name, found, ODDS_LEAVES, 'extra entry.body.leaves');
  need(extra.leaves !== undefined, name, 'extra leaves', 'is missing');
  same(extra.leaves.length, line.leaves, name, 'extra leaves', 'number of leaves');
  const texts = extra.leaves.map(utf8);
  const root = hex(merkleRoot(books.hash, texts.length, (hasher, k) => hasher.update(texts[k])));
  same(line.root, root, name, 'extra leaf.root', 'root of the leaves');
  const days = new Set();
  let total = 0;
  texts.forEach((data, index) => {
    const place = `extra leaves[${index}]`;
    const leaf = parse(data, name, place);
    books.shape(name, leaf, ODDS_LEAF, place);
    same(leaf.inspector, line.inspector, name, place + '.inspector', 'inspector');
    days.add(leaf.day);
    total += leaf.odds;
  });
  const words = `${line.inspector}: ${texts.length} odds on ${days.size} days, `
    + `together ${total} of ${WHOLE}`;
  return [found.root, words];
}

const PROOF_SECTIONS = [
  ['proof', checkProofText],
  ['checkpoint', checkProofCheckpoint],
  ['entry', checkProofEntry],
  ['own line', checkProofLeaf],
];

/** Return the books of an enterprise's own proof, from the bytes of its text. */
function booksOfProof(data, vkey) {
  const books = new Books(new Memory(new Map([['proof', new Held(data)]])), vkey);
  books.alone = true;
  return books;
}

/**
 * Check an enterprise's own proof, from its text alone.
 *
 * Without `options.vkey`, the key in the text is used, which shows nothing of who signed.
 */
function verifyProof(data, { vkey = null } = {}) {
  return run(booksOfProof(data, vkey), PROOF_SECTIONS);
}

// =====================================================================================
// the whole
// =====================================================================================

// Section → the kind of entry without which it has nothing to check.
const NEEDS = new Map([
  ['seed', 'seed'],
  ['draw', 'draw'],
  ['checks', 'checks'],
  ['roster and problem', 'roster'],
  ['plan', 'plan'],
  ['bound', 'plan'],
  ['odds', 'odds'],
  ['teams seed', 'teams-seed'],
  ['teams', 'teams'],
  ['later teams', 'teams'],
  ['summary', 'teams'],
]);
// Sections that have something to check before opening.
const TOLD_SHUT = ['seed', 'draw', 'teams seed', 'later teams'];
const SECTIONS = [
  ['manifest', checkManifest],
  ['ledger', checkLedger],
  ['frame', checkFrame],
  ['spec', checkSpec],
  ['earlier draws', checkEarlier],
  ['separate draws', checkSeparate],
  ['seed', checkDrawSeed],
  ['draw', checkDraw],
  ['checks', checkChecks],
  ['roster and problem', checkRoster],
  ['plan', checkPlan],
  ['bound', checkBound],
  ['odds', checkOdds],
  ['teams seed', checkTeamsSeed],
  ['teams', checkTeams],
  ['later teams', checkLater],
  ['summary', checkSummary],
];

/** The lists of checks of a plan alone are well-formed; it names the campaign. */
function checkListed(books) {
  let name = 'transcript/problem.json';
  try {
    const problem = parse(books.source.read(name).bytes, name);
    if (problem instanceof Rec && problem.hash === SM3.name) books.hash = SM3;
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault; // named when its turn comes
  }
  name = 'transcript/checks.json';
  const value = parse(books.data(name), name);
  books.shape(name, value, CHECKS);
  books.campaign = value.campaign;
  return checkChecks(books);
}

const PLAN_SECTIONS = [
  ['checks', checkListed],
  ['problem', checkProblem],
  ['plan', checkPlan],
  ['bound', checkBound],
];

/** Return seconds from some moment on. */
function seconds() {
  return (typeof performance === 'object' ? performance.now() : Date.now()) / 1000;
}

/** Return a fault made of whatever a section raised: no input should bring anything but a fault. */
function asFault(error, books) {
  if (error instanceof Fault) return error;
  let type = error && error.name;
  let words = error && error.message;
  if (error instanceof Senseless) ({ type, words } = error);
  else if (/call stack/.test(words)) type = 'RecursionError';
  return new Fault(books.file, '', `cannot be made sense of (${type}: ${words})`);
}

/** Go through one section and return what it found. */
function runSection(books, [name, section]) {
  const begun = seconds();
  let fault = null;
  let detail;
  try {
    detail = books.waiting(name) || section(books);
  } catch (error) {
    fault = asFault(error, books);
    detail = strip(`${fault.file} ${fault.place}`) + ': ' + fault.what;
  }
  return { name, ok: fault === null, detail, seconds: seconds() - begun, fault };
}

/** Go through sections up to the first that does not hold. */
function run(books, sections) {
  const checks = [];
  for (const section of sections) {
    const check = runSection(books, section);
    checks.push(check);
    if (check.fault) break;
  }
  return reportOf(checks, books);
}

/**
 * Return a report of checks; its state says what a publication under way waits for, or why it is
 * void, and is null for a whole one.
 */
function reportOf(checks, books) {
  const { fault } = checks[checks.length - 1];
  const first_fault = fault && { file: fault.file, place: fault.place, what: fault.what };
  return { ok: fault === null, checks, first_fault, state: fault ? null : books.state() };
}

/**
 * Recompute a publication.
 *
 * `source` has `names()`, `read(name)`, `digest(name, hash)` and `forget(name)`;
 * `options.vkey` is the log's verifier key as known from elsewhere, `options.seen` the bytes of
 * checkpoints that somebody kept when they were signed, `options.witnesses` verifier keys of whom
 * has cosigned one of them. The report's sections end with the first
 * that does not hold. Whatever the input, nothing is raised.
 */
function verify(source, options = {}) {
  return run(booksOf(source, options), SECTIONS);
}

/** Return the books of a publication to be recomputed. */
function booksOf(source, { vkey = null, seen = [], witnesses = [] }) {
  const books = new Books(source, vkey);
  books.seen = seen.map((data, n) => [`checkpoint seen (${n + 1})`, data]);
  books.witnesses = witnesses;
  return books;
}

/** Check a plan alone; the source holds checks, problem and plan as in `transcript/`. */
function verifyPlan(source) {
  const books = new Books(source, null);
  books.alone = true;
  return run(books, PLAN_SECTIONS);
}

/** Return a report as the JSON text that verify.py prints. */
function reportJson({ ok, checks, first_fault, state }) {
  const words = (value) => dumps(value, ', ', ': ').replace(
    /[^ -~]/g, (unit) => '\\u' + unit.charCodeAt(0).toString(16).padStart(4, '0'));
  const lines = checks.map((check) => `{"name": ${words(check.name)}, "ok": ${check.ok}, `
    + `"detail": ${words(check.detail)}, "seconds": ${pythonFloat(check.seconds)}}`);
  const fault = first_fault && rec(Object.entries(first_fault), Made);
  const more = state ? `, "state": ${words(state)}` : '';
  return `{"ok": ${ok}, "checks": [${lines.join(', ')}], "first_fault": ${words(fault)}${more}}`;
}

/** Return a number of thousandths as Python writes it. */
function pythonFloat(number) {
  return number.toFixed(3).replace(/(\.\d+?)0*$/, '$1');
}

// =====================================================================================
// the command line, in node
// =====================================================================================

const USAGE = `\
usage: verify.js [-h] [--vkey VKEY] [--seen FILE] [--witness VKEY] [--plan] [--json] DIR
       verify.js --proof FILE [--vkey VKEY] [--json]

Recompute a publication of a double-random campaign.

  DIR          the publication
  --vkey VKEY  the ledger's verifier key, from elsewhere than the folder
  --seen FILE  an earlier checkpoint of this ledger that somebody kept; may be given several times
  --witness VKEY
               a witness's verifier key: it must have cosigned the checkpoint, or one of --seen;
               may be given several times
  --plan       check a plan alone
  --proof FILE check an own proof
  --json       print one JSON document
`;
const ERRORS = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  EPERM: 'Operation not permitted',
  ENOTDIR: 'Not a directory',
  EISDIR: 'Is a directory',
  ELOOP: 'Too many levels of symbolic links',
  ENAMETOOLONG: 'File name too long',
};

/** A publication on disk. */
class Folder {
  constructor(fs, path, place) {
    this.fs = fs;
    this.path = path;
    this.root = place;
    this.held = new Map();
  }

  /** Return the paths of all files, with `/`. */
  names() {
    const found = [];
    const walk = (where, before) => {
      let entries;
      try {
        entries = this.fs.readdirSync(where, { withFileTypes: true, encoding: 'buffer' });
      } catch (error) {
        return;
      }
      for (const entry of entries) {
        const name = before + nameOf(entry.name);
        const inner = Buffer.concat([where, Buffer.from('/'), entry.name]);
        if (entry.isDirectory()) walk(inner, name + '/');
        else found.push(name);
      }
    };
    walk(Buffer.from(this.root), '');
    return sorted(found);
  }

  /** Return a file; it is kept, so that what is hashed and what is read are the same bytes. */
  read(name) {
    let held = this.held.get(name);
    if (!held) {
      let size = 0;
      const bytes = this.chunks(name, (total) => new Uint8Array(total), (into, from, count) => {
        size = from + count;
      });
      held = new Held(bytes.length === size ? bytes : bytes.subarray(0, size));
      this.held.set(name, held);
    }
    return held;
  }

  /** Return a file's digest; a file that is not read is not kept. */
  digest(name, hash) {
    if (isRead(name)) return this.read(name).digest(hash);
    const hasher = hash.hasher();
    this.chunks(name, () => new Uint8Array(1 << 20), (into, from, count) => {
      hasher.update(into, 0, count);
    }, true);
    return hex(hasher.finish(new Uint8Array(32), 0));
  }

  /** Read a file in parts, all into one place or one after another into its beginning. */
  chunks(name, place, take, again = false) {
    try {
      const path = this.path.join(this.root, ...name.split('/'));
      need(this.fs.lstatSync(path).isFile(), name, '', 'is not a plain file');
      const file = this.fs.openSync(path, 'r');
      try {
        const total = this.fs.fstatSync(file).size;
        // Before it is read: a gigabyte of nothing takes memory too.
        need(!name.endsWith('.json') || total <= LARGEST, name, '', TOO_LARGE);
        const into = place(total);
        let from = 0;
        for (;;) {
          const begin = again ? 0 : from;
          const room = Math.min(into.length - begin, 1 << 26);
          const count = room > 0 ? this.fs.readSync(file, into, begin, room, null) : 0;
          if (!count) return into;
          take(into, from, count);
          from += count;
        }
      } finally {
        this.fs.closeSync(file);
      }
    } catch (error) {
      if (error instanceof Fault) throw error;
      throw new Fault(name, '', `cannot be read: ${ERRORS[error.code] || error.message}`);
    }
  }

  /** Nothing more will be asked of a file. */
  forget(name) {
    this.held.delete(name);
  }
}

/** Return a file's name as text; bytes that are no UTF-8 become halves of pairs, as in Python. */
function nameOf(data) {
  let name = '';
  for (let at = 0; at < data.length;) {
    const point = data[at] < 0x80 ? data[at] : pointAt(data, at, data.length);
    if (point < 0) {
      name += String.fromCharCode(0xdc00 + data[at]);
      at += 1;
    } else {
      name += String.fromCodePoint(point);
      at += sizeOf(point);
    }
  }
  return name;
}

/** Read the arguments; wrong ones are a text. */
function readArguments(words) {
  const given = {
    folder: null, vkey: null, seen: [], witness: [], plan: false, proof: null, json: false,
    help: false,
  };
  const names = ['--vkey', '--seen', '--witness', '--plan', '--proof', '--json', '--help'];
  let only = false;
  for (let k = 0; k < words.length; k += 1) {
    const [, name, own] = /^(--[^=]*)(?:=([^]*))?$/.exec(words[k]) || [null, words[k], undefined];
    const meant = name === '-h' ? ['--help'] : names.filter((n) => n.startsWith(name));
    if (only || !name.startsWith('-') || name === '-') {
      if (given.folder !== null) return `unrecognized arguments: ${words[k]}`;
      given.folder = words[k];
    } else if (words[k] === '--') {
      only = true; // what follows is no option
    } else if (meant.length !== 1) {
      return `unrecognized arguments: ${words[k]}`;
    } else if (['--vkey', '--seen', '--witness', '--proof'].includes(meant[0])) {
      if (own === undefined) k += 1;
      const value = own === undefined ? words[k] : own;
      if (value === undefined || (own === undefined && value.startsWith('-'))) {
        return `argument ${meant[0]}: expected one argument`;
      }
      if (meant[0] === '--vkey') given.vkey = value;
      else if (meant[0] === '--proof') given.proof = value;
      else given[meant[0].slice(2)].push(value);
    } else {
      if (own !== undefined) return `argument ${meant[0]}: ignored explicit argument '${own}'`;
      given[meant[0].slice(2)] = true;
    }
  }
  if (given.help) return given;
  if (given.proof !== null) {
    const more = given.folder !== null || given.plan || given.seen.length || given.witness.length;
    return more ? '--proof stands alone: no DIR, --plan, --seen or --witness with it' : given;
  }
  if (given.folder === null) {
    return 'the following arguments are required: DIR';
  }
  return given;
}

/** Run the program and return its exit code. */
function main(words) {
  const fs = require('fs');
  const path = require('path');
  const given = readArguments(words);
  const isFolder = (name) => {
    try {
      return fs.statSync(name).isDirectory();
    } catch (error) {
      return false;
    }
  };
  const refuse = (what) => {
    process.stderr.write(`${USAGE.split('\n')[0]}\nverify.js: error: ${what}\n`);
    return 2;
  };
  if (typeof given === 'string') return refuse(given);
  if (given.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (given.proof !== null) {
    try {
      return print(verifyProof(new Uint8Array(fs.readFileSync(given.proof)), given), given, []);
    } catch (error) {
      return refuse(`${given.proof}: ${ERRORS[error.code] || error.message}`);
    }
  }
  if (!isFolder(given.folder)) return refuse(`${given.folder} is no folder`);
  const seen = [];
  for (const name of given.seen) {
    try {
      const most = new Uint8Array(10 ** 6);
      const file = fs.openSync(name, 'r');
      seen.push(most.slice(0, fs.readSync(file, most, 0, most.length, 0)));
      fs.closeSync(file);
    } catch (error) {
      return refuse(`${name}: ${ERRORS[error.code] || error.message}`);
    }
  }
  const report = given.plan ? planIn(fs, path, given.folder, isFolder)
    : verify(new Folder(fs, path, given.folder),
      { vkey: given.vkey, seen, witnesses: given.witness });
  return print(report, given, seen);
}

/** Print a report; return the exit code. */
function print(report, given, seen) {
  const words = given.json ? reportJson(report) + '\n' : reportText(report, given, seen.length > 0);
  process.stdout.write(words);
  return report.ok ? 0 : 1;
}

/** Check the plan in a folder or its `transcript`. */
function planIn(fs, path, folder, isFolder) {
  const inner = path.join(folder, 'transcript');
  const within = isFolder(inner);
  const source = new Folder(fs, path, within ? inner : folder);
  const files = new Map();
  for (const name of ['checks.json', 'problem.json', 'plan.json']) {
    try {
      files.set('transcript/' + name, source.read(name));
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault; // named as missing when its turn comes
    }
  }
  const report = verifyPlan(new Memory(files));
  if (report.first_fault && !within) {
    report.first_fault.file = report.first_fault.file.replace('transcript/', '');
  }
  return report;
}

/** Return a report in words. */
function reportText(report, { vkey, plan, proof }, seen) {
  const lines = report.checks.map(({ ok, name, seconds: time, detail }) => (
    `${(ok ? 'ok' : 'FAULT').padEnd(5)} ${name.padEnd(18)} ${time.toFixed(2).padStart(6)} s  `
    + printable(detail)));
  if (report.first_fault) {
    const { file, place, what } = report.first_fault;
    lines.push('The first thing that is wrong: ' + printable(`${file} ${place}: ${what}`));
  } else if (plan) {
    lines.push('The plan holds. Where its checks and people come from, a publication shows.');
  } else {
    const key = vkey ? 'compared with the one given' : 'not compared: give it with --vkey';
    const { state } = report;
    if (proof !== null) {
      lines.push(`The proof holds. The log's key was ${key}.`);
    } else if (!state) {
      lines.push(`Everything holds. The log's key was ${key}.`);
    } else if (state.stage === 'void') {
      lines.push('What is there holds, but was declared void: nothing drawn can be claimed.');
      lines.push('The reason: ' + printable(state.reason), `The log's key was ${key}.`);
    } else {
      const waits = state.waits.join(', ');
      lines.push(`What is there holds; the campaign is under way and waits for: ${waits}.`);
      lines.push(`The log's key was ${key}.`);
    }
    if (!seen && proof === null) {
      lines.push(
        'That it was committed before the seed: only an earlier checkpoint shows (--seen).');
    }
  }
  return lines.join('\n') + '\n';
}

/** Return text without what moves the cursor or adds lines, and not too long. */
function printable(value) {
  const some = pointsIn(value) > 1000 ? firstPoints(value, 1000) + '...' : value;
  return some.replace(/[\p{C}\p{Z}]/gu, (letter) => {
    if (letter === ' ') return letter;
    const short = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[letter];
    const digits = letter.codePointAt(0).toString(16);
    if (short) return short;
    return digits.length < 3 ? '\\x' + digits.padStart(2, '0')
      : digits.length < 5 ? '\\u' + digits.padStart(4, '0') : '\\U' + digits.padStart(8, '0');
  });
}

// =====================================================================================
// the page, in a browser: verify.html, or any page that calls `doubleRandom.mount`
// =====================================================================================

const WORDS = {
  title: ['自行核验', 'Verify it yourself'],
  lede: [
    '选择公示文件夹，本页在您自己的电脑上重算抽取、检查计划、重算选派并核对存证。不联网，不上传任何文件。',
    "Choose the publication's folder: this page recomputes the draw, checks the plan, recomputes "
      + 'the teams and checks the ledger on your own computer. No network; no file leaves it.',
  ],
  choose: ['选择文件夹', 'Choose the folder'],
  drop: ['或将文件夹拖到这里', 'or drop it here'],
  proof: ['或选择企业自己的证明文件（.tlog-proof）',
    "or choose an enterprise's own proof (.tlog-proof)"],
  vkey: ['存证公钥（从报纸、上级部门等别处取得，可不填）',
    "The log's verifier key, from elsewhere (a newspaper, the supervising body); may be empty"],
  seen: ['以前留存的检查点文件（可不选）', 'Checkpoint files that somebody kept earlier; may be none'],
  again: ['重新核验', 'Verify again'],
  reading: ['正在读取', 'Reading'],
  working: ['正在核验', 'Verifying'],
  section: ['步骤', 'Section'],
  found: ['结果（与 verify.py 逐字相同）', 'Found (in the words of verify.py)'],
  time: ['秒', 's'],
  ok: ['通过', 'ok'],
  fault: ['有误', 'FAULT'],
  holds: ['全部通过。', 'Everything holds.'],
  proved: ['证明有效。', 'The proof holds.'],
  under: ['已公布的部分通过；抽查尚在进行，尚待：',
    'What is there holds; the campaign is under way and waits for: '],
  void: ['已公布的部分通过，但本次抽查已声明作废，抽取结果不得使用。理由：',
    'What is there holds, but was declared void: nothing drawn can be claimed. The reason: '],
  wrong: ['第一处错误：', 'The first thing that is wrong: '],
  compared: ['公钥与您给出的一致。', "The log's key is the one given."],
  alone: ['公钥未与别处比较：只看本文件夹无法发现整体替换。',
    "The log's key was not compared: nobody can see from this folder alone that all of it was "
      + 'exchanged.'],
  unseen: ['存证先于种子，只有以前留存的检查点能证明。',
    'That it was committed before the seed: only an earlier checkpoint shows.'],
  report: ['机器可读的报告', 'The report as JSON'],
};
const SECTION_WORDS = {
  manifest: '文件清单',
  ledger: '存证账本',
  frame: '检查对象名录',
  spec: '抽取方案',
  seed: '抽取种子',
  draw: '抽取',
  checks: '检查事项',
  'roster and problem': '执法人员与约束',
  plan: '检查计划',
  bound: '下界与证明',
  odds: '选派概率',
  'teams seed': '选派种子',
  teams: '选派',
  'later teams': '以后各轮选派',
  summary: '汇总数字',
  proof: '证明文本',
  checkpoint: '检查点签名',
  entry: '账本条目',
  'own line': '本人或本企业条目',
};
const LANGUAGE = 'double-random-language';

/** Return an element with such attributes and children. */
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Return words in both languages; style shows one of them. */
function both([chinese, english]) {
  return make('span', {}, make('span', { class: 'zh', lang: 'zh-CN' }, chinese),
    make('span', { class: 'en', lang: 'en' }, english));
}

/** Return the language kept from page to page; keep one where it is given. */
function language(chosen) {
  try {
    if (chosen) localStorage.setItem(LANGUAGE, chosen);
    return localStorage.getItem(LANGUAGE);
  } catch (error) {
    return null; // a browser may forbid keeping anything
  }
}

/** Return the files of a folder that was chosen: path below it → file. */
function chosenFiles(list) {
  return Array.from(list, (file) => {
    const path = file.webkitRelativePath || file.name;
    return [path.slice(path.indexOf('/') + 1), file];
  });
}

/** Return the files of a folder, or files, that were dropped. */
async function droppedFiles(items) {
  const found = [];
  const fileOf = (entry) => new Promise((done, fail) => entry.file(done, fail));
  const walk = async (entry, before) => {
    if (entry.isFile) {
      found.push([before + entry.name, await fileOf(entry)]);
      return;
    }
    const reader = entry.createReader();
    for (;;) { // a reader gives some entries at a time, and in the end none
      const some = await new Promise((done, fail) => reader.readEntries(done, fail));
      if (!some.length) return;
      for (const inner of some) await walk(inner, `${before}${entry.name}/`);
    }
  };
  for (const entry of Array.from(items, (item) => item.webkitGetAsEntry()).filter(Boolean)) {
    await walk(entry, '');
  }
  if (!found.every(([path]) => path.includes('/'))) return found;
  return found.map(([path, file]) => [path.slice(path.indexOf('/') + 1), file]);
}

/** Return the hash that a manifest names, if it is one; what else is wrong comes in its turn. */
function hashNamed(data) {
  try {
    return HASHES.get(parse(data, 'manifest.json').hash) || SHA256;
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    return SHA256;
  }
}

/** Read files into memory; those that are only hashed are not kept. */
async function loadFiles(files, onFile) {
  const loaded = new Map();
  let hash = SHA256;
  try {
    const [, manifest] = files.find(([path]) => path === 'manifest.json');
    if (manifest.size <= LARGEST) {
      hash = hashNamed(new Uint8Array(await manifest.arrayBuffer()));
    }
  } catch (error) {
    // It cannot be read, or is not there: said when its turn comes.
  }
  for (const [path, file] of files) {
    onFile(path);
    try {
      need(!path.endsWith('.json') || file.size <= LARGEST, path, '', TOO_LARGE);
      const held = new Held(new Uint8Array(await file.arrayBuffer()));
      const kept = isRead(path) || path.endsWith('.tlog-proof');
      if (!kept && held.digest(hash)) held.bytes = null;
      loaded.set(path, held);
    } catch (error) {
      const fault = error instanceof Fault ? error
        : new Fault(path, '', `cannot be read: ${error.message}`);
      loaded.set(path, { get bytes() { throw fault; }, digest() { throw fault; } });
    }
  }
  return new Memory(loaded);
}

/** Return the only file of a source where it is an enterprise's own proof, or null. */
function proofIn(source) {
  const [name, ...others] = source.names();
  return !others.length && /\.tlog-proof$/.test(name || '') ? source.read(name) : null;
}

/** Recompute a publication section by section, so that the page can show each as it comes. */
async function verifySlowly(source, options, onCheck) {
  const held = proofIn(source);
  const books = held ? booksOfProof(held.bytes, options.vkey) : booksOf(source, options);
  const checks = [];
  for (const section of held ? PROOF_SECTIONS : SECTIONS) {
    await new Promise((go) => setTimeout(go, 20));
    const check = runSection(books, section);
    checks.push(check);
    onCheck(check);
    if (check.fault) break;
  }
  return reportOf(checks, books);
}

/** Build the verifier into an element of a page. */
function mount(place) {
  let source = null;
  let turn = 0; // what was begun last; earlier ones stop
  const picker = make('input', { type: 'file', id: 'folder', webkitdirectory: '', multiple: '' });
  const own = make('input', { type: 'file', id: 'proof', accept: '.tlog-proof' });
  const vkey = make('input', { type: 'text', id: 'vkey', size: '60', spellcheck: 'false' });
  const seen = make('input', { type: 'file', id: 'seen', multiple: '' });
  const again = make('button', { type: 'button', id: 'again', disabled: '' }, both(WORDS.again));
  const status = make('p', { id: 'status', role: 'status' });
  const rows = make('tbody', {});
  const head = make('tr', {}, ...[['', ''], WORDS.section, WORDS.found, WORDS.time].map(
    (words) => make('th', { scope: 'col' }, both(words))));
  const checks = make('table', { id: 'checks' }, make('thead', {}, head), rows);
  const verdict = make('div', { id: 'verdict', role: 'status' });
  const switches = ['zh', 'en'].map((code, k) => make(
    'button', { type: 'button', id: `show-${code}`, lang: ['zh-CN', 'en'][k] },
    ['中文', 'English'][k]));
  const zone = make('div', { id: 'drop' }, make('label', { for: 'folder' }, both(WORDS.choose)),
    picker, both(WORDS.drop), make('br', {}), make('label', { for: 'proof' }, both(WORDS.proof)),
    own);
  place.append(
    make('p', { class: 'switch' }, ...switches),
    make('h1', {}, both(WORDS.title)), make('p', {}, both(WORDS.lede)), zone,
    make('p', {}, make('label', { for: 'vkey' }, both(WORDS.vkey)), make('br', {}), vkey),
    make('p', {}, make('label', { for: 'seen' }, both(WORDS.seen)), make('br', {}), seen),
    make('p', {}, again), status, checks, verdict);

  const speak = (code) => {
    document.documentElement.lang = code === 'en' ? 'en' : 'zh-CN';
    document.title = WORDS.title[code === 'en' ? 1 : 0];
    switches.forEach((button) => {
      button.setAttribute('aria-pressed', String(button.id === `show-${code}`));
    });
  };
  switches.forEach((button) => button.addEventListener('click', () => {
    const code = button.id.slice(5);
    language(code);
    speak(code);
  }));
  const [, asked] = /[?&]lang=(zh|en)\b/.exec(location.search) || [];
  speak(asked || language() || 'zh');

  const say = (words, more = '') => {
    status.replaceChildren(...words ? [both(words), ` ${more}`] : []);
  };
  const showCheck = (check) => {
    const [zh, en] = check.ok ? WORDS.ok : WORDS.fault;
    rows.append(make(
      'tr', { class: check.ok ? 'ok' : 'fault' }, make('td', {}, both([zh, en])),
      make('td', {}, both([SECTION_WORDS[check.name], check.name])),
      make('td', { lang: 'en' }, printable(check.detail)),
      make('td', {}, check.seconds.toFixed(2))));
  };
  const showVerdict = (report, options) => {
    const lines = [];
    if (report.ok) {
      const { state } = report;
      const proved = report.checks.some(({ name }) => name === 'own line');
      if (!state) {
        lines.push(make('strong', {}, both(proved ? WORDS.proved : WORDS.holds)));
      } else {
        const ended = state.stage === 'void';
        const told = printable(ended ? state.reason : state.waits.join(', '));
        lines.push(make('strong', {}, both(ended ? WORDS.void : WORDS.under), told));
      }
      lines.push(make('p', {}, both(options.vkey === null ? WORDS.alone : WORDS.compared)));
      if (!options.seen.length && !proved) lines.push(make('p', {}, both(WORDS.unseen)));
    } else {
      const { file, place: where, what } = report.first_fault;
      lines.push(make('strong', {}, both(WORDS.wrong), printable(`${file} ${where}: ${what}`)));
    }
    const json = make('pre', { id: 'report' }, reportJson(report));
    lines.push(make('details', {}, make('summary', {}, both(WORDS.report)), json));
    verdict.className = report.ok ? 'ok' : 'fault';
    verdict.replaceChildren(...lines);
  };
  const start = async () => {
    turn += 1;
    const mine = turn;
    rows.replaceChildren();
    verdict.replaceChildren();
    verdict.className = '';
    const kept = Array.from(seen.files, async (file) => new Uint8Array(await file.arrayBuffer()));
    const options = { vkey: vkey.value.trim() || null, seen: await Promise.all(kept) };
    say(WORDS.working);
    const report = await verifySlowly(source, options, (check) => {
      if (mine === turn) showCheck(check);
    });
    if (mine !== turn) return;
    say(null);
    again.disabled = false;
    showVerdict(report, options);
  };
  const take = async (files) => {
    turn += 1;
    source = await loadFiles(await files, (path) => say(WORDS.reading, path));
    await start();
  };
  picker.addEventListener('change', () => take(chosenFiles(picker.files)));
  own.addEventListener('change', () => take(Array.from(own.files, (file) => [file.name, file])));
  again.addEventListener('click', start);
  zone.addEventListener('dragover', (event) => event.preventDefault());
  zone.addEventListener('drop', (event) => {
    event.preventDefault();
    take(droppedFiles(event.dataTransfer.items));
  });
}

// =====================================================================================
// what others may call, and who is calling now
// =====================================================================================

const parts = {
  SHA256, sha512, SM3, Key, ed25519Holds, sm2Hash, sm2Holds, drandHolds, hashToCurve, blsPoint,
  Lines, Stream, byTicket, parse, dumps, subKey, Lottery, Books, checkOdds, checkTeams,
};
const api = { verify, verifyPlan, verifyProof, reportJson, Memory, Held, mount, parts };
if (typeof module === 'object' && module.exports) {
  module.exports = api;
  if (require.main === module) process.exitCode = main(process.argv.slice(2));
} else {
  root.doubleRandom = api;
  const place = root.document && document.getElementById('double-random-verifier');
  if (place) mount(place);
}
}(typeof globalThis === 'object' ? globalThis : this));
