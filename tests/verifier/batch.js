// Verifies many publications in one process, for the tests: a line of JSON in, a line out.
//
//     {"keep": [[PATH, BASE64]]}                        files that later lines may lean on
//     {"files": [[PATH, BASE64 or null]], "vkey": TEXT or null, "seen": [BASE64], "plan": BOOLEAN}
//
// A path with null is the file kept under it. The answer is the report that verify.js prints.
'use strict';

const path = require('path');
const readline = require('readline');

const second = require(path.join(__dirname, '../../optimizer/verifier/verify.js'));
const bytesOf = (text) => new Uint8Array(Buffer.from(text, 'base64'));
const kept = new Map();

function answer(line) {
  const asked = JSON.parse(line);
  if (asked.keep) {
    kept.clear();
    for (const [name, text] of asked.keep) kept.set(name, new second.Held(bytesOf(text)));
    return;
  }
  const files = new Map(asked.files.map(([name, text]) => [
    name, text === null ? kept.get(name) : new second.Held(bytesOf(text))]));
  const source = new second.Memory(files);
  const report = asked.plan ? second.verifyPlan(source)
    : second.verify(source, { vkey: asked.vkey, seen: asked.seen.map(bytesOf) });
  process.stdout.write(second.reportJson(report) + '\n');
}

readline.createInterface({ input: process.stdin, terminal: false }).on('line', answer);
