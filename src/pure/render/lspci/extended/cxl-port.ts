/** The text of the CXL Extensions DVSEC for Ports and of the DVSEC for Flex Bus Port. */
import { hexDigits } from '../../../bytes/hex.ts';
import type { CapabilityFields } from '../../../pci/capability.ts';
import type { dvsec } from '../../../pci/extended/dvsec.ts';
import { formatFlags, sign } from '../renderer.ts';

type Dvsec = CapabilityFields<typeof dvsec>;
type PortExtensions = NonNullable<Dvsec['cxlPortExtensions']>;
type FlexBus = NonNullable<Dvsec['cxlFlexBusPort']>;

export function portExtensionLines(port: PortExtensions): string[] {
  const { control } = port;
  const flags = formatFlags({
    UnmaskSBR: control.unmaskSbr,
    UnmaskLinkDisable: control.unmaskLinkDisable,
    AltMem: control.alternateMemoryAndIdSpaceEnable,
    AltBME: control.alternateBme,
    ViralEnable: control.viralEnable,
  });
  return [
    `CXLPortSta:\tPMComplete${sign(port.status.powerManagementInitializationComplete)}`,
    `CXLPortCtl:\t${flags}`,
    `AlternateBus:\t${hexDigits(port.alternateBusBase, 2)}-${hexDigits(port.alternateBusLimit, 2)}`,
    `AlternateMem:\t${hexDigits(port.alternateMemoryBase, 4)}-${hexDigits(port.alternateMemoryLimit, 4)}`,
  ];
}

/** Bytes of the DVSEC in each revision that lspci knows a length of. */
const LENGTHS = [0x10, 0x14, 0x20];

function formatProtocols(of: FlexBus['capability']): string {
  return formatFlags({ Cache: of.cache, IO: of.io, Mem: of.mem });
}

function formatSync(of: Pick<FlexBus['status'], 'syncHeaderBypass' | 'driftBuffer'>): string {
  return formatFlags({ SynHdrByp: of.syncHeaderBypass, DrftBuf: of.driftBuffer });
}

function formatFlit(of: FlexBus['capability']): string {
  return formatFlags({ '68BFlit': of.flit68BAndVh, MltLogDev: of.multiLogicalDevice });
}

export function flexBusLines(port: FlexBus, revision: number, length: number): string[] {
  const { control, receivedModifiedTsDataPhase1, capability2, control2, status2 } = port;
  const newer = (of: FlexBus['capability']) => (revision >= 2 ? ` ${formatFlags({ '256BFlit': of.flit256B, PBRFlit: of.pbrFlit })}` : '');
  const training = formatFlags({ RCD: control.disableRcdTraining, Retimer1: control.retimer1, Retimer2: control.retimer2 });
  const lines: string[] = [];
  const wanted = LENGTHS[revision];
  if (wanted !== undefined && wanted !== length) lines.push(`<Wrong length for Revision ${revision}>`);
  lines.push(
    `FBCap:\t${formatProtocols(port.capability)} ${formatFlit(port.capability)}${newer(port.capability)}`,
    `FBCtl:\t${formatProtocols(control)} ${formatSync(control)} ${formatFlit(control)} ${training}${newer(control)}`,
    `FBSta:\t${formatProtocols(port.status)} ${formatSync(port.status)} ${formatFlit(port.status)}${newer(port.status)}`,
  );
  if (receivedModifiedTsDataPhase1 !== undefined)
    lines.push(`FBModTS:\tReceived FB Data: ${hexDigits(receivedModifiedTsDataPhase1.data, 6)}`);
  if (capability2 !== undefined) lines.push(`FBCap2:\tNOPHint${sign(capability2.nopHintCapable)}`);
  if (control2 !== undefined) lines.push(`FBCtl2:\tNOPHint${sign(control2.nopHintEnable)}`);
  if (status2 !== undefined) lines.push(`FBSta2:\tNOPHintInfo: ${status2.nopHintInfo}`);
  return lines;
}
