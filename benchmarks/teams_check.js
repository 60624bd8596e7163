// Times verify.js on odds and teams as published: node teams_check.js FILE, with a JSON document
// {"campaign", "key", "files": {path: text}, "visits", "digests"} as `teams_check.py` writes it.
// Prints seconds and processor seconds; whatever is wrong ends it with a fault.
'use strict';

const fs = require('fs');
const path = require('path');

const { Held, Memory, parts } = require(
  path.join(__dirname, '../optimizer/verifier/verify.js'));

const given = JSON.parse(fs.readFileSync(process.argv[2]));
const bytesOf = (text) => new Uint8Array(Buffer.from(text));
const files = new Map(['odds', 'teams'].map(
  (name) => [`transcript/${name}.json`, new Held(bytesOf(given[name]))]));
const begin = [performance.now(), process.cpuUsage()];
const books = new parts.Books(new Memory(files), null);
books.campaign = given.campaign;
books.ofFirst = false; // no ledger stands beside these documents
books.bodies.set('odds', {});
books.rows.set('odds', 1);
books.doc.set('roster.json', parts.parse(bytesOf(given.roster), 'roster.json'));
books.doc.set('problem.json', { rules: { team: {} } }); // no rule beyond the lottery's own
books.doc.set('draw.json', { key: given.duty_key });
books.doc.set('teams-seed.json', { key: given.key });
for (const [name, digest] of Object.entries(given.digests)) books.digests.set(name, digest);
books.visits = given.visits;
parts.checkOdds(books);
parts.checkTeams(books);
const used = process.cpuUsage(begin[1]);
const seconds = (performance.now() - begin[0]) / 1000;
process.stdout.write(JSON.stringify({ seconds, cpu: (used.user + used.system) / 1e6 }));
