/** Arrow keys among blocks: up and down along a lane, left and right across lanes. */
import { type BlockKey, type LaneName, openBlock } from '../model/selection.ts';

function blocksOf(lane: string): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>(`[data-lane="${lane}"] [data-block]`)];
}

function focusBlock(element: HTMLElement | undefined): void {
  if (element === undefined) return;
  const { block } = element.dataset;
  if (block !== undefined) openBlock.value = block;
  element.focus();
}

/** The same block in another lane; where it is not there, the nearest above. */
function across(lane: LaneName, key: BlockKey, at: number): HTMLElement | undefined {
  const blocks = blocksOf(lane);
  return blocks.find(({ dataset }) => dataset.block === key) ?? blocks.findLast(({ dataset }) => Number(dataset.at) <= at);
}

/** Handles a key on a block. */
export function moveAmongBlocks(
  event: KeyboardEvent,
  lanes: readonly LaneName[],
  lane: LaneName,
  block: { key: BlockKey; at: number },
): void {
  const blocks = blocksOf(lane);
  const here = blocks.findIndex(({ dataset }) => dataset.block === block.key);
  const beside = (by: 1 | -1): HTMLElement | undefined => {
    const other = lanes[lanes.indexOf(lane) + by];
    return other === undefined ? undefined : across(other, block.key, block.at);
  };
  const targets: Readonly<Record<string, () => HTMLElement | undefined>> = {
    ArrowDown: () => blocks[here + 1],
    ArrowUp: () => blocks[here - 1],
    Home: () => blocks[0],
    End: () => blocks.at(-1),
    ArrowRight: () => beside(1),
    ArrowLeft: () => beside(-1),
  };
  const target = targets[event.key];
  if (target === undefined) {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    openBlock.value = block.key;
    document.getElementById('registers')?.focus();
  } else focusBlock(target());
  event.preventDefault();
}
