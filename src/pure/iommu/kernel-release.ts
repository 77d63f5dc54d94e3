/** The version in `uname -r`, as far as it decides which flags a kernel knows. */

export interface KernelVersion {
  readonly major: number;
  readonly minor: number;
}

/** `6.12.0-1-amd64` → 6.12, `7.1-rc2` → 7.1; null for a text that does not begin with a version. */
export function parseKernelRelease(text: string): KernelVersion | null {
  const match = /^(\d{1,4})\.(\d{1,4})(?!\d)/.exec(text.trim());
  return match ? { major: Number(match[1]), minor: Number(match[2]) } : null;
}

/** Whether `version` is `major.minor` or newer. */
export function isKernelAtLeast(version: KernelVersion, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor);
}

/** The same for the text of a release; false where no version is to be seen in it. */
export function isReleaseAtLeast(release: string | null, major: number, minor: number): boolean {
  const version = release === null ? null : parseKernelRelease(release);
  return version !== null && isKernelAtLeast(version, major, minor);
}
