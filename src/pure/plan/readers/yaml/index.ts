/** Values of YAML and JSON texts with their places. */
export * from './node.ts';
export { parseYaml, type RepeatedKey, type YamlText } from './parse-yaml.ts';
