/** A device: what the guest sees of it. */
import { formatHex } from '../../pure/bytes/hex.ts';
import { view } from '../../pure/guest-view/index.ts';
import { capabilityName } from '../../pure/pci/capability-names.ts';
import { requestOf, whatIf } from '../model/what-if.ts';
import { deviceName, findDevice } from '../model/workspace.ts';
import { Chip } from '../parts/chip.tsx';

export function Device({ source, device }: { readonly source: string; readonly device: number }) {
  const choice = findDevice(source, device);
  if (choice === null) return <main>No such device</main>;
  const { realized } = view(choice.facts, requestOf(whatIf.value));
  return (
    <main>
      <h1>{deviceName(choice)}</h1>
      {realized.outcome === 'failed' ? (
        <p role="alert">{realized.error.message}</p>
      ) : (
        <table>
          <tbody>
            {realized.capabilities.map(({ kind, id, offset, status, reason }) => (
              <tr key={`${kind}${offset}`}>
                <td class="mono">{formatHex(offset)}</td>
                <td>{capabilityName(kind, id)}</td>
                <td>
                  <Chip tone={status}>{status}</Chip>
                </td>
                <td>{reason?.text ?? ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </main>
  );
}
