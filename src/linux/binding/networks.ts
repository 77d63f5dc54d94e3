/** Network interfaces, the hardware below them, and which of them leads out (sysfs-class-net, proc(5)). */
import { listFolder, readText } from '../sysfs/attribute.ts';
import { isBelow, readRealPath, readWholeText, rootPrefix } from './paths.ts';

export interface NetworkInterface {
  readonly name: string;
  /** Its resolved sysfs folder. */
  readonly folder: string;
  /** Whether hardware stands behind it, not software alone. */
  readonly isPhysical: boolean;
  readonly isUp: boolean;
  /** Interfaces below it, as below a bridge, a bond or a VLAN. */
  readonly lower: readonly string[];
}

export interface Networks {
  readonly interfaces: readonly NetworkInterface[];
  /** Interfaces that the default routes use. */
  readonly defaultRoutes: readonly string[];
}

function readInterface(root: string, name: string): NetworkInterface | null {
  const folder = readRealPath(`${root}/sys/class/net/${name}`);
  if (folder === null) return null;
  const names = listFolder(folder) ?? [];
  const state = readText(`${folder}/operstate`);
  const isUp = state === 'up' || (state === 'unknown' && readText(`${folder}/carrier`) === '1');
  const lower = names.filter(entry => entry.startsWith('lower_')).map(entry => entry.slice('lower_'.length));
  return { name, folder, isPhysical: names.includes('device'), isUp, lower };
}

/** `eth0 00000000 gateway …` with the mask in the eighth column, and for IPv6 `destination prefix … interface`. */
function readDefaultRoutes(root: string): string[] {
  const ipv4 = (readWholeText(`${root}/proc/net/route`) ?? '').split('\n').flatMap(line => {
    const [name, destination, , , , , , mask] = line.split('\t').map(part => part.trim());
    return name !== undefined && destination === '00000000' && mask === '00000000' ? [name] : [];
  });
  const ipv6 = (readWholeText(`${root}/proc/net/ipv6_route`) ?? '').split('\n').flatMap(line => {
    const parts = line.trim().split(/\s+/);
    const name = parts.at(-1);
    // The route for unreachable addresses goes to loopback.
    return /^0{32}$/.test(parts[0] ?? '') && parts[1] === '00' && name !== undefined && name !== 'lo' ? [name] : [];
  });
  return [...new Set([...ipv4, ...ipv6])];
}

export function readNetworks(rootFolder = '/'): Networks {
  const root = rootPrefix(rootFolder);
  const interfaces = (listFolder(`${root}/sys/class/net`) ?? []).map(name => readInterface(root, name)).filter(it => it !== null);
  return { interfaces, defaultRoutes: readDefaultRoutes(root) };
}

/** The physical interfaces that `name` stands on, itself among them where it is one. */
function physicalBelow(networks: Networks, name: string, depth = 0): NetworkInterface[] {
  const found = networks.interfaces.find(it => it.name === name);
  if (found === undefined || depth > 8) return [];
  return [...(found.isPhysical ? [found] : []), ...found.lower.flatMap(lower => physicalBelow(networks, lower, depth + 1))];
}

/** Why the host would be cut off without the hardware in `folders`: a sentence's end; null where it would not be. */
export function findLostNetwork(networks: Networks, folders: readonly string[]): string | null {
  const isLost = ({ folder }: NetworkInterface): boolean => folders.some(path => isBelow(folder, path));
  const up = networks.interfaces.filter(it => it.isPhysical && it.isUp);
  const lost = up.filter(isLost).map(({ name }) => name);
  if (lost.length > 0 && lost.length === up.length) return `the only network that is up (${lost.join(', ')})`;
  const ways = networks.defaultRoutes.flatMap(name => physicalBelow(networks, name));
  if (ways.length > 0 && ways.every(isLost)) return `the only default route (${networks.defaultRoutes.join(', ')})`;
  return null;
}
