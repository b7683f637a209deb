// Replay the steps of a proof against a Node target and say what was seen on the way.
//
// Runs in the sandbox, in the observed process. The steps are data; they reach public names that
// the target's own package defines, and plain values, nothing else (ADR 1). Every message carries
// the run's key, which is in no data a proof can see. Node's own modules only.
'use strict';

const fs = require('fs');
const path = require('path');
const net = require('net');
const http = require('http');
const https = require('https');
const util = require('util');
const inspector = require('inspector');
const nodeModule = require('module');
const childProcess = require('child_process');
const { fileURLToPath, pathToFileURL } = require('url');

const MAX_VALUE = 256 << 10;
const MAX_STACKS = 8;
const MAX_PARTS = 200000;
const SETTLE_MS = 1500;
const BARRED = new Set(['constructor', 'prototype', '__proto__']);

// What the target may later change is kept as it is now.
const { stringify, parse } = JSON;
const { writeSync, realpathSync, readFileSync, existsSync } = fs;
const { getPrototypeOf, getOwnPropertyDescriptor, getOwnPropertyNames, defineProperty } = Object;
const objectPrototype = Object.prototype;
const ownHas = Function.prototype.call.bind(Object.prototype.hasOwnProperty);
const apply = Reflect.apply;
const construct = Reflect.construct;
const exit = process.exit.bind(process);

const plan = parse(readFileSync(0, 'utf8'));

class Refused extends Error {}
class Missing extends Error {}

function send(kind, more) {
  const message = { k: plan.key, t: kind };
  for (const name of Object.keys(more || {})) message[name] = more[name];
  let line = Buffer.from(stringify(message) + '\n');
  while (line.length) {
    try {
      line = line.subarray(writeSync(plan.channel, line));
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

// --- whose code -----------------------------------------------------------------------------

const targetRoot = plan.target + '/';
const packagesRoot = plan.deps + '/';

function plainPath(file) {
  if (typeof file !== 'string') return '';
  return file.startsWith('file://') ? fileURLToPath(file) : file;
}

function fileOrigin(file) {
  if (file === __filename) return 'harness';
  if (file.startsWith('node:')) return 'runtime';
  if (file.startsWith(targetRoot) && !file.slice(targetRoot.length).includes('node_modules/')) {
    return 'target';
  }
  return file.startsWith(packagesRoot) ? 'dependency' : 'dynamic';
}

// A script may borrow another file's name (vm, sourceURL); a module that was loaded did not.
function loadedFrom(file) {
  return ownHas(require.cache, file) || (file.endsWith('.js') || file.endsWith('.mjs')) && existsSync(file);
}

function framesOf(site) {
  const frame = frameOf(site);
  if (!site.isEval()) return [frame];
  // Code compiled at run time: the place that compiled it is the next frame.
  return [frame, ...compilers(site).map(([name, file, line]) => [`${name} (compiled it)`, file, line, fileOrigin(file)])];
}

function compilers(site) {
  // A source URL has no spaces, so it cannot pass for this text of V8's.
  const told = /^eval at (\S+) \((?:file:\/\/)?(\/[^()]*):(\d+):\d+\)/.exec(site.getEvalOrigin() || '');
  const found = told ? [[told[1], told[2], Number(told[3])]] : (compiledAt.get(site.getScriptNameOrSourceURL()) || []);
  return found.every(([, file]) => loadedFrom(file)) ? found.slice(0, 1) : [];
}

function frameOf(site) {
  const file = plainPath(site.getFileName() || '');
  let origin = fileOrigin(file);
  if (site.isEval() || ((origin === 'target' || origin === 'dependency') && !loadedFrom(file))) {
    origin = 'dynamic';
  }
  const name = site.getFunctionName() || site.getMethodName() || '<anonymous>';
  return [String(name).slice(0, 120), file || '<eval>', site.getLineNumber() || 0, origin];
}

const structured = new WeakMap();
Error.stackTraceLimit = 120;
function prepare(error, sites) {
  const frames = sites.flatMap(framesOf);
  structured.set(error, frames);
  return `${error}\n` + frames.map((f) => `    at ${f[0]} (${f[1]}:${f[2]})`).join('\n');
}

function currentStack() {
  const before = Error.prepareStackTrace;
  Error.prepareStackTrace = prepare;
  Error.stackTraceLimit = 120;
  const holder = {};
  Error.captureStackTrace(holder, currentStack);
  void holder.stack;
  Error.prepareStackTrace = before;
  return untilHarness(structured.get(holder) || []);
}

// The wrappers of sinks are the harness's too; the stack of interest lies between them and the
// harness frame that made the step.
function untilHarness(frames) {
  const inner = frames.findIndex((f) => f[3] !== 'harness');
  if (inner < 0) return frames;
  const outer = frames.findIndex((f, i) => i > inner && f[3] === 'harness');
  return outer < 0 ? frames.slice(inner) : frames.slice(inner, outer + 1);
}

function errorStack(error) {
  if ((typeof error !== 'object' && typeof error !== 'function') || error === null) return [];
  try {
    void error.stack;
  } catch {
    return [];
  }
  const frames = structured.get(error) || [];
  const outer = frames.findIndex((f) => f[3] === 'harness');
  return outer < 0 ? frames : frames.slice(0, outer);
}

// --- where a function is defined -------------------------------------------------------------

const session = new inspector.Session();
session.connect();
const scripts = new Map();
const compiledAt = new Map();
session.on('Debugger.scriptParsed', ({ params }) => {
  scripts.set(params.scriptId, params.url);
  const top = params.hasSourceURL && params.stackTrace && params.stackTrace.callFrames[0];
  if (!top) return;
  const places = compiledAt.get(params.url) || [];
  if (places.length < 1000) places.push([top.functionName || '<anonymous>', plainPath(top.url), top.lineNumber + 1]);
  compiledAt.set(params.url, places);
});
session.post('Debugger.enable');
const slots = { value: undefined };
defineProperty(globalThis, '__slot_' + plan.key, { value: slots, enumerable: false });

function ask(method, params) {
  let answer;
  session.post(method, params, (error, result) => { answer = error ? undefined : result; });
  return answer;
}

function internals(value) {
  slots.value = value;
  const made = ask('Runtime.evaluate', { expression: `globalThis.__slot_${plan.key}.value` });
  slots.value = undefined;
  if (!made || !made.result.objectId) return [];
  const { objectId } = made.result;
  const answer = ask('Runtime.getProperties', { objectId, ownProperties: true });
  ask('Runtime.releaseObject', { objectId });
  return (answer && answer.internalProperties) || [];
}

const locations = new WeakMap();
function locate(fn) {
  if (locations.has(fn)) return locations.get(fn);
  let found = null;
  const props = internals(fn);
  const bound = props.find((p) => p.name === '[[FunctionLocation]]');
  if (bound && bound.value && bound.value.value) {
    const { scriptId, lineNumber } = bound.value.value;
    found = { file: plainPath(scripts.get(scriptId) || ''), line: lineNumber + 1 };
  } else {
    const inner = props.find((p) => p.name === '[[TargetFunction]]' || p.name === '[[Target]]');
    if (inner && inner.value && inner.value.objectId) {
      const answer = ask('Runtime.getProperties', {
        objectId: inner.value.objectId, ownProperties: true,
      });
      const where = ((answer && answer.internalProperties) || [])
        .find((p) => p.name === '[[FunctionLocation]]');
      if (where && where.value && where.value.value) {
        const { scriptId, lineNumber } = where.value.value;
        found = { file: plainPath(scripts.get(scriptId) || ''), line: lineNumber + 1 };
      }
    }
  }
  locations.set(fn, found);
  return found;
}

function owned(fn) {
  const place = locate(fn);
  return place !== null && fileOrigin(place.file) === 'target' && loadedFrom(place.file);
}

// Code without a file of its own was compiled at run time, which only the target can have done.
function compiled(fn) {
  const place = locate(fn);
  return place !== null && !place.file.startsWith('/') && !place.file.startsWith('node:');
}

// --- the membrane ----------------------------------------------------------------------------

const intrinsics = new Set();
function addIntrinsic(value) {
  if ((typeof value === 'object' && value !== null) || typeof value === 'function') {
    intrinsics.add(value);
    return true;
  }
  return false;
}
function gatherIntrinsics() {
  addIntrinsic(globalThis);
  for (const name of getOwnPropertyNames(globalThis)) {
    const held = getOwnPropertyDescriptor(globalThis, name);
    if (!held || !('value' in held)) continue;
    if (addIntrinsic(held.value) && typeof held.value === 'function') {
      addIntrinsic(held.value.prototype);
    }
  }
  addIntrinsic(process);
  const hidden = [
    function* () {}, async function* () {}, async function () {}, [][Symbol.iterator](),
    new Map()[Symbol.iterator](), new Set()[Symbol.iterator](), ''[Symbol.iterator](),
    new Uint8Array(), 'x'.matchAll(/x/g),
  ];
  for (const sample of hidden) {
    for (let p = getPrototypeOf(sample); p !== null; p = getPrototypeOf(p)) addIntrinsic(p);
  }
  for (const name of nodeModule.builtinModules) {
    if (name.startsWith('_') || ['inspector', 'trace_events', 'wasi', 'sys', 'punycode'].includes(name)) continue;
    try {
      const builtin = require(name);
      addIntrinsic(builtin);
      for (const key of getOwnPropertyNames(builtin)) {
        const held = getOwnPropertyDescriptor(builtin, key);
        if (held && 'value' in held && typeof held.value === 'function') {
          addIntrinsic(held.value);
          addIntrinsic(held.value.prototype);
        }
      }
    } catch {
      continue;
    }
  }
  addIntrinsic(nodeModule);
  addIntrinsic(nodeModule.prototype);
}

const PLAIN_PROTOTYPES = new Set([
  String, Number, Boolean, BigInt, Array, Map, Set, Date, RegExp, Buffer, Uint8Array, ArrayBuffer,
].map((c) => c.prototype));
for (const sample of [[][Symbol.iterator](), new Map()[Symbol.iterator](), new Set()[Symbol.iterator]()]) {
  PLAIN_PROTOTYPES.add(getPrototypeOf(sample));
}

function isPlain(value) {
  if (value === null || value === undefined) return false;
  if (typeof value === 'object') return PLAIN_PROTOTYPES.has(getPrototypeOf(value));
  return typeof value !== 'function';
}

// Whether the target defined the class of `value`, or one that it inherits from.
function isInstance(value) {
  if (typeof value !== 'object' || value === null || util.types.isProxy(value)) return false;
  for (let p = getPrototypeOf(value), i = 0; p !== null && i < 20; p = getPrototypeOf(p), i++) {
    const held = getOwnPropertyDescriptor(p, 'constructor');
    if (held && typeof held.value === 'function' && owned(held.value)) return true;
  }
  return false;
}

// Whether `fn` came with a class that the target extends, and was not kept in an object by it.
function isInherited(receiver, fn) {
  for (let p = getPrototypeOf(receiver), i = 0; p !== null && i < 20; p = getPrototypeOf(p), i++) {
    const maker = getOwnPropertyDescriptor(p, 'constructor');
    if (maker && typeof maker.value === 'function' && owned(maker.value)) continue;
    if (getOwnPropertyNames(p).some((name) => (getOwnPropertyDescriptor(p, name) || {}).value === fn)) return true;
  }
  return false;
}

// Whether a dependency's wrapper (a promisified method, say) stands in the target's own class for
// the method, put there when the class was made and not kept in an object.
function isWrapped(receiver, fn) {
  const place = locate(fn);
  if (place === null || place.file.startsWith('node:')) return false;
  for (let p = getPrototypeOf(receiver), i = 0; p !== null && i < 20; p = getPrototypeOf(p), i++) {
    const maker = getOwnPropertyDescriptor(p, 'constructor');
    if (!maker || typeof maker.value !== 'function' || !owned(maker.value)) continue;
    if (getOwnPropertyNames(p).some((name) => (getOwnPropertyDescriptor(p, name) || {}).value === fn)) return true;
  }
  return false;
}

// What an iterator will give cannot be seen.
const iteratorPrototype = getPrototypeOf(getPrototypeOf([][Symbol.iterator]()));
function isOpaque(value) {
  if (util.types.isGeneratorObject(value)) return false;
  for (let p = getPrototypeOf(value), i = 0; p !== null && i < 20; p = getPrototypeOf(p), i++) {
    if (p === iteratorPrototype) return true;
  }
  return false;
}

function describe(value) {
  if (typeof value !== 'function') return Object.prototype.toString.call(value);
  const name = getOwnPropertyDescriptor(value, 'name');
  return `function ${name && typeof name.value === 'string' ? name.value : '?'}`;
}

function keepable(value, name) {
  if (value === globalThis || value === process || value === objectPrototype) {
    throw new Refused(`'${name}' leads out of the target`);
  }
  return value;
}

function attribute(owner, name) {
  if (BARRED.has(name) || name.startsWith('_')) throw new Refused(`'${name}' is not a public name`);
  if (owner === null || owner === undefined) throw new Missing(`nothing has '${name}' there`);
  const found = owner[name];
  if (found === undefined) throw new Missing(`there is no '${name}'`);
  return keepable(found, name);
}

function checkCallable(fn, receiver, ref) {
  if (typeof fn !== 'function') throw new Missing(`${ref} cannot be called`);
  if (owned(fn) || compiled(fn)) return;
  if (receiver !== undefined && !intrinsics.has(receiver)) {
    const place = locate(fn);
    const native = place === null || place.file.startsWith('node:');
    if (native && isPlain(receiver)) return;
    if (isInstance(receiver) && (isInherited(receiver, fn) || isWrapped(receiver, fn))) return;
  }
  throw new Refused(`${ref} is ${describe(fn)}, which the target does not define`);
}

function passable(value, iterators = false) {
  const seen = new Set();
  const pending = [value];
  while (pending.length) {
    const part = pending.pop();
    if (part === null || (typeof part !== 'object' && typeof part !== 'function')) continue;
    if (seen.has(part) || part === noop) continue;
    seen.add(part);
    if (seen.size > MAX_PARTS) throw new Refused('a value has too many parts to look through');
    if (intrinsics.has(part)) throw new Refused(`${describe(part)} cannot be passed on`);
    if (typeof part === 'function') {
      if (!owned(part)) {
        throw new Refused(`${describe(part)} cannot be passed on: the target does not define it`);
      }
      continue;
    }
    if (util.types.isProxy(part)) continue;
    if (!iterators && isOpaque(part)) {
      throw new Refused(`${describe(part)} cannot be passed on: what it will give cannot be seen`);
    }
    if (part instanceof Map) for (const [k, v] of part) pending.push(k, v);
    else if (part instanceof Set) for (const v of part) pending.push(v);
    else if (Array.isArray(part) || [objectPrototype, null].includes(getPrototypeOf(part))) {
      for (const name of Reflect.ownKeys(part)) {
        const held = getOwnPropertyDescriptor(part, name);
        if (held && 'value' in held) pending.push(held.value);
      }
    }
  }
  return value;
}

// --- sinks -----------------------------------------------------------------------------------

let step = -1;
let seenStacks = 0;
let busy = false;

function note(sink, event) {
  if (busy || step < 0 || seenStacks >= MAX_STACKS) return;
  busy = true;
  try {
    seenStacks += 1;
    send('sink', { sink, event, step, stack: currentStack().slice(0, 60) });
  } finally {
    busy = false;
  }
}

function realOf(file) {
  try {
    const text = file instanceof URL ? fileURLToPath(file) : Buffer.isBuffer(file) ? file.toString() : file;
    if (typeof text !== 'string') return '';
    const full = path.resolve(text);
    try {
      return realpathSync(full);
    } catch {
      return path.join(realpathSync(path.dirname(full)), path.basename(full));
    }
  } catch {
    return '';
  }
}

function flat(value, depth = 0) {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && depth < 3) return value.map((v) => flat(v, depth + 1)).join(' ');
  return '';
}

function wrap(owner, name, look) {
  const original = owner[name];
  if (typeof original !== 'function') return;
  const wrapped = function (...args) {
    try {
      look(args, name);
    } catch {
      // what cannot be looked at is carried out all the same
    }
    return new.target ? construct(original, args, new.target) : apply(original, this, args);
  };
  for (const key of Reflect.ownKeys(original)) {
    const held = getOwnPropertyDescriptor(original, key);
    try {
      defineProperty(wrapped, key, held);
    } catch {
      continue;
    }
  }
  addIntrinsic(wrapped);
  owner[name] = wrapped;
}

function installSinks() {
  const { watch } = plan;
  const command = (args, name) => {
    if (flat(args).includes(watch.command)) note('command', name);
  };
  for (const name of ['exec', 'execSync', 'execFile', 'execFileSync', 'spawn', 'spawnSync', 'fork']) {
    wrap(childProcess, name, command);
  }
  const written = (args, name) => {
    if (args.slice(0, 2).some((a) => realOf(a) === watch.canary)) note('file-write', name);
  };
  const opened = (args, name) => {
    const real = realOf(args[0]);
    if (real === watch.secret) note('file-read', name);
    const flags = args[1];
    const mode = typeof flags === 'object' && flags !== null ? flags.flags : flags;
    const writing = typeof mode === 'string' ? /[wa+]/.test(mode) : typeof mode === 'number' && (mode & 3);
    if (real === watch.canary && (writing || name.includes('Write'))) note('file-write', name);
  };
  const read = (args, name) => {
    if (realOf(args[0]) === watch.secret) note('file-read', name);
  };
  const writers = ['writeFile', 'appendFile', 'mkdir', 'rename', 'link', 'symlink', 'copyFile', 'cp', 'truncate'];
  for (const name of writers) {
    wrap(fs, name, written);
    wrap(fs, `${name}Sync`, written);
    wrap(fs.promises, name, written);
  }
  for (const name of ['open', 'openSync', 'createWriteStream']) wrap(fs, name, opened);
  wrap(fs.promises, 'open', opened);
  for (const name of ['readFile', 'readFileSync', 'createReadStream']) wrap(fs, name, read);
  wrap(fs.promises, 'readFile', read);
  const connected = (args) => {
    const options = Array.isArray(args[0]) ? args[0][0] : args[0];
    const port = options && typeof options === 'object' ? options.port : options;
    if (Number(port) === watch.port) note('callback', 'connect');
  };
  wrap(net.Socket.prototype, 'connect', connected);
  const asked = (args, name) => {
    if (flat(args.slice(0, 1)).includes(`:${watch.port}`) || (args[0] instanceof URL && args[0].port === String(watch.port))
        || (args[0] && typeof args[0] === 'object' && Number(args[0].port) === watch.port)) note('callback', name);
  };
  for (const module of [http, https]) for (const name of ['request', 'get']) wrap(module, name, asked);
  wrap(globalThis, 'fetch', asked);
  nodeModule.syncBuiltinESMExports();
}

// Second pass of the prototype oracle: an accessor tells who sets the token.
const PROTOTYPES = new Map([
  Object, Function, Array, String, Number, Boolean, Symbol, RegExp, Date, Map, Set, Promise, Error,
].map((c) => [c.prototype, `${c.name}.prototype`]));

// The names under which a planted property is known: the token itself, or as an absolute path, which
// is all that some targets accept.
const planted = () => [plan.watch.token, '/' + plan.watch.token];

function installTrap() {
  for (const prototype of PROTOTYPES.keys()) {
    for (const name of planted()) trapProperty(prototype, name);
  }
  for (const owner of [Object, Reflect]) {
    wrap(owner, 'defineProperty', (args) => {
      if (PROTOTYPES.has(args[0]) && planted().includes(args[1])) note('prototype', 'defineProperty');
    });
  }
}

function trapProperty(prototype, name) {
  defineProperty(prototype, name, {
    configurable: true,
    enumerable: false,
    get: () => undefined,
    set(value) {
      if (PROTOTYPES.has(this)) note('prototype', 'set');
      else if ((typeof this === 'object' && this !== null) || typeof this === 'function') {
        defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true });
      }
    },
  });
}

// --- values ----------------------------------------------------------------------------------

const handles = new Map();
let savedCount = 0;
const noop = function noop() {};
const requireTarget = nodeModule.createRequire(path.join(plan.tree, 'entry.cjs'));

const MAKE = {
  handle: (name) => resolve('$' + name).found,
  bytes: (text) => Buffer.from(text, 'base64'),
  path: (name) => path.join(plan.bundle, name),
  saved: ([name, content]) => {
    savedCount += 1;
    const folder = path.join(process.cwd(), `saved${savedCount}`);
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, name), make(content));
    return path.join(folder, name);
  },
  repeat: ([part, count]) => {
    const made = make(part);
    if (typeof made === 'string') return made.repeat(count);
    if (Buffer.isBuffer(made)) return Buffer.alloc(made.length * count, made);
    return [].concat(...Array.from({ length: count }, () => made));
  },
  concat: (parts) => {
    const made = parts.map(make);
    if (made.some(Buffer.isBuffer)) return Buffer.concat(made.map((p) => Buffer.from(p)));
    return made.every((p) => typeof p === 'string') ? made.join('') : [].concat(...made);
  },
  dict: (pairs) => {
    const made = {};
    for (const [key, value] of pairs) {
      defineProperty(made, key, { value: make(value), writable: true, enumerable: true, configurable: true });
    }
    return made;
  },
  none: () => null,
  undefined: () => undefined,
  noop: () => noop,
  float: (text) => Number(text.replace('inf', 'Infinity')),
  bigint: (text) => BigInt(text),
  json: (text) => parse(text),
  regexp: ([source, flags]) => new RegExp(source, flags),
};

function make(value) {
  if (Array.isArray(value)) return value.map(make);
  if (value === null || typeof value !== 'object') return value;
  const [word] = Object.keys(value);
  return MAKE[word](value[word]);
}

const argument = (value) => passable(make(value));

function shown(value, depth = 0) {
  if (value === null || value === undefined || typeof value === 'boolean') return value === undefined ? null : value;
  if (typeof value === 'string') return value.slice(0, MAX_VALUE);
  if (typeof value !== 'object') return String(typeof value === 'function' ? 'function' : value).slice(0, 400);
  if (util.types.isProxy(value)) return 'proxy';
  if (Buffer.isBuffer(value) || value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, Math.min(value.length, MAX_VALUE)).toString();
  }
  if (depth >= 4) return '…';
  if (Array.isArray(value)) return value.slice(0, 1000).map((v) => shown(v, depth + 1));
  const made = [];
  for (const key of Object.keys(value).slice(0, 1000)) {
    const held = getOwnPropertyDescriptor(value, key);
    if (held && 'value' in held) made.push([key, shown(held.value, depth + 1)]);
  }
  return made;
}

// --- steps -----------------------------------------------------------------------------------

const modules = new Map();
const ownName = plan.target.slice(packagesRoot.length);
async function load(name) {
  if (modules.has(name)) return modules.get(name);
  // By its own name only: a path would pass by what the package exports.
  if (name !== ownName && !name.startsWith(ownName + '/')) {
    throw new Refused(`module ${name} is not the target's`);
  }
  let file;
  try {
    file = requireTarget.resolve(name);
  } catch (error) {
    // packages that offer only an "import" condition
    if (error.code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED' || name !== ownName) throw new Missing(`module ${name} does not exist`);
  }
  if (file !== undefined && fileOrigin(file) !== 'target') {
    throw new Refused(`module ${name} is not the target's`);
  }
  let loaded;
  try {
    if (file === undefined) throw Object.assign(new Error(), { code: 'ERR_REQUIRE_ESM' });
    loaded = requireTarget(name);
  } catch (error) {
    if (error.code !== 'ERR_REQUIRE_ESM') throw error;
    const base = pathToFileURL(path.join(plan.tree, 'entry.mjs')).href;
    loaded = await importFrom(name, file, base);
  }
  modules.set(name, loaded);
  return loaded;
}

async function importFrom(name, file) {
  if (file !== undefined) return import(pathToFileURL(file).href);
  const entry = path.join(plan.tree, 'node_modules', name, 'package.json');
  const manifest = parse(readFileSync(entry, 'utf8'));
  const pick = (e) => (typeof e === 'string' ? e : e && pick(e['.'] || e.node || e.import || e.default));
  const main = pick(manifest.exports) || manifest.module || manifest.main || 'index.js';
  return import(pathToFileURL(path.join(path.dirname(entry), main)).href);
}

function walk(found, parts) {
  let receiver;
  for (const part of parts) {
    receiver = found;
    found = attribute(found, part);
  }
  return { found, receiver };
}

function resolve(ref) {
  if (!ref.startsWith('$')) {
    const colon = ref.indexOf(':');
    const name = colon < 0 ? ref : ref.slice(0, colon);
    return walk(modules.get(name), colon < 0 ? [] : ref.slice(colon + 1).split('.'));
  }
  const [name, ...parts] = ref.slice(1).split('.');
  if (!handles.has(name)) throw new Missing(`$${name} has no value, because its step raised`);
  return walk(handles.get(name), parts);
}

let owner = null;
let entered = false;
function begin(own) {
  entered = own;
  send('enter', { step, own });
}

function enter(fn, receiver, ref) {
  checkCallable(fn, receiver, ref);
  const place = locate(fn);
  if (place && fileOrigin(place.file) === 'target') owner = [fn.name || '<anonymous>', place.file, place.line, 'target'];
}

const OPERATIONS = {
  call(s) {
    const { found, receiver } = resolve(s.ref);
    enter(found, receiver, s.ref);
    const args = s.args.map(argument);
    begin(owned(found) || compiled(found) || isInstance(receiver));
    return apply(found, receiver, args);
  },
  new(s) {
    const { found } = resolve(s.ref);
    enter(found, undefined, s.ref);
    const args = s.args.map(argument);
    begin(true);
    return construct(found, args);
  },
  get: (s) => keepable(resolve(s.ref).found, s.ref),
  item(s) {
    const { found } = resolve(s.ref);
    const key = String(s.value);
    if (BARRED.has(key) || key.startsWith('_')) throw new Refused(`'${key}' is not a public name`);
    if (found === null || found === undefined) throw new Missing('nothing to take an item of');
    return keepable(found instanceof Map ? found.get(s.value) : found[s.value], 'item');
  },
  builtin(s) {
    const args = s.args.map((value) => passable(make(value), true));
    begin(args.some(isInstance));
    return BUILTINS[s.ref](...args);
  },
  set(s) {
    const [handle, name] = s.ref.split('.');
    const { found } = resolve(handle);
    if (typeof found !== 'object' || found === null || intrinsics.has(found)) {
      throw new Refused('only attributes of plain objects and instances can be set');
    }
    if (BARRED.has(name) || name.startsWith('_')) throw new Refused(`'${name}' is not a public name`);
    found[name] = argument(s.value);
  },
};

const BUILTINS = {
  list: (x) => Array.from(x),
  len: (x) => (x.length === undefined ? x.size : x.length),
  str: (x) => String(x),
  bytes: (x) => Buffer.from(x),
  next: (x) => x.next(),
  iter: (x) => x[Symbol.iterator](),
  repr: (x) => util.inspect(x, { depth: 4, customInspect: false }),
  dict: (x) => MAKE.dict(Array.from(x)),
  json: (x) => stringify(x),
};

function classNames(error) {
  const names = [];
  if (typeof error !== 'object' || error === null) return [typeof error, typeof error];
  for (let p = getPrototypeOf(error); p !== null && names.length < 20; p = getPrototypeOf(p)) {
    const held = getOwnPropertyDescriptor(p, 'constructor');
    const name = held && typeof held.value === 'function' ? held.value.name : '';
    if (name && name !== 'Object' && name !== 'Error') names.push(name, name);
  }
  try {
    if (typeof error.name === 'string' && error.name !== 'Error') names.push(error.name);
  } catch {
    // a name that cannot be read is none
  }
  return names;
}

function tellRaised(index, error, expected, inside) {
  Error.prepareStackTrace = prepare;
  const stack = errorStack(error);
  let text = '';
  try {
    text = String(error && error.message !== undefined ? error.message : error).slice(0, 4000);
  } catch {
    text = '';
  }
  send('raised', {
    step: index, names: classNames(error), text, expected, unfit: false,
    outside: !inside && !stack.some((f) => f[3] === 'target'),
    stack: stack.slice(0, 60), depth: stack.length,
  });
}

function checkPrototype() {
  if (plan.trap) return;
  for (const [prototype, name] of PROTOTYPES) {
    if (planted().some((own) => ownHas(prototype, own))) send('polluted', { step, why: name });
  }
}

async function carryOut() {
  for (let index = 0; index < plan.steps.length; index++) {
    const s = plan.steps[index];
    step = index;
    owner = null;
    entered = false;
    let result;
    try {
      result = OPERATIONS[s.op](s);
      if (s.await) result = await result;
      if (s.as) handles.set(s.as, result);
    } catch (error) {
      checkPrototype();
      if (error instanceof Refused) return send('refused', { step: index, why: error.message });
      if (error instanceof Missing) return send('missing', { step: index, why: error.message });
      tellRaised(index, error, s.may_raise, entered);
      if (!s.may_raise) return undefined;
      continue;
    }
    checkPrototype();
    send('value', { step: index, value: shown(result), owner });
  }
  return undefined;
}

let dumper = null;
let finished = false;
function finish() {
  if (finished) return;
  finished = true;
  checkPrototype();
  send('done', { node: process.version });
  if (!dumper) exit(0);
  // Node waits for a debugger that is still attached.
  dumper.ref();
  dumper.once('message', () => exit(0));
  dumper.postMessage('stop');
}

async function main() {
  gatherIntrinsics();
  Error.prepareStackTrace = prepare;
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, (error) => {
      tellRaised(step, error, false, true);
      finish();
    });
  }
  installSinks();
  if (plan.trap) installTrap();
  const problems = new Map();
  for (const name of plan.modules) {
    try {
      await load(name);
    } catch (error) {
      problems.set(name, error);
    }
  }
  if (plan.hang) await startDumper();
  send('steps');
  for (const [name, error] of problems) {
    const index = plan.steps.findIndex((s) => s.ref === name || s.ref.startsWith(name + ':'));
    const kind = error instanceof Refused ? 'refused' : 'missing';
    send(kind, { step: index, why: `module ${name}: ${error.message}` });
    finish();
    return;
  }
  await carryOut();
  process.on('beforeExit', finish);
  setTimeout(finish, SETTLE_MS).unref();
}

// A second thread that pauses this one on request and writes down its stack.
function startDumper() {
  const { Worker } = require('worker_threads');
  dumper = new Worker(path.join(__dirname, 'dumper.cjs'), {
    workerData: { control: plan.control, dump: plan.dump },
  });
  dumper.unref();
  return new Promise((ready) => { dumper.once('message', ready); });
}

main();
