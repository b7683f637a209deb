// Print the functions that a package exports, one "module:name" a line.
'use strict';
const name = process.argv[2];
let made;
try { made = require(name); } catch { process.exit(0); }
if (typeof made === 'function') console.log(name);
for (const key of Object.keys(made)) {
  if (/^[A-Za-z]\w*$/.test(key) && typeof made[key] === 'function') console.log(`${name}:${key}`);
}
