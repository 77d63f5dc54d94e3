/** A device: what the guest sees of it, and why. */
import { useMemo } from 'preact/hooks';
import type { View } from '../../pure/guest-view/index.ts';
import { decodeDevice } from '../../pure/pci/decode-device.ts';
import { answerTo } from '../model/answer.ts';
import { type Block, type Lane, lanesOf } from '../model/lanes.ts';
import { openBlock } from '../model/selection.ts';
import { NOTHING_CHANGED, whatIf } from '../model/what-if.ts';
import { type DeviceChoice, findDevice } from '../model/workspace.ts';
import { Bytes } from './bytes.tsx';
import { CapabilityTable } from './capability-table.tsx';
import './device.css';
import { EvidenceList, Messages } from './evidence.tsx';
import { Heading } from './heading.tsx';
import { LanePicture } from './lane-picture.tsx';
import { Legend } from './legend.tsx';
import { RegisterTable } from './register-table.tsx';
import { SlotTable } from './slot.tsx';
import { WhatIfPanel } from './what-if-panel.tsx';

/** What is strange about the bytes. */
function Findings({ view }: { readonly view: View }) {
  const { findings } = useMemo(() => decodeDevice(view.config), [view.config]);
  if (findings.length === 0) return null;
  return (
    <details class="findings">
      <summary>{findings.length === 1 ? 'One strange thing in its bytes' : `${findings.length} strange things in its bytes`}</summary>
      <ul>
        {findings.map(({ code, text }, i) => (
          <li key={i}>
            {text} <span class="soft small mono">{code}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** The open block as the guest has it; that of the hardware where no guest has it, the header where nobody has. */
function blockOf(lanes: readonly Lane[]): Block | undefined {
  for (const { blocks } of [...lanes].reverse()) {
    const found = blocks.find(({ key }) => key === openBlock.value);
    if (found !== undefined) return found;
  }
  return lanes.at(-1)?.blocks[0];
}

/** Whether there is extended space to draw, or it may be there. */
const hasExtended = (lanes: readonly Lane[]): boolean => lanes.some(({ end }) => end > 0x100);

function Space({ view }: { readonly view: View }) {
  const lanes = useMemo(() => lanesOf(view), [view]);
  const block = blockOf(lanes);
  return (
    <>
      <section class="stack" aria-label="Config space">
        <Legend />
        <div class="lane-pictures">
          <LanePicture part="standard" lanes={lanes} />
          {hasExtended(lanes) ? (
            <LanePicture part="extended" lanes={lanes} />
          ) : (
            <p class="soft">The function has no extended config space.</p>
          )}
        </div>
      </section>
      <CapabilityTable view={view} lanes={lanes} />
      {block !== undefined && <RegisterTable view={view} lanes={lanes} block={block} />}
      <Bytes view={view} lanes={lanes} />
    </>
  );
}

function DeviceView({ choice }: { readonly choice: DeviceChoice }) {
  const { facts } = choice;
  const question = whatIf.value;
  const answer = useMemo(() => answerTo(facts, question), [facts, question]);
  const usual = useMemo(() => answerTo(facts, NOTHING_CHANGED), [facts]);
  const { view } = answer;
  return (
    <main class="device" data-device={choice.index}>
      <Heading choice={choice} answer={answer} />
      <WhatIfPanel facts={facts} question={question} answer={answer} usual={usual} />
      <div class="device-body stack">
        {view !== null && (
          <>
            <Messages view={view} />
            <Findings view={view} />
            <Space view={view} />
            <SlotTable view={view} />
            <EvidenceList view={view} />
          </>
        )}
      </div>
    </main>
  );
}

export function Device({ source, device }: { readonly source: string; readonly device: number }) {
  const choice = findDevice(source, device);
  if (choice === null) {
    return (
      <main>
        <h1 tabIndex={-1}>No such device</h1>
        <p>The input that it was in is not in the page. Paste it again, or choose another one.</p>
      </main>
    );
  }
  return <DeviceView key={`${source} ${device}`} choice={choice} />;
}
