/** Text of lspci that was spoilt in any way: reading it ends, throws nothing but a fault of its syntax, and takes bounded memory. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { view } from '../../src/pure/guest-view/index.ts';
import { dumpFacts, InputSyntaxError, parseLspciDump } from '../../src/pure/inputs/index.ts';
import { decodeDevice, unknownPlaces } from '../../src/pure/pci/index.ts';

const WORDS = [
  'Capabilities: ',
  '[40] ',
  '[100 v1] ',
  '[ffc v15] ',
  '[1b0] ',
  'Express (v2) Endpoint, MSI 00',
  'MSI: Enable+ Count=1/32 Maskable+ 64bit+',
  'Virtual Channel',
  'VC7:\tCaps:\tPATOffset=ff MaxTimeSlots=128 RejSnoopTrans+',
  'Single Root I/O Virtualization (SR-IOV)',
  'Region 5: Memory at ffffffffffffffff (64-bit, prefetchable) [size=8E]',
  'BAR 0: current size: 8EB, supported: 1MB 8EB',
  'Physical Resizable BAR',
  'Root Complex Link',
  'Link255:\tDesc:\tTargetPort=ff TargetComponent=ff AssocRCRB+ LinkType=Config LinkValid+',
  'Address Translation Service (ATS)',
  'Control: I/O+ Mem+',
  'Flags: bus master, fast devsel, latency 0',
  'Bus: primary=00, secondary=ff, subordinate=ff, sec-latency=255',
  'L1SubCap: PCI-PM_L1.2+ PortTPowerOnTime=99999999999999999999us',
  'Max snoop latency: 99999999999999999ns',
  'LTR1.2_Threshold=0ns',
  '__proto__+ constructor- toString+',
  '<access denied>',
  '\t',
  '\t\t',
  '\n\t',
  '\n\t\t',
  '\n00:1f.0 ISA bridge [0601]: x [8086:1234] (rev ff)\n',
  '\u0000\u001b[31m',
  '00: 86 80 33 15 07 00 10 00 03 00 00 02 10 00 00 00\n',
];

const texts = fc
  .array(fc.oneof(fc.constantFrom(...WORDS), fc.string({ maxLength: 12 })), { maxLength: 60 })
  .map(parts => `00:02.0 x\n${parts.join('')}\n`);

test('parseLspciDump ends on any text of lspci, and what it gives can be viewed', () => {
  fc.assert(
    fc.property(texts, text => {
      try {
        for (const device of parseLspciDump(new TextEncoder().encode(text))) {
          const { config } = device;
          assert.ok(config.bytes.length <= 4096);
          for (const place of unknownPlaces(config)) assert.ok(place.from <= place.to && place.to < 4096);
          decodeDevice(config);
          view(dumpFacts(device), {});
        }
      } catch (error) {
        if (!(error instanceof InputSyntaxError)) throw error;
      }
    }),
    { numRuns: 2000 },
  );
});
