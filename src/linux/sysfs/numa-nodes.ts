/** NUMA nodes of a host, and how far they are from each other (sysfs-devices-node). */
import type { NumaNode } from '../../pure/facts/index.ts';
import { listFolder, readText } from './attribute.ts';

function parseDistances(text: string | null): number[] | null {
  const words = text?.split(/\s+/) ?? [];
  return words.length > 0 && words.every(word => /^\d{1,3}$/.test(word)) ? words.map(Number) : null;
}

/** In the order of their numbers; null where the kernel shows none, as one that is built without NUMA. `root` without a slash behind it. */
export function readNumaNodes(root: string): NumaNode[] | null {
  const folder = `${root}/sys/devices/system/node`;
  const numbers = (listFolder(folder) ?? []).map(name => /^node(\d{1,5})$/.exec(name)?.[1]).filter(digits => digits !== undefined);
  if (numbers.length === 0) return null;
  const nodes = numbers.map(Number).sort((a, b) => a - b);
  return nodes.map(node => {
    const cpus = readText(`${folder}/node${node}/cpulist`);
    const distances = parseDistances(readText(`${folder}/node${node}/distance`));
    return { node, distances, cpus: cpus !== null && /^[\d,-]{0,1000}$/.test(cpus) ? cpus : null };
  });
}
