/** A drawing with a name: all drawings of the page are made with it, so that each can be taken away. */
import type { ComponentChildren, SVGAttributes } from 'preact';

export interface PictureProps {
  /** Of a file that it is saved as: `host-tree`. */
  readonly name: string;
  /** What it shows, in a sentence, for those who do not see it. */
  readonly title: string;
  /** In units of CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Of a drawing that is used by keys: its role, in place of that of an image, and what it does. */
  readonly svg?: SVGAttributes<SVGSVGElement>;
  readonly children: ComponentChildren;
}

export function Picture({ name, title, width, height, svg, children }: PictureProps) {
  return (
    <figure class="picture" data-picture={name}>
      <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={title} {...svg}>
        {children}
      </svg>
    </figure>
  );
}
