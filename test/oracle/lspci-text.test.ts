/** lspci's own text of a dump, read without the bytes, says of each bit what the bytes say, and prints again as it was. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type ParsedDevice, parseLspciDump } from '../../src/pure/inputs/index.ts';
import { ConfigSpace, type DeviceNames, decodeDevice, parsePciIds, walkExtended, walkStandard } from '../../src/pure/pci/index.ts';
import { formatLspci } from '../../src/pure/render/lspci/device.ts';
import { lspciRoot, runLspci, skipWithoutLspci } from './lspci.ts';

const repository = join(import.meta.dirname, '../..');
const folder = process.env.AIRLOCK_DUMPS ?? join(repository, '../shared/dumps');
const skip = existsSync(folder) ? skipWithoutLspci : 'there are no dumps: set AIRLOCK_DUMPS to a folder of them';
const dumps = skip ? [] : readdirSync(folder).filter(name => name.endsWith('.lspci'));

const MODES = [['-n'], ['-v'], ['-nnv'], ['-vv'], ['-nvvv'], ['-nnvvvv']];

let names: DeviceNames;
let scratch = '';

before(() => {
  if (skip) return;
  names = parsePciIds(readFileSync(join(lspciRoot, 'usr/share/misc/pci.ids'), 'utf8'));
  scratch = mkdtempSync(join(lspciRoot, 'tmp/airlock-text-'));
});

after(() => {
  if (scratch !== '') rmSync(scratch, { recursive: true });
});

/** The devices of a dump by its bytes, and the same by lspci's text. */
async function bothWays(dump: string, mode: readonly string[]): Promise<{ bytes: ParsedDevice[]; text: ParsedDevice[]; lines: string[] }> {
  const copy = join(scratch, dump);
  await copyFile(join(folder, dump), copy);
  const lines = runLspci(copy, mode);
  const bytes = parseLspciDump(readFileSync(copy)).sort((a, b) => a.bdf.compare(b.bdf));
  return { bytes, text: parseLspciDump(Buffer.from(`${lines.join('\n')}\n`, 'latin1')), lines };
}

/** Asserts that each bit which the text gives is that of the device. */
function assertTrue(text: ConfigSpace, bytes: ConfigSpace, what: string): void {
  for (let at = 0; at < text.bytes.length; at++) {
    const known = text.knownBits(at) & bytes.knownBits(at);
    assert.equal(
      text.readKnownBits(at) & known,
      bytes.readKnownBits(at) & known,
      `${what}: byte ${at.toString(16)}, bits ${known.toString(16)}`,
    );
  }
}

for (const dump of dumps) {
  for (const mode of MODES) {
    test(`lspci ${mode.join(' ')} of ${dump}, read as text, gives no bit that the bytes do not have`, { skip }, async () => {
      const { bytes, text } = await bothWays(dump, mode);
      assert.deepEqual(
        text.map(({ bdf }) => bdf.text),
        bytes.map(({ bdf }) => bdf.text),
      );
      for (const [i, device] of text.entries()) assertTrue(device.config, bytes[i]?.config ?? device.config, device.bdf.text);
    });
  }
}

/** Registers from here on may say that more follow, beyond the end of the space; lspci prints none of a capability that is cut there. */
const LAST = 0xfb0;

/** The config space with all bits that the text did not give set, or all clear; its lists are those of the text. */
function filled(config: ConfigSpace, fill: number): ConfigSpace {
  const fillAt = (at: number) => (at < LAST ? fill & ~config.knownBits(at) : 0);
  const bytes = Uint8Array.from({ length: config.bytes.length }, (_, at) => config.readKnownBits(at) | fillAt(at));
  return new ConfigSpace(bytes, null, null, config.listing);
}

const refs = (config: ConfigSpace) => {
  const standard = walkStandard(config).capabilities;
  return [...standard, ...walkExtended(config).capabilities].map(({ kind, id, offset, version }) => ({ kind, id, offset, version }));
};

/** Lines whose words are not those of a register, or that say of one less than it holds, and why. */
const NOT_GIVEN: readonly { readonly why: string; readonly line: RegExp }[] = [
  {
    why: 'the address of a region is where the kernel has it',
    line: /^\t(?:Region \d: |\[virtual\] )?(?:Memory|I\/O ports|Expansion ROM) at /,
  },
  { why: "the interrupt's number is the kernel's", line: /^\tInterrupt: / },
  { why: "the windows of a bridge are the kernel's", line: /^\t(?:I\/O|Memory|Prefetchable memory) behind bridge: / },
  {
    why: 'registers of HyperTransport are not read',
    line: /^\t(?:Capabilities: \[..\] HyperTransport: |\t(?:Command|Link (?:Control|Config|Frequency|Error).*|Revision ID|Feature Capability|Error Handling|Prefetchable memory behind bridge Upper|Bus Number|Mapping Address Base|!!!.*)\b)/,
  },
  {
    why: 'entries of Enhanced Allocation are not read',
    line: /^\t(?:Capabilities: \[..\] Enhanced Allocation|\t(?:Entry \d+:|\t (?:BAR Equivalent|PrimaryProp|SecondaryProp|Base:|MaxOffset:)))/,
  },
  {
    why: "registers of CXL's DVSECs are not read",
    line: /^\t\t(?:CXL|FB|Range[12]:|\tValid|Block\d|GPF|FuncMap|NumLogDevs|<\?>|Alternate|Reserved time)/,
  },
  {
    why: 'how long a capability of virtio is stands nowhere',
    line: /^\t(?:Capabilities: \[..\] Vendor Specific Information: VirtIO|\tBAR=\d offset)/,
  },
  {
    why: 'value and scale of a time are printed as one number',
    line: /^\t\t(?:\t *(?:PortCommonMode|T_CommonMode)|L1SubCtl2: |Max (?:no )?snoop latency: )/,
  },
  { why: 'value and scale of a power limit are printed as one number', line: /PowerLimit [\d.]+W/ },
  { why: 'where the table stands is printed, whatever its size', line: /^\t\t\t?(?:VC|Port) Arbitration Table/ },
  { why: 'two codes stand for the slowest speed', line: /^\t\tLnkCtl2: Target Link Speed: 2\.5GT\/s/ },
  {
    why: 'the windows of a CardBus bridge, and with them its legacy ports, are not read',
    line: /^\t(?:(?:Memory|I\/O) window \d: |16-bit legacy)/,
  },
  { why: 'it is printed where another bit of the register is set, too', line: /^\t\tBridge: PM/ },
];

for (const dump of dumps) {
  test(`lspci -nnvvv of ${dump}, read as text, prints again as it was, whatever is not known`, { skip }, async () => {
    const { bytes, text, lines } = await bothWays(dump, ['-nnvvv']);
    const missing: string[] = [];
    const wanted = lines
      .join('\n')
      .split('\n\n')
      .map(block => block.split('\n'));
    for (const [i, { bdf, config }] of text.entries()) {
      const whole = bytes[i]?.config;
      assert.ok(whole !== undefined);
      for (const fill of [0, 0xff]) {
        const again = formatLspci(decodeDevice(filled(config, fill), bdf), {
          names,
          domain: text.some(one => one.bdf.domain !== 0),
          numeric: 'both',
          verbosity: 3,
        });
        for (const line of wanted[i] ?? [])
          if (line !== '' && !again.some(other => other.startsWith(line)) && !NOT_GIVEN.some(one => one.line.test(line)))
            missing.push(`${fill}: ${line}`);
      }
    }
    assert.deepEqual([...new Set(missing)], []);
  });
}

for (const dump of dumps) {
  test(`lspci -nnvvv of ${dump}, read as text, has the capabilities that the bytes have`, { skip }, async () => {
    const { bytes, text } = await bothWays(dump, ['-nnvvv']);
    const extended = (config: ConfigSpace) => refs(config).filter(({ kind, id }) => kind === 'standard' || id !== 0);
    for (const [i, { bdf, config }] of text.entries()) {
      const device = decodeDevice(bytes[i]?.config ?? config);
      const wanted = device.capabilities.map(({ ref: { kind, id, offset, version } }) => ({ kind, id, offset, version }));
      assert.deepEqual(extended(config), wanted, bdf.text);
    }
  });
}
