/** Makes an error text of a migration plain: QEMU's own lines, wherever they stand in a longer log, in libvirt's or in KubeVirt's words. */
import { formatHex } from '../../bytes/hex.ts';
import type { RefusedByte } from './load-config.ts';

/** One thing that was found in the text. */
export interface DecodedError {
  readonly code: string;
  /** The words as they stand in the text. */
  readonly words: string;
  /** What they mean, in a sentence or two. */
  readonly plain: string;
  /** What they are about: a host address, a guest path; null for the VM. */
  readonly device: string | null;
  /** The byte that was refused; null for all else. */
  readonly byte: RefusedByte | null;
}

interface Pattern {
  readonly code: string;
  readonly test: RegExp;
  readonly plain: (groups: readonly string[]) => string;
  /** Which group names the device. */
  readonly device?: number;
}

const ADDRESS = String.raw`[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]`;
/** Quotes as QEMU, libvirt and JSON within a log write them. */
const QUOTED = String.raw`\\*['"]([^'"\\\n]{1,200})\\*['"]`;
const HEX = '([0-9a-f]{1,8})';
const BAD_DATA = new RegExp(
  `Bad config data: ?i=0x${HEX} read: ?${HEX} device: ?${HEX} cmask: ?${HEX} wmask: ?${HEX} w1cmask: ?${HEX}`,
  'gi',
);
/** Of longer texts this much is read. */
const MOST_TEXT = 1024 * 1024;
const MOST_FOUND = 64;

const about = (code: string, test: string, plain: Pattern['plain'], device?: number): Pattern => ({
  code,
  test: new RegExp(test, 'gi'),
  plain,
  ...(device !== undefined && { device }),
});

/** A name is looked for where a word begins, so that a long run of letters costs no more than its length. */
const device = (words: string): string => String.raw`(?<![\w.:-])(${ADDRESS}|[\w.-]{1,64}): ${words}`;

const PATTERNS: readonly Pattern[] = [
  about(
    'machine.differs',
    `Machine type received is ${QUOTED} and local is ${QUOTED}`,
    ([received, local]) =>
      `The source runs machine type ${received}, the destination was started as ${local}. Both must be the same full name: an alias such as q35 is resolved by each QEMU by itself.`,
  ),
  about(
    'ramblock.unknown',
    `Unknown ramblock ${QUOTED}, cannot accept migration`,
    ([block]) =>
      `The source has memory of a device, ${block}, that the destination has not: the device is missing there, stands at another guest address, or has no ROM (romfile, rombar).`,
    0,
  ),
  about(
    'section.unknown',
    `Unknown section or instance ${QUOTED} (\\d+)`,
    ([section]) =>
      `The source saved ${section}, and the destination has no such device, or has it at another guest address: the part before the last / is its path of slots.`,
    0,
  ),
  about(
    'device.refused',
    `error while loading state for instance 0x[0-9a-f]+ of device ${QUOTED}`,
    ([section]) => `The destination's device at guest path ${section} is not what the source saved; the line before says why.`,
    0,
  ),
  about(
    'size.differs',
    `Size mismatch: ([^\\n]{1,100}): (0x[0-9a-f]+) != (0x[0-9a-f]+)`,
    ([block, a, b]) => `The memory ${block} has ${a} bytes on one side and ${b} on the other, such as a ROM of another size.`,
    0,
  ),
  about(
    'subsystem.differs',
    'Cannot migrate while device properties \\(subsys/subsys_ven\\) differ',
    () => 'The subsystem ids of an e1000e are not the same on both sides: set subsys and subsys_ven.',
  ),
  about('migration.disabled', device('Migration is disabled for VFIO device'), () => 'enable-migration=off is set for it.', 0),
  about(
    'migration.kernel-unsupported',
    device('VFIO migration (?:init failed: migration )?is not supported in kernel'),
    () => 'The driver that VFIO has for it cannot migrate: plain vfio-pci cannot for any device, a variant driver of the vendor may.',
    0,
  ),
  about(
    'migration.dirty-tracking',
    device("VFIO device doesn't support device and IOMMU dirty tracking"),
    () => 'Neither the device nor the IOMMU of the host tells which memory the device wrote.',
    0,
  ),
  about(
    'migration.large-memory',
    device('Migration is currently not supported with large memory VM due to dirty tracking limitation in backend'),
    () => 'The VM has more memory than the tracking of written pages takes.',
    0,
  ),
  about(
    'migration.viommu',
    device('Migration is currently not supported with vIOMMU enabled'),
    () => "One of the guest's IOMMUs stands in front of the device: take it out, or put the device where it does not reach.",
    0,
  ),
  about(
    'migration.postcopy',
    device('VFIO migration is not supported with (?:postcopy migration|background snapshot)'),
    () => 'A device of the host cannot be migrated so: switch postcopy or the background snapshot off.',
    0,
  ),
  about(
    'migration.p2p',
    'Multiple VFIO devices migration is supported only if all of them support P2P migration',
    () => 'The VM has several devices of the host, and the driver of one lacks the P2P states.',
  ),
  about(
    'migration.smmuv3-accel',
    'Migration not supported with SMMUv3 accelerator mode enabled',
    () => "The guest's SMMUv3 has accel=on: its state is in the host's IOMMU.",
  ),
  about('migration.unmigratable', `State blocked by non-migratable device ${QUOTED}`, ([name]) => `QEMU saves no state of ${name}.`, 0),
  about(
    'libvirt.hostdev',
    `cannot migrate a domain with (<hostdev mode=${QUOTED} type=${QUOTED}>|<interface type=${QUOTED}>)`,
    ([element]) => `libvirt refuses by itself, before QEMU is asked: ${element} is a device of the host.`,
  ),
  about(
    'libvirt.differs',
    'Target ([^\\n]{1,120}?) ([^\\s]{1,80}) does not match source ([^\\s]{1,80})',
    ([what, target, source]) => `libvirt compares the two definitions: ${what} is ${source} on the source and ${target} on the target.`,
  ),
];

function decodeBytes(text: string): { found: DecodedError; index: number }[] {
  return [...text.matchAll(BAD_DATA)].map(match => {
    const [at = 0, read = 0, own = 0, cmask = 0, wmask = 0, w1cmask = 0] = match.slice(1).map(digits => Number.parseInt(digits, 16));
    const byte = { at, read, device: own, cmask, wmask, w1cmask };
    const differing = (read ^ own) & cmask & ~wmask & ~w1cmask;
    const plain = `At config offset ${formatHex(at)} the source's guest read ${formatHex(read, 2)}, and the destination's device has ${formatHex(own, 2)}: the bits ${formatHex(differing, 2)} must be the same, since no guest can write them.`;
    return { found: { code: 'config.refused', words: match[0], plain, device: null, byte }, index: match.index };
  });
}

function decodePattern(text: string, { code, test, plain, device: named }: Pattern): { found: DecodedError; index: number }[] {
  return [...text.matchAll(test)].map(match => {
    const groups = match.slice(1);
    const about = named === undefined ? null : (groups[named] ?? null);
    return { found: { code, words: match[0], plain: plain(groups), device: about, byte: null }, index: match.index };
  });
}

/** All that is known of a text, in its order; empty where nothing is. A byte's device is that of the line that follows it. Never throws. */
export function decodeMigrationError(text: string): readonly DecodedError[] {
  const part = text.slice(0, MOST_TEXT);
  const found = [...decodeBytes(part), ...PATTERNS.flatMap(pattern => decodePattern(part, pattern))].sort((a, b) => a.index - b.index);
  const decoded = found.slice(0, MOST_FOUND).map(one => one.found);
  return decoded.map((one, index) => {
    if (one.code !== 'config.refused') return one;
    const next = decoded.slice(index + 1).find(({ code }) => code === 'device.refused' || code === 'config.refused');
    return next?.code === 'device.refused' ? { ...one, device: next.device } : one;
  });
}
