/** The text of Multicast. */
import { hexDigits } from '../../../bytes/hex.ts';
import type { CapabilityFields } from '../../../pci/capability.ts';
import { isEndpoint } from '../../../pci/extended/express-type.ts';
import { multicast } from '../../../pci/extended/multicast.ts';
import { PCI_EXP_TYPE_DOWNSTREAM, PCI_EXP_TYPE_ROOT_PORT, PCI_EXP_TYPE_UPSTREAM } from '../../../spec/pci-regs.ts';
import { renderer, sign } from '../renderer.ts';

type Multicast = CapabilityFields<typeof multicast>;

const SWITCHING: readonly (number | null)[] = [PCI_EXP_TYPE_ROOT_PORT, PCI_EXP_TYPE_UPSTREAM, PCI_EXP_TYPE_DOWNSTREAM];
/** An overlay replaces address bits from 6 up. */
const SMALLEST_OVERLAY = 6;

/** Bytes of a size that is coded as a power of two; too many for a number from 2 to the power of 53 on. */
function formatBytes(exponent: number): string {
  return `${1n << BigInt(exponent)} bytes`;
}

function formatBase(low: number, high: number): string {
  return hexDigits(high, 8) + hexDigits(low, 8);
}

/** lspci ends the first line only for ports that route multicast: for all others the control register follows on it. */
function headLines({ capability, control }: Multicast, expressType: number | null): string[] {
  const groups = `McastCap: MaxGroups ${capability.maxGroups}`;
  const controlLine = `McastCtl: NumGroups ${control.numGroups}, Enable${sign(control.enable)}`;
  if (SWITCHING.includes(expressType)) return [`${groups}, ECRCRegen${sign(capability.ecrcRegenerationSupported)}`, controlLine];
  const window = `, WindowSz ${capability.windowSizeRequested} (${formatBytes(capability.windowSizeRequested)})`;
  return [`${groups}${isEndpoint(expressType) ? window : ''}\t\t${controlLine}`];
}

export const multicastText = renderer(multicast, (fields, _ref, device) => {
  const { base, overlay } = fields;
  const lines = [
    ...headLines(fields, device.expressType),
    `McastBAR: IndexPos ${base.indexPosition}, BaseAddr ${formatBase(base.addressLow, fields.baseHigh)}`,
    `McastReceiveVec:      ${hexDigits(fields.receive, 16)}`,
    `McastBlockAllVec:     ${hexDigits(fields.blockAll, 16)}`,
    `McastBlockUntransVec: ${hexDigits(fields.blockUntranslated, 16)}`,
  ];
  if (overlay !== undefined) {
    const size = overlay.size < SMALLEST_OVERLAY ? 'disabled' : formatBytes(overlay.size);
    const address = formatBase(overlay.addressLow, fields.overlayHigh ?? 0);
    lines.push(`McastOverlayBAR: OverlaySize ${overlay.size} (${size}), BaseAddr ${address}`);
  }
  return { title: 'Multicast', lines };
});
