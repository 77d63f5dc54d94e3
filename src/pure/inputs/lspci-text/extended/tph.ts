/** Reads the text of Transaction Processing Hints: a line for each thing that there is. */
import { tph } from '../../../pci/extended/tph.ts';
import { reader } from '../reader.ts';

const MODES = {
  'Interrupt vector mode supported': 'interruptVectorMode',
  'Device specific mode supported': 'deviceSpecificMode',
  'Extended requester support': 'extendedRequester',
};
const LOCATIONS = {
  'No steering table available': 'none',
  'Steering table in TPH capability structure': 'capability',
  'Steering table in MSI-X table': 'msix',
  'Reserved steering table location': 'reserved',
};

export const tphReader = reader(tph, /^Transaction Processing Hints/, {
  rest(lines, put) {
    for (const [words, field] of Object.entries(MODES)) if (lines.includes(words)) put.set('capability', field, true);
    for (const [words, value] of Object.entries(LOCATIONS)) if (lines.includes(words)) put.set('capability', 'tableLocation', value);
  },
});
