/** The text of Process Address Space ID. */
import { hexDigits } from '../../../bytes/hex.ts';
import { pasid } from '../../../pci/extended/pasid.ts';
import { renderer, sign } from '../renderer.ts';

export const pasidText = renderer(pasid, ({ capability, control }) => {
  const supported = `Exec${sign(capability.executePermissionSupported)} Priv${sign(capability.privilegedModeSupported)}`;
  const enabled = `Exec${sign(control.executePermissionEnable)} Priv${sign(control.privilegedModeEnable)}`;
  return {
    title: 'Process Address Space ID (PASID)',
    lines: [
      `PASIDCap: ${supported}, Max PASID Width: ${hexDigits(capability.maxPasidWidth, 2)}`,
      `PASIDCtl: Enable${sign(control.enable)} ${enabled}`,
    ],
  };
});
