// Asks verify.js many things in one process, for the tests: a line of JSON in, a line out.
//
//     {"keep": [[PATH, BASE64]]}            files that later lines may lean on; no answer
//     {"files": [[PATH, BASE64 or null]], "vkey": TEXT or null, "seen": [BASE64],
//      "witnesses": [TEXT], "plan": BOOLEAN}
//     {"proof": BASE64, "vkey": TEXT or null}
//     {"part": NAME, "with": [BASE64]}      one of the parts below
//
// A path with null is the file kept under it. The answer to files, or a proof, is the report of verify.js.
'use strict';

const path = require('path');
const readline = require('readline');

const second = require(path.join(__dirname, '../../optimizer/verifier/verify.js'));
const { parts } = second;
const bytesOf = (text) => new Uint8Array(Buffer.from(text, 'base64'));
const hexOf = (data) => Buffer.from(data).toString('hex');
const hashOf = (name) => (name && Buffer.from(name).toString() === 'sm3'
  ? parts.SM3 : parts.SHA256);
const kept = new Map();

const PARTS = {
  sha256: (data) => parts.SHA256.hex(data),
  sha512: (data) => hexOf(parts.sha512(data)),
  sm3: (data) => parts.SM3.hex(data),
  sm2: (key, message, signature, signer) => parts.sm2Holds(key, message, signature, signer),
  sm2hash: (key, message, signer) => hexOf(parts.sm2Hash(key, message, signer)),
  ed25519: (key, message, signature) => parts.ed25519Holds(key, message, signature),
  drand: (scheme, key, number, signature, before) => parts.drandHolds(
    Buffer.from(scheme).toString(), key, BigInt(Buffer.from(number).toString()), signature, before),
  point: (data, degree) => coordinates(parts.blsPoint(data, numberIn(degree))),
  curve: (message, tag, degree) => coordinates(parts.hashToCurve(message, tag, numberIn(degree))),
  root: (data, hash) => hexOf(new parts.Lines(data).root(hashOf(hash))),
  order: (key, names, hash) => parts.byTicket(
    new parts.Key(key, hashOf(hash)), Buffer.from(names).toString().split(' ')),
  words: (key, limits, hash) => {
    const stream = new parts.Stream(new parts.Key(key, hashOf(hash)));
    return Buffer.from(limits).toString().split(' ').map((m) => stream.below(Number(m)));
  },
  lottery: (data) => {
    const given = JSON.parse(Buffer.from(data).toString());
    const days = new Map(Object.entries(given.days));
    const found = [];
    let parts_left = given.parts;
    for (const [text, last] of given.draws) {
      const key = new parts.Key(new Uint8Array(Buffer.from(text, 'hex')), parts.SHA256);
      const left = [];
      const teams = [];
      for (const part of parts_left) {
        const efforts = new Map(Object.entries(given.efforts[part.unit]));
        const people = part.inspectors.map((id) => given.people[id]);
        const terms = { days, efforts, people, start: given.start };
        const own = parts.subKey(key, 'teams', `${part.unit}/${part.effort}`);
        const [seated, rest] = new parts.Lottery(part, terms, own, last).draw();
        teams.push(seated.map((chosen) => chosen.map((k) => part.inspectors[k])));
        if (rest) left.push(rest);
      }
      found.push([teams, left.map((part) => part.groups.map((group) => group.odds))]);
      parts_left = left;
    }
    return found;
  },
  read: (data) => {
    try {
      return { text: parts.dumps(parts.parse(data, 'file', 'place'), ',', ':') };
    } catch (fault) {
      return { file: fault.file, place: fault.place, what: fault.what };
    }
  },
};

/** Return the number that a text names. */
function numberIn(text) {
  return Number(Buffer.from(text).toString());
}

/** Return a point's numbers as text, or null. */
function coordinates(point) {
  return point && point.map((pair) => pair.map(String));
}

function answerTo(asked) {
  if (asked.part) return JSON.stringify(PARTS[asked.part](...asked.with.map(bytesOf)));
  if (asked.proof !== undefined) {
    return second.reportJson(second.verifyProof(bytesOf(asked.proof), { vkey: asked.vkey }));
  }
  const files = new Map(asked.files.map(([name, text]) => [
    name, text === null ? kept.get(name) : new second.Held(bytesOf(text))]));
  const source = new second.Memory(files);
  return second.reportJson(asked.plan ? second.verifyPlan(source)
    : second.verify(source, {
      vkey: asked.vkey, seen: asked.seen.map(bytesOf), witnesses: asked.witnesses,
    }));
}

readline.createInterface({ input: process.stdin, terminal: false }).on('line', (line) => {
  const asked = JSON.parse(line);
  if (asked.keep) {
    kept.clear();
    for (const [name, text] of asked.keep) kept.set(name, new second.Held(bytesOf(text)));
  } else {
    process.stdout.write(answerTo(asked) + '\n');
  }
});
