/** A host: its devices. */
import { goTo } from '../model/place.ts';
import { deviceName, devices } from '../model/workspace.ts';

export function Host({ source }: { readonly source: string }) {
  const own = devices.value.filter(device => device.source.id === source);
  return (
    <main>
      <h1>{own[0]?.source.name ?? 'No such input'}</h1>
      <ul>
        {own.map(device => (
          <li key={device.index}>
            <button type="button" onClick={() => goTo({ view: 'device', source, device: device.index })}>
              {deviceName(device)}
            </button>
          </li>
        ))}
      </ul>
    </main>
  );
}
