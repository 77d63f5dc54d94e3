/** The text of Lane Margining at the Receiver. */
import { laneMarginingFor } from '../../../pci/extended/lane-margining.ts';
import { renderer, sign } from '../renderer.ts';

export const laneMarginingText = renderer(laneMarginingFor(0), ({ portCapabilities, portStatus }) => ({
  title: 'Lane Margining at the Receiver',
  lines: [
    `PortCap: Uses Driver${sign(portCapabilities.usesDriverSoftware)}`,
    `PortSta: MargReady${sign(portStatus.ready)} MargSoftReady${sign(portStatus.softwareReady)}`,
  ],
}));
