/** The answer as JSON, and the command that gives it. */
import { useSignal } from '@preact/signals';
import { planCommand, viewCommand } from '../model/command.ts';
import { definitions } from '../model/definitions.ts';
import { EXAMPLES } from '../model/examples.ts';
import type { Place } from '../model/place.ts';
import { shellCommand } from '../model/shell.ts';
import { viewJsonParts } from '../model/view-json.ts';
import { requestOf, whatIf } from '../model/what-if.ts';
import { findDevice, type Source, sources } from '../model/workspace.ts';
import { CopyField } from '../parts/copy-field.tsx';
import { fileName, saveFile } from '../parts/save.ts';

/** An answer: its command, and its JSON when that is wanted. */
interface Answered {
  readonly command: readonly string[];
  /** What is to be known of the command, in sentences. */
  readonly notes: readonly string[];
  readonly json: () => Promise<readonly string[]>;
  readonly file: string;
}

/** The name of an input's file; examples are captures of the package. */
const fileOf = (name: string): string => (EXAMPLES.includes(name) ? `${name}.json` : name);

/** Of names that are not those of files of the reader's. */
function nameNotes(names: readonly string[]): readonly string[] {
  return [
    ...(names.some(name => /^pasted/.test(name)) ? ['What was pasted is to be saved as a file of that name first.'] : []),
    ...(names.some(name => EXAMPLES.includes(name)) ? ['The examples are in the folder captures of the package vfio-airlock.'] : []),
  ];
}

function ofView(source: Source, device: number | null): Answered {
  const request = requestOf(whatIf.value);
  const { devices } = source.read;
  const own = device === null ? undefined : devices[device];
  const chosen = device === null ? devices : own === undefined ? [] : [own];
  const address = own?.bdf?.text ?? null;
  const isAmbiguous = own !== undefined && devices.length > 1 && devices.filter(({ bdf }) => (bdf?.text ?? null) === address).length > 1;
  return {
    command: viewCommand(fileOf(source.name), devices.length > 1 ? address : null, request),
    notes: [
      ...nameNotes([source.name]),
      ...(isAmbiguous || (own !== undefined && address === null && devices.length > 1)
        ? ['The input has several devices that no address tells apart: the command shows them all.']
        : []),
    ],
    json: () => viewJsonParts(chosen, request),
    file: `${fileName(source.name)}${address === null ? '' : `-${fileName(address)}`}.json`,
  };
}

/** Loaded with the plan. */
async function planJsonParts(): Promise<readonly string[]> {
  const { planJsonText } = await import('../plan/plan-json-text.ts');
  return [planJsonText()];
}

async function choiceOfPlan() {
  return (await import('../plan/planning.ts')).choice.peek();
}

function answerOf(at: Place): Answered | null {
  switch (at.view) {
    case 'host':
    case 'device': {
      const source = sources.value.find(({ id }) => id === at.source);
      if (source === undefined || (at.view === 'device' && findDevice(at.source, at.device) === null)) return null;
      return ofView(source, at.view === 'device' ? at.device : null);
    }
    default:
      return null;
  }
}

export function Answer({ at }: { readonly at: Place }) {
  return at.view === 'plan' ? <PlanAnswer /> : <ViewAnswer at={at} />;
}

function ViewAnswer({ at }: { readonly at: Place }) {
  const answer = answerOf(at);
  return answer === null ? null : <Answers {...answer} />;
}

function PlanAnswer() {
  const asked = useSignal<{ readonly profile: string | null; readonly author: string | null } | null>(null);
  if (asked.value === null) void choiceOfPlan().then(choice => (asked.value = choice));
  if (definitions.value.length === 0 || asked.value === null) return null;
  const nameOf = (id: string | null): string | null => {
    const author = sources.value.find(source => source.id === id);
    return author === undefined ? null : fileOf(author.name);
  };
  const names = [...definitions.value, ...sources.value].map(({ name }) => name);
  const command = planCommand(
    definitions.value.map(({ name }) => name),
    sources.value.map(({ name }) => fileOf(name)),
    { profile: asked.value.profile, author: nameOf(asked.value.author) },
  );
  return <Answers command={command} notes={nameNotes(names)} json={planJsonParts} file="plan.json" />;
}

function Answers({ command, notes, json, file }: Answered) {
  const said = useSignal('');
  const text = useSignal<string | null>(null);
  const make = async (use: (parts: readonly string[]) => void): Promise<void> => {
    try {
      use(await json());
      said.value = '';
    } catch (error) {
      said.value = error instanceof Error ? error.message : String(error);
    }
  };
  return (
    <>
      <section class="stack-take" aria-labelledby="take-command">
        <h3 id="take-command">Command</h3>
        <CopyField label="The command that gives the same answer, in the folder of the input's file" text={shellCommand(command)} />
        {notes.map(note => (
          <p class="soft small" key={note}>
            {note}
          </p>
        ))}
      </section>
      <section class="stack-take" aria-labelledby="take-json">
        <h3 id="take-json">JSON</h3>
        <div class="bar">
          <button type="button" onClick={() => void make(parts => saveFile(file, 'application/json', parts))}>
            Save {file}
          </button>
          <button type="button" onClick={() => void make(parts => (text.value = parts.join('')))}>
            Show it
          </button>
        </div>
        {text.value !== null && <CopyField label="What the command prints" text={text.value} rows={8} />}
        <p role="status" class="small">
          {said}
        </p>
      </section>
    </>
  );
}
