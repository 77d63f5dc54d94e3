/** Where a key leads in a tree whose nodes are in the order of reading (WAI-ARIA Authoring Practices, Tree View). */
import type { RowNode } from '../model/host-rows.ts';

export interface Step {
  /** The node that becomes the active one. */
  readonly key: string;
  /** Whether the present one opens or closes. */
  readonly toggles: boolean;
}

/** A page of rows. */
const PAGE = 10;

/** null for a key that does nothing here. */
export function nextOf(pressed: string, active: RowNode, rows: readonly RowNode[]): Step | null {
  const at = rows.indexOf(active);
  const to = (index: number): Step => {
    const key = rows[Math.max(0, Math.min(rows.length - 1, index))]?.key ?? active.key;
    return { key, toggles: false };
  };
  switch (pressed) {
    case 'ArrowDown':
      return to(at + 1);
    case 'ArrowUp':
      return to(at - 1);
    case 'PageDown':
      return to(at + PAGE);
    case 'PageUp':
      return to(at - PAGE);
    case 'Home':
      return to(0);
    case 'End':
      return to(rows.length - 1);
    case 'ArrowRight':
      return active.isOpen === false ? { key: active.key, toggles: true } : active.isOpen === true ? to(at + 1) : to(at);
    case 'ArrowLeft':
      return active.isOpen === true && active.kind === 'run'
        ? { key: active.key, toggles: true }
        : active.parent === null
          ? to(at)
          : { key: active.parent, toggles: false };
    default:
      return null;
  }
}
