/** Light, dark, or as the system has it. */
import { effect } from '@preact/signals';
import { THEMES, theme } from '../model/theme.ts';

/** Lets the document follow the choice. */
export function followTheme(): void {
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
  });
}

export function ThemeChoice() {
  return (
    <label class="theme-choice">
      <span>Theme</span>
      <select
        value={theme.value}
        onChange={event => {
          theme.value = THEMES.find(known => known === event.currentTarget.value) ?? 'system';
        }}
      >
        {THEMES.map(name => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
