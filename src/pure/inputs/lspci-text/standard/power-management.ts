/** Reads the text of Power Management. */
import { powerManagement } from '../../../pci/capabilities/power-management.ts';
import { decimal, flags, inverted, named, part, reader } from '../reader.ts';

/** Codes by milliamperes (PCI PM 1.2 §3.2.3). */
const AUX_CURRENTS = { 0: 0, 55: 1, 100: 2, 160: 3, 220: 4, 270: 5, 320: 6, 375: 7 };

export const powerManagementReader = reader(powerManagement, /^Power Management version \d/, {
  title: [decimal('capabilities', 'version', /version (\d)/)],
  labels: {
    Flags: [
      part(/^(.*?)PME\(/, flags('capabilities', { PMEClk: 'pmeClock', DSI: 'deviceSpecificInitialization', D1: 'd1', D2: 'd2' })),
      named('capabilities', 'auxCurrent', /AuxCurrent=(\d+)mA/, AUX_CURRENTS),
      part(/PME\(([^)]*)\)/, flags('capabilities', { D0: 'pmeD0', D1: 'pmeD1', D2: 'pmeD2', D3hot: 'pmeD3hot', D3cold: 'pmeD3cold' })),
    ],
    Status: [
      decimal('control', 'powerState', /^D([0-3])\b/),
      flags('control', { NoSoftRst: 'noSoftReset', 'PME-Enable': 'pmeEnable', PME: 'pmeStatus' }),
      decimal('control', 'dataSelect', /DSel=(\d+)/),
      decimal('control', 'dataScale', /DScale=(\d+)/),
    ],
    Bridge: [flags('bridge', { PM: 'busPowerClockControl' }), inverted('bridge', { B3: 'b2b3' })],
  },
});
