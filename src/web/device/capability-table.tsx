/** What becomes of each capability, in words: the host's, the guest's, by whom, why. */
import { hexDigits } from '../../pure/bytes/hex.ts';
import type { View } from '../../pure/guest-view/index.ts';
import { unknownPlaces } from '../../pure/pci/unknown-places.ts';
import type { Block, Lane } from '../model/lanes.ts';
import { openBlock } from '../model/selection.ts';
import { Chip } from '../parts/chip.tsx';

function Row({ block }: { readonly block: Block }) {
  const { key, kind, name, title, offset, version, tone, stage, reason } = block;
  const isOpen = openBlock.value === key;
  const place = kind === 'extended' && version !== null ? `${hexDigits(offset, 2)} v${version}` : hexDigits(offset, 2);
  return (
    <tr class={isOpen ? 'open' : undefined} data-row={key} onClick={() => (openBlock.value = key)}>
      <td class="mono">{place}</td>
      <th scope="row">
        <button
          type="button"
          class="plain-button"
          title={title}
          aria-current={isOpen ? 'true' : undefined}
          onClick={() => (openBlock.value = key)}
        >
          {name}
        </button>
      </th>
      <td>{tone === 'plain' ? <span class="soft">in the host</span> : <Chip tone={tone}>{tone}</Chip>}</td>
      <td class="small">{stage ?? ''}</td>
      <td class="small why">{reason}</td>
    </tr>
  );
}

/** Rows of the guest's lane; of a device that fails to realize those of the hardware. */
export function CapabilityTable({ view, lanes }: { readonly view: View; readonly lanes: readonly Lane[] }) {
  const blocks = lanes.at(-1)?.blocks ?? [];
  const unknown = unknownPlaces(view.config);
  return (
    <div class="wide">
      <table class="capabilities">
        <caption>{view.realized.outcome === 'failed' ? "Capabilities of the host's device" : 'What becomes of each capability'}</caption>
        <thead>
          <tr>
            <th scope="col">At</th>
            <th scope="col">Capability</th>
            <th scope="col">Guest</th>
            <th scope="col">By</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {blocks.map(block => (
            <Row key={block.key} block={block} />
          ))}
          {unknown.map(({ from, to, text }) => (
            <tr key={`u${from}`} data-unknown={from}>
              <td class="mono">{from === to ? hexDigits(from, 2) : `${hexDigits(from, 2)}–${hexDigits(to, 2)}`}</td>
              <th scope="row">?</th>
              <td>
                <Chip tone="unknown">unknown</Chip>
              </td>
              <td class="small" />
              <td class="small why">{text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
