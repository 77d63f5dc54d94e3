/** Reads JSON, and no more of YAML than that, into values that know their places. */
import { DefinitionError, type DefinitionText } from '../reader.ts';
import { parseYaml, type YamlText } from './parse-yaml.ts';

/** Throws DefinitionError for a text that is no JSON, or is bounded as YAML is. */
export function parseJson(definition: DefinitionText): YamlText {
  try {
    JSON.parse(definition.text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // Where YAML is not written rightly either, its parser knows the place.
    const { places } = parseYaml(definition);
    const at = Math.min(Number(/ at position (\d{1,9})/.exec(error.message)?.[1] ?? 0), definition.text.length);
    throw new DefinitionError(
      `${definition.file} is no JSON: it has what YAML alone knows, such as a comment or a comma at an end`,
      places.at(at, at),
    );
  }
  return parseYaml(definition);
}
