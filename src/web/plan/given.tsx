/** What the plan is made of: definitions and hosts, how to give more, and what could not be read. */
import { useSignal } from '@preact/signals';
import { PROFILES } from '../../pure/profiles/index.ts';
import { escapeText } from '../../pure/text/escape.ts';
import { contentId } from '../model/content-id.ts';
import { addDefinitions, definitions, removeDefinition } from '../model/definitions.ts';
import { planAuthor, planProfile } from '../model/plan-choice.ts';
import { addInputs, refusals, sources } from '../model/workspace.ts';
import { foreign, foreignClip } from '../parts/foreign-text.ts';
import type { Planned } from './planning.ts';

/** The most characters of a name in a list to choose from. */
const MOST = 60;

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

async function filesOf(files: Iterable<File>) {
  return Promise.all([...files].map(async file => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })));
}

/** Files of both kinds: what is a capture becomes a host. */
export async function giveFiles(files: Iterable<File>): Promise<void> {
  await addInputs(await filesOf(files));
}

function Paste() {
  const text = useSignal('');
  return (
    <details class="controls" open={definitions.value.length === 0}>
      <summary>Add a definition or a host</summary>
      <div class="plan-paste stack-small">
        <label for="definition">
          Paste a command line of QEMU, a domain of libvirt, a VirtualMachine of KubeVirt, or a configuration of Proxmox, Cloud Hypervisor
          or Incus; files may be captures of hosts, too.
        </label>
        <textarea
          id="definition"
          class="mono"
          rows={6}
          spellcheck={false}
          value={text.value}
          onInput={event => (text.value = event.currentTarget.value)}
        />
        <div class="bar">
          <button
            type="button"
            class="primary"
            disabled={text.value.trim() === ''}
            onClick={() => {
              addDefinitions([{ name: 'pasted', bytes: bytesOf(text.value) }]);
              text.value = '';
            }}
          >
            Plan it
          </button>
          <label>
            Files <input type="file" multiple onChange={event => void giveFiles(event.currentTarget.files ?? [])} />
          </label>
        </div>
      </div>
    </details>
  );
}

function Choices() {
  return (
    <div class="bar controls">
      <label>
        Rules of{' '}
        <select value={planProfile.value} onChange={({ currentTarget: { value } }) => (planProfile.value = value)}>
          <option value="">the definition's VMM, its newest version</option>
          {Object.keys(PROFILES).map(name => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        Written for{' '}
        <select value={planAuthor.value} onChange={({ currentTarget: { value } }) => (planAuthor.value = value)}>
          <option value="">no host that is here</option>
          {sources.value.map(({ id, name, bytes }) => (
            <option key={id} value={contentId(bytes)}>
              {foreignClip(name, MOST)}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

export function Given({ planned }: { readonly planned: Planned | null }) {
  return (
    <>
      {definitions.value.length > 0 && (
        <ul class="plain bar controls" aria-label="Definitions">
          {definitions.value.map(({ id, name }) => (
            <li key={id} class="plan-given">
              <span class="name" title={foreign(name)}>
                {foreign(name)}
              </span>
              {planned?.related.some(source => source.id === id) === true && <span class="soft small">others refer to it</span>}
              <button type="button" aria-label={`Take ${foreign(name)} out`} title="Take it out" onClick={() => removeDefinition(id)}>
                ×
              </button>
            </li>
          ))}
        </ul>
      )}
      <Paste />
      {definitions.value.length > 0 && <Choices />}
      {refusals.value.map(({ name, why }) => (
        <p role="alert" key={name}>
          Cannot read {foreign(name)}: {escapeText(why)}
        </p>
      ))}
      {planned?.unread.map(({ source, why }) => (
        <p role="alert" class="unread" key={source.id}>
          Cannot read {escapeText(why)}
        </p>
      ))}
    </>
  );
}
