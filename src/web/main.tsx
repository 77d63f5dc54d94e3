/** Puts the views together into the page. */
import { render } from 'preact';
import { Compare } from './compare/compare.tsx';
import { Device } from './device/device.tsx';
import { Host } from './host/host.tsx';
import { goTo, place } from './model/place.ts';
import { sources } from './model/workspace.ts';
import { Start } from './start/start.tsx';
import './style/tokens.css';
import './style/page.css';

function View() {
  const at = place.value;
  switch (at.view) {
    case 'start':
      return <Start />;
    case 'host':
      return <Host source={at.source} />;
    case 'device':
      return <Device source={at.source} device={at.device} />;
    case 'compare':
      return <Compare a={at.a} b={at.b} />;
  }
}

function Page() {
  return (
    <div class="frame">
      <header class="bar">
        <button type="button" onClick={() => goTo({ view: 'start' })}>
          Airlock
        </button>
        <nav class="bar" aria-label="Inputs">
          {sources.value.map(({ id, name }) => (
            <button type="button" key={id} onClick={() => goTo({ view: 'host', source: id })}>
              {name}
            </button>
          ))}
        </nav>
      </header>
      <View />
    </div>
  );
}

const root = document.getElementById('page');
if (root !== null) render(<Page />, root);
