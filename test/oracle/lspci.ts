/** lspci in the oracle root: where it is, whether it can run, and what it prints for a dump. */
import { spawnSync } from 'node:child_process';
import { relative } from 'node:path';
import { capabilityTitle } from '../../src/pure/pci/index.ts';
import { oracleRoot, skipWithoutChroot } from './oracle-root.ts';

/** The Debian root that lspci runs in. */
export const lspciRoot = oracleRoot;

/** The reason why tests with lspci cannot run here, or false. */
export const skipWithoutLspci = skipWithoutChroot('lspci');

/** The lines that lspci prints for the dump at `path`, which lies in the root. */
export function runLspci(path: string, options: readonly string[]): string[] {
  const inside = `/${relative(lspciRoot, path)}`;
  const { status, stdout, stderr } = spawnSync('chroot', [lspciRoot, 'lspci', '-F', inside, ...options], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: 120_000,
  });
  if (status !== 0) throw new Error(`lspci -F ${inside} ends with status ${status}: ${stderr}`);
  return stdout.replace(/\n$/, '').split('\n');
}

/** Capability IDs that lspci 3.13 has no title for and a public document has. */
export const NAMED_HERE = {
  standard: [0x15],
  extended: [0x0c, 0x14, 0x2b, 0x2c, 0x2d, 0x2f, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a],
} as const;

const TITLES_HERE: ReadonlyMap<string, string> = new Map([
  ...NAMED_HERE.standard.map((id): [string, string] => [capabilityTitle('standard', id), `Capability ID 0x${id.toString(16)}`]),
  ...NAMED_HERE.extended.map((id): [string, string] => [capabilityTitle('extended', id), `Extended Capability ID 0x${id.toString(16)}`]),
]);

/** A line of either with the ID in place of a title that lspci does not have, and without the two bytes that it shows of ID 15h. */
export function dropNamesHere(line: string): string {
  const [, place = '', title = ''] = /^(\tCapabilities: \[.*?\] )?(.*?) <\?>$/.exec(line) ?? [];
  const id = TITLES_HERE.get(title);
  return id === undefined ? line.replace(/(?<=Capability ID 0x15) \[[0-9a-f]{4}\]$/, '') : place + id;
}

/** Regions that follow a 64-bit one and have no address. */
const AFTER_PAIR =
  /^(\t(?:Region \d: )?Memory at .*\(64-bit, .*)(?:\n\t(?:Region \d: )?(?:Memory at <unassigned> |I\/O ports at (?:<unassigned>|0000)).*)+$/gm;

/**
 * lspci 3.13 prints the upper half of a 64-bit BAR, where it is not 0, as a region of its own without an address. It is none
 * (PCI 3.0 §6.2.5.1), so such lines are left out on both sides.
 */
export function dropUpperHalves(lines: readonly string[]): string[] {
  return lines.join('\n').replace(AFTER_PAIR, '$1').split('\n');
}
