/**
 * Decodes a dump of `lspci -x` to `-xxxx`: one that is named, or a small one of its own.
 *
 *   npm run build && node --import tsx examples/decode-a-dump.ts [DUMP]
 */
import { readFileSync } from 'node:fs';
import { parseLspciDump } from 'vfio-airlock/inputs';
import { decodeDevice } from 'vfio-airlock/pci';
import { formatLspci } from 'vfio-airlock/render';

/** What `lspci -x` gives without privilege: 64 bytes. The rest is not known, which is not the same as zero. */
const SMALL = `01:00.0 3D controller: a device of an example
00: 34 12 01 a0 02 05 10 00 a1 00 02 03 10 00 00 00
10: 00 00 00 90 0c 00 00 00 00 44 00 00 00 00 00 00
20: 00 00 00 00 00 00 00 00 00 00 00 00 34 12 01 a0
30: 00 00 00 00 60 00 00 00 00 00 00 00 ff 01 00 00
`;

const [path] = process.argv.slice(2);
const dump = path === undefined ? new TextEncoder().encode(SMALL) : readFileSync(path);

for (const { bdf, config } of parseLspciDump(dump)) {
  const device = decodeDevice(config, bdf);
  process.stdout.write(`${formatLspci(device, { verbosity: 1, numeric: 'both' }).join('\n')}\n`);
  process.stdout.write(`\t${config.knownLength} bytes are known\n`);
  // Fields of a capability are values, not text.
  const ats = device.capabilities.find(({ name }) => name === 'ATS');
  if (ats !== undefined) process.stdout.write(`\tATS: ${JSON.stringify(ats.fields)}\n`);
  // Strange or missing bytes are findings, never exceptions.
  for (const { text, code } of device.findings) process.stdout.write(`\tfinding: ${text} (${code})\n`);
}
