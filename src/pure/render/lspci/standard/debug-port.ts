/** The text of the Debug Port. */
import { debugPort } from '../../../pci/capabilities/debug-port.ts';
import { renderer } from '../renderer.ts';

export const debugPortText = renderer(debugPort, ({ location }) => ({
  title: `Debug port: BAR=${location.barNumber} offset=${location.offset.toString(16).padStart(4, '0')}`,
  lines: [],
}));
