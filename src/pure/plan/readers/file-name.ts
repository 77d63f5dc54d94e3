/** The name of a VM that has none in its text. */

/** The file's name without its folder and its ending; `-` where the text came from no file. */
export function nameOfFile(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1).replace(/\.[A-Za-z0-9]{1,16}$/, '') || file;
}
