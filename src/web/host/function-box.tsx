/** A box of the picture of a host: a root bus, a bridge, a function, or a run of functions that are alike. */
import type { ComponentChild } from 'preact';
import type { DeviceNames } from '../../pure/pci/pci-ids.ts';
import type { AtsAnswer } from '../model/ats-survey.ts';
import { className, deviceTitle, type FunctionLine } from '../model/function-line.ts';
import type { Box } from '../model/host-layout.ts';
import { ATS_TONES, ATS_WORDS, kernelWords } from '../parts/ats-chip.tsx';
import { foreign, foreignClip } from '../parts/foreign-text.ts';

/** CSS pixels of a character of the small type, at most; of its badges, and between them. */
const [CHARACTER, BADGE_CHARACTER, BADGE_PADDING, BADGE_GAP] = [6.6, 6.1, 10, 4];
const [FIRST_LINE, SECOND_LINE, LEFT] = [15, 31, 8];
const TOGGLE = 18;

export interface BoxProps {
  readonly box: Box;
  readonly lines: readonly FunctionLine[];
  readonly answers: readonly AtsAnswer[];
  readonly names: DeviceNames;
  readonly isActive: boolean;
  readonly isLit: boolean | null;
  readonly id: string;
  readonly onOpen: () => void;
  readonly onToggle: () => void;
}

interface Badge {
  readonly text: string;
  readonly tone: string;
}

export function driverWords({ driver }: Pick<FunctionLine, 'driver'>): string | null {
  return driver === null ? null : driver === 'none' ? 'no driver' : driver.name;
}

function badgesOf(line: FunctionLine, answer: AtsAnswer | undefined): Badge[] {
  const badges: Badge[] = [];
  if (answer !== undefined && answer.outcome !== 'bridge' && answer.outcome !== 'absent') {
    const words = answer.outcome === 'refused' ? 'refused' : `ATS ${ATS_WORDS[answer.outcome]}`;
    badges.push({ text: words, tone: ATS_TONES[answer.outcome] ?? 'plain' });
  }
  if (line.sriov !== null) badges.push({ text: line.sriov === 'physical function' ? 'PF' : 'VF', tone: 'plain' });
  if (typeof line.numaNode === 'number') badges.push({ text: `node ${line.numaNode}`, tone: 'plain' });
  return badges;
}

/** The same badge for many: `ATS masked 62, shown 2`. */
function badgesOfRun(members: readonly number[], answers: readonly AtsAnswer[]): Badge[] {
  const counts = new Map<AtsAnswer['outcome'], number>();
  for (const index of members) {
    const outcome = answers[index]?.outcome;
    if (outcome !== undefined && outcome !== 'bridge' && outcome !== 'absent') counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  return [...counts].map(([outcome, count]) => {
    const words = outcome === 'refused' ? 'refused' : `ATS ${ATS_WORDS[outcome]}`;
    return { text: count === members.length ? words : `${words} ${count}`, tone: ATS_TONES[outcome] ?? 'plain' };
  });
}

function Badges({ badges, right, top }: { readonly badges: readonly Badge[]; readonly right: number; readonly top: number }) {
  let x = right;
  return (
    <>
      {badges.map(({ text, tone }) => {
        const width = text.length * BADGE_CHARACTER + BADGE_PADDING;
        x -= width + BADGE_GAP;
        return (
          <g key={text} class={`badge ${tone}`}>
            <rect x={x} y={top} width={width} height={15} rx={7.5} />
            <text x={x + width / 2} y={top + 11} text-anchor="middle">
              {text}
            </text>
          </g>
        );
      })}
    </>
  );
}

interface Content {
  readonly first: string;
  readonly second: string;
  readonly badges: readonly Badge[];
  /** The whole, for a title and for those who do not see it. */
  readonly whole: string;
}

function contentOfFunction(line: FunctionLine, answer: AtsAnswer | undefined, names: DeviceNames): Content {
  const isPort = line.kind !== 'function' && line.kind !== 'header not known' && line.kind !== 'no answer';
  const what = isPort ? line.kind : className(line, names);
  const driver = driverWords(line);
  const title = deviceTitle(line, names);
  const group = line.group === null ? [] : [line.group === 'none' ? 'no IOMMU group' : `group ${line.group.number}`];
  const ats = answer === undefined || answer.outcome === 'bridge' ? [] : [`ATS ${ATS_WORDS[answer.outcome]}`, kernelWords(answer)];
  const whole = [line.name, what, line.ids, title, driver ?? 'driver not known', ...group, line.sriov, ...ats].filter(Boolean).join(', ');
  return { first: line.name, second: [what, driver].filter(Boolean).join(' · '), badges: badgesOf(line, answer), whole };
}

function contentOf({ box: { node }, lines, answers, names }: BoxProps): Content {
  const line = node.index === null ? undefined : lines[node.index];
  if (line !== undefined) return contentOfFunction(line, answers[line.index], names);
  const { kind, name, members, matching } = node;
  if (kind === 'root') return { first: name, second: 'root bus', badges: [], whole: `root bus ${name}` };
  if (kind === 'unplaced') return { first: name, second: '', badges: [], whole: 'functions whose parent is not known' };
  if (kind === 'run') {
    const first = lines[members[0] ?? -1];
    const what = first === undefined ? '' : className(first, names);
    const some = matching === members.length ? '' : `${matching} match · `;
    const driver = first === undefined ? null : driverWords(first);
    const isCommon = members.every(index => driverWords(lines[index] ?? { driver: null }) === driver);
    const second = `${some}${what}${isCommon && driver !== null ? ` · ${driver}` : ''}`;
    return { first: name, second, badges: badgesOfRun(members, answers), whole: `${name}, ${second}` };
  }
  const what = node.bridgeKind ?? 'bridge';
  return { first: name, second: `${what} · not in the input`, badges: [], whole: `${name}, ${what}, not in the input` };
}

function Toggle({ box }: Pick<BoxProps, 'box'>) {
  const { width, height, node } = box;
  return (
    <g class="toggle" transform={`translate(${width - TOGGLE - 2} ${height - TOGGLE})`}>
      <rect width={TOGGLE} height={TOGGLE - 2} rx={3} />
      <text x={TOGGLE / 2} y={12} text-anchor="middle">
        {node.isOpen === true ? '−' : '+'}
      </text>
    </g>
  );
}

function Words({ content, box }: { readonly content: Content; readonly box: Box }): ComponentChild {
  const isMono = box.node.kind !== 'run' && box.node.kind !== 'unplaced';
  const taken = content.badges.reduce((sum, { text }) => sum + text.length * BADGE_CHARACTER + BADGE_PADDING + BADGE_GAP, 0);
  const toggle = box.node.isOpen === null ? 0 : TOGGLE;
  const isRun = box.node.kind === 'run';
  const first = Math.floor((box.width - LEFT - (isRun ? 0 : taken) - 4) / (CHARACTER + 0.6));
  const second = Math.floor((box.width - 2 * LEFT - toggle - (isRun ? taken : 0)) / CHARACTER);
  return (
    <>
      <text class={isMono ? 'first mono' : 'first'} x={LEFT} y={FIRST_LINE}>
        {foreignClip(content.first, Math.max(first, 4))}
      </text>
      <text class="second" x={LEFT} y={SECOND_LINE}>
        {foreignClip(content.second, second)}
      </text>
    </>
  );
}

export function FunctionBox(props: BoxProps) {
  const { box, isActive, isLit, id, onOpen, onToggle } = props;
  const { node, x, y, width, height } = box;
  const content = contentOf(props);
  const isRun = node.kind === 'run';
  const look = [`box ${node.kind}`, isActive ? 'active' : '', isLit === true ? 'lit' : isLit === false ? 'dim' : ''].join(' ');
  return (
    <g
      id={id}
      class={look}
      role="treeitem"
      aria-level={node.level + 1}
      aria-posinset={node.place}
      aria-setsize={node.siblings}
      aria-expanded={node.isOpen ?? undefined}
      aria-selected={isActive}
      data-key={node.key}
      transform={`translate(${x} ${y})`}
      onClick={({ target }) => (target instanceof Element && target.closest('.toggle') !== null ? onToggle() : onOpen())}
    >
      <title>{foreign(content.whole)}</title>
      <rect class="ground" width={width} height={height} rx={4} />
      <Words content={content} box={box} />
      {/* The name of a run needs its whole line. */}
      <Badges badges={content.badges} right={isRun ? width - TOGGLE - 4 : width - 2} top={isRun ? 20 : 4} />
      {node.isOpen !== null && node.kind !== 'root' && node.kind !== 'unplaced' && <Toggle box={box} />}
    </g>
  );
}
