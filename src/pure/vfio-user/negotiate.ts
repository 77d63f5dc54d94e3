/** What two sides agree on in VFIO_USER_VERSION (vfio-user specification, "VFIO_USER_VERSION"), and the limits that peers insist on. */
import { EINVAL } from '../spec/errno.ts';
import { type Capabilities, encodeVersion, type Version } from './messages/version.ts';
import { MessageError } from './protocol-error.ts';

export const MAJOR = 0;
/** The minor version of libvfio-user. A server answers at most what the client proposed, and QEMU proposes 0. */
export const LATEST_MINOR = 2;

/**
 * A client of this version or newer takes back ranges as it mapped them: libvfio-user, whose version it is, refuses anything else. QEMU
 * proposes 0, rust-vmm's client 1, and either may have a guest IOMMU that unmaps more at once.
 */
export const EXACT_UNMAP_MINOR = 2;

/** Defaults of the specification, which hold for what a side does not say. */
export const DEFAULT_MAX_MSG_FDS = 1;
export const DEFAULT_MAX_DATA_XFER_SIZE = 1 << 20;
export const DEFAULT_MAX_DMA_MAPS = 65535;
export const DEFAULT_PGSIZES = 4096;

/** The most that QEMU accepts in a server's answer. */
export const MOST_MSG_FDS = 16;
export const MOST_DATA_XFER_SIZE = 64 << 20;
export const MOST_DMA_MAPS = 65535;

/** The limits of one side: what it can take. */
export interface Limits {
  /** Handles in one message, 1 to 16. Default 16: Cloud Hypervisor sends that many, whatever was agreed. */
  readonly maxMsgFds: number;
  /** Bytes of data in one message, 4096 to 64 MiB in whole pages. Default 1 MiB. */
  readonly maxDataXferSize: number;
  /** DMA ranges at a time, 1 to 65535. Default 65535. */
  readonly maxDmaMaps: number;
  /** Bytes of the pages that memory is mapped in: a power of two, 4096 to 1 MiB. Default 4096. */
  readonly pageSize: number;
}

/** What holds for one connection. */
export interface Agreement {
  readonly minor: number;
  /** Handles that the peer takes in one message. */
  readonly peerMaxFds: number;
  /** Bytes of data that either side may send in one message. */
  readonly maxTransfer: number;
  readonly maxDmaMaps: number;
  /** VFIO_USER_REGION_WRITE_MULTI may be sent. */
  readonly writeMultiple: boolean;
  /** Both sides know migration. */
  readonly migration: boolean;
}

/** The specification counts in pages of this size, whatever the host has. */
const PAGE = 4096;
const MOST_PAGE = 1 << 20;

function within(name: string, value: number, [least, most]: readonly [number, number]): number {
  if (!Number.isInteger(value) || value < least || value > most) throw new RangeError(`${name} is ${value}, not ${least} to ${most}`);
  return value;
}

/** Limits with their defaults filled in. RangeError for a limit that a client would refuse. */
export function limitsOf(given: Partial<Limits> = {}): Limits {
  const maxDataXferSize = within('maxDataXferSize', given.maxDataXferSize ?? DEFAULT_MAX_DATA_XFER_SIZE, [PAGE, MOST_DATA_XFER_SIZE]);
  if (maxDataXferSize % PAGE !== 0) throw new RangeError(`maxDataXferSize is ${maxDataXferSize}, no multiple of ${PAGE}`);
  const pageSize = within('pageSize', given.pageSize ?? PAGE, [PAGE, MOST_PAGE]);
  if ((pageSize & (pageSize - 1)) !== 0) throw new RangeError(`pageSize is ${pageSize}, no power of two`);
  return {
    pageSize,
    maxMsgFds: within('maxMsgFds', given.maxMsgFds ?? MOST_MSG_FDS, [1, MOST_MSG_FDS]),
    maxDataXferSize,
    maxDmaMaps: within('maxDmaMaps', given.maxDmaMaps ?? DEFAULT_MAX_DMA_MAPS, [1, MOST_DMA_MAPS]),
  };
}

/** Judges the sizes that a side gives: with them the other side must still be able to send something. */
function judge({ max_data_xfer_size, max_dma_maps }: Capabilities): void {
  if (max_data_xfer_size === 0) throw new MessageError('max_data_xfer_size is 0');
  if (max_dma_maps === 0) throw new MessageError('max_dma_maps is 0');
}

function agree(minor: number, ours: Limits, theirs: Capabilities): Omit<Agreement, 'writeMultiple' | 'migration'> {
  return {
    minor,
    peerMaxFds: theirs.max_msg_fds ?? DEFAULT_MAX_MSG_FDS,
    maxTransfer: Math.min(ours.maxDataXferSize, theirs.max_data_xfer_size ?? DEFAULT_MAX_DATA_XFER_SIZE),
    maxDmaMaps: Math.min(ours.maxDmaMaps, theirs.max_dma_maps ?? DEFAULT_MAX_DMA_MAPS),
  };
}

/** What a server could answer, the most dispensable first; only keys that were proposed, since QEMU refuses any other as spurious. */
function answers(proposed: Capabilities, agreement: Agreement, ours: Limits): [string, unknown][] {
  const all: [keyof Capabilities, unknown][] = [
    ['pgsizes', ours.pageSize],
    ['migration', agreement.migration ? { pgsize: ours.pageSize } : undefined],
    ['write_multiple', agreement.writeMultiple || undefined],
    ['max_dma_maps', agreement.maxDmaMaps],
    ['max_data_xfer_size', agreement.maxTransfer],
    ['max_msg_fds', ours.maxMsgFds],
  ];
  return all.filter(([key, value]) => proposed[key] !== undefined && value !== undefined);
}

/**
 * The payload of a server's answer. It is never longer than the proposal: QEMU has no more room and would end there. What does not fit is
 * left out, first what says no more than the defaults.
 */
function encodeAnswer(version: Version, keys: [string, unknown][], room: number): Uint8Array {
  const defaults = new Map<string, unknown>([
    ['pgsizes', DEFAULT_PGSIZES],
    ['max_dma_maps', DEFAULT_MAX_DMA_MAPS],
    ['max_data_xfer_size', DEFAULT_MAX_DATA_XFER_SIZE],
    ['max_msg_fds', DEFAULT_MAX_MSG_FDS],
  ]);
  const kept = [...keys];
  for (;;) {
    const payload = encodeVersion({ ...version, capabilities: Object.fromEntries(kept) });
    if (payload.length <= room) return payload;
    if (kept.length === 0) return encodeVersion({ ...version, capabilities: null });
    const spare = kept.findIndex(([key, value]) => defaults.get(key) === value);
    kept.splice(Math.max(spare, 0), 1);
  }
}

/** A client's VERSION and what a server makes of it. */
export interface Proposal {
  readonly version: Version;
  /** Bytes of the proposal's payload, which the answer must not exceed. */
  readonly size: number;
}

/** A server's answer: its payload and what is agreed. MessageError (EINVAL) for another major version or impossible limits. */
export function answerVersion(
  { version, size }: Proposal,
  ours: Limits,
  canMigrate: boolean,
): { readonly agreement: Agreement; readonly payload: Uint8Array } {
  // The specification lets a server close the connection that cannot support the version.
  if (version.major !== MAJOR) throw new MessageError(`major version ${version.major}, only ${MAJOR} is spoken`, EINVAL, true);
  const proposed = version.capabilities ?? {};
  judge(proposed);
  const minor = Math.min(version.minor, LATEST_MINOR);
  const agreement = {
    ...agree(minor, ours, proposed),
    writeMultiple: proposed.write_multiple === true,
    migration: canMigrate && proposed.migration !== undefined,
  };
  const answer = { major: MAJOR, minor, capabilities: null };
  const payload = version.capabilities === null ? encodeVersion(answer) : encodeAnswer(answer, answers(proposed, agreement, ours), size);
  return { agreement, payload };
}

/** What a client proposes. */
export function proposeVersion(ours: Limits): Version {
  return {
    major: MAJOR,
    minor: LATEST_MINOR,
    capabilities: {
      max_msg_fds: ours.maxMsgFds,
      max_data_xfer_size: ours.maxDataXferSize,
      max_dma_maps: ours.maxDmaMaps,
      pgsizes: ours.pageSize,
      migration: { pgsize: ours.pageSize },
      write_multiple: true,
    },
  };
}

/** What a client makes of a server's answer to `proposeVersion`. MessageError for one that is newer or promises what QEMU refuses. */
export function judgeAnswer({ major, minor, capabilities }: Version, ours: Limits): Agreement {
  if (major !== MAJOR) throw new MessageError(`the server answers major version ${major}, ${MAJOR} was proposed`);
  if (minor > LATEST_MINOR) throw new MessageError(`the server answers minor version ${minor}, ${LATEST_MINOR} was proposed`);
  const said = capabilities ?? {};
  judge(said);
  if ((said.max_data_xfer_size ?? 0) > MOST_DATA_XFER_SIZE) throw new MessageError(`max_data_xfer_size ${said.max_data_xfer_size}`);
  if ((said.max_dma_maps ?? 0) > MOST_DMA_MAPS) throw new MessageError(`max_dma_maps ${said.max_dma_maps}`);
  return {
    ...agree(minor, ours, said),
    peerMaxFds: Math.min(said.max_msg_fds ?? DEFAULT_MAX_MSG_FDS, MOST_MSG_FDS),
    writeMultiple: said.write_multiple === true,
    migration: said.migration !== undefined,
  };
}
