/** The text of Integrity and Data Encryption. */
import { hexDigits } from '../../../bytes/hex.ts';
import type { CapabilityFields } from '../../../pci/capability.ts';
import { ide } from '../../../pci/extended/ide.ts';
import { PCI_IDE_LINK_BLOCK_SIZE, PCI_IDE_LINK_STREAM_0, PCI_IDE_SEL_ADDR_BLOCK_SIZE } from '../../../spec/pci-regs.ts';
import { IDE_SELECTIVE_SIZE } from '../../../spec/pcie.ts';
import { formatFlags, renderer, sign } from '../renderer.ts';
import { formatNamed } from './unknown-value.ts';

type Ide = CapabilityFields<typeof ide>;
type LinkStream = Ide['linkStreams'][number];
type SelectiveStream = Ide['selectiveStreams'][number];

const AGGREGATION: Readonly<Record<string, string>> = { none: '-', 'up to 2': '=2', 'up to 4': '=4', 'up to 8': '=8' };
const HEADER_ENCRYPTION = { none: 'no', '17:2': '17:2', '25:2': '25:2', '33:2': '33:2', '41:2': '41:2' };
const STATES = { insecure: 'insecure', 'unknown (0x1)': 'reserved', secure: 'secure' };

function formatAlgorithm(name: string): string {
  return `Alg='${name.startsWith('unknown') ? 'reserved' : name}'`;
}

function formatCapability(capability: Ide['capability']): string {
  const links = capability.linkStreamsSupported ? capability.linkTrafficClasses : 0;
  const selective = capability.selectiveStreamsSupported ? capability.selectiveStreams : 0;
  const flags = formatFlags({
    FlowThru: capability.flowThroughSupported,
    PartHdr: capability.partialHeaderEncryptionSupported,
    Aggr: capability.aggregationSupported,
    // lspci's spelling of PCRC.
    PCPC: capability.pcrcSupported,
    IDE_KM: capability.ideKmSupported,
  });
  const end = `TCs=${capability.linkTrafficClasses} TeeLim${sign(capability.teeLimitedStreamSupported)}`;
  return `Lnk=${links} Sel=${selective} ${flags} ${formatAlgorithm(capability.algorithms)} ${end}`;
}

/** `configuration` is the flag that only a selective stream has, with the space before it. */
function formatControl(control: LinkStream['control'], configuration: string): string {
  const kinds = { NPR: control.txAggregationNonPosted, PR: control.txAggregationPosted, CPL: control.txAggregationCompletion };
  const aggregation = Object.entries(kinds).map(([kind, mode]) => kind + AGGREGATION[mode]);
  const encryption = `HdrEnc=${formatNamed(control.partialHeaderEncryption, HEADER_ENCRYPTION)}`;
  const flags = `En${sign(control.enable)} ${aggregation.join(' ')} PCRC${sign(control.pcrcEnable)}${configuration}`;
  return `${flags} ${encryption} ${formatAlgorithm(control.algorithm)} TC${control.trafficClass} ID${control.streamId}`;
}

function formatStatus(status: LinkStream['status']): string {
  return `${formatNamed(status.state, STATES)} RecvChkFail${sign(status.integrityCheckFailReceived)}`;
}

function linkLines(stream: LinkStream, index: number, at: number): string[] {
  return [
    `[${hexDigits(at, 1)}]LinkIDE#${index} Ctl: ${formatControl(stream.control, '')}`,
    `[${hexDigits(at + 4, 1)}]LinkIDE#${index} Sta: Status=${formatStatus(stream.status)}`,
  ];
}

/** lspci says RID# where it counts address associations. */
function addressLine(stream: SelectiveStream['addressAssociations'][number], name: string): string {
  const { association1, memoryBaseUpper, memoryLimitUpper } = stream;
  const base = (BigInt(memoryBaseUpper) << 32n) | (BigInt(association1.memoryBaseLower) << 20n);
  const limit = (BigInt(memoryLimitUpper) << 32n) | (BigInt(association1.memoryLimitLower) << 20n) | 0xfffffn;
  return `${name}: Valid${sign(association1.valid)} Base=${hexDigits(base, 1)} Limit=${hexDigits(limit, 1)}`;
}

function selectiveLines(stream: SelectiveStream, index: number, at: number): string[] {
  const name = `SelectiveIDE#${index}`;
  const { control, ridAssociation1, ridAssociation2 } = stream;
  const rid = [
    `Valid${sign(ridAssociation2.valid)}`,
    `Base=${hexDigits(ridAssociation2.ridBase, 1)}`,
    `Limit=${hexDigits(ridAssociation1.ridLimit, 1)}`,
    `SegBase=${hexDigits(ridAssociation2.segmentBase, 1)}`,
  ];
  const settings = formatControl(control, ` CFG${sign(control.configurationRequestsEnable)}`);
  return [
    `[${hexDigits(at, 1)}]${name} Cap: RID#=${stream.capability.addressAssociationBlocks}`,
    `[${hexDigits(at + 4, 1)}]${name} Ctl: ${settings}${control.defaultStream ? ' Default' : ''}`,
    `[${hexDigits(at + 8, 1)}]${name} Sta: ${formatStatus(stream.status)}`,
    `[${hexDigits(at + 12, 1)}]${name} RID: ${rid.join(' ')}`,
    ...stream.addressAssociations.map((association, i) =>
      addressLine(association, `[${hexDigits(at + IDE_SELECTIVE_SIZE + PCI_IDE_SEL_ADDR_BLOCK_SIZE * i, 1)}]${name} RID#${i}`),
    ),
  ];
}

export const ideText = renderer(ide, ({ capability, control, linkStreams, selectiveStreams }, ref) => {
  const lines = [`IDECap: ${formatCapability(capability)}`, `IDECtl: FTEn${sign(control.flowThroughEnable)}`];
  let at = ref.offset + PCI_IDE_LINK_STREAM_0;
  linkStreams.forEach((stream, index) => {
    lines.push(...linkLines(stream, index, at));
    at += PCI_IDE_LINK_BLOCK_SIZE;
  });
  selectiveStreams.forEach((stream, index) => {
    lines.push(...selectiveLines(stream, index, at));
    at += IDE_SELECTIVE_SIZE + PCI_IDE_SEL_ADDR_BLOCK_SIZE * stream.addressAssociations.length;
  });
  return { title: 'Integrity & Data Encryption', lines };
});
