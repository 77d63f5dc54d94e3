/** The page's state as a link, and a link made the page's state. */
import { signal } from '@preact/signals';
import { contentId } from './content-id.ts';
import { addDefinitions, definitions } from './definitions.ts';
import { EXAMPLES, exampleText } from './examples.ts';
import { decodeLinkData, LinkDataError, type LinkedInput } from './link-data.ts';
import { formatLink, formatWanted, type LinkParts, parseLink, parseWanted, valuesOf, type WantedInput } from './link-text.ts';
import { linkedParts } from './linked.ts';
import { goTo, type Place } from './place.ts';
import { inputsOf, placeParts, readPlace } from './place-link.ts';
import type { NamedBytes } from './read-input.ts';
import { NOTHING_CHANGED, whatIf } from './what-if.ts';
import { readWhatIf, whatIfParts } from './what-if-link.ts';
import { addInputs, findDevice, sources } from './workspace.ts';

const wantedOf = ({ name, bytes }: NamedBytes): WantedInput => ({ name, content: contentId(bytes) });

/** The inputs that a place shows, in the order of its link. */
export function inputsOfPlace(at: Place): readonly LinkedInput[] {
  const ids = inputsOf(at);
  if (ids === 'all') {
    const inputs = sources.value.map(({ name, bytes }) => ({ kind: 'input', name, bytes }) as const);
    return [...inputs, ...definitions.value.map(({ name, bytes }) => ({ kind: 'definition', name, bytes }) as const)];
  }
  return ids.flatMap(id => sources.value.filter(source => source.id === id).map(({ name, bytes }) => ({ kind: 'input', name, bytes })));
}

/** What is shown as the text of a link, without `#`; `data` as `encodeLinkData` made it. Reads signals. */
export function linkOf(at: Place, data: string | null = null): string {
  const ids = inputsOf(at);
  const order = ids === 'all' ? sources.value.map(({ id }) => id) : ids;
  const inputs = inputsOfPlace(at).map(({ kind, ...input }) => [kind, formatWanted(wantedOf(input))] as const);
  const more = [...linkedParts].flatMap(([key, part]) => {
    const text = part.read();
    return text === null ? [] : [[key, text] as const];
  });
  const [view, ...rest] = placeParts(at, source => `${order.indexOf(source) + 1}`);
  return formatLink([
    ...(view === undefined ? [] : [view]),
    ...inputs,
    ...rest,
    ...whatIfParts(whatIf.value),
    ...more,
    ...(data === null ? [] : [['data', data] as const]),
  ]);
}

/** A link that waits for inputs that are not here. */
export interface WaitingLink {
  readonly text: string;
  readonly missing: readonly WantedInput[];
}

/** The link that was opened last, where it lacks inputs. */
export const waitingLink = signal<WaitingLink | null>(null);

/** What is to be said of the link that was opened last, in sentences. */
export const linkNotes = signal<readonly string[]>([]);

/** The ids of the sources that a link wants, in its order; null for one that is not here. */
function findSources(wanted: readonly WantedInput[]): readonly (string | null)[] {
  return wanted.map(({ content }) => sources.value.find(({ bytes }) => contentId(bytes) === content)?.id ?? null);
}

const wantedBy = (parts: LinkParts, key: string): readonly WantedInput[] => valuesOf(parts, key).flatMap(text => parseWanted(text) ?? []);

const hasDefinition = ({ content }: WantedInput): boolean => definitions.value.some(({ bytes }) => contentId(bytes) === content);

/** What of the wanted is not here. */
function missingOf(parts: LinkParts): readonly WantedInput[] {
  const inputs = wantedBy(parts, 'input');
  const here = findSources(inputs);
  return [...inputs.filter((_, i) => here[i] === null), ...wantedBy(parts, 'definition').filter(wanted => !hasDefinition(wanted))];
}

/** Adds the inputs that stand in a link and those of the examples that it names, but for those that are here. */
async function fetchInputs(parts: LinkParts): Promise<readonly string[]> {
  const notes: string[] = [];
  const [data] = valuesOf(parts, 'data');
  if (data !== undefined && missingOf(parts).length > 0)
    try {
      const inputs = await decodeLinkData(data);
      addDefinitions(inputs.filter(({ kind }) => kind === 'definition'));
      await addInputs(inputs.filter(({ kind, bytes }) => kind === 'input' && findSources([wantedOf({ name: '', bytes })])[0] === null));
    } catch (error) {
      if (!(error instanceof LinkDataError)) throw error;
      notes.push(`The data in the link cannot be used: ${error.message}.`);
    }
  for (const { name } of missingOf(parts)) {
    if (!EXAMPLES.includes(name)) continue;
    const bytes = new TextEncoder().encode(await exampleText(name));
    if (missingOf(parts).some(({ content }) => content === contentId(bytes))) await addInputs([{ name, bytes }]);
  }
  return notes;
}

/** The place that the parts name, with an input's host in place of a device that the input does not have; and what is to be said of that. */
function placeOf(parts: LinkParts): { readonly to: Place; readonly notes: readonly string[] } {
  const inputs = findSources(wantedBy(parts, 'input')).map(id => id ?? '');
  const to = readPlace(parts, inputs);
  if (to === null) return { to: { view: 'start' }, notes: ['The link names no place of this page, so it begins at the start.'] };
  if (to.view !== 'device' || findDevice(to.source, to.device) !== null) return { to, notes: [] };
  return {
    to: { view: 'host', source: to.source },
    notes: [`The input has no device ${to.device}, counted from 0, which the link names.`],
  };
}

/** Shows what a link with all its inputs names. */
function show(parts: LinkParts): readonly string[] {
  const { question, why } = readWhatIf(parts);
  const { to, notes } = placeOf(parts);
  for (const [key, part] of linkedParts) part.write(valuesOf(parts, key)[0] ?? null);
  whatIf.value = question;
  goTo(to);
  return [...notes, ...(why === null ? [] : [`The link asks what cannot be asked, so nothing is changed: ${why}.`])];
}

/** Counts links, so that one which waits for its inputs does not come after the next. */
let opened = 0;

/** Makes the page's state that of a link, whatever text it is; never throws. Where inputs are missing, {@link waitingLink} names them. */
export async function openLink(text: string): Promise<void> {
  const turn = ++opened;
  const link = parseLink(text);
  waitingLink.value = null;
  linkNotes.value = [];
  if (link.kind !== 'link') {
    whatIf.value = NOTHING_CHANGED;
    for (const part of linkedParts.values()) part.write(null);
    goTo({ view: 'start' });
    if (link.kind === 'other-version') linkNotes.value = ['The link is of another version of the page, which this one cannot read.'];
    return;
  }
  const notes = missingOf(link.parts).length === 0 ? [] : await fetchInputs(link.parts);
  if (turn !== opened) return;
  const missing = missingOf(link.parts);
  if (missing.length > 0) {
    goTo({ view: 'start' });
    waitingLink.value = { text, missing };
    linkNotes.value = notes;
    return;
  }
  linkNotes.value = [...notes, ...show(link.parts)];
}

/** Opens the waiting link if its inputs have come. */
export async function retryWaitingLink(): Promise<void> {
  const waiting = waitingLink.value;
  if (waiting === null) return;
  const link = parseLink(waiting.text);
  if (link.kind !== 'link') return;
  const missing = missingOf(link.parts);
  if (missing.length === 0) await openLink(waiting.text);
  else if (missing.length < waiting.missing.length) waitingLink.value = { ...waiting, missing };
}
