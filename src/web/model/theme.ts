/** Light or dark: as the system has it, or as was chosen. It is kept in links alone. */
import { signal } from '@preact/signals';
import { linkText } from './linked.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export const theme = signal<Theme>('system');

linkText('theme', theme, (text): text is Theme => THEMES.some(known => known === text));
