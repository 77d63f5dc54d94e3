/** The text of Transaction Processing Hints. */
import { tph } from '../../../pci/extended/tph.ts';
import { renderer } from '../renderer.ts';

const TABLE_LOCATIONS: Readonly<Record<string, string>> = {
  none: 'No steering table available',
  capability: 'Steering table in TPH capability structure',
  msix: 'Steering table in MSI-X table',
  reserved: 'Reserved steering table location',
};

export const tphText = renderer(tph, ({ capability }) => {
  const lines: string[] = [];
  if (capability.interruptVectorMode) lines.push('Interrupt vector mode supported');
  if (capability.deviceSpecificMode) lines.push('Device specific mode supported');
  if (capability.extendedRequester) lines.push('Extended requester support');
  const location = TABLE_LOCATIONS[capability.tableLocation];
  if (location !== undefined) lines.push(location);
  return { title: 'Transaction Processing Hints', lines };
});
