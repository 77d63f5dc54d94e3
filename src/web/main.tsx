/** Puts the views together into the page. */
import { render } from 'preact';
import { Compare } from './compare/compare.tsx';
import { Device } from './device/device.tsx';
import { Frame } from './frame/frame.tsx';
import { followHistory } from './frame/history.ts';
import { followKeys } from './frame/keys.tsx';
import { followTheme } from './frame/theme-choice.tsx';
import { Host } from './host/host.tsx';
import { openEmbedded } from './model/open-embedded.ts';
import { goTo, place } from './model/place.ts';
import { LazyPlan } from './plan/lazy-plan.tsx';
import { TakeAwayButton, TakeAwayDialog } from './share/take-away.tsx';
import { followDrops } from './start/follow-drops.ts';
import { DropHint, Start } from './start/start.tsx';
// Before the plan is loaded links know its choices.
import './model/plan-choice.ts';
import './style/tokens.css';
import './style/page.css';
import './style/frame.css';
import './style/print.css';

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
    case 'plan':
      return <LazyPlan vm={at.vm} source={at.source} />;
  }
}

function Page() {
  return (
    <Frame tools={<TakeAwayButton />}>
      <View />
      <TakeAwayDialog />
      <DropHint />
    </Frame>
  );
}

/** A link in the address says where to begin, else the data that came with the page do. */
async function begin(): Promise<void> {
  const first = await openEmbedded();
  if (first !== null && location.hash === '') goTo(first);
  await followHistory();
}

const root = document.getElementById('page');
if (root !== null) {
  followTheme();
  followKeys();
  followDrops();
  render(<Page />, root);
  void begin();
}
