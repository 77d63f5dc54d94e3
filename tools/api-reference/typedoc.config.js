/** How TypeDoc makes the API reference: a page for every entry point of package.json, and no warning is let pass. */
import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);
const { exports } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));

/** The source of what is built: `./dist/pure/pci/index.js` is made of `src/pure/pci/index.ts`. */
const sources = Object.values(exports)
  .filter(it => typeof it === 'object')
  .map(it => it.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts'));

/** The declarations that types of JSON outputs follow from: `AttachJson` is `Json<typeof attachDocument>`. */
const schemas = new URL('src/pure/reports/schemas/', root);
const declarations = readdirSync(schemas).flatMap(name =>
  [...readFileSync(new URL(name, schemas), 'utf8').matchAll(/Json<typeof (\w+)>/g)].map(([, declared]) => declared),
);

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  name: 'vfio-airlock',
  entryPoints: sources.map(path => new URL(path, root).pathname),
  out: new URL('dist/api', root).pathname,
  readme: 'none',
  disableGit: true,
  disableSources: true,
  excludePrivate: true,
  excludeProtected: true,
  excludeInternal: true,
  sort: ['source-order'],
  validation: { notExported: true, invalidLink: true, rewrittenLink: true, notDocumented: true },
  // How a type is worked out from a declaration, and what only a rule and its profile see: nobody writes these names.
  intentionallyNotExported: [
    ...['Layout.pieces', 'Decoding', 'Encoding', 'Values', 'Inputs', 'capabilityFields', 'WORDS', 'Redacts'],
    ...['decodeHwInfoVtd', 'decodeHwInfoSmmuv3', 'decodeHwInfoTegra241Cmdqv', 'decodeHwInfoAmd'],
    ...['Json', 'CONTROL_RESULTS', ...declarations],
    ...['DeviceRule', 'CapabilityRule', 'CompiledStage'],
  ],
  requiredToBeDocumented: ['Class', 'Interface', 'TypeAlias', 'Variable', 'Function', 'Enum', 'Module'],
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
};
