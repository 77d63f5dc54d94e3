/** Loaded before the built command by `record.ts`: at the end writes the code that V8 made of each chunk. */
const { writeFileSync } = require('node:fs');
const { basename, dirname, join } = require('node:path');
const vm = require('node:vm');

const { AIRLOCK_CODE_FOLDER: folder, AIRLOCK_CHUNKS: built } = process.env;
const chunks = new Map();

vm.Script = class extends vm.Script {
  constructor(text, options) {
    super(text, options);
    if (folder !== undefined && dirname(options.filename) === built) chunks.set(basename(options.filename), this);
  }
};

process.on('exit', () => {
  for (const [name, script] of chunks) writeFileSync(join(folder, name), script.createCachedData());
});
