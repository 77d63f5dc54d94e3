/** Values of YAML and JSON texts with their places. */
export * from './node.ts';
export { parseJson } from './parse-json.ts';
export { parseYaml, type RepeatedKey, type YamlText } from './parse-yaml.ts';
