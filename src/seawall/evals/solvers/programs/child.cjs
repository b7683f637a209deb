// Carry out cases of the fuzzer in node: one line of JSON in, one out.
'use strict';
const fs = require('fs');
const zlib = require('zlib');
process.chdir('/work');
const BUILTIN = [Object.prototype, Array.prototype, Function.prototype, String.prototype];
const BEFORE = BUILTIN.map((p) => new Set(Reflect.ownKeys(p)));

// Whether a built-in prototype has got the property that a proof must name.
function polluted() {
  let found = false;
  BUILTIN.forEach((prototype, n) => {
    for (const key of Reflect.ownKeys(prototype)) {
      if (BEFORE[n].has(key)) continue;
      found = found || key === 'tokenOfTheFuzzer';
      delete prototype[key];
    }
  });
  return found;
}

function tar(entries) {
  const parts = [];
  for (const [name, text] of entries) {
    const head = Buffer.alloc(512), body = Buffer.from(String(text));
    head.write(String(name).slice(0, 99), 0);
    head.write('0000644\0', 100); head.write('0000000\0', 108); head.write('0000000\0', 116);
    head.write(body.length.toString(8).padStart(11, '0') + '\0', 124);
    head.write('00000000000\0', 136); head.write('        0', 148); head.write('ustar\u000000', 257);
    head.write(head.reduce((a, b) => a + b, 0).toString(8).padStart(6, '0') + '\0 ', 148);
    parts.push(head, body, Buffer.alloc((512 - (body.length % 512)) % 512));
  }
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

function zip(entries) {
  const locals = [], central = [];
  let offset = 0;
  for (const [name, text] of entries) {
    const file = Buffer.from(String(name)), body = Buffer.from(String(text));
    const head = Buffer.alloc(26), sum = zlib.crc32 ? zlib.crc32(body) : 0;
    head.writeUInt16LE(20, 0);
    head.writeUInt32LE(sum, 10); head.writeUInt32LE(body.length, 14);
    head.writeUInt32LE(body.length, 18); head.writeUInt16LE(file.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), head, file, body]);
    const at = Buffer.alloc(4), mark = Buffer.from('PK\x01\x02\x14\x00');
    at.writeUInt32LE(offset, 0);
    central.push(Buffer.concat([mark, head, Buffer.alloc(10), at, file]));
    locals.push(local);
    offset += local.length;
  }
  const listing = Buffer.concat(central), end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4); end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(listing.length, 8); end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, listing, Buffer.from('PK\x05\x06'), end]);
}

const KINDS = {
  handle: (part, kept) => kept[part],
  bytes: (part) => Buffer.from(part, 'base64'),
  utf8: (part) => Buffer.from(String(part)),
  repeat: (part, kept) => String(value(part[0], kept)).repeat(part[1]),
  concat: (part, kept) => part.map((p) => value(p, kept)).join(''),
  saved: (part, kept) => {
    const path = `/work/.fuzz-folder/${String(part[0]).replace(/\W/g, '') || 'file'}`;
    fs.writeFileSync(path, value(part[1], kept));
    return path;
  },
  zip: (part) => zip(part),
  tar: (part) => tar(part),
  dict: (part, kept) => {
    const made = {};
    for (const [key, inner] of part) define(made, key, value(inner, kept));
    return made;
  },
  json: (part) => JSON.parse(part),
  none: () => null,
  undefined: () => undefined,
  noop: () => () => {},
  regexp: (part) => new RegExp(part[0], part[1] || ''),
};

function define(made, key, inner) {
  const open = { enumerable: true, writable: true, configurable: true };
  Object.defineProperty(made, key, { value: inner, ...open });
}

function value(data, kept) {
  if (Array.isArray(data)) return data.map((v) => value(v, kept));
  if (typeof data !== 'object' || data === null) return data;
  const keys = Object.keys(data);
  if (keys.length === 1 && Object.hasOwn(KINDS, keys[0])) return KINDS[keys[0]](data[keys[0]], kept);
  const made = {};
  for (const key of keys) define(made, key, value(data[key], kept));
  return made;
}

function reach(ref, kept) {
  let holder, made, parts;
  if (ref.startsWith('$')) {
    [made, ...parts] = ref.slice(1).split('.');
    made = kept[made];
  } else {
    const [name, dotted] = ref.split(':');
    made = require(name);
    parts = dotted ? dotted.split('.') : [];
  }
  for (const part of parts) { holder = made; made = made[part]; }
  return [holder, made];
}

async function carryOut(step, kept) {
  const args = value(step.args || [], kept);
  let made;
  if (step.call) { const [holder, fn] = reach(step.call, kept); made = fn.apply(holder, args); }
  else if (step.new) { const [, fn] = reach(step.new, kept); made = new fn(...args); }
  else if (step.get) [, made] = reach(step.get, kept);
  else if (step.item) made = kept[step.item[0].slice(1)][step.item[1]];
  else if (step.builtin === 'json') made = JSON.stringify(args[0]);
  else if (step.builtin === 'dict') made = KINDS.dict(step.args[0], kept);
  return made;
}

async function run(steps) {
  const kept = {};
  let said = '';
  for (const step of steps) {
    try {
      let made = await carryOut(step, kept);
      if (step.await) made = await made;
      if (step.as) kept[step.as] = made;
      if (typeof made === 'string' || Buffer.isBuffer(made)) said += String(made).slice(0, 2000);
    } catch (error) {
      const names = [];
      for (let p = error; p && typeof p === 'object'; p = Object.getPrototypeOf(p)) {
        if (p.constructor && p.constructor.name) names.push(p.constructor.name);
      }
      return { raised: names, said, polluted: polluted() };
    }
  }
  return { said, polluted: polluted() };
}

let rest = '';
const waiting = [];
let busy = false;
async function work() {
  if (busy) return;
  busy = true;
  while (waiting.length) {
    const seen = await run(JSON.parse(waiting.shift()));
    fs.writeSync(1, JSON.stringify(seen) + '\n');
  }
  busy = false;
}
process.on('uncaughtException', () => {});
process.on('unhandledRejection', () => {});
console.log = console.error = console.warn = () => {};
process.stdin.on('data', (data) => {
  rest += data;
  const lines = rest.split('\n');
  rest = lines.pop();
  waiting.push(...lines);
  work();
});
