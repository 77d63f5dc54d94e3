/** What is shown, to be taken away: a link, the JSON, the command that gives the same answer. */
import { signal, useSignal, useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { place } from '../model/place.ts';
import { Answer } from './answer.tsx';
import { Link } from './link.tsx';
import './share.css';

const isOpen = signal(false);

export function TakeAwayButton() {
  return (
    <button type="button" onClick={() => (isOpen.value = true)} aria-haspopup="dialog">
      Take away
    </button>
  );
}

export function TakeAwayDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const count = useSignal(0);
  useSignalEffect(() => {
    if (isOpen.value) {
      count.value = count.peek() + 1;
      dialog.current?.showModal();
    } else dialog.current?.close();
  });
  return (
    <dialog ref={dialog} class="take-away" aria-labelledby="take-away-title" onClose={() => (isOpen.value = false)}>
      <div class="dialog-head">
        <h2 id="take-away-title">Take away</h2>
        <button type="button" onClick={() => (isOpen.value = false)}>
          Close
        </button>
      </div>
      {isOpen.value && (
        <div class="stack" key={count.value}>
          <Link />
          <Answer at={place.value} />
        </div>
      )}
    </dialog>
  );
}
