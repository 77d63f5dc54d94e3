/** A word in a coloured ground: what became of a thing. */
import type { ComponentChild } from 'preact';

/** Colours by meaning, the same all over the page. */
export type Tone = 'shown' | 'changed' | 'hidden' | 'synthesised' | 'unknown';

export function Chip({ tone, children }: { readonly tone: Tone; readonly children: ComponentChild }) {
  return <span class={`chip ${tone}`}>{children}</span>;
}
