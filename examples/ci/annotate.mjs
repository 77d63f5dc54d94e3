/** Annotations of a CI job from the JSON of `airlock plan --json`: one line for each message that has a place in a file. */
import { readFileSync } from 'node:fs';

const escapeText = text => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const escapeValue = text => escapeText(String(text)).replaceAll(':', '%3A').replaceAll(',', '%2C');

function annotate(level, { file, line, column, message, mend }, of) {
  const place = Object.entries({ file, line, col: column }).filter(([, value]) => value !== null);
  const words = `${of}: ${message}${mend == null ? '' : `; mends it: ${mend}`}`;
  const at = place.map(([name, value]) => `${name}=${escapeValue(value)}`).join(',');
  process.stdout.write(`::${level} ${at}::${escapeText(words)}\n`);
}

const text = readFileSync(process.argv[2] ?? 0, 'utf8');
const { vms, findings } = text.trim() === '' ? { vms: [], findings: [] } : JSON.parse(text);
const LEVELS = { failed: 'error', unknown: 'warning', error: 'error', warning: 'warning', note: 'notice' };

for (const finding of findings) annotate(LEVELS[finding.severity], finding, 'input');
for (const { name, source, hosts, findings: own } of vms) {
  // What is about the host has no place in a file: it then stands at the VM.
  const at = message => (message.file === null ? { ...message, file: source.file, line: source.line } : message);
  for (const finding of own) annotate(LEVELS[finding.severity], at(finding), name);
  for (const { host, errors, devices, iommus } of hosts) {
    for (const error of errors) annotate('error', at(error), `${name} on ${host}: ${error.of}`);
    for (const { id, outcome, error, warnings } of [...devices, ...iommus]) {
      if (error !== null) annotate(LEVELS[outcome], at(error), `${name} on ${host}: ${id}`);
      for (const warning of warnings) annotate('warning', at(warning), `${name} on ${host}: ${id}`);
    }
  }
}
