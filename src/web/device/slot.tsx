/** The slot that the guest finds the device in. */
import type { View } from '../../pure/guest-view/index.ts';
import { slotRows } from '../../pure/render/slot-text.ts';
import { viewSlot } from '../../pure/slot/index.ts';
import { PCI_EXT_CAP_ID_PASID } from '../../pure/spec/pci-regs.ts';
import { Chip } from '../parts/chip.tsx';

export function SlotTable({ view }: { readonly view: View }) {
  const { realized } = view;
  if (realized.outcome === 'failed') return null;
  const hasPasid = realized.capabilities.some(({ kind, id }) => kind === 'extended' && id === PCI_EXT_CAP_ID_PASID);
  return (
    <table class="slot">
      <caption>Regions and slot</caption>
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">Size</th>
          <th scope="col">Kind</th>
        </tr>
      </thead>
      <tbody>
        {slotRows(viewSlot(view), hasPasid).map(({ name, value, isUnknown, text }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{isUnknown ? <Chip tone="unknown">{value}</Chip> : value}</td>
            <td class="small">{text}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
