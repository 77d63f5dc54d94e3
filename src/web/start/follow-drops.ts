/** Whatever is dropped anywhere on the page is read, and so is what is pasted where no field has the focus. */
import { signal } from '@preact/signals';
import { takeFiles, takeText } from './take-inputs.ts';

/** Whether something is held over the page. */
export const isDragged = signal(false);

const holdsInput = ({ dataTransfer }: DragEvent): boolean =>
  dataTransfer?.types.some(type => type === 'Files' || type === 'text/plain') === true;

async function take(data: DataTransfer | null): Promise<void> {
  if (data === null) return;
  if (data.files.length > 0) await takeFiles([...data.files]);
  else {
    const text = data.getData('text/plain');
    if (text.trim() !== '') await takeText(text);
  }
}

const isField = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest('input, textarea, select, [contenteditable], dialog') !== null;

/** Listens from now on. */
export function followDrops(): void {
  document.addEventListener('dragover', event => {
    if (!holdsInput(event)) return;
    event.preventDefault();
    isDragged.value = true;
  });
  document.addEventListener('dragleave', event => {
    if (event.relatedTarget === null) isDragged.value = false;
  });
  document.addEventListener('drop', event => {
    isDragged.value = false;
    if (!holdsInput(event)) return;
    event.preventDefault();
    void take(event.dataTransfer);
  });
  document.addEventListener('paste', event => {
    if (isField(event.target)) return;
    event.preventDefault();
    void take(event.clipboardData);
  });
}
