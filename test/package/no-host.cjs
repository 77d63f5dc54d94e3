/** Preloaded into the command: ends it with 99, and a line that says why, where it loads native code or looks below /proc or /sys. */
const fs = require('node:fs');
const Module = require('node:module');

const { writeSync } = fs;

function refuse(what) {
  writeSync(2, `no-host: ${what}\n`);
  // Without what a process does when it exits.
  process.reallyExit(99);
}

/** Whether a path, as functions of node:fs take it, is one of the kernel's. */
function isKernels(path) {
  const text = path instanceof URL ? path.pathname : Buffer.isBuffer(path) ? path.toString() : path;
  return typeof text === 'string' && /^\/+(?:proc|sys|dev\/(?:vfio|iommu))(?:\/|$)/.test(text);
}

function guard(module, name) {
  const original = module[name];
  module[name] = function guarded(...args) {
    if (args.slice(0, 2).some(isKernels)) refuse(`${name} ${args[0]}`);
    return Reflect.apply(original, this, args);
  };
  for (const key of Object.keys(original)) module[name][key] = original[key];
  if (original[Symbol.for('nodejs.util.promisify.custom')] !== undefined)
    module[name][Symbol.for('nodejs.util.promisify.custom')] = original[Symbol.for('nodejs.util.promisify.custom')];
}

for (const module of [fs, fs.promises])
  for (const name of Object.keys(module)) if (typeof module[name] === 'function' && /^[a-z]/.test(name)) guard(module, name);
Module.syncBuiltinESMExports();

const resolve = Module._resolveFilename;
Module._resolveFilename = function resolveFilename(request, ...others) {
  if (/koffi/.test(request)) refuse(`loads ${request}`);
  return Reflect.apply(resolve, this, [request, ...others]);
};
process.dlopen = (_, path) => refuse(`loads ${path}`);

if (process.env.AIRLOCK_TEST_PLATFORM !== undefined)
  Object.defineProperty(process, 'platform', { value: process.env.AIRLOCK_TEST_PLATFORM });
