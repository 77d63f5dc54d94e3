import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeDevice, walkExtended, walkStandard } from '../../pci/index.ts';
import { inputDoubts, LspciDumpParser, type ParsedDevice, parseLspciDump } from '../index.ts';

const parse = (text: string): ParsedDevice[] => parseLspciDump(new TextEncoder().encode(text));

function one(text: string): ParsedDevice {
  const [device] = parse(text);
  assert.ok(device !== undefined);
  return device;
}

const NIC = `3b:00.0 Ethernet controller [0200]: Intel Corporation I210 [8086:1533] (rev 03)
	Subsystem: Intel Corporation Device [8086:0002]
	Control: I/O+ Mem+ BusMaster+ SpecCycle- MemWINV- VGASnoop- ParErr- Stepping- SERR- FastB2B- DisINTx+
	Status: Cap+ 66MHz- UDF- FastB2B- ParErr- DEVSEL=fast >TAbort- <TAbort- <MAbort- >SERR- <PERR- INTx-
	Latency: 0, Cache Line Size: 64 bytes
	Interrupt: pin A routed to IRQ 18
	NUMA node: 1
	IOMMU group: 14
	Region 0: Memory at f7c00000 (32-bit, non-prefetchable) [size=512K]
	Region 2: I/O ports at e000 [size=32]
	Capabilities: [40] Power Management version 3
		Flags: PMEClk- DSI+ D1- D2- AuxCurrent=0mA PME(D0+,D1-,D2-,D3hot+,D3cold+)
		Status: D0 NoSoftRst+ PME-Enable- DSel=0 DScale=1 PME-
	Capabilities: [a0] Express (v2) Endpoint, MSI 00
		DevCap:	MaxPayload 512 bytes, PhantFunc 0, Latency L0s <512ns, L1 <64us
			ExtTag- AttnBtn- AttnInd- PwrInd- RBE+ FLReset+ SlotPowerLimit 0.000W
	Capabilities: [100 v2] Advanced Error Reporting
		UESta:	DLP- SDES- TLP- FCP- CmpltTO- CmpltAbrt- UnxCmplt- RxOF- MalfTLP- ECRC- UnsupReq+ ACSViol-
	Capabilities: [1b0 v1] Address Translation Service (ATS)
		ATSCap:	Invalidate Queue Depth: 10
		ATSCtl:	Enable+, Smallest Translation Unit: 00
	Kernel driver in use: igb
	Kernel modules: igb
`;

test('parseLspciDump reads capabilities, fields and facts of a host from text without bytes', () => {
  const { config, assignment, regions, text } = one(NIC);
  const { header, capabilities } = decodeDevice(config);
  assert.deepEqual([header.common.vendorId, header.common.deviceId, header.common.revisionId], [0x8086, 0x1533, 3]);
  assert.equal(header.common.command?.busMasterEnable, true);
  assert.equal(header.layout, 0);
  assert.equal(header.type0?.interruptPin, 1);
  // The number of the interrupt is the kernel's.
  assert.equal(header.type0?.interruptLine, undefined);
  assert.deepEqual(
    capabilities.map(({ name, ref }) => [name, ref.offset, ref.version, ref.next]),
    [
      ['PM', 0x40, 0, 0xa0],
      ['PCI Express', 0xa0, 0, 0],
      ['AER', 0x100, 2, 0x1b0],
      ['ATS', 0x1b0, 1, null],
    ],
  );
  const [, express, aer, ats] = capabilities.map(({ fields }) => fields as Record<string, Record<string, unknown>>);
  assert.equal(express?.deviceCapabilities?.maxPayloadSupported, 512);
  assert.equal(express?.deviceCapabilities?.teeIo, undefined);
  assert.equal(express?.linkCapabilities, undefined);
  assert.equal(aer?.uncorrectableStatus?.unsupportedRequest, true);
  assert.deepEqual([ats?.capability?.invalidateQueueDepth, ats?.control?.enable], [16, true]);
  assert.deepEqual(assignment?.driver, { name: 'igb' });
  assert.equal(assignment?.numaNode, 1);
  assert.equal(assignment?.iommuGroup === 'none' ? null : assignment?.iommuGroup?.number, 14);
  assert.deepEqual(
    regions?.regions.map(({ index, kind, size }) => [index, kind, size]),
    [
      [0, 'memory', 0x80000n],
      [2, 'io', 32n],
    ],
  );
  assert.deepEqual(text, { verbosity: '-vv', capabilities: 4, hasBytes: false, contradiction: null, unplaced: [] });
});

test('parseLspciDump says of both lists how far a text shows them', () => {
  const ends = ({ config }: ParsedDevice) => [walkStandard(config).unknownAt !== null, walkExtended(config).unknownAt !== null];
  assert.deepEqual(ends(one(NIC)), [false, false]);
  const without = (...lines: RegExp[]) => lines.reduce((text, line) => text.replace(line, ''), NIC);
  const extended = /\tCapabilities: \[1(?:.|\n)*?(?=\tKernel)/;
  assert.deepEqual(ends(one(without(extended))), [false, true], 'lspci may not have been let read it');
  assert.deepEqual(ends(one(without(/\tCapabilities: \[100(?:.|\n)*?(?=\tCap)/))), [true, true], 'the head of the list is missing');
  assert.deepEqual(ends(one(without(/\tCapabilities: \[a0(?:.|\n)*?(?=\tCap)/))), [true, true], 'nothing announces it');
  const denied = NIC.replace(/\tCapabilities: (?:.|\n)*?(?=\tKernel)/, '\tCapabilities: <access denied>\n');
  assert.deepEqual(ends(one(denied)), [true, true]);
  const cut = NIC.replace(/\tCapabilities: \[1b0(?:.|\n)*/, '');
  assert.deepEqual(ends(one(cut)), [false, true], 'the second list may go on');
  assert.deepEqual(ends(one(cut.replace(/\tCapabilities: \[100(?:.|\n)*/, ''))), [true, true], 'both may');
  assert.deepEqual(ends(one(`${cut}\n`)), [false, false], 'an empty line ends a device');
  assert.deepEqual(ends(one(NIC.trimEnd())), [false, false], 'so does what the host says');
  const trimmed = without(/\tCapabilities: (?:.|\n)*?(?=\tKernel)/);
  const brief = trimmed.replace(/\tControl: (?:.|\n)*?(?=\tNUMA)/, '\tFlags: bus master, fast devsel, latency 0, IRQ 18\n');
  assert.deepEqual(ends(one(trimmed)), [true, true], 'Status says that there is a list');
  assert.deepEqual(ends(one(brief)), [true, true], 'nothing says that there is none');
  assert.deepEqual(ends(one(trimmed.replace('Cap+', 'Cap-'))), [false, false], 'Status says that there is none');
});

test('parseLspciDump makes no ID of a name, and takes no name that two capabilities have for one of them', () => {
  const named = one(NIC.replace(' [8086:1533]', '').replace(' [0200]', '').replace(' [8086:0002]', ''));
  assert.deepEqual([named.config.read(0, 2), named.config.read(2, 2), named.config.read(0x2c, 2)], [undefined, undefined, undefined]);
  assert.equal(named.config.read(0x0a, 2), 0x0200);
  // Virtual Channel has the ID 2, or 9 in a device whose function 0 has an MFVC.
  const channel = NIC.replace('[1b0 v1] Address Translation Service (ATS)', '[1b0 v1] Virtual Channel');
  assert.equal(walkExtended(one(channel).config).capabilities.at(-1)?.id, 2);
  const second = one(channel.replace('3b:00.0', '3b:00.1')).config;
  assert.deepEqual([walkExtended(second).unknownAt, second.knownBits(0x1b0), second.readKnownBits(0x1b0)], [0x1b0, 0xf4, 0]);
  const both = parse(channel + channel.replace('3b:00.0', '3b:00.1'));
  assert.equal(walkExtended(both[1]?.config ?? second).capabilities.at(-1)?.id, 2);
  const unheardOf = one(NIC.replace('Address Translation Service (ATS)', 'Something new <?>')).config;
  assert.deepEqual([walkExtended(unheardOf).unknownAt, unheardOf.knownBits(0x1b0)], [0x1b0, 0]);
});

test('parseLspciDump believes rows of bytes before text, and tells where they differ', () => {
  const rows = `00: 86 80 33 15 07 00 10 00 03 00 00 02 10 00 00 00\n${[1, 2, 3].map(n => `${n}0: ${'00 '.repeat(16).trim()}\n`).join('')}`;
  const device = one(NIC + rows);
  assert.equal(device.config.read(4, 2), 0x0007);
  assert.equal(walkExtended(device.config).capabilities.at(-1)?.id, 0x0f);
  assert.deepEqual(device.text?.hasBytes, true);
  assert.match(
    inputDoubts(device)
      .map(({ message }) => message)
      .join(),
    /the text says differently of \d+ bytes, the first is 05 than the rows/,
  );
  const twice = one(NIC.replace('Enable+, Smallest', 'Enable+ Enable-, Smallest'));
  assert.deepEqual(
    inputDoubts(twice).map(({ code }) => code),
    ['input.text-contradicts'],
  );
  assert.equal(twice.config.knownBits(0x1b7) & 0x80, 0);
});

test('parseLspciDump numbers regions of lspci -v where there is one way, and says of others that it does not know which they are', () => {
  const short = (...regions: string[]) =>
    one(`28:00.0 VGA compatible controller\n\tFlags: fast devsel\n${regions.map(line => `\t${line}\n`).join('')}`);
  const wide = 'Memory at 600000000 (64-bit, prefetchable) [size=8G]';
  const all = short(
    wide,
    'Memory at f0000000 (64-bit, non-prefetchable) [size=16M]',
    'I/O ports at e000 [size=256]',
    'I/O ports at f000 [size=8]',
  );
  assert.deepEqual(
    all.regions?.regions.map(({ index }) => index),
    [0, 2, 4, 5],
  );
  const some = short(wide);
  assert.equal(some.regions, null);
  assert.deepEqual(
    inputDoubts(some).map(({ code, message }) => [code, message.split(': ')[1]]),
    [['input.regions-unplaced', '64-bit prefetchable memory of 8 GiB']],
  );
});

test('parseLspciDump takes driver, group and node from the text beside bytes that are all there', () => {
  const rows = Array.from({ length: 16 }, (_, row) => `${row.toString(16)}0: ${'00 '.repeat(16).trim()}\n`).join('');
  const { assignment, text } = one(`00:01.0 x: y\n\tNUMA node: 2\n\tIOMMU group: 7\n\tKernel driver in use: vfio-pci\n${rows}`);
  assert.deepEqual([assignment?.numaNode, assignment?.driver, text], [2, { name: 'vfio-pci' }, null]);
  const [, second] = parse(`00:01.0 x: y\n\tNUMA node: 2\n${rows}\n00:02.0 x: y\n${rows}`);
  assert.equal(second?.assignment, null);
});

test('LspciDumpParser reads a text alike however it is cut', () => {
  const bytes = new TextEncoder().encode(NIC + NIC.replaceAll('3b:00.0', '3b:00.1'));
  const whole = parse(NIC + NIC.replaceAll('3b:00.0', '3b:00.1')).map(({ config }) => [config.bytes, config.partial, config.listing]);
  for (const step of [1, 7, 100, 191, 192, 193, 1000]) {
    const parser = new LspciDumpParser();
    const devices: ParsedDevice[] = [];
    for (let at = 0; at < bytes.length; at += step) devices.push(...parser.push(bytes.subarray(at, at + step)));
    devices.push(...parser.end());
    assert.deepEqual(
      devices.map(({ config }) => [config.bytes, config.partial, config.listing]),
      whole,
      `${step} bytes at once`,
    );
  }
});
