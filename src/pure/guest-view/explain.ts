/** Chains of evidence: why the guest does or does not see ATS and PASID, link by link, with the first one that breaks. */
import { formatHex } from '../bytes/hex.ts';
import type { HostIommuDevice } from '../iommu/index.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import { findCapability } from '../pci/find-capability.ts';
import { listEnds } from '../pci/unknown-places.ts';
import { type CapabilityRef, walkExtended } from '../pci/walk.ts';
import { formatSource } from '../qemu/effective-properties.ts';
import { findShown } from '../rules/capability-view.ts';
import { PCI_EXT_CAP_ID_ATS, PCI_EXT_CAP_ID_PASID } from '../spec/pci-regs.ts';
import { FIRST_EXTENDED } from '../spec/pcie.ts';
import { shorten } from '../text/shorten.ts';
import type { Realized } from './guest-view.ts';
import { noAtsLinks } from './no-ats-evidence.ts';
import type { View } from './view.ts';

/** `holds`: yes; no, which breaks the chain; or null where it cannot be told. */
export interface EvidenceLink {
  readonly name: string;
  readonly holds: boolean | null;
  readonly text: string;
}

/** The chain of facts that decides whether the guest sees a capability, from the device to the guest. */
export interface Evidence {
  readonly subject: 'ATS' | 'PASID';
  readonly links: readonly EvidenceLink[];
  /** The first link that breaks, or null where none is known to. */
  readonly broken: EvidenceLink | null;
  /** Whether the guest sees the capability; null where that is not known. */
  readonly seen: boolean | null;
}

/** What the chains are made from: a view, as `view` gives it. */
export type Explained = Pick<
  View,
  'config' | 'realized' | 'properties' | 'machineFrom' | 'hostIommu' | 'profile' | 'guestIommu' | 'bytes'
> & {
  readonly facts: Pick<View['facts'], 'virtualFunction' | 'hostArchitecture'>;
};

const versionWords = ({ version }: Pick<CapabilityRef, 'version'>): string => (version === null ? '' : `, version ${version}`);

function unseen(subject: Evidence['subject']): EvidenceLink {
  return { name: 'result', holds: false, text: `the guest sees no ${subject}, whatever the unknown bytes are` };
}

function evidence(subject: Evidence['subject'], links: readonly EvidenceLink[]): Evidence {
  const broken = links.find(link => link.holds === false) ?? null;
  const result = links.at(-1);
  // A broken link breaks the chain whatever the unknown bytes hold.
  if (broken !== null && result?.holds === null) return evidence(subject, [...links.slice(0, -1), unseen(subject)]);
  return { subject, links, broken, seen: broken === null ? (links.at(-1)?.holds ?? null) : false };
}

function deviceLink(subject: string, id: number, config: ConfigSpace): EvidenceLink {
  const name = 'device capability';
  const found = findCapability(walkExtended(config).capabilities, 'extended', id);
  const unknownAt = listEnds(config).extended;
  if (found !== undefined)
    return { name, holds: true, text: `the device has ${subject} at ${formatHex(found.offset)}${versionWords(found)}` };
  if (unknownAt !== null) {
    const upTo =
      unknownAt === FIRST_EXTENDED
        ? 'its extended list is not'
        : `its extended list is known only up to where it leads to ${formatHex(unknownAt)}`;
    return { name, holds: null, text: `whether the device has ${subject} is not known: ${upTo}` };
  }
  return { name, holds: false, text: `the device has no ${subject} capability` };
}

/** Codes of messages that say: it is unknown whether the guest sees PASID. */
const PASID_OPEN = new Set(['pasid.unknown', 'pasid.unreported']);

function resultLink(subject: string, id: number, realized: Realized): EvidenceLink {
  const name = 'result';
  if (realized.outcome === 'failed') return { name, holds: false, text: `realize fails: ${realized.error.message}` };
  const found = findShown(realized.capabilities, 'extended', id);
  if (found !== undefined && found.status !== 'unknown' && realized.outcome === 'realized')
    return { name, holds: true, text: `the guest sees ${subject} at ${formatHex(found.offset)}` };
  if (
    found !== undefined ||
    realized.unknownAt.extended !== null ||
    (id === PCI_EXT_CAP_ID_PASID && realized.messages.some(({ code }) => PASID_OPEN.has(code)))
  )
    return { name, holds: null, text: `whether the guest sees ${subject} is not known` };
  return { name, holds: false, text: `the guest sees no ${subject}` };
}

/** A broken link where the guest's bus carries no extended config space: it hides the capability, whatever property and report say. */
function placementLink(realized: Realized): EvidenceLink[] {
  if (realized.outcome === 'failed' || !realized.isOnConventionalBus) return [];
  const isMachines = realized.capabilities.some(({ reason }) => reason?.code === 'extended.unreachable');
  const what = isMachines ? 'this machine reaches' : 'a conventional bus has';
  return [{ name: 'placement', holds: false, text: `${what} no extended config space` }];
}

const SUPPORT = { supported: true, unsupported: false, unreported: null } as const;

function machineRow({ profile, properties, machineFrom, facts }: Explained): string {
  const { machine, driver: assigned } = properties;
  if (machine === null) {
    return profile.machines === null
      ? `${profile.name} has no machine types`
      : `no machine type for a host of ${shorten(facts.hostArchitecture ?? '')} is known: no row is applied`;
  }
  const row = machine.rows.find(({ driver, property }) => driver === assigned && property === 'ats');
  const whose = machineFrom === 'default' ? " (the default: the host's architecture is not known)" : '';
  const has = row === undefined ? `no row for ${assigned}.ats` : `the row { ${assigned}, ats, ${row.value} }`;
  return `${machine.name}${whose} has ${has}`;
}

/** From the device's ATS capability to what the guest sees: capability, report, property and its source, machine row, result. */
export function explainAts(explained: Explained): Evidence {
  const { config, realized, properties, hostIommu, profile } = explained;
  const report = hostIommu.atsEvidence();
  const ats = properties.get('ats');
  const overridden = (ats?.overridden ?? []).map(setting => `${String(setting.value)} of ${formatSource(setting.source)}`);
  const instead = overridden.length > 0 ? `, instead of ${overridden.join(' and ')}` : '';
  return evidence('ATS', [
    deviceLink('ATS', PCI_EXT_CAP_ID_ATS, config),
    // A report that the VMM does not ask for breaks nothing.
    { name: 'kernel report', holds: ats === undefined ? null : SUPPORT[report.answer], text: report.text },
    ...noAtsLinks(explained),
    ats === undefined
      ? { name: 'property', holds: true, text: `${profile.name} has no property ats: ATS is passed on as the device has it` }
      : { name: 'property', holds: ats.text !== 'off', text: `ats=${ats.text} (${formatSource(ats.source)}${instead})` },
    { name: 'machine row', holds: true, text: machineRow(explained) },
    ...placementLink(realized),
    resultLink('ATS', PCI_EXT_CAP_ID_ATS, realized),
  ]);
}

function pasidReportLink(hostIommu: HostIommuDevice): EvidenceLink {
  const name = 'kernel report';
  const pasid = hostIommu.pasid();
  if (pasid !== null) return { name, holds: true, text: `the host kernel reports PASIDs of ${pasid.maxLog2} bits` };
  if (!hostIommu.knowsPasid) return { name, holds: null, text: 'nobody has asked the host kernel how wide PASIDs can be' };
  const text =
    hostIommu.backend === 'legacy' ? 'a legacy container reports no PASID width' : 'the host kernel reports no PASID width for this device';
  return { name, holds: false, text };
}

/** From the device's PASID capability to what the guest sees; the kernel hides the device's own, so the report decides. */
export function explainPasid(explained: Explained): Evidence {
  const { config, realized, hostIommu, guestIommu, profile } = explained;
  const { pasidSummary } = profile.traits;
  const device = deviceLink('PASID', PCI_EXT_CAP_ID_PASID, config);
  // The VMM passes on what the kernel shows to user space, whatever the report says.
  if (explained.bytes === 'vfio' && device.holds !== false) {
    const text = "vfio's bytes are those that the kernel lets through: a PASID in them is passed on";
    return evidence('PASID', [
      device,
      { name: 'vfio bytes', holds: true, text },
      ...placementLink(realized),
      resultLink('PASID', PCI_EXT_CAP_ID_PASID, realized),
    ]);
  }
  return evidence('PASID', [
    device,
    { name: 'kernel', holds: null, text: "vfio-pci hides the device's own PASID: the VMM must synthesise one" },
    pasidReportLink(hostIommu),
    {
      name: 'guest IOMMU',
      holds: guestIommu.pasid,
      text: guestIommu.pasid ? "the guest's IOMMU takes PASIDs" : "the guest's IOMMU does not take PASIDs",
    },
    { name: 'VMM rule', holds: pasidSummary !== null, text: pasidSummary ?? 'the VMM does not synthesise PASID' },
    ...placementLink(realized),
    resultLink('PASID', PCI_EXT_CAP_ID_PASID, realized),
  ]);
}
