/** The text of the Debug Port. */
import { hexDigits } from '../../../bytes/hex.ts';
import { debugPort } from '../../../pci/capabilities/debug-port.ts';
import { renderer } from '../renderer.ts';

export const debugPortText = renderer(debugPort, ({ location }) => ({
  title: `Debug port: BAR=${location.barNumber} offset=${hexDigits(location.offset, 4)}`,
  lines: [],
}));
