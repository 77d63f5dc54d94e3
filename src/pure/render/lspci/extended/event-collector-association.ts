/** The text of Root Complex Event Collector Endpoint Association. */
import { hexDigits } from '../../../bytes/hex.ts';
import { eventCollectorAssociation } from '../../../pci/extended/event-collector-association.ts';
import { renderer } from '../renderer.ts';

const DEVICES = 32;

/** Numbers of the set bits, neighbours as a range: `0-2, 31`. */
function formatRanges(bitmap: number): string {
  const ranges: string[] = [];
  for (let first = 0; first < DEVICES; first++) {
    if (((bitmap >>> first) & 1) === 0) continue;
    let last = first;
    while (last + 1 < DEVICES && ((bitmap >>> (last + 1)) & 1) === 1) last++;
    ranges.push(first === last ? `${first}` : `${first}-${last}`);
    first = last;
  }
  return ranges.join(', ');
}

export const eventCollectorAssociationText = renderer(eventCollectorAssociation, ({ deviceBitmap, associatedBuses: buses }) => {
  const devices = deviceBitmap === 0 ? '00000000 [none]' : `RCiEP at Device(s): ${formatRanges(deviceBitmap)}`;
  const lines = [`RCiEPBitmap: ${devices}`];
  if (buses !== undefined) {
    const none = buses.next === 0xff && buses.last === 0 ? ' [none]' : '';
    lines.push(`AssociatedBusNumbers: ${hexDigits(buses.next, 2)}-${hexDigits(buses.last, 2)}${none}`);
  }
  return { title: 'Root Complex Event Collector Endpoint Association', lines };
});
