/** Whether a text is the definition of a VM, where nobody has said what it is. */
import { READERS } from './index.ts';
import { mayBeRelated } from './related.ts';
import { unreadFormat } from './unread-format.ts';

/** Whether the text is a definition of a VM, goes with one, or is in a form of it that is known and not read, which a plan then says. */
export function isDefinition(text: string): boolean {
  const unread = unreadFormat(text);
  if (unread !== null) return !unread.isOfNone;
  return READERS.some(({ matches }) => matches(text)) || mayBeRelated(text);
}
