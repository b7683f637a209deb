// Run a proof script once against recording stand-ins of a Node target and send the steps.
//
// Runs in the sandbox. The script is code of a stranger: everything sent from here is hostile data
// that the host reads as strictly as a bundle, and that proves nothing until it is replayed.
'use strict';

const fs = require('fs');
const path = require('path');
const nodeModule = require('module');

const MAX_STEPS = 400;
const SETTLE_MS = 1500;
const plan = JSON.parse(fs.readFileSync(0, 'utf8'));

const steps = [];
let unsayable = '';
let raisedLast = false;
let names = 0;
const known = new WeakMap(); // object of the target → its handle
const insides = new WeakMap(); // stand-in → what it stands for

function send(message) {
  let line = Buffer.from(JSON.stringify({ k: plan.key, ...message }) + '\n');
  while (line.length) {
    try {
      line = line.subarray(fs.writeSync(plan.channel, line));
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

class Unsayable extends Error {}
function cannot(why) {
  unsayable = unsayable || why;
  throw new Unsayable(why);
}

function add(step, keep = true) {
  if (raisedLast) steps[steps.length - 1].may_raise = true; // the script went on after it
  raisedLast = false;
  if (steps.length >= MAX_STEPS) cannot(`it takes more than ${MAX_STEPS} steps`);
  steps.push(step);
  if (!keep) return '';
  names += 1;
  step.as = `r${names}`;
  return step.as;
}

function handleOf(inside) {
  if (!inside.handle) inside.handle = add({ get: inside.ref });
  if (inside.handle.includes('.')) cannot('it passes a bound method on');
  return inside.handle;
}

const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';

function said(value, depth = 0) {
  if (depth > 20) cannot('it passes values that are too deep');
  if (value === null) return { none: true };
  if (value === undefined) return { undefined: true };
  if (typeof value === 'bigint') return { bigint: String(value) };
  if (!isObject(value)) {
    if (typeof value === 'symbol') cannot('it passes a symbol');
    return Number.isFinite(value) || typeof value !== 'number' ? value : { float: String(value).replace('Infinity', 'inf').toLowerCase() };
  }
  if (insides.has(value)) return { handle: handleOf(insides.get(value)) };
  if (known.has(value)) return { handle: known.get(value) };
  if (Buffer.isBuffer(value) || value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return Array.from(value, (v) => said(v, depth + 1));
  if (value instanceof RegExp) return { regexp: [value.source, value.flags] };
  if (typeof value === 'function') return cannot('it passes a function on');
  const proto = Object.getPrototypeOf(value);
  if (proto !== Object.prototype && proto !== null) return cannot('it passes an object that is no plain data');
  return { dict: Object.getOwnPropertyNames(value).map((k) => [k, said(value[k], depth + 1)]) };
}

const unwrap = (value, depth = 0) => {
  if (!isObject(value) || depth > 20) return value;
  if (insides.has(value)) return insides.get(value).real;
  if (Array.isArray(value)) return value.map((v) => unwrap(v, depth + 1));
  if (Object.getPrototypeOf(value) === Object.prototype && !known.has(value)) {
    const made = {};
    for (const k of Object.getOwnPropertyNames(value)) {
      Object.defineProperty(made, k, { value: unwrap(value[k], depth + 1), writable: true, enumerable: true, configurable: true });
    }
    return made;
  }
  return value;
};

function given(real, handle) {
  if (!isObject(real)) return real;
  if (typeof real === 'object' && (Array.isArray(real) || Buffer.isBuffer(real) || Object.getPrototypeOf(real) === Object.prototype)) {
    known.set(real, handle);
    return real;
  }
  return standIn({ real, handle });
}

function carryOut(step, act) {
  const handle = add(step);
  let real;
  try {
    real = act();
  } catch (error) {
    raisedLast = !(error instanceof Unsayable);
    throw error;
  }
  if (real instanceof Promise) {
    step.await = true;
    return real.then((value) => given(value, handle));
  }
  return given(real, handle);
}

// A stand-in is a proxy over a function, so that it can be called and constructed.
function standIn(inside) {
  const reference = () => (inside.handle ? `$${inside.handle}` : inside.ref);
  const proxy = new Proxy(function standIn() {}, {
    get(_, name) {
      const real = inside.real[name];
      if (typeof name === 'symbol' || name.startsWith('_') || name === 'prototype' || name === 'constructor') return real;
      if (inside.handle) {
        if (typeof real === 'function') return standIn({ real: real.bind(inside.real), handle: `${inside.handle}.${name}` });
        return isObject(real) ? given(real, add({ get: `$${inside.handle}.${name}` })) : real;
      }
      if (!isObject(real)) return real;
      const ref = inside.ref.includes(':') ? `${inside.ref}.${name}` : `${inside.ref}:${name}`;
      return standIn({ real: typeof real === 'function' ? bound(real, inside.real) : real, ref });
    },
    set(_, name, value) {
      add({ set: `$${handleOf(inside)}.${String(name)}`, value: said(value) }, false);
      inside.real[name] = unwrap(value);
      return true;
    },
    apply(_, self, args) {
      const step = { call: reference(), args: args.map((v) => said(v)) };
      return carryOut(step, () => inside.real(...args.map((v) => unwrap(v))));
    },
    construct(_, args) {
      const step = { new: reference(), args: args.map((v) => said(v)) };
      return carryOut(step, () => new (inside.original || inside.real)(...args.map((v) => unwrap(v))));
    },
    has: (_, name) => name in inside.real,
    getPrototypeOf: () => Object.getPrototypeOf(inside.real),
  });
  insides.set(proxy, inside);
  return proxy;
}

// A method keeps its receiver, a class stays a class with its static members.
function bound(real, receiver) {
  return new Proxy(real, { apply: (fn, _, args) => Reflect.apply(fn, receiver, args) });
}

const requireTarget = nodeModule.createRequire(path.join(plan.tree, 'entry.cjs'));
function scriptRequire(name) {
  if (name === 'seawall') return { ...plan.given, bundle: (file) => path.join(plan.bundle, file) };
  let file;
  try {
    file = requireTarget.resolve(name);
  } catch {
    return require(name);
  }
  const ours = file.startsWith(plan.target + '/') && !file.slice(plan.target.length + 1).includes('node_modules/');
  return ours ? standIn({ real: requireTarget(name), ref: name }) : require(file);
}

let ended = false;
function end(error) {
  if (ended) return;
  ended = true;
  if (error !== undefined && !(error instanceof Unsayable)) {
    const kinds = [];
    for (let p = isObject(error) ? Object.getPrototypeOf(error) : null; p !== null; p = Object.getPrototypeOf(p)) {
      const name = p.constructor && p.constructor.name;
      if (name && name !== 'Object' && name !== 'Error') kinds.push(name, name);
    }
    send({ t: 'raised', step: steps.length - 1, names: kinds.slice(0, 20), text: String(error && error.message).slice(0, 400) });
  }
  const { token } = plan.watch;
  for (const made of [Object, Function, Array, String, Number]) {
    if (Object.prototype.hasOwnProperty.call(made.prototype, token)) send({ t: 'polluted', step: -1, why: `${made.name}.prototype` });
  }
  send({ t: 'transcript', value: { steps, files: {} }, why: unsayable });
  send({ t: 'done' });
  process.exit(0);
}

async function main() {
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
  process.on('beforeExit', () => end());
  send({ t: 'steps' });
  const run = new (Object.getPrototypeOf(async function () {}).constructor)('require', 'module', 'exports', plan.script);
  const module = { exports: {} };
  try {
    await run(scriptRequire, module, module.exports);
  } catch (error) {
    end(error);
  }
  setTimeout(() => end(), SETTLE_MS).unref();
}

main();
