/** The reader of libvirt's XML: a domain, the status of one that runs, and networks, which say what an interface of them is. */
import { DefinitionError, type DefinitionText, type ReadContext, type Reader, type Reading } from '../reader.ts';
import { splitDocuments } from './documents.ts';
import { readDomain } from './domain.ts';
import { findUnknownNames } from './known-names.ts';
import { oneLine } from './libvirt-text.ts';
import { readNetworks } from './networks.ts';
import { findAttribute, findChild, parseXml, type XmlDocument } from './xml.ts';

/** Of comments before the root more is not looked at. */
const HEAD = 64 * 1024;

const ROOTS = ['domain', 'domstatus', 'network'];

/** libvirt's XML. */
export const libvirtReader: Reader = { name: 'libvirt', summary: 'libvirt domain XML', matches, read };

/** Whether the first element of a text is one of libvirt's. */
function matches(text: string): boolean {
  let at = text.startsWith('\ufeff') ? 1 : 0;
  while (at < HEAD) {
    while (/\s/.test(text.charAt(at))) at++;
    const end = text.startsWith('<?', at) ? '?>' : text.startsWith('<!--', at) ? '-->' : null;
    // What its parts are is not looked at: reading refuses it in words.
    if (text.startsWith('<!DOCTYPE', at)) return /<(?:domain|domstatus|network)[\s/>]/.test(text.slice(at, at + HEAD));
    if (end === null) break;
    const next = text.indexOf(end, at + 2);
    if (next < 0) return false;
    at = next + end.length;
  }
  const name = /^<([a-z]{1,20})(?:[\s/>]|$)/.exec(text.slice(at, at + 32))?.[1];
  return name !== undefined && ROOTS.includes(name);
}

/** So many times all documents of a text may have its characters, so that no text takes hours. */
const MOST_WORK = 4e9;

function read(definition: DefinitionText, context: ReadContext): Reading {
  const parts = splitDocuments(definition.text);
  if (parts.length === 1) return readDocument(definition, parseXml(definition), context);
  if (parts.length * definition.text.length > MOST_WORK) {
    throw new DefinitionError(`${definition.file} has ${parts.length} documents of XML: give them in files of their own`);
  }
  const networks = parts.map(({ start, end }) => definition.text.slice(start, end)).filter(text => text.includes('<network'));
  const related = [...context.related, ...networks.map(text => ({ file: definition.file, text }))];
  const readings = parts.map(part => readDocument(definition, parseXml(definition, part), { ...context, related }));
  return { definitions: readings.flatMap(({ definitions }) => definitions), findings: readings.flatMap(({ findings }) => findings) };
}

function readDocument(definition: DefinitionText, document: XmlDocument, context: ReadContext): Reading {
  const { root } = document;
  if (root.name === 'network') return { definitions: [], findings: findUnknownNames(document, root) };
  const domain = root.name === 'domain' ? root : root.name === 'domstatus' ? findChild(root, 'domain') : undefined;
  if (domain === undefined) {
    const at = document.places.at(root.start, root.contentStart);
    throw new DefinitionError(
      oneLine(`The XML is a <${root.name.slice(0, 80)}>, and none of libvirt's <domain>, <domstatus> or <network>`),
      at,
    );
  }
  const isLive = root !== domain || findAttribute(domain, 'id') !== undefined;
  return {
    definitions: [readDomain({ definition, document, domain, isLive, networks: readNetworks(context.related), context })],
    findings: [],
  };
}
