/** Ids that a mend makes up: others where the definition has them already. */
import { findValue, type VmDefinition } from '../../definition.ts';
import { IOMMUFD } from './qemu.ts';

/** In the words of QEMU's options: the id of what the mend adds, with its number at the end. */
const ADDED = /\bid=((?:rp|pxb|iommufd)\d+)\b/;
const CHASSIS = /\bchassis=(\d+)\b/;

/** The first number from `first` on that is not taken. */
function free(first: number, isTaken: (number: number) => boolean): number {
  let number = first;
  while (isTaken(number)) number++;
  return number;
}

/** The mend with ids and a chassis that are free in the definition, or with the iommufd object that is there. */
export function withFreeNames(mend: string, { devices, objects }: VmDefinition): string {
  const backend = mend === IOMMUFD ? objects.find(({ type, id }) => type === 'iommufd' && id !== null) : undefined;
  if (backend !== undefined) return `iommufd=${backend.id}`;
  const [, added] = ADDED.exec(mend) ?? [];
  if (added === undefined) return mend;
  const ids = new Set([...devices, ...objects].map(({ id }) => id));
  const [, name = '', digits = ''] = /^([a-z]+)(\d+)$/.exec(added) ?? [];
  const id = `${name}${free(Number(digits), number => ids.has(`${name}${number}`))}`;
  const used = new Set(devices.map(({ values }) => Number(findValue(values, 'chassis')?.value)));
  return mend
    .replaceAll(new RegExp(`\\b${added}\\b`, 'g'), id)
    .replace(CHASSIS, (_, chassis: string) => `chassis=${free(Number(chassis), number => used.has(number))}`);
}
