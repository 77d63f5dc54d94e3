/** The text of Power Management. */
import { powerManagement } from '../../../pci/capabilities/power-management.ts';
import { PCI_PM_PPB_EXTENSIONS } from '../../../spec/pci-regs.ts';
import { formatFlags, renderer, sign } from '../renderer.ts';

/** Milliamperes by code (PCI PM 1.2 §3.2.3). */
const AUX_CURRENTS = [0, 55, 100, 160, 220, 270, 320, 375];

export const powerManagementText = renderer(powerManagement, ({ capabilities: c, control, bridge }, ref, { config }) => {
  const pme = `PME(D0${sign(c.pmeD0)},D1${sign(c.pmeD1)},D2${sign(c.pmeD2)},D3hot${sign(c.pmeD3hot)},D3cold${sign(c.pmeD3cold)})`;
  const flags = formatFlags({ PMEClk: c.pmeClock, DSI: c.deviceSpecificInitialization, D1: c.d1, D2: c.d2 });
  const state = `D${control.powerState} ${formatFlags({ NoSoftRst: control.noSoftReset, 'PME-Enable': control.pmeEnable })}`;
  const lines = [
    `Flags: ${flags} AuxCurrent=${AUX_CURRENTS[c.auxCurrent]}mA ${pme}`,
    `Status: ${state} DSel=${control.dataSelect} DScale=${control.dataScale} PME${sign(control.pmeStatus)}`,
  ];
  // The bit is B2/B3#: clear means that the secondary bus loses its power, B3.
  if (config.read(ref.offset + PCI_PM_PPB_EXTENSIONS, 1) !== 0) {
    lines.push(`Bridge: ${formatFlags({ PM: bridge.busPowerClockControl, B3: !bridge.b2b3 })}`);
  }
  return { title: `Power Management version ${c.version}`, lines };
});
