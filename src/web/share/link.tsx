/** The link to what is shown, with the data in it if that is asked for. */
import { useSignal } from '@preact/signals';
import { encodeLinkData, MOST_DATA_CHARACTERS } from '../model/link-data.ts';
import { inputsOfPlace, linkOf } from '../model/link-state.ts';
import { place } from '../model/place.ts';
import { CopyField } from '../parts/copy-field.tsx';
import { foreignClip } from '../parts/foreign-text.ts';

const addressOf = (link: string): string => `${location.href.replace(/#.*$/s, '')}#${link}`;

const number = new Intl.NumberFormat();

/** The most characters of an input's name in a sentence. */
const MOST_NAME = 60;

/** What is to be known of the link's address. */
function AddressNote() {
  const { protocol, hostname } = location;
  if (protocol === 'file:')
    return (
      <p class="soft small">
        The address is that of this file. What stands from <code>#</code> on works behind the address of any copy of the page.
      </p>
    );
  if (!/^(?:127\.|\[::1\]|localhost$)/.test(hostname)) return null;
  return (
    <p class="soft small">
      The address works on this machine, as long as it is served. What stands from <code>#</code> on works behind the address of any copy of
      the page.
    </p>
  );
}

export function Link() {
  const inputs = inputsOfPlace(place.value);
  const data = useSignal<string | null>(null);
  const said = useSignal('');
  const withData = async (wants: boolean): Promise<void> => {
    said.value = '';
    data.value = null;
    if (!wants) return;
    const made = await encodeLinkData(inputs).catch(() => null);
    if (made !== null && made.length <= MOST_DATA_CHARACTERS) data.value = made;
    else
      said.value = `The inputs are too large for a link, which holds ${number.format(MOST_DATA_CHARACTERS)} characters: airlock explore --out FILE.html puts them into one file.`;
  };
  const text = addressOf(linkOf(place.value, data.value));
  const names = inputs.map(({ name }) => foreignClip(name, MOST_NAME)).join(', ');
  return (
    <section class="stack-take" aria-labelledby="take-link">
      <h3 id="take-link">Link</h3>
      <CopyField
        label={`What is shown and what was asked, ${number.format(text.length)} characters`}
        text={text}
        rows={data.value === null ? 3 : 6}
      />
      {inputs.length > 0 && (
        <label class="check">
          <input type="checkbox" checked={data.value !== null} onChange={event => void withData(event.currentTarget.checked)} /> With the
          data of {names}: whoever has the link has all of it. Without, the link asks for it.
        </label>
      )}
      <p role="status" class="small">
        {said}
      </p>
      <AddressNote />
    </section>
  );
}
