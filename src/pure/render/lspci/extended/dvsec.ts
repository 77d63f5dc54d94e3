/** The text of a Designated Vendor-Specific Extended Capability. lspci looks into those of CXL only. */
import { hexDigits } from '../../../bytes/hex.ts';
import type { CapabilityFields } from '../../../pci/capability.ts';
import { CXL_DVSEC } from '../../../pci/extended/cxl-dvsec.ts';
import { dvsec } from '../../../pci/extended/dvsec.ts';
import { PCI_VENDOR_ID_CXL } from '../../../spec/pci-ids.ts';
import { CXL_DEVICE_SIZE, FLEX_BUS_SIZE } from '../../../spec/pcie.ts';
import { renderer } from '../renderer.ts';
import { cxlDeviceLines } from './cxl-device.ts';
import { flexBusLines, portExtensionLines } from './cxl-port.ts';

type Dvsec = CapabilityFields<typeof dvsec>;
type GpfTime = NonNullable<Dvsec['cxlGpfPort']>['phase1Timeout'];
type Blocks = NonNullable<Dvsec['cxlRegisterLocator']>['blocks'];

/** lspci does not look into a shorter one than this. */
const SHORTEST = 0x10;
/** Of one Multi-Logical Device (CXL 3.1 §8.1.10.1). */
const MOST_LOGICAL_DEVICES = 16;

const TITLES: Readonly<Record<number, string>> = {
  [CXL_DVSEC.device]: 'PCIe DVSEC for CXL Devices',
  [CXL_DVSEC.nonCxlFunctionMap]: 'Non-CXL Function Map DVSEC',
  [CXL_DVSEC.portExtensions]: 'CXL Extensions DVSEC for Ports',
  [CXL_DVSEC.gpfPort]: 'GPF DVSEC for CXL Ports',
  [CXL_DVSEC.gpfDevice]: 'GPF DVSEC for CXL Devices',
  [CXL_DVSEC.flexBusPort]: 'PCIe DVSEC for Flex Bus Port',
  [CXL_DVSEC.registerLocator]: 'Register Locator DVSEC',
  [CXL_DVSEC.mld]: 'MLD DVSEC',
  [CXL_DVSEC.test]: 'PCIe DVSEC for Test Capability <?>',
};

/** `name: 30ms` for a base of 3 and a scale of 10 ms; two lines for a scale that is reserved. */
function timeLines(name: string, { base, scale }: GpfTime): string[] {
  const [, step, unit] = /^(10*)(us|ms|s)$/.exec(scale) ?? [];
  if (step !== undefined) return [`${name}: ${base * Number(step)}${unit}`];
  const code = /0x([0-9a-f])/.exec(scale)?.[1] ?? '';
  return [`Reserved time scale encoding ${code}`, `${name}: ${base}<?>`];
}

/** Blocks are counted from 1. Empty ones count, but nothing is printed of them. */
function blockLines(blocks: Blocks): string[] {
  return blocks.flatMap(({ low, offsetHigh }, index) => {
    if (low.identifier === 'empty') return [];
    const name = low.identifier.startsWith('unknown') ? '<?>' : low.identifier;
    const offset = (BigInt(offsetHigh) << 32n) | (BigInt(low.offsetLow) << 16n);
    return [`Block${index + 1}: BIR: bar${low.barIndex}, ID: ${name}, offset: ${hexDigits(offset, 16)}`];
  });
}

function registerLines(fields: Dvsec): string[] {
  const { revision, length } = fields.header;
  if (fields.cxlDevice !== undefined) {
    const lines = cxlDeviceLines(fields.cxlDevice, revision);
    return lines.length > 0 && length > CXL_DEVICE_SIZE ? [...lines, '<?>'] : lines;
  }
  if (fields.cxlFlexBusPort !== undefined) {
    const lines = flexBusLines(fields.cxlFlexBusPort, revision, length);
    return length > FLEX_BUS_SIZE ? [...lines, '<?>'] : lines;
  }
  if (fields.cxlPortExtensions !== undefined) return portExtensionLines(fields.cxlPortExtensions);
  if (fields.cxlNonCxlFunctionMap !== undefined)
    return fields.cxlNonCxlFunctionMap.words.map((word, index) => `FuncMap ${index}: ${hexDigits(word, 8)}`);
  if (fields.cxlRegisterLocator !== undefined) return blockLines(fields.cxlRegisterLocator.blocks);
  if (fields.cxlGpfPort !== undefined) {
    const { phase1Timeout, phase2Timeout } = fields.cxlGpfPort;
    return [...timeLines('GPF Phase 1 Timeout', phase1Timeout), ...timeLines('GPF Phase 2 Timeout', phase2Timeout)];
  }
  if (fields.cxlGpfDevice !== undefined) {
    const { phase2Duration, phase2Power } = fields.cxlGpfDevice;
    return [...timeLines('GPF Phase 2 Duration', phase2Duration), `GPF Phase 2 Power: ${phase2Power}mW`];
  }
  const logicalDevices = fields.cxlMld?.logicalDevices ?? 0;
  return logicalDevices > 0 && logicalDevices <= MOST_LOGICAL_DEVICES ? [`NumLogDevs: ${logicalDevices}`] : [];
}

export const dvsecText = renderer(dvsec, fields => {
  const { vendorId, revision, length } = fields.header;
  const isCxl = vendorId === PCI_VENDOR_ID_CXL && length >= SHORTEST;
  const id = hexDigits(fields.dvsecId, 4);
  const title = `Designated Vendor-Specific: Vendor=${hexDigits(vendorId, 4)} ID=${id} Rev=${revision} Len=${length}${isCxl ? ': CXL' : ' <?>'}`;
  if (!isCxl) return { title, lines: [] };
  return { title, lines: [TITLES[fields.dvsecId] ?? `Unknown ID ${id}`, ...registerLines(fields)] };
});
