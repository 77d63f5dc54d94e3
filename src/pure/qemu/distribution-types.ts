/** Machine types that a distribution added to its own QEMU: which distribution, and the nearest upstream type where it is known. */

/** `upstream` is the name of a type that QEMU as released has or had; null where it is not known. */
export interface DistributionType {
  /** Who made it, as a sentence says it: `Ubuntu 24.04`. */
  readonly maker: string;
  readonly upstream: string | null;
  /** Why `upstream` is nearest; empty where it is not known. */
  readonly because: string;
  /** Whether the distribution's QEMU takes `upstream` for it, and no type of its own; left out where it does not. */
  readonly isUpstream?: boolean;
}

/** Ubuntu's releases by the code name that ends its machine types, with the QEMU of each where a package list or its manual says so. */
const ubuntuReleases: Readonly<Record<string, readonly [release: string, qemu: string | null]>> = {
  trusty: ['14.04', null],
  utopic: ['14.10', null],
  vivid: ['15.04', null],
  wily: ['15.10', null],
  xenial: ['16.04', null],
  yakkety: ['16.10', null],
  zesty: ['17.04', null],
  artful: ['17.10', null],
  bionic: ['18.04', '2.11'],
  cosmic: ['18.10', null],
  disco: ['19.04', null],
  eoan: ['19.10', null],
  focal: ['20.04', '4.2'],
  groovy: ['20.10', null],
  hirsute: ['21.04', null],
  impish: ['21.10', null],
  jammy: ['22.04', '6.2'],
  kinetic: ['22.10', null],
  lunar: ['23.04', null],
  mantic: ['23.10', null],
  noble: ['24.04', '8.2'],
  oracular: ['24.10', null],
  plucky: ['25.04', null],
  questing: ['25.10', '10.1'],
  resolute: ['26.04', '10.2'],
  stonking: ['26.10', null],
};

const family = '(pc-i440fx|pc-q35|virt)';

/** `pc-q35-rhel9.6.0`; the types of RHEL 6 have no family. The name does not say which upstream rows it has. */
function redHatType(name: string): DistributionType | null {
  const release = new RegExp(`^(?:${family}-)?rhel(\\d{1,2}\\.\\d{1,2})\\.\\d{1,2}$`).exec(name)?.[2];
  return release === undefined ? null : { maker: `Red Hat Enterprise Linux ${release}`, upstream: null, because: '' };
}

/** `pc-q35-noble`, perhaps with variants behind it (`-v2`, `-hpb`, `-maxcpus`); `ubuntu` and `ubuntu-q35` are aliases of the newest. */
function ubuntuType(name: string): DistributionType | null {
  if (name === 'ubuntu' || name === 'ubuntu-q35') return { maker: 'Ubuntu', upstream: null, because: '' };
  const [, base = '', code = ''] = new RegExp(`^${family}-([a-z]{1,16})(?:-[a-z0-9]{1,16}){0,3}$`).exec(name) ?? [];
  if (!Object.hasOwn(ubuntuReleases, code)) return null;
  const [release, qemu] = ubuntuReleases[code] ?? ['', null];
  const maker = `Ubuntu ${release}`;
  return qemu === null
    ? { maker, upstream: null, because: '' }
    : { maker, upstream: `${base}-${qemu}`, because: `${maker} has QEMU ${qemu}` };
}

/**
 * `pc-q35-9.2` of `pc-q35-9.2+pve1`, `q35` of `q35+pve0`, perhaps with `.pxe` behind: QEMU as Proxmox builds it cuts the revision off, which
 * is for what Proxmox itself writes, and takes the type before it. null for a name without a revision.
 */
function proxmoxMachine(name: string): string | null {
  return new RegExp(`^((?:${family}|pc)-\\d{1,2}(?:\\.\\d{1,2}){1,2}|pc|q35|virt)\\+pve\\d{1,3}(?:\\.pxe)?$`).exec(name)?.[1] ?? null;
}

function proxmoxType(name: string): DistributionType | null {
  const upstream = proxmoxMachine(name);
  return upstream === null ? null : { maker: 'Proxmox VE', upstream, because: 'its name says so', isUpstream: true };
}

/** The upstream type that the distribution's own QEMU takes for a name; the name itself where it has a type for it, or is nobody's own. */
export function upstreamMachine(name: string): string {
  const type = distributionType(name);
  return type?.isUpstream === true && type.upstream !== null ? type.upstream : name;
}

/** The distribution of a machine type that bears a distribution's name; null for any other. */
export function distributionType(name: string): DistributionType | null {
  return redHatType(name) ?? ubuntuType(name) ?? proxmoxType(name);
}
